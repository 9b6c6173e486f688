//! `collective list|show|follow`, and the commands of [`carry`].

use clap::Subcommand;
use commonwheel_api::types::{
    CharterShown, CollectiveFollowRequest, CollectiveListRequest, CollectiveShowAnswer, CollectiveShowRequest,
};
use commonwheel_api::{Word as _, word};
use commonwheel_record::CollectiveId;
use commonwheel_record::terms::Preferences;

use super::carry;
use super::error::CliError;
use super::session::Session;
use super::table::{Facts, words};
use super::time;

/// Shows and follows collectives.
#[derive(Debug, Subcommand)]
pub(super) enum CollectiveCommand {
    /// List the collectives this node follows
    List,
    /// Show one collective as its control logs describe it
    Show {
        /// Its id
        #[arg(value_parser = word::read::<CollectiveId>)]
        id: CollectiveId,
    },
    /// Carry a collective's control records: make a control feed of this node for it
    Carry {
        /// Its id
        #[arg(value_parser = word::read::<CollectiveId>)]
        id: CollectiveId,
    },
    /// Name a feed, a node or a liveness key as the collective's; its root keys sign
    Delegate(carry::DelegateArgs),
    /// End what was delegated, or an affiliation; the root keys sign
    Revoke(carry::RevokeArgs),
    /// Let another collective act on this one's records; governance signs
    Affiliate(carry::AffiliateArgs),
    /// Follow a collective, now and after every later start
    Follow {
        /// Its id
        #[arg(value_parser = word::read::<CollectiveId>)]
        id: CollectiveId,
    },
}

pub(super) async fn run(session: &Session, command: &CollectiveCommand) -> Result<(), CliError> {
    match command {
        CollectiveCommand::List => {
            let text = |collectives: &[_]| super::status::collectives(collectives);
            session.ask_and_show(&CollectiveListRequest {}, |answer| text(&answer.collectives)).await
        }
        CollectiveCommand::Show { id } => {
            session.ask_and_show(&CollectiveShowRequest { id: *id }, show).await
        }
        CollectiveCommand::Carry { id } => carry::carry(session, *id).await,
        CollectiveCommand::Delegate(args) => carry::delegate(session, args).await,
        CollectiveCommand::Revoke(args) => carry::revoke(session, args).await,
        CollectiveCommand::Affiliate(args) => carry::affiliate(session, args).await,
        CollectiveCommand::Follow { id } => {
            let text = |new| if new { "followed" } else { "followed already" };
            let request = CollectiveFollowRequest { id: *id };
            session.ask_and_show(&request, |answer| format!("{}\n", text(answer.new))).await
        }
    }
}

fn show(answer: &CollectiveShowAnswer) -> String {
    let summary = &answer.summary;
    let mut facts = Facts::default();
    facts.add("name", summary.name.as_deref().unwrap_or("(control log not held)"));
    facts.add("collective", summary.id);
    facts.add("followed as", summary.follow.name());
    facts.add("holds", format!("{} contributions, {} bodies", summary.contributions, summary.bodies));
    facts.add("embargoes", summary.embargoes);
    facts.add("serving", summary.not_serving.as_deref().unwrap_or("yes"));
    facts.add("view hash", answer.view_hash.text());
    if let Some(charter) = &answer.charter {
        add_charter(&mut facts, charter);
    }
    facts.list("control feed", answer.control_feeds.iter().map(ToString::to_string));
    facts.list("data feed", answer.data_feeds.iter().map(ToString::to_string));
    let region = |region: Option<_>| region.map_or_else(String::new, |region| format!(" in {region}"));
    facts.list("node", answer.nodes.iter().map(|node| format!("{}{}", node.key, region(node.region))));
    let until =
        |until: Option<u64>| until.map_or_else(String::new, |until| format!(" until {}", time::show(until)));
    let affiliate = answer.affiliates.iter();
    facts.list(
        "affiliate",
        affiliate.map(|a| format!("{} may {}{}", a.to, words(&a.powers, "nothing"), until(a.until))),
    );
    facts.list("no effect", answer.ineffective.iter().map(|record| format!("{}: {}", record.id, record.why)));
    facts.text()
}

fn add_charter(facts: &mut Facts, charter: &CharterShown) {
    facts.add("charter", charter.number);
    for (name, keys) in [("root keys", &charter.root), ("governance keys", &charter.governance)] {
        facts.add(name, format!("{} of {}: {}", keys.threshold, keys.keys.len(), words(&keys.keys, "none")));
    }
    facts.add("liveness keys", words(&charter.liveness, "none"));
    facts.add(
        "witnesses",
        words(&charter.witnesses, "none: the tip guard alone keeps a writer from forking itself"),
    );
    facts.add("stewards", words(&charter.stewards, "none"));
    facts.add("lease", format!("{} h", charter.lease_hours));
    facts.add("default licence", charter.default_licence.as_str());
    facts.add("preferences", preferences(&charter.default_preferences));
    facts.add(
        "strike needs",
        if charter.mandate_required { "a ballot's mandate" } else { "the governance threshold" },
    );
}

fn preferences(preferences: &Preferences) -> String {
    let Preferences { train, ai_use, search, evaluate, tdm } = preferences;
    format!("train {train}, ai-use {ai_use}, search {search}, evaluate {evaluate}, tdm {tdm}")
}
