//! Ballots: who calls them, how members vote, and what follows when they are carried.

use std::collections::BTreeSet;

use commonwheel_record::cbor;
use commonwheel_record::control::{
    Ballot, Cast, Choice, Content, Mandate, Petition, Proposal, Reveal, RevealBody, Vote, VoteBody,
    VoteContent, sealed_choice,
};
use commonwheel_record::manifest::Purpose as FeedPurpose;
use commonwheel_record::{FeedId, Hash, RecordId, Salt, SecretKey};

use crate::checkers::log::{Log, roll_of};
use crate::checkers::polls::Stage;
use crate::collective::Written;
use crate::deeds::Deed;
use crate::faults::Fault;
use crate::members::sealed;
use crate::world::{Event, World};

/// How often something that could not be done yet is tried again.
const MAX_TRIES: u32 = 12;

/// A ballot under way.
#[derive(Debug)]
pub(crate) struct Campaign {
    pub(crate) of: usize,
    pub(crate) hash: Hash,
    pub(crate) ballot: Ballot,
    /// How likely a member says yes, in thousandths.
    leaning: u64,
    /// What members of a secret ballot have to reveal.
    cast: Vec<RevealBody>,
}

/// What happens next in a campaign.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Act {
    /// A member votes, for the so-manieth time.
    Vote { member: usize, sequence: u64 },
    /// Somebody reveals a choice.
    Reveal(usize),
    /// Somebody closes a stage.
    Close(Stage),
    /// Somebody states that it was carried.
    Mandate,
    /// Somebody does what was voted for.
    Carry(RecordId),
}

impl World {
    /// Members call a ballot if their charter lets them, or governance does.
    pub(crate) fn call_ballot(&mut self, of: usize) {
        let by = self.who_may_strike(of);
        if self.collectives[by].honest && !self.collectives[by].members.is_empty() {
            self.open_ballot(by);
        }
    }

    /// Opens a ballot through any carrier, over the roll as that one holds it.
    pub(crate) fn open_ballot(&mut self, of: usize) {
        let Some((feed, writer)) = self.carrier(of) else { return };
        let Some(log) = self.checkers.known[writer].log(&self.collectives[of].id).cloned() else { return };
        let Some(ballot) = self.draft(of, &log) else { return };
        let petition = log.charter().map_or(0, |(_, charter)| charter.rules.petition);
        let written = if petition > 0 && self.rng.chance(600) {
            self.petitioned(of, ballot)
        } else {
            Written { control: self.collectives[of].governed(Content::Ballot(Box::new(ballot))), body: None }
        };
        let authorised = written.body.is_none();
        let Content::Ballot(ballot) = written.control.content.clone() else { return };
        let hash = Hash::of(
            commonwheel_record::Domain::CONTROL,
            &self.network_id,
            &[&written.control.signed_bytes()],
        );
        if self.say_in(of, feed, writer, written, authorised).is_some() {
            let leaning = self.rng.between(300, 1000);
            let campaign = Campaign { of, hash, ballot: *ballot, leaning, cast: Vec::new() };
            self.campaigns.push(campaign);
            self.deeds.count(Deed::Ballot);
            self.plan_campaign(self.campaigns.len() - 1);
        }
    }

    fn draft(&mut self, of: usize, log: &Log) -> Option<Ballot> {
        let (charter, rules) = log.charter().map(|(hash, charter)| (hash, charter.rules.clone()))?;
        let mut cut = log.whole.clone();
        cut.0.retain(|_, size| *size > 0);
        let roll = roll_of(&self.network_id, &log.voters(&cut, &rules));
        let now = self.time() / 1000;
        let closes = now + self.rng.between(6, 25);
        let secret = rules.secret_ballots || self.rng.chance(150);
        let reveals = secret.then(|| closes + self.rng.between(8, 20));
        let mut proposals = vec![self.proposal(of)];
        if self.rng.chance(200) {
            proposals.push(self.proposal(of));
        }
        let question = "Shall we strike?".to_owned();
        Some(Ballot { question, proposals, opens: now, closes, reveals, charter, cut, roll, petition: None })
    }

    fn proposal(&mut self, of: usize) -> Proposal {
        let standing = self.standing(of, |_| true).filter(|_| self.rng.chance(300));
        match standing {
            Some(standing) => Proposal::Lift(standing.known.id),
            None => Proposal::Embargo(Box::new(self.terms(of))),
        }
    }

