//! From the declaration of a strike to the last of eight nodes' refusal.
//!
//! ```text
//!   0 ── 1 ── 2 ── 3
//!   │ \          / │      node 0 is the co-op, the others mirrors; each dials its neighbour
//!   │   \      /   │      on the ring and the one opposite
//!   7 ── 6 ── 5 ── 4
//! ```
//!
//! An outsider under a key that nobody knows asks every node for one covered body, again and again. The clock runs from
//! the start of the call that declares until the last node answers `withheld`.

mod mesh;
mod outsider;

use std::path::Path;
use std::time::{Duration, Instant};

use commonwheel_api::types::{StrikeDeclareRequest, StrikeLiftRequest};
use commonwheel_record::RecordId;
use commonwheel_record::control::{LiftReason, Variant};

use crate::Failure;
use crate::report::{Limit, Section};

use mesh::{Mesh, NODES};
use outsider::{Answer, Outsider};

const ROUNDS: usize = 40;
const QUICK: usize = 10;
/// What all but one of a hundred strikes should take at most, in milliseconds.
const MOST: f64 = 250.0;
/// Between two strikes, so that what the last one set off is over.
const PAUSE: Duration = Duration::from_millis(300);

/// One strike.
#[derive(Clone, Copy, Debug)]
struct Round {
    /// Until the declaring call was answered.
    declared: Duration,
    /// Until the last node refused.
    refused: Duration,
}

/// Measures.
pub(crate) async fn run(quick: bool, binary: &Path, dir: &Path) -> Result<Section, Failure> {
    let root = tempfile::Builder::new().prefix("commonwheel-bench-").tempdir_in(dir)?;
    let mut mesh = Mesh::start(binary, root.path()).await?;
    let mut outsider = Outsider::connect(&mesh.addresses()).await?;
    let record = mesh.record();
    outsider.until(record, Answer::Body).await?;
    let mut rounds = Vec::new();
    for _ in 0..if quick { QUICK } else { ROUNDS } {
        rounds.push(round(&mesh, &mut outsider, record).await?);
    }
    mesh.stop().await?;
    Ok(section(&rounds))
}

async fn round(mesh: &Mesh, outsider: &mut Outsider, record: RecordId) -> Result<Round, Failure> {
    tokio::time::sleep(PAUSE).await;
    let start = Instant::now();
    let declare = async {
        let answer = mesh.coop().call(pause()).await?;
        Ok::<_, Failure>((answer.id, start.elapsed()))
    };
    let ((embargo, declared), last) = tokio::try_join!(declare, outsider.until(record, Answer::Withheld))?;
    let lift = StrikeLiftRequest {
        embargo,
        scope: None,
        reason: LiftReason::Settled,
        settlement: None,
        mandate: None,
    };
    mesh.coop().call(lift).await?;
    outsider.until(record, Answer::Body).await?;
    Ok(Round { declared, refused: last - start })
}

fn pause() -> StrikeDeclareRequest {
    StrikeDeclareRequest {
        variant: Some(Variant::Pause),
        demand: "a fair share".to_owned(),
        ..StrikeDeclareRequest::default()
    }
}

fn section(rounds: &[Round]) -> Section {
    let mut section = Section::new(format!("embargo, {NODES} nodes on loopback, {} strikes", rounds.len()));
    let refused = sorted(rounds.iter().map(|round| round.refused));
    let declared = sorted(rounds.iter().map(|round| round.declared));
    section.limited("declared to the last refusal, p99", at(&refused, 0.99), "ms", Limit::AtMost(MOST));
    section.figure("declared to the last refusal, p50", at(&refused, 0.5), "ms");
    section.figure("declared to the last refusal, most", at(&refused, 1.0), "ms");
    section.figure("call that declares, p50", at(&declared, 0.5), "ms");
    section.note(format!(
        "Seen by direct requests of an outsider, each node asked again {} ms after its answer.",
        outsider::ASK_AGAIN.as_millis()
    ));
    section
}

/// Milliseconds, ascending.
fn sorted(durations: impl Iterator<Item = Duration>) -> Vec<f64> {
    let mut millis: Vec<f64> = durations.map(|duration| duration.as_secs_f64() * 1e3).collect();
    millis.sort_by(f64::total_cmp);
    millis
}

/// Returns the smallest value that this part of all values does not exceed.
fn at(sorted: &[f64], part: f64) -> f64 {
    let rank = (part * sorted.len() as f64).ceil().max(1.0) as usize;
    sorted.get(rank - 1).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let values: Vec<f64> = (1..=40).map(f64::from).collect();
        assert_eq!([0.5, 0.99, 1.0].map(|part| at(&values, part)), [20.0, 40.0, 40.0]);
        assert_eq!(at(&[7.0], 0.5), 7.0);
    }
}
