//! Strikes: planned, declared, settled, lifted and watched.
//!
//! Whatever changes is counted by the valve's own planner, before and after: see [`survey`].

mod authority;
mod build;
mod declare;
mod end;
mod estimate;
mod known;
mod plan;
mod shown;
mod status;
mod survey;

use commonwheel_api::ApiError;
use commonwheel_api::types::{
    EmbargoShown, StrikeDeclareAnswer, StrikeDeclareRequest, StrikeDraft, StrikeDraftAnswer,
    StrikeDraftRequest, StrikeLiftAnswer, StrikeLiftRequest, StrikePlanAnswer, StrikePlanRequest,
    StrikeSettleAnswer, StrikeSettleRequest, StrikeStatusAnswer, StrikeStatusRequest,
};

use self::survey::Survey;
use super::Node;

pub(super) use authority::fix;
pub(super) use build::{cut, default_reach};

/// What is said wherever a strike is declared.
pub(crate) const CANNOT: [&str; 5] = [
    "it cannot undo an irrevocable licence: what was released under one before stays served by others",
    "it cannot prevent the copying of what somebody already has",
    "it cannot guarantee that anyone outside this network complies",
    "redaction is heuristic: it does not promise that no personal data is left",
    "preferences state a wish and are not enforcement",
];

fn cannot() -> Vec<String> {
    CANNOT.iter().map(|sentence| (*sentence).to_owned()).collect()
}

impl Node {
    /// Says what an embargo would do, and declares nothing.
    pub(super) async fn strike_plan(&self, request: StrikePlanRequest) -> Result<StrikePlanAnswer, ApiError> {
        let curve = request.curve.as_ref().map(estimate::Asked::read).transpose()?;
        let nodes = self.strike_nodes();
        let begun = self.on_core(move |e, now| plan::begin(e, now, &request, nodes)).await?;
        let (planned, survey) = begun;
        let survey = self.counted(survey).await?;
        Ok(planned.answer(&survey, curve.as_ref()))
    }

    /// Declares an embargo, then says what it covers: it is on its way to the peers before that is counted.
    pub(super) async fn strike_declare(
        &self,
        request: StrikeDeclareRequest,
    ) -> Result<StrikeDeclareAnswer, ApiError> {
        let id = self.on_core(move |e, now| declare::declare(e, now, &request)).await?;
        let nodes = self.strike_nodes();
        let (standing, survey) = self.on_core(move |e, now| declare::declared(e, now, id, nodes)).await?;
        let survey = self.counted(survey).await?;
        Ok(declare::answer(id, standing, &survey))
    }

    pub(super) async fn strike_draft(
        &self,
        request: StrikeDraftRequest,
    ) -> Result<StrikeDraftAnswer, ApiError> {
        let made = self.on_core(move |e, now| match request.draft {
            StrikeDraft::Declare(request) => declare::draft(e, now, &request),
            StrikeDraft::Settle(request) => end::settle(e, now, request, true),
            StrikeDraft::Lift(request) => end::lift(e, now, request, true),
        });
        Ok(StrikeDraftAnswer { made: made.await? })
    }

    pub(super) async fn strike_settle(
        &self,
        request: StrikeSettleRequest,
    ) -> Result<StrikeSettleAnswer, ApiError> {
        let embargo = request.embargo;
        let made = self.on_core(move |e, now| end::settle(e, now, request, false)).await?;
        let id = end::appended(made)?;
        let coverage = self.coverage(embargo).await?;
        Ok(StrikeSettleAnswer { id, coverage, cannot: cannot() })
    }

    pub(super) async fn strike_lift(&self, request: StrikeLiftRequest) -> Result<StrikeLiftAnswer, ApiError> {
        let embargo = request.embargo;
        let made = self.on_core(move |e, now| end::lift(e, now, request, false)).await?;
        let id = end::appended(made)?;
        let coverage = self.coverage(embargo).await?;
        Ok(StrikeLiftAnswer { id, coverage, cannot: cannot() })
    }

    pub(super) async fn strike_status(
        &self,
        request: StrikeStatusRequest,
    ) -> Result<StrikeStatusAnswer, ApiError> {
        let nodes = self.strike_nodes();
        let mut embargoes = self.on_core(move |e, now| status::shown(e, now, &request, &nodes)).await?;
        let lasts = |embargo: &&mut EmbargoShown| !status::is_over(&embargo.standing);
        for embargo in embargoes.iter_mut().filter(lasts) {
            embargo.coverage = self.coverage(embargo.id).await?;
        }
        Ok(StrikeStatusAnswer { embargoes, cannot: cannot() })
    }

    /// Counts what an embargo covers now; nothing for one without effect.
    async fn coverage(
        &self,
        embargo: commonwheel_record::RecordId,
    ) -> Result<commonwheel_api::types::Coverage, ApiError> {
        let begun = self.on_core(move |e, now| Ok(survey::of_embargo(e, now, &embargo, &[]))).await?;
        match begun {
            Some(survey) => Ok(shown::coverage(&self.counted(survey).await?.plan().total)),
            None => Ok(commonwheel_api::types::Coverage::default()),
        }
    }

    /// Goes through what is held in turns, so that nothing else has to wait for a count.
    async fn counted(&self, mut survey: Survey) -> Result<Survey, ApiError> {
        while !survey.is_done() {
            survey = self
                .on_core(move |engine, _| {
                    survey.turn(engine)?;
                    Ok(survey)
                })
                .await?;
        }
        Ok(survey)
    }
}
