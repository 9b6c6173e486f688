//! `status`.

use commonwheel_api::types::{CollectiveSummary, StatusAnswer, StatusRequest, WaitingCounts};

use super::error::CliError;
use super::out;
use super::session::Session;
use super::table::{Facts, Table, size, words};
use super::time::lasting;

/// Shows how the node is; warnings go to standard error.
pub(super) async fn run(session: &Session) -> Result<(), CliError> {
    let status = session.ask(&StatusRequest {}).await?;
    session.show(&status, text)?;
    for warning in status.warnings.iter().filter(|_| !session.json) {
        out::note(&format!("warning: {}\nfix: {}", warning.message, warning.fix));
    }
    Ok(())
}

fn text(status: &StatusAnswer) -> String {
    let mut facts = Facts::default();
    facts.add("name", &status.name);
    facts.add("profile", status.role);
    facts.add("node key", status.node);
    facts.add("writer key", status.writer);
    facts.add("version", &status.version);
    facts.add("network", &status.network.name);
    facts.add("running for", lasting(status.now.saturating_sub(status.started)));
    facts.list("address", status.listen.iter().cloned());
    facts.add("writer", if status.may_write { "may sign" } else { "signs nothing" });
    facts.add(
        "peers",
        format!("{} connected, {} configured", status.peers.connected, status.peers.configured),
    );
    let totals = status.totals;
    facts.add("holds", format!("{} records in {} feeds", totals.records, totals.feeds));
    facts.add(
        "contributions",
        format!("{}, {} bodies, {} wanted", totals.contributions, totals.bodies, totals.wanted),
    );
    facts.add("disk", format!("{} of feeds, {} of index", size(totals.feed_bytes), size(totals.index_bytes)));
    facts.maybe("waiting room", status.waiting.as_ref().map(waiting));
    facts.add("heads root", super::short(&status.heads_root));
    format!("{}\n{}", facts.text(), collectives(&status.collectives))
}

/// Says what a waiting room holds, in one line.
pub(super) fn waiting(counts: &WaitingCounts) -> String {
    let stages = [
        (counts.received, "received"),
        (counts.checked, "checked"),
        (counts.quarantined, "quarantined"),
        (counts.accepted, "accepted"),
        (counts.rejected, "rejected"),
    ];
    let filled = stages.into_iter().filter(|(count, _)| *count > 0);
    words(filled.map(|(count, stage)| format!("{count} {stage}")), "empty")
}

/// Shows collectives as a table.
pub(super) fn collectives(collectives: &[CollectiveSummary]) -> String {
    let head =
        ["collective", "followed as", "feeds", "contributions", "bodies", "embargoes", "serving", "id"];
    let mut table = Table::new(&head);
    for collective in collectives {
        table.row(vec![
            collective.name.clone().unwrap_or_else(|| "(control log not held)".to_owned()),
            collective.follow.name().to_owned(),
            collective.feeds.to_string(),
            collective.contributions.to_string(),
            collective.bodies.to_string(),
            collective.embargoes.to_string(),
            collective.not_serving.clone().unwrap_or_else(|| "yes".to_owned()),
            collective.id.to_string(),
        ]);
    }
    table.text("no collective is followed")
}
