//! `charter new`: a charter and its bylaws, from a preset, a file of answers, flags and questions.

use std::collections::BTreeSet;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::super::error::CliError;
use super::super::exit::Exit;
use super::super::session::Session;
use super::super::table::Facts;
use super::super::{out, read_text};
use super::questions::Questions;
use super::source;
use crate::charter::check::problems;
use crate::charter::preset::Preset;
use crate::charter::{Document, bylaws, field, file};

/// Writes a charter and its bylaws. What neither a preset, nor answers, nor flags say is asked in plain language; with
/// --yes the defaults hold instead.
#[derive(Debug, Args)]
pub(in crate::cli) struct NewArgs {
    /// Where charter.toml and bylaws.md are written
    #[arg(long, default_value = ".", value_name = "DIR")]
    out: PathBuf,
    /// Rules to begin with: simple, uk-2016, uk-2016-important, uk-2026, worker-coop or consumer-coop; named after
    /// laws and kinds of co-ops, and no promise to comply with any
    #[arg(long, value_name = "NAME", value_parser = preset)]
    preset: Option<Preset>,
    /// A file with answers: a charter.toml, or a part of one
    #[arg(long, value_name = "FILE")]
    answers: Option<PathBuf>,
    #[command(flatten)]
    common: CommonArgs,
    /// Any value by its name in the file, such as votes.grace-hours=48; may be repeated
    #[arg(long = "set", value_name = "NAME=VALUE")]
    set: Vec<String>,
    /// Ask nothing
    #[arg(long)]
    yes: bool,
    /// Write a charter that works against itself all the same
    #[arg(long)]
    force: bool,
    /// Replace files that are there already
    #[arg(long)]
    overwrite: bool,
}

/// The values that are set most often.
#[derive(Debug, Args)]
struct CommonArgs {
    /// The collective's name
    #[arg(long)]
    name: Option<String>,
    /// Whether a strike needs a ballot: yes or no
    #[arg(long, value_name = "YES|NO")]
    ballot_required: Option<String>,
    /// The part of all votes that must be cast, such as 1/2
    #[arg(long, value_name = "RATIO")]
    turnout: Option<String>,
    /// The part of the yes and no votes that yes must exceed
    #[arg(long, value_name = "RATIO")]
    majority: Option<String>,
    /// The part of all votes that must be yes
    #[arg(long, value_name = "RATIO")]
    support_floor: Option<String>,
    /// How many members may call a ballot
    #[arg(long, value_name = "MEMBERS")]
    petition: Option<String>,
    /// Days between ballot and strike
    #[arg(long, value_name = "DAYS")]
    notice_days: Option<String>,
    /// Days a mandate lasts
    #[arg(long, value_name = "DAYS")]
    mandate_days: Option<String>,
    /// The default licence, an SPDX expression
    #[arg(long, visible_alias = "license", value_name = "SPDX")]
    licence: Option<String>,
    /// Partners' nodes that witness, by their writer keys, separated by commas
    #[arg(long, value_name = "KEYS")]
    witnesses: Option<String>,
    /// Collectives that contributions may name as stewards, separated by commas
    #[arg(long, value_name = "IDS")]
    stewards: Option<String>,
}

impl CommonArgs {
    /// Returns what is given, by its name in the file.
    fn given(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [
            ("name", &self.name),
            ("strikes.ballot-required", &self.ballot_required),
            ("votes.turnout", &self.turnout),
            ("votes.majority", &self.majority),
            ("votes.support-floor", &self.support_floor),
            ("votes.petition", &self.petition),
            ("strikes.notice-days", &self.notice_days),
            ("strikes.mandate-days", &self.mandate_days),
            ("terms.licence", &self.licence),
            ("keys.witnesses", &self.witnesses),
            ("keys.stewards", &self.stewards),
        ]
        .into_iter()
        .filter_map(|(path, value)| Some((path, value.as_deref()?)))
    }
}

fn preset(name: &str) -> Result<Preset, String> {
    name.parse().map_err(|_| {
        let names: Vec<&str> = Preset::ALL.into_iter().map(Preset::name).collect();
        format!("expected one of {}", names.join(", "))
    })
}

