//! What is wrong with a charter, and what its members should know before they agree to it.

use commonwheel_record::limits::{LEASE_HOURS, MAX_KEYS, MAX_NAME, MAX_PETITIONERS};
use commonwheel_record::terms::Revocability;
use commonwheel_record::text;

use super::document::{Document, LicenceTerms};
use super::own::{OrOwn, Signers};

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Weight {
    /// The charter does what it says, and that may surprise.
    Note,
    /// The charter would work against itself; only `--force` lets it pass.
    Risk,
    /// There can be no such charter.
    Error,
}

/// Something about a charter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The value it is about.
    pub(crate) path: &'static str,
    /// How bad it is.
    pub(crate) weight: Weight,
    /// What is the matter, as a lowercase fragment.
    pub(crate) what: String,
    /// What to do about it.
    pub(crate) fix: &'static str,
}

/// Returns everything that is the matter, the worst first.
pub(crate) fn problems(document: &Document) -> Vec<Problem> {
    let mut found = errors(document);
    found.extend(keys(document));
    found.extend(witnesses(document));
    found.extend(notes(document));
    found.sort_by_key(|problem| std::cmp::Reverse(problem.weight));
    found
}

fn when(is_so: bool, weight: Weight, path: &'static str, what: &str, fix: &'static str) -> Option<Problem> {
    is_so.then(|| Problem { path, weight, what: what.to_owned(), fix })
}

fn errors(document: &Document) -> Vec<Problem> {
    let rules = &document.rules;
    let error = |is_so, path, what, fix| when(is_so, Weight::Error, path, what, fix);
    [
        error(
            !text::is_plain(&document.name, MAX_NAME),
            "name",
            "the collective has no name of 1 to 64 bytes of plain text",
            "give it one with --name",
        ),
        error(
            rules.vote_cap == 0,
            "votes.cap",
            "with a cap of 0 nobody would have a vote",
            "set it to 1 or more",
        ),
        error(
            rules.petition as usize > MAX_PETITIONERS,
            "votes.petition",
            "a petition needs at most 32 signatures",
            "ask for fewer members",
        ),
        error(
            rules.notice_days > rules.mandate_days,
            "strikes.mandate-days",
            "the mandate would end before its notice is over",
            "set it to more days than strikes.notice-days",
        ),
        error(
            rules.reserve_permille > 1000,
            "money.reserve-permille",
            "the reserve would be more than all income",
            "set it to 1000 or less",
        ),
        error(
            !LEASE_HOURS.contains(&document.lease_hours),
            "keys.lease-hours",
            "a lease lasts 1 to 720 hours",
            "set it to 72, unless you know why not",
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn keys(document: &Document) -> Vec<Problem> {
    let threshold = |signers: &Signers, path| {
        let reachable = (1..=signers.keys.len()).contains(&usize::from(signers.threshold));
        let what = "the number that must sign is 0, or more than there are keys";
        when(
            !reachable,
            Weight::Error,
            path,
            what,
            "set it between 1 and the number of keys, or list more keys",
        )
    };
    let weak = |keys: &std::collections::BTreeSet<OrOwn<commonwheel_record::PublicKey>>, path| {
        let is_weak = |key: &OrOwn<_>| matches!(key, OrOwn::Named(key) if commonwheel_record::PublicKey::admit(key).is_err());
        let what = "one of the keys is no key that could sign";
        let fix = "ask its holder to run `commonwheel charter key FILE` and copy the public key again";
        when(keys.iter().any(is_weak), Weight::Error, path, what, fix)
    };
    let sizes = [
        ("keys.root", document.root.keys.len()),
        ("keys.governance", document.governance.keys.len()),
        ("keys.next-root", document.next_root.len()),
        ("keys.liveness", document.liveness.len()),
        ("keys.witnesses", document.witnesses.len()),
        ("keys.stewards", document.stewards.len()),
    ];
    let many = sizes.into_iter().filter_map(|(path, size)| {
        when(size > MAX_KEYS, Weight::Error, path, "a charter lists at most 16 of each", "list fewer")
    });
    [
        threshold(&document.root, "keys.root-threshold"),
        threshold(&document.governance, "keys.governance-threshold"),
        weak(&document.root.keys, "keys.root"),
        weak(&document.governance.keys, "keys.governance"),
        weak(&document.liveness, "keys.liveness"),
        weak(&document.witnesses, "keys.witnesses"),
    ]
    .into_iter()
    .flatten()
    .chain(many)
    .collect()
}

/// A ballot closes only by a majority of all witnesses, and the node that writes a feed does not count for it.
fn witnesses(document: &Document) -> Vec<Problem> {
    let all = document.witnesses.len();
    let others = document.witnesses.iter().filter(|witness| !witness.is_own()).count();
    let required = document.rules.mandate_required;
    let risk = |is_so, what, fix| when(is_so, Weight::Risk, "keys.witnesses", what, fix);
    let list = "name partners' nodes by their writer keys, or let strikes.ballot-required be false";
    [
        risk(required && all == 0, "strikes need a ballot, and without a witness no ballot can ever close", list),
        risk(
            all > 0 && others * 2 <= all,
            "the founding node does not witness for itself, and the others are no majority: its ballots cannot close",
            "name more partners' nodes than the node's own",
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn notes(document: &Document) -> Vec<Problem> {
    let rules = &document.rules;
    let class = document.licence.class();
    let note = |is_so, path, what, fix| when(is_so, Weight::Note, path, what, fix);
    [
        note(
            class.irrevocable(),
            "terms.licence",
            "the default licence cannot be taken back: what is released under it is beyond every strike",
            "choose a contract (LicenseRef-…) if strikes shall be able to recall",
        ),
        note(
            class == Revocability::None,
            "terms.licence",
            "without a licence nothing can be released",
            "choose a licence",
        ),
        note(
            document.licence.as_str().contains("LicenseRef-") && document.terms == LicenceTerms::None,
            "terms.contract",
            "the licence is a contract whose text nobody can look up",
            "give its text",
        ),
        note(
            rules.mandate_required && rules.petition == 0,
            "votes.petition",
            "only the governance keys can call a ballot, so whoever holds them can keep one from the members",
            "set a number of members that may call one",
        ),
        note(
            u64::from(rules.majority.over) * 2 < u64::from(rules.majority.under),
            "votes.majority",
            "a ballot could be carried against more than half of the votes",
            "set it to 1/2 or more",
        ),
        note(
            document.governance.threshold > 1,
            "keys.governance-threshold",
            "several officers must sign every release and every strike; no node can act alone",
            "set it to 1 if that is not meant",
        ),
        note(
            document.next_root.is_empty(),
            "keys.next-root",
            "nothing keeps a stolen root key from choosing its successors",
            "set it to own",
        ),
        note(
            document.liveness.is_empty(),
            "keys.liveness",
            "nobody can sign leases: gated contributions are not served, and no strike ends by its date",
            "set it to own",
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}
