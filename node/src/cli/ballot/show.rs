//! Ballots, for members to read.

use commonwheel_api::Word as _;
use commonwheel_api::types::{
    BallotCloseAnswer, BallotListAnswer, BallotShown, BallotStage, MandateShown, Need,
};

use super::super::table::{Facts, Table, words};
use super::super::time;

pub(super) fn list(answer: &BallotListAnswer) -> String {
    let mut table = Table::new(&["question", "stage", "closes", "yes", "no", "ballot"]);
    for ballot in &answer.ballots {
        table.row(vec![
            ballot.question.clone(),
            stage(ballot.stage).to_owned(),
            time::show(ballot.closes),
            ballot.tally.yes.to_string(),
            ballot.tally.no.to_string(),
            ballot.ballot.text(),
        ]);
    }
    let mut text = table.text("no ballot");
    for record in &answer.ineffective {
        text += &format!("no effect: {}: {}\n", record.id, record.why);
    }
    text
}

const fn stage(stage: BallotStage) -> &'static str {
    match stage {
        BallotStage::Announced => "announced",
        BallotStage::Voting => "voting",
        BallotStage::Revealing => "revealing",
        BallotStage::Closing => "waiting for witnesses",
        BallotStage::Carried => "carried",
        BallotStage::Failed => "not carried",
        BallotStage::Incomplete => "records missing",
    }
}

pub(super) fn ballot(ballot: &BallotShown) -> String {
    let mut facts = Facts::default();
    facts.add("question", &ballot.question);
    facts.list("a yes allows to", ballot.proposals.iter().cloned());
    facts.add("of", format!("{} ({})", ballot.collective_name, ballot.collective));
    facts.add("called by", if ballot.petition { "members, by petition" } else { "governance" });
    facts.add("stage", stage(ballot.stage));
    facts.add("voting", format!("from {} to {}", time::show(ballot.opens), time::show(ballot.closes)));
    facts.maybe(
        "secret",
        ballot.reveals.map(|reveals| format!("choices are revealed until {}", time::show(reveals))),
    );
    facts
        .add("on the roll", format!("{} with a vote, {} votes in all", ballot.voters, ballot.tally.eligible));
    let tally = &ballot.tally;
    facts.add("votes", format!("{} yes, {} no, {} abstained", tally.yes, tally.no, tally.abstained));
    facts.list("it takes", ballot.needs.iter().map(need));
    facts.add("outcome", &ballot.outcome);
    facts.list("mandate", ballot.mandates.iter().map(mandate));
    if !ballot.closes_by.is_empty() {
        facts.add("closed by", words(&ballot.closes_by, "nobody"));
    }
    let kept = if ballot.erased {
        "erased".to_owned()
    } else {
        format!("kept until {}", time::show(ballot.erasable))
    };
    facts.add("who voted how", kept);
    facts.add("ballot", ballot.ballot.text());
    facts.add("record", ballot.id);
    facts.text()
}

fn need(need: &Need) -> String {
    let so_far = if need.met { "reached" } else { "not yet" };
    format!("{}: {} ({so_far})", need.what, need.has)
}

fn mandate(mandate: &MandateShown) -> String {
    let (earliest, expires) = (time::show(mandate.earliest), time::show(mandate.expires));
    format!("{}, from {earliest} to {expires}", mandate.id)
}

pub(super) fn closed(answer: &BallotCloseAnswer) -> String {
    let mut facts = Facts::default();
    let close =
        answer.close.map_or_else(|| "nothing more counts than before".to_owned(), |id| id.to_string());
    facts.add("close", close);
    facts.maybe("mandate", answer.mandate);
    let missing = answer.unwitnessed.iter();
    facts.list(
        "not counted to its end",
        missing
            .map(|feed| format!("{}, not stamped by {}", feed.feed, words(&feed.missing, "anybody in time"))),
    );
    format!("{}\n{}", facts.text(), ballot(&answer.ballot))
}
