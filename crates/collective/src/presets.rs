//! Rules to start a charter from.
//!
//! A preset is named after a law or a kind of co-op whose usual figures it has. It is a starting point for members to
//! change, and no claim that a charter complies with any law: whether it does is for a lawyer to say.

use std::str::FromStr;

use commonwheel_record::control::{DividendMode, Ratio, Rules, VoteWeight};

/// A named set of rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Preset {
    /// The word of the governance keys: no ballot is asked for.
    Simple,
    /// Named after Britain's Trade Union Act 2016: half of the members vote, more than half of the votes are yes,
    /// fourteen days of notice, six months of mandate.
    Uk2016,
    /// Named after the same Act's rule for important public services: two fifths of all members vote yes as well.
    Uk2016Important,
    /// Named after Britain's Employment Rights Act 2025 as in force from February 2026: half of the members vote, more
    /// than half of the votes are yes, ten days of notice, twelve months of mandate.
    Uk2026,
    /// Named after worker co-ops: one member one vote, dividends by what each contributed, and what members voted for
    /// is ended by their vote.
    WorkerCoop,
    /// Named after consumer co-ops: votes by shares up to five, no dividends.
    ConsumerCoop,
}

/// No preset has that name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such preset")]
pub struct UnknownPreset;

const HALF: Ratio = Ratio { over: 1, under: 2 };

impl Preset {
    /// Every preset.
    pub const ALL: [Self; 6] = [
        Self::Simple,
        Self::Uk2016,
        Self::Uk2016Important,
        Self::Uk2026,
        Self::WorkerCoop,
        Self::ConsumerCoop,
    ];

    /// Returns the preset's name, as people write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Simple => "simple",
            Self::Uk2016 => "uk-2016",
            Self::Uk2016Important => "uk-2016-important",
            Self::Uk2026 => "uk-2026",
            Self::WorkerCoop => "worker-coop",
            Self::ConsumerCoop => "consumer-coop",
        }
    }

    /// Returns the preset's rules.
    #[must_use]
    pub fn rules(self) -> Rules {
        match self {
            Self::Simple => Rules::default(),
            Self::Uk2016 => Rules { notice_days: 14, mandate_days: 183, ..by_ballot() },
            Self::Uk2016Important => {
                Rules { support_floor: Ratio { over: 2, under: 5 }, ..Self::Uk2016.rules() }
            }
            Self::Uk2026 => Rules { notice_days: 10, mandate_days: 365, ..by_ballot() },
            Self::WorkerCoop => Rules {
                petition: 5,
                lift_by_ballot: true,
                notice_days: 7,
                mandate_days: 183,
                emergency_hours: 72,
                cadence_days: 30,
                reserve_permille: 100,
                dividend: DividendMode::Patronage,
                ..by_ballot()
            },
            Self::ConsumerCoop => Rules {
                vote_weight: VoteWeight::Shares,
                vote_cap: 5,
                turnout: Ratio { over: 1, under: 4 },
                petition: 10,
                notice_days: 14,
                mandate_days: 365,
                cadence_days: 90,
                reserve_permille: 200,
                ..by_ballot()
            },
        }
    }
}

/// One member one vote; half of them vote, and more than half of the votes are yes.
fn by_ballot() -> Rules {
    Rules { mandate_required: true, turnout: HALF, majority: HALF, ..Rules::default() }
}

impl FromStr for Preset {
    type Err = UnknownPreset;

    fn from_str(name: &str) -> Result<Self, UnknownPreset> {
        Self::ALL.into_iter().find(|preset| preset.name() == name).ok_or(UnknownPreset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_preset_is_found_by_its_name_alone() {
        for preset in Preset::ALL {
            assert_eq!(preset.name().parse(), Ok(preset));
        }
        assert_eq!("uk-2017".parse::<Preset>(), Err(UnknownPreset));
    }

    #[test]
    fn the_figures_are_those_they_are_named_after() {
        let figures = |preset: Preset| {
            let rules = preset.rules();
            (rules.mandate_required, rules.notice_days, rules.mandate_days, rules.support_floor.over)
        };
        assert_eq!(figures(Preset::Simple), (false, 0, 365, 0));
        assert_eq!(figures(Preset::Uk2016), (true, 14, 183, 0));
        assert_eq!(figures(Preset::Uk2016Important), (true, 14, 183, 2));
        assert_eq!(figures(Preset::Uk2026), (true, 10, 365, 0));
        assert_eq!(Preset::ConsumerCoop.rules().vote_cap, 5);
        assert_eq!(Preset::WorkerCoop.rules().vote_weight, VoteWeight::Member);
    }

    #[test]
    fn every_preset_makes_a_charter_that_decodes() {
        use std::collections::BTreeSet;

        use commonwheel_record::control::{Charter, Content, KeySet};
        use commonwheel_record::terms::{Licence, Preferences};
        use commonwheel_record::{Control, Cut, Hash, Leaf, SecretKey};

        let key = SecretKey::from_seed(&[1; 32]).public();
        for preset in Preset::ALL {
            let charter = Charter {
                number: 0,
                previous: None,
                cut: Cut::default(),
                nonce: Hash([0; 32]),
                name: "Coop".to_owned(),
                root: KeySet::single(key),
                governance: KeySet::single(key),
                next_root: BTreeSet::new(),
                liveness: BTreeSet::new(),
                witnesses: BTreeSet::new(),
                stewards: BTreeSet::new(),
                lease_hours: 72,
                release_feed: None,
                default_licence: Licence::parse("LicenseRef-default").unwrap(),
                terms: None,
                default_preferences: Preferences::UNSET,
                preferences_locked: false,
                rules: preset.rules(),
            };
            let leaf = Leaf::Control(Box::new(Control::new(None, Content::Charter(Box::new(charter)))));
            assert_eq!(Leaf::decode(&leaf.encode()), Ok(leaf), "{}", preset.name());
        }
    }
}
