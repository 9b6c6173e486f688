//! Arbitrary ballots, votes, reveals, closes and mandates, with the bodies of those that have one.

use commonwheel_record::attestation::Head;
use commonwheel_record::control::{
    Ballot, Cast, Choice, Close, Content, Mandate, Petition, Proposal, Reveal, RevealBody, Stamp, Tally,
    Terms, Vote, VoteBody, VoteContent, WitnessedHead,
};
use commonwheel_record::limits::{MAX_CONTROL_FEEDS, MAX_PETITIONERS, MAX_PROPOSALS};
use commonwheel_record::{FeedId, PublicKey};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

use crate::control::embargo;
use crate::words::{cut, feed, hash, key, personal, plain, record, signature};

pub(crate) fn content() -> impl Strategy<Value = Content> {
    prop_oneof![
        ballot().prop_map(|ballot| Content::Ballot(Box::new(ballot))).boxed(),
        (hash(), personal()).prop_map(|(ballot, vote)| Content::Vote(Vote { ballot, vote })).boxed(),
        (hash(), personal()).prop_map(|(ballot, reveal)| Content::Reveal(Reveal { ballot, reveal })).boxed(),
        close().prop_map(|close| Content::Close(Box::new(close))).boxed(),
        (hash(), record()).prop_map(|(ballot, close)| Content::Mandate(Mandate { ballot, close })).boxed(),
    ]
}

fn terms() -> impl Strategy<Value = Terms> {
    embargo().prop_map(|embargo| Terms {
        variant: embargo.variant,
        scope: embargo.scope,
        reach: embargo.reach,
        from_cut: embargo.from_cut,
        audience: embargo.audience,
        rung: embargo.rung,
        demand: embargo.demand,
    })
}

fn proposal() -> impl Strategy<Value = Proposal> {
    prop_oneof![
        terms().prop_map(|terms| Proposal::Embargo(Box::new(terms))),
        record().prop_map(Proposal::Lift),
    ]
}

prop_compose! {
    pub(crate) fn ballot()(
        (question, proposals) in (plain(512), vec(proposal(), 1..=MAX_PROPOSALS)),
        (opens, open_for) in (any::<u32>(), 1..=u64::from(u32::MAX)),
        secret_for in of(1..=u64::from(u32::MAX)),
        (charter, cut, roll, petition) in (hash(), cut(), hash(), of(personal())),
    ) -> Ballot {
        let opens = u64::from(opens);
        let closes = opens + open_for;
        let reveals = secret_for.map(|secret_for| closes + secret_for);
        Ballot { question, proposals, opens, closes, reveals, charter, cut, roll, petition }
    }
}

pub(crate) fn petition() -> impl Strategy<Value = Petition> {
    // Any keys do: whose signatures hold is asked later.
    let key = any::<[u8; 32]>().prop_map(PublicKey);
    btree_map(key, signature(), 1..=MAX_PETITIONERS).prop_map(|signatures| Petition { signatures })
}

pub(crate) fn vote_content() -> impl Strategy<Value = VoteContent> {
    let cast = prop_oneof![select(Choice::ALL).prop_map(Cast::Open), hash().prop_map(Cast::Sealed)];
    (hash(), any::<u64>(), cast).prop_map(|(ballot, sequence, cast)| VoteContent { ballot, sequence, cast })
}

pub(crate) fn vote() -> impl Strategy<Value = VoteBody> {
    (vote_content(), key(), signature()).prop_map(|(content, key, signature)| VoteBody {
        content,
        key,
        signature,
    })
}

pub(crate) fn reveal() -> impl Strategy<Value = RevealBody> {
    (key(), select(Choice::ALL), any::<[u8; 32]>()).prop_map(|(voter, choice, nonce)| RevealBody {
        voter,
        choice,
        nonce,
    })
}

/// A head of the feed with up to four cosignatures.
pub(crate) fn witnessed(feed: impl Strategy<Value = FeedId>) -> impl Strategy<Value = WitnessedHead> {
    let stamp = (any::<u64>(), signature()).prop_map(|(time, signature)| Stamp { time, signature });
    (feed, any::<u64>(), hash(), btree_map(key(), stamp, 0..=4))
        .prop_map(|(feed, size, root, stamps)| WitnessedHead { head: Head { feed, size, root }, stamps })
}

/// As many heads as a record may embed, in the order of their feeds.
pub(crate) fn heads() -> impl Strategy<Value = Vec<WitnessedHead>> {
    let heads = vec(witnessed(feed()), MAX_CONTROL_FEEDS);
    (btree_set(feed(), 1..=MAX_CONTROL_FEEDS), heads).prop_map(|(feeds, heads)| {
        let named = |(feed, witnessed): (FeedId, WitnessedHead)| WitnessedHead {
            head: Head { feed, ..witnessed.head },
            ..witnessed
        };
        feeds.into_iter().zip(heads).map(named).collect()
    })
}

fn tally() -> impl Strategy<Value = Tally> {
    any::<(u64, u64, u64, u64)>().prop_map(|(eligible, yes, no, abstained)| Tally {
        eligible,
        yes,
        no,
        abstained,
    })
}

fn close() -> impl Strategy<Value = Close> {
    (hash(), heads(), of(tally())).prop_map(|(ballot, heads, result)| Close { ballot, heads, result })
}
