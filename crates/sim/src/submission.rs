//! Submissions: what a member gives at once, part of it rejected in the waiting room.

use std::collections::{BTreeMap, BTreeSet};

use commonwheel_ledger::store::Store as _;
use commonwheel_record::body::SealedBody;
use commonwheel_record::submission::{Submission, SubmissionBody, item_hash};
use commonwheel_record::terms::{Preference, Preferences, Slug};
use commonwheel_record::{
    Attribution, Commitment, Contribution, ContributionKind, Extensions, Hash, Leaf, RecordId, Regions, Salt,
    SecretKey, Tier,
};
use commonwheel_sync::NewRecord;

use crate::truth::{marked_body, marked_importer};
use crate::world::World;

/// Kinds that need nothing else.
const KINDS: [ContributionKind; 4] = [
    ContributionKind::Chat,
    ContributionKind::Label,
    ContributionKind::Correction,
    ContributionKind::PreferencePair,
];

/// An item as its member signed it.
#[derive(Debug)]
struct Signed {
    header: Contribution,
    leaf: Vec<u8>,
    salt: Salt,
    bytes: Vec<u8>,
}

impl World {
    /// A few members give something to a co-op; its node appends what was accepted, in shuffled order.
    pub(crate) fn submit(&mut self, of: usize) {
        let Some((feed, writer)) = self.collectives[of].data else { return };
        let Some(first) = self.raw(writer).map(|raw| raw.size(&feed)) else { return };
        if !self.nodes[writer].is_up() {
            return;
        }
        let mut records: Vec<(NewRecord, Option<Hash>)> = Vec::new();
        for _ in 0..self.rng.between(1, 3) {
            records.extend(self.one_submission(of));
        }
        self.rng.shuffle(&mut records);
        let place = |index: usize| RecordId { feed, index: first + index as u64 };
        let submissions: BTreeMap<Hash, RecordId> = records
            .iter()
            .enumerate()
            .filter(|(_, (_, submission))| submission.is_none())
            .map(|(at, (record, _))| (crate::checkers::merkle::leaf(&record.leaf), place(at)))
            .collect();
        let placed = records.into_iter().map(|(mut record, submission)| {
            if let (Some(body), Some(submission)) = (record.body.as_mut(), submission) {
                body.submission = submissions.get(&submission).copied();
            }
            record
        });
        let placed: Vec<NewRecord> = placed.collect();
        self.append(writer, feed, placed);
    }

    /// Returns a submission and its accepted items, each of these with the hash of the submission's leaf.
    fn one_submission(&mut self, of: usize) -> Vec<(NewRecord, Option<Hash>)> {
        let collective = self.collectives[of].id;
        let count = if self.rng.chance(15) { self.rng.between(200, 400) } else { self.rng.between(1, 6) };
        let base = self.truth.next_item();
        let items: Vec<Signed> = (base..base + count).map(|number| self.sign(of, number, count)).collect();
        let hashes = items.iter().map(|item| item_hash(&self.network_id, &item.salt, &item.leaf)).collect();
        let (key, consent) = (SecretKey::from_seed(&self.rng.bytes()), Hash(self.rng.bytes()));
        let time = self.clock(0) / 1000;
        let Ok(body) = SubmissionBody::sign(&self.network_id, &key, collective, consent, time, hashes) else {
            return Vec::new();
        };
        let sealed = SealedBody { salt: self.rng.bytes(), submission: None, bytes: body.encode() };
        let commitment = Commitment::to(&self.network_id, &sealed.salt, &sealed.bytes);
        let leaf = Leaf::Submission(Submission { commitment }, Extensions::default()).encode();
        let name = crate::checkers::merkle::leaf(&leaf);
        let mut records = Vec::new();
        for Signed { header, leaf: item, salt, bytes } in items {
            self.truth.receive(collective, header, &item, &leaf);
            // What a reviewer rejects stays in the waiting room, and is noise in the submission's list.
            if self.rng.chance(850) {
                let body = Some(SealedBody { salt, submission: None, bytes });
                records.push((NewRecord { leaf: item, body }, Some(name)));
            }
        }
        records.push((NewRecord { leaf, body: Some(sealed) }, None));
        records
    }

    fn sign(&mut self, of: usize, number: u64, siblings: u64) -> Signed {
        let length = match self.rng.below(1000) {
            0..=3 => 300_000,
            _ if siblings > 100 => 40,
            _ => 64 + self.rng.below(500),
        };
        let length = usize::try_from(length).unwrap_or(64);
        let bytes = marked_body(number, length, &mut self.rng);
        let salt: Salt = self.rng.bytes();
        let header = self.header(of, number, Commitment::to(&self.network_id, &salt, &bytes));
        let leaf = Leaf::Contribution(Box::new(header.clone()), Extensions::default()).encode();
        Signed { header, leaf, salt, bytes }
    }

    fn header(&mut self, of: usize, number: u64, commitment: Commitment) -> Contribution {
        let ancestors = self.ancestors(of);
        let kind =
            if ancestors.is_empty() { KINDS[self.rng.index(KINDS.len())] } else { ContributionKind::Derived };
        let stewards =
            if self.rng.chance(600) { self.collectives[of].stewards.clone() } else { BTreeSet::new() };
        let denied = Preferences { train: Preference::Deny, ..Preferences::UNSET };
        Contribution {
            kind,
            language: self.words.languages[self.rng.index(self.words.languages.len())],
            domain: self.words.domains[self.rng.index(self.words.domains.len())],
            tags: self.tags(),
            labelled: false,
            licence: self.words.licences[self.rng.index(self.words.licences.len())].clone(),
            preferences: if self.rng.chance(150) { denied } else { Preferences::UNSET },
            conditions: BTreeSet::new(),
            attribution: Attribution::Anonymous,
            tier: if self.rng.chance(250) { Tier::Gated } else { Tier::Public },
            regions: Regions::default(),
            importer: marked_importer(number),
            stewards,
            ancestors,
            commitment,
        }
    }

    /// A contribution that bears no mark, for feeds that nobody can vouch for.
    pub(crate) fn unmarked_leaf(&mut self) -> Vec<u8> {
        let commitment = Commitment { hash: Hash(self.rng.bytes()), bucket: 7 };
        let mut header = self.header(0, 0, commitment);
        (header.importer, header.kind) = (self.words.domains[0], ContributionKind::Chat);
        header.ancestors.clear();
        Leaf::Contribution(Box::new(header), Extensions::default()).encode()
    }

    fn tags(&mut self) -> BTreeSet<Slug> {
        if self.rng.chance(800) { BTreeSet::new() } else { BTreeSet::from([self.words.domains[0]]) }
    }

    /// One or two records that something is derived from, mostly none; intake refuses what was taken back.
    fn ancestors(&mut self, of: usize) -> BTreeSet<RecordId> {
        if self.rng.chance(880) {
            return BTreeSet::new();
        }
        let writer = self.collectives[of].data.map_or(0, |(_, writer)| writer);
        let known = &self.checkers.known[writer];
        let usable = |(id, _): &(&RecordId, _)| {
            let ranges = known.withdrawals.iter().flat_map(|withdrawal| &withdrawal.content.ranges);
            !self.truth.is_forked(&id.feed) && !ranges.into_iter().any(|range| range.contains(id))
        };
        let records: Vec<RecordId> = self.truth.appended().filter(usable).map(|(id, _)| *id).collect();
        (0..self.rng.between(1, 2)).filter_map(|_| self.rng.pick(&records).copied()).collect()
    }
}
