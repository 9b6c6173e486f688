//! What an export holds, counted by the importer alone, before any node sees it.

use std::collections::BTreeMap;

use commonwheel_intake::{Options, import_all};
use commonwheel_record::terms::Slug;

use super::DemoError;

/// An export's contributions.
#[derive(Clone, Debug)]
pub(super) struct Counts {
    pub(super) total: u64,
    pub(super) by_kind: BTreeMap<&'static str, u64>,
    /// The domain with the most contributions, and how many.
    pub(super) busiest: (Slug, u64),
}

/// Counts an export's contributions.
pub(super) fn count(bytes: &[u8]) -> Result<Counts, DemoError> {
    let (drafts, _) = import_all(bytes, Options::default())?;
    let mut by_kind = BTreeMap::new();
    let mut by_domain: BTreeMap<Slug, u64> = BTreeMap::new();
    for draft in &drafts {
        *by_kind.entry(draft.kind.name()).or_insert(0) += 1;
        if let Some(domain) = draft.domain {
            *by_domain.entry(domain).or_insert(0) += 1;
        }
    }
    let busiest = by_domain.into_iter().max_by_key(|(_, count)| *count);
    let busiest =
        busiest.ok_or_else(|| DemoError::Step("the export names no domain to strike in".to_owned()))?;
    Ok(Counts { total: drafts.len() as u64, by_kind, busiest })
}
