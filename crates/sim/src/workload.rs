//! What people do: give, release, offer, grant and take back; strikes and ballots have files of their own.

use std::collections::{BTreeMap, BTreeSet};

use commonwheel_ledger::store::Store as _;
use commonwheel_record::control::{
    Affiliate, Content, Grant, Offer, Party, Power, Range, Release, ReleaseMode, Rung, Withdrawal,
    WithdrawalClass,
};
use commonwheel_record::manifest::Purpose as FeedPurpose;
use commonwheel_record::{Cut, FeedId, Hash, RecordId};
use commonwheel_sync::NewRecord;

use crate::collective::{NewFeed, Written, encode};
use crate::mutant::Mutant;
use crate::truth::{FeedTruth, Ruling};
use crate::world::{Event, World};

impl World {
    /// Does something, and plans the next.
    pub(crate) fn work(&mut self) {
        if self.calm {
            return;
        }
        if let Some(of) = self.some_coop() {
            match self.rng.below(32) {
                0..=7 => self.submit(of),
                8..=11 => self.release(of),
                12 => self.offer(of),
                13 => self.grant(of),
                14..=17 => self.strike(of),
                18 => self.escalate(of),
                19..=20 => self.lift(of),
                21 => self.settle_strike(of),
                22 => self.withdraw(of),
                23 => self.affiliate(of),
                24..=25 => self.call_ballot(of),
                26 => self.enrol(of),
                27 => self.leave(of),
                28 if self.options.faults => self.rule_alone(of),
                29 if self.options.faults => self.forge_notice(of),
                30 => self.amend(of),
                _ => self.erase(of),
            }
        }
        let delay = self.rng.between(300, 6_000);
        self.queue.after(delay, Event::Work);
    }

    /// Creates a feed at the node that writes it, with what it begins with.
    pub(crate) fn create_feed(&mut self, feed: NewFeed) {
        let NewFeed { writer, owner, manifest, key, first } = feed;
        let id = manifest.id();
        let Some(process) = self.nodes[writer].process.as_mut() else { return };
        if let Err(error) = process.create_feed(&manifest, owner) {
            self.checkers.report("I9", self.queue.now(), format!("node {writer}: {error}"));
            return;
        }
        self.nodes[writer].writers.insert(id, key);
        self.truth.feeds.insert(id, FeedTruth { collective: owner, manifest, writer, forked: false });
        let mut records = Vec::new();
        for written in first {
            let ruling = Ruling::of(&self.network_id, owner, &written, true);
            let leaf = encode(written.control);
            self.truth.rule(&leaf, ruling);
            records.push(NewRecord { leaf, body: written.body });
        }
        if !records.is_empty() {
            self.append(writer, id, records);
        }
    }

    /// A co-op whose people are at work; now and then the one that will equivocate.
    fn some_coop(&mut self) -> Option<usize> {
        let coops: Vec<usize> = (0..self.collectives.len())
            .filter(|of| self.collectives[*of].data.is_some_and(|(feed, _)| !self.truth.is_forked(&feed)))
            .collect();
        self.rng.pick(&coops).copied()
    }

    /// Signs a ruling and has one of the collective's carriers append it.
    pub(crate) fn rule(&mut self, of: usize, content: Content) {
        let control = self.collectives[of].governed(content);
        self.say(of, Written { control, body: None }, true);
    }

    /// Has one of the collective's carriers append a record; `authorised` says whether it bears the threshold it needs.
    pub(crate) fn say(&mut self, of: usize, written: Written, authorised: bool) {
        if let Some((feed, writer)) = self.carrier(of) {
            self.say_in(of, feed, writer, written, authorised);
        }
    }

    /// Has a carrier append a record; says where it stands then.
    pub(crate) fn say_in(
        &mut self,
        of: usize,
        feed: FeedId,
        writer: usize,
        written: Written,
        authorised: bool,
    ) -> Option<RecordId> {
        let ruling = Ruling::of(&self.network_id, self.collectives[of].id, &written, authorised);
        let leaf = encode(written.control);
        self.truth.rule(&leaf, ruling);
        let index = self.append(writer, feed, vec![NewRecord { leaf, body: written.body }])?;
        Some(RecordId { feed, index })
    }

    /// A control feed of the collective whose writer runs and does as it is told.
    pub(crate) fn carrier(&mut self, of: usize) -> Option<(FeedId, usize)> {
        let able = self.able(of);
        self.rng.pick(&able).copied()
    }

    /// Every control feed of the collective whose writer runs and does as it is told.
    pub(crate) fn able(&self, of: usize) -> Vec<(FeedId, usize)> {
        let collective = &self.collectives[of];
        let home = collective.control.first().map(|(_, writer)| *writer);
        let able = |(feed, writer): &&(FeedId, usize)| {
            let node = &self.nodes[*writer];
            node.is_up() && (node.honest || Some(*writer) == home) && !self.truth.is_forked(feed)
        };
        collective.control.iter().filter(able).copied().collect()
    }

