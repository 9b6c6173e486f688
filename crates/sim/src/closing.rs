//! Closes: heads that witnesses saw in time, and what the votes inside them amount to. Releases and erasures are dated
//! by the same means.

use std::collections::BTreeMap;

use commonwheel_ledger::store::{Store as _, Table};
use commonwheel_record::attestation::{Attestation, Cosigned, Head, Statement};
use commonwheel_record::cbor;
use commonwheel_record::control::{Close, Content, Erasure, Range, Release, Stamp, Tally, WitnessedHead};
use commonwheel_record::limits::MAX_ATTESTATION;
use commonwheel_record::manifest::Purpose;
use commonwheel_record::{FeedId, PublicKey, RecordId};

use crate::campaign::{Act, Campaign};
use crate::checkers::log::Log;
use crate::checkers::polls::{Stage, union};
use crate::collective::Written;
use crate::deeds::Deed;
use crate::faults::Fault;
use crate::world::World;

/// How old a cosignature may be that dates an erasure, in seconds.
const RECENT: u64 = 3_600;
/// After so many tries a close makes do with the feeds that were witnessed.
const PATIENCE: u32 = 4;

impl World {
    /// Every head of a collective's control feeds that leases or witnesses' last words name, as a node holds them.
    pub(crate) fn heads_seen(&self, node: usize, of: usize) -> Vec<WitnessedHead> {
        let id = self.collectives[of].id;
        let mut heads: BTreeMap<Head, BTreeMap<PublicKey, Stamp>> = BTreeMap::new();
        let mut note = |issuer: PublicKey, cosigned: &Cosigned| {
            let feed = self.truth.feeds.get(&cosigned.head.feed);
            if feed.is_some_and(|of| of.collective == id && of.manifest.purpose == Purpose::Control) {
                let stamp = Stamp { time: cosigned.time, signature: cosigned.signature };
                heads.entry(cosigned.head).or_default().insert(issuer, stamp);
            }
        };
        for (_, bytes) in self.raw(node).map(|raw| raw.states(Table::Attestations)).unwrap_or_default() {
            let Ok(attestation) = cbor::decode::<Attestation>(bytes, MAX_ATTESTATION) else { continue };
            let issuer = attestation.content.issuer;
            match &attestation.content.statement {
                Statement::Cosignature(cosigned) => note(issuer, cosigned),
                Statement::Lease(lease) => lease.heads.iter().for_each(|cosigned| note(issuer, cosigned)),
                _ => {}
            }
        }
        heads.into_iter().map(|(head, stamps)| WitnessedHead { head, stamps }).collect()
    }

    /// The heads that a majority of the witnesses saw between two times, in seconds since 1970, as a node tells.
    fn heads_between(&self, node: usize, of: usize, from: u64, to: u64) -> Vec<WitnessedHead> {
        let process = self.nodes[node].process.as_ref();
        let heads = process.map(|process| process.witnessed_heads(&self.collectives[of].id, from, to));
        heads.and_then(Result::ok).unwrap_or_default()
    }

    /// Closes a stage of a ballot with what a carrier holds of witnesses' cosignatures.
    pub(crate) fn close(&mut self, number: usize, stage: Stage, tries: u32) -> Option<RecordId> {
        let Campaign { of, hash, .. } = self.campaigns[number];
        let (feed, writer) = self.carrier(of)?;
        let heads = self.heads_in_time(number, writer, stage, tries)?;
        let log = self.checkers.known[writer].log(&self.collectives[of].id)?;
        let mut close = Close { ballot: hash, heads, result: None };
        if stage == Stage::Last {
            close.result = Some(self.result(number, log, &close)?);
        }
        let lies = self.options.faults && self.rng.chance(40);
        if let Some(result) = close.result.as_mut().filter(|_| lies) {
            result.yes += 1;
            self.faults.count(Fault::FalseResult);
        }
        let written =
            Written { control: self.collectives[of].unsigned(Content::Close(Box::new(close))), body: None };
        let record = self.say_in(of, feed, writer, written, false)?;
        self.deeds.count(Deed::Close);
        if stage == Stage::Last {
            self.later(800, number, Act::Mandate);
        }
        Some(record)
    }

