//! Releases: they open contributions.

use std::fmt;

use commonwheel_record::control::Range;
use commonwheel_record::terms::Licence;
use commonwheel_record::{CollectiveId, RecordId};
use serde::{Deserialize, Serialize};

use crate::word::{self, Word, WordError};

/// How far a release opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReleaseMode {
    /// To everyone.
    Open,
    /// To those with a grant of an offer.
    Gated,
    /// As gated, with bodies sealed to the grantee.
    Sealed,
}

impl ReleaseMode {
    /// Returns the mode's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Gated => "gated",
            Self::Sealed => "sealed",
        }
    }
}

impl fmt::Display for ReleaseMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Word for ReleaseMode {
    fn text(&self) -> String {
        self.name().to_owned()
    }

    fn read(text: &str) -> Result<Self, WordError> {
        let found = [Self::Open, Self::Gated, Self::Sealed].into_iter().find(|mode| mode.name() == text);
        found.ok_or_else(|| WordError::new("expected one of open, gated, sealed"))
    }
}

/// Opens contributions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReleaseCutRequest {
    /// Whose; the node's own collective, if it has one only.
    #[serde(default, with = "word::optional")]
    pub collective: Option<CollectiveId>,
    /// How far.
    pub mode: ReleaseMode,
    /// The offer of a gated or sealed release.
    #[serde(default, with = "word::optional")]
    pub offer: Option<RecordId>,
    /// Only this licence; one release a licence found if absent.
    #[serde(default, with = "word::optional")]
    pub licence: Option<Licence>,
    /// Where; everything accepted and not released yet, if empty.
    #[serde(default, with = "word::list")]
    pub ranges: Vec<Range>,
}

/// What was released.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseCutAnswer {
    /// One release a licence.
    pub releases: Vec<ReleaseShown>,
    /// Contributions left out because an embargo holds their release back.
    pub held_back: u64,
    /// Contributions left out because they have no licence.
    pub unlicensed: u64,
}

/// A release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseShown {
    /// Its record.
    #[serde(with = "word")]
    pub id: RecordId,
    /// Whose.
    #[serde(with = "word")]
    pub collective: CollectiveId,
    /// The licence whose contributions it opens.
    #[serde(with = "word")]
    pub licence: Licence,
    /// Whether what it opens to everyone stays open whatever its owner does later.
    pub irrevocable: bool,
    /// How far it opens.
    pub mode: ReleaseMode,
    /// The offer, if it is gated or sealed.
    #[serde(with = "word::optional")]
    pub offer: Option<RecordId>,
    /// Where.
    #[serde(with = "word::list")]
    pub ranges: Vec<Range>,
    /// Contributions of that licence inside the ranges.
    pub contributions: u64,
}

/// Asks for the releases in effect.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReleaseListRequest {
    /// Only of this collective.
    #[serde(with = "word::optional")]
    pub collective: Option<CollectiveId>,
}

/// The releases in effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseListAnswer {
    /// In the order of their records.
    pub releases: Vec<ReleaseShown>,
}

/// Asks for one release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReleaseShowRequest {
    /// Its record.
    #[serde(with = "word")]
    pub id: RecordId,
}

/// One release, and what became of what it opened, as a node without any tie to the owner would be answered here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseShowAnswer {
    /// The release.
    pub release: ReleaseShown,
    /// Bodies of it held here.
    pub held: u64,
    /// Contributions whose body would be served.
    pub served: u64,
    /// Contributions whose body an embargo withholds.
    pub withheld: u64,
    /// Contributions withdrawn since.
    pub erased: u64,
}
