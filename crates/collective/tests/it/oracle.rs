//! The fold against a slow reading of the same rules, written apart: sets grown by scanning everything until nothing
//! changes any more.

use std::collections::{BTreeMap, BTreeSet};

use commonwheel_collective::{ControlLeaf, Verified, View};
use commonwheel_record::control::{Charter, Content, KeySet, Revoked, Subject};
use commonwheel_record::{FeedId, Hash, PublicKey, RecordId};
use proptest::prelude::*;

use crate::plan::{Draft, Places, drafts};
use crate::world::*;

#[derive(Debug, Default, PartialEq, Eq)]
struct Effect {
    control_feeds: BTreeSet<FeedId>,
    feeds: BTreeSet<FeedId>,
    nodes: BTreeSet<PublicKey>,
    charter: String,
    closed: bool,
    /// Everything governance-signed that counts, by record.
    in_force: BTreeSet<RecordId>,
    lifted: BTreeSet<RecordId>,
    pending: BTreeSet<RecordId>,
}

struct Oracle<'a> {
    coop: &'a Coop,
}

impl<'a> Oracle<'a> {
    fn all(&self, feeds: &BTreeSet<FeedId>) -> Vec<(RecordId, &'a Verified)> {
        let mut all = Vec::new();
        for feed in feeds {
            for (index, leaf) in self.coop.logs[feed].leaves.iter().enumerate() {
                if let ControlLeaf::Record(verified) = leaf {
                    all.push((RecordId { feed: *feed, index: index as u64 }, &**verified));
                }
            }
        }
        all
    }

    fn good(&self, id: &RecordId) -> bool {
        self.coop.logs[&id.feed].forked.is_none_or(|good| id.index < good)
    }

    fn charter(verified: &'a Verified) -> Option<&'a Charter> {
        match &verified.control.content {
            Content::Charter(charter) => Some(charter),
            _ => None,
        }
    }

    /// Every valid charter among feeds: no commitments are made in these worlds.
    fn charters(&self, feeds: &BTreeSet<FeedId>) -> BTreeMap<Hash, &'a Charter> {
        let mut valid = BTreeMap::new();
        loop {
            let before = valid.len();
            for (id, verified) in self.all(feeds) {
                let (Some(charter), true) = (Self::charter(verified), self.good(&id)) else { continue };
                let plain = verified.control.extensions.0.is_empty();
                let has =
                    |charter: &Charter| charter.root.keys.iter().any(|key| verified.signers.contains(key));
                let succeeds = match charter.previous {
                    None => true,
                    Some(previous) => valid.get(&previous).copied().is_some_and(has),
                };
                if plain && succeeds && has(charter) {
                    valid.insert(verified.hash, charter);
                }
            }
            if valid.len() == before {
                return valid;
            }
        }
    }

