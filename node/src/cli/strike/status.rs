//! `strike status`.

use commonwheel_api::types::{
    Compliance, EmbargoShown, EmbargoStanding, NodeKnown, RestsOn, StrikeStatusAnswer,
};

use super::super::table::{Facts, words as list};
use super::super::time;
use super::words;

/// Nodes named in one line.
const MAX_NAMED: usize = 8;

pub(super) fn text(answer: &StrikeStatusAnswer) -> String {
    if answer.embargoes.is_empty() {
        return "no embargo is known\n".to_owned();
    }
    let embargoes = answer.embargoes.iter().map(embargo);
    let parts: Vec<String> = embargoes.chain([words::cannot(&answer.cannot)]).collect();
    parts.join("\n")
}

/// One embargo, and what a strike cannot do.
pub(super) fn one(shown: &EmbargoShown, cannot: &[String]) -> String {
    format!("{}\n{}", embargo(shown), words::cannot(cannot))
}

fn embargo(embargo: &EmbargoShown) -> String {
    let mut facts = Facts::default();
    facts.add("embargo", embargo.id);
    facts.add("of", format!("{} ({})", embargo.collective_name, embargo.collective));
    facts.add("state", &embargo.standing);
    words::terms(&mut facts, &embargo.terms);
    if let EmbargoStanding::Ineffective { fix, .. } = &embargo.standing {
        facts.add("what to do", fix);
        return facts.text();
    }
    facts.add("rests on", rests_on(&embargo.rests_on));
    if embargo.settled {
        facts.add("condition", "met: what came while the shift stood keeps it");
    }
    facts.list("lifted by", embargo.lifts.iter().map(ToString::to_string));
    facts.add("covers here", words::coverage(&embargo.coverage));
    compliance(&mut facts, &embargo.compliance);
    facts.text()
}

fn rests_on(rests_on: &RestsOn) -> String {
    match rests_on {
        RestsOn::Governance => "the governance keys".to_owned(),
        RestsOn::Emergency => {
            "the governance keys, in an emergency: it lapses unless members vote for one".to_owned()
        }
        RestsOn::Nothing => "nothing that counts".to_owned(),
        RestsOn::Mandate { mandate, question, outcome, expires, .. } => {
            format!(
                "mandate {mandate} of the ballot “{question}” ({outcome}), until {}",
                time::show(*expires)
            )
        }
    }
}

fn compliance(facts: &mut Facts, compliance: &Compliance) {
    let lines = [
        ("honoured by", compliance.enforce_count, &compliance.enforce),
        ("received by", compliance.received_count, &compliance.received),
        ("lags", compliance.lag_count, &compliance.lag),
        ("not heard of", compliance.unheard_count, &compliance.unheard),
    ];
    for (name, count, nodes) in lines {
        let shown = list(nodes.iter().take(MAX_NAMED).map(node), "nobody");
        let more = nodes.len().saturating_sub(MAX_NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        facts.add(name, if count == 0 { shown } else { format!("{count}: {shown}{more}") });
    }
    facts.add("mind", "a node's word is no proof: it may say that it honours, and not");
}

fn node(node: &NodeKnown) -> String {
    let name = node.name.as_ref().map(|name| format!(" “{name}”")).unwrap_or_default();
    let waiting = node.waiting.map(|seconds| format!(", {} since", span(seconds))).unwrap_or_default();
    let unnamed = if node.named { "" } else { ", named by no control log" };
    format!("{}{name}{waiting}{unnamed}", node.node.short())
}

/// A length of time, in its largest unit.
fn span(seconds: u64) -> String {
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7199 => format!("{} min", seconds / 60),
        7200..=172_799 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}
