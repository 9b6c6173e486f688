//! Logs written to bring about, prolong or end a strike that the rules do not allow.
//!
//! Each seed draws one class of attack and its particulars, writes the records really signed, and asks two nodes: the
//! embargoes in force are what they were, and each hostile record has no effect for its own reason.

mod base;
mod closing;
mod forging;
mod striking;
mod voting;

use std::collections::BTreeMap;

use commonwheel_collective::{Ineffective, View};
use commonwheel_record::RecordId;

use self::base::{Base, base};

/// How many logs are written.
const LOGS: u64 = 1_100;

/// Numbers that follow from a seed.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % below
    }

    pub(crate) fn feed(&mut self) -> usize {
        usize::try_from(self.roll(3)).unwrap()
    }

    pub(crate) fn member(&mut self) -> u16 {
        u16::try_from(self.roll(10)).unwrap()
    }

    pub(crate) fn pick<'p, T>(&mut self, of: &'p [T]) -> &'p T {
        &of[usize::try_from(self.roll(of.len() as u64)).unwrap()]
    }
}

/// Hostile records, and the reason each is refused for; none where it is a copy of what counts anyway.
pub(crate) type Refusals = Vec<(RecordId, Ineffective)>;

/// A class of attack.
type Class = (&'static str, fn(&mut Base, &mut Dice) -> Refusals);

const CLASSES: [Class; 30] = [
    ("no mandate", striking::no_mandate),
    ("short threshold", forging::short_threshold),
    ("key counted twice", forging::key_counted_twice),
    ("forged signature", forging::forged_signature),
    ("forged vote", voting::forged_vote),
    ("replayed vote", voting::replayed_vote),
    ("replayed mandate", striking::replayed_mandate),
    ("replayed lift", striking::replayed_lift),
    ("replaced keys", forging::replaced_keys),
    ("replaced charter", forging::replaced_charter),
    ("foreign record", forging::foreign_record),
    ("foreign mandate", striking::foreign_mandate),
    ("out of notice", striking::out_of_notice),
    ("out of mandate", striking::out_of_mandate),
    ("other terms", striking::other_terms),
    ("roll changed after opening", voting::roll_changed),
    ("vote after the cut", voting::vote_after_cut),
    ("two closes", closing::two_closes),
    ("misstated result", closing::misstated_result),
    ("close out of time", closing::out_of_time),
    ("too few witnesses", closing::too_few_witnesses),
    ("self-witnessed head", closing::self_witnessed),
    ("ballot not carried", closing::not_carried),
    ("custodial vote", voting::custodial_vote),
    ("vote of no member", voting::stranger_vote),
    ("sealed vote", voting::sealed_vote),
    ("double vote", voting::double_vote),
    ("emergency too long or repeated", striking::emergency),
    ("lift without ballot", striking::lift_without_ballot),
    ("settlement of another condition", striking::other_condition),
];

/// What embargoes do: which are in force, until when, and how far.
fn in_force(view: &View) -> BTreeMap<RecordId, String> {
    let said = |standing: &commonwheel_collective::Standing| {
        (standing.id, format!("{:?} {:?} {:?}", standing.ends, standing.lifts, standing.settled))
    };
    view.enforced().map(said).collect()
}

fn attack(seed: u64) {
    let (name, write) = CLASSES[usize::try_from(seed).unwrap() % CLASSES.len()];
    let mut base = base();
    let before = in_force(&base.town.view());
    assert_eq!(before.len(), 3);
    let refusals = write(&mut base, &mut Dice(seed));
    let view = base.town.fold();
    assert_eq!(in_force(&view), before, "seed {seed}, {name}");
    assert!(!refusals.is_empty());
    for (id, reason) in refusals {
        assert_eq!(view.ineffective().get(&id), Some(&reason), "seed {seed}, {name}");
    }
}

#[test]
fn a_thousand_hostile_logs_change_nothing() {
    let failed: Vec<u64> = (0..LOGS).filter(|s| std::panic::catch_unwind(|| attack(*s)).is_err()).collect();
    assert!(failed.is_empty(), "{failed:?}");
}
