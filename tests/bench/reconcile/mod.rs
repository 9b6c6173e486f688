//! Bytes and round trips by which a node finds out what a peer has that it has not.
//!
//! ```text
//!   server (F feeds, K of them changed) ──── asker (F feeds, remembers the server)
//! ```
//!
//! Both are in memory. Gossip is not carried, so that what is counted is anti-entropy alone.

mod feeds;
mod pair;
mod traffic;

use crate::Failure;
use crate::report::{Limit, Section};

use feeds::Federation;
use pair::Pair;
use traffic::Traffic;

const FEEDS: [usize; 3] = [1_000, 10_000, 100_000];
const CHANGED: [usize; 4] = [0, 1, 10, 100];
/// What either side may say where nothing changed, in bytes.
const QUIET_BYTES: f64 = 200.0;
/// What each changed feed may add, its head aside.
const BYTES_PER_CHANGE: f64 = 6.0;

/// Measures, giving each section as soon as it is complete.
pub(crate) fn run(quick: bool, mut add: impl FnMut(Section)) -> Result<(), Failure> {
    let sizes = if quick { &FEEDS[..2] } else { &FEEDS[..] };
    sizes.iter().try_for_each(|feeds| {
        add(section(*feeds)?);
        Ok(())
    })
}

fn section(feeds: usize) -> Result<Section, Failure> {
    let mut section = Section::new(format!("reconcile, {feeds} feeds"));
    let mut federation = Federation::found(feeds)?;
    let mut pair = Pair::new(&mut federation)?;
    let first = pair.meet()?;
    section.figure("first list: received", first.heads.received as f64, "B");
    section.figure("first list: round trips", first.heads.requests as f64, "");
    for changed in CHANGED {
        pair.change(&federation, changed)?;
        let traffic = pair.compare()?;
        if traffic.told != changed as u64 {
            return Err(format!("{changed} feeds changed and {} were told", traffic.told).into());
        }
        figures(&mut section, changed, &traffic);
    }
    section.note(
        "Sent and received: hello and heads; a head's size, root and signature, as encoded, are set aside.",
    );
    section.note("Then each changed feed has its proof and its new records asked for, counted apart.");
    Ok(section)
}

fn figures(section: &mut Section, changed: usize, traffic: &Traffic) {
    let limit = Limit::AtMost(QUIET_BYTES + BYTES_PER_CHANGE * changed as f64);
    let received = traffic.found_out_received() as f64;
    section.limited(format!("K = {changed}: sent"), traffic.found_out_sent() as f64, "B", limit);
    section.limited(format!("K = {changed}: received, heads aside"), received, "B", limit);
    let round_trips = traffic.hello.requests + traffic.heads.requests;
    section.figure(format!("K = {changed}: round trips"), round_trips as f64, "");
    if changed > 0 {
        let after = traffic.others.sent + traffic.others.received;
        section.figure(format!("K = {changed}: proofs and records"), after as f64, "B");
        section.figure(format!("K = {changed}: requests for them"), traffic.others.requests as f64, "");
    }
}
