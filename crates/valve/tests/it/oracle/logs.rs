//! What the logs say: whose something is, who was given powers, and what has passed.

use commonwheel_record::control::{Content, Power, Revoked, Subject};
use commonwheel_record::{CollectiveId, Contribution, FeedId, Manifest, PublicKey, RecordId};

use super::{Oracle, Thing, contribution};
use crate::world::{GOVERNANCE, ROOT, key};

impl<'a> Oracle<'a> {
    // What the logs say.

    pub(super) fn number(&self, id: &CollectiveId) -> Option<usize> {
        self.held.iter().copied().find(|number| self.world.id(*number) == *id)
    }

    /// Records of a held log that carry a key's signature and no extension.
    pub(super) fn signed(&self, by: usize, signer: u8) -> Vec<(RecordId, &'a Content)> {
        if !self.held.contains(&by) {
            return Vec::new();
        }
        let collective = &self.world.collectives[by];
        let all = collective.log.iter().enumerate();
        let counts = all.filter(|(_, (control, signers))| {
            signers.contains(&key(signer)) && control.extensions.0.is_empty()
        });
        let feed = collective.control.id();
        counts.map(|(at, (control, _))| (RecordId { feed, index: at as u64 }, &control.content)).collect()
    }

    pub(super) fn governed(&self, by: usize) -> Vec<(RecordId, &'a Content)> {
        self.signed(by, GOVERNANCE)
    }

    pub(super) fn delegates(&self, by: usize, feed: &FeedId) -> bool {
        let names = |content: &Content| match content {
            Content::Delegation(delegation) => delegation.subject == Subject::Feed(*feed),
            _ => false,
        };
        self.signed(by, ROOT).iter().any(|(_, content)| names(content))
    }

    pub(super) fn owns(&self, by: usize, id: &RecordId) -> bool {
        let ends = |content: &Content| match content {
            Content::Revocation(revocation) => {
                matches!(revocation.revoked, Revoked::Feed { feed, size, .. } if feed == id.feed && size <= id.index)
            }
            _ => false,
        };
        self.delegates(by, &id.feed) && !self.signed(by, ROOT).iter().any(|(_, content)| ends(content))
    }

    pub(super) fn nodes(&self, by: usize) -> Vec<PublicKey> {
        let node = |(_, content): (RecordId, &Content)| match content {
            Content::Delegation(delegation) => match delegation.subject {
                Subject::Node { key, .. } => Some(key),
                _ => None,
            },
            _ => None,
        };
        self.signed(by, ROOT).into_iter().filter_map(node).collect()
    }

    pub(super) fn is_node_of(&self, node: u8, by: usize) -> bool {
        self.nodes(by).contains(&key(node))
    }

    /// Powers given by a collective, with their ends.
    pub(super) fn powers(&self, by: usize, power: Power) -> Vec<(usize, Option<u64>)> {
        let gives = |(_, content): (RecordId, &Content)| match content {
            Content::Affiliate(affiliate) if affiliate.powers.contains(&power) => {
                Some((self.number(&affiliate.to)?, affiliate.until))
            }
            _ => None,
        };
        self.governed(by).into_iter().filter_map(gives).collect()
    }

    // Time.

    pub(super) fn lease(&self, by: usize) -> Option<u64> {
        self.question.leases.0.get(&self.world.id(by)).copied()
    }

    /// A date that closes has come.
    pub(super) fn come(&self, date: u64, by: usize) -> bool {
        self.question.now >= date || self.lease(by).is_some_and(|time| time >= date)
    }

    /// A date that opens is over.
    pub(super) fn over(&self, date: Option<u64>, by: usize) -> bool {
        date.is_some_and(|date| self.lease(by).is_some_and(|time| time > date))
    }

    // Whose is it?

    pub(super) fn owner_of(&self, id: &RecordId, manifest: &Manifest) -> Option<usize> {
        self.number(&manifest.collective).filter(|number| self.owns(*number, id))
    }

    pub(super) fn owner(&self) -> Option<usize> {
        self.owner_of(&self.item.id, &self.item.manifest)
    }

    pub(super) fn header(&self) -> Option<&'a Contribution> {
        contribution(self.item.leaf.as_ref())
    }

    pub(super) fn things(&self) -> Vec<Thing<'a>> {
        let mut things = Vec::new();
        if let Some(owner) = self.owner() {
            things.push(Thing { id: self.item.id, owner, header: self.header() });
        }
        for held in &self.item.ancestors {
            let owners: Vec<usize> = match &held.manifest {
                Some(manifest) => self.owner_of(&held.id, manifest).into_iter().collect(),
                None => self.held.iter().copied().filter(|number| self.owns(*number, &held.id)).collect(),
            };
            let header = contribution(held.leaf.as_ref());
            things.extend(owners.into_iter().map(|owner| Thing { id: held.id, owner, header }));
        }
        things
    }
}
