//! Random control records that name each other by number, to be placed in feeds in any way.

use commonwheel_record::control::{Content, Party, Power, ReleaseMode, Revoked, WithdrawalClass};
use commonwheel_record::{CollectiveId, Control, FeedId, RecordId};
use proptest::prelude::*;

use crate::world::*;

/// Leaves of the first feed that stand before any draft: the founding, and two delegations of control feeds.
const FOUNDING: u64 = 4;

/// What a record says; `usize` is another draft's number.
#[derive(Clone, Debug)]
pub(crate) enum Says {
    Pause(u8),
    Lift(usize),
    Offer(u8),
    Grant(usize, u8),
    Release(u8),
    Withdraw(u8, bool),
    Affiliate(u8, Power, Option<u64>),
    Node(u8, Option<&'static str>),
    Data(u8),
    Feed(usize),
    RevokeKey(u8),
    RevokeAffiliate(u8),
    RevokeFeed(usize, u64),
    Amend { name: u8, root: Option<u8>, governance: u8 },
}

#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) says: Says,
    pub(crate) signers: Vec<u8>,
    pub(crate) critical: bool,
}

/// Keys 1 and 2 hold root and governance at first; 7 and 8 may be given them.
fn signers() -> impl Strategy<Value = Vec<u8>> {
    let mixed = prop::sample::subsequence(vec![ROOT, GOVERNANCE, 7, 8], 0..=4);
    prop_oneof![
        4 => Just(vec![GOVERNANCE]),
        4 => Just(vec![ROOT]),
        2 => Just(vec![ROOT, GOVERNANCE]),
        2 => mixed,
    ]
}

/// Records whose meaning depends on nothing but their content and whom they name.
fn free(drafts: usize) -> BoxedStrategy<Says> {
    let powers = prop::sample::select(Power::ALL.to_vec());
    prop_oneof![
        4 => (0..4_u8).prop_map(Says::Pause),
        3 => (0..drafts).prop_map(Says::Lift),
        2 => (0..2_u8).prop_map(Says::Offer),
        2 => (0..drafts, 30..32_u8).prop_map(|(offer, node)| Says::Grant(offer, node)),
        2 => (0..3_u8).prop_map(Says::Release),
        1 => (0..3_u8, any::<bool>()).prop_map(|(n, member)| Says::Withdraw(n, member)),
        1 => (60..62_u8, powers, prop::option::of(5..7_u64)).prop_map(|(to, power, until)| Says::Affiliate(to, power, until)),
        1 => (30..32_u8, prop::option::of(prop::sample::select(vec!["CH", "US"]))).prop_map(|(key, region)| Says::Node(key, region)),
        1 => (50..53_u8).prop_map(Says::Data),
        1 => (30..32_u8).prop_map(Says::RevokeKey),
        1 => (60..62_u8).prop_map(Says::RevokeAffiliate),
        2 => (0..3_u8, prop::option::of(7..9_u8), prop::sample::select(vec![GOVERNANCE, 7, 8]))
            .prop_map(|(name, root, governance)| Says::Amend { name, root, governance }),
    ]
    .boxed()
}

/// Records about control feeds, which are numbered too.
fn of_feeds(feeds: usize) -> BoxedStrategy<Says> {
    prop_oneof![
        3 => (0..feeds).prop_map(Says::Feed),
        1 => (0..feeds, 0..6_u64).prop_map(|(feed, size)| Says::RevokeFeed(feed, size)),
    ]
    .boxed()
}

fn draft(says: BoxedStrategy<Says>) -> impl Strategy<Value = Draft> {
    let critical = prop::bool::weighted(0.03);
    (says, signers(), critical).prop_map(|(says, signers, critical)| Draft { says, signers, critical })
}

/// Drafts that may stand anywhere.
pub(crate) fn free_drafts() -> impl Strategy<Value = Vec<Draft>> {
    (1..14_usize).prop_flat_map(|count| prop::collection::vec(draft(free(count)), count))
}

/// Drafts that also delegate and revoke control feeds.
pub(crate) fn drafts(feeds: usize) -> impl Strategy<Value = Vec<Draft>> {
    (1..24_usize).prop_flat_map(move |count| {
        let says = prop_oneof![2 => free(count), 1 => of_feeds(feeds)].boxed();
        prop::collection::vec(draft(says), count)
    })
}

/// Where drafts stand, and the feeds they may name.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    pub(crate) drafts: Vec<RecordId>,
    pub(crate) feeds: Vec<FeedId>,
}

impl Draft {
    pub(crate) fn control(&self, coop: &Coop, places: &Places) -> Control {
        let control = Control::new(Some(coop.id), self.content(coop, places));
        if self.critical { critical(control) } else { control }
    }

    fn content(&self, coop: &Coop, places: &Places) -> Content {
        match self.says.clone() {
            Says::Pause(n) => pause(&format!("demand {n}")),
            Says::Lift(of) => lift(places.drafts[of], None),
            Says::Offer(n) => offer(&format!("offer {n}")),
            Says::Grant(of, node) => grant(places.drafts[of], Party::Node(key(node)), None),
            Says::Release(n) => {
                let licence = ["MIT", "NONE", "LicenseRef-x"][usize::from(n)];
                release(licence, ReleaseMode::Open, &[(50, u64::from(n), 9)])
            }
            Says::Withdraw(n, member) => withdraw((50, u64::from(n), 9), WithdrawalClass::Preference, member),
            Says::Affiliate(to, power, until) => affiliate(to, &[power], until),
            Says::Node(node, region) => delegate_node(node, region),
            Says::Data(feed) => delegate_feed(data_feed(feed)),
            Says::Feed(feed) => delegate_feed(places.feeds[feed]),
            Says::RevokeKey(node) => revoke(Revoked::Key(key(node))),
            Says::RevokeAffiliate(to) => revoke(Revoked::Affiliate(CollectiveId([to; 32]))),
            Says::RevokeFeed(feed, size) => revoke_feed(places.feeds[feed], size),
            Says::Amend { name, root, governance } => amendment(coop, name, root, governance),
        }
    }
}

fn amendment(coop: &Coop, name: u8, root: Option<u8>, governance: u8) -> Content {
    let mut next = charter();
    (next.number, next.previous) = (1, Some(coop.genesis_hash()));
    next.cut.0.insert(coop.first, FOUNDING);
    next.name = format!("Charter {name}");
    next.governance = key_set(1, &[governance]);
    if let Some(root) = root {
        next.root = key_set(1, &[root]);
    }
    Content::Charter(Box::new(next))
}
