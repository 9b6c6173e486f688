//! The benchmarks: figures, the limits they are measured against, and the ratio of the two.
//!
//! Nothing here fails for being slow: a run ends well if everything was measured. What each figure means and how it is
//! taken is in `docs/internals/benchmarks.md`.
#![expect(clippy::print_stdout, reason = "printing is what it is for")]

mod catch_up;
mod cluster;
mod coop;
mod corpus;
mod embargo;
mod reconcile;
mod report;
mod valve;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};

use crate::report::{Report, Section};

/// Whatever kept a figure from being taken, for the operator to read.
type Failure = Box<dyn Error + Send + Sync>;

/// What to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum What {
    /// A mirror fetches a million records from one peer.
    CatchUp,
    /// Bytes and round trips to find out what differs.
    Reconcile,
    /// Memory of a mirror that catches up, and bytes on disk.
    Memory,
    /// From the declaration of a strike to the last node's refusal.
    Embargo,
    /// Decisions of the valve, with ten thousand embargoes in force.
    Valve,
    /// Everything.
    All,
}

/// Measures Commonwheel and prints figures, limits and ratios.
#[derive(Debug, Parser)]
#[command(name = "bench")]
struct Args {
    /// What to measure.
    #[arg(value_enum, default_value = "all")]
    what: What,
    /// Measures less, in a fraction of the time: 50,000 records, 10 strikes, up to 10,000 feeds.
    #[arg(long)]
    quick: bool,
    /// Prints one JSON object instead of tables.
    #[arg(long)]
    json: bool,
    /// Catches up with submissions of this many items only; may be given several times.
    #[arg(long, value_name = "ITEMS")]
    items: Vec<usize>,
    /// The `commonwheel` binary whose processes are measured; by default the one beside this program.
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
    /// Fetches this many records instead.
    #[arg(long, value_name = "COUNT")]
    records: Option<u64>,
    /// Where data directories are made and removed again; it needs some 8 GB for all settings.
    #[arg(long, value_name = "DIR", default_value_os_t = std::env::temp_dir())]
    dir: PathBuf,
}

impl Args {
    fn measures(&self, what: What) -> bool {
        self.what == what || self.what == What::All
    }
}

fn main() -> ExitCode {
    let args = Args::parse();
    match measure(&args) {
        Ok(report) => {
            println!("{}", if args.json { report.to_json() } else { report.to_string() });
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn measure(args: &Args) -> Result<Report, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut report = Report::new();
    if args.measures(What::CatchUp) || args.measures(What::Memory) {
        let binary = binary(args)?;
        let options = catch_up::Options {
            quick: args.quick,
            items: args.items.clone(),
            records: args.records,
            rate: args.measures(What::CatchUp),
            memory: args.measures(What::Memory),
        };
        catch_up::run(&runtime, &options, &binary, &args.dir, |section| add(args, &mut report, section))?;
    }
    if args.measures(What::Reconcile) {
        reconcile::run(args.quick, |section| add(args, &mut report, section))?;
    }
    if args.measures(What::Valve) {
        add(args, &mut report, valve::run(args.quick)?);
    }
    if args.measures(What::Embargo) {
        let section = runtime.block_on(embargo::run(args.quick, &binary(args)?, &args.dir))?;
        add(args, &mut report, section);
    }
    Ok(report)
}

/// Keeps a section; says on standard error that it is done, since the whole takes minutes.
fn add(args: &Args, report: &mut Report, section: Section) {
    if args.json {
        eprintln!("measured: {}", section.title);
    }
    report.sections.push(section);
}

fn binary(args: &Args) -> Result<PathBuf, Failure> {
    let beside = || Ok::<_, Failure>(std::env::current_exe()?.with_file_name("commonwheel"));
    let path = args.binary.clone().map_or_else(beside, Ok)?;
    if path.is_file() {
        Ok(path)
    } else {
        Err(format!("{} is absent; run: cargo build --release -p commonwheel", path.display()).into())
    }
}
