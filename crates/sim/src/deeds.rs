//! What people did, and how often: in a batch of seeds all of it must have happened.

use std::collections::BTreeMap;

macro_rules! deeds {
    ($($(#[$meta:meta])* $name:ident = $text:literal,)+) => {
        /// Something that people do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Deed { $($(#[$meta])* $name,)+ }

        impl Deed {
            /// Everything there is to do.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Returns the deed's name, for people.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }
        }
    };
}

deeds! {
    /// Governance or members call a ballot.
    Ballot = "ballot opened",
    /// A member votes.
    Vote = "vote cast",
    /// A choice of a secret ballot is revealed.
    Reveal = "choice revealed",
    /// A stage of a ballot is closed with witnesses' cosignatures.
    Close = "ballot closed",
    /// A carried ballot's mandate is stated.
    Mandate = "mandate stated",
    /// Governance strikes on a mandate.
    GovernedStrike = "strike on a mandate, by governance",
    /// Anybody repeats what the members voted for.
    StrikeAlone = "strike on a mandate alone",
    /// That, by another's node, while the co-op's own is down.
    StrikeWithoutHome = "strike without the co-op's node",
    /// An embargo is lifted because the members voted for that.
    VotedLift = "lift by ballot",
    /// A preference shift is settled.
    Settlement = "strike settled",
    /// An embargo is replaced by a harsher one.
    Escalation = "strike escalated",
    /// A release is dated by what witnesses saw.
    DatedRelease = "release dated",
    /// Votes are declared erased.
    Erasure = "votes declared erased",
    /// A charter is replaced while ballots and strikes go on.
    Amendment = "charter amended",
    /// Time leaps by days: months pass, mandates end.
    Leap = "days passed",
}

/// How often each deed was done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deeds(BTreeMap<Deed, u64>);

impl Deeds {
    pub(crate) fn count(&mut self, deed: Deed) {
        *self.0.entry(deed).or_default() += 1;
    }

    /// Returns how often something was done.
    #[must_use]
    pub fn of(&self, deed: Deed) -> u64 {
        self.0.get(&deed).copied().unwrap_or(0)
    }

    /// Adds another run's counts.
    pub fn add(&mut self, other: &Self) {
        for (deed, count) in &other.0 {
            *self.0.entry(*deed).or_default() += count;
        }
    }

    /// Returns what was never done.
    #[must_use]
    pub fn never(&self) -> Vec<Deed> {
        Deed::ALL.iter().copied().filter(|deed| self.of(*deed) == 0).collect()
    }
}
