//! Control records but for strikes: charters, roles, releases, withdrawals, access.

use std::collections::{BTreeMap, BTreeSet};

use commonwheel_record::control::{
    Affiliate, Charter, Content, Delegation, DividendMode, Grant, KeySet, Offer, Party, Power, Ratio,
    ReleaseMode, Revocation, Revoked, Rules, Rung, Subject, VoteWeight, Withdrawal, WithdrawalClass,
    next_root_digest,
};
use commonwheel_record::limits::{MAX_CUT, MAX_KEYS, MAX_RANGES};
use commonwheel_record::terms::{Condition, Purpose};
use commonwheel_record::{CollectiveId, Control, Cut, Domain, Extensions, FeedId, Hash, NetworkId};

use super::List;
use crate::samples::{
    charter, collective, commitment, control, control_leaf, cut, extensions, feed, key, licence, many,
    network, other_network, range, record, region, release, witnessed,
};

pub(super) fn list() -> List {
    let mut list = List::of("leaf");
    charters(&mut list);
    signatures(&mut list);
    roles(&mut list);
    releases(&mut list);
    withdrawals(&mut list);
    access(&mut list);
    list
}

fn founding(charter: Charter) -> Control {
    Control::new(None, Content::Charter(Box::new(charter)))
}

fn two_of_three() -> KeySet {
    KeySet { threshold: 2, keys: (1..4).map(|seed| key(seed).public()).collect() }
}

/// A later charter with every field filled.
fn amended() -> Charter {
    let public = |seed: u8| key(100 + seed).public();
    Charter {
        number: 12,
        previous: Some(Hash([0x22; 32])),
        cut: cut([(1, 40), (2, 0)]),
        root: two_of_three(),
        governance: KeySet { threshold: 16, keys: many(MAX_KEYS, public) },
        next_root: (1..4).map(|seed| next_root_digest(&network(), &key(seed).public())).collect(),
        liveness: many(3, public),
        witnesses: many(MAX_KEYS, public),
        stewards: many(2, |at| CollectiveId([at; 32])),
        lease_hours: 720,
        release_feed: Some(feed(0xda)),
        default_licence: licence("CC-BY-SA-4.0"),
        terms: Some(Hash([0x7e; 32])),
        preferences_locked: true,
        rules: Rules {
            mandate_required: true,
            vote_weight: VoteWeight::Shares,
            vote_cap: u32::MAX,
            turnout: Ratio { over: 1, under: 3 },
            majority: Ratio { over: 2, under: 3 },
            support_floor: Ratio { over: 1, under: 1 },
            abstentions_count: false,
            secret_ballots: true,
            petition: 32,
            grace_hours: 48,
            lift_by_ballot: true,
            notice_days: 7,
            mandate_days: 90,
            emergency_hours: 48,
            cadence_days: 30,
            reserve_permille: 1000,
            dividend: DividendMode::Patronage,
            retention_days: 730,
        },
        ..charter()
    }
}

fn charters(list: &mut List) {
    list.add("charter: genesis", &control_leaf(founding(charter()).signed(&network(), &key(1))));
    let unsigned = founding(Charter { nonce: Hash([0x12; 32]), ..charter() });
    list.add("charter: genesis with another nonce, unsigned", &control_leaf(unsigned));
    let later = Control::new(Some(collective()), Content::Charter(Box::new(amended())));
    let later = later.signed(&network(), &key(1)).signed(&network(), &key(2));
    list.add("charter: amended, every field, two of three root keys", &control_leaf(later));
    for dividend in DividendMode::ALL {
        let rules = Rules { dividend: *dividend, ..Rules::default() };
        list.add(
            format!("charter: dividend {dividend}"),
            &control_leaf(founding(Charter { rules, ..charter() })),
        );
    }
    let edges = Rules {
        vote_cap: 1,
        petition: 1,
        grace_hours: 0,
        notice_days: 89,
        mandate_days: 90,
        emergency_hours: u32::MAX,
        ..Rules::default()
    };
    list.add("charter: rules at their edges", &control_leaf(founding(Charter { rules: edges, ..charter() })));
    let widest = many(MAX_CUT, |at| FeedId([at; 32])).into_iter().map(|feed| (feed, u64::MAX)).collect();
    let cut_off = Charter { number: 1, previous: Some(Hash([0x22; 32])), cut: Cut(widest), ..charter() };
    let cut_off = Control::new(Some(collective()), Content::Charter(Box::new(cut_off)));
    list.add("charter: the widest cut, unsigned", &control_leaf(cut_off));
    let shortest = Charter { lease_hours: 1, name: "x".to_owned(), ..charter() };
    list.add("charter: shortest lease and name", &control_leaf(founding(shortest)));
    let longest = Charter { name: "ä".repeat(32), ..charter() };
    list.add("charter: longest name", &control_leaf(founding(longest)));
}

