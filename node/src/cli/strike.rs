//! `strike declare|lift|status`.

use clap::{Args, Subcommand};
use commonwheel_api::types::{
    Coverage, EmbargoShown, StrikeDeclareAnswer, StrikeDeclareRequest, StrikeLiftAnswer, StrikeLiftRequest,
    StrikeStatusRequest,
};
use commonwheel_api::{Word as _, word};
use commonwheel_record::attestation::EmbargoState;
use commonwheel_record::control::{Audience, LiftReason, Party, Reach, Rung, Scope, Variant};
use commonwheel_record::terms::{Language, Slug};
use commonwheel_record::{CollectiveId, ContributionKind, RecordId, Tier};

use super::error::CliError;
use super::session::Session;
use super::table::{Facts, words};
use super::time;

/// Withholds contributions together, and ends that.
#[derive(Debug, Subcommand)]
pub(super) enum StrikeCommand {
    /// Declare an embargo
    Declare(Box<DeclareArgs>),
    /// End an embargo, or the part of it that --kind, --language, --domain, --tag and --tier describe
    Lift(Box<LiftArgs>),
    /// Show the embargoes, what they cover here, and which nodes said they have them
    Status {
        /// Only of this collective
        #[arg(long, value_parser = word::read::<CollectiveId>, value_name = "ID")]
        collective: Option<CollectiveId>,
    },
}

#[derive(Debug, Args)]
pub(super) struct ScopeArgs {
    /// Contributions of this kind; may be repeated
    #[arg(long = "kind", value_parser = word::read::<ContributionKind>, value_name = "KIND")]
    kinds: Vec<ContributionKind>,
    /// Contributions in this language; may be repeated
    #[arg(long = "language", value_parser = word::read::<Language>, value_name = "BCP47")]
    languages: Vec<Language>,
    /// Contributions of this domain; may be repeated
    #[arg(long = "domain", value_parser = word::read::<Slug>, value_name = "DOMAIN")]
    domains: Vec<Slug>,
    /// Contributions with this tag; may be repeated
    #[arg(long = "tag", value_parser = word::read::<Slug>, value_name = "TAG")]
    tags: Vec<Slug>,
    /// Contributions of this tier; may be repeated
    #[arg(long = "tier", value_parser = word::read::<Tier>, value_name = "TIER")]
    tiers: Vec<Tier>,
}

