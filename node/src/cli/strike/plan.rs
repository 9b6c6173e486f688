//! `strike plan`.

use std::path::PathBuf;

use clap::Args;
use commonwheel_api::types::{
    Authorised, CurveShape, Estimate, NodeAffected, Part, ShareShown, StrikePlanAnswer, StrikePlanRequest,
};

use super::super::error::CliError;
use super::super::session::Session;
use super::super::table::{Facts, Table, words};
use super::super::{read_text, time};
use super::args::EmbargoArgs;
use super::words as say;

/// Nodes shown one by one.
const MAX_NODES: usize = 20;
/// Digits of a collective's id that tell it from others at a glance.
const ID_DIGITS: usize = 16;

#[derive(Debug, Args)]
pub(in super::super) struct PlanArgs {
    #[command(flatten)]
    embargo: EmbargoArgs,
    /// Somebody's measurements of what withholding cost a model, as comma-separated values with the columns frac, large and
    /// small: adds an estimate from them
    #[arg(long, value_name = "FILE", requires_all = ["worst", "best"])]
    curve: Option<PathBuf>,
    /// The score of a trivial model on the curve's measure
    #[arg(long, requires = "curve", allow_negative_numbers = true, value_name = "SCORE")]
    worst: Option<f64>,
    /// The score of a model trained on everything; below --worst where a lower score is better
    #[arg(long, requires = "curve", allow_negative_numbers = true, value_name = "SCORE")]
    best: Option<f64>,
    /// Ask the curve about this fraction, 0 to 1, instead of the share that would be withheld
    #[arg(long, requires = "curve", value_name = "FRACTION")]
    share: Option<f64>,
}

pub(super) async fn run(session: &Session, args: &PlanArgs) -> Result<(), CliError> {
    let (embargo, others_sign) = (args.embargo.request(), args.embargo.keys.any());
    let request = StrikePlanRequest { embargo, others_sign, curve: args.curve()? };
    session.ask_and_show(&request, text).await
}

impl PlanArgs {
    fn curve(&self) -> Result<Option<CurveShape>, CliError> {
        let (Some(file), Some(worst), Some(best)) = (&self.curve, self.worst, self.best) else {
            return Ok(None);
        };
        Ok(Some(CurveShape { csv: read_text(file)?, worst, best, share: self.share }))
    }
}

fn text(answer: &StrikePlanAnswer) -> String {
    let mut parts = vec![embargo(answer), counts(answer), nodes(answer), authority(&answer.authority)];
    parts.extend(answer.estimate.as_ref().map(estimate));
    parts.push(say::sentences("What this plan cannot know:", &answer.unknowable));
    parts.push(say::cannot(&answer.cannot));
    parts.push("Nothing was declared.\n".to_owned());
    parts.join("\n")
}

fn embargo(answer: &StrikePlanAnswer) -> String {
    let mut facts = Facts::default();
    facts.add("plan of", format!("{} ({})", answer.collective_name, answer.collective));
    say::terms(&mut facts, &answer.embargo);
    facts.add("counted for", time::show(answer.counted_at));
    if let Some(without) = &answer.without_effect {
        facts.add("without effect", &without.why);
        facts.add("what to do", &without.fix);
    }
    facts.text()
}

fn counts(answer: &StrikePlanAnswer) -> String {
    let breakdown = &answer.breakdown;
    let mut table = Table::new(&[
        "contributions",
        "in scope",
        "withheld",
        "queue",
        "irrevocable",
        "already",
        "stay open",
        "unreleased",
        "other",
    ]);
    let all = Part { name: "all".to_owned(), coverage: breakdown.total };
    row(&mut table, "", &all);
    let dimensions = [
        ("licence ", &breakdown.licences),
        ("language ", &breakdown.languages),
        ("domain ", &breakdown.domains),
        ("kind ", &breakdown.kinds),
    ];
    for (prefix, parts) in dimensions {
        parts.iter().for_each(|part| row(&mut table, prefix, part));
    }
    for part in &breakdown.collectives {
        let name: String = part.name.chars().take(ID_DIGITS).collect();
        row(&mut table, "of ", &Part { name, ..part.clone() });
    }
    let mut text = table.text("nothing");
    if breakdown.total.headers > 0 {
        text.push_str(&format!("{} of them lose their public header as well\n", breakdown.total.headers));
    }
    text
}

fn row(table: &mut Table, prefix: &str, part: &Part) {
    let coverage = &part.coverage;
    let counts = [
        coverage.in_scope,
        coverage.withheld,
        coverage.queued,
        coverage.irrevocable,
        coverage.already,
        coverage.open,
        coverage.unreleased,
        coverage.closed,
    ];
    let mut cells = vec![format!("{prefix}{}", part.name)];
    cells.extend(counts.map(|count| count.to_string()));
    table.row(cells);
}

fn nodes(answer: &StrikePlanAnswer) -> String {
    let mut table = Table::new(&["node", "name", "known as", "may have", "is refused", "share"]);
    let unknown = ("anyone unknown".to_owned(), String::new(), String::new());
    share(&mut table, unknown, &answer.unknown_nodes);
    let (affected, others): (Vec<&NodeAffected>, Vec<&NodeAffected>) =
        answer.nodes.iter().partition(|node| node.share.refused > 0);
    for node in affected.iter().take(MAX_NODES) {
        let name = node.name.clone().unwrap_or_default();
        share(&mut table, (node.node.short(), name, words(&node.known, "")), &node.share);
    }
    let mut text = table.text("no node is known");
    if affected.len() > MAX_NODES {
        text.push_str(&format!("and {} more; --json lists them\n", affected.len() - MAX_NODES));
    }
    text.push_str(&format!("known nodes that lose nothing: {}\n", others.len()));
    text
}

fn share(table: &mut Table, (node, name, known): (String, String, String), share: &ShareShown) {
    let part = share.share.map_or_else(|| "-".to_owned(), percent);
    table.row(vec![node, name, known, share.may_have.to_string(), share.refused.to_string(), part]);
}

fn percent(part: f64) -> String {
    format!("{:.1} %", part * 100.0)
}

fn authority(authority: &Authorised) -> String {
    let mut facts = Facts::default();
    facts.add(
        "mandate",
        if authority.mandate_required { "the charter demands one" } else { "the charter demands none" },
    );
    if authority.mandate_required && authority.emergency_hours > 0 {
        facts.add("emergency", format!("{} hours at most without one", authority.emergency_hours));
    }
    facts.list(
        "would allow it",
        authority.mandates.iter().map(|possible| {
            let record =
                possible.mandate.map_or_else(|| "no mandate yet".to_owned(), |mandate| mandate.to_string());
            format!(
                "{} ({}): {record}, from {}",
                possible.question,
                possible.outcome,
                time::show(possible.earliest)
            )
        }),
    );
    let earliest = authority.earliest.map_or_else(|| "a ballot has to be held first".to_owned(), time::show);
    facts.add("earliest", earliest);
    facts.text()
}

fn estimate(estimate: &Estimate) -> String {
    let mut facts = Facts::default();
    facts.add("estimate", format!("{}; not a measurement of anybody's model", estimate.label));
    facts.add("withheld", percent(estimate.fraction));
    facts.maybe("no figures", estimate.outside.as_ref());
    facts.maybe("lost to the rest", estimate.deletion.map(percent));
    facts.maybe("given to others", estimate.duplication.map(percent));
    facts.maybe("of one by other", estimate.transfer.map(percent));
    facts.text()
}
