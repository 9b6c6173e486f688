//! Importing: an export becomes signed items in the waiting room. Nothing of them is shared.

use std::collections::BTreeSet;

use commonwheel_api::types::{ImportAnswer, ImportRequest};
use commonwheel_api::{ApiError, ErrorCode, ImportJob, Upload};
use commonwheel_intake::checks::PersonalData;
use commonwheel_intake::terms::{Defaults, Stated, settle};
use commonwheel_intake::waiting::{ItemId, NewItem, Summary};
use commonwheel_intake::{Draft, Import, Options};
use commonwheel_record::body::Body;
use commonwheel_record::cbor::ByteString;
use commonwheel_record::limits::MAX_SUBMISSION_ITEMS;
use commonwheel_record::submission::{SubmissionBody, item_hash, text_hash};
use commonwheel_record::terms::{Licence, Preferences, Slug};
use commonwheel_record::{
    CollectiveId, Commitment, Contribution, ContributionKind, Domain, Extensions, Hash, Leaf, NetworkId,
    Regions, SecretKey, Tier,
};

use super::check::is_doubtful;
use super::item::{Kept, Payload};
use super::{Node, Room, internal, invalid, own};
use crate::engine::keys::random;

/// The consent that an import without one of its own is signed under.
const DEFAULT_CONSENT: &str = "I give these contributions to the collective under the licence and preferences stated. \
I may withdraw them; what was released under an irrevocable licence stays licensed.";

/// Items put into the waiting room at a time.
const BATCH: usize = 512;

/// What every item of an import has in common.
#[derive(Clone, Debug)]
struct Terms {
    network: NetworkId,
    collective: CollectiveId,
    member: SecretKey,
    licence: Licence,
    preferences: Preferences,
    request: ImportRequest,
    now: u64,
}

impl Node {
    pub(crate) async fn import(&self, job: ImportJob) -> Result<ImportAnswer, ApiError> {
        let terms = self.terms(job.terms).await?;
        self.room(move |room| room.import(&terms, job.upload)).await
    }

    async fn terms(&self, request: ImportRequest) -> Result<Terms, ApiError> {
        self.on_core(move |engine, now| {
            let own = own(engine, request.collective)?;
            let view = engine.sync.views().get(&own.collective);
            let charter = view.and_then(|view| view.charter()).ok_or_else(|| internal(&"no charter"))?;
            if let Some(steward) = request.stewards.iter().find(|steward| !charter.stewards.contains(steward))
            {
                let fix = "leave that steward out, or amend the charter first";
                return Err(invalid(format!("the charter does not list {steward} as a steward"), fix).into());
            }
            check_tier(request.tier)?;
            let defaults = Defaults {
                licence: &charter.default_licence,
                preferences: charter.default_preferences,
                locked: charter.preferences_locked,
            };
            let preferences = request.preferences.unwrap_or_default();
            let member = Stated { licence: request.licence.as_ref(), preferences };
            // No export says anything of its items' licences or preferences that could be taken for consent.
            let (licence, preferences) = settle(&defaults, &Stated::default(), &member).map_err(|error| {
                invalid(error, "leave --licence out, or name one that can be taken back further")
            })?;
            Ok(Terms {
                network: engine.network,
                collective: own.collective,
                member: engine.keys.member.clone(),
                licence,
                preferences,
                request,
                now: now / 1000,
            })
        })
        .await
    }
}

impl Room {
    fn import(&mut self, terms: &Terms, upload: Upload) -> Result<ImportAnswer, ApiError> {
        let request = &terms.request;
        let options = Options {
            format: request.format,
            lang: request.language,
            domain: request.domain,
            ..Options::default()
        };
        let mut import = Import::new(upload, options).map_err(|error| unreadable(&error))?;
        let (mut prepared, mut known, mut quarantined) = (Vec::new(), 0, 0);
        let mut seen = BTreeSet::new();
        for draft in import.by_ref() {
            let draft = draft.map_err(|error| unreadable(&error))?;
            let id = terms.item_id(&draft);
            if self.accepted.contains(&id) || self.waiting.contains(&id) || !seen.insert(id) {
                known += 1;
                continue;
            }
            prepared.push(terms.prepare(id, draft)?);
        }
        let submission_items = if request.anonymous { 1 } else { MAX_SUBMISSION_ITEMS };
        for chunk in prepared.chunks(submission_items) {
            quarantined += self.put_submission(terms, chunk)?;
        }
        let mut report = import.into_report();
        report.known += known;
        let mut answer = ImportAnswer::of(&report, quarantined, self.waiting_count());
        answer.taken = taken(&prepared);
        Ok(answer)
    }

    fn waiting_count(&self) -> u64 {
        let counts = self.waiting.counts();
        counts.received + counts.checked + counts.quarantined
    }

