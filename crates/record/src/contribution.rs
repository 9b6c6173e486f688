//! A contribution's header: the leaf, exactly as the member signed it.
//!
//! A header is public until erased, so it holds closed vocabularies, ids and hashes only. What describes the content or
//! the person lives in the [body](crate::body).

use std::collections::BTreeSet;

use crate::cbor::{DecodeError, coded_enum, fixed_array};
use crate::commit::Commitment;
use crate::id::{CollectiveId, RecordId};
use crate::limits::{MAX_ANCESTORS, MAX_REGIONS, MAX_STEWARDS, MAX_TAGS};
use crate::terms::{Condition, Language, Licence, Preferences, Region, Slug};

coded_enum! {
    /// What a contribution is.
    ContributionKind {
        /// A conversation with a model.
        Chat = 0 "chat",
        /// A label or rating of something else.
        Label = 1 "label",
        /// A corrected answer.
        Correction = 2 "correction",
        /// Two answers, one preferred.
        PreferencePair = 3 "preference-pair",
        /// A text or task written as an example.
        Example = 4 "example",
        /// Free-text feedback.
        Feedback = 5 "feedback",
        /// Rows and columns.
        Tabular = 6 "tabular",
        /// Made from other contributions, which it names as ancestors.
        Derived = 7 "derived",
    }
}

coded_enum! {
    /// How far a contribution may go at most.
    Tier {
        /// Never appended to a feed.
        Private = 0 "private",
        /// Feeds whose audience is `members` only.
        Collective = 1 "collective",
        /// Bodies only under a grant.
        Gated = 2 "gated",
        /// Bodies to everyone, once released.
        Public = 3 "public",
    }
}

coded_enum! {
    /// How the contributor wants to be named.
    Attribution {
        /// Not at all.
        Anonymous = 0 "anonymous",
        /// By the name in the body.
        Named = 1 "named",
        /// As the collective.
        Collective = 2 "collective",
    }
}

/// Where bodies may be kept: an empty `allow` means anywhere; `deny` wins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Regions {
    /// If not empty, only here.
    pub allow: BTreeSet<Region>,
    /// Never here.
    pub deny: BTreeSet<Region>,
}

fixed_array!(Regions { allow, deny });

impl Regions {
    /// Says whether a node of this region may hold the body; an unknown region satisfies no restriction.
    #[must_use]
    pub fn permit(&self, region: Option<&Region>) -> bool {
        match region {
            Some(region) => {
                !self.deny.contains(region) && (self.allow.is_empty() || self.allow.contains(region))
            }
            None => self.allow.is_empty() && self.deny.is_empty(),
        }
    }
}

/// A contribution's header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contribution {
    /// What it is.
    pub kind: ContributionKind,
    /// Its language, `und` if not known.
    pub language: Language,
    /// Its subject, from the collective's vocabulary.
    pub domain: Slug,
    /// Further words of closed vocabularies.
    pub tags: BTreeSet<Slug>,
    /// Whether the body carries a label or rating.
    pub labelled: bool,
    /// Its licence.
    pub licence: Licence,
    /// What AI may do with it.
    pub preferences: Preferences,
    /// On which conditions.
    pub conditions: BTreeSet<Condition>,
    /// How to name the contributor.
    pub attribution: Attribution,
    /// How far it may go.
    pub tier: Tier,
    /// Where its body may be kept.
    pub regions: Regions,
    /// The importer that read it, as `name-version`.
    pub importer: Slug,
    /// Collectives whose embargoes also cover it, by its author's choice.
    pub stewards: BTreeSet<CollectiveId>,
    /// All it is derived from.
    pub ancestors: BTreeSet<RecordId>,
    /// Its body.
    pub commitment: Commitment,
}

fixed_array!(Contribution {
    kind,
    language,
    domain,
    tags,
    labelled,
    licence,
    preferences,
    conditions,
    attribution,
    tier,
    regions,
    importer,
    stewards,
    ancestors,
    commitment,
});

impl Contribution {
    /// Checks the rules between fields.
    ///
    /// # Errors
    /// [`DecodeError::Rule`] naming the broken one.
    pub fn check(&self) -> Result<(), DecodeError> {
        let rules = [
            (self.tags.len() <= MAX_TAGS, "more tags than allowed"),
            (self.stewards.len() <= MAX_STEWARDS, "more stewards than allowed"),
            (self.ancestors.len() <= MAX_ANCESTORS, "more ancestors than allowed"),
            (self.regions.allow.len() <= MAX_REGIONS, "more regions than allowed"),
            (self.regions.deny.len() <= MAX_REGIONS, "more regions than allowed"),
            (self.tier != Tier::Private, "a private contribution is never appended"),
            (
                (self.kind == ContributionKind::Derived) != self.ancestors.is_empty(),
                "derived contributions, and only they, name ancestors",
            ),
        ];
        match rules.into_iter().find(|(holds, _)| !holds) {
            Some((_, rule)) => Err(DecodeError::Rule(rule)),
            None => self.commitment.check(),
        }
    }
}
