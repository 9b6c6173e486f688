//! The worked examples of `docs/protocol/control.md`: every id, hash and signature they print is computed here anew.
//!
//! The document abbreviates long values to their first and last digits, and so does the test.

use std::collections::BTreeSet;

use commonwheel_record::control::{
    Audience, Ballot, Cast, Charter, Choice, Content, KeySet, Petition, Principal, Proposal, Reach,
    RollEntry, Rules, Rung, Scope, Terms, Variant, VoteBody, VoteContent, encode, roll_hash, sealed_choice,
};
use commonwheel_record::manifest::{FeedAudience, Purpose};
use commonwheel_record::terms::{Licence, Preferences};
use commonwheel_record::{
    CollectiveId, Commitment, Control, Cut, Domain, FeedId, Hash, Leaf, Manifest, NetworkId, PublicKey,
    SecretKey, hex,
};

const DOCUMENT: &str = include_str!("../../../../docs/protocol/control.md");

fn network() -> NetworkId {
    NetworkId::named("example")
}

fn key(seed: u8) -> SecretKey {
    SecretKey::from_seed(&[seed; 32])
}

fn public(seed: u8) -> PublicKey {
    key(seed).public()
}

/// Says whether the document prints a value, whole or as its first and last digits around an ellipsis.
fn prints(value: &str) -> bool {
    let document = DOCUMENT.split_whitespace().collect::<Vec<_>>().join(" ");
    let hexadecimal = |c: char| c.is_ascii_hexdigit();
    let short = document.match_indices('…').any(|(at, mark)| {
        let first = document[..at].rsplit(|c| !hexadecimal(c)).next().unwrap_or_default();
        let last = document[at + mark.len()..].split(|c| !hexadecimal(c)).next().unwrap_or_default();
        first.len() >= 6 && value.starts_with(first) && value.ends_with(last)
    });
    short || document.contains(value)
}

#[track_caller]
fn assert_prints(value: impl ToString) {
    let value = value.to_string();
    assert!(prints(&value), "the document does not print {value}");
}

fn manifest(collective: CollectiveId, purpose: Purpose, writer: u8) -> Manifest {
    Manifest {
        version: 1,
        collective,
        purpose,
        audience: FeedAudience::Public,
        writer: public(writer),
        network: network(),
        prologue: None,
    }
}

fn first_feed() -> FeedId {
    manifest(CollectiveId([0; 32]), Purpose::Control, 3).id()
}

fn founding(name: &str, nonce: u8, rules: Rules, witnesses: BTreeSet<PublicKey>) -> Control {
    let charter = Charter {
        number: 0,
        previous: None,
        cut: Cut::default(),
        nonce: Hash([nonce; 32]),
        name: name.to_owned(),
        root: KeySet::single(public(1)),
        governance: KeySet::single(public(2)),
        next_root: BTreeSet::new(),
        liveness: BTreeSet::new(),
        witnesses,
        stewards: BTreeSet::new(),
        lease_hours: 72,
        release_feed: None,
        default_licence: Licence::parse_canonical("LicenseRef-contract-1").expect("a licence"),
        terms: None,
        default_preferences: Preferences::UNSET,
        preferences_locked: false,
        rules,
    };
    Control::new(None, Content::Charter(Box::new(charter))).signed(&network(), &key(1))
}

fn name(record: &Control) -> Hash {
    Hash::of(Domain::CONTROL, &network(), &[&record.signed_bytes()])
}

#[test]
fn riverside_is_founded_as_the_document_says() {
    assert_prints(network());
    assert_prints(first_feed());
    let record = founding("Riverside", 5, Rules::default(), BTreeSet::new());
    let collective = record.owner(&network());
    assert_prints(collective);
    assert_prints(name(&record));
    assert_prints(manifest(collective, Purpose::Data, 3).id());
    assert_prints(hex::encode(&record.signatures[&public(1)].0));
    let leaf = Leaf::Control(Box::new(record)).encode();
    assert_prints(format!("({} bytes)", leaf.len()));
}

fn lakeside() -> Control {
    let rules = Rules {
        mandate_required: true,
        petition: 2,
        notice_days: 10,
        lift_by_ballot: true,
        ..Rules::default()
    };
    founding("Lakeside", 6, rules, (0x31..=0x33).map(public).collect())
}

fn entry(seed: u8) -> RollEntry {
    let principal = match seed {
        0x25 => Principal::Collective { id: CollectiveId([9; 32]), key: public(seed) },
        _ => Principal::Member(public(seed)),
    };
    RollEntry { version: 1, principal, shares: 1, custodial: seed == 0x24, name: None }
}

fn roll() -> Hash {
    let voters: BTreeSet<Principal> = [0x21, 0x22, 0x23, 0x25].map(|seed| entry(seed).principal).into();
    roll_hash(&network(), voters.iter().map(|principal| (principal, 1)))
}

fn ballot() -> Ballot {
    let terms = Terms {
        variant: Variant::Pause,
        scope: Scope::default(),
        reach: Reach::All,
        from_cut: Cut::default(),
        audience: Audience::Everyone,
        rung: Rung::Header,
        demand: "Pay".to_owned(),
    };
    Ballot {
        question: "Pause?".to_owned(),
        proposals: vec![Proposal::Embargo(Box::new(terms))],
        opens: 1_800_000_000,
        closes: 1_800_604_800,
        reveals: None,
        charter: name(&lakeside()),
        cut: Cut([(first_feed(), 9)].into()),
        roll: roll(),
        petition: None,
    }
}

#[test]
fn lakesides_roll_is_as_the_document_says() {
    let collective = lakeside().owner(&network());
    assert_prints(collective);
    assert_prints(name(&lakeside()));
    assert_prints(manifest(collective, Purpose::Control, 7).id());
    (0x31..=0x33).for_each(|seed| assert_prints(public(seed)));
    (0x21..=0x25).for_each(|seed| assert_prints(public(seed)));
    let body = encode(&entry(0x21));
    assert_prints(format!("{} bytes", body.len()));
    assert_prints(Commitment::to(&network(), &[0x21; 32], &body).hash);
    assert_prints(roll());
}

#[test]
fn lakesides_ballot_is_as_the_document_says() {
    let collective = lakeside().owner(&network());
    let bare = ballot();
    assert_prints(format!("{} bytes", bare.petition_bytes().len()));
    let petition =
        Petition::default().signed(&network(), &key(0x21), &bare).signed(&network(), &key(0x22), &bare);
    let body = encode(&petition);
    assert_prints(format!("{} bytes", body.len()));
    let commitment = Commitment::to(&network(), &[0x60; 32], &body);
    assert_prints(commitment.hash);
    let called = Ballot { petition: Some(commitment), ..bare };
    let ballot = name(&Control::new(Some(collective), Content::Ballot(Box::new(called))));
    assert_prints(ballot);
    let content = VoteContent { ballot, sequence: 0, cast: Cast::Open(Choice::Yes) };
    assert_prints(format!("{} bytes", encode(&content).len()));
    assert_prints(hex::encode(&VoteBody::sign(&network(), &key(0x21), content).signature.0));
    let sealed =
        |seed| sealed_choice(&network(), &[0x5a; 32], &ballot, &public(seed), Choice::Yes).to_string();
    assert_prints(sealed(0x21));
    assert_prints(sealed(0x22));
}

#[test]
fn a_value_that_is_not_printed_is_missed() {
    assert!(!prints(&Hash([7; 32]).to_string()));
    let mut spoiled = roll();
    spoiled.0[31] ^= 1;
    assert!(!prints(&spoiled.to_string()));
}