    fn chain(&self, feeds: &BTreeSet<FeedId>) -> Vec<&'a Charter> {
        let valid = self.charters(feeds);
        let genesis = self.coop.genesis_hash();
        let next = valid.iter().find(|(_, charter)| charter.previous == Some(genesis));
        valid.get(&genesis).into_iter().chain(next.map(|(_, charter)| charter)).copied().collect()
    }

    /// A feed that was only created has no head, so only its writer knows of it.
    fn is_held(&self, feed: &FeedId) -> bool {
        self.coop.logs.contains_key(feed) && self.coop.size(*feed) > 0
    }

    fn control_feeds(&self) -> BTreeSet<FeedId> {
        let mut feeds = BTreeSet::from([self.coop.first]);
        while feeds.len() < 5 {
            let roots: Vec<_> = self.charters(&feeds).into_values().collect();
            let named = self.all(&feeds).into_iter().filter_map(|(id, verified)| {
                let signed =
                    roots.iter().any(|c| c.root.keys.iter().any(|key| verified.signers.contains(key)));
                match &verified.control.content {
                    Content::Delegation(delegation) => match delegation.subject {
                        Subject::Feed(feed)
                            if signed
                                && self.good(&id)
                                && verified.control.extensions.0.is_empty()
                                && self.is_held(&feed)
                                && !feeds.contains(&feed) =>
                        {
                            Some((id, feed))
                        }
                        _ => None,
                    },
                    _ => None,
                }
            });
            match named.min() {
                Some((_, feed)) => feeds.insert(feed),
                None => break,
            };
        }
        feeds
    }

    fn effect(&self) -> Effect {
        let control_feeds = self.control_feeds();
        let chain = self.chain(&control_feeds);
        // What the keys of a replaced charter signed counts inside its successor's cut.
        let counts = |at: usize, id: &RecordId| {
            chain.get(at + 1).is_none_or(|next| next.cut.contains(&id.feed, id.index))
        };
        let signed = |set: &dyn Fn(&'a Charter) -> &'a KeySet, id: &RecordId, v: &Verified| {
            let mut charters = chain.iter().enumerate();
            charters.any(|(at, c)| set(c).keys.iter().any(|key| v.signers.contains(key)) && counts(at, id))
        };
        let root_signed = |id: &RecordId, v: &Verified| signed(&|c| &c.root, id, v);
        let governed = |id: &RecordId, v: &Verified| signed(&|c| &c.governance, id, v);
        let all = self.all(&control_feeds);
        let plain = |v: &Verified| v.control.extensions.0.is_empty();
        let revoked: Vec<&Revoked> = all
            .iter()
            .filter(|(id, v)| self.good(id) && plain(v) && root_signed(id, v))
            .filter_map(|(_, v)| match &v.control.content {
                Content::Revocation(revocation) => Some(&revocation.revoked),
                _ => None,
            })
            .collect();
        let cut_off = |id: &RecordId| {
            revoked.iter().any(
                |r| matches!(r, Revoked::Feed { feed, size, .. } if *feed == id.feed && id.index >= *size),
            )
        };
        let mut effect = Effect {
            charter: chain.last().unwrap().name.clone(),
            closed: self.coop.logs[&self.coop.first].forked.is_some(),
            feeds: control_feeds.clone(),
            ..Effect::default()
        };
        for (id, verified) in &all {
            if !plain(verified) {
                effect.closed |= governed(id, verified) && self.good(id) && !cut_off(id);
                continue;
            }
            match &verified.control.content {
                Content::Charter(_) | Content::Revocation(_) => {}
                Content::Delegation(delegation) if self.good(id) && root_signed(id, verified) => {
                    match &delegation.subject {
                        Subject::Feed(feed) => {
                            // The sixth control feed is delegated in vain.
                            if control_feeds.contains(feed) || !self.is_held(feed) {
                                effect.feeds.insert(*feed);
                            }
                        }
                        Subject::Node { key, .. } | Subject::Liveness(key) => {
                            if !revoked.iter().any(|r| **r == Revoked::Key(*key)) {
                                effect.nodes.insert(*key);
                            }
                        }
                    }
                }
                Content::Delegation(_) => {}
                content => {
                    let stands = (self.good(id) || matches!(content, Content::Embargo(_))) && !cut_off(id);
                    let allowed = match content {
                        Content::Affiliate(to) => !revoked.iter().any(|r| **r == Revoked::Affiliate(to.to)),
                        Content::Release(release) => release.licence.as_str() != "NONE",
                        _ => true,
                    };
                    let member = matches!(content, Content::Withdrawal(w) if w.member.is_some());
                    if stands && allowed && governed(id, verified) {
                        effect.in_force.insert(*id);
                    } else if stands && member {
                        effect.pending.insert(*id);
                    }
                }
            }
        }
        let content = |id: &RecordId| all.iter().find(|(at, _)| at == id).map(|(_, v)| &v.control.content);
        let in_force = effect.in_force.clone();
        effect.in_force.retain(|id| match content(id) {
            Some(Content::Lift(lift)) => {
                in_force.contains(&lift.embargo)
                    && matches!(content(&lift.embargo), Some(Content::Embargo(_)))
            }
            Some(Content::Grant(grant)) => {
                in_force.contains(&grant.offer) && matches!(content(&grant.offer), Some(Content::Offer(_)))
            }
            _ => true,
        });
        for id in &effect.in_force {
            if let Some(Content::Lift(lift)) = content(id) {
                let same = effect.in_force.iter().filter(|other| content(other) == content(&lift.embargo));
                effect.lifted.extend(same);
            }
        }
        effect.control_feeds = control_feeds;
        effect
    }
}

