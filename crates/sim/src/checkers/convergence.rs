//! I3 and I5: once faults have ended, connected nodes agree, and hold what they may hold.

use std::collections::BTreeSet;

use commonwheel_collective::View;
use commonwheel_ledger::mem::MemStore;
use commonwheel_ledger::store::{Store as _, Table};
use commonwheel_record::attestation::{Attestation, AttestationKind};
use commonwheel_record::control::Rung;
use commonwheel_record::limits::MAX_ATTESTATION;
use commonwheel_record::manifest::Purpose;
use commonwheel_record::{CollectiveId, Contribution, FeedId, RecordId, cbor};
use commonwheel_sync::{Selection, Sync};
use commonwheel_valve::Asker;

use super::knowledge::is_named;
use super::oracle::Question;
use crate::truth::{FeedTruth, Item};
use crate::world::World;

/// What a node should hold and does not.
#[derive(Clone, Copy, Debug)]
struct Missing {
    node: usize,
    other: usize,
    record: RecordId,
    rung: Rung,
}

impl World {
    /// Describes how honest neighbours still differ; nothing if they have converged.
    pub(crate) fn differences(&mut self) -> Vec<String> {
        let mut differences = Vec::new();
        for (a, b) in self.net.laid() {
            if !self.nodes[a].honest || !self.nodes[b].honest {
                continue;
            }
            if !self.net.is_up(a, b) {
                differences.push(format!("nodes {a} and {b} are not connected"));
                continue;
            }
            differences.extend(self.standing_differs(a, b));
            for (node, other) in [(a, b), (b, a)] {
                differences.extend(self.leaves_missing(node, other));
                let missing = self.content_missing(node, other);
                differences.extend(missing.into_iter().map(|missing| self.told(&missing)));
                differences.extend(self.fork_untold(node, other));
                differences.extend(self.personal_missing(node, other));
            }
        }
        differences.extend(self.acknowledgements_missing());
        differences
    }

    /// Bodies of control records that the other holds and this one does not.
    fn personal_missing(&self, node: usize, other: usize) -> Option<String> {
        let common = self.common_follow(node, other);
        let (here, there) = (self.raw(node)?, self.raw(other)?);
        let control = |of: &FeedTruth| {
            of.manifest.purpose == Purpose::Control
                && common.contains(&of.collective)
                && !self.truth.has_forked(&of.collective)
        };
        for (feed, _) in self.truth.feeds.iter().filter(|(_, of)| control(of)) {
            let size = here.size(feed).min(there.size(feed));
            let held = here.held(feed, 0, size);
            let lacks = |(_, (here, there)): &(u64, (&bool, bool))| *there && !**here;
            let there = there.held(feed, 0, size);
            if let Some((index, _)) = (0..).zip(held.iter().zip(there)).find(lacks) {
                let feed = feed.short();
                return Some(format!(
                    "node {node} lacks the body of control record {feed}/{index}, which node {other} holds"
                ));
            }
        }
        None
    }

    pub(crate) fn common_follow(&self, a: usize, b: usize) -> Vec<CollectiveId> {
        let follow = |node: usize| self.nodes[node].process.as_ref().map(Sync::follow);
        let (Some(a), Some(b)) = (follow(a), follow(b)) else { return Vec::new() };
        a.intersection(b).copied().collect()
    }

    fn standing_differs(&mut self, a: usize, b: usize) -> Option<String> {
        let mut common = self.common_follow(a, b);
        // Until a fork is proven, each may hold a head of a branch whose leaves left with its writer.
        common.retain(|of| {
            let mut forked =
                self.truth.feeds.iter().filter(|(_, feed)| feed.forked && feed.collective == *of);
            forked.all(|(feed, _)| self.proves_fork(a, feed) && self.proves_fork(b, feed))
        });
        let mut standing = |node: usize| Some(self.nodes[node].process.as_mut()?.standing(&common));
        let (of_a, of_b) = (standing(a)?, standing(b)?);
        let what = match (of_a.heads == of_b.heads, of_a.views == of_b.views) {
            (true, true) => return None,
            (false, true) => "heads",
            (true, false) => "views",
            (false, false) => "heads and views",
        };
        let (views, feeds) = (self.which_views(a, b, &common), self.which_feeds(a, b, &common));
        Some(format!("nodes {a} and {b} differ in their {what}{views}{feeds}"))
    }