    /// Signs one submission over items, and puts them into the waiting room; returns how many were quarantined.
    fn put_submission(&mut self, terms: &Terms, items: &[Prepared]) -> Result<u64, ApiError> {
        let key =
            if terms.request.anonymous { SecretKey::from_seed(&fresh()?) } else { terms.member.clone() };
        let consent = terms.request.consent.as_deref().unwrap_or(DEFAULT_CONSENT);
        let consent = text_hash(&terms.network, consent);
        let hashes = items.iter().map(|item| item_hash(&terms.network, &item.salt, &item.header)).collect();
        let body = SubmissionBody::sign(&terms.network, &key, terms.collective, consent, terms.now, hashes)
            .map_err(|error| internal(&error))?;
        let name = Hash::of(Domain::SUBMISSION, &terms.network, &[&body.encode()]);
        Kept::new(fresh()?, &body).save(&self.submissions(), &name).map_err(|error| internal(&error))?;
        let put = self.put_items(name, items, terms.now);
        if !self.lists(&name) {
            self.remove_submission(&name)?;
        }
        put
    }

    /// Puts the items of a submission into the waiting room; returns how many were quarantined.
    fn put_items(&mut self, submission: Hash, items: &[Prepared], now: u64) -> Result<u64, ApiError> {
        let mut quarantined = 0;
        for batch in items.chunks(BATCH) {
            let new: Vec<NewItem> = batch.iter().map(|item| item.waiting(submission, now)).collect();
            let full = |error| {
                ApiError::new(ErrorCode::Full, error, "decide on what waits, then import the rest again")
            };
            let put = self.waiting.put(&new).map_err(full)?;
            self.list_more(submission, put.added);
            quarantined += self.checked(batch.iter().map(|item| (item.id, item.doubtful)))?;
        }
        Ok(quarantined)
    }
}

/// An item, ready to be signed for.
struct Prepared {
    id: ItemId,
    kind: ContributionKind,
    summary: Summary,
    header: Vec<u8>,
    body: Vec<u8>,
    salt: [u8; 32],
    doubtful: bool,
}

impl Prepared {
    fn waiting(&self, submission: Hash, now: u64) -> NewItem {
        let payload = Payload {
            header: ByteString(self.header.clone()),
            body: ByteString(self.body.clone()),
            salt: self.salt,
            submission,
        };
        NewItem { id: self.id, received: now, summary: self.summary.clone(), bytes: payload.encode() }
    }
}

impl Terms {
    /// The same content under other terms is another item.
    fn item_id(&self, draft: &Draft) -> ItemId {
        let content = draft.content_hash();
        let terms = [
            self.licence.as_str().as_bytes(),
            &[0, u8::try_from(self.request.tier.code()).unwrap_or(u8::MAX)],
        ]
        .concat();
        ItemId(Hash::of(Domain::TEXT, &self.network, &[&content.0, &terms]).0)
    }

    fn prepare(&self, id: ItemId, draft: Draft) -> Result<Prepared, ApiError> {
        let summary = Summary::of(&draft);
        let found = PersonalData::in_content(&draft.content);
        let kind = draft.kind;
        let mut body = Body::of(draft.content.clone());
        body.personal_data = found.by_class();
        body.display_name.clone_from(&self.request.display_name);
        let body = body.encode().map_err(|error| internal(&error))?;
        let salt = fresh()?;
        let header = self.header(&draft, Commitment::to(&self.network, &salt, &body));
        let header = Leaf::Contribution(Box::new(header), Extensions::default()).encode();
        Leaf::decode(&header).map_err(|error| {
            invalid(format!("these terms make no valid header: {error}"), "change the flag it names")
        })?;
        Ok(Prepared { id, kind, summary, header, body, salt, doubtful: is_doubtful(&found) })
    }

    fn header(&self, draft: &Draft, commitment: Commitment) -> Contribution {
        let request = &self.request;
        Contribution {
            kind: draft.kind,
            language: draft.lang,
            domain: draft.domain.unwrap_or_else(|| Slug::parse("unsorted").expect("a plain word is a slug")),
            tags: request.tags.iter().copied().chain(draft.tags.iter().copied()).take(16).collect(),
            labelled: draft.labelled,
            licence: self.licence.clone(),
            preferences: self.preferences,
            conditions: request.conditions.clone(),
            attribution: request.attribution,
            tier: request.tier,
            regions: Regions { allow: request.regions_allow.clone(), deny: request.regions_deny.clone() },
            importer: Slug::parse("commonwheel-1").expect("a plain word is a slug"),
            stewards: request.stewards.clone(),
            ancestors: BTreeSet::new(),
            commitment,
        }
    }
}

/// A node's one data feed is public, so nothing goes into it that is for less than everyone to know of.
fn check_tier(tier: Tier) -> Result<(), ApiError> {
    let message = match tier {
        Tier::Public | Tier::Gated => return Ok(()),
        Tier::Collective => {
            "a contribution of the tier collective goes to a feed for members only, and there is none here"
        }
        Tier::Private => "a private contribution is never appended to a feed",
    };
    Err(invalid(message, "choose the tier gated or public"))
}

fn taken(prepared: &[Prepared]) -> std::collections::BTreeMap<String, u64> {
    let mut taken = std::collections::BTreeMap::new();
    for item in prepared {
        *taken.entry(item.kind.name().to_owned()).or_insert(0) += 1;
    }
    taken
}

fn fresh() -> Result<[u8; 32], ApiError> {
    random().map_err(|error| internal(&error))
}

fn unreadable(error: &dyn std::fmt::Display) -> ApiError {
    let fix = "name its format with --format, or mend the file; nothing was taken in";
    ApiError::new(ErrorCode::BadImport, format!("this export cannot be read: {error}"), fix)
}
