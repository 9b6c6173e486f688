//! Accepting: items become contributions, and their submissions records before them.
//!
//! A crash or an error may come between any two steps. Items are marked accepted first, so that the next acceptance and
//! the next start find those that were not appended; what was appended is told by its leaf, which is salted.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use commonwheel_api::ApiError;
use commonwheel_api::types::{Selection, WaitingAcceptAnswer, WaitingAcceptRequest};
use commonwheel_intake::waiting::{Filter, ItemId, Stage};
use commonwheel_ledger::store::{Store as _, Table};
use commonwheel_ledger::tree::leaf_hash;
use commonwheel_record::control::Range;
use commonwheel_record::{FeedId, Hash, Leaf, RecordId, cbor};
use commonwheel_sync::NewRecord;

use super::admit::{Admission, is_public};
use super::item::{Kept, Payload};
use super::review::{refusal, undecided};
use super::{Node, Refusal, Room, internal, invalid, own};
use crate::engine::keys::random;
use crate::engine::{Engine, FLUSH, Unable};

/// Where a submission stands is remembered under this prefix.
const SUBMISSION_KEY: &[u8] = b"submission/";
/// Bytes of payloads that are appended at a time, one item more or less.
const BATCH_BYTES: usize = 16 << 20;

/// An accepted item, without its body.
#[derive(Clone, Copy, Debug)]
pub(super) struct Accepted {
    id: ItemId,
    submission: Hash,
    leaf: Hash,
    bytes: usize,
    /// Accepted before, and perhaps appended.
    unfinished: bool,
}

/// Leaf hashes of the data feed, and where they stand.
type Standing = BTreeMap<Hash, u64>;
/// Where submissions stand.
type Places = BTreeMap<Hash, RecordId>;

impl Node {
    pub(crate) async fn waiting_accept(
        &self,
        request: WaitingAcceptRequest,
    ) -> Result<WaitingAcceptAnswer, ApiError> {
        // One acceptance at a time: two that append the same items would each find them unappended.
        let _turn = self.accepting.lock().await;
        let admission = self
            .on_core(|engine, now| {
                data_feed(engine)?;
                engine.check_writable(now)?;
                Admission::now(engine)
            })
            .await?;
        let items = self.room(move |room| room.accept(request.items, Some(&admission))).await?;
        self.append_accepted(items).await
    }

    /// Appends what was accepted before the node stopped.
    pub(crate) async fn resume_accepted(&self) -> Result<(), ApiError> {
        let _turn = self.accepting.lock().await;
        let items = self.room(|room| room.accept(Selection::Items(BTreeSet::new()), None)).await?;
        if items.is_empty() { Ok(()) } else { self.append_accepted(items).await.map(drop) }
    }

    async fn append_accepted(&self, items: Vec<Accepted>) -> Result<WaitingAcceptAnswer, ApiError> {
        let mut answer = WaitingAcceptAnswer { accepted: 0, submissions: 0, ranges: Vec::new() };
        let standing = if items.iter().any(|item| item.unfinished) {
            self.on_core(|engine, _| standing(engine)).await?
        } else {
            Standing::new()
        };
        let standing = Arc::new(standing);
        let places = self.place_submissions(&items, &standing, &mut answer).await?;
        let is_done = |item: &Accepted| item.unfinished && standing.contains_key(&item.leaf);
        let (done, mut open): (Vec<_>, Vec<_>) = items.into_iter().partition(is_done);
        for batch in batches(&done) {
            self.finish(batch, &places, &standing).await?;
        }
        // All of them together: nobody shall tell from their order which items came in one submission.
        shuffle(&mut open)?;
        let submissions: BTreeSet<Hash> = open.iter().map(|item| item.submission).collect();
        answer.submissions = submissions.len() as u64;
        for batch in batches(&open) {
            let records: Vec<NewRecord> =
                self.records(batch, &places).await?.into_iter().map(|(_, record)| record).collect();
            let range = self.on_core(move |engine, now| append(engine, now, records)).await?;
            extend(&mut answer.ranges, range);
            self.forget(batch).await?;
            answer.accepted += batch.len() as u64;
        }
        Ok(answer)
    }

    /// Appends the submissions of items, save those that stand in the feed already.
    async fn place_submissions(
        &self,
        items: &[Accepted],
        standing: &Arc<Standing>,
        answer: &mut WaitingAcceptAnswer,
    ) -> Result<Places, ApiError> {
        let names: BTreeSet<Hash> = items.iter().map(|item| item.submission).collect();
        let names: Vec<Hash> = names.into_iter().collect();
        let mut places = Places::new();
        for names in names.chunks(FLUSH) {
            let (names, standing) = (names.to_vec(), Arc::clone(standing));
            let kept =
                self.room(move |room| names.iter().map(|name| Ok((*name, room.kept(name)?))).collect());
            let kept: Vec<(Hash, Kept)> = kept.await?;
            let (placed, range) =
                self.on_core(move |engine, now| place(engine, now, kept, &standing)).await?;
            places.extend(placed);
            range.into_iter().for_each(|range| extend(&mut answer.ranges, range));
        }
        Ok(places)
    }

