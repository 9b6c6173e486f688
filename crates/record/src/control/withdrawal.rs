//! Withdrawals: they take contributions back.

use super::release::{Range, check_ranges};
use super::{Cut, Rung};
use crate::cbor::{DecodeError, coded_enum, fixed_array};
use crate::commit::Commitment;

coded_enum! {
    /// Why a contribution is taken back, which says how far that goes.
    WithdrawalClass {
        /// The contributor's wish: what was released irrevocably stays served.
        Preference = 0 "preference",
        /// It holds personal data: erased everywhere.
        PersonalData = 1 "personal-data",
    }
}

/// Takes contributions back; signed by governance, or by the member inside the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withdrawal {
    /// Which contributions.
    pub ranges: Vec<Range>,
    /// Why.
    pub class: WithdrawalClass,
    /// What stays: the header, or the leaf hash alone.
    pub rung: Rung,
    /// Control feeds: which releases it knew.
    pub cut: Cut,
    /// The member's key and signature, in a body erased with the submission; none if governance signed.
    pub member: Option<Commitment>,
}

fixed_array!(Withdrawal { ranges, class, rung, cut, member });

impl Withdrawal {
    pub(super) fn check(&self) -> Result<(), DecodeError> {
        check_ranges(&self.ranges)?;
        self.cut.check()?;
        if self.rung == Rung::Body {
            return Err(DecodeError::Rule("a withdrawal leaves at most the header"));
        }
        self.member.as_ref().map_or(Ok(()), Commitment::check)
    }
}