    /// The same ballot under the signatures of members, now and then too few of them or somebody else's.
    fn petitioned(&mut self, of: usize, mut ballot: Ballot) -> Written {
        let stranger = SecretKey::from_seed(&self.rng.bytes());
        let few = self.rng.chance(150);
        let members = self.collectives[of].members.iter().map(|member| &member.key);
        let signers = members.take(if few { 1 } else { usize::MAX }).chain([&stranger]);
        let sign = |petition: Petition, key| petition.signed(&self.network_id, key, &ballot);
        let petition = signers.fold(Petition::default(), sign);
        let (commitment, body) = sealed(&mut self.rng, &self.network_id, cbor::encode(&petition));
        ballot.petition = Some(commitment);
        let control = self.collectives[of].unsigned(Content::Ballot(Box::new(ballot)));
        Written { control, body: Some(body) }
    }

    fn plan_campaign(&mut self, number: usize) {
        let Campaign { of, ref ballot, .. } = self.campaigns[number];
        let now = self.time();
        let (voting, reveals) = ((ballot.closes * 1000).saturating_sub(now), ballot.reveals);
        for member in 0..self.collectives[of].members.len() {
            // The last ones are late.
            let delay = self.rng.below(voting + 4_000);
            if self.rng.chance(850) {
                self.later(delay, number, Act::Vote { member, sequence: 1 });
            }
            if self.rng.chance(200) {
                let sequence = self.rng.between(1, 2);
                let again = self.rng.below(voting);
                self.later(again, number, Act::Vote { member, sequence });
            }
        }
        let stage = if reveals.is_some() { Stage::Voting } else { Stage::Last };
        self.later(voting + 2_500, number, Act::Close(stage));
        if let Some(reveals) = reveals {
            let over = (reveals * 1000).saturating_sub(now);
            self.later(over + 2_500, number, Act::Close(Stage::Last));
        }
    }

    pub(crate) fn later(&mut self, delay: u64, number: usize, act: Act) {
        self.queue.after(delay, Event::Campaign { number, act, tries: 0 });
    }

    /// Does what comes next in a campaign, or tries again later.
    pub(crate) fn campaign(&mut self, number: usize, act: Act, tries: u32) {
        if self.calm {
            return;
        }
        let done = match act {
            Act::Vote { member, sequence } => self.vote(number, member, sequence),
            Act::Reveal(at) => self.reveal(number, at),
            Act::Close(stage) => self.close(number, stage, tries),
            Act::Mandate => self.mandate(number),
            Act::Carry(mandate) => self.carry(number, mandate),
        };
        if done.is_none() && tries < MAX_TRIES {
            let delay = self.rng.between(1_500, 4_000);
            self.queue.after(delay, Event::Campaign { number, act, tries: tries + 1 });
        }
    }

    fn vote(&mut self, number: usize, member: usize, sequence: u64) -> Option<RecordId> {
        let Campaign { of, hash, leaning, ref ballot, .. } = self.campaigns[number];
        let choice = match self.rng.below(1000) {
            drawn if drawn < leaning => Choice::Yes,
            drawn if drawn > 940 => Choice::Abstain,
            _ => Choice::No,
        };
        let reveals = ballot.reveals;
        let key = self.collectives[of].members[member].key.clone();
        let nonce: Salt = self.rng.bytes();
        let cast = match reveals {
            None => Cast::Open(choice),
            Some(_) => Cast::Sealed(sealed_choice(&self.network_id, &nonce, &hash, &key.public(), choice)),
        };
        let content = VoteContent { ballot: hash, sequence, cast };
        let body = VoteBody::sign(&self.network_id, &key, content);
        let written =
            self.personal(of, cbor::encode(&body), |vote| Content::Vote(Vote { ballot: hash, vote }));
        let (feed, writer) = self.carrier(of)?;
        let record = self.say_in(of, feed, writer, written, false)?;
        self.deeds.count(Deed::Vote);
        if let Some(reveals) = reveals {
            let campaign = &mut self.campaigns[number];
            campaign.cast.push(RevealBody { voter: key.public(), choice, nonce });
            let (at, closes) = (campaign.cast.len() - 1, campaign.ballot.closes);
            let until = (closes * 1000).saturating_sub(self.time());
            let delay = until + 1_000 + self.rng.below((reveals - closes) * 1000);
            self.later(delay, number, Act::Reveal(at));
        }
        Some(record)
    }