    /// Returns items as records, each with its leaf hash.
    async fn records(&self, items: &[Accepted], places: &Places) -> Result<Vec<(Hash, NewRecord)>, ApiError> {
        let items: Vec<(ItemId, Hash, Option<RecordId>)> =
            items.iter().map(|item| (item.id, item.leaf, places.get(&item.submission).copied())).collect();
        self.room(move |room| {
            let record = |(id, leaf, place): (ItemId, Hash, Option<RecordId>)| {
                let place = place.ok_or_else(|| internal(&"an item's submission is not in the feed"))?;
                Ok((leaf, room.stage_and_payload(&id)?.1.record(place)))
            };
            items.into_iter().map(record).collect()
        })
        .await
    }

    /// Forgets items that stand in the feed, once it holds their bodies too: leaves and bodies are in different files,
    /// and of what was not acknowledged a crash may leave the ones alone.
    async fn finish(
        &self,
        items: &[Accepted],
        places: &Places,
        standing: &Arc<Standing>,
    ) -> Result<(), ApiError> {
        let (records, standing) = (self.records(items, places).await?, Arc::clone(standing));
        self.on_core(move |engine, _| {
            let feed = data_feed(engine)?;
            let store = engine.sync.store();
            let bodies = records.into_iter().filter_map(|(leaf, record)| {
                let index = *standing.get(&leaf)?;
                (store.held(&feed, index, index + 1) == [false]).then_some((index, record.body?))
            });
            let bodies: Vec<_> = bodies.collect();
            Ok(engine.sync.store_mut().put_bodies(&feed, &bodies)?)
        })
        .await?;
        self.forget(items).await
    }

    /// Takes appended items out of the waiting room, and with the last item of a submission what was kept of that.
    async fn forget(&self, items: &[Accepted]) -> Result<(), ApiError> {
        let items: Vec<(ItemId, Hash)> = items.iter().map(|item| (item.id, item.submission)).collect();
        let done = self.room(move |room| room.forget(&items)).await?;
        self.forget_places(done).await
    }

    /// Forgets where submissions stand of which no item waits any more.
    pub(super) async fn forget_places(&self, submissions: Vec<Hash>) -> Result<(), ApiError> {
        if submissions.is_empty() {
            return Ok(());
        }
        self.on_core(move |engine, _| {
            let store = engine.sync.store_mut();
            let mut forget = |name: &Hash| store.set_state(Table::Node, &submission_key(name), None);
            Ok(submissions.iter().try_for_each(&mut forget)?)
        })
        .await
    }
}

impl Room {
    /// Marks items accepted, if the charter admits them; returns them, and those that were accepted before and wait
    /// still.
    pub(super) fn accept(
        &mut self,
        selection: Selection,
        admission: Option<&Admission>,
    ) -> Result<Vec<Accepted>, ApiError> {
        let unfinished: BTreeSet<ItemId> =
            self.waiting.ids(&Filter::at(Stage::Accepted)).into_iter().collect();
        let selected: BTreeSet<ItemId> = match selection {
            Selection::All => undecided(&self.waiting).into_iter().collect(),
            Selection::Items(items) => items,
        };
        let mut items = Vec::new();
        for id in &unfinished {
            match self.accepted_item(*id, None) {
                Ok(item) => items.push(item),
                // One that cannot be read must not keep all others out.
                Err(error) => tracing::error!(%id, %error, "an accepted item cannot be read"),
            }
        }
        for id in selected.difference(&unfinished) {
            items.push(self.accepted_item(*id, admission)?);
        }
        let ids: Vec<ItemId> = selected.into_iter().collect();
        self.waiting.set_stage(&ids, Stage::Accepted, "").map_err(refusal)?;
        Ok(items)
    }

    /// Returns an item that is accepted now, if the charter admits it, or was before.
    fn accepted_item(&self, id: ItemId, admission: Option<&Admission>) -> Result<Accepted, ApiError> {
        let (_, payload) = self.stage_and_payload(&id)?;
        check_terms(&id, &payload, admission)?;
        if !self.keeps(&payload.submission) {
            return Err(invalid(
                format!("the submission of item {id} is gone"),
                "reject it and import it again",
            ));
        }
        let bytes = payload.header.0.len() + payload.body.0.len();
        let (submission, leaf) = (payload.submission, leaf_hash(&payload.header.0));
        Ok(Accepted { id, submission, leaf, bytes, unfinished: admission.is_none() })
    }
}

