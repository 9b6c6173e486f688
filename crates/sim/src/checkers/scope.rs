//! I11: what a collective rules changes no served byte of a record that is not its own, unless by steward or affiliation.

use std::collections::BTreeMap;

use commonwheel_collective::Audience;
use commonwheel_ledger::mem::{MemGuard, MemStore};
use commonwheel_ledger::publish::{append_own, publish};
use commonwheel_ledger::store::Store as _;
use commonwheel_record::control::{
    Content, Embargo, Range, Reach, Release, ReleaseMode, Rung, Subject, Variant, Withdrawal, WithdrawalClass,
};
use commonwheel_record::manifest::Purpose;
use commonwheel_record::terms::{Condition, Licence};
use commonwheel_record::{Cut, FeedId, PublicKey, RecordId, SecretKey};
use commonwheel_sync::{Config, Sync};
use commonwheel_valve::{Asker, Decision};

use crate::attacks::total_embargo;
use crate::collective::{Articles, Collective, encode};
use crate::mutant::Mutant;
use crate::rng::Rng;
use crate::world::World;

/// Records compared at most.
const MAX_COMPARED: usize = 40;

type Answers = BTreeMap<(RecordId, PublicKey), Option<Decision>>;

impl World {
    /// Lets a stranger rule over everything on a copy of a node's disk, and compares what the copy would serve.
    pub(crate) fn check_scope(&mut self) {
        let honest: Vec<usize> = (0..self.nodes.len()).filter(|node| self.nodes[*node].honest).collect();
        let Some(node) = self.rng.pick(&honest).copied() else { return };
        let Some(before) = self.raw(node).cloned() else { return };
        let mut after = before.clone();
        let mut rng = self.rng.split();
        if let Err(error) = self.let_a_stranger_rule(&mut after, &mut rng) {
            self.checkers.report("I11", self.queue.now(), format!("the stranger could not rule: {error}"));
            return;
        }
        let config = self.nodes[node].config.clone();
        let (before, after) = (self.answers(&config, before), self.answers(&config, after));
        let changed = before.iter().find(|((id, peer), answer)| {
            after.get(&(*id, *peer)) != Some(answer) && self.knows_owners(node, id)
        });
        if let Some(((id, peer), answer)) = changed {
            let (now, then) = (self.now(), after.get(&(*id, *peer)));
            let what =
                format!("a stranger's rulings change what node {node} serves {} of {id:?}", peer.short());
            self.checkers.report("I11", now, format!("{what}: {answer:?}, then {then:?}"));
        }
    }

    /// Of an ancestor in a feed whose manifest is not held, everyone who delegates the feed counts as its owner: the
    /// valve would rather close too much there than too little.
    fn knows_owners(&self, node: usize, id: &RecordId) -> bool {
        let Some(item) = self.truth.item_at(id) else { return false };
        let known = |id: &RecordId| self.raw(node).is_some_and(|raw| raw.manifest(&id.feed).is_some());
        item.header.ancestors.iter().all(known)
    }

    /// Asks a node over a disk about bodies, on behalf of everybody.
    fn answers(&self, config: &Config, disk: MemStore) -> Answers {
        let mut answers = Answers::new();
        let Ok(mut probe) = Sync::new(self.time(), config.clone(), disk) else { return answers };
        for (id, _) in self.truth.appended().take(MAX_COMPARED) {
            for node in &self.nodes {
                let audience: Audience = probe.views().audience(&node.me);
                let asker = Asker::Peer(audience);
                let answer = probe.why(self.time(), *id, &asker, node.config.purpose, Rung::Body);
                answers.insert((*id, node.me), answer.ok().flatten());
            }
        }
        answers
    }

    /// Founds a collective on the disk that claims every data feed, and closes, opens and takes back everything.
    fn let_a_stranger_rule(&self, disk: &mut MemStore, rng: &mut Rng) -> Result<(), String> {
        if self.options.mutant == Some(Mutant::ObeysStrangers) {
            return self.let_an_owner_rule(disk);
        }
        let licences = &self.words.licences;
        let mut stranger = Collective::draw(rng, self.network_id, Articles::plain("Stranger", &licences[0]));
        let key = SecretKey::from_seed(&rng.bytes());
        let founding = stranger.found(0, &key, &[]);
        let mut leaves: Vec<Vec<u8>> =
            founding.first.iter().map(|written| encode(written.control.clone())).collect();
        for (feed, _) in self.truth.feeds.iter().filter(|(_, of)| of.manifest.purpose == Purpose::Data) {
            leaves.push(encode(stranger.delegation(Subject::Feed(*feed))));
            leaves.extend(greed(*feed, licences).into_iter().map(|content| stranger.rule(content)));
        }
        disk.create(&founding.manifest).map_err(|error| error.to_string())?;
        write(disk, &founding.manifest.id(), &founding.key, &leaves)
    }

    /// The same rulings with the authority they lack, for the mutant: every answer may change.
    fn let_an_owner_rule(&self, disk: &mut MemStore) -> Result<(), String> {
        for owner in self.collectives.iter().filter(|owner| owner.honest) {
            let (Some((data, _)), Some((control, writer))) = (owner.data, owner.control.first()) else {
                continue;
            };
            let Some(key) = self.nodes[*writer].writers.get(control) else { continue };
            let leaves: Vec<Vec<u8>> =
                greed(data, &self.words.licences).into_iter().map(|content| owner.rule(content)).collect();
            if disk.size(control) > 0 {
                write(disk, control, key, &leaves)?;
            }
        }
        Ok(())
    }
}

fn write(disk: &mut MemStore, feed: &FeedId, key: &SecretKey, leaves: &[Vec<u8>]) -> Result<(), String> {
    append_own(disk, feed, leaves).map_err(|error| error.to_string())?;
    publish(disk, &mut MemGuard::default(), key, feed).map(drop).map_err(|error| error.to_string())
}

/// Everything that would change what is served of a feed, were it the feed's owner's.
fn greed(feed: FeedId, licences: &[Licence]) -> Vec<Content> {
    let ranges = || vec![Range { feed, start: 0, end: u64::MAX }];
    let open = |licence: &Licence| {
        let (licence, mode) = (licence.clone(), ReleaseMode::Open);
        Content::Release(Release { licence, mode, ranges: ranges(), dated_by: None })
    };
    let mut greed: Vec<Content> = licences.iter().map(open).collect();
    greed.push(Content::Withdrawal(Withdrawal {
        ranges: ranges(),
        class: WithdrawalClass::PersonalData,
        rung: Rung::Commitment,
        cut: Cut::default(),
        member: None,
    }));
    for variant in [
        Variant::Pause,
        Variant::QualityFreeze,
        Variant::EvaluationOnly,
        Variant::PreferenceShift(Condition::Pay),
        Variant::RateLimit(0),
    ] {
        let reach = if variant == Variant::Pause { Reach::All } else { Reach::New };
        greed.push(Content::Embargo(Box::new(Embargo { variant, reach, ..total_embargo() })));
    }
    greed
}
