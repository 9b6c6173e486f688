//! A charter is shown whole: what JSON says of it is enough to write it down again.

use std::collections::{BTreeMap, BTreeSet};

use commonwheel_api::types::CharterShown;
use commonwheel_record::control::{Charter, DividendMode, KeySet, Ratio, Rules, VoteWeight};
use commonwheel_record::terms::{Licence, Preference, Preferences};
use commonwheel_record::{CollectiveId, Cut, FeedId, Hash, SecretKey};

/// A charter none of whose values is a default.
fn charter() -> Charter {
    let key = |seed: u8| SecretKey::from_seed(&[seed; 32]).public();
    Charter {
        number: 3,
        previous: Some(Hash([7; 32])),
        cut: Cut(BTreeMap::from([(FeedId([1; 32]), 12), (FeedId([2; 32]), u64::MAX)])),
        nonce: Hash([9; 32]),
        name: "Riverside".to_owned(),
        root: KeySet { threshold: 2, keys: BTreeSet::from([key(1), key(2), key(3)]) },
        governance: KeySet::single(key(4)),
        next_root: BTreeSet::from([Hash([5; 32])]),
        liveness: BTreeSet::from([key(5)]),
        witnesses: BTreeSet::from([key(6), key(7)]),
        stewards: BTreeSet::from([CollectiveId([8; 32])]),
        lease_hours: 24,
        release_feed: Some(FeedId([1; 32])),
        default_licence: Licence::parse("CC-BY-4.0 OR MIT").unwrap(),
        terms: Some(Hash([6; 32])),
        default_preferences: Preferences { train: Preference::Deny, ..Preferences::EVALUATION_ONLY },
        preferences_locked: true,
        rules: Rules {
            mandate_required: true,
            vote_weight: VoteWeight::Shares,
            vote_cap: 5,
            turnout: Ratio { over: 2, under: 3 },
            majority: Ratio { over: 3, under: 5 },
            support_floor: Ratio { over: 2, under: 5 },
            abstentions_count: false,
            secret_ballots: true,
            petition: 12,
            grace_hours: 48,
            lift_by_ballot: true,
            notice_days: 14,
            mandate_days: 183,
            emergency_hours: 36,
            cadence_days: 30,
            reserve_permille: 125,
            dividend: DividendMode::Patronage,
            retention_days: 90,
        },
    }
}

#[test]
fn a_charter_comes_back_from_its_json_as_it_was() {
    let shown = CharterShown::of(&charter(), Hash([4; 32]));
    let json = serde_json::to_string(&shown).unwrap();
    let read: CharterShown = serde_json::from_str(&json).unwrap();
    assert_eq!(read, shown);
    assert_eq!(read.charter(), charter());
}
