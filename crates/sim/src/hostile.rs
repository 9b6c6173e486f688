//! Hostile authors of control records: in a feed that a liar carries for a co-op, or with a key that is not enough.

use commonwheel_ledger::store::Store as _;
use commonwheel_record::cbor;
use commonwheel_record::control::{
    Cast, Choice, Close, Content, Enrolment, Lift, LiftReason, Mandate, Proposal, Vote, VoteBody, VoteContent,
};
use commonwheel_record::manifest::Purpose;
use commonwheel_record::{FeedId, Hash, Leaf, SecretKey};
use commonwheel_sync::NewRecord;

use crate::attacks::total_embargo;
use crate::collective::Written;
use crate::faults::Fault;
use crate::world::World;

impl World {
    /// The control feed that a liar carries for somebody, and whose it is.
    fn carried(&self, node: usize) -> Option<(usize, FeedId)> {
        let mut feeds = self.truth.feeds.iter().filter(|(_, of)| {
            of.writer == node
                && of.manifest.purpose == Purpose::Control
                && self.nodes[node].home.is_some_and(|home| self.collectives[home].id != of.collective)
        });
        let (feed, of) = feeds.next()?;
        let owner = self.collectives.iter().position(|collective| collective.id == of.collective)?;
        Some((owner, *feed))
    }

    /// A liar writes what it must not into the feed that it carries.
    pub(crate) fn write_hostile(&mut self, node: usize) {
        let Some((of, feed)) = self.carried(node) else { return };
        let done = match self.liar.rng.below(5) {
            0 => self.replay_record(node, of, feed),
            1 => self.forge_vote(node, of, feed),
            2 => self.claim_mandate(node, of, feed),
            3 => self.forge_close(node, of, feed),
            _ => self.enrol_stranger(node, of, feed),
        };
        if let Some(fault) = done {
            self.faults.count(fault);
        }
    }

    /// Copies a record of the co-op's own, with its body: it counts as it did, and no more.
    fn replay_record(&mut self, node: usize, of: usize, feed: FeedId) -> Option<Fault> {
        let (from, _) = self.collectives[of].control.first().copied()?;
        let raw = self.raw(node)?;
        let index = self.liar.rng.below(raw.size(&from));
        let raw = self.raw(node)?;
        let leaf = raw.headers(&from, index, index + 1).ok()?.pop()??;
        let body = raw.body(&from, index).ok()?;
        let lacks = matches!(Leaf::decode(&leaf), Ok(Leaf::Control(control))
            if control.content.personal().is_some() && body.is_none());
        if lacks || matches!(Leaf::decode(&leaf), Ok(Leaf::Control(control)) if control.collective.is_none())
        {
            return None;
        }
        self.append(node, feed, vec![NewRecord { leaf, body }])?;
        Some(Fault::ReplayedRecord)
    }

    fn some_ballot(&mut self, of: usize) -> Option<Hash> {
        let ballots: Vec<Hash> = self.campaigns_of(of).into_iter().collect();
        self.liar.rng.pick(&ballots).copied()
    }

    /// Votes as a stranger, or in a member's name.
    fn forge_vote(&mut self, node: usize, of: usize, feed: FeedId) -> Option<Fault> {
        let ballot = self.some_ballot(of)?;
        let stranger = SecretKey::from_seed(&self.liar.rng.bytes());
        let content = VoteContent { ballot, sequence: 9, cast: Cast::Open(Choice::No) };
        let mut body = VoteBody::sign(&self.network_id, &stranger, content);
        if self.liar.rng.chance(500) {
            body.key = self.collectives[of].members.first()?.key.public();
        }
        let vote = self.personal(of, cbor::encode(&body), |vote| Content::Vote(Vote { ballot, vote }));
        self.say_in(of, feed, node, vote, false)?;
        Some(Fault::ForgedVote)
    }