    /// Names the collectives of which two nodes have different views.
    fn which_views(&self, a: usize, b: usize, common: &[CollectiveId]) -> String {
        let view = |node: usize, of: &CollectiveId| {
            let view = self.nodes[node].process.as_ref()?.views().get(of);
            view.map(commonwheel_collective::View::hash)
        };
        let differing = common.iter().filter(|of| view(a, of) != view(b, of));
        let known = |node: usize, of: &CollectiveId| self.nodes[node].process.as_ref()?.views().get(of);
        let how = |of: &CollectiveId| Some(difference(known(a, of)?, known(b, of)?));
        differing.map(|of| format!(", view of {}{}", of.short(), how(of).unwrap_or_default())).collect()
    }

    /// Names the feeds of which two nodes hold different heads.
    fn which_feeds(&self, a: usize, b: usize, common: &[CollectiveId]) -> String {
        let head = |node: usize, feed: &FeedId| self.raw(node)?.head(feed).map(|signed| signed.head);
        let differs = |feed: &&FeedId| head(a, feed) != head(b, feed);
        let of_common = self.truth.feeds.iter().filter(|(_, of)| common.contains(&of.collective));
        let size = |node: usize, feed: &FeedId| head(node, feed).map(|head| head.size);
        let held = |node: usize, feed: &FeedId| self.raw(node).map_or(0, |raw| raw.size(feed));
        of_common
            .map(|(feed, _)| feed)
            .filter(differs)
            .map(|feed| {
                let of = |node| format!("{:?}/{}", size(node, feed), held(node, feed));
                format!(", {} ({} and {})", feed.short(), of(a), of(b))
            })
            .collect()
    }

    pub(crate) fn raw(&self, node: usize) -> Option<&MemStore> {
        self.nodes[node].disk().map(crate::disk::Disk::raw)
    }

    fn holds_ancestors(&self, node: usize, item: &Item) -> bool {
        let held = |id: &RecordId| self.raw(node).is_some_and(|raw| !lacks_header(raw, id));
        item.header.ancestors.iter().all(held)
    }

    /// Leaves of a feed that both follow, which the other holds and this one does not.
    fn leaves_missing(&self, node: usize, other: usize) -> Vec<String> {
        let common = self.common_follow(node, other);
        let (Some(here), Some(there)) = (self.raw(node), self.raw(other)) else { return Vec::new() };
        let feeds = self.truth.feeds.iter().filter(|(_, of)| common.contains(&of.collective));
        feeds
            .filter(|(_, of)| !self.truth.has_forked(&of.collective))
            .filter(|(feed, _)| here.size(feed) < there.size(feed))
            .map(|(feed, _)| {
                let (held, of) = (here.size(feed), there.size(feed));
                format!("node {node} holds {held} of {of} leaves of {} that node {other} holds", feed.short())
            })
            .collect()
    }

    /// Headers and bodies that the other holds and would serve, and this one wants and does not hold.
    fn content_missing(&self, node: usize, other: usize) -> Vec<Missing> {
        let common = self.common_follow(node, other);
        let (Some(here), Some(there)) = (self.raw(node), self.raw(other)) else { return Vec::new() };
        let mut missing = Vec::new();
        for (id, item) in self.truth.appended() {
            // An ancestor whose header is not held counts as in the scope of everything.
            let blind = [node, other].iter().any(|node| !self.holds_ancestors(*node, item));
            if blind || !common.contains(&item.collective) || self.is_closed(item) {
                continue;
            }
            let record = *id;
            if lacks_header(here, id) && !lacks_header(there, id) && self.serves_header(node, other, id, item)
            {
                missing.push(Missing { node, other, record, rung: Rung::Header });
            } else if self.lacks_body(node, other, id, item) && self.serves_body(node, other, id, item) {
                missing.push(Missing { node, other, record, rung: Rung::Body });
            }
        }
        missing.truncate(3);
        missing
    }