    /// The node that speaks for a collective, whose knowledge its rulings rest on.
    pub(crate) fn speaker(&self, of: usize) -> Option<usize> {
        self.collectives[of].control.first().map(|(_, writer)| *writer)
    }

    /// Positions of every feed of a purpose, as far as a collective's own node holds them.
    pub(crate) fn cut(&self, of: usize, purpose: FeedPurpose) -> Cut {
        let held = self.speaker(of).and_then(|node| self.raw(node));
        let of_purpose = self.truth.feeds.iter().filter(|(_, feed)| feed.manifest.purpose == purpose);
        let size = |feed: &FeedId| held.map_or(0, |raw| raw.size(feed));
        let sizes: BTreeMap<FeedId, u64> = of_purpose.map(|(feed, _)| (*feed, size(feed))).collect();
        Cut(sizes.into_iter().filter(|(_, size)| *size > 0).take(16).collect())
    }

    /// Some positions of a co-op's data feed.
    fn range(&mut self, of: usize, whole: u64) -> Option<Range> {
        let (feed, writer) = self.collectives[of].data?;
        let size = self.raw(writer)?.size(&feed);
        if size == 0 {
            return None;
        }
        if self.rng.chance(whole) {
            return Some(Range { feed, start: 0, end: size });
        }
        let start = self.rng.below(size);
        Some(Range { feed, start, end: self.rng.between(start + 1, size) })
    }

    fn release(&mut self, of: usize) {
        let (Some(range), Some(licence)) =
            (self.range(of, 700), self.rng.pick(&self.words.licences).cloned())
        else {
            return;
        };
        let gated = if self.options.mutant == Some(Mutant::ServesGated) { 900 } else { 400 };
        let mode = match self.own_offer(of).filter(|_| self.rng.chance(gated)) {
            Some(offer) => ReleaseMode::Gated(offer),
            None => ReleaseMode::Open,
        };
        let ranges = vec![range];
        if self.rng.chance(500) {
            return self.release_dated(of, Release { licence, mode, ranges, dated_by: None });
        }
        self.rule(of, Content::Release(Release { licence, mode, ranges, dated_by: None }));
    }

    fn own_offer(&mut self, of: usize) -> Option<commonwheel_record::RecordId> {
        let id = self.collectives[of].id;
        let known = &self.checkers.known[self.speaker(of)?];
        let own: Vec<_> = known.offers.iter().filter(|offer| offer.by == id).map(|offer| offer.id).collect();
        self.rng.pick(&own).copied()
    }

    fn offer(&mut self, of: usize) {
        let offer = Offer {
            title: "Access for public research".to_owned(),
            terms: Hash(self.rng.bytes()),
            purposes: BTreeSet::new(),
            conditions: BTreeSet::new(),
        };
        self.rule(of, Content::Offer(offer));
    }

    fn grant(&mut self, of: usize) {
        let Some(offer) = self.own_offer(of) else { return self.offer(of) };
        let to = self.party();
        let soon = self.time() / 1000 + self.rng.between(10, 2_000);
        let expires = self.rng.chance(300).then_some(soon);
        self.rule(of, Content::Grant(Grant { offer, to, expires }));
    }

    /// Somebody to grant something to, or to strike against.
    pub(crate) fn party(&mut self) -> Party {
        let node = self.rng.index(self.nodes.len());
        match self.nodes[node].home {
            Some(home) if self.rng.chance(600) => Party::Collective(self.collectives[home].id),
            _ => Party::Node(self.nodes[node].me),
        }
    }

    fn withdraw(&mut self, of: usize) {
        let Some(Range { feed, start, end }) = self.range(of, 0) else { return };
        let class =
            if self.rng.chance(500) { WithdrawalClass::Preference } else { WithdrawalClass::PersonalData };
        let rung = if self.rng.chance(500) { Rung::Header } else { Rung::Commitment };
        let ranges = vec![Range { feed, start, end: end.min(start + 3) }];
        let cut = self.cut(of, FeedPurpose::Control);
        self.rule(of, Content::Withdrawal(Withdrawal { ranges, class, rung, cut, member: None }));
    }

    fn affiliate(&mut self, of: usize) {
        let others: Vec<usize> =
            (0..self.collectives.len()).filter(|at| *at != of && self.collectives[*at].honest).collect();
        let Some(other) = self.rng.pick(&others).copied() else { return };
        let to = self.collectives[other].id;
        let powers = BTreeSet::from([Power::Embargo]);
        let soon = self.time() / 1000 + self.rng.between(5, 60);
        let until = self.rng.chance(400).then_some(soon);
        self.rule(of, Content::Affiliate(Affiliate { to, powers, until }));
    }
}
