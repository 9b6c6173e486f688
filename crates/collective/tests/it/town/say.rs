//! What people and governance of a town say.

use commonwheel_collective::Roll;
use commonwheel_record::control::{
    Ballot, Cast, Choice, Content, Embargo, Enrolment, Leave, LeaveNotice, Lift, LiftReason, Mandate,
    Petition, Principal, Proposal, Reveal, RevealBody, RollEntry, Vote, VoteBody, VoteContent, encode,
    sealed_choice,
};
use commonwheel_record::{Control, Hash, RecordId};

use super::{CLOSES, DAY, GOVERNANCE, OPENS, Town, public, secret, terms};
use crate::world::network;

/// A person with one share.
pub(crate) fn entry(number: u16) -> RollEntry {
    RollEntry {
        version: 1,
        principal: Principal::Member(public(number)),
        shares: 1,
        custodial: false,
        name: None,
    }
}

/// A ballot that proposes a pause, to be changed before it is called.
pub(crate) fn question(town: &Town) -> Ballot {
    let cut = town.cut();
    Ballot {
        question: "Do we strike?".to_owned(),
        proposals: vec![Proposal::Embargo(Box::new(terms("a fair share")))],
        opens: OPENS,
        closes: CLOSES,
        reveals: None,
        charter: town.charter_hash,
        roll: town.view().roll().hash(&network()),
        cut,
        petition: None,
    }
}

/// The nonce of a voter's sealed choice.
pub(crate) fn nonce(voter: u16) -> [u8; 32] {
    let mut nonce = [5; 32];
    nonce[..2].copy_from_slice(&voter.to_be_bytes());
    nonce
}

impl Town {
    pub(crate) fn enrol_as(&mut self, feed: usize, entry: &RollEntry, signers: &[u16]) -> RecordId {
        let (commitment, body) = self.seal(encode(entry));
        let control = self.signed(Content::Enrolment(Enrolment { entry: commitment }), signers);
        self.push(self.feeds[feed], control, Some(&body))
    }

    pub(crate) fn enrol(&mut self, feed: usize, entry: &RollEntry) -> RecordId {
        self.enrol_as(feed, entry, &GOVERNANCE[..2])
    }

    /// Enrols members `0..count`, by turns in all feeds.
    pub(crate) fn people(&mut self, count: u16) -> Vec<RecordId> {
        let feeds = self.feeds.len();
        (0..count).map(|number| self.enrol(usize::from(number) % feeds, &entry(number))).collect()
    }

    pub(crate) fn leave_by(&mut self, feed: usize, enrolment: RecordId, who: u16) -> RecordId {
        let notice = LeaveNotice::sign(&network(), &secret(who), enrolment);
        let (commitment, body) = self.seal(encode(&notice));
        let control = self.signed(Content::Leave(Leave { enrolment, notice: Some(commitment) }), &[]);
        self.push(self.feeds[feed], control, Some(&body))
    }

    pub(crate) fn dismiss(&mut self, feed: usize, enrolment: RecordId) -> RecordId {
        self.say(feed, Content::Leave(Leave { enrolment, notice: None }), &GOVERNANCE[..2])
    }

    /// Calls a ballot under the governance threshold.
    pub(crate) fn call(&mut self, feed: usize, ballot: Ballot) -> Hash {
        let id = self.say(feed, Content::Ballot(Box::new(ballot)), &GOVERNANCE[..2]);
        self.hash_of(id)
    }

    /// Calls a ballot by petition of members.
    pub(crate) fn petition(&mut self, feed: usize, mut ballot: Ballot, members: &[u16]) -> RecordId {
        let signed = members
            .iter()
            .fold(Petition::default(), |petition, m| petition.signed(&network(), &secret(*m), &ballot));
        let (commitment, body) = self.seal(encode(&signed));
        ballot.petition = Some(commitment);
        let control = self.signed(Content::Ballot(Box::new(ballot)), &[]);
        self.push(self.feeds[feed], control, Some(&body))
    }

    pub(crate) fn cast(&mut self, feed: usize, ballot: Hash, body: &VoteBody) -> RecordId {
        let (commitment, sealed) = self.seal(encode(body));
        let control = self.signed(Content::Vote(Vote { ballot, vote: commitment }), &[]);
        self.push(self.feeds[feed], control, Some(&sealed))
    }

    pub(crate) fn vote_as(
        &mut self,
        feed: usize,
        ballot: Hash,
        voter: u16,
        sequence: u64,
        cast: Cast,
    ) -> RecordId {
        let content = VoteContent { ballot, sequence, cast };
        self.cast(feed, ballot, &VoteBody::sign(&network(), &secret(voter), content))
    }

