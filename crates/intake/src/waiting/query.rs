//! What can be asked of the room.

use commonwheel_record::ContributionKind;
use commonwheel_record::terms::{Language, Slug};
use serde::Serialize;

use super::item::Listed;
use super::segment::Entry;
use super::stage::Stage;

/// Which items are meant; everything, by default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only at this stage.
    pub stage: Option<Stage>,
    /// Only of this kind.
    pub kind: Option<ContributionKind>,
    /// Only in this language or a narrower one: `pt` means `pt-BR` too.
    pub lang: Option<Language>,
    /// Only of this domain.
    pub domain: Option<Slug>,
}

impl Filter {
    /// Every item at one stage.
    pub fn at(stage: Stage) -> Self {
        Self { stage: Some(stage), ..Self::default() }
    }

    pub(super) fn matches(&self, entry: &Entry) -> bool {
        self.stage.is_none_or(|stage| stage == entry.stage)
            && self.kind.is_none_or(|kind| kind == entry.kind)
            && self.lang.is_none_or(|lang| entry.lang.is_within(&lang))
            && self.domain.is_none_or(|domain| Some(domain) == entry.domain)
    }
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The items, in the order they were put in.
    pub items: Vec<Listed>,
    /// How many items match in all.
    pub total: u64,
}

/// What the room holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Items received and not checked.
    pub received: u64,
    /// Items checked and not decided.
    pub checked: u64,
    /// Items in quarantine.
    pub quarantined: u64,
    /// Items rejected.
    pub rejected: u64,
    /// Items accepted.
    pub accepted: u64,
    /// Bytes of them all, what surrounds them included.
    pub bytes: u64,
}

impl Counts {
    /// Items in all.
    pub fn items(&self) -> u64 {
        self.received + self.checked + self.quarantined + self.rejected + self.accepted
    }

    pub(super) fn add(mut self, entry: &Entry) -> Self {
        let count = match entry.stage {
            Stage::Received => &mut self.received,
            Stage::Checked => &mut self.checked,
            Stage::Quarantined => &mut self.quarantined,
            Stage::Rejected => &mut self.rejected,
            Stage::Accepted => &mut self.accepted,
        };
        *count += 1;
        self.bytes += entry.size();
        self
    }
}
