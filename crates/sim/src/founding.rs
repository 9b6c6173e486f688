//! How the collectives of a run are founded: their charters, rolls and feeds.

use std::collections::BTreeSet;

use commonwheel_collective::UNFOUNDED;
use commonwheel_record::control::{Ratio, Rules, VoteWeight};
use commonwheel_record::manifest::{FeedAudience, Manifest, Purpose};
use commonwheel_record::{CollectiveId, FeedId, NetworkId, PublicKey, SecretKey};

use crate::cast::{Part, Words};
use crate::collective::{Articles, Collective, NewFeed};
use crate::rng::Rng;

/// Control feeds of a co-op beside its own, at most.
const MAX_CARRIED: usize = 2;

/// What founding begins with.
#[derive(Debug)]
pub(crate) struct Ground<'a> {
    pub(crate) network: NetworkId,
    pub(crate) parts: &'a [Part],
    /// By node: the key that peers know it by.
    pub(crate) keys: &'a [PublicKey],
    /// By node: the key it signs heads with, its own feeds' and, as a witness, those of others.
    pub(crate) writers: &'a [SecretKey],
    pub(crate) words: &'a Words,
}

/// What comes of it.
#[derive(Debug, Default)]
pub(crate) struct Founded {
    pub(crate) collectives: Vec<Collective>,
    /// By node: the number of its own collective.
    pub(crate) homes: Vec<Option<usize>>,
    /// All feeds, in the order of their creation.
    pub(crate) feeds: Vec<NewFeed>,
}

impl Ground<'_> {
    /// Founds every collective.
    pub(crate) fn found(&self, rng: &mut Rng) -> Founded {
        let mut founded = Founded { homes: vec![None; self.parts.len()], ..Founded::default() };
        // Unions first, since the charters of co-ops name them.
        let mut order: Vec<usize> = (0..self.parts.len()).collect();
        order.sort_by_key(|number| self.parts[*number] != Part::Union);
        let mut unions = BTreeSet::new();
        for number in order {
            if !matches!(self.parts[number], Part::Mirror { lab: false } | Part::Spare) {
                self.found_one(rng, number, &mut unions, &mut founded);
            }
        }
        founded
    }

    fn found_one(
        &self,
        rng: &mut Rng,
        number: usize,
        unions: &mut BTreeSet<CollectiveId>,
        founded: &mut Founded,
    ) {
        let part = self.parts[number];
        let is_coop = matches!(part, Part::Coop | Part::Equivocator);
        let carriers = if part == Part::Coop { self.carriers(rng, number) } else { Vec::new() };
        let mut articles = self.articles(rng, number, &carriers);
        if is_coop && rng.chance(700) {
            articles.stewards.clone_from(unions);
        }
        let mut collective = Collective::draw(rng, self.network, articles);
        let nodes: Vec<PublicKey> = own_nodes(self.parts, number).map(|node| self.keys[node]).collect();
        let mut founding = collective.found(number, &self.writers[number], &nodes);
        let mut further = Vec::new();
        if is_coop {
            let key = &self.writers[number];
            further.push(collective.delegate(&mut founding, number, key, Purpose::Data));
        }
        for carrier in carriers {
            let key = &self.writers[carrier];
            further.push(collective.delegate(&mut founding, carrier, key, Purpose::Control));
        }
        if matches!(part, Part::Coop | Part::Union) {
            founding.first.extend(collective.gather(rng, &self.network));
        }
        if part == Part::Union {
            unions.insert(collective.id);
        }
        collective.honest = !matches!(part, Part::Liar | Part::Equivocator | Part::Pretender);
        own_nodes(self.parts, number).for_each(|node| founded.homes[node] = Some(founded.collectives.len()));
        founded.feeds.push(founding);
        founded.feeds.extend(further);
        founded.collectives.push(collective);
    }

    fn articles(&self, rng: &mut Rng, number: usize, carriers: &[usize]) -> Articles {
        let part = self.parts[number];
        let mut articles = Articles::plain(&format!("{part:?} {number}"), &self.words.licences[0]);
        if !matches!(part, Part::Coop | Part::Union) {
            return articles;
        }
        let own = self.first_feed(number);
        articles.release_feed = rng.chance(800).then_some(own);
        articles.witnesses = self.witnesses(rng, number);
        if rng.chance(600) {
            articles.liveness.insert(self.keys[number]);
            articles.liveness.extend(carriers.iter().filter(|_| rng.chance(500)).map(|at| self.keys[*at]));
        }
        articles.rules = rules(rng);
        articles
    }

    /// The first control feed of a node's own collective: its name is known before the collective's.
    fn first_feed(&self, number: usize) -> FeedId {
        let (network, audience, writer) = (self.network, FeedAudience::Public, self.writers[number].public());
        let (collective, purpose) = (UNFOUNDED, Purpose::Control);
        Manifest { version: 1, collective, purpose, audience, writer, network, prologue: None }.id()
    }

    /// Nodes that witness a collective's feeds; most are honest, and its own may be one.
    fn witnesses(&self, rng: &mut Rng, number: usize) -> BTreeSet<PublicKey> {
        let trusted = |part: &Part| !matches!(part, Part::Equivocator | Part::Spare);
        let mut able: Vec<usize> =
            (0..self.parts.len()).filter(|at| *at != number && trusted(&self.parts[*at])).collect();
        rng.shuffle(&mut able);
        able.sort_by_key(|at| self.parts[*at] == Part::Liar);
        able.truncate(rng.index(4));
        able.extend(rng.chance(200).then_some(number));
        able.into_iter().map(|at| self.writers[at].public()).collect()
    }

    /// Others who carry further control feeds of a co-op: a partner, its union, or a liar.
    fn carriers(&self, rng: &mut Rng, number: usize) -> Vec<usize> {
        let may = |part: Part| matches!(part, Part::Coop | Part::Union | Part::Liar);
        let mut able: Vec<usize> =
            (0..self.parts.len()).filter(|at| *at != number && may(self.parts[*at])).collect();
        rng.shuffle(&mut able);
        able.truncate(rng.index(MAX_CARRIED + 1));
        able
    }
}

