//! The stages of an item.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How far an item has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// It arrived.
    #[default]
    Received,
    /// The checks ran.
    Checked,
    /// A check or a reviewer wants it looked at.
    Quarantined,
    /// It will not be appended.
    Rejected,
    /// It may be appended.
    Accepted,
}

/// A name that is no stage's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no such stage: {name:?}")]
pub struct StageError {
    /// The name given.
    pub name: String,
}

impl Stage {
    /// Every stage, in order.
    pub const ALL: [Self; 5] =
        [Self::Received, Self::Checked, Self::Quarantined, Self::Rejected, Self::Accepted];

    /// The stage's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Checked => "checked",
            Self::Quarantined => "quarantined",
            Self::Rejected => "rejected",
            Self::Accepted => "accepted",
        }
    }

    /// Whether an item may go from this stage to another. Staying is always allowed, so that a decision can be
    /// repeated after a crash.
    pub fn may_become(self, to: Self) -> bool {
        let decided = matches!(to, Self::Rejected | Self::Accepted);
        match self {
            _ if self == to => true,
            Self::Received => matches!(to, Self::Checked | Self::Quarantined),
            Self::Checked => decided || to == Self::Quarantined,
            Self::Quarantined => decided,
            Self::Rejected | Self::Accepted => false,
        }
    }

    /// Whether an item may come to this stage only for a reason.
    pub fn needs_reason(self) -> bool {
        matches!(self, Self::Quarantined | Self::Rejected)
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Stage {
    type Err = StageError;

    fn from_str(name: &str) -> Result<Self, StageError> {
        let found = Self::ALL.into_iter().find(|stage| stage.name() == name);
        found.ok_or_else(|| StageError { name: name.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_drawn_ways_are_open() {
        use Stage::{Accepted, Checked, Quarantined, Received, Rejected};
        let ways = [
            (Received, Checked),
            (Received, Quarantined),
            (Checked, Quarantined),
            (Checked, Rejected),
            (Checked, Accepted),
            (Quarantined, Rejected),
            (Quarantined, Accepted),
        ];
        for from in Stage::ALL {
            for to in Stage::ALL {
                assert_eq!(from.may_become(to), from == to || ways.contains(&(from, to)), "{from} to {to}");
            }
        }
    }

    #[test]
    fn names_are_read_back() {
        for stage in Stage::ALL {
            assert_eq!(stage.name().parse(), Ok(stage));
            assert_eq!(serde_json::to_string(&stage).unwrap(), format!("{:?}", stage.name()));
        }
        assert!("lost".parse::<Stage>().is_err());
    }
}