/// A node's one data feed is public: nothing may reach it that is for members only, whatever an import let through;
/// nor what the charter admits no more. Nobody but its member may change the terms of an item.
fn check_terms(id: &ItemId, payload: &Payload, admission: Option<&Admission>) -> Result<(), ApiError> {
    match Leaf::decode(&payload.header.0) {
        Ok(Leaf::Contribution(header, _)) if is_public(&header) => {
            match admission.and_then(|admission| admission.objection(&header)) {
                None => Ok(()),
                Some(why) => {
                    Err(invalid(format!("item {id} {why}"), "reject it, and have its member import it again"))
                }
            }
        }
        Ok(_) => Err(invalid(format!("item {id} is not for a public feed"), "reject it")),
        Err(error) => Err(internal(&error)),
    }
}

fn data_feed(engine: &Engine) -> Result<FeedId, Refusal> {
    Ok(own(engine, None)?.data.ok_or(Unable::NoCollective)?)
}

/// Returns where every leaf of the data feed stands.
fn standing(engine: &Engine) -> Result<Standing, Refusal> {
    let feed = data_feed(engine)?;
    let store = engine.sync.store();
    Ok(store.leaf_hashes(&feed, 0, store.size(&feed))?.into_iter().zip(0..).collect())
}

/// Appends submissions that do not stand in the feed, and remembers where they do now.
fn place(
    engine: &mut Engine,
    now: u64,
    kept: Vec<(Hash, Kept)>,
    standing: &Standing,
) -> Result<(Places, Option<Range>), Refusal> {
    let feed = data_feed(engine)?;
    let (mut places, mut names, mut records) = (Places::new(), Vec::new(), Vec::new());
    for (name, kept) in kept {
        let record = kept.record(&engine.network);
        if let Some(place) = place_of(engine, feed, &name, &leaf_hash(&record.leaf), standing)? {
            places.insert(name, place);
        } else {
            names.push(name);
            records.push(record);
        }
    }
    if records.is_empty() {
        return Ok((places, None));
    }
    let range = append(engine, now, records)?;
    for (name, index) in names.into_iter().zip(range.start..) {
        let place = RecordId { feed, index };
        engine.sync.store_mut().set_state(
            Table::Node,
            &submission_key(&name),
            Some(&cbor::encode(&place)),
        )?;
        places.insert(name, place);
    }
    Ok((places, Some(range)))
}

/// Returns where a submission stands. What was remembered counts only if the submission is there: a crash, or a store
/// restored from a backup, may have left the memory without the record.
fn place_of(
    engine: &Engine,
    feed: FeedId,
    name: &Hash,
    leaf: &Hash,
    standing: &Standing,
) -> Result<Option<RecordId>, Refusal> {
    let store = engine.sync.store();
    let remembered = store.state(Table::Node, &submission_key(name));
    let remembered = remembered.and_then(|bytes| cbor::decode::<RecordId>(bytes, 64).ok());
    let found = standing.get(leaf).map(|index| RecordId { feed, index: *index });
    for place in remembered.into_iter().chain(found) {
        let is_there = place.feed == feed
            && place.index < store.size(&feed)
            && store.leaf_hashes(&feed, place.index, place.index + 1)?.first() == Some(leaf);
        if is_there {
            return Ok(Some(place));
        }
    }
    Ok(None)
}

fn submission_key(name: &Hash) -> Vec<u8> {
    [SUBMISSION_KEY, name.as_bytes()].concat()
}

fn append(engine: &mut Engine, now: u64, records: Vec<NewRecord>) -> Result<Range, Refusal> {
    let feed = data_feed(engine)?;
    let count = records.len() as u64;
    let start = engine.append(now, feed, records)?;
    Ok(Range { feed, start, end: start + count })
}

/// Splits items into what is appended at a time: so many, and of so many bytes.
fn batches(items: &[Accepted]) -> impl Iterator<Item = &[Accepted]> {
    let mut rest = items;
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let fits = |item: &&Accepted| {
            bytes += item.bytes;
            bytes <= BATCH_BYTES
        };
        let count = rest.iter().take(FLUSH).take_while(fits).count().max(1);
        let (batch, later) = rest.split_at_checked(count)?;
        rest = later;
        Some(batch)
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    fn item(bytes: usize) -> Accepted {
        Accepted {
            id: ItemId([0; 32]),
            submission: Hash([0; 32]),
            leaf: Hash([0; 32]),
            bytes,
            unfinished: false,
        }
    }

    #[test]
    fn batches_are_bounded_and_leave_nothing_out() {
        let sizes = |items: &[Accepted]| batches(items).map(<[Accepted]>::len).collect::<Vec<_>>();
        assert_eq!(sizes(&[]), [0; 0]);
        assert_eq!(sizes(&[item(1); 600]), [FLUSH, FLUSH, 600 - 2 * FLUSH]);
        assert_eq!(sizes(&[item(BATCH_BYTES + 1); 2]), [1, 1]);
        assert_eq!(sizes(&[item(BATCH_BYTES / 2); 5]), [2, 2, 1]);
    }
}
