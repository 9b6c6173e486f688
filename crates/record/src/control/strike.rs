//! Embargoes and lifts.

use std::collections::BTreeSet;

use super::{Cut, Party};
use crate::cbor::{Decode, DecodeError, Decoder, Encode, Encoder, coded_enum, fixed_array};
use crate::contribution::{Contribution, ContributionKind, Tier};
use crate::id::RecordId;
use crate::limits::{MAX_KEYS, MAX_TAGS, MAX_TEXT};
use crate::terms::{Condition, Language, Slug};
use crate::text;

/// What an embargo does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Variant {
    /// Labels, ratings and corrections in scope are held back; plain chats pass.
    QualityFreeze,
    /// Bodies, or headers, in scope stop replicating.
    Pause,
    /// New records in scope: train = deny, evaluate = allow.
    EvaluationOnly,
    /// New records in scope deny training until a settlement meets the condition.
    PreferenceShift(Condition),
    /// At most so many records a UTC month; the rest queues.
    RateLimit(u64),
}

impl Variant {
    /// Returns the variant's name, as people and JSON write it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::QualityFreeze => "quality-freeze",
            Self::Pause => "pause",
            Self::EvaluationOnly => "evaluation-only",
            Self::PreferenceShift(_) => "preference-shift",
            Self::RateLimit(_) => "rate-limit",
        }
    }
}

impl Encode for Variant {
    fn encode(&self, encoder: &mut Encoder) {
        let (code, argument) = match self {
            Self::QualityFreeze => (0, None),
            Self::Pause => (1, None),
            Self::EvaluationOnly => (2, None),
            Self::PreferenceShift(condition) => (3, Some(u64::from(condition.code()))),
            Self::RateLimit(records) => (4, Some(*records)),
        };
        encoder.array(1 + usize::from(argument.is_some()));
        encoder.uint(code);
        if let Some(argument) = argument {
            encoder.uint(argument);
        }
    }
}

impl Decode for Variant {
    fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let items = decoder.array()?;
        match (decoder.uint()?, items) {
            (0, 1) => Ok(Self::QualityFreeze),
            (1, 1) => Ok(Self::Pause),
            (2, 1) => Ok(Self::EvaluationOnly),
            (3, 2) => Condition::decode(decoder).map(Self::PreferenceShift),
            (4, 2) => decoder.uint().map(Self::RateLimit),
            _ => Err(DecodeError::Unexpected("embargo variant")),
        }
    }
}

/// Which contributions an embargo is about; an empty dimension means any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Kinds.
    pub kinds: BTreeSet<ContributionKind>,
    /// Languages.
    pub languages: BTreeSet<Language>,
    /// Domains.
    pub domains: BTreeSet<Slug>,
    /// Tags; a contribution with any of them is in.
    pub tags: BTreeSet<Slug>,
    /// Tiers.
    pub tiers: BTreeSet<Tier>,
}

fixed_array!(Scope { kinds, languages, domains, tags, tiers });

impl Scope {
    /// Says whether a contribution is in scope. One whose header is missing counts as in: pass `None`.
    #[must_use]
    pub fn covers(&self, contribution: Option<&Contribution>) -> bool {
        fn any<T: Ord>(set: &BTreeSet<T>, value: &T) -> bool {
            set.is_empty() || set.contains(value)
        }
        contribution.is_none_or(|header| {
            any(&self.kinds, &header.kind)
                && any(&self.languages, &header.language)
                && any(&self.domains, &header.domain)
                && any(&self.tiers, &header.tier)
                && (self.tags.is_empty() || !self.tags.is_disjoint(&header.tags))
        })
    }

    fn check(&self) -> Result<(), DecodeError> {
        let sizes = [self.languages.len(), self.domains.len(), self.tags.len()];
        let fits = sizes.iter().all(|size| *size <= MAX_TAGS);
        if fits { Ok(()) } else { Err(DecodeError::Rule("a scope lists at most 16 of each")) }
    }
}

coded_enum! {
    /// Which records in scope an embargo reaches.
    Reach {
        /// Those beyond `from_cut`.
        New = 0 "new",
        /// Those that no release known to it opened.
        Unreleased = 1 "unreleased",
        /// All that can be withheld.
        All = 2 "all",
    }
}

