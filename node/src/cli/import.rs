//! `import`: an export into the waiting room. Nothing of it is shared by that.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use commonwheel_api::types::{ImportAnswer, ImportRequest};
use commonwheel_api::word;
use commonwheel_intake::Format;
use commonwheel_record::terms::{
    Condition, Language, Licence, Preference, Preferences, Region, Slug, aipref,
};
use commonwheel_record::{Attribution, CollectiveId, Tier};
use tokio::io::AsyncRead;

use super::error::CliError;
use super::progress::Progress;
use super::session::Session;
use super::table::{Facts, size};

/// Skipped items that are named one by one.
const SKIPS_SHOWN: usize = 10;

/// Takes an export into the waiting room. Nothing is shared by that: accept and release it first.
#[derive(Debug, Args)]
pub(super) struct ImportArgs {
    /// The export; `-` reads standard input
    file: PathBuf,
    /// The collective it is given to; the node's own by default
    #[arg(long, value_parser = word::read::<CollectiveId>, value_name = "ID")]
    collective: Option<CollectiveId>,
    /// open-webui, sharegpt or messages; told from the first items by default
    #[arg(long, value_parser = word::read::<Format>)]
    format: Option<Format>,
    /// An SPDX expression; the collective's default licence by default
    #[arg(long, visible_alias = "license", value_parser = word::read::<Licence>, value_name = "SPDX")]
    licence: Option<Licence>,
    #[command(flatten)]
    preferences: PreferenceArgs,
    /// A condition the preferences stand under; may be repeated
    #[arg(long = "condition", value_parser = word::read::<Condition>, value_name = "CONDITION")]
    conditions: Vec<Condition>,
    /// anonymous, named or collective
    #[arg(long, default_value = "anonymous", value_parser = word::read::<Attribution>)]
    attribution: Attribution,
    /// The contributor's name, if the attribution is `named`
    #[arg(long, value_name = "NAME")]
    display_name: Option<String>,
    /// How far the contributions may go at most: collective, gated or public
    #[arg(long, default_value = "public", value_parser = word::read::<Tier>)]
    tier: Tier,
    /// The language of items that name none; guessed from their text by default
    #[arg(long, value_parser = word::read::<Language>, value_name = "BCP47")]
    language: Option<Language>,
    /// The domain of items that name none
    #[arg(long, value_parser = word::read::<Slug>)]
    domain: Option<Slug>,
    /// A tag for every item; may be repeated
    #[arg(long = "tag", value_parser = word::read::<Slug>, value_name = "TAG")]
    tags: Vec<Slug>,
    /// A collective whose embargoes shall also cover the contributions; may be repeated
    #[arg(long = "steward", value_parser = word::read::<CollectiveId>, value_name = "ID")]
    stewards: Vec<CollectiveId>,
    /// A region bodies may be kept in, and nowhere else; may be repeated
    #[arg(long = "only-in", value_parser = word::read::<Region>, value_name = "REGION")]
    only_in: Vec<Region>,
    /// A region bodies may not be kept in; may be repeated
    #[arg(long = "not-in", value_parser = word::read::<Region>, value_name = "REGION")]
    not_in: Vec<Region>,
    /// The consent text that the contributor was shown; the collective's by default
    #[arg(long, value_name = "TEXT", conflicts_with = "consent_file")]
    consent: Option<String>,
    /// A file with that text
    #[arg(long, value_name = "FILE")]
    consent_file: Option<PathBuf>,
    /// Sign every item alone, under a key used once, so that nothing links the items
    #[arg(long)]
    anonymous: bool,
}

/// What the contributor wishes for machines. What is not given is left to the collective's defaults; where its charter
/// locks them, the stricter of both holds.
#[derive(Debug, Args)]
struct PreferenceArgs {
    /// Training: allow, deny or unset
    #[arg(long, value_parser = word::read::<Preference>, value_name = "WISH")]
    train: Option<Preference>,
    /// Input to a model: allow, deny or unset
    #[arg(long, value_parser = word::read::<Preference>, value_name = "WISH")]
    ai_use: Option<Preference>,
    /// Indexing: allow, deny or unset
    #[arg(long, value_parser = word::read::<Preference>, value_name = "WISH")]
    search: Option<Preference>,
    /// Measuring a model: allow, deny or unset
    #[arg(long, value_parser = word::read::<Preference>, value_name = "WISH")]
    evaluate: Option<Preference>,
    /// Text and data mining: allow, deny or unset
    #[arg(long, value_parser = word::read::<Preference>, value_name = "WISH")]
    tdm: Option<Preference>,
    /// All of them as an AIPREF usage preference, such as "train-ai=n, search=y"
    #[arg(long, value_name = "FIELD", conflicts_with_all = ["train", "ai_use", "search", "evaluate", "tdm"])]
    aipref: Option<String>,
}

