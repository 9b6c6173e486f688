//! Releases, offers and grants.

use commonwheel_record::control::{Content, Grant, Offer, Party, Power, Release, ReleaseMode};
use commonwheel_record::manifest::FeedAudience;
use commonwheel_record::terms::Purpose;
use commonwheel_record::{Contribution, RecordId, Tier};

use super::{Oracle, Thing};
use crate::world::key;

/// Of the licences of these worlds the ones one may take as MIT alone are irrevocable.
pub(super) fn is_for_good(header: &Contribution) -> bool {
    ["MIT", "MIT OR LicenseRef-x"].contains(&header.licence.as_str())
}

impl<'a> Oracle<'a> {
    /// Releases of a thing's licence over its position, by the owner or whoever it empowers.
    pub(super) fn releases(&self, thing: &Thing<'_>) -> Vec<(RecordId, &'a Release)> {
        let Some(header) = thing.header else { return Vec::new() };
        let mut may = vec![thing.owner];
        let powers = self.powers(thing.owner, Power::Release);
        may.extend(
            powers
                .into_iter()
                .filter(|(_, end)| !end.is_some_and(|end| self.come(end, thing.owner)))
                .map(|(to, _)| to),
        );
        let all = may.into_iter().flat_map(|by| self.governed(by));
        let over = |release: &Release| {
            release
                .ranges
                .iter()
                .any(|r| r.feed == thing.id.feed && r.start <= thing.id.index && thing.id.index < r.end)
        };
        all.filter_map(|(id, content)| match content {
            Content::Release(release) if release.licence == header.licence && over(release) => {
                Some((id, release))
            }
            _ => None,
        })
        .collect()
    }

    /// Open releases of the record itself under an irrevocable licence that its tier allows.
    pub(super) fn gifts(&self) -> Vec<RecordId> {
        let (Some(owner), Some(header)) = (self.owner(), self.header()) else { return Vec::new() };
        if !is_for_good(header) {
            return Vec::new();
        }
        let thing = Thing { id: self.item.id, owner, header: Some(header) };
        let open = self.releases(&thing).into_iter().filter(|(_, release)| release.mode == ReleaseMode::Open);
        open.filter(|_| self.tier_allows(header, ReleaseMode::Open)).map(|(id, _)| id).collect()
    }

    pub(super) fn tier_allows(&self, header: &Contribution, mode: ReleaseMode) -> bool {
        match header.tier {
            Tier::Private => false,
            Tier::Collective => self.item.manifest.audience == FeedAudience::Members,
            Tier::Gated => !matches!(mode, ReleaseMode::Open),
            Tier::Public => true,
        }
    }

    pub(super) fn offers(&self, by: usize) -> Vec<(RecordId, &'a Offer)> {
        let offer = |(id, content): (RecordId, &'a Content)| match content {
            Content::Offer(offer) => Some((id, offer)),
            _ => None,
        };
        self.governed(by).into_iter().filter_map(offer).collect()
    }

    /// Grants that rest on an offer of the same collective and have not expired.
    pub(super) fn grants(&self, by: usize) -> Vec<&'a Grant> {
        let offers: Vec<RecordId> = self.offers(by).into_iter().map(|(id, _)| id).collect();
        let grant = |(_, content): (RecordId, &'a Content)| match content {
            Content::Grant(grant) if offers.contains(&grant.offer) => Some(grant),
            _ => None,
        };
        let all = self.governed(by).into_iter().filter_map(grant);
        all.filter(|grant| !grant.expires.is_some_and(|end| self.come(end, by))).collect()
    }

    pub(super) fn granted(&self, owner: usize, offer: &RecordId, asker: u8) -> bool {
        let mut may = vec![owner];
        let powers = self.powers(owner, Power::Grant);
        may.extend(
            powers
                .into_iter()
                .filter(|(_, end)| !end.is_some_and(|end| self.come(end, owner)))
                .map(|(to, _)| to),
        );
        may.into_iter().any(|by| {
            let purpose = self.question.purpose;
            let fits = self.offers(by).into_iter().any(|(id, terms)| {
                id == *offer
                    && (purpose == Purpose::Replicate
                        || terms.purposes.is_empty()
                        || terms.purposes.contains(&purpose))
            });
            fits && self.grants(by).iter().any(|grant| grant.offer == *offer && self.is(&grant.to, asker))
        })
    }

    pub(super) fn is(&self, party: &Party, asker: u8) -> bool {
        match party {
            Party::Node(named) => *named == key(asker),
            Party::Collective(id) => self.number(id).is_some_and(|number| self.is_node_of(asker, number)),
        }
    }
}