coded_enum! {
    /// How much of a record is shown.
    Rung {
        /// The leaf hash alone.
        Commitment = 0 "commitment",
        /// The header.
        Header = 1 "header",
        /// Header and body.
        Body = 2 "body",
    }
}

/// Whom an embargo refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Everyone but the owner's nodes.
    Everyone,
    /// These, and the anonymous.
    Only(BTreeSet<Party>),
    /// Everyone but these.
    Except(BTreeSet<Party>),
}

impl Encode for Audience {
    fn encode(&self, encoder: &mut Encoder) {
        let (code, parties) = match self {
            Self::Everyone => (0, None),
            Self::Only(parties) => (1, Some(parties)),
            Self::Except(parties) => (2, Some(parties)),
        };
        encoder.array(1 + usize::from(parties.is_some()));
        encoder.uint(code);
        if let Some(parties) = parties {
            parties.encode(encoder);
        }
    }
}

impl Decode for Audience {
    fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let items = decoder.array()?;
        match (decoder.uint()?, items) {
            (0, 1) => Ok(Self::Everyone),
            (1, 2) => Decode::decode(decoder).map(Self::Only),
            (2, 2) => Decode::decode(decoder).map(Self::Except),
            _ => Err(DecodeError::Unexpected("embargo audience")),
        }
    }
}

/// Closes contributions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Embargo {
    /// What it does.
    pub variant: Variant,
    /// Which contributions it is about.
    pub scope: Scope,
    /// Which of them it reaches.
    pub reach: Reach,
    /// Data feeds: new means beyond it.
    pub from_cut: Cut,
    /// Control feeds: which releases it knew.
    pub cut: Cut,
    /// Whom it refuses.
    pub audience: Audience,
    /// The highest rung it leaves open.
    pub rung: Rung,
    /// When it begins, in seconds since 1970; 0 for at once.
    pub starts: u64,
    /// When it is over, once a lease of the owner is dated after it.
    pub ends: Option<u64>,
    /// What the collective demands, in public words.
    pub demand: String,
    /// The mandate it rests on.
    pub mandate: Option<RecordId>,
}

fixed_array!(Embargo { variant, scope, reach, from_cut, cut, audience, rung, starts, ends, demand, mandate });

impl Embargo {
    pub(super) fn check(&self) -> Result<(), DecodeError> {
        self.from_cut.check()?;
        self.cut.check()?;
        self.scope.check()?;
        let parties = match &self.audience {
            Audience::Everyone => 0,
            Audience::Only(parties) | Audience::Except(parties) => parties.len(),
        };
        let always_new = matches!(self.variant, Variant::EvaluationOnly | Variant::PreferenceShift(_));
        let rules = [
            (parties <= MAX_KEYS, "an audience lists at most 16 parties"),
            (
                !matches!(self.variant, Variant::RateLimit(_)) || self.reach != Reach::All,
                "a rate limit reaches new or unreleased records",
            ),
            (self.rung != Rung::Body, "an embargo leaves at most the header open"),
            (
                !always_new || self.reach == Reach::New,
                "evaluation-only and preference-shift reach new records only",
            ),
            (
                self.demand.is_empty() || text::is_plain(&self.demand, MAX_TEXT),
                "a demand is up to 512 bytes of plain text",
            ),
            (self.ends.is_none_or(|ends| ends > self.starts), "an embargo ends after it starts"),
        ];
        super::first_broken(&rules)
    }
}

coded_enum! {
    /// Why an embargo ends.
    LiftReason {
        /// Its demand was met.
        Settled = 0 "settled",
        /// Its time is over.
        Expired = 1 "expired",
        /// The members so voted.
        Voted = 2 "voted",
        /// The collective gave it up.
        Abandoned = 3 "abandoned",
    }
}

/// Ends an embargo, or the part of it within a scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lift {
    /// The embargo.
    pub embargo: RecordId,
    /// Only for contributions in this scope, if given.
    pub scope: Option<Scope>,
    /// Why.
    pub reason: LiftReason,
    /// The settlement it rests on.
    pub settlement: Option<RecordId>,
    /// The mandate it rests on, if members voted for it.
    pub mandate: Option<RecordId>,
}

fixed_array!(Lift { embargo, scope, reason, settlement, mandate });

impl Lift {
    pub(super) fn check(&self) -> Result<(), DecodeError> {
        self.scope.as_ref().map_or(Ok(()), Scope::check)
    }
}
