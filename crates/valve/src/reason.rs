//! The answer, and why.

use commonwheel_record::control::{Rung, WithdrawalClass};
use commonwheel_record::{CollectiveId, RecordId};

use crate::refusal::{Policy, Refusal};

/// What may leave of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The highest rung that may leave, at most the one asked for; none for nothing at all, the feed's heads included.
    pub rung: Option<Rung>,
    /// Why.
    pub because: Reason,
}

impl Decision {
    /// Says whether a rung may leave.
    #[must_use]
    pub fn serves(&self, rung: Rung) -> bool {
        self.rung.is_some_and(|open| open >= rung)
    }
}

/// Why a record may leave or not, as `why` prints it; one variant per way a rule can match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Rule 1: a `members` feed in which the audience has no part.
    Members,
    /// Rule 2: control records are never withheld.
    Control,
    /// Rule 2: a submission's body is asked for through a contribution only.
    Submission,
    /// Rule 3: withdrawn.
    Erased {
        /// By which record.
        withdrawal: RecordId,
        /// As what.
        class: WithdrawalClass,
    },
    /// This node's own tools see what it holds.
    Local,
    /// Rule 4: the audience is a node of the owner.
    Owner,
    /// Rule 5: no held control log delegates the record's position to the collective that the feed names.
    Unowned,
    /// Rule 5: the owner's control log is forked, or carries what this version must not act around.
    Closed,
    /// Rule 5: the record is of a kind that this version does not know or that has no place in its feed, or carries a
    /// critical extension that this version does not know.
    Unknown,
    /// Rule 5: the control log of a steward is not held.
    StewardMissing(CollectiveId),
    /// Rule 6: the header is not held here, so nothing can be said about the body.
    HeaderMissing,
    /// Rule 6: no release of the record's licence opens it.
    Unreleased,
    /// Rule 6: its tier does not allow what the releases would.
    Tier,
    /// Rule 6: it may not be kept in the audience's region, or that is not known.
    Region,
    /// Rule 6: a grant of this offer is needed, and the audience has none.
    Gated {
        /// The offer.
        offer: RecordId,
    },
    /// Rule 6: the purpose is denied by the header's preferences.
    Purpose,
    /// Rule 6: the purpose is denied by what an embargo lays over the header's preferences.
    Overlaid {
        /// The first such embargo.
        embargo: RecordId,
    },
    /// Rule 7: released openly under an irrevocable licence, and every covering embargo knew of it.
    Irrevocable {
        /// The release.
        release: RecordId,
    },
    /// Rule 8: an embargo covers it.
    Withheld {
        /// The embargo that leaves least open.
        embargo: RecordId,
    },
    /// Rule 10: released.
    Released {
        /// The release.
        release: RecordId,
    },
}

impl Reason {
    /// Returns which rule of the precedence matched, 1 to 10; 0 for this node's own tools.
    #[must_use]
    pub const fn rule(&self) -> u8 {
        match self {
            Self::Local => 0,
            Self::Members => 1,
            Self::Control | Self::Submission => 2,
            Self::Erased { .. } => 3,
            Self::Owner => 4,
            Self::Unowned | Self::Closed | Self::Unknown | Self::StewardMissing(_) => 5,
            Self::HeaderMissing
            | Self::Unreleased
            | Self::Tier
            | Self::Region
            | Self::Gated { .. }
            | Self::Purpose
            | Self::Overlaid { .. } => 6,
            Self::Irrevocable { .. } => 7,
            Self::Withheld { .. } => 8,
            Self::Released { .. } => 10,
        }
    }

    /// Returns the reply to somebody who asked for more than the decision gives; none for a reason to serve.
    ///
    /// A record of a `members` feed reads as absent: a stranger does not learn that it exists.
    #[must_use]
    pub const fn refusal(&self) -> Option<Refusal> {
        Some(match self {
            Self::Members | Self::HeaderMissing => Refusal::Absent,
            Self::Submission => Refusal::Refused(Policy::Submission),
            Self::Erased { withdrawal, .. } => Refusal::Erased(*withdrawal),
            Self::Unowned => Refusal::Refused(Policy::Unowned),
            Self::Closed => Refusal::Refused(Policy::Closed),
            Self::Unknown => Refusal::Refused(Policy::Unknown),
            Self::StewardMissing(_) => Refusal::Refused(Policy::StewardMissing),
            Self::Unreleased => Refusal::Unreleased,
            Self::Tier => Refusal::Tier,
            Self::Region => Refusal::Region,
            Self::Gated { offer } => Refusal::Gated(*offer),
            Self::Purpose | Self::Overlaid { .. } => Refusal::Purpose,
            Self::Withheld { embargo } => Refusal::Withheld(*embargo),
            Self::Control | Self::Local | Self::Owner | Self::Irrevocable { .. } | Self::Released { .. } => {
                return None;
            }
        })
    }
}