    /// The heads of each control feed that enough witnesses saw in time; after a while those that there are.
    fn heads_in_time(
        &self,
        number: usize,
        node: usize,
        stage: Stage,
        tries: u32,
    ) -> Option<Vec<WitnessedHead>> {
        let Campaign { of, hash, ref ballot, .. } = self.campaigns[number];
        let log = self.checkers.known[node].log(&self.collectives[of].id)?;
        let grace = u64::from(log.poll(&self.network_id, &hash)?.charter.rules.grace_hours) * 3600;
        let end = match stage {
            Stage::Last => ballot.decided(),
            Stage::Voting => ballot.closes,
        };
        let heads = self.heads_between(node, of, end, end + grace);
        let named = |feed: &FeedId| heads.iter().any(|witnessed| witnessed.head.feed == *feed);
        let all = log.whole.0.iter().filter(|(_, size)| **size > 0).all(|(feed, _)| named(feed));
        (!heads.is_empty() && (all || tries > PATIENCE)).then_some(heads)
    }

    fn result(&self, number: usize, log: &Log, close: &Close) -> Option<Tally> {
        let poll = log.poll(&self.network_id, &self.campaigns[number].hash)?;
        let last = union(poll.cut(Stage::Last), &close.cut());
        let secret = self.campaigns[number].ballot.reveals.is_some();
        let voting = if secret { poll.cut(Stage::Voting)? } else { last.clone() };
        poll.count(&voting, &last)
    }

    /// Signs a release, dated by a head that its carrier holds cosignatures of, if there is one.
    pub(crate) fn release_dated(&mut self, of: usize, mut release: Release) {
        let able = self.able(of);
        // Mostly the feed that rate limits count in.
        let carrier = able.first().copied().filter(|_| self.rng.chance(700));
        let Some((feed, writer)) = carrier.or_else(|| self.rng.pick(&able).copied()) else { return };
        let mut heads = self.heads_between(writer, of, 0, self.clock(writer) / 1000);
        if heads.is_empty() || self.rng.chance(200) {
            heads = self.heads_seen(writer, of);
        }
        heads.sort_by_key(|head| (head.stamps.len(), head.head.size));
        release.dated_by = heads.pop();
        let control = self.collectives[of].governed(Content::Release(release));
        let dated = matches!(&control.content, Content::Release(release) if release.dated_by.is_some());
        if self.say_in(of, feed, writer, Written { control, body: None }, true).is_some() && dated {
            self.deeds.count(Deed::DatedRelease);
        }
    }

    /// Declares the personal parts of a ballot erased; before their time as often as not.
    pub(crate) fn erase(&mut self, of: usize) {
        if self.calm {
            return;
        }
        let Some((feed, writer)) = self.carrier(of) else { return };
        let ballots: Vec<_> = self.campaigns_of(of).into_iter().collect();
        let Some(ballot) = self.rng.pick(&ballots).copied() else { return };
        let Some(log) = self.checkers.known[writer].log(&self.collectives[of].id) else { return };
        let Some(close) = log.results(&self.network_id, &ballot, true).first().copied() else { return };
        let mut ranges: Vec<Range> = log
            .votes_of(&ballot)
            .into_iter()
            .map(|RecordId { feed, index }| Range { feed, start: index, end: index + 1 })
            .collect();
        ranges.sort_unstable();
        ranges.truncate(20);
        // What witnesses said long ago proves no date.
        let now = self.clock(writer) / 1000;
        let dated_by = self.heads_between(writer, of, now - RECENT, now);
        if ranges.is_empty() || dated_by.is_empty() {
            return;
        }
        let erasure = Erasure { close: Some(close), ranges, dated_by };
        let control = self.collectives[of].governed(Content::Erasure(Box::new(erasure)));
        if self.say_in(of, feed, writer, Written { control, body: None }, true).is_some() {
            self.deeds.count(Deed::Erasure);
        }
    }
}
