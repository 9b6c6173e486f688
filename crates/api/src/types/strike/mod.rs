//! Strikes: planned, declared, settled, lifted and watched.

mod counts;
mod declare;
mod end;
mod plan;
mod status;

pub use counts::{Breakdown, Coverage, Part};
pub use declare::{
    EmbargoTerms, StrikeDeclareAnswer, StrikeDeclareRequest, StrikeDraft, StrikeDraftAnswer,
    StrikeDraftRequest,
};
pub use end::{StrikeLiftAnswer, StrikeLiftRequest, StrikeSettleAnswer, StrikeSettleRequest};
pub use plan::{
    Authorised, CurveShape, Estimate, NodeAffected, PossibleMandate, ShareShown, StrikePlanAnswer,
    StrikePlanRequest, WithoutEffect,
};
pub use status::{
    Acknowledged, Compliance, EmbargoShown, EmbargoStanding, NodeKnown, RestsOn, StrikeStatusAnswer,
    StrikeStatusRequest,
};
