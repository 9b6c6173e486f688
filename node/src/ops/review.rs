//! The waiting room's decisions: accept appends, reject forgets.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;

use commonwheel_api::types::{
    Selection, WaitingAcceptAnswer, WaitingAcceptRequest, WaitingCounts, WaitingItem, WaitingListAnswer,
    WaitingListRequest, WaitingRejectAnswer, WaitingRejectRequest,
};
use commonwheel_api::{ApiError, ErrorCode};
use commonwheel_intake::waiting::{Filter, ItemId, Listed, Stage, WaitingRoom};
use commonwheel_ledger::store::{Store as _, Table};
use commonwheel_ledger::tree::leaf_hash;
use commonwheel_record::cbor;
use commonwheel_record::control::Range;
use commonwheel_record::{Hash, RecordId};

use super::import::undecided;
use super::item::{Kept, Payload};
use super::{Node, Refusal, Room, internal, own};
use crate::engine::keys::random;
use crate::engine::{Engine, FLUSH, Unable};

/// Where a submission stands is remembered under this prefix.
const SUBMISSION_KEY: &[u8] = b"submission/";

impl Node {
    pub(crate) async fn waiting_list(
        &self,
        request: WaitingListRequest,
    ) -> Result<WaitingListAnswer, ApiError> {
        self.room(move |room| room.list(&request)).await
    }

    pub(crate) async fn waiting_reject(
        &self,
        request: WaitingRejectRequest,
    ) -> Result<WaitingRejectAnswer, ApiError> {
        self.room(move |room| {
            let ids = room.select(request.items);
            let rejected = room.waiting.set_stage(&ids, Stage::Rejected, &request.reason).map_err(refusal)?;
            Ok(WaitingRejectAnswer { rejected })
        })
        .await
    }

    pub(crate) async fn waiting_accept(
        &self,
        request: WaitingAcceptRequest,
    ) -> Result<WaitingAcceptAnswer, ApiError> {
        let groups = self
            .room(move |room| {
                let ids = room.select(request.items);
                room.waiting.set_stage(&ids, Stage::Accepted, "").map_err(refusal)?;
                room.groups(&ids)
            })
            .await?;
        self.append_groups(groups).await
    }

    /// Appends what was accepted before the node stopped.
    pub(crate) async fn resume_accepted(&self) -> Result<(), ApiError> {
        let accepted = self.room(|room| Ok(room.waiting.ids(&Filter::at(Stage::Accepted)))).await?;
        if accepted.is_empty() {
            return Ok(());
        }
        let groups = self.room(move |room| room.groups(&accepted)).await?;
        let held = self.on_core(|engine, _| own_leaf_hashes(engine)).await?;
        let mut open = Groups::new();
        for (submission, items) in groups {
            let (done, rest): (Vec<_>, Vec<_>) =
                items.into_iter().partition(|(_, payload)| held.contains(&leaf_hash(&payload.header.0)));
            let done: Vec<ItemId> = done.into_iter().map(|(id, _)| id).collect();
            self.room(move |room| room.forget(&done)).await?;
            open.insert(submission, rest);
        }
        self.append_groups(open).await.map(drop)
    }

    async fn append_groups(&self, groups: Groups) -> Result<WaitingAcceptAnswer, ApiError> {
        let mut answer = WaitingAcceptAnswer { accepted: 0, submissions: 0, ranges: Vec::new() };
        for (submission, mut items) in groups {
            shuffle(&mut items)?;
            answer.submissions += u64::from(!items.is_empty());
            let mut items = items.into_iter().peekable();
            while items.peek().is_some() {
                let chunk: Vec<(ItemId, Payload)> = items.by_ref().take(FLUSH - 1).collect();
                let ids: Vec<ItemId> = chunk.iter().map(|(id, _)| *id).collect();
                let payloads = chunk.into_iter().map(|(_, payload)| payload).collect();
                answer.accepted += ids.len() as u64;
                let kept = self.room(move |room| room.kept(&submission)).await?;
                let range =
                    self.on_core(move |engine, now| append(engine, now, submission, kept, payloads)).await?;
                extend(&mut answer.ranges, range);
                self.room(move |room| room.forget(&ids)).await?;
            }
        }
        Ok(answer)
    }
}

/// Accepted items by the submission that lists them.
type Groups = BTreeMap<Hash, Vec<(ItemId, Payload)>>;

impl Room {
    fn list(&self, request: &WaitingListRequest) -> Result<WaitingListAnswer, ApiError> {
        let filter = Filter {
            stage: request.stage,
            kind: request.kind,
            lang: request.language,
            domain: request.domain,
        };
        let limit = usize::try_from(request.limit).unwrap_or(usize::MAX);
        let page = self.waiting.list(&filter, request.skip, limit).map_err(refusal)?;
        Ok(WaitingListAnswer {
            items: page.items.iter().map(shown).collect(),
            total: page.total,
            counts: counts(&self.waiting),
        })
    }

