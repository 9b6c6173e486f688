//! Every value of a charter is in the bylaws, none is invented, and a change of one shows as that.

use std::collections::BTreeMap;

use commonwheel_record::control::{Charter, DividendMode, KeySet, VoteWeight};
use commonwheel_record::terms::Preference;
use commonwheel_record::{CollectiveId, Cut, FeedId, Hash, NetworkId, SecretKey};

use super::drawn::Draw;
use crate::charter::document::LicenceTerms;
use crate::charter::{Document, OrOwn, Own, Standing, bylaws, diff, field, said};

const SEEDS: u64 = 300;

fn network() -> NetworkId {
    NetworkId::named("test")
}

fn standing() -> Standing {
    Standing {
        collective: Some(CollectiveId([5; 32])),
        number: 3,
        previous: Some(Hash([6; 32])),
        cut: Cut(BTreeMap::from([(FeedId([7; 32]), 12)])),
        nonce: Hash([8; 32]),
    }
}

/// Everything a node could have of its own.
pub(super) fn own() -> Own {
    let key = |seed| Some(SecretKey::from_seed(&[seed; 32]).public());
    Own {
        root: key(1),
        governance: key(2),
        writer: key(3),
        liveness: key(4),
        next_root: Some(Hash([5; 32])),
        release_feed: Some(FeedId([6; 32])),
    }
}

#[test]
fn each_value_is_in_one_sentence_of_the_bylaws_and_a_change_shows_in_bylaws_and_diff() {
    for seed in 0..SEEDS {
        let mut draw = Draw(seed);
        let before = draw.document();
        let (section, field) = field::all().nth(seed as usize % field::all().count()).unwrap();
        let path = section.path(field);
        let mut after = before.clone();
        field.place.put(&mut after, &draw.value(&path)).unwrap();
        let changes = diff::changes(&network(), &before, &after);
        if after == before {
            assert_eq!(changes, [], "{path}, seed {seed}");
            continue;
        }
        let (from, to) = ((field.shown)(&before), (field.shown)(&after));
        assert_ne!(from, to, "{path} has two values with the same words, seed {seed}");
        let [change] = changes.as_slice() else { panic!("{path}, seed {seed}: {changes:?}") };
        assert_eq!((change.field.as_str(), &change.from, &change.to), (path.as_str(), &from, &to));
        let (old, new) = (bylaws::render(&before), bylaws::render(&after));
        let sentence = bylaws::escaped(&field.said(&to));
        assert!(
            sentence.contains(&bylaws::escaped(&to)) && new.contains(&sentence),
            "{path}, seed {seed}: {new}"
        );
        let gone: Vec<&str> = old.lines().filter(|line| !new.lines().any(|other| other == *line)).collect();
        assert!(
            !gone.is_empty() && gone.iter().all(|line| !new.contains(line)),
            "{path}, seed {seed}: {gone:?}"
        );
    }
}

#[test]
fn all_that_is_said_is_in_the_bylaws_and_nothing_else_in_them_names_a_number_or_a_key() {
    for seed in 0..SEEDS {
        let mut document = Draw(seed).document();
        document.standing = Some(standing());
        let mut text = bylaws::render(&document);
        for said in said::all(&document) {
            let sentence = bylaws::escaped(&said.sentence);
            assert_eq!(text.matches(&format!("\n- {sentence}\n")).count(), 1, "{sentence}: {text}");
        }
        for said in said::all(&document) {
            text = text.replacen(&bylaws::escaped(&said.sentence), "", 1);
        }
        text = text.replacen(&bylaws::escaped(&document.name), "", 1);
        assert!(!text.contains(|c: char| c.is_ascii_digit()), "seed {seed}: {text}");
    }
}