fn signatures(list: &mut List) {
    let bare = || Control::new(Some(collective()), Content::Release(release()));
    let signing =
        |record: Control, seeds: &[u8]| seeds.iter().fold(record, |r, s| r.signed(&network(), &key(*s)));
    list.add("signatures: none", &control_leaf(bare()));
    list.add("signatures: one", &control_leaf(signing(bare(), &[2])));
    list.add("signatures: two", &control_leaf(signing(bare(), &[2, 3])));
    let most: Vec<u8> = (1..=16).collect();
    list.add("signatures: the most", &control_leaf(signing(bare(), &most)));

    let mut spoiled = signing(bare(), &[1, 2, 3]);
    spoiled.signatures.get_mut(&key(2).public()).expect("it has signed").0[7] ^= 1;
    list.add("signatures: one of three does not hold and counts for nothing", &control_leaf(spoiled));

    let signed_as = |domain, network: &NetworkId| {
        let mut record = bare();
        let signature = key(2).sign(domain, network, &record.signed_bytes());
        record.signatures = BTreeMap::from([(key(2).public(), signature)]);
        control_leaf(record)
    };
    list.add(
        "signatures: made for another domain, holds for nobody",
        &signed_as(Domain::ATTESTATION, &network()),
    );
    list.add(
        "signatures: made for another network, holds for nobody",
        &signed_as(Domain::CONTROL, &other_network()),
    );

    let critical = |extensions: Extensions| signing(Control { extensions, ..bare() }, &[2]);
    list.add("extensions: of a control record", &control_leaf(critical(extensions([(2, b"x")]))));
    list.add("extensions: critical in a control record", &control_leaf(critical(extensions([(7, b"x")]))));
}

fn roles(list: &mut List) {
    let node = |region| Subject::Node { key: key(5).public(), region };
    for (name, subject) in [
        ("feed", Subject::Feed(feed(0xda))),
        ("node", node(None)),
        ("node in a region", node(Some(region("KE")))),
        ("liveness key", Subject::Liveness(key(6).public())),
    ] {
        list.add(
            format!("delegation: {name}"),
            &control_leaf(control(Content::Delegation(Delegation { subject }))),
        );
    }
    for (name, revoked) in [
        ("feed", Revoked::Feed { feed: feed(0xda), size: 300, root: Hash([0x70; 32]) }),
        ("key", Revoked::Key(key(5).public())),
        ("affiliate", Revoked::Affiliate(CollectiveId([9; 32]))),
    ] {
        list.add(
            format!("revocation: {name}"),
            &control_leaf(control(Content::Revocation(Revocation { revoked }))),
        );
    }
    let affiliate =
        |powers, until| Content::Affiliate(Affiliate { to: CollectiveId([9; 32]), powers, until });
    for power in Power::ALL {
        let content = affiliate(BTreeSet::from([*power]), None);
        list.add(format!("affiliate: {power}"), &control_leaf(control(content)));
    }
    let all = affiliate(Power::ALL.iter().copied().collect(), Some(1_800_000_000));
    list.add("affiliate: every power, for a time", &control_leaf(control(all)));
}

fn releases(list: &mut List) {
    let mut add = |name: &str, content| list.add(format!("release: {name}"), &control_leaf(control(content)));
    for (name, mode) in [
        ("open", ReleaseMode::Open),
        ("gated", ReleaseMode::Gated(record(4))),
        ("sealed", ReleaseMode::Sealed(record(4))),
    ] {
        add(name, Content::Release(commonwheel_record::control::Release { mode, ..release() }));
    }
    let mut most = release();
    most.ranges = (0..MAX_RANGES as u64).map(|at| range(10 * at, 10 * at + 10)).collect();
    add("the most ranges, end to end", Content::Release(most));
    let mut dated = release();
    dated.dated_by = Some(witnessed(0xfe, 3));
    dated.ranges[0].end = u64::MAX;
    add("dated, and without a last position", Content::Release(dated));
}

fn withdrawals(list: &mut List) {
    let plain = Withdrawal {
        ranges: vec![range(3, 4)],
        class: WithdrawalClass::Preference,
        rung: Rung::Header,
        cut: Cut::default(),
        member: None,
    };
    let personal =
        Withdrawal { class: WithdrawalClass::PersonalData, rung: Rung::Commitment, ..plain.clone() };
    let by_member = Withdrawal { member: Some(commitment()), cut: cut([(1, 5), (2, 0)]), ..plain.clone() };
    let widest = Cut(many(MAX_CUT, |at| FeedId([at; 32])).into_iter().map(|feed| (feed, 1 << 33)).collect());
    let most = Withdrawal { cut: widest, ranges: vec![range(0, 1), range(1, 2), range(9, 12)], ..plain };
    for (name, withdrawal) in [
        ("preference", plain),
        ("personal data", personal),
        ("by the member", by_member),
        ("the widest cut", most),
    ] {
        list.add(format!("withdrawal: {name}"), &control_leaf(control(Content::Withdrawal(withdrawal))));
    }
}

fn access(list: &mut List) {
    let offer = Offer {
        title: "Weekly corrections".to_owned(),
        terms: Hash([0x7e; 32]),
        purposes: BTreeSet::new(),
        conditions: BTreeSet::new(),
    };
    list.add("offer: for any purpose", &control_leaf(control(Content::Offer(offer.clone()))));
    for purpose in Purpose::ALL {
        let content = Content::Offer(Offer { purposes: BTreeSet::from([*purpose]), ..offer.clone() });
        list.add(format!("offer: for {purpose}"), &control_leaf(control(content)));
    }
    let conditions = Condition::ALL.iter().copied().collect();
    let full = Offer { purposes: Purpose::ALL.iter().copied().collect(), conditions, ..offer };
    list.add("offer: every purpose and condition", &control_leaf(control(Content::Offer(full))));
    for (name, to, expires) in [
        ("node, for good", Party::Node(key(5).public()), None),
        ("collective, for a time", Party::Collective(CollectiveId([9; 32])), Some(1_800_000_000)),
    ] {
        let grant = Grant { offer: record(4), to, expires };
        list.add(format!("grant: {name}"), &control_leaf(control(Content::Grant(grant))));
    }
}
