//! What an embargo would do, before it is declared.

use commonwheel_record::{CollectiveId, Hash, PublicKey, RecordId};
use serde::{Deserialize, Serialize};

use super::{Breakdown, EmbargoTerms, StrikeDeclareRequest};
use crate::word;

/// Asks what an embargo would do.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StrikePlanRequest {
    /// The embargo, as it would be declared.
    pub embargo: StrikeDeclareRequest,
    /// Whether keys that this node does not hold sign it too: then it is no matter that their signatures are missing yet.
    #[serde(default)]
    pub others_sign: bool,
    /// Somebody's measurements, to estimate an effect from.
    #[serde(default)]
    pub curve: Option<CurveShape>,
}

/// A learning curve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CurveShape {
    /// Comma-separated values with the columns `frac`, `large` and `small`.
    pub csv: String,
    /// The score of a trivial model.
    pub worst: f64,
    /// The score of a model trained on everything; below `worst` where a lower score is better.
    pub best: f64,
    /// Which fraction of the data to ask the curve about; the share that the embargo withholds if absent.
    #[serde(default)]
    pub share: Option<f64>,
}

/// What an embargo would do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StrikePlanAnswer {
    /// Whose it would be.
    #[serde(with = "word")]
    pub collective: CollectiveId,
    /// The collective's name.
    pub collective_name: String,
    /// The embargo.
    pub embargo: EmbargoTerms,
    /// Why it would have no effect if it were declared now, if that is so; all else is as if it had.
    pub without_effect: Option<WithoutEffect>,
    /// The time for which everything is counted: now, or when it would begin.
    pub counted_at: u64,
    /// What it covers, and how that divides.
    pub breakdown: Breakdown,
    /// What a node that nobody knows may have now, and would be refused.
    pub unknown_nodes: ShareShown,
    /// The same for each node that is known, those that lose most first.
    pub nodes: Vec<NodeAffected>,
    /// What it could rest on.
    pub authority: Authorised,
    /// What the supplied curve says.
    pub estimate: Option<Estimate>,
    /// What the plan cannot know, a sentence each.
    pub unknowable: Vec<String>,
    /// What a strike cannot do, a sentence each.
    pub cannot: Vec<String>,
}

/// Why a record has no effect, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WithoutEffect {
    /// Why.
    pub why: String,
    /// What to do.
    pub fix: String,
}

/// What somebody may have without the embargo, of all that this node knows of, and what of that it would be refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ShareShown {
    /// Bodies it may have.
    pub may_have: u64,
    /// Of them, those it would be refused.
    pub refused: u64,
    /// The part of the one in the other, 0 to 1; none if it may have nothing.
    pub share: Option<f64>,
}

/// A node that the embargo affects, or not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NodeAffected {
    /// The node.
    #[serde(with = "word")]
    pub node: PublicKey,
    /// What it calls itself.
    pub name: Option<String>,
    /// The collectives that delegate it.
    #[serde(with = "word::list")]
    pub collectives: Vec<CollectiveId>,
    /// How it is known: `connected`, `configured`, `delegated`, `acknowledged`, `granted`.
    pub known: Vec<String>,
    /// What it may have, and loses.
    #[serde(flatten)]
    pub share: ShareShown,
}

/// What an embargo could rest on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authorised {
    /// Whether the charter demands a mandate.
    pub mandate_required: bool,
    /// Hours an embargo may last without one, in an emergency; 0 for none.
    pub emergency_hours: u32,
    /// Mandates and ballots that propose this embargo, those that allow it soonest first.
    pub mandates: Vec<PossibleMandate>,
    /// When it may begin at the earliest, as far as is known; none while nothing that is known would allow it.
    pub earliest: Option<u64>,
}

/// A ballot that proposes an embargo.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PossibleMandate {
    /// The ballot.
    #[serde(with = "word")]
    pub ballot: Hash,
    /// Its question.
    pub question: String,
    /// Its mandate, if it was carried and somebody stated that.
    #[serde(with = "word::optional")]
    pub mandate: Option<RecordId>,
    /// What came of it, in words.
    pub outcome: String,
    /// When an action may begin, if it is carried.
    pub earliest: u64,
    /// When it is over.
    pub expires: u64,
}

/// What a supplied curve says. It is an estimate from somebody's measurements of some model, and says nothing of damage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// What these figures are.
    pub label: String,
    /// The fraction of the data that is asked about.
    pub fraction: f64,
    /// The share of the gain that is lost without it; none outside the measured range.
    pub deletion: Option<f64>,
    /// The share of the gain that the fraction alone gives somebody else.
    pub duplication: Option<f64>,
    /// What the fraction alone gives somebody else, against what is left without it.
    pub transfer: Option<f64>,
    /// Why there are no figures, if that is so.
    pub outside: Option<String>,
}