    pub(super) fn counts(&self) -> WaitingCounts {
        counts(&self.waiting)
    }

    fn select(&self, selection: Selection) -> Vec<ItemId> {
        match selection {
            Selection::All => undecided(&self.waiting),
            Selection::Items(items) => items.into_iter().collect(),
        }
    }

    fn groups(&self, ids: &[ItemId]) -> Result<Groups, ApiError> {
        let mut groups = Groups::new();
        for id in ids {
            let item = self.waiting.get(id).map_err(refusal)?;
            let payload = Payload::decode(&item.bytes).map_err(|error| internal(&error))?;
            groups.entry(payload.submission).or_default().push((*id, payload));
        }
        Ok(groups)
    }

    fn kept(&self, submission: &Hash) -> Result<Kept, ApiError> {
        Kept::load(&self.submissions(), submission).map_err(|error| internal(&error))
    }

    /// Remembers that items are appended, then removes them.
    fn forget(&mut self, ids: &[ItemId]) -> Result<(), ApiError> {
        let mut options = std::fs::OpenOptions::new();
        let path = self.dir.join("accepted");
        let mut file =
            options.append(true).create(true).mode(0o600).open(path).map_err(|error| internal(&error))?;
        let bytes: Vec<u8> = ids.iter().flat_map(|id| id.0).collect();
        file.write_all(&bytes).and_then(|()| file.sync_data()).map_err(|error| internal(&error))?;
        self.accepted.extend(ids);
        self.waiting.remove(ids).map_err(refusal)?;
        Ok(())
    }
}

/// Appends items of one submission, and the submission itself before the first of them.
fn append(
    engine: &mut Engine,
    now: u64,
    submission: Hash,
    kept: Kept,
    payloads: Vec<Payload>,
) -> Result<Range, Refusal> {
    let feed = own(engine, None)?.data.ok_or(Unable::NoCollective)?;
    let key = [SUBMISSION_KEY, submission.as_bytes()].concat();
    let known = engine
        .sync
        .store()
        .state(Table::Node, &key)
        .and_then(|bytes| cbor::decode::<RecordId>(bytes, 64).ok());
    let mut records = Vec::with_capacity(payloads.len() + 1);
    let record = known.unwrap_or_else(|| RecordId { feed, index: engine.sync.store().size(&feed) });
    if known.is_none() {
        records.push(kept.record(&engine.network));
        let state = engine.sync.store_mut().set_state(Table::Node, &key, Some(&cbor::encode(&record)));
        state?;
    }
    records.extend(payloads.into_iter().map(|payload| payload.record(record)));
    let count = records.len() as u64;
    let start = engine.append(now, feed, records)?;
    Ok(Range { feed, start, end: start + count })
}

fn own_leaf_hashes(engine: &Engine) -> Result<std::collections::BTreeSet<Hash>, Refusal> {
    let Some(feed) = engine.own.and_then(|own| own.data) else {
        return Ok(std::collections::BTreeSet::new());
    };
    let store = engine.sync.store();
    let hashes = store.leaf_hashes(&feed, 0, store.size(&feed))?;
    Ok(hashes.into_iter().collect())
}

/// Nobody shall tell from their order which items came together, or how the export was sorted.
fn shuffle<T>(items: &mut [T]) -> Result<(), ApiError> {
    for i in (1..items.len()).rev() {
        let bytes = random().map_err(|error| internal(&error))?;
        let number = u64::from_be_bytes(std::array::from_fn(|i| bytes[i]));
        items.swap(i, usize::try_from(number % (i as u64 + 1)).unwrap_or(i));
    }
    Ok(())
}

fn extend(ranges: &mut Vec<Range>, range: Range) {
    match ranges.last_mut() {
        Some(last) if last.feed == range.feed && last.end == range.start => last.end = range.end,
        _ => ranges.push(range),
    }
}

fn shown(item: &Listed) -> WaitingItem {
    WaitingItem {
        id: item.id,
        stage: item.stage,
        reason: item.reason.clone(),
        received: item.received,
        kind: item.summary.kind,
        language: item.summary.lang,
        domain: item.summary.domain,
        bytes: item.len,
        preview: item.summary.preview.clone(),
    }
}

fn counts(waiting: &WaitingRoom) -> WaitingCounts {
    let counts = waiting.counts();
    WaitingCounts {
        received: counts.received,
        checked: counts.checked,
        quarantined: counts.quarantined,
        rejected: counts.rejected,
        accepted: counts.accepted,
        bytes: counts.bytes,
    }
}

fn refusal(error: commonwheel_intake::waiting::WaitingError) -> ApiError {
    let fix = "`commonwheel waiting list` shows what is there and at which stage";
    ApiError::new(ErrorCode::Conflict, error, fix)
}