/// Each value of the ledger's charter, changed.
const CHANGES: [fn(&mut Charter); 41] = [
    |c| c.number += 1,
    |c| c.previous = Some(Hash([1; 32])),
    |c| c.cut = Cut(BTreeMap::from([(FeedId([7; 32]), 13)])),
    |c| c.nonce = Hash([1; 32]),
    |c| c.name.push('x'),
    |c| c.root.threshold += 1,
    |c| c.root.keys = KeySet::single(SecretKey::from_seed(&[99; 32]).public()).keys,
    |c| c.governance.threshold += 1,
    |c| c.governance.keys = KeySet::single(SecretKey::from_seed(&[99; 32]).public()).keys,
    |c| c.next_root = [Hash([99; 32])].into(),
    |c| c.liveness = [SecretKey::from_seed(&[99; 32]).public()].into(),
    |c| c.witnesses = [SecretKey::from_seed(&[99; 32]).public()].into(),
    |c| c.stewards = [CollectiveId([99; 32])].into(),
    |c| c.lease_hours ^= 1,
    |c| c.release_feed = Some(FeedId([99; 32])),
    |c| c.default_licence = "PDDL-1.0".parse().unwrap(),
    |c| c.terms = Some(Hash([99; 32])),
    |c| c.default_preferences.train = flipped(c.default_preferences.train),
    |c| c.default_preferences.ai_use = flipped(c.default_preferences.ai_use),
    |c| c.default_preferences.search = flipped(c.default_preferences.search),
    |c| c.default_preferences.evaluate = flipped(c.default_preferences.evaluate),
    |c| c.default_preferences.tdm = flipped(c.default_preferences.tdm),
    |c| c.preferences_locked ^= true,
    |c| c.rules.mandate_required ^= true,
    |c| c.rules.vote_weight = other(c.rules.vote_weight),
    |c| c.rules.vote_cap += 1,
    |c| c.rules.turnout.over += 1,
    |c| c.rules.majority.under += 1,
    |c| c.rules.support_floor.under += 1,
    |c| c.rules.abstentions_count ^= true,
    |c| c.rules.secret_ballots ^= true,
    |c| c.rules.petition += 1,
    |c| c.rules.grace_hours += 1,
    |c| c.rules.lift_by_ballot ^= true,
    |c| c.rules.notice_days += 1,
    |c| c.rules.mandate_days += 1,
    |c| c.rules.retention_days += 1,
    |c| c.rules.emergency_hours += 1,
    |c| c.rules.cadence_days += 1,
    |c| c.rules.reserve_permille ^= 1,
    |c| c.rules.dividend = DividendMode::ALL[(c.rules.dividend.code() as usize + 1) % 3],
];

/// A charter's own fields, each changed alone, change what the document says: no value of the ledger is left out.
#[test]
fn no_value_of_the_ledgers_charter_is_left_out() {
    let base = Draw(1).document().charter(&network(), &own(), &standing()).unwrap();
    let collective = Some(CollectiveId([5; 32]));
    let before = Document::of(base.clone(), collective);
    for (at, change) in CHANGES.into_iter().enumerate() {
        let mut charter = base.clone();
        change(&mut charter);
        assert_ne!(charter, base, "change {at}");
        let after = Document::of(charter, collective);
        assert_eq!(diff::changes(&network(), &before, &after).len(), 1, "change {at}");
        assert_ne!(bylaws::render(&before), bylaws::render(&after), "change {at}");
    }
}

fn flipped(preference: Preference) -> Preference {
    if preference == Preference::Deny { Preference::Allow } else { Preference::Deny }
}

fn other(weight: VoteWeight) -> VoteWeight {
    if weight == VoteWeight::Member { VoteWeight::Shares } else { VoteWeight::Member }
}

#[test]
fn a_document_becomes_the_charter_it_describes_and_back() {
    for seed in 0..SEEDS {
        let mut document = Draw(seed).document();
        let charter = document.charter(&network(), &own(), &standing()).unwrap();
        let back = Document::of(charter.clone(), standing().collective);
        let again = back.charter(&network(), &Own::default(), &standing()).unwrap();
        assert_eq!(again, charter, "seed {seed}");
        document.terms = back.terms.clone();
        document.standing.clone_from(&back.standing);
        let resolved: Vec<_> =
            diff::changes(&network(), &document, &back).into_iter().map(|c| c.field).collect();
        assert!(resolved.iter().all(|field| has_own(&document, field)), "seed {seed}: {resolved:?}");
    }
}

/// Says whether a field of the document says `own`, which a charter resolves.
fn has_own(document: &Document, path: &str) -> bool {
    let (_, field) = field::find(path).unwrap();
    field.place.write(document).to_string().contains("\"own\"")
}

#[test]
fn own_without_the_key_is_an_error_that_names_it() {
    let document = Document::default();
    let error = document.charter(&network(), &Own::default(), &standing()).unwrap_err();
    assert!(error.to_string().contains("`own` of the root key"), "{error}");
}

#[test]
fn a_text_and_its_hash_are_one_contract() {
    let (text, mut hash) = (Document::default(), Document::default());
    hash.terms = LicenceTerms::Hash(text.terms.hash(&network()).unwrap());
    assert_eq!(diff::changes(&network(), &text, &hash), []);
    assert_eq!(diff::changes(&NetworkId::named("other"), &text, &hash).len(), 1);
}

#[test]
fn a_difference_reads_as_one_would_say_it() {
    let (mut from, mut to) = (Document::default(), Document::default());
    (from.rules.notice_days, to.rules.notice_days) = (10, 14);
    to.witnesses.insert(OrOwn::Own);
    let text = diff::text(&diff::changes(&network(), &from, &to));
    assert_eq!(text, "notice before a strike: 10 days → 14 days\nwitnesses: none → own\n");
}
