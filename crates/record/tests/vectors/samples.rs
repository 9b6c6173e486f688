//! Plain values that the vectors vary.

use std::collections::{BTreeMap, BTreeSet};

use commonwheel_record::attestation::{Attested, Head, Statement};
use commonwheel_record::control::{
    Audience, Ballot, Charter, Close, Content, Embargo, Erasure, KeySet, Proposal, Range, Reach, Release,
    ReleaseMode, Rules, Rung, Scope, Settlement, Stamp, Tally, Terms, Variant, WitnessedHead,
};
use commonwheel_record::manifest::{FeedAudience, Manifest, Purpose};
use commonwheel_record::terms::{Condition, Language, Licence, Preferences, Region, Slug};
use commonwheel_record::{
    Attribution, CollectiveId, Commitment, Contribution, ContributionKind, Control, Cut, Extensions, FeedId,
    Hash, Leaf, NetworkId, RecordId, Regions, SecretKey, Signature, Tier,
};

/// The network every vector belongs to.
pub(crate) const NETWORK: &str = "commonwheel-vectors";

pub(crate) fn network() -> NetworkId {
    NetworkId::named(NETWORK)
}

pub(crate) fn other_network() -> NetworkId {
    NetworkId::named("another-network")
}

/// The collective of every vector that names one.
pub(crate) fn collective() -> CollectiveId {
    CollectiveId([0xc0; 32])
}

/// The key whose seed is 32 times this byte.
pub(crate) fn key(seed: u8) -> SecretKey {
    SecretKey::from_seed(&[seed; 32])
}

pub(crate) fn feed(byte: u8) -> FeedId {
    FeedId([byte; 32])
}

pub(crate) fn record(index: u64) -> RecordId {
    RecordId { feed: feed(0xfe), index }
}

pub(crate) fn slugs<const N: usize>(texts: [&str; N]) -> BTreeSet<Slug> {
    texts.iter().map(|text| Slug::parse(text).expect("a slug")).collect()
}

pub(crate) fn languages<const N: usize>(texts: [&str; N]) -> BTreeSet<Language> {
    texts.iter().map(|text| language(text)).collect()
}

pub(crate) fn language(text: &str) -> Language {
    Language::parse_canonical(text).expect("a language tag")
}

pub(crate) fn region(text: &str) -> Region {
    Region::parse_canonical(text).expect("a region")
}

pub(crate) fn licence(text: &str) -> Licence {
    Licence::parse_canonical(text).expect("a licence")
}

pub(crate) fn extensions<const N: usize>(pairs: [(u64, &[u8]); N]) -> Extensions {
    Extensions(pairs.into_iter().map(|(key, value)| (key, value.to_vec())).collect())
}

pub(crate) fn commitment() -> Commitment {
    Commitment { hash: Hash([0xcc; 32]), bucket: 10 }
}

/// A chat in Swahili about health, under the default contract.
pub(crate) fn contribution() -> Contribution {
    Contribution {
        kind: ContributionKind::Chat,
        language: language("sw"),
        domain: slugs(["health"]).pop_first().expect("one slug"),
        tags: BTreeSet::new(),
        labelled: false,
        licence: licence("LicenseRef-cooperative-1.0"),
        preferences: Preferences::UNSET,
        conditions: BTreeSet::new(),
        attribution: Attribution::Anonymous,
        tier: Tier::Public,
        regions: Regions::default(),
        importer: slugs(["openwebui-1"]).pop_first().expect("one slug"),
        stewards: BTreeSet::new(),
        ancestors: BTreeSet::new(),
        commitment: commitment(),
    }
}

pub(crate) fn contribution_leaf(contribution: Contribution) -> Vec<u8> {
    Leaf::Contribution(Box::new(contribution), Extensions::default()).encode()
}

/// A charter of one key, as `init` writes it.
pub(crate) fn charter() -> Charter {
    Charter {
        number: 0,
        previous: None,
        cut: Cut::default(),
        nonce: Hash([0x11; 32]),
        name: "Kooperative Südwind".to_owned(),
        root: KeySet::single(key(1).public()),
        governance: KeySet::single(key(2).public()),
        next_root: BTreeSet::new(),
        liveness: BTreeSet::new(),
        witnesses: BTreeSet::new(),
        stewards: BTreeSet::new(),
        lease_hours: 72,
        release_feed: None,
        default_licence: licence("LicenseRef-cooperative-1.0"),
        terms: None,
        default_preferences: Preferences::UNSET,
        preferences_locked: false,
        rules: Rules::default(),
    }
}