    pub(crate) fn vote(&mut self, feed: usize, ballot: Hash, voter: u16, choice: Choice) -> RecordId {
        self.vote_as(feed, ballot, voter, 0, Cast::Open(choice))
    }

    /// Votes of members, by turns in all feeds: yes, then no, then abstentions.
    pub(crate) fn votes(&mut self, ballot: Hash, yes: u16, no: u16, abstained: u16) -> Vec<RecordId> {
        let feeds = self.feeds.len();
        let choice = |voter| match voter {
            voter if voter < yes => Choice::Yes,
            voter if voter < yes + no => Choice::No,
            _ => Choice::Abstain,
        };
        let voters = 0..yes + no + abstained;
        voters.map(|voter| self.vote(usize::from(voter) % feeds, ballot, voter, choice(voter))).collect()
    }

    pub(crate) fn sealed_vote(&mut self, feed: usize, ballot: Hash, voter: u16, choice: Choice) -> RecordId {
        let sealed = sealed_choice(&network(), &nonce(voter), &ballot, &public(voter), choice);
        self.vote_as(feed, ballot, voter, 0, Cast::Sealed(sealed))
    }

    pub(crate) fn reveal(&mut self, feed: usize, ballot: Hash, voter: u16, choice: Choice) -> RecordId {
        let body = RevealBody { voter: public(voter), choice, nonce: nonce(voter) };
        let (commitment, sealed) = self.seal(encode(&body));
        let control = self.signed(Content::Reveal(Reveal { ballot, reveal: commitment }), &[]);
        self.push(self.feeds[feed], control, Some(&sealed))
    }

    pub(crate) fn mandate(&mut self, feed: usize, ballot: Hash, close: RecordId) -> RecordId {
        self.say(feed, Content::Mandate(Mandate { ballot, close }), &[])
    }

    pub(crate) fn embargo(&mut self, feed: usize, embargo: Embargo, signers: &[u16]) -> RecordId {
        self.say(feed, Content::Embargo(Box::new(embargo)), signers)
    }

    pub(crate) fn lift(&mut self, feed: usize, lift: Lift, signers: &[u16]) -> RecordId {
        self.say(feed, Content::Lift(lift), signers)
    }

    /// Appends a record's signed bytes, and its body, to another feed once more.
    pub(crate) fn copy(&mut self, feed: usize, id: RecordId) -> RecordId {
        let leaf = self.leaf(id).clone();
        self.put(self.feeds[feed], leaf)
    }

    /// A town of `members` whose ballot, called by governance, is to be voted on.
    pub(crate) fn balloting(rules: commonwheel_record::control::Rules, members: u16) -> (Self, Hash) {
        let mut town = Self::new(rules);
        town.people(members);
        let ballot = question(&town);
        let hash = town.call(0, ballot);
        (town, hash)
    }
}

/// A lift of all of an embargo.
pub(crate) const fn whole(embargo: RecordId, mandate: Option<RecordId>) -> Lift {
    Lift { embargo, scope: None, reason: LiftReason::Voted, settlement: None, mandate }
}

/// The embargo that the ballot of [`question`] allows, exactly.
pub(crate) fn voted(town: &Town, mandate: RecordId, starts: u64) -> Embargo {
    let view = town.view();
    let cut = view.mandate(&mandate).map(|mandate| mandate.cut.clone()).unwrap_or_default();
    terms("a fair share").embargo(cut, starts, None, mandate)
}

/// An embargo that rests on nothing but governance.
pub(crate) fn unvoted(town: &Town, starts: u64, ends: Option<u64>) -> Embargo {
    let nowhere = RecordId { feed: town.feeds[0], index: 0 };
    Embargo { mandate: None, ..terms("a fair share").embargo(town.cut(), starts, ends, nowhere) }
}

/// The keys of a roll.
pub(crate) fn seated(roll: &Roll) -> Vec<RecordId> {
    let mut seats: Vec<RecordId> = roll.seats().map(|seat| seat.enrolment).collect();
    seats.sort_unstable();
    seats
}

/// A day of the ballots' time, counted from the end of voting, in seconds.
pub(crate) const fn day(days: u64) -> u64 {
    CLOSES + days * DAY
}

/// A record with another signature than its signer's.
pub(crate) fn forged(control: Control, claimed: u16, by: u16) -> Control {
    let mut forged = control.clone();
    let signature = control.signed(&network(), &secret(by)).signatures[&public(by)];
    forged.signatures.insert(public(claimed), signature);
    forged
}
