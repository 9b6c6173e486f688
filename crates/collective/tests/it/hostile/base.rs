//! The town that is attacked: two embargoes under a mandate, one of an emergency, and ballots that are not decided.

use std::cell::RefCell;

use commonwheel_collective::{Ineffective, Preset};
use commonwheel_record::control::{
    Ballot, Choice, Embargo, Proposal, Reach, RollEntry, Rules, Terms, Variant,
};
use commonwheel_record::terms::Condition;
use commonwheel_record::{Hash, RecordId};

use super::{Dice, Refusals};
use crate::town::*;

/// A member whose key somebody else keeps.
pub(crate) const CUSTODIAL: u16 = 10;

#[derive(Clone)]
pub(crate) struct Base {
    pub(crate) town: Town,
    /// Another collective, with a mandate of its own.
    pub(crate) foreign: Town,
    pub(crate) foreign_ballot: Hash,
    pub(crate) foreign_mandate: RecordId,
    /// The ballot that was carried, its close and its mandate.
    pub(crate) ballot: Hash,
    pub(crate) close: RecordId,
    pub(crate) mandate: RecordId,
    /// The pause, and the preference shift, under that mandate.
    pub(crate) pause: RecordId,
    pub(crate) shift: RecordId,
    /// A ballot on another pause; four of ten said yes, which is too few.
    pub(crate) open: Hash,
    /// A ballot on lifting the pause, as far as that.
    pub(crate) lifting: Hash,
}

/// When the emergency began that the town is under.
pub(crate) const EMERGENCY: u64 = OPENS - 100 * DAY;

pub(crate) fn shift() -> Terms {
    Terms { variant: Variant::PreferenceShift(Condition::Pay), reach: Reach::New, ..terms("pay") }
}

fn rules() -> Rules {
    Rules { petition: 4, lift_by_ballot: true, emergency_hours: 48, ..Preset::Uk2026.rules() }
}

thread_local! {
    static BASE: RefCell<Option<Base>> = const { RefCell::new(None) };
}

/// The town as it is before an attack.
pub(crate) fn base() -> Base {
    BASE.with_borrow_mut(|base| base.get_or_insert_with(build).clone())
}

fn founded(nonce: u8) -> Town {
    let mut charter = charter(rules());
    charter.nonce = Hash([nonce; 32]);
    charter.witnesses = [WITNESSES[0], WITNESSES[1], WRITERS[1]].map(public).into();
    let mut town = Town::chartered(charter, 3);
    town.people(10);
    town.enrol(2, &RollEntry { custodial: true, ..entry(CUSTODIAL) });
    town
}

fn ask(town: &mut Town, feed: usize, text: &str, proposals: Vec<Proposal>) -> Hash {
    let asked = Ballot { question: text.to_owned(), proposals, ..question(town) };
    town.call(feed, asked)
}

fn embargoes(terms: &[Terms]) -> Vec<Proposal> {
    terms.iter().map(|terms| Proposal::Embargo(Box::new(terms.clone()))).collect()
}

fn carried(town: &mut Town) -> (Hash, RecordId, RecordId) {
    let ballot = ask(town, 0, "Do we strike?", embargoes(&[terms("a fair share"), shift()]));
    town.votes(ballot, 8, 1, 0);
    let close = town.close(1, ballot);
    (ballot, close, town.mandate(2, ballot, close))
}

fn build() -> Base {
    let mut foreign = founded(77);
    let (foreign_ballot, _, foreign_mandate) = carried(&mut foreign);
    let mut town = founded(9);
    let emergency = unvoted(&town, EMERGENCY, Some(EMERGENCY + 24 * 3600));
    town.embargo(0, emergency, &GOVERNANCE[..2]);
    let (ballot, close, mandate) = carried(&mut town);
    let one = voted(&town, mandate, day(20));
    let other = shift().embargo(one.cut.clone(), day(20), None, mandate);
    let (pause, shift) = (town.embargo(1, one, &[]), town.embargo(2, other, &[]));
    let open = ask(&mut town, 1, "Again?", embargoes(&[terms("more")]));
    let lifting = ask(&mut town, 2, "Enough?", vec![Proposal::Lift(pause)]);
    for ballot in [open, lifting] {
        for voter in 0..4 {
            town.vote(usize::from(voter) % 3, ballot, voter, Choice::Yes);
        }
    }
    Base {
        town,
        foreign,
        foreign_ballot,
        foreign_mandate,
        ballot,
        close,
        mandate,
        pause,
        shift,
        open,
        lifting,
    }
}

impl Base {
    /// Acts on a mandate that should not be: an embargo with and without governance, and a lift.
    pub(crate) fn act(&mut self, dice: &mut Dice, mandate: RecordId) -> Refusals {
        let starts = day(11 + dice.roll(300));
        let embargo = Embargo {
            mandate: Some(mandate),
            ..terms("more").embargo(self.town.cut(), starts, None, mandate)
        };
        let unsigned = self.town.embargo(dice.feed(), embargo.clone(), &[]);
        let signed = self.town.embargo(dice.feed(), embargo, &GOVERNANCE[..2]);
        let lift = self.town.lift(dice.feed(), whole(self.pause, Some(mandate)), &GOVERNANCE[..2]);
        [unsigned, signed, lift].map(|id| (id, Ineffective::NoValidMandate)).into()
    }

    /// Closes a ballot at all that is written with a result that would carry it, and acts on it.
    pub(crate) fn close_as_carried(&mut self, dice: &mut Dice, ballot: Hash) -> Refusals {
        let result =
            commonwheel_record::control::Tally { eligible: 10, yes: 5 + dice.roll(6), no: 0, abstained: 0 };
        let time = CLOSES + dice.roll(24 * 3600 + 1);
        let close = close_at(ballot, &self.town.cut(), Some(result), &majority(time));
        let close = self.town.say_close(dice.feed(), close);
        let mandate = self.town.mandate(dice.feed(), ballot, close);
        let mut refusals = vec![(close, Ineffective::ResultDiffers), (mandate, Ineffective::ResultDiffers)];
        refusals.extend(self.act(dice, mandate));
        refusals
    }

    /// One of the two ballots that are not decided.
    pub(crate) fn undecided(&self, dice: &mut Dice) -> Hash {
        *dice.pick(&[self.open, self.lifting])
    }
}