/// The same, as the view has it.
fn effect_of(view: &View) -> Effect {
    let mut in_force: BTreeSet<RecordId> = view.embargoes().iter().map(|e| e.id).collect();
    in_force.extend(view.embargoes().iter().flat_map(|e| e.lifts.iter().map(|lift| lift.id)));
    in_force.extend(view.releases().iter().map(|e| e.id));
    in_force.extend(view.withdrawals().iter().map(|e| e.id));
    in_force.extend(view.grants().iter().map(|e| e.id));
    in_force.extend(view.offers().keys());
    Effect {
        control_feeds: view.control_feeds().clone(),
        feeds: view.feeds().keys().copied().collect(),
        nodes: view.nodes().keys().copied().collect(),
        charter: view.charter().unwrap().name.clone(),
        closed: view.closed().is_some(),
        in_force,
        lifted: view.embargoes().iter().filter(|e| e.is_lifted()).map(|e| e.id).collect(),
        pending: view.pending_withdrawals().iter().map(|e| e.id).collect(),
    }
}

const FEEDS: usize = 7;

/// Seven control feeds, which the drafts delegate, revoke and stand in; some are forked.
fn world(plan: &[Draft], stands: &[usize], forks: &[Option<u64>]) -> Coop {
    let mut coop = Coop::new();
    let mut feeds = vec![coop.first];
    feeds.extend((1..FEEDS).map(|n| coop.open(100 + u8::try_from(n).unwrap())));
    // Two are delegated from the start, so that most worlds have more than one.
    coop.root(delegate_feed(feeds[1]));
    coop.root(delegate_feed(feeds[2]));
    let mut places = Places { drafts: Vec::new(), feeds: feeds.clone() };
    let mut sizes: Vec<u64> = feeds.iter().map(|feed| coop.size(*feed)).collect();
    for at in &stands[..plan.len()] {
        places.drafts.push(RecordId { feed: feeds[*at], index: sizes[*at] });
        sizes[*at] += 1;
    }
    for (draft, at) in plan.iter().zip(stands) {
        let control = draft.control(&coop, &places);
        coop.append_control(feeds[*at], control, &draft.signers);
    }
    for (feed, fork) in feeds.iter().zip(forks) {
        // The first two leaves are what founds the collective.
        let least = if *feed == coop.first { 2 } else { 0 };
        coop.logs.get_mut(feed).unwrap().forked = fork.map(|good| good.max(least));
    }
    coop
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn the_fold_agrees_with_a_slow_reading(
        plan in drafts(FEEDS),
        stands in prop::collection::vec(prop::sample::select(vec![0, 0, 0, 1, 1, 2, 3, 4, 5, 6_usize]), 24),
        forks in prop::collection::vec(prop::option::weighted(0.1, 0..6_u64), FEEDS),
    ) {
        let coop = world(&plan, &stands, &forks);
        let expected = Oracle { coop: &coop }.effect();
        let mut found = effect_of(&coop.fold());
        // Affiliations are told by power, not by record.
        let affiliations = expected.in_force.iter().filter(|id| {
            let leaf = &coop.logs[&id.feed].leaves[usize::try_from(id.index).unwrap()];
            matches!(leaf, ControlLeaf::Record(v) if matches!(v.control.content, Content::Affiliate(_)))
        });
        found.in_force.extend(affiliations);
        prop_assert_eq!(found, expected);
    }
}
