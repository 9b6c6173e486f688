//! Decisions of the valve on one core, over a thousand collectives with ten embargoes in force each.
//!
//! Its ceiling is what any answer takes: to find whose record it is. The same loop does that and nothing else.

mod headers;
mod world;

use std::collections::BTreeMap;
use std::hint::black_box;

use commonwheel_record::control::Rung;
use commonwheel_record::terms::Purpose;
use commonwheel_record::{PublicKey, RecordId};
use commonwheel_valve::{Asker, Record, Request, decide};

use crate::Failure;
use crate::cluster::cpu_seconds;
use crate::report::{Limit, Section};

use world::{COLLECTIVES, EMBARGOES, NOW, POSITIONS, World, node};

const DECISIONS: u64 = 4_000_000;
/// What a core must decide in a second.
const LEAST: f64 = 1_000_000.0;
/// Records that are asked for together: a page, as sync asks.
const PAGE: u64 = 256;
/// Rounds, of which the fastest counts: whatever shares the core's caches only makes one slower.
const ROUNDS: usize = 3;
/// A node of no collective.
const NOBODY: usize = usize::MAX;

/// Measures.
pub(crate) fn run(quick: bool) -> Result<Section, Failure> {
    let world = World::new()?;
    let count = if quick { DECISIONS / 10 } else { DECISIONS };
    let askers = [0, 1, NOBODY].map(|number| Asker::Peer(world.views.audience(&node(number))));
    let me = node(2);
    let decided = fastest(&world, &askers, count, &mut |record, request| {
        u64::from(decide(&world.views, &world.leases, &me, record, request, NOW).serves(Rung::Body))
    })?;
    let found = fastest(&world, &askers, count, &mut |record, _| {
        u64::from(world.views.owner_of(&record.id, record.manifest).is_some())
    })?;
    let mut section = Section::new("valve, one core");
    section.limited("decided", decided, "records/s", Limit::AtLeast(LEAST));
    section.figure("ceiling: whose record it is", found, "records/s");
    section.figure("decided, of that ceiling", decided / found, "×");
    section.note(format!(
        "{} embargoes in force over {COLLECTIVES} collectives: all variants, scopes, reaches and audiences.",
        COLLECTIVES * EMBARGOES
    ));
    section.note(format!("Answers by rule: {}.", answers(&world, &askers, &me)));
    Ok(section)
}

/// Answers a second of processor time, in the fastest of the rounds.
fn fastest(
    world: &World,
    askers: &[Asker],
    count: u64,
    answer: &mut dyn FnMut(&Record<'_>, &Request<'_>) -> u64,
) -> Result<f64, Failure> {
    let mut fastest = 0.0_f64;
    for _ in 0..ROUNDS {
        let start = cpu_seconds("self")?;
        let mut sum = 0;
        ask(world, askers, count, &mut |record, request| sum += answer(black_box(record), request));
        black_box(sum);
        fastest = fastest.max(count as f64 / (cpu_seconds("self")? - start));
    }
    Ok(fastest)
}

/// Asks for pages of feeds in no order that helps, for each asker and purpose in turn.
fn ask(world: &World, askers: &[Asker], count: u64, answer: &mut dyn FnMut(&Record<'_>, &Request<'_>)) {
    let purposes = [Purpose::Replicate, Purpose::Train];
    for page in 0..count.div_ceil(PAGE) {
        let turn = page as usize;
        let coop = &world.coops[turn.wrapping_mul(7_919) % COLLECTIVES];
        let audience = &askers[turn % askers.len()];
        let request = Request { audience, purpose: purposes[turn / 3 % 2], rung: Rung::Body };
        let first = page.wrapping_mul(104_729);
        for place in 0..PAGE.min(count - page * PAGE) {
            let index = (first + place) % POSITIONS;
            let id = RecordId { feed: coop.feed, index };
            let record = Record::new(id, &coop.manifest, Some(coop.header(index)));
            answer(&record, &request);
        }
    }
}

/// How the answers fall, in per cent by the rule that matched.
fn answers(world: &World, askers: &[Asker], me: &PublicKey) -> String {
    const SAMPLE: u64 = 200_000;
    let mut rules: BTreeMap<u8, u64> = BTreeMap::new();
    ask(world, askers, SAMPLE, &mut |record, request| {
        let decision = decide(&world.views, &world.leases, me, record, request, NOW);
        *rules.entry(decision.because.rule()).or_default() += 1;
    });
    let shares = rules.iter().map(|(rule, met)| format!("{rule}: {} %", met * 100 / SAMPLE));
    shares.collect::<Vec<_>>().join(", ")
}