    /// Says what is missing, and what both nodes would answer.
    fn told(&mut self, missing: &Missing) -> String {
        let Missing { node, other, record, rung } = *missing;
        let (asker, purpose) = (self.nodes[node].me, self.nodes[node].config.purpose);
        let mut answer = |of: usize| {
            let clock = self.clock(of);
            let process = self.nodes[of].process.as_mut()?;
            let asker = Asker::Peer(process.views().audience(&asker));
            Some(process.why(clock, record, &asker, purpose, rung).ok()??.because)
        };
        let (there, here) = (answer(other), answer(node));
        format!(
            "node {node} lacks the {rung:?} of {record:?}, which node {other} would serve; {other} says {there:?}, {node} {here:?}"
        )
    }

    /// Nothing is promised of what belongs to a forked collective, or is derived from it.
    fn is_closed(&self, item: &Item) -> bool {
        let forked = |item: &Item| self.truth.has_forked(&item.collective);
        let ancestors = item.header.ancestors.iter().filter_map(|id| self.truth.item_at(id));
        forked(item) || ancestors.into_iter().any(forked)
    }

    fn lacks_body(&self, node: usize, other: usize, id: &RecordId, item: &Item) -> bool {
        let holds = |node: usize| self.raw(node).and_then(|raw| raw.body(&id.feed, id.index).ok().flatten());
        let Some(body) = holds(other) else { return false };
        let submission = body.submission.and_then(|id| self.raw(other)?.body(&id.feed, id.index).ok()?);
        holds(node).is_none()
            && submission.is_some()
            && selected(&self.nodes[node].config.selection, &item.header)
            && self.gate_opens(other, item)
    }

    /// The serve gate opens by a partner, or where a node alone decides.
    fn gate_opens(&self, node: usize, item: &Item) -> bool {
        // Where a carrier told a head and is gone, a strike may be behind it: the gate stays closed.
        let behind = |(feed, of): (&FeedId, &FeedTruth)| {
            let raw = self.raw(node);
            let told = raw.and_then(|raw| raw.head(feed)).map_or(0, |signed| signed.head.size);
            of.manifest.purpose == Purpose::Control && raw.is_some_and(|raw| raw.size(feed) < told)
        };
        if self.truth.feeds.iter().any(behind) {
            return false;
        }
        let partnered = |other: &usize| self.nodes[node].config.partners.contains(&self.nodes[*other].me);
        self.net.neighbours(node).iter().any(partnered) || self.rules_alone(node, item)
    }

    fn rules_alone(&self, node: usize, item: &Item) -> bool {
        let owner = self.collectives.iter().find(|collective| collective.id == item.collective);
        owner.is_some_and(|owner| {
            let shared = self.collectives.iter().any(|other| {
                owner.stewards.contains(&other.id)
                    || self.checkers.known[node].is_affiliate(&owner.id, &other.id)
            });
            !shared && owner.control.iter().all(|(_, writer)| *writer == node)
        })
    }

    /// Both must see it so: the one who serves, and the one who asks for no more than it expects and may keep.
    fn serves_body(&self, node: usize, other: usize, id: &RecordId, item: &Item) -> bool {
        self.question(node, node, node).keeps(id, item)
            && [node, other].iter().all(|knower| self.question(node, other, *knower).body(id, item).is_ok())
    }

    fn serves_header(&self, node: usize, other: usize, id: &RecordId, item: &Item) -> bool {
        self.question(node, other, other).header(id, item).is_ok()
    }

