//! Every operation travels: request and answer arrive as they were sent, in the JSON that `testdata` shows.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::path::{Path, PathBuf};

use commonwheel_api::types::*;
use commonwheel_api::{Answer, IMPORT_PATH, OPERATIONS, Operation};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::house::Server;

fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata")
}

fn file_of(path: &str) -> String {
    format!("{}.json", path.trim_start_matches("/v1/").replace('/', "-"))
}

fn sample(path: &str) -> Value {
    let file = testdata().join(file_of(path));
    serde_json::from_str(&std::fs::read_to_string(&file).unwrap_or_else(|_| panic!("{file:?}"))).unwrap()
}

/// Reads a value from JSON that must be its only form.
pub(crate) fn read<T: Serialize + DeserializeOwned>(json: &Value) -> T {
    let value: T = serde_json::from_value(json.clone()).unwrap_or_else(|error| panic!("{error} in {json:#}"));
    assert_eq!(serde_json::to_value(&value).unwrap(), *json);
    value
}

async fn travels<R>(server: &Server, seen: &mut BTreeSet<&'static str>)
where
    R: Operation + Clone,
    R::Answer: Into<Answer> + PartialEq + Debug,
{
    let sample = sample(R::PATH);
    let request: R = read(&sample["request"]);
    server.script.will(Ok(read::<R::Answer>(&sample["answer"]).into()));
    let answer = server.client().call(&request).await.unwrap();
    assert_eq!(answer, read::<R::Answer>(&sample["answer"]), "{}", R::PATH);
    let asked = server.script.asked().pop().unwrap();
    assert_eq!(asked, format!("{:?}", request.into_command()));
    assert!(seen.insert(R::PATH));
}

macro_rules! travel {
    ($server:expr, $($request:ident),+ $(,)?) => {{
        let mut seen = BTreeSet::new();
        $(travels::<$request>($server, &mut seen).await;)+
        seen
    }};
}

#[tokio::test]
async fn every_operation_travels_as_testdata_shows_it() {
    let server = Server::unix();
    let seen = travel!(
        &server,
        StatusRequest,
        WaitingListRequest,
        WaitingAcceptRequest,
        WaitingRejectRequest,
        ReleaseCutRequest,
        ReleaseListRequest,
        ReleaseShowRequest,
        OfferMakeRequest,
        OfferListRequest,
        GrantMakeRequest,
        GrantListRequest,
        StrikePlanRequest,
        StrikeDeclareRequest,
        StrikeDraftRequest,
        StrikeSettleRequest,
        StrikeLiftRequest,
        StrikeStatusRequest,
        WithdrawRequest,
        WhyRecordRequest,
        WhyPeerRequest,
        PeerAddRequest,
        PeerListRequest,
        CollectiveListRequest,
        CollectiveShowRequest,
        CollectiveFollowRequest,
        ControlAppendRequest,
        CarryRequest,
        DecreeRequest,
        MemberListRequest,
        BallotOpenRequest,
        BallotListRequest,
        BallotShowRequest,
        BallotCloseRequest,
        BallotEraseRequest,
        FeedListRequest,
        RecordShowRequest,
        HoldingsRequest,
    );
    let all: BTreeSet<&str> = OPERATIONS.iter().map(|(_, path)| *path).collect();
    assert_eq!(seen, all, "an operation is not tried here");
}

#[test]
fn every_file_of_testdata_is_an_operations() {
    let paths = OPERATIONS.iter().map(|(_, path)| *path).chain([IMPORT_PATH]);
    let expected: BTreeSet<String> = paths.map(file_of).collect();
    let found = std::fs::read_dir(testdata()).unwrap();
    let found: BTreeSet<String> =
        found.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn short_requests_take_the_defaults() {
    let server = Server::unix();
    let request: StrikeDeclareRequest = serde_json::from_str(r#"{"variant": "pause"}"#).unwrap();
    assert!(request.scope.covers(None) && request.demand.is_empty() && request.reach.is_none());
    for target in ["/v1/waiting", "/v1/waiting?limit=7", "/v1/strikes", "/v1/holdings"] {
        let head = format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assert_eq!(server.raw(head.as_bytes()).await.code(), "not-found", "{target}");
    }
    assert!(server.script.asked()[1].contains("limit: 7"));
}

#[tokio::test]
async fn the_index_lists_every_path() {
    let reply = Server::unix().raw(b"GET /v1 HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    assert_eq!(reply.status, 200);
    for (_, path) in OPERATIONS {
        assert!(reply.body.contains(&format!("\"{path}\"")), "{path}");
    }
}
