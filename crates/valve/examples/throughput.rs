//! Prints decisions a second on one core, with 10,000 embargoes in force over 1,000 collectives.
//!
//! `cargo run --release --package commonwheel-valve --example throughput`

#![expect(clippy::unwrap_used, reason = "a measurement that cannot be set up prints nothing")]

use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;

use commonwheel_collective::{ControlFeed, ControlLeaf, UNFOUNDED, Verified, View, Views, fold};
use commonwheel_record::control::{
    Audience, Charter, Content, Delegation, Embargo, KeySet, Range, Reach, Release, ReleaseMode, Rules, Rung,
    Scope, Subject, Variant,
};
use commonwheel_record::manifest::{FeedAudience, Purpose};
use commonwheel_record::terms::{Language, Licence, Preferences, Purpose as Use, Slug};
use commonwheel_record::{
    Attribution, CollectiveId, Commitment, Contribution, ContributionKind, Control, Cut, Extensions, Hash,
    Leaf, Manifest, NetworkId, PublicKey, RecordId, Regions, Tier,
};
use commonwheel_valve::{Asker, Leases, Record, Request, decide};

const COLLECTIVES: usize = 1_000;
const EMBARGOES: usize = 10;
const RELEASES: u64 = 50;
const RANGE: u64 = 1_000;
const DECISIONS: u64 = 4_000_000;

fn network() -> NetworkId {
    NetworkId::named("throughput")
}

fn key(number: usize, use_of: u8) -> PublicKey {
    let mut bytes = [use_of; 32];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    PublicKey(bytes)
}

fn charter(number: usize) -> Charter {
    let mut nonce = [0; 32];
    nonce[..8].copy_from_slice(&number.to_be_bytes());
    Charter {
        number: 0,
        previous: None,
        cut: commonwheel_record::Cut::default(),
        nonce: Hash(nonce),
        name: "Coop".to_owned(),
        root: KeySet::single(key(number, 1)),
        governance: KeySet::single(key(number, 2)),
        next_root: BTreeSet::new(),
        liveness: BTreeSet::new(),
        witnesses: BTreeSet::new(),
        stewards: BTreeSet::new(),
        lease_hours: 72,
        release_feed: None,
        default_licence: Licence::parse("LicenseRef-x").unwrap(),
        terms: None,
        default_preferences: Preferences::UNSET,
        preferences_locked: false,
        rules: Rules::default(),
    }
}

fn manifest(collective: CollectiveId, purpose: Purpose, number: usize) -> Manifest {
    Manifest {
        version: 1,
        collective,
        purpose,
        audience: FeedAudience::Public,
        writer: key(number, 3),
        network: network(),
        prologue: None,
    }
}

/// Every embargo is in force for everybody; most are about another domain, as strikes are about something.
fn embargo(number: usize) -> Content {
    let domain = if number == 0 { "health".to_owned() } else { format!("domain-{number}") };
    Content::Embargo(Box::new(Embargo {
        variant: Variant::Pause,
        scope: Scope { domains: [Slug::parse(&domain).unwrap()].into(), ..Scope::default() },
        reach: Reach::All,
        from_cut: Cut::default(),
        cut: Cut::default(),
        audience: Audience::Everyone,
        rung: Rung::Header,
        starts: 0,
        ends: None,
        demand: format!("demand {number}"),
        mandate: None,
    }))
}

fn release(feed: &Manifest, number: u64) -> Content {
    let start = number * RANGE;
    Content::Release(Release {
        licence: Licence::parse("LicenseRef-x").unwrap(),
        mode: ReleaseMode::Open,
        ranges: vec![Range { feed: feed.id(), start, end: start + RANGE }],
        dated_by: None,
    })
}

/// A collective with its data feed, releases and embargoes.
fn collective(number: usize) -> (View, Manifest) {
    let control_manifest = manifest(UNFOUNDED, Purpose::Control, number);
    let genesis = Control::new(None, Content::Charter(Box::new(charter(number))));
    let id = genesis.owner(&network());
    let data = manifest(id, Purpose::Data, number);
    let delegate = |feed| Content::Delegation(Delegation { subject: Subject::Feed(feed) });
    let mut contents = vec![delegate(control_manifest.id()), delegate(data.id())];
    contents.extend((0..RELEASES).map(|n| release(&data, n)));
    contents.extend((0..EMBARGOES).map(embargo));
    let signers = BTreeSet::from([key(number, 1), key(number, 2)]);
    let leaf = |control: Control| {
        let hash = Verified::hash_of(&network(), &control);
        ControlLeaf::Record(Box::new(Verified {
            control,
            signers: signers.clone(),
            hash,
            body: commonwheel_collective::Body::None,
            witnessed: Vec::new(),
        }))
    };
    let records = contents.into_iter().map(|content| Control::new(Some(id), content));
    let leaves: Vec<ControlLeaf> = std::iter::once(genesis).chain(records).map(leaf).collect();
    let feed = ControlFeed { manifest: &control_manifest, leaves: &leaves, forked: None };
    (fold(&network(), id, &BTreeMap::from([(control_manifest.id(), feed)])), data)
}

fn header(domain: &str) -> Leaf {
    let header = Contribution {
        kind: ContributionKind::Chat,
        language: Language::parse("de").unwrap(),
        domain: Slug::parse(domain).unwrap(),
        tags: BTreeSet::new(),
        labelled: false,
        licence: Licence::parse("LicenseRef-x").unwrap(),
        preferences: Preferences::UNSET,
        conditions: BTreeSet::new(),
        attribution: Attribution::Anonymous,
        tier: Tier::Public,
        regions: Regions::default(),
        importer: Slug::parse("example-1").unwrap(),
        stewards: BTreeSet::new(),
        ancestors: BTreeSet::new(),
        commitment: Commitment { hash: Hash([1; 32]), bucket: 8 },
    };
    Leaf::Contribution(Box::new(header), Extensions::default())
}

#[expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a measurement reads the clock and prints"
)]
fn main() {
    let mut views = Views::new(network());
    let mut feeds = Vec::new();
    for number in 0..COLLECTIVES {
        let (view, data) = collective(number);
        views.insert(view);
        feeds.push((data.id(), data));
    }
    let me = key(0, 9);
    let asker = Asker::Peer(views.audience(&key(1, 9)));
    let request = Request { audience: &asker, purpose: Use::Train, rung: Rung::Body };
    let leases = Leases::default();
    for (what, domain) in [("served", "law"), ("withheld", "health")] {
        let leaf = header(domain);
        let start = std::time::Instant::now();
        let mut served = 0_u64;
        for number in 0..DECISIONS {
            // A page at a time from one feed, as sync asks, and feeds in no order that helps.
            let page = number / 256;
            let (feed, manifest) = &feeds[usize::try_from(page.wrapping_mul(7_919)).unwrap() % COLLECTIVES];
            let record = Record::new(
                RecordId { feed: *feed, index: number % (RELEASES * RANGE) },
                manifest,
                Some(&leaf),
            );
            let decision = decide(&views, &leases, &me, black_box(&record), &request, 1_000);
            served += u64::from(decision.serves(Rung::Body));
        }
        let seconds = start.elapsed().as_secs_f64();
        println!(
            "{what}: {:.2} M decisions/s ({served} of {DECISIONS} served)",
            DECISIONS as f64 / seconds / 1e6
        );
    }
}