impl PreferenceArgs {
    fn read(&self) -> Result<Option<Preferences>, CliError> {
        if let Some(field) = &self.aipref {
            let read = aipref::parse(field);
            // A field that says nothing is more likely mistyped than meant.
            return if read == Preferences::UNSET { Err(says_nothing(field)) } else { Ok(Some(read)) };
        }
        let given = [self.train, self.ai_use, self.search, self.evaluate, self.tdm];
        let [train, ai_use, search, evaluate, tdm] = given.map(Option::unwrap_or_default);
        let preferences = Preferences { train, ai_use, search, evaluate, tdm };
        Ok(given.iter().any(Option::is_some).then_some(preferences))
    }
}

fn says_nothing(field: &str) -> CliError {
    let message = format!("the usage preference `{field}` says nothing");
    CliError::usage(message, "write it like \"train-ai=n, ai-use=y, search=y\"")
}

impl ImportArgs {
    fn terms(&self) -> Result<ImportRequest, CliError> {
        let consent = match &self.consent_file {
            Some(file) => Some(super::read_text(file)?),
            None => self.consent.clone(),
        };
        if (self.attribution == Attribution::Named) != self.display_name.is_some() {
            let message = "--attribution named and --display-name go together";
            return Err(CliError::usage(message, "give both, or neither"));
        }
        Ok(ImportRequest {
            collective: self.collective,
            format: self.format,
            licence: self.licence.clone(),
            preferences: self.preferences.read()?,
            conditions: self.conditions.iter().copied().collect(),
            attribution: self.attribution,
            display_name: self.display_name.clone(),
            tier: self.tier,
            language: self.language,
            domain: self.domain,
            tags: self.tags.iter().copied().collect(),
            stewards: self.stewards.iter().copied().collect(),
            regions_allow: self.only_in.iter().copied().collect(),
            regions_deny: self.not_in.iter().copied().collect(),
            consent,
            anonymous: self.anonymous,
        })
    }
}

pub(super) async fn run(session: &Session, args: &ImportArgs) -> Result<(), CliError> {
    let terms = args.terms()?;
    let client = session.client()?;
    let answer = if args.file == Path::new("-") {
        send(&client, &terms, tokio::io::stdin(), None).await?
    } else {
        let (file, length) = open(&args.file).await?;
        send(&client, &terms, file, Some(length)).await?
    };
    session.show(&answer, text)
}

async fn open(path: &Path) -> Result<(tokio::fs::File, u64), CliError> {
    let told = |error| CliError::failed(format!("cannot read {}: {error}", path.display()));
    let file = tokio::fs::File::open(path).await.map_err(told)?;
    let length = file.metadata().await.map_err(told)?.len();
    Ok((file, length))
}

async fn send<S: AsyncRead + Unpin + Send + Sync + 'static>(
    client: &commonwheel_api::Client,
    terms: &ImportRequest,
    source: S,
    length: Option<u64>,
) -> Result<ImportAnswer, CliError> {
    let mut progress = Progress::begin();
    let tell = move |sent| {
        progress.tell(|| match length {
            Some(length) => format!("imported {} of {}", size(sent), size(length)),
            None => format!("imported {}", size(sent)),
        });
    };
    Ok(client.import(terms, source, tell).await?)
}

fn text(answer: &ImportAnswer) -> String {
    let mut facts = Facts::default();
    facts.maybe("format", answer.format.clone());
    facts
        .add("read", format!("{} candidates in {} items, {}", answer.read, answer.items, size(answer.bytes)));
    facts.add("taken", counted(answer.taken_total(), &answer.taken));
    facts.add("skipped", counted(answer.skipped_total(), &answer.skipped));
    facts.add("duplicates", format!("{} in this export, {} known already", answer.duplicates, answer.known));
    if !answer.left_out.is_empty() {
        facts.add("left out", counted(answer.left_out.values().sum(), &answer.left_out));
    }
    facts.add("guessed", format!("the language of {}", answer.languages_guessed));
    facts.add("quarantined", answer.quarantined);
    facts.add("waiting", answer.waiting);
    let shown = answer.skips.iter().take(SKIPS_SHOWN);
    facts.list("skipped are", shown.map(|skip| format!("{}: {}", skip.item, skip.text)));
    let next = "Nothing is shared yet. Next: commonwheel waiting list, then waiting accept, then release cut";
    format!("{}\n{next}\n", facts.text())
}

fn counted(total: u64, parts: &BTreeMap<String, u64>) -> String {
    let parts: Vec<String> = parts.iter().map(|(name, count)| format!("{count} {name}")).collect();
    if parts.is_empty() { total.to_string() } else { format!("{total} ({})", parts.join(", ")) }
}