impl ScopeArgs {
    pub(super) fn scope(&self) -> Scope {
        Scope {
            kinds: self.kinds.iter().copied().collect(),
            languages: self.languages.iter().copied().collect(),
            domains: self.domains.iter().copied().collect(),
            tags: self.tags.iter().copied().collect(),
            tiers: self.tiers.iter().copied().collect(),
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct DeclareArgs {
    /// pause, quality-freeze, evaluation-only, `preference-shift=<condition>` or `rate-limit=<records a month>`; this
    /// version enforces pause
    #[arg(value_parser = word::read::<Variant>)]
    variant: Variant,
    #[command(flatten)]
    scope: ScopeArgs,
    /// new, unreleased or all; the variant's default by default
    #[arg(long, value_parser = word::read::<Reach>)]
    reach: Option<Reach>,
    /// Refuse only `node:<key>` or `collective:<id>`, and nodes nobody knows; may be repeated
    #[arg(long, value_parser = word::read::<Party>, value_name = "PARTY", conflicts_with = "except")]
    only: Vec<Party>,
    /// Refuse everyone but `node:<key>` or `collective:<id>`; may be repeated
    #[arg(long, value_parser = word::read::<Party>, value_name = "PARTY")]
    except: Vec<Party>,
    /// The highest rung left open: commitment or header
    #[arg(long, default_value = "header", value_parser = word::read::<Rung>)]
    rung: Rung,
    /// When it begins: 2026-05-01, 2026-05-01T08:00:00Z or +3d; at once by default
    #[arg(long, value_parser = time::read, value_name = "TIME")]
    starts: Option<u64>,
    /// When it is over; when it is lifted by default
    #[arg(long, value_parser = time::read, value_name = "TIME")]
    ends: Option<u64>,
    /// What the collective demands, in public words
    #[arg(long, default_value = "")]
    demand: String,
    /// Whose; the node's own collective by default
    #[arg(long, value_parser = word::read::<CollectiveId>, value_name = "ID")]
    collective: Option<CollectiveId>,
}

#[derive(Debug, Args)]
pub(super) struct LiftArgs {
    /// The embargo, `<feed>/<index>`
    #[arg(value_parser = word::read::<RecordId>, value_name = "RECORD")]
    embargo: RecordId,
    #[command(flatten)]
    scope: ScopeArgs,
    /// Why: settled, expired, voted or abandoned
    #[arg(long, default_value = "settled", value_parser = word::read::<LiftReason>)]
    reason: LiftReason,
}

pub(super) async fn run(session: &Session, command: &StrikeCommand) -> Result<(), CliError> {
    match command {
        StrikeCommand::Declare(args) => session.ask_and_show(&args.request(), declared).await,
        StrikeCommand::Lift(args) => session.ask_and_show(&args.request(), lifted).await,
        StrikeCommand::Status { collective } => {
            let request = StrikeStatusRequest { collective: *collective };
            session.ask_and_show(&request, |answer| status(&answer.embargoes)).await
        }
    }
}

impl DeclareArgs {
    fn request(&self) -> StrikeDeclareRequest {
        let audience = match (self.only.is_empty(), self.except.is_empty()) {
            (false, _) => Audience::Only(self.only.iter().copied().collect()),
            (_, false) => Audience::Except(self.except.iter().copied().collect()),
            _ => Audience::Everyone,
        };
        StrikeDeclareRequest {
            collective: self.collective,
            variant: self.variant,
            scope: self.scope.scope(),
            reach: self.reach,
            audience,
            rung: Some(self.rung),
            starts: self.starts.unwrap_or(0),
            ends: self.ends,
            demand: self.demand.clone(),
        }
    }
}

impl LiftArgs {
    fn request(&self) -> StrikeLiftRequest {
        let scope = self.scope.scope();
        let scope = (scope != Scope::default()).then_some(scope);
        StrikeLiftRequest { embargo: self.embargo, scope, reason: self.reason }
    }
}

fn declared(answer: &StrikeDeclareAnswer) -> String {
    let mut facts = Facts::default();
    facts.add("embargo", answer.id);
    facts.add("state", &answer.standing);
    facts.add("covers here", coverage(&answer.coverage));
    format!("{}\n{}", facts.text(), cannot(&answer.cannot))
}

fn lifted(answer: &StrikeLiftAnswer) -> String {
    let mut facts = Facts::default();
    facts.add("lift", answer.id);
    facts.add("still covers here", coverage(&answer.coverage));
    format!("{}\n{}", facts.text(), cannot(&answer.cannot))
}

fn cannot(sentences: &[String]) -> String {
    let lines: String = sentences.iter().map(|sentence| format!("  - {sentence}\n")).collect();
    format!("What a strike cannot do:\n{lines}")
}

fn coverage(coverage: &Coverage) -> String {
    format!(
        "{} contributions in scope: {} withheld, {} flow on under an irrevocable licence, {} not released anyway",
        coverage.in_scope, coverage.withheld, coverage.irrevocable, coverage.unreleased
    )
}

fn status(embargoes: &[EmbargoShown]) -> String {
    if embargoes.is_empty() {
        return "no embargo is known\n".to_owned();
    }
    embargoes.iter().map(embargo).collect::<Vec<_>>().join("\n")
}

fn embargo(embargo: &EmbargoShown) -> String {
    let mut facts = Facts::default();
    facts.add("embargo", embargo.id);
    facts.add("of", format!("{} ({})", embargo.collective_name, embargo.collective));
    facts.add("state", &embargo.standing);
    facts.add("does", format!("{}, leaving the {} open", embargo.variant.text(), embargo.rung));
    facts.add("scope", scope(&embargo.scope));
    facts.add("reach", embargo.reach);
    facts.add("refuses", audience(&embargo.audience));
    facts.maybe("starts", (embargo.starts > 0).then(|| time::show(embargo.starts)));
    facts.maybe("ends", embargo.ends.map(time::show));
    facts.maybe("demand", Some(&embargo.demand).filter(|demand| !demand.is_empty()));
    facts.list("lifted by", embargo.lifts.iter().map(ToString::to_string));
    facts.add("covers here", coverage(&embargo.coverage));
    facts.add("acknowledged", acknowledged(embargo));
    facts.text()
}

fn acknowledged(embargo: &EmbargoShown) -> String {
    let enforced = embargo.acknowledged.iter().filter(|said| said.state == EmbargoState::Enforced).count();
    let nodes = embargo.acknowledged.iter().map(|said| format!("{} {}", said.node.short(), said.state));
    format!("by {}; {enforced} of {} enforce it", words(nodes, "nobody"), embargo.acknowledged.len())
}

fn scope(scope: &Scope) -> String {
    let parts = [
        ("kinds", words(&scope.kinds, "")),
        ("languages", words(&scope.languages, "")),
        ("domains", words(&scope.domains, "")),
        ("tags", words(&scope.tags, "")),
        ("tiers", words(&scope.tiers, "")),
    ];
    let named = parts.into_iter().filter(|(_, list)| !list.is_empty());
    let named: Vec<String> = named.map(|(name, list)| format!("{name}: {list}")).collect();
    if named.is_empty() { "everything".to_owned() } else { named.join("; ") }
}

fn audience(audience: &Audience) -> String {
    match audience {
        Audience::Everyone => "everyone".to_owned(),
        Audience::Only(parties) => {
            format!("{}, and the anonymous", words(parties.iter().map(Party::text), "nobody"))
        }
        Audience::Except(parties) => {
            format!("everyone but {}", words(parties.iter().map(Party::text), "nobody"))
        }
    }
}
