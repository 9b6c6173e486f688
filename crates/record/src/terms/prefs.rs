//! What a member wishes for machines: an AI-use preference per purpose, and the conditions it stands under.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// What is said about one purpose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Preference {
    /// Nothing is said.
    #[default]
    Unset = 0,
    /// The purpose is welcome.
    Allow = 1,
    /// The purpose is refused.
    Deny = 2,
}

/// Why a text or a code is no preference, condition or purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PrefsError {
    /// The word is not `unset`, `allow` or `deny`.
    #[error("not a preference, expected unset, allow or deny")]
    Preference,
    /// The word or the code names no condition.
    #[error("not a condition")]
    Condition,
    /// The word or the code names no purpose.
    #[error("not a purpose")]
    Purpose,
    /// The packed form holds a pair of bits with no meaning, or a bit past the last purpose.
    #[error("packed preferences {bits:#06x} hold bits without a meaning")]
    Packed {
        /// The packed form as read.
        bits: u16,
    },
}

impl Preference {
    /// Returns the word for it: `unset`, `allow` or `deny`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unset => "unset",
            Self::Allow => "allow",
            Self::Deny => "deny",
        }
    }

    /// Returns what two statements amount to: any deny denies, else any allow allows, else nothing is said.
    #[must_use]
    pub fn combine(self, other: Self) -> Self {
        self.max(other)
    }

    const fn from_bits(bits: u16) -> Option<Self> {
        match bits & 0b11 {
            0 => Some(Self::Unset),
            1 => Some(Self::Allow),
            2 => Some(Self::Deny),
            _ => None,
        }
    }
}

/// Gives a closed set of words its codes, spellings and readings.
macro_rules! closed_set {
    ($name:ident, $error:ident, [$($variant:ident = $word:literal),+ $(,)?]) => {
        impl $name {
            /// Every member, in the order of the codes.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Returns the code a record holds for it; codes are never reused.
            pub const fn code(self) -> u8 {
                self as u8
            }

            /// Returns the member with this code.
            ///
            /// # Errors
            /// [`PrefsError`] if there is none.
            pub fn from_code(code: u8) -> Result<Self, PrefsError> {
                Self::ALL.iter().copied().find(|member| member.code() == code).ok_or(PrefsError::$error)
            }

            /// Returns the word for it.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = PrefsError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|member| member.as_str() == text).ok_or(PrefsError::$error)
            }
        }
    };
}

/// A condition that a preference stands under, in the words of CC signals and our own.
///
/// With `train` denied it reads "unless", with `train` allowed "provided that".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Condition {
    /// Credit is given (`cc-cr`).
    Credit = 0,
    /// The one who declares it gets money or help in kind (`cc-cr-dc`).
    DirectContribution = 1,
    /// The ecosystem gets something back (`cc-cr-ec`).
    EcosystemContribution = 2,
    /// What is made of it is open (`cc-cr-op`).
    Open = 3,
    /// It is paid for.
    Pay = 4,
    /// The collective is asked first.
    Ask = 5,
    /// Evaluation only, until the collective says otherwise.
    EvalOnlyUntil = 6,
}

closed_set!(
    Condition,
    Condition,
    [
        Credit = "credit",
        DirectContribution = "direct-contribution",
        EcosystemContribution = "ecosystem-contribution",
        Open = "open",
        Pay = "pay",
        Ask = "ask",
        EvalOnlyUntil = "eval-only-until",
    ]
);

/// What a body is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Purpose {
    /// To hold it and pass it on under the same terms; no preference speaks about that.
    Replicate = 0,
    /// To train or fine-tune a model.
    Train = 1,
    /// To give it to a model as input.
    AiUse = 2,
    /// To index it and point to it.
    Search = 3,
    /// To measure a model with it.
    Evaluate = 4,
    /// To mine it for patterns and statistics.
    Tdm = 5,
}

closed_set!(
    Purpose,
    Purpose,
    [
        Replicate = "replicate",
        Train = "train",
        AiUse = "ai-use",
        Search = "search",
        Evaluate = "evaluate",
        Tdm = "tdm",
    ]
);

