//! What a reviewer sees of the waiting room, and what is rejected.

use commonwheel_api::types::{
    Selection, WaitingCounts, WaitingItem, WaitingListAnswer, WaitingListRequest, WaitingRejectAnswer,
    WaitingRejectRequest,
};
use commonwheel_api::{ApiError, ErrorCode};
use commonwheel_intake::waiting::{Filter, ItemId, Listed, Stage, WaitingRoom};
use commonwheel_record::Hash;

use super::{Node, Room};

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
        let rejected = self.room(move |room| room.reject(request.items, &request.reason));
        let (rejected, done) = rejected.await?;
        self.forget_places(done).await?;
        Ok(WaitingRejectAnswer { rejected })
    }
}

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

    /// Rejects items; returns how many, and the submissions of which no item waits any more.
    fn reject(&mut self, selection: Selection, reason: &str) -> Result<(u64, Vec<Hash>), ApiError> {
        let ids = self.select(selection);
        let mut submissions = Vec::new();
        for id in &ids {
            let (stage, payload) = self.stage_and_payload(id)?;
            submissions.extend((stage != Stage::Rejected).then_some(payload.submission));
        }
        let rejected = self.waiting.set_stage(&ids, Stage::Rejected, reason).map_err(refusal)?;
        Ok((rejected, self.unlist(submissions)?))
    }
}

/// Returns what waits for a decision.
pub(super) fn undecided(waiting: &WaitingRoom) -> Vec<ItemId> {
    waiting.ids(&Filter::at(Stage::Checked))
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

pub(super) fn refusal(error: commonwheel_intake::waiting::WaitingError) -> ApiError {
    let fix = "`commonwheel waiting list` shows what is there and at which stage";
    ApiError::new(ErrorCode::Conflict, error, fix)
}
