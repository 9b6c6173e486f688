//! Ballots in plain words.

use commonwheel_api::Word as _;
use commonwheel_api::types::Need;
use commonwheel_collective::BallotView;
use commonwheel_record::control::{
    Audience, Party, Proposal, Ratio, Reach, Rung, Scope, Tally, Terms, Variant,
};

/// Says what a yes to a proposal allows.
pub(super) fn proposal(proposal: &Proposal) -> String {
    match proposal {
        Proposal::Lift(embargo) => format!("end embargo {embargo}"),
        Proposal::Embargo(terms) => embargo(terms),
    }
}

fn embargo(terms: &Terms) -> String {
    let mut text = format!(
        "{}; of {}; {}; from {}; leaving {}",
        does(&terms.variant),
        scope(&terms.scope),
        reach(terms.reach),
        audience(&terms.audience),
        rung(terms.rung)
    );
    if !terms.demand.is_empty() {
        text.push_str(&format!("; until: {}", terms.demand));
    }
    text
}

fn does(variant: &Variant) -> String {
    match variant {
        Variant::QualityFreeze => "hold back labels, ratings and corrections, not plain chats".to_owned(),
        Variant::Pause => "hold contributions back".to_owned(),
        Variant::EvaluationOnly => "allow evaluation of new contributions, and no training".to_owned(),
        Variant::PreferenceShift(condition) => {
            format!("deny training on new contributions until this is settled: {condition}")
        }
        Variant::RateLimit(records) => format!("let at most {records} contributions a month flow"),
    }
}

fn scope(scope: &Scope) -> String {
    let parts = [
        ("kind", list(scope.kinds.iter().map(|kind| kind.text()))),
        ("language", list(scope.languages.iter().map(|language| language.text()))),
        ("domain", list(scope.domains.iter().map(|domain| domain.text()))),
        ("tag", list(scope.tags.iter().map(|tag| tag.text()))),
        ("tier", list(scope.tiers.iter().map(|tier| tier.text()))),
    ];
    let named = parts.iter().filter(|(_, values)| !values.is_empty());
    let named: Vec<String> = named.map(|(name, values)| format!("{name} {values}")).collect();
    if named.is_empty() { "everything".to_owned() } else { named.join(" and ") }
}

fn list(words: impl Iterator<Item = String>) -> String {
    words.collect::<Vec<_>>().join(" or ")
}

const fn reach(reach: Reach) -> &'static str {
    match reach {
        Reach::New => "what is contributed after the ballot opened",
        Reach::Unreleased => "what is not released yet",
        Reach::All => "all that can still be withheld",
    }
}

fn audience(audience: &Audience) -> String {
    let names = |parties: &std::collections::BTreeSet<Party>| list(parties.iter().map(Party::text));
    match audience {
        Audience::Everyone => "everyone".to_owned(),
        Audience::Only(parties) => format!("{}, and nodes nobody knows", names(parties)),
        Audience::Except(parties) => format!("everyone but {}", names(parties)),
    }
}

const fn rung(rung: Rung) -> &'static str {
    match rung {
        Rung::Commitment => "nothing but hashes to be seen",
        Rung::Header | Rung::Body => "the descriptions to be seen",
    }
}

/// Returns what it takes to carry a ballot, in numbers.
pub(super) fn needs(ballot: &BallotView) -> Vec<Need> {
    let rules = &ballot.rules;
    let Tally { eligible, yes, no, abstained } = ballot.tally;
    let cast = yes.saturating_add(no);
    let counted = cast.saturating_add(if rules.abstentions_count { abstained } else { 0 });
    let turnout = at_least(eligible, rules.turnout);
    let majority = more_than(cast, rules.majority);
    let support = at_least(eligible, rules.support_floor);
    let votes = if rules.abstentions_count { "vote" } else { "vote yes or no" };
    let mut needs = vec![
        need(format!("{turnout} of {eligible} must {votes}"), counted, turnout),
        need(format!("{majority} of {cast} votes cast must be yes"), yes, majority),
    ];
    if support > 0 {
        needs.push(need(format!("{support} of {eligible} must vote yes"), yes, support));
    }
    needs
}

const fn need(what: String, has: u64, needed: u64) -> Need {
    Need { what, has, needed, met: has >= needed }
}

/// The smallest number that is at least a part of a whole.
fn at_least(whole: u64, part: Ratio) -> u64 {
    let product = u128::from(whole) * u128::from(part.over);
    u64::try_from(product.div_ceil(u128::from(part.under).max(1))).unwrap_or(u64::MAX)
}

/// The smallest number that is more than a part of a whole.
fn more_than(whole: u64, part: Ratio) -> u64 {
    let product = u128::from(whole) * u128::from(part.over);
    u64::try_from(product / u128::from(part.under).max(1) + 1).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_are_whole_votes() {
        let ratio = |over, under| Ratio { over, under };
        for (whole, part, least, more) in [
            (200, ratio(1, 2), 100, 101),
            (5, ratio(1, 2), 3, 3),
            (9, ratio(2, 3), 6, 7),
            (0, ratio(1, 2), 0, 1),
            (7, ratio(0, 1), 0, 1),
            (u64::MAX, ratio(1, 1), u64::MAX, u64::MAX),
        ] {
            assert_eq!((at_least(whole, part), more_than(whole, part)), (least, more), "{whole} {part:?}");
        }
    }
}
