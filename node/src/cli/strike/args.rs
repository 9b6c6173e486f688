//! What describes an embargo on the command line: one set of flags for the plan and for the deed.

use clap::Args;
use commonwheel_api::types::{StrikeDeclareRequest, TermsShape};
use commonwheel_api::word;
use commonwheel_record::control::{Audience, Party, Reach, Rung, Scope, Variant};
use commonwheel_record::terms::{Language, Slug};
use commonwheel_record::{CollectiveId, ContributionKind, RecordId, Tier};

use super::super::sign::KeyArgs;
use super::super::time;

#[derive(Debug, Args)]
pub(in super::super) struct ScopeArgs {
    /// Contributions of this kind; may be repeated
    #[arg(long = "kind", value_parser = word::read::<ContributionKind>, value_name = "KIND")]
    kinds: Vec<ContributionKind>,
    /// Contributions in this language; may be repeated
    #[arg(long = "language", value_parser = word::read::<Language>, value_name = "BCP47")]
    languages: Vec<Language>,
    /// Contributions of this domain; may be repeated
    #[arg(long = "domain", value_parser = word::read::<Slug>, value_name = "DOMAIN")]
    domains: Vec<Slug>,
    /// Contributions with this tag; may be repeated
    #[arg(long = "tag", value_parser = word::read::<Slug>, value_name = "TAG")]
    tags: Vec<Slug>,
    /// Contributions of this tier; may be repeated
    #[arg(long = "tier", value_parser = word::read::<Tier>, value_name = "TIER")]
    tiers: Vec<Tier>,
}

impl ScopeArgs {
    pub(in super::super) fn scope(&self) -> Scope {
        Scope {
            kinds: self.kinds.iter().copied().collect(),
            languages: self.languages.iter().copied().collect(),
            domains: self.domains.iter().copied().collect(),
            tags: self.tags.iter().copied().collect(),
            tiers: self.tiers.iter().copied().collect(),
        }
    }
}

/// What an embargo is about, whoever decides on it.
#[derive(Debug, Args)]
pub(in super::super) struct TermsArgs {
    #[command(flatten)]
    scope: ScopeArgs,
    /// new, unreleased or all; by default all for a pause and a quality freeze, unreleased for a rate limit, and new for
    /// the others
    #[arg(long, value_parser = word::read::<Reach>)]
    reach: Option<Reach>,
    /// Refuse only `node:<key>` or `collective:<id>`, and nodes nobody knows; may be repeated
    #[arg(long, value_parser = word::read::<Party>, value_name = "PARTY", conflicts_with = "except")]
    only: Vec<Party>,
    /// Refuse everyone but `node:<key>` or `collective:<id>`; may be repeated
    #[arg(long, value_parser = word::read::<Party>, value_name = "PARTY")]
    except: Vec<Party>,
    /// The highest rung left open: commitment or header; header by default
    #[arg(long, value_parser = word::read::<Rung>)]
    rung: Option<Rung>,
    /// What the collective demands, in public words
    #[arg(long, default_value = "")]
    demand: String,
}

impl TermsArgs {
    /// Returns the terms, for an embargo that does something.
    pub(in super::super) fn terms(&self, variant: Variant) -> TermsShape {
        TermsShape {
            variant,
            scope: self.scope.scope(),
            reach: self.reach,
            audience: self.audience(),
            rung: self.rung,
            demand: self.demand.clone(),
        }
    }

    /// Says whether nothing was said.
    pub(in super::super) fn is_empty(&self) -> bool {
        let said = self.scope.scope() != Scope::default() || !self.demand.is_empty();
        !said && self.reach.is_none() && self.rung.is_none() && self.audience() == Audience::Everyone
    }

    fn audience(&self) -> Audience {
        match (self.only.is_empty(), self.except.is_empty()) {
            (false, _) => Audience::Only(self.only.iter().copied().collect()),
            (_, false) => Audience::Except(self.except.iter().copied().collect()),
            _ => Audience::Everyone,
        }
    }
}

#[derive(Debug, Args)]
pub(in super::super) struct EmbargoArgs {
    /// pause, quality-freeze, evaluation-only, `preference-shift=<condition>` or `rate-limit=<records a month>`; under a
    /// mandate all is as the ballot proposed
    #[arg(value_parser = word::read::<Variant>, required_unless_present = "mandate")]
    variant: Option<Variant>,
    #[command(flatten)]
    terms: TermsArgs,
    /// When it begins: 2026-05-01, 2026-05-01T08:00:00Z or +3d; by default at once, or when the mandate's notice is over
    #[arg(long, value_parser = time::read, value_name = "TIME")]
    starts: Option<u64>,
    /// When it is over; when it is lifted, or its mandate is over, by default
    #[arg(long, value_parser = time::read, value_name = "TIME")]
    ends: Option<u64>,
    /// The mandate it rests on, as `ballot show` names it
    #[arg(long, value_parser = word::read::<RecordId>, value_name = "RECORD")]
    mandate: Option<RecordId>,
    /// Which of the ballot's proposals it is, from 1, if there are several
    #[arg(long, requires = "mandate", value_name = "NUMBER")]
    proposal: Option<u32>,
    /// Without a mandate where the charter demands one: for the hours it allows in an emergency
    #[arg(long, conflicts_with = "mandate")]
    emergency: bool,
    /// Whose; the node's own collective by default. Another one's if this node carries its control log
    #[arg(long, value_parser = word::read::<CollectiveId>, value_name = "ID")]
    collective: Option<CollectiveId>,
    #[command(flatten)]
    pub(super) keys: KeyArgs,
}

impl EmbargoArgs {
    pub(super) fn request(&self) -> StrikeDeclareRequest {
        StrikeDeclareRequest {
            collective: self.collective,
            variant: self.variant,
            scope: self.terms.scope.scope(),
            reach: self.terms.reach,
            audience: self.terms.audience(),
            rung: self.terms.rung,
            starts: self.starts.unwrap_or(0),
            ends: self.ends,
            demand: self.terms.demand.clone(),
            mandate: self.mandate,
            proposal: self.proposal,
            emergency: self.emergency,
        }
    }
}