    fn question(&self, asker: usize, server: usize, knower: usize) -> Question<'_> {
        Question {
            known: &self.checkers.known[knower],
            truth: &self.truth,
            server: &self.nodes[server].me,
            asker: &self.nodes[asker].me,
            purpose: self.nodes[asker].config.purpose,
            clock: self.clock(knower) / 1000,
            known_by: self.now(),
            holds: self.raw(knower),
        }
    }

    /// Says whether a proof that a feed forked is on a node's disk.
    fn proves_fork(&self, node: usize, feed: &FeedId) -> bool {
        let Some(raw) = self.raw(node) else { return false };
        // What a node keeps it has verified, which is checked elsewhere.
        let proofs = raw.states(Table::Attestations).into_iter();
        proofs.filter(|(name, _)| is_named(name, AttestationKind::ForkProof)).any(|(_, bytes)| {
            let attestation = cbor::decode::<Attestation>(bytes, MAX_ATTESTATION);
            attestation.is_ok_and(|attestation| attestation.content.subject.0 == feed.0)
        })
    }

    /// Forks that one of two neighbours can prove and the other, who holds the feed, cannot.
    fn fork_untold(&self, node: usize, other: usize) -> Vec<String> {
        let common = self.common_follow(node, other);
        let forked = self.truth.feeds.iter().filter(|(_, of)| of.forked && common.contains(&of.collective));
        let holds =
            |node: usize, feed: &FeedId| self.raw(node).is_some_and(|raw| raw.manifest(feed).is_some());
        forked
            .filter(|(feed, _)| holds(node, feed) && self.proves_fork(other, feed))
            .filter(|(feed, _)| !self.proves_fork(node, feed))
            .map(|(feed, _)| {
                format!("node {node} has no proof that {} forked, and node {other} has", feed.short())
            })
            .collect()
    }

    /// Feeds of which honest nodes hold contradicting leaves, and that no honest node announced as forked.
    pub(crate) fn undetected_forks(&self) -> Vec<String> {
        let honest: Vec<usize> = (0..self.nodes.len()).filter(|node| self.nodes[*node].honest).collect();
        let contradicts = |feed: &FeedId| {
            let leaves: Vec<_> = honest
                .iter()
                .filter_map(|node| self.raw(*node)?.leaf_hashes(feed, 0, u64::MAX).ok())
                .collect();
            leaves.iter().any(|a| leaves.iter().any(|b| a.iter().zip(b).any(|(a, b)| a != b)))
        };
        let announced = |feed: &FeedId| honest.iter().any(|node| self.proves_fork(*node, feed));
        let forked = self.truth.feeds.iter().filter(|(feed, of)| of.forked && contradicts(feed));
        let what = |feed: &FeedId| format!("nobody noticed that {} forked", feed.short());
        forked.filter(|(feed, _)| !announced(feed)).map(|(feed, _)| what(feed)).collect()
    }
}

/// Names records that count in one view and not in the other, or for other reasons.
pub(super) fn difference(one: &View, other: &View) -> String {
    let (one, other) = (one.ineffective(), other.ineffective());
    let ids: BTreeSet<&RecordId> = one.keys().chain(other.keys()).collect();
    let differing = ids.into_iter().filter(|id| one.get(id) != other.get(id)).take(3);
    differing.map(|id| format!(" ({id:?}: {:?} and {:?})", one.get(id), other.get(id))).collect()
}

fn lacks_header(store: &MemStore, id: &RecordId) -> bool {
    let header = store.headers(&id.feed, id.index, id.index + 1).ok();
    header.and_then(|mut headers| headers.pop().flatten()).is_none()
}

fn selected(selection: &Selection, header: &Contribution) -> bool {
    let any = |of: bool, contains: bool| of || contains;
    !selection.headers_only
        && any(selection.languages.is_empty(), selection.languages.contains(&header.language))
        && any(selection.domains.is_empty(), selection.domains.contains(&header.domain))
        && any(selection.licences.is_empty(), selection.licences.contains(&header.licence))
}