    fn reveal(&mut self, number: usize, at: usize) -> Option<RecordId> {
        let Campaign { of, hash, ref cast, .. } = self.campaigns[number];
        let body = cbor::encode(cast.get(at)?);
        let written = self.personal(of, body, |reveal| Content::Reveal(Reveal { ballot: hash, reveal }));
        let (feed, writer) = self.carrier(of)?;
        let record = self.say_in(of, feed, writer, written, false)?;
        self.deeds.count(Deed::Reveal);
        Some(record)
    }

    /// An unsigned record with a body.
    pub(crate) fn personal(
        &mut self,
        of: usize,
        bytes: Vec<u8>,
        content: impl FnOnce(commonwheel_record::Commitment) -> Content,
    ) -> Written {
        let (commitment, body) = sealed(&mut self.rng, &self.network_id, bytes);
        Written { control: self.collectives[of].unsigned(content(commitment)), body: Some(body) }
    }

    /// States that a ballot was carried, once a close says so; now and then although it does not.
    fn mandate(&mut self, number: usize) -> Option<RecordId> {
        let Campaign { of, hash, .. } = self.campaigns[number];
        let (feed, writer) = self.carrier(of)?;
        let log = self.checkers.known[writer].log(&self.collectives[of].id)?;
        let reckless = self.rng.chance(50);
        let close = log.results(&self.network_id, &hash, reckless).into_iter().next()?;
        let content = Content::Mandate(Mandate { ballot: hash, close });
        let written = Written { control: self.collectives[of].unsigned(content), body: None };
        let mandate = self.say_in(of, feed, writer, written, false)?;
        self.deeds.count(Deed::Mandate);
        if self.options.faults && self.rng.chance(300) {
            self.silence_home(of);
        }
        let delay = self.rng.between(200, 3_000);
        self.later(delay, number, Act::Carry(mandate));
        Some(mandate)
    }

    /// Does what was voted for: governance may say when, or anybody repeats what the ballot said.
    fn carry(&mut self, number: usize, mandate: RecordId) -> Option<RecordId> {
        let Campaign { of, ref ballot, .. } = self.campaigns[number];
        let proposals = ballot.proposals.clone();
        let governed = self.rng.chance(400);
        let (feed, writer) = self.carrier(of)?;
        let proposal = self.rng.pick(&proposals).cloned()?;
        let content = match proposal {
            Proposal::Lift(embargo) => {
                let mut lift = self.lift_of(embargo, None);
                lift.mandate = Some(mandate);
                Content::Lift(lift)
            }
            Proposal::Embargo(terms) => {
                let known = &self.checkers.known[writer];
                let log = known.log(&self.collectives[of].id)?;
                let allowed = log.mandate(&self.network_id, &mandate)?;
                let (earliest, cut) = (allowed.earliest, allowed.cut);
                let mut embargo = terms.embargo(cut, earliest, None, mandate);
                if governed {
                    embargo.from_cut = self.cut(of, FeedPurpose::Data);
                    embargo.cut = self.cut(of, FeedPurpose::Control);
                    embargo.starts = (self.time() / 1000).max(earliest);
                    embargo.ends = self.rng.chance(200).then(|| embargo.starts + self.rng.between(5, 60));
                }
                Content::Embargo(Box::new(embargo))
            }
        };
        self.act_on(of, feed, writer, content, governed)
    }

    fn act_on(
        &mut self,
        of: usize,
        feed: FeedId,
        writer: usize,
        content: Content,
        governed: bool,
    ) -> Option<RecordId> {
        let collective = &self.collectives[of];
        let control = if governed { collective.governed(content) } else { collective.unsigned(content) };
        let home = collective.control.first().map(|(_, writer)| *writer);
        let alone = home.is_some_and(|home| home != writer && !self.nodes[home].is_up());
        let deed = match &control.content {
            Content::Lift(_) => Deed::VotedLift,
            _ if governed => Deed::GovernedStrike,
            _ if alone => Deed::StrikeWithoutHome,
            _ => Deed::StrikeAlone,
        };
        let record = self.say_in(of, feed, writer, Written { control, body: None }, governed)?;
        self.deeds.count(deed);
        Some(record)
    }

    /// Stops the co-op's own node just when it would have to strike.
    fn silence_home(&mut self, of: usize) {
        let home = self.collectives[of].control.first().map(|(_, writer)| *writer);
        if let Some(home) = home.filter(|home| self.nodes[*home].is_up()) {
            self.crash(home, Fault::Kill);
        }
    }

    /// The campaigns of a collective.
    pub(crate) fn campaigns_of(&self, of: usize) -> BTreeSet<Hash> {
        self.campaigns.iter().filter(|campaign| campaign.of == of).map(|campaign| campaign.hash).collect()
    }
}
