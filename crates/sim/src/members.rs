//! Members: who they are, how they come and go.

use commonwheel_record::body::SealedBody;
use commonwheel_record::cbor;
use commonwheel_record::control::{Content, Enrolment, Leave, LeaveNotice, Principal, RollEntry};
use commonwheel_record::{CollectiveId, Commitment, NetworkId, RecordId, SecretKey};

use crate::collective::{Collective, Written};
use crate::deeds::Deed;
use crate::founding::rules;
use crate::rng::Rng;
use crate::world::World;

/// Somebody who is, was or may be on a collective's roll.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) key: SecretKey,
    entry: RollEntry,
}

impl Member {
    /// Its entry on the roll, as the body of an enrolment.
    pub(crate) fn encoded(&self) -> Vec<u8> {
        cbor::encode(&self.entry)
    }

    fn draw(rng: &mut Rng, other: CollectiveId) -> Self {
        let key = SecretKey::from_seed(&rng.bytes());
        let principal = if rng.chance(150) {
            Principal::Collective { id: other, key: key.public() }
        } else {
            Principal::Member(key.public())
        };
        let shares = u32::try_from(rng.between(1, 9)).unwrap_or(1);
        let entry = RollEntry { version: 1, principal, shares, custodial: rng.chance(120), name: None };
        Self { key, entry }
    }
}

/// Seals the body of a control record.
pub(crate) fn sealed(rng: &mut Rng, network: &NetworkId, bytes: Vec<u8>) -> (Commitment, SealedBody) {
    let body = SealedBody { salt: rng.bytes(), submission: None, bytes };
    (Commitment::to(network, &body.salt, &body.bytes), body)
}

impl Collective {
    /// Draws its members, and returns the enrolments of those who are there from the beginning.
    pub(crate) fn gather(&mut self, rng: &mut Rng, network: &NetworkId) -> Vec<Written> {
        let count = rng.between(3, 6);
        self.members = (0..count).map(|_| Member::draw(rng, self.id)).collect();
        let founders: Vec<usize> = (0..self.members.len()).filter(|_| rng.chance(850)).collect();
        founders.into_iter().map(|member| self.enrolment(rng, network, member)).collect()
    }

    fn enrolment(&self, rng: &mut Rng, network: &NetworkId, member: usize) -> Written {
        let (entry, body) = sealed(rng, network, self.members[member].encoded());
        Written { control: self.governed(Content::Enrolment(Enrolment { entry })), body: Some(body) }
    }
}

impl World {
    /// Enters somebody on the roll, perhaps a second time.
    pub(crate) fn enrol(&mut self, of: usize) {
        let collective = &self.collectives[of];
        if collective.members.is_empty() {
            return;
        }
        let member = self.rng.index(collective.members.len());
        let written = collective.enrolment(&mut self.rng, &self.network_id, member);
        self.say(of, written, true);
    }

    /// Somebody leaves: governance says so, or they do, through whoever carries it.
    pub(crate) fn leave(&mut self, of: usize) {
        let Some(speaker) = self.speaker(of) else { return };
        let id = self.collectives[of].id;
        let entered = self.checkers.known[speaker].log(&id).map(|log| log.entered()).unwrap_or_default();
        let Some((enrolment, entry)) = self.rng.pick(&entered).cloned() else { return };
        if self.rng.chance(500) {
            let content = Content::Leave(Leave { enrolment, notice: None });
            let control = self.collectives[of].governed(content);
            return self.say(of, Written { control, body: None }, true);
        }
        let of_entry = |member: &&Member| member.entry.principal.key() == entry.principal.key();
        let Some(member) = self.collectives[of].members.iter().find(of_entry).cloned() else { return };
        self.give_notice(of, enrolment, &member.key);
    }

    /// A notice of leave, signed by whoever that may be.
    pub(crate) fn give_notice(&mut self, of: usize, enrolment: RecordId, key: &SecretKey) {
        let notice = LeaveNotice::sign(&self.network_id, key, enrolment);
        let (notice, body) = sealed(&mut self.rng, &self.network_id, cbor::encode(&notice));
        let content = Content::Leave(Leave { enrolment, notice: Some(notice) });
        let control = self.collectives[of].unsigned(content);
        self.say(of, Written { control, body: Some(body) }, false);
    }

    /// Other rules from now on, by the co-op's own node, which alone amends: so no two charters follow the same one.
    pub(crate) fn amend(&mut self, of: usize) {
        let collective = &self.collectives[of];
        let Some((feed, writer)) = collective.control.first().copied() else { return };
        let able = collective.honest && !collective.members.is_empty() && self.nodes[writer].is_up();
        let Some(log) = self.checkers.known[writer].log(&collective.id).filter(|_| able) else { return };
        let Some((hash, charter)) = log.charter() else { return };
        let mut charter = charter.clone();
        (charter.number, charter.previous) = (charter.number + 1, Some(hash));
        charter.cut = log.whole.clone();
        charter.rules = rules(&mut self.rng);
        let control = collective.amend(charter);
        if self.say_in(of, feed, writer, Written { control, body: None }, true).is_some() {
            self.deeds.count(Deed::Amendment);
        }
    }
}
