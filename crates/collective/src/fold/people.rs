//! Who is on the roll: enrolments that count, minus leaves that count.

use std::collections::{BTreeMap, BTreeSet};

use commonwheel_record::control::{Leave, Personal, RollEntry, Rules, VoteWeight};
use commonwheel_record::fault::{Fault, is_planted};
use commonwheel_record::{Cut, Hash, RecordId};

use super::erased::Erased;
use super::gather::{Gathered, Refused, Stated};
use crate::feed::Body;
use crate::ineffective::Ineffective;
use crate::view::{Roll, Seat};

/// Enrolments and leaves.
#[derive(Debug)]
pub(super) struct People<'a> {
    /// In ascending order of where they stand.
    enrolled: Vec<Enrolled<'a>>,
    /// Where the leaves stand that end an enrolment, by the hash of its signed bytes: every copy of it ends, for
    /// otherwise whoever writes a control feed could put somebody back on the roll.
    left: BTreeMap<Hash, Vec<RecordId>>,
}

#[derive(Debug)]
struct Enrolled<'a> {
    id: RecordId,
    hash: Hash,
    entry: &'a RollEntry,
}

impl<'a> People<'a> {
    /// Finds them; enrolments in `without`, by the hashes of their signed bytes, are erased.
    pub(super) fn of(gathered: &Gathered<'a>, without: &BTreeSet<Hash>) -> Self {
        let kept = gathered.enrolments.iter().filter(|e| !without.contains(&e.verified.hash));
        let enrolled = kept.filter_map(|stated| match stated.personal() {
            Ok(Personal::Entry(entry)) => Some(Enrolled { id: stated.id, hash: stated.verified.hash, entry }),
            _ => None,
        });
        let mut people = Self { enrolled: enrolled.collect(), left: BTreeMap::new() };
        for leave in &gathered.leaves {
            if let Ok(hash) = people.ends(gathered, leave) {
                people.left.entry(hash).or_default().push(leave.id);
            }
        }
        people
    }

    /// The enrolment that a leave ends.
    fn ends(&self, gathered: &Gathered<'a>, leave: &Stated<'a, Leave>) -> Result<Hash, Ineffective> {
        let named = leave.content.enrolment;
        let at = gathered.enrolments.binary_search_by_key(&named, |stated| stated.id);
        let enrolment = at.ok().and_then(|at| gathered.enrolments.get(at)).ok_or(Ineffective::NoEnrolment)?;
        if leave.governed.is_ok() {
            return Ok(enrolment.verified.hash);
        }
        if leave.content.notice.is_none() {
            return Err(Ineffective::NotPrincipalSigned);
        }
        let Personal::Notice(notice) = leave.personal()? else { return Err(Ineffective::BodyMalformed) };
        let Ok(Personal::Entry(entry)) = enrolment.personal() else { return Err(Ineffective::NoEnrolment) };
        let own = notice.enrolment == named && notice.key == *entry.principal.key();
        if own { Ok(enrolment.verified.hash) } else { Err(Ineffective::NotPrincipalSigned) }
    }

    fn has_left(&self, hash: &Hash, inside: impl Fn(&RecordId) -> bool) -> bool {
        self.left.get(hash).is_some_and(|leaves| leaves.iter().any(inside))
    }

    /// Returns the roll as it stands.
    pub(super) fn now(&self, rules: &Rules) -> Roll {
        self.seated(rules, |_| true)
    }

    /// Returns the roll at a cut.
    pub(super) fn at(&self, cut: &Cut, rules: &Rules) -> Roll {
        self.seated(rules, |id| cut.contains(&id.feed, id.index) || is_planted(Fault::RollAfterOpening))
    }

    /// Of several enrolments of one principal the first that has not left is the one.
    fn seated(&self, rules: &Rules, inside: impl Fn(&RecordId) -> bool) -> Roll {
        let mut roll = Roll::default();
        for enrolled in self.enrolled.iter().filter(|enrolled| inside(&enrolled.id)) {
            if !self.has_left(&enrolled.hash, &inside) {
                roll.seat(enrolled.seat(rules));
            }
        }
        roll
    }

    /// Says whether the body of an enrolment or a leave inside a cut is not held.
    pub(super) fn awaits(&self, gathered: &Gathered<'a>, cut: &Cut) -> bool {
        let enrolments = gathered.enrolments.iter().map(|stated| (stated.id, &stated.verified.body));
        let leaves = gathered.leaves.iter().map(|stated| (stated.id, &stated.verified.body));
        let missing =
            |(id, body): (RecordId, &Body)| matches!(body, Body::Missing) && cut.contains(&id.feed, id.index);
        enrolments.chain(leaves).any(missing)
    }

    /// Says why enrolments and leaves have no effect; nothing waits for a body that was declared erased.
    pub(super) fn refuse(
        &self,
        gathered: &Gathered<'a>,
        roll: &Roll,
        declared: &Erased,
        refused: &mut Refused,
    ) {
        let erased = &declared.records;
        let awaited = |id: &RecordId| !erased.contains(id) && !declared.in_vain.contains(id);
        for stated in gathered.enrolments.iter().filter(|stated| awaited(&stated.id)) {
            if let Err(why) = stated.personal() {
                refused.insert(stated.id, why);
            }
        }
        let seated: BTreeSet<RecordId> = roll.seats().map(|seat| seat.enrolment).collect();
        for enrolled in &self.enrolled {
            if !seated.contains(&enrolled.id) && !self.has_left(&enrolled.hash, |_| true) {
                refused.insert(enrolled.id, Ineffective::AlreadyEnrolled);
            }
        }
        for leave in gathered.leaves.iter().filter(|leave| !erased.contains(&leave.id)) {
            // What it would end may be erased, and itself be left.
            if !erased.contains(&leave.content.enrolment)
                && let Err(why) = self.ends(gathered, leave)
            {
                refused.insert(leave.id, why);
            }
        }
    }
}

impl Enrolled<'_> {
    fn seat(&self, rules: &Rules) -> Seat {
        let RollEntry { principal, shares, custodial, ref name, .. } = *self.entry;
        let weight = match rules.vote_weight {
            VoteWeight::Member => 1,
            VoteWeight::Shares => u64::from(shares.min(rules.vote_cap)),
        };
        let votes = if custodial { 0 } else { weight };
        Seat { enrolment: self.id, principal, votes, shares, custodial, name: name.clone() }
    }
}
