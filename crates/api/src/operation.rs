//! The table of operations: each is a request, an answer, a method and a path.

use std::fmt::Debug;
use std::future::Future;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::ApiError;
use crate::types::*;
use crate::upload::Upload;

/// How an operation is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// It reads, and its request is the query.
    Get,
    /// It changes, and its request is a JSON body.
    Post,
}

impl Method {
    /// Returns the method's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// A request that has an answer.
pub trait Operation: Serialize + DeserializeOwned + Debug + Send + 'static {
    /// How it is asked for.
    const METHOD: Method;
    /// Where.
    const PATH: &'static str;
    /// What comes back.
    type Answer: Serialize + DeserializeOwned + Debug + Send + 'static;

    /// Wraps the request.
    fn into_command(self) -> Command;

    /// Unwraps the answer; none if it answers something else.
    fn answer_of(answer: Answer) -> Option<Self::Answer>;
}

/// An import: its terms, and the export's bytes.
#[derive(Debug)]
pub struct ImportJob {
    /// The terms.
    pub terms: ImportRequest,
    /// The bytes.
    pub upload: Upload,
}

/// Where an import is posted: a line of JSON with the terms, then the export's bytes.
pub const IMPORT_PATH: &str = "/v1/import";

/// The media type of what is posted there.
pub const IMPORT_TYPE: &str = "application/vnd.commonwheel.import";

/// Calls a macro with the whole table, so that routes, commands and answers cannot part ways.
macro_rules! for_each_operation {
    ($then:ident) => {
        $then! {
            Status: Get "/v1/status" StatusRequest => StatusAnswer;
            WaitingList: Get "/v1/waiting" WaitingListRequest => WaitingListAnswer;
            WaitingAccept: Post "/v1/waiting/accept" WaitingAcceptRequest => WaitingAcceptAnswer;
            WaitingReject: Post "/v1/waiting/reject" WaitingRejectRequest => WaitingRejectAnswer;
            ReleaseCut: Post "/v1/releases/cut" ReleaseCutRequest => ReleaseCutAnswer;
            ReleaseList: Get "/v1/releases" ReleaseListRequest => ReleaseListAnswer;
            ReleaseShow: Get "/v1/release" ReleaseShowRequest => ReleaseShowAnswer;
            OfferMake: Post "/v1/offers/make" OfferMakeRequest => OfferMakeAnswer;
            OfferList: Get "/v1/offers" OfferListRequest => OfferListAnswer;
            GrantMake: Post "/v1/grants/make" GrantMakeRequest => GrantMakeAnswer;
            GrantList: Get "/v1/grants" GrantListRequest => GrantListAnswer;
            StrikePlan: Post "/v1/strikes/plan" StrikePlanRequest => StrikePlanAnswer;
            StrikeDeclare: Post "/v1/strikes/declare" StrikeDeclareRequest => StrikeDeclareAnswer;
            StrikeDraft: Post "/v1/strikes/draft" StrikeDraftRequest => StrikeDraftAnswer;
            StrikeSettle: Post "/v1/strikes/settle" StrikeSettleRequest => StrikeSettleAnswer;
            StrikeLift: Post "/v1/strikes/lift" StrikeLiftRequest => StrikeLiftAnswer;
            StrikeStatus: Get "/v1/strikes" StrikeStatusRequest => StrikeStatusAnswer;
            Withdraw: Post "/v1/withdraw" WithdrawRequest => WithdrawAnswer;
            WhyRecord: Get "/v1/why/record" WhyRecordRequest => WhyRecordAnswer;
            WhyPeer: Get "/v1/why/peer" WhyPeerRequest => WhyPeerAnswer;
            PeerAdd: Post "/v1/peers/add" PeerAddRequest => PeerAddAnswer;
            PeerList: Get "/v1/peers" PeerListRequest => PeerListAnswer;
            CollectiveList: Get "/v1/collectives" CollectiveListRequest => CollectiveListAnswer;
            CollectiveShow: Get "/v1/collective" CollectiveShowRequest => CollectiveShowAnswer;
            CollectiveFollow: Post "/v1/collectives/follow" CollectiveFollowRequest => CollectiveFollowAnswer;
            ControlAppend: Post "/v1/control/append" ControlAppendRequest => ControlAppendAnswer;
            Carry: Post "/v1/control/carry" CarryRequest => CarryAnswer;
            Decree: Post "/v1/control/decree" DecreeRequest => DecreeAnswer;
            MemberList: Get "/v1/members" MemberListRequest => MemberListAnswer;
            BallotOpen: Post "/v1/ballots/open" BallotOpenRequest => BallotOpenAnswer;
            BallotList: Get "/v1/ballots" BallotListRequest => BallotListAnswer;
            BallotShow: Get "/v1/ballot" BallotShowRequest => BallotShowAnswer;
            BallotClose: Post "/v1/ballots/close" BallotCloseRequest => BallotCloseAnswer;
            BallotErase: Post "/v1/ballots/erase" BallotEraseRequest => BallotEraseAnswer;
            FeedList: Get "/v1/feeds" FeedListRequest => FeedListAnswer;
            RecordShow: Get "/v1/record" RecordShowRequest => RecordShowAnswer;
            Holdings: Get "/v1/holdings" HoldingsRequest => HoldingsAnswer;
        }
    };
}

macro_rules! commands {
    ($($name:ident: $method:ident $path:literal $request:ident => $answer:ident;)+) => {
        /// Every operation but the import, by method and path.
        pub const OPERATIONS: &[(Method, &str)] = &[$((Method::$method, $path)),+];

        /// What a node can be asked to do.
        #[derive(Debug)]
        pub enum Command {
            /// Takes an export into the waiting room.
            Import(Box<ImportJob>),
            $(#[doc = concat!("`", $path, "`.")] $name($request)),+
        }

        /// What it answers, one a command.
        #[derive(Debug, PartialEq)]
        #[allow(clippy::large_enum_variant, reason = "an answer is made once and handed on once")]
        pub enum Answer {
            /// To [`Command::Import`].
            Import(ImportAnswer),
            $(#[doc = concat!("To [`Command::", stringify!($name), "`].")] $name($answer)),+
        }

        $(
            impl Operation for $request {
                const METHOD: Method = Method::$method;
                const PATH: &'static str = $path;
                type Answer = $answer;

                fn into_command(self) -> Command {
                    Command::$name(self)
                }

                fn answer_of(answer: Answer) -> Option<$answer> {
                    match answer {
                        Answer::$name(answer) => Some(answer),
                        _ => None,
                    }
                }
            }

            impl From<$answer> for Answer {
                fn from(answer: $answer) -> Self {
                    Self::$name(answer)
                }
            }
        )+
    };
}

for_each_operation!(commands);
pub(crate) use for_each_operation;

impl From<ImportAnswer> for Answer {
    fn from(answer: ImportAnswer) -> Self {
        Self::Import(answer)
    }
}

/// Whoever does what is asked: the running node, or a stand-in in tests.
pub trait Backend: Send + Sync + 'static {
    /// Does it. Dropping the future gives up waiting; what was begun may still be done.
    ///
    /// # Errors
    /// [`ApiError`], which is shown as it is.
    fn call(&self, command: Command) -> impl Future<Output = Result<Answer, ApiError>> + Send;
}
