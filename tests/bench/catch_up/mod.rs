//! A mirror process fetches everything from one peer process over loopback TCP, verified and fsynced.
//!
//! ```text
//!   co-op (N contributions, released) ──── mirror (empty)
//! ```

mod fetch;
mod memory;
mod stages;

use std::path::Path;

use tokio::runtime::Runtime;

use crate::Failure;
use crate::report::{Limit, Section, cores};

use fetch::{Fetched, Setting};
use stages::Stages;

/// Contributions fetched, and with `--quick`.
const CONTRIBUTIONS: u64 = 1_000_000;
const QUICK: u64 = 50_000;
/// Contributions in a submission.
const ITEMS: [usize; 3] = [1, 16, 256];
/// What a second should bring where a submission holds 256.
const LEAST_RATE: f64 = 200_000.0;

/// What to measure of catching up.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) quick: bool,
    /// Submission sizes; the usual ones if empty.
    pub(crate) items: Vec<usize>,
    /// How many records to fetch; the usual number if none.
    pub(crate) records: Option<u64>,
    /// Whether the rate is asked for.
    pub(crate) rate: bool,
    /// Whether memory and disk are asked for.
    pub(crate) memory: bool,
}

/// Measures, giving each section as soon as it is complete.
pub(crate) fn run(
    runtime: &Runtime,
    options: &Options,
    binary: &Path,
    dir: &Path,
    mut add: impl FnMut(Section),
) -> Result<(), Failure> {
    let root = tempfile::Builder::new().prefix("commonwheel-bench-").tempdir_in(dir)?;
    let mut fetched = Vec::new();
    for setting in settings(options) {
        let place = root.path().join(format!("items-{}", setting.items));
        std::fs::create_dir(&place)?;
        let found = runtime.block_on(fetch::fetch(binary, &place, setting))?;
        if options.rate {
            let stages = runtime.block_on(stages::measure(setting, &place))?;
            add(rate(setting, &found, &stages));
        }
        // Nothing is removed before the end: for some minutes ext4 looks through all that was deleted for every file that it
        // creates, which would take a third of the mirror's time.
        fetched.push((setting, found));
    }
    if options.memory {
        fetched.iter().for_each(|(setting, found)| add(memory::section(*setting, found)));
    }
    Ok(())
}

fn settings(options: &Options) -> Vec<Setting> {
    let all: &[usize] = if options.rate { &ITEMS } else { &ITEMS[2..] };
    let sizes = if options.items.is_empty() { all } else { &options.items };
    let usual = if options.quick { QUICK } else { CONTRIBUTIONS };
    let contributions = options.records.unwrap_or(usual);
    sizes.iter().map(|items| Setting { items: *items, contributions }).collect()
}

fn rate(setting: Setting, found: &Fetched, stages: &Stages) -> Section {
    let Setting { items, contributions } = setting;
    let count = contributions as f64;
    let mut section = Section::new(format!("catch-up, {contributions} records in submissions of {items}"));
    let rate = count / found.seconds;
    match items {
        256 => section.limited("fetched, verified, fsynced", rate, "records/s", Limit::AtLeast(LEAST_RATE)),
        _ => section.figure("fetched, verified, fsynced", rate, "records/s"),
    }
    section.figure("time, from the mirror's start", found.seconds, "s");
    section.figure("processor, serving end", found.server_cpu / count * 1e6, "µs/record");
    section.figure("processor, mirror", found.mirror_cpu / count * 1e6, "µs/record");
    section.figure("alone: transport, 256 KiB replies", stages.transport.rate, "records/s");
    section.figure("alone: decode + hash, a core", stages.decode.rate, "records/s");
    section.figure("alone: sequential write + fdatasync", stages.write.rate, "records/s");
    section.figure("alone: opening submissions, a core", stages.open.rate * items as f64, "records/s");
    section.figure("alone: verify_strict, a core", stages.verify.rate, "signatures/s");
    let ceiling = stages.ceiling(items, cores());
    section.figure("ceiling of the stages together", ceiling, "records/s");
    section.figure("fetched, of that ceiling", rate / ceiling, "×");
    section.note(format!(
        "A record is a contribution: a header of 300 B, a body of 600 B with its salt; {} leaves in all.",
        found.leaves
    ));
    section
}
