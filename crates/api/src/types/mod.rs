//! What every operation asks and answers, as JSON shows it.
//!
//! Ids, keys and closed vocabularies are [words](crate::word), times are seconds since 1970, sizes are bytes and
//! ranges leave out their end. A request refuses fields it does not know; an answer may gain some.

mod access;
mod ballots;
mod collectives;
mod control;
mod feeds;
mod holdings;
mod import;
mod members;
mod peers;
mod records;
mod release;
mod shapes;
mod status;
mod strike;
mod waiting;
mod why;
mod withdraw;

pub use access::{
    GrantListAnswer, GrantListRequest, GrantMakeAnswer, GrantMakeRequest, GrantShown, OfferListAnswer,
    OfferListRequest, OfferMakeAnswer, OfferMakeRequest, OfferShown,
};
pub use ballots::{
    BallotCloseAnswer, BallotCloseRequest, BallotEraseAnswer, BallotEraseRequest, BallotListAnswer,
    BallotListRequest, BallotName, BallotOpenAnswer, BallotOpenRequest, BallotShowAnswer, BallotShowRequest,
    BallotShown, BallotStage, MandateShown, Need, ProposalShape, TallyShown, TermsShape, Unwitnessed,
};
pub use collectives::{
    AffiliateShown, CharterShown, CollectiveFollowAnswer, CollectiveFollowRequest, CollectiveListAnswer,
    CollectiveListRequest, CollectiveShowAnswer, CollectiveShowRequest, CollectiveSummary, FollowReason,
    IneffectiveShown, KeysShown, NodeShown,
};
pub use control::{
    Affiliated, CarryAnswer, CarryRequest, ControlAppendAnswer, ControlAppendRequest, Decree, DecreeAnswer,
    DecreeRequest, Delegated, Draft, DraftBody, Enrol, Hex, Made, Revoke,
};
pub use feeds::{FeedListAnswer, FeedListRequest, FeedShown};
pub use holdings::{FeedHoldings, HoldingsAnswer, HoldingsRequest, ViewHash};
pub use import::{ImportAnswer, ImportRequest, SkipShown};
pub use members::{MemberListAnswer, MemberListRequest, MemberShown};
pub use peers::{PeerAddAnswer, PeerAddRequest, PeerListAnswer, PeerListRequest, PeerShown};
pub use records::{BodyState, RecordShowAnswer, RecordShowRequest};
pub use release::{
    ReleaseCutAnswer, ReleaseCutRequest, ReleaseListAnswer, ReleaseListRequest, ReleaseMode,
    ReleaseShowAnswer, ReleaseShowRequest, ReleaseShown,
};
pub use status::{NetworkShown, PeerCounts, StatusAnswer, StatusRequest, Totals, Warning};
pub use strike::{
    Acknowledged, Authorised, Breakdown, Compliance, Coverage, CurveShape, EmbargoShown, EmbargoStanding,
    EmbargoTerms, Estimate, NodeAffected, NodeKnown, Part, PossibleMandate, RestsOn, ShareShown,
    StrikeDeclareAnswer, StrikeDeclareRequest, StrikeDraft, StrikeDraftAnswer, StrikeDraftRequest,
    StrikeLiftAnswer, StrikeLiftRequest, StrikePlanAnswer, StrikePlanRequest, StrikeSettleAnswer,
    StrikeSettleRequest, StrikeStatusAnswer, StrikeStatusRequest, WithoutEffect,
};
pub use waiting::{
    Selection, WaitingAcceptAnswer, WaitingAcceptRequest, WaitingCounts, WaitingItem, WaitingListAnswer,
    WaitingListRequest, WaitingRejectAnswer, WaitingRejectRequest,
};
pub use why::{Asker, Decided, Related, WhyPeerAnswer, WhyPeerRequest, WhyRecordAnswer, WhyRecordRequest};
pub use withdraw::{WithdrawAnswer, WithdrawRequest};
