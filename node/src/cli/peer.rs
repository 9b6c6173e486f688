//! `peer add|list`.

use clap::Subcommand;
use commonwheel_api::types::{PeerAddRequest, PeerListRequest, PeerShown};

use super::error::CliError;
use super::session::Session;
use super::table::{Facts, Table, words};

/// Adds and lists peers.
#[derive(Debug, Subcommand)]
pub(super) enum PeerCommand {
    /// Add a peer, at once and for every later start
    Add {
        /// Its multiaddress, as `commonwheel status` prints it there: it ends in `/p2p/<peer id>`
        address: String,
    },
    /// List connected and configured peers
    List,
}

pub(super) async fn run(session: &Session, command: &PeerCommand) -> Result<(), CliError> {
    match command {
        PeerCommand::Add { address } => {
            let request = PeerAddRequest { address: address.clone() };
            let text = |new: bool| if new { "added" } else { "known already" };
            session
                .ask_and_show(&request, |answer| format!("{} {}\n", text(answer.new), answer.peer_id))
                .await
        }
        PeerCommand::List => session.ask_and_show(&PeerListRequest {}, |answer| list(&answer.peers)).await,
    }
}

fn list(peers: &[PeerShown]) -> String {
    let mut table = Table::new(&["name", "profile", "state", "in sync", "partner", "problem", "node key"]);
    for peer in peers {
        table.row(vec![
            peer.name.clone().unwrap_or_else(|| "-".to_owned()),
            peer.role.map_or_else(|| "-".to_owned(), |role| role.to_string()),
            state(peer).to_owned(),
            synced(peer).to_owned(),
            if peer.partner { "yes" } else { "no" }.to_owned(),
            peer.problem.clone().unwrap_or_else(|| "-".to_owned()),
            peer.node.map_or_else(|| peer.peer_id.clone(), |node| node.to_string()),
        ]);
    }
    table.text("no peers; add one with `commonwheel peer add`")
}

const fn state(peer: &PeerShown) -> &'static str {
    if peer.connected { "connected" } else { "out of reach" }
}

const fn synced(peer: &PeerShown) -> &'static str {
    match peer.in_sync {
        Some(true) => "yes",
        Some(false) => "no",
        None => "not compared",
    }
}

/// What is known of a peer.
pub(super) fn facts(peer: &PeerShown) -> Facts {
    let mut facts = Facts::default();
    facts.maybe("name", peer.name.clone());
    facts.maybe("profile", peer.role);
    facts.maybe("node key", peer.node);
    facts.add("libp2p name", &peer.peer_id);
    facts.list("address", peer.addresses.iter().cloned());
    facts.add("collectives", words(&peer.collectives, "none: anonymous"));
    facts.add("state", state(peer));
    facts.add("in sync", synced(peer));
    facts.add("partner", if peer.partner { "yes" } else { "no" });
    facts.maybe("problem", peer.problem.clone());
    facts
}