    /// Says that any close whatever is a mandate, and strikes, or lifts, on its strength.
    fn claim_mandate(&mut self, node: usize, of: usize, feed: FeedId) -> Option<Fault> {
        let ballot = self.some_ballot(of)?;
        // What the co-op's own node knows, for the liar's own is nobody's to look at.
        let speaker = self.speaker(of)?;
        let log = self.checkers.known[speaker].log(&self.collectives[of].id)?;
        let closes = log.results(&self.network_id, &ballot, true);
        // Where there is none yet, anything will do.
        let close = closes.first().copied().or_else(|| log.records.last().map(|held| held.id))?;
        let mandate = Content::Mandate(Mandate { ballot, close });
        let written = self.unsigned(of, mandate);
        let mandate = self.say_in(of, feed, node, written, false)?;
        let campaign = self.campaigns.iter().find(|campaign| campaign.hash == ballot)?;
        let content = match campaign.ballot.proposals.first()? {
            Proposal::Lift(embargo) => Content::Lift(Lift {
                embargo: *embargo,
                scope: None,
                reason: LiftReason::Voted,
                settlement: None,
                mandate: Some(mandate),
            }),
            Proposal::Embargo(_) => {
                let mut embargo = total_embargo();
                (embargo.mandate, embargo.starts) = (Some(mandate), campaign.ballot.decided());
                Content::Embargo(Box::new(embargo))
            }
        };
        let written = self.unsigned(of, content);
        self.say_in(of, feed, node, written, false)?;
        Some(Fault::ClaimedMandate)
    }

    fn unsigned(&self, of: usize, content: Content) -> Written {
        Written { control: self.collectives[of].unsigned(content), body: None }
    }

    /// Closes a ballot with cosignatures of its own, or with those of witnesses over another time.
    fn forge_close(&mut self, node: usize, of: usize, feed: FeedId) -> Option<Fault> {
        let ballot = self.some_ballot(of)?;
        let early = self.liar.rng.chance(500);
        let mut heads = self.heads_seen(node, of);
        for head in &mut heads {
            for stamp in head.stamps.values_mut() {
                if early {
                    stamp.time += 1;
                }
            }
        }
        heads.dedup_by_key(|witnessed| witnessed.head.feed);
        if heads.is_empty() {
            return None;
        }
        let members = self.collectives[of].members.len() as u64;
        let result =
            Some(commonwheel_record::control::Tally { eligible: members, yes: members, no: 0, abstained: 0 });
        let written = self.unsigned(of, Content::Close(Box::new(Close { ballot, heads, result })));
        self.say_in(of, feed, node, written, false)?;
        Some(Fault::ForgedClose)
    }

    /// Enters itself on the roll, or somebody who had left, without a signature of governance.
    fn enrol_stranger(&mut self, node: usize, of: usize, feed: FeedId) -> Option<Fault> {
        let member = self.collectives[of].members.first()?.clone();
        let written = self.personal(of, member.encoded(), |entry| Content::Enrolment(Enrolment { entry }));
        self.say_in(of, feed, node, written, false)?;
        Some(Fault::UnsignedEnrolment)
    }

    /// Somebody holds a governance key and finds no other: too few signatures, through whoever carries it.
    pub(crate) fn rule_alone(&mut self, of: usize) {
        let collective = &self.collectives[of];
        if collective.threshold < 2 {
            return;
        }
        let content = Content::Embargo(Box::new(total_embargo()));
        let control = collective.signed_by(collective.threshold - 1, content);
        let Some((feed, writer)) = self.carrier(of) else { return };
        let written = Written { control, body: None };
        if self.say_in(of, feed, writer, written, false).is_some() {
            self.faults.count(Fault::ShortThreshold);
        }
    }

    /// Somebody else's leave, in the name of a member.
    pub(crate) fn forge_notice(&mut self, of: usize) {
        let Some(speaker) = self.speaker(of) else { return };
        let log = self.checkers.known[speaker].log(&self.collectives[of].id);
        let entered = log.map(crate::checkers::log::Log::entered).unwrap_or_default();
        let Some((enrolment, _)) = self.rng.pick(&entered).cloned() else { return };
        let stranger = SecretKey::from_seed(&self.rng.bytes());
        self.give_notice(of, enrolment, &stranger);
        self.faults.count(Fault::ForgedNotice);
    }
}