/// A pause of everything, as `strike declare` writes it.
pub(crate) fn embargo() -> Embargo {
    Embargo {
        variant: Variant::Pause,
        scope: Scope::default(),
        reach: Reach::All,
        from_cut: Cut::default(),
        cut: Cut::default(),
        audience: Audience::Everyone,
        rung: Rung::Header,
        starts: 0,
        ends: None,
        demand: "Pay for what you train on.".to_owned(),
        mandate: None,
    }
}

/// The name of the ballot that votes, closes and mandates are about.
pub(crate) const BALLOT: Hash = Hash([0xba; 32]);

/// What [`embargo`] does, as it is put to the vote.
pub(crate) fn terms() -> Terms {
    let Embargo { variant, scope, reach, from_cut, audience, rung, demand, .. } = embargo();
    Terms { variant, scope, reach, from_cut, audience, rung, demand }
}

/// An open ballot on that, called by governance.
pub(crate) fn ballot() -> Ballot {
    Ballot {
        question: "Do we pause until corrections are paid for?".to_owned(),
        proposals: vec![Proposal::Embargo(Box::new(terms()))],
        opens: 1_790_000_000,
        closes: 1_790_604_800,
        reveals: None,
        charter: Hash([0xca; 32]),
        cut: cut([(0xfe, 40)]),
        roll: Hash([0x11; 32]),
        petition: None,
    }
}

pub(crate) fn close() -> Close {
    let result = Some(Tally { eligible: 200, yes: 51, no: 49, abstained: 0 });
    Close { ballot: BALLOT, heads: vec![witnessed(0xfe, 2)], result }
}

pub(crate) fn settlement() -> Settlement {
    Settlement {
        embargo: record(9),
        condition: Condition::Pay,
        evidence: Hash([0xe1; 32]),
        with: None,
        until: Cut::default(),
        mandate: None,
    }
}

pub(crate) fn erasure() -> Erasure {
    Erasure { close: Some(record(60)), ranges: vec![range(12, 40)], dated_by: vec![witnessed(0xfe, 2)] }
}

pub(crate) fn range(start: u64, end: u64) -> Range {
    Range { feed: feed(0xda), start, end }
}

pub(crate) fn release() -> Release {
    Release {
        licence: licence("LicenseRef-cooperative-1.0"),
        mode: ReleaseMode::Open,
        ranges: vec![range(0, 256)],
        dated_by: None,
    }
}

pub(crate) fn cut<const N: usize>(sizes: [(u8, u64); N]) -> Cut {
    Cut(sizes.into_iter().map(|(byte, size)| (feed(byte), size)).collect())
}

/// A control record of [`collective`], signed by governance.
pub(crate) fn control(content: Content) -> Control {
    Control::new(Some(collective()), content).signed(&network(), &key(2))
}

pub(crate) fn control_leaf(control: Control) -> Vec<u8> {
    Leaf::Control(Box::new(control)).encode()
}

pub(crate) fn manifest() -> Manifest {
    Manifest {
        version: 1,
        collective: collective(),
        purpose: Purpose::Data,
        audience: FeedAudience::Public,
        writer: key(3).public(),
        network: network(),
        prologue: None,
    }
}

pub(crate) fn head() -> Head {
    Head { feed: feed(0xfe), size: 1000, root: Hash([0x70; 32]) }
}

/// A head of a feed with so many cosignatures, which are placeholders.
pub(crate) fn witnessed(byte: u8, stamps: u8) -> WitnessedHead {
    let stamp = |at: u8| {
        let stamp = Stamp { time: 1_790_000_000 + u64::from(at), signature: Signature([at; 64]) };
        (key(40 + at).public(), stamp)
    };
    WitnessedHead { head: Head { feed: feed(byte), ..head() }, stamps: (0..stamps).map(stamp).collect() }
}

pub(crate) fn attested(statement: Statement) -> Attested {
    Attested {
        version: 1,
        issuer: key(4).public(),
        subject: Hash([0x5b; 32]),
        collective: collective(),
        counter: 7,
        time: 1_790_000_000,
        statement,
    }
}

/// The most members a limit allows, made from 0, 1, 2, ….
pub(crate) fn many<T: Ord>(count: usize, make: impl Fn(u8) -> T) -> BTreeSet<T> {
    (0..count).map(|at| make(u8::try_from(at).expect("limits of sets are small"))).collect()
}

/// A table of personal-data counts.
pub(crate) fn counts<const N: usize>(pairs: [(&str, u64); N]) -> BTreeMap<String, u64> {
    pairs.into_iter().map(|(class, count)| (class.to_owned(), count)).collect()
}
