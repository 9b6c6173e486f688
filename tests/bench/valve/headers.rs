//! The headers that recur in a data feed.

use std::collections::BTreeSet;

use commonwheel_record::terms::{Language, Licence, Preference, Preferences, Slug};
use commonwheel_record::{
    Attribution, CollectiveId, Commitment, Contribution, ContributionKind, Extensions, FeedId, Hash, Leaf,
    Manifest, RecordId, Regions, Tier,
};
use commonwheel_valve::Headers;

use super::world::{LICENCES, POSITIONS};
use crate::Failure;

/// How many differ.
const HEADERS: usize = 16;

/// One collective's data feed, and the headers that recur in it.
pub(crate) struct Coop {
    pub(crate) manifest: Manifest,
    pub(crate) feed: FeedId,
    pub(crate) headers: Vec<Leaf>,
}

impl Coop {
    /// Returns the header at a position.
    pub(crate) fn header(&self, index: u64) -> &Leaf {
        &self.headers[(index % HEADERS as u64) as usize]
    }
}

impl Headers for &Coop {
    fn size(&mut self, _: &FeedId) -> u64 {
        POSITIONS
    }

    fn leaf(&mut self, record: &RecordId) -> Option<&Leaf> {
        Some(self.header(record.index))
    }
}

/// Makes them; one in four names a steward, if there is one.
pub(crate) fn headers(steward: Option<CollectiveId>) -> Result<Vec<Leaf>, Failure> {
    (0..HEADERS).map(|number| header(number, steward)).collect()
}

fn header(number: usize, steward: Option<CollectiveId>) -> Result<Leaf, Failure> {
    let bit = |bit: usize| number >> bit & 1 == 1;
    let train = if number % 8 == 7 { Preference::Deny } else { Preference::Unset };
    let tags: BTreeSet<Slug> =
        if number.is_multiple_of(5) { [Slug::parse("care")?].into() } else { BTreeSet::new() };
    let header = Contribution {
        kind: if bit(0) { ContributionKind::Chat } else { ContributionKind::Label },
        language: Language::parse(if bit(1) { "sw" } else { "de" })?,
        domain: Slug::parse(if bit(2) { "health" } else { "law" })?,
        tags,
        labelled: bit(1),
        licence: Licence::parse(LICENCES[usize::from(bit(3))])?,
        preferences: Preferences { train, ..Preferences::UNSET },
        conditions: BTreeSet::new(),
        attribution: Attribution::Anonymous,
        tier: Tier::Public,
        regions: Regions::default(),
        importer: Slug::parse("bench-1")?,
        stewards: steward.into_iter().filter(|_| number % 4 == 2).collect(),
        ancestors: BTreeSet::new(),
        commitment: Commitment { hash: Hash([1; 32]), bucket: 8 },
    };
    Ok(Leaf::Contribution(Box::new(header), Extensions::default()))
}
