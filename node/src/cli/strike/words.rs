//! Embargoes in words.

use commonwheel_api::Word as _;
use commonwheel_api::types::{Coverage, EmbargoTerms};
use commonwheel_record::control::{Audience, Party, Scope};

use super::super::table::{Facts, words};
use super::super::time;

/// Sentences under a head.
pub(super) fn sentences(head: &str, sentences: &[String]) -> String {
    let lines: String = sentences.iter().map(|sentence| format!("  - {sentence}\n")).collect();
    format!("{head}\n{lines}")
}

pub(super) fn cannot(cannot: &[String]) -> String {
    sentences("What a strike cannot do:", cannot)
}

/// What is covered, leaving out what there is none of.
pub(super) fn coverage(coverage: &Coverage) -> String {
    let parts = [
        (coverage.withheld, "withheld"),
        (coverage.queued, "queue"),
        (coverage.irrevocable, "flow on under an irrevocable licence"),
        (coverage.already, "withheld by another embargo already"),
        (coverage.open, "stay open"),
        (coverage.unreleased, "not released anyway"),
        (coverage.closed, "not to be had for another reason"),
    ];
    let some = parts.iter().filter(|(count, _)| *count > 0);
    let parts = words(some.map(|(count, what)| format!("{count} {what}")), "nothing");
    format!("{} contributions in scope: {parts}", coverage.in_scope)
}

pub(super) fn terms(facts: &mut Facts, terms: &EmbargoTerms) {
    facts.add("does", format!("{}, leaving the {} open", terms.variant.text(), terms.rung));
    facts.add("scope", scope(&terms.scope));
    facts.add("reach", terms.reach);
    facts.add("refuses", audience(&terms.audience));
    facts.maybe("starts", (terms.starts > 0).then(|| time::show(terms.starts)));
    facts.maybe("ends", terms.ends.map(time::show));
    facts.maybe("demand", Some(&terms.demand).filter(|demand| !demand.is_empty()));
    facts.maybe("mandate", terms.mandate);
}

fn scope(scope: &Scope) -> String {
    let parts = [
        ("kinds", words(&scope.kinds, "")),
        ("languages", words(&scope.languages, "")),
        ("domains", words(&scope.domains, "")),
        ("tags", words(&scope.tags, "")),
        ("tiers", words(&scope.tiers, "")),
    ];
    let named = parts.into_iter().filter(|(_, list)| !list.is_empty());
    let named: Vec<String> = named.map(|(name, list)| format!("{name}: {list}")).collect();
    if named.is_empty() { "everything".to_owned() } else { named.join("; ") }
}

fn audience(audience: &Audience) -> String {
    match audience {
        Audience::Everyone => "everyone".to_owned(),
        Audience::Only(parties) => {
            format!("{}, and the anonymous", words(parties.iter().map(Party::text), "nobody"))
        }
        Audience::Except(parties) => {
            format!("everyone but {}", words(parties.iter().map(Party::text), "nobody"))
        }
    }
}