impl fmt::Display for Preference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Preference {
    type Err = PrefsError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Unset, Self::Allow, Self::Deny]
            .into_iter()
            .find(|preference| preference.as_str() == text)
            .ok_or(PrefsError::Preference)
    }
}

/// A preference for each purpose. There is no hierarchy: denying `tdm` says nothing about `train`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Preferences {
    /// Training or fine-tuning a model.
    pub train: Preference,
    /// Input to a model.
    pub ai_use: Preference,
    /// Indexing and pointing to it.
    pub search: Preference,
    /// Measuring a model.
    pub evaluate: Preference,
    /// Text and data mining.
    pub tdm: Preference,
}

impl Preferences {
    /// Nothing is said about any purpose.
    pub const UNSET: Self = Self {
        train: Preference::Unset,
        ai_use: Preference::Unset,
        search: Preference::Unset,
        evaluate: Preference::Unset,
        tdm: Preference::Unset,
    };

    /// What an evaluation-only embargo lays over the records it covers: train denied, evaluate allowed.
    pub const EVALUATION_ONLY: Self =
        Self { train: Preference::Deny, evaluate: Preference::Allow, ..Self::UNSET };

    /// What a preference-shift embargo lays over the records it covers: train denied.
    pub const NO_TRAINING: Self = Self { train: Preference::Deny, ..Self::UNSET };

    /// Packs into two bits a purpose, `train` in the lowest pair, then `ai_use`, `search`, `evaluate`, `tdm`.
    pub fn pack(self) -> u16 {
        self.in_order().into_iter().rev().fold(0, |bits, preference| bits << 2 | preference as u16)
    }

    /// Unpacks what [`Preferences::pack`] packed, and nothing else: each value has one packed form.
    ///
    /// # Errors
    /// [`PrefsError::Packed`] if a pair of bits is 3, or a bit past the last pair is set.
    pub fn unpack(bits: u16) -> Result<Self, PrefsError> {
        let error = PrefsError::Packed { bits };
        if bits >> 10 != 0 {
            return Err(error);
        }
        let pair = |at: u16| Preference::from_bits(bits >> (2 * at)).ok_or(error);
        Ok(Self { train: pair(0)?, ai_use: pair(1)?, search: pair(2)?, evaluate: pair(3)?, tdm: pair(4)? })
    }

    /// Returns what is said about a purpose; about replication nothing ever is.
    pub const fn about(self, purpose: Purpose) -> Preference {
        match purpose {
            Purpose::Replicate => Preference::Unset,
            Purpose::Train => self.train,
            Purpose::AiUse => self.ai_use,
            Purpose::Search => self.search,
            Purpose::Evaluate => self.evaluate,
            Purpose::Tdm => self.tdm,
        }
    }

    /// Returns whether a purpose is not denied. Where nothing is said the licence alone decides.
    pub fn permits(self, purpose: Purpose) -> bool {
        self.about(purpose) != Preference::Deny
    }

    /// Returns what two statements about the same record amount to, the most restrictive for each purpose.
    #[must_use]
    pub fn combine(self, other: Self) -> Self {
        Self {
            train: self.train.combine(other.train),
            ai_use: self.ai_use.combine(other.ai_use),
            search: self.search.combine(other.search),
            evaluate: self.evaluate.combine(other.evaluate),
            tdm: self.tdm.combine(other.tdm),
        }
    }

    /// Returns the effective preferences of a header under what the embargoes in force lay over it.
    ///
    /// An overlay can close a purpose and never opens one that the member denied; the order does not matter.
    #[must_use]
    pub fn overlay(self, embargoes: impl IntoIterator<Item = Self>) -> Self {
        embargoes.into_iter().fold(self, Self::combine)
    }

    const fn in_order(self) -> [Preference; 5] {
        [self.train, self.ai_use, self.search, self.evaluate, self.tdm]
    }
}

#[cfg(test)]
mod tests;