/// The nodes that a collective delegates: its own, and the spare one for the first co-op.
fn own_nodes(parts: &[Part], number: usize) -> impl Iterator<Item = usize> {
    let spare = parts.iter().position(|part| *part == Part::Spare).filter(|_| number == 0);
    std::iter::once(number).chain(spare)
}

/// Draws rules of strikes.
pub(crate) fn rules(rng: &mut Rng) -> Rules {
    let ratio = |rng: &mut Rng, of: &[(u32, u32)]| {
        let (over, under) = rng.pick(of).copied().unwrap_or((1, 2));
        Ratio { over, under }
    };
    let notice_days = u32::from(rng.chance(150));
    Rules {
        mandate_required: rng.chance(450),
        vote_weight: if rng.chance(300) { VoteWeight::Shares } else { VoteWeight::Member },
        vote_cap: if rng.chance(500) { 3 } else { 100 },
        turnout: ratio(rng, &[(0, 1), (1, 2), (2, 3)]),
        majority: ratio(rng, &[(1, 2), (1, 2), (2, 3)]),
        support_floor: ratio(rng, &[(0, 1), (0, 1), (2, 5)]),
        abstentions_count: rng.chance(700),
        secret_ballots: rng.chance(250),
        petition: u32::from(rng.chance(600)) * 2,
        grace_hours: if rng.chance(500) { 1 } else { 24 },
        lift_by_ballot: rng.chance(300),
        notice_days,
        mandate_days: notice_days + if rng.chance(450) { 1 } else { 365 },
        emergency_hours: if rng.chance(500) { 72 } else { 0 },
        retention_days: if rng.chance(600) { 1 } else { 365 },
        ..Rules::default()
    }
}
