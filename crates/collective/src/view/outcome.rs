//! What came of a ballot, in numbers a member can check.

use std::fmt;

use commonwheel_record::control::{Rules, Tally};
use commonwheel_record::fault::{Fault, is_planted};

/// What came of a ballot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// No valid close has ended the voting.
    Open,
    /// A secret ballot's voting is closed, and no valid close has ended the revealing.
    Revealing,
    /// A leaf inside the cut of its closes is not held, so nothing can be said yet.
    Incomplete,
    /// It was carried.
    Carried,
    /// It was not.
    Failed(Shortfall),
}

/// What a ballot fell short of, in votes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shortfall {
    /// Nobody is entitled to vote.
    NobodyEntitled,
    /// Too few voted.
    Turnout {
        /// Those that count towards the turnout.
        counted: u64,
        /// Of all entitled.
        eligible: u64,
        /// How many were needed.
        needed: u64,
    },
    /// Too few of those who voted said yes; a tie is too few.
    Majority {
        /// Yes.
        yes: u64,
        /// Yes and no.
        cast: u64,
        /// How many yes were needed.
        needed: u64,
    },
    /// Too few of all entitled said yes.
    Support {
        /// Yes.
        yes: u64,
        /// Of all entitled.
        eligible: u64,
        /// How many yes were needed.
        needed: u64,
    },
}

impl fmt::Display for Shortfall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NobodyEntitled => write!(f, "nobody on the roll has a vote"),
            Self::Turnout { counted, eligible, needed } => {
                write!(f, "turnout {counted} of {eligible}, {needed} needed")
            }
            Self::Majority { yes, cast, needed } => {
                write!(f, "{yes} yes of {cast} votes cast, {needed} needed; a tie fails")
            }
            Self::Support { yes, eligible, needed } => {
                write!(f, "{yes} yes of {eligible} entitled, {needed} needed")
            }
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open => write!(f, "open: no valid close has ended the voting"),
            Self::Revealing => write!(f, "voting is closed, choices are being revealed"),
            Self::Incomplete => write!(f, "records inside the cut of its closes are not held yet"),
            Self::Carried => write!(f, "carried"),
            Self::Failed(shortfall) => write!(f, "not carried: {shortfall}"),
        }
    }
}

/// Judges a tally by a charter's rules, in integers: a threshold is met by equality, a majority is not.
#[must_use]
pub fn judge(rules: &Rules, tally: &Tally) -> Outcome {
    shortfall(rules, tally).map_or(Outcome::Carried, Outcome::Failed)
}

fn shortfall(rules: &Rules, tally: &Tally) -> Option<Shortfall> {
    let Tally { eligible, yes, no, abstained } = *tally;
    let cast = yes.saturating_add(no);
    let counted = cast.saturating_add(if rules.abstentions_count { abstained } else { 0 });
    let turnout = needed(eligible, rules.turnout);
    let majority = more_than(cast, rules.majority);
    let support = needed(eligible, rules.support_floor);
    if eligible == 0 {
        Some(Shortfall::NobodyEntitled)
    } else if counted < turnout {
        Some(Shortfall::Turnout { counted, eligible, needed: turnout })
    } else if yes < majority {
        Some(Shortfall::Majority { yes, cast, needed: majority })
    } else if yes < support {
        Some(Shortfall::Support { yes, eligible, needed: support })
    } else {
        None
    }
}

/// The smallest number that is at least a part of a whole: `x` with `x · under ≥ over · whole`.
fn needed(whole: u64, part: commonwheel_record::control::Ratio) -> u64 {
    let product = u128::from(part.over) * u128::from(whole);
    u64::try_from(product.div_ceil(u128::from(part.under).max(1))).unwrap_or(u64::MAX)
}

/// The smallest number that exceeds a part of a whole: `x` with `x · under > over · whole`.
fn more_than(whole: u64, part: commonwheel_record::control::Ratio) -> u64 {
    let product = u128::from(part.over) * u128::from(whole);
    if is_planted(Fault::TieCarries) {
        return needed(whole, part);
    }
    let floor = product / u128::from(part.under).max(1);
    u64::try_from(floor.saturating_add(1)).unwrap_or(u64::MAX)
}