pub(super) fn run(session: &Session, args: &NewArgs) -> Result<(), CliError> {
    let files = [args.out.join("charter.toml"), args.out.join("bylaws.md")];
    if let Some(file) = files.iter().find(|file| file.exists() && !args.overwrite) {
        let message = format!("{} exists already", file.display());
        let fix = "name another directory with --out, or replace it with --overwrite";
        return Err(CliError::new(Exit::Configuration, "exists", message, fix));
    }
    let mut document = Document::default();
    if let Some(preset) = args.preset {
        document.rules = preset.rules();
    }
    let given = answered(args, &mut document)?;
    let forced = if args.yes { args.force } else { ask(args, &mut document, &given)? };
    source::check(&document, forced)?;
    write(&args.out, &files, &document, args.overwrite)?;
    tell(session, &files, &document)
}

/// Takes what answers and flags say; returns the names of what they said.
fn answered(args: &NewArgs, document: &mut Document) -> Result<BTreeSet<String>, CliError> {
    let mut given = BTreeSet::new();
    if let Some(answers) = &args.answers {
        given.extend(file::read_some(answers, &read_text(answers)?, document)?);
    }
    for (path, value) in args.common.given() {
        set(document, path, value)?;
        given.insert(path.to_owned());
    }
    for assignment in &args.set {
        let (path, value) = assignment.split_once('=').ok_or_else(|| {
            CliError::usage(
                format!("--set {assignment} sets nothing"),
                "write it like --set votes.grace-hours=48",
            )
        })?;
        set(document, path.trim(), value.trim())?;
        given.insert(path.trim().to_owned());
    }
    Ok(given)
}

fn set(document: &mut Document, path: &str, value: &str) -> Result<(), CliError> {
    let Some((_, field)) = field::find(path) else {
        let paths: Vec<String> = field::all().map(|(section, field)| section.path(field)).collect();
        let message = format!("a charter has no value `{path}`");
        return Err(CliError::usage(message, format!("set one of {}", paths.join(", "))));
    };
    let put = field.place.put(document, &field.place.typed(value));
    put.map_err(|message| CliError::usage(format!("{path}: {message}"), field.question))
}

/// Asks for the rest; returns whether what works against itself shall pass.
fn ask(args: &NewArgs, document: &mut Document, given: &BTreeSet<String>) -> Result<bool, CliError> {
    let mut questions = Questions::new(io::stdin().lock(), io::stderr());
    questions.begin()?;
    if args.preset.is_none() && args.answers.is_none() {
        document.rules = questions.preset()?.rules();
        // What flags said holds against the preset.
        answered(args, document)?;
    }
    questions.fields(document, given)?;
    questions.settle(document, args.force)
}

fn write(dir: &Path, files: &[PathBuf; 2], document: &Document, overwrite: bool) -> Result<(), CliError> {
    let unwritable = |path: &Path, error: &io::Error| {
        let message = format!("cannot write {}: {error}", path.display());
        CliError::new(Exit::Failed, "write", message, "name a directory you may write to with --out")
    };
    std::fs::create_dir_all(dir).map_err(|error| unwritable(dir, &error))?;
    for (path, text) in files.iter().zip([file::write(document), bylaws::render(document)]) {
        let mut options = std::fs::OpenOptions::new();
        options.write(true).truncate(true).create(overwrite).create_new(!overwrite);
        let opened = options.open(path);
        opened
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .map_err(|error| unwritable(path, &error))?;
    }
    Ok(())
}

fn tell(session: &Session, [charter, laws]: &[PathBuf; 2], document: &Document) -> Result<(), CliError> {
    if session.json {
        let notes: Vec<_> = problems(document)
            .into_iter()
            .map(|problem| json!({ "field": problem.path, "what": problem.what, "fix": problem.fix }))
            .collect();
        return out::json(&json!({ "charter": charter, "bylaws": laws, "notes": notes }));
    }
    let mut facts = Facts::default();
    facts.add("charter", charter.display());
    facts.add("bylaws", laws.display());
    out::data(&facts.text())?;
    out::note(&format!(
        "\nRead the bylaws together, change the charter until they say what you want, then found the collective:\n\
         commonwheel init --profile coop --charter {}",
        charter.display()
    ));
    Ok(())
}
