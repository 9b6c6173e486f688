//! What people do: give, release, offer, strike, lift and take back.

use std::collections::{BTreeMap, BTreeSet};

use commonwheel_ledger::store::Store as _;
use commonwheel_record::control::{
    Affiliate, Audience, Content, Embargo, Grant, Lift, LiftReason, Offer, Party, Power, Range, Reach,
    Release, ReleaseMode, Rung, Scope, Variant, Withdrawal, WithdrawalClass,
};
use commonwheel_record::manifest::Purpose as FeedPurpose;
use commonwheel_record::{Cut, FeedId, Hash};
use commonwheel_sync::NewRecord;

use crate::collective::{NewFeed, encode};
use crate::truth::{FeedTruth, Ruling};
use crate::world::{Event, World};

impl World {
    /// Does something, and plans the next.
    pub(crate) fn work(&mut self) {
        if self.calm {
            return;
        }
        if let Some(of) = self.some_coop() {
            match self.rng.below(20) {
                0..=6 => self.submit(of),
                7..=9 => self.release(of),
                10 => self.offer(of),
                11 => self.grant(of),
                12..=14 => self.strike(of),
                15..=16 => self.lift(of),
                17 => self.withdraw(of),
                18 => self.affiliate(of),
                _ => self.other_variant(of),
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
        for control in first {
            let content = control.content.clone();
            let leaf = encode(control);
            self.truth.rule(&leaf, Ruling { by: owner, content });
            records.push(NewRecord { leaf, body: None });
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
    fn rule(&mut self, of: usize, content: Content) {
        let Some((feed, writer)) = self.carrier(of) else { return };
        let collective = &self.collectives[of];
        let leaf = collective.rule(content.clone());
        self.truth.rule(&leaf, Ruling { by: collective.id, content });
        self.append(writer, feed, vec![NewRecord { leaf, body: None }]);
    }

    /// A control feed of the collective whose writer runs and does as it is told.
    fn carrier(&mut self, of: usize) -> Option<(FeedId, usize)> {
        let collective = &self.collectives[of];
        let home = collective.control.first().map(|(_, writer)| *writer);
        let able = |(feed, writer): &&(FeedId, usize)| {
            let node = &self.nodes[*writer];
            node.is_up() && (node.honest || Some(*writer) == home) && !self.truth.is_forked(feed)
        };
        let able: Vec<(FeedId, usize)> = collective.control.iter().filter(able).copied().collect();
        self.rng.pick(&able).copied()
    }

    /// The node that speaks for a collective, whose knowledge its rulings rest on.
    fn speaker(&self, of: usize) -> Option<usize> {
        self.collectives[of].control.first().map(|(_, writer)| *writer)
    }

    /// Positions of every feed of a purpose, as far as a collective's own node holds them.
    fn cut(&self, of: usize, purpose: FeedPurpose) -> Cut {
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
        let mode = match self.own_offer(of).filter(|_| self.rng.chance(400)) {
            Some(offer) => ReleaseMode::Gated(offer),
            None => ReleaseMode::Open,
        };
        self.rule(of, Content::Release(Release { licence, mode, ranges: vec![range], dated_by: None }));
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
        let soon = self.clock(0) / 1000 + self.rng.between(10, 2_000);
        let expires = self.rng.chance(300).then_some(soon);
        self.rule(of, Content::Grant(Grant { offer, to, expires }));
    }

    /// Somebody to grant something to, or to strike against.
    fn party(&mut self) -> Party {
        let node = self.rng.index(self.nodes.len());
        match self.nodes[node].home {
            Some(home) if self.rng.chance(600) => Party::Collective(self.collectives[home].id),
            _ => Party::Node(self.nodes[node].me),
        }
    }

    fn strike(&mut self, of: usize) {
        if !self.collectives[of].honest {
            // Of a control log that forks, its embargoes alone go on, and only where they had arrived.
            return;
        }
        let by = self.who_may_strike(of);
        let embargo = self.embargo(by, Variant::Pause);
        self.rule(by, Content::Embargo(Box::new(embargo)));
    }

    /// The co-op itself, its steward, or somebody it is affiliated to.
    fn who_may_strike(&mut self, of: usize) -> usize {
        let owner = &self.collectives[of];
        let may = |other: &usize| {
            let other = &self.collectives[*other];
            other.honest
                && (owner.stewards.contains(&other.id)
                    || self.checkers.known.iter().any(|known| known.is_affiliate(&owner.id, &other.id)))
        };
        let others: Vec<usize> = (0..self.collectives.len()).filter(may).collect();
        self.rng.pick(&others).copied().filter(|_| self.rng.chance(500)).unwrap_or(of)
    }

    fn embargo(&mut self, by: usize, variant: Variant) -> Embargo {
        let audience = match self.rng.below(10) {
            0..=5 => Audience::Everyone,
            6..=7 => Audience::Only(BTreeSet::from([self.party()])),
            _ => Audience::Except(BTreeSet::from([self.party()])),
        };
        let starts = if self.rng.chance(800) { 0 } else { self.clock(0) / 1000 + self.rng.below(20) };
        Embargo {
            variant,
            scope: self.scope(500),
            reach: self.rng.pick(Reach::ALL).copied().unwrap_or(Reach::All),
            from_cut: self.cut(by, FeedPurpose::Data),
            cut: self.cut(by, FeedPurpose::Control),
            audience,
            rung: if self.rng.chance(300) { Rung::Commitment } else { Rung::Header },
            starts,
            ends: None,
            demand: "Pay for what you train on.".to_owned(),
            mandate: None,
        }
    }

    /// Everything, or one value of a dimension or two.
    fn scope(&mut self, narrow: u64) -> Scope {
        let mut scope = Scope::default();
        if self.rng.chance(narrow) {
            scope.domains.extend(self.rng.pick(&self.words.domains).copied());
        }
        if self.rng.chance(narrow / 3) {
            scope.languages.extend(self.rng.pick(&self.words.languages).copied());
        }
        scope
    }

    fn lift(&mut self, of: usize) {
        let by = self.who_may_strike(of);
        let id = self.collectives[by].id;
        let Some(speaker) = self.speaker(by) else { return };
        let known = &self.checkers.known[speaker];
        let standing: Vec<_> = known.embargoes.iter().filter(|e| e.by == id).map(|e| e.id).collect();
        let Some(embargo) = self.rng.pick(&standing).copied() else { return };
        let scope = self.rng.chance(250).then(|| self.scope(1000));
        self.rule(
            by,
            Content::Lift(Lift {
                embargo,
                scope,
                reason: LiftReason::Settled,
                settlement: None,
                mandate: None,
            }),
        );
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
        self.rule(of, Content::Affiliate(Affiliate { to, powers, until: None }));
    }

    /// Variants that travel and are kept, and that nothing acts on yet.
    fn other_variant(&mut self, of: usize) {
        if !self.collectives[of].honest {
            return;
        }
        let mut embargo = self.embargo(of, Variant::EvaluationOnly);
        embargo.reach = Reach::New;
        if self.rng.chance(500) {
            embargo.variant = Variant::RateLimit(100);
        }
        self.rule(of, Content::Embargo(Box::new(embargo)));
    }
}
