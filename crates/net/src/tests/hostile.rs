//! Peers that break the frame, or take their time. The node goes on serving them and everybody else.

use futures::StreamExt;
use libp2p::swarm::SwarmEvent;

use super::{
    raw::{Bytes, Raw, answer, ask, drive, raw},
    *,
};
use crate::{MAX_REQUEST_BYTES, MAX_RESPONSE_BYTES, RequestFailure};

const SHORT: Duration = Duration::from_millis(300);

async fn hurried(seed: u8) -> Node {
    start_with(seed, TCP, |options| options.tuning.chunk_deadline = SHORT).await
}

/// Sends each request on a fresh stream: none reaches the caller, all streams are ended, and a good one still passes.
async fn refused(requests: Vec<Bytes>) {
    let mut node = hurried(1).await;
    let mut peer = raw(&node.address, true).await;
    for request in requests {
        let shown = format!("{:?} ...", &request.bytes[..request.bytes.len().min(8)]);
        let answer = ask(&mut peer, request).await;
        assert!(answer.as_ref().map_or(true, Vec::is_empty), "{shown} was answered: {answer:?}");
    }
    let good = tokio::spawn(async move { ask(&mut peer, Bytes::frame(2, b"ok")).await });
    let mut requests = 0;
    let id = node
        .wait("good request", |event| match event {
            Event::Request { id, bytes, .. } => {
                requests += 1;
                assert_eq!(bytes, b"ok");
                Some(id)
            }
            _ => None,
        })
        .await;
    assert_eq!(requests, 1);
    node.send(Command::Respond { id, bytes: b"yes".to_vec() }).await;
    assert_eq!(good.await.unwrap().unwrap(), b"\x03\0\0\0yes");
}

#[tokio::test]
async fn malformed_requests_are_refused() {
    let over = u32::try_from(MAX_REQUEST_BYTES + 1).unwrap();
    refused(vec![
        Bytes::frame(over, &[7; 100]),
        Bytes::frame(u32::MAX, &[7; 100]).stalling(),
        Bytes::frame(100, &[7; 99]),
        Bytes::frame(100, &[7; 101]),
        Bytes::frame(0, &[]),
        Bytes { bytes: vec![1, 0], stalls: false },
        Bytes { bytes: Vec::new(), stalls: false },
    ])
    .await;
}

#[tokio::test]
async fn requests_that_stall_are_given_up() {
    refused(vec![
        Bytes::frame(100, &[7; 50]).stalling(),
        Bytes::frame(100, &[7; 100]).stalling(),
        Bytes { bytes: vec![1, 0], stalls: true },
    ])
    .await;
}

/// Lets the raw peer answer our request with `response`, and returns how the request failed.
async fn answered_with(response: Bytes) -> RequestFailure {
    let mut node = hurried(1).await;
    let mut peer: Raw = raw(&node.address, true).await;
    let key = node
        .wait("connection", |event| match event {
            Event::Connected { peer, .. } => Some(peer),
            _ => None,
        })
        .await;
    node.send(Command::Request { peer: key, id: 1, bytes: vec![1] }).await;
    let answering = tokio::spawn(async move {
        answer(&mut peer, response).await;
        loop {
            peer.select_next_some().await;
        }
    });
    let why = node
        .wait("failure", |event| match event {
            Event::RequestFailed { why, .. } => Some(why),
            Event::Response { .. } => panic!("the answer was taken"),
            _ => None,
        })
        .await;
    answering.abort();
    why
}

#[tokio::test]
async fn malformed_responses_are_refused() {
    let over = u32::try_from(MAX_RESPONSE_BYTES + 1).unwrap();
    assert_eq!(answered_with(Bytes::frame(over, &[7; 100])).await, RequestFailure::Malformed);
    assert_eq!(answered_with(Bytes::frame(u32::MAX, &[7; 100])).await, RequestFailure::Malformed);
    assert_eq!(answered_with(Bytes::frame(100, &[7; 101])).await, RequestFailure::Malformed);
    assert_eq!(answered_with(Bytes::frame(0, &[])).await, RequestFailure::Malformed);
    assert_eq!(answered_with(Bytes::frame(100, &[7; 99])).await, RequestFailure::Dropped);
}

#[tokio::test]
async fn responses_that_stall_are_given_up() {
    assert_eq!(answered_with(Bytes::frame(100, &[7; 50]).stalling()).await, RequestFailure::Timeout);
    assert_eq!(answered_with(Bytes::frame(100, &[7; 100]).stalling()).await, RequestFailure::Timeout);
}

/// A peer asks for much and reads nothing: the answer is given up, and its bytes are no longer ours to hold.
#[tokio::test]
async fn a_peer_that_does_not_read_is_given_up() {
    let mut node = hurried(1).await;
    let mut peer = raw(&node.address, false).await;
    let to = *peer.connected_peers().next().unwrap();
    peer.behaviour_mut().send_request(&to, Bytes::frame(2, b"ok"));
    let running = tokio::spawn(async move { drive(&mut peer, closed).await });
    let id = node
        .wait("request", |event| match event {
            Event::Request { id, .. } => Some(id),
            _ => None,
        })
        .await;
    node.send(Command::Respond { id, bytes: vec![7; MAX_RESPONSE_BYTES] }).await;
    node.wait("failure", |event| match event {
        Event::ResponseFailed { id: failed, .. } => (failed == id).then_some(()),
        Event::ResponseSent { .. } => panic!("more was sent than the peer's window holds"),
        _ => None,
    })
    .await;
    running.abort();
}

fn closed<T>(event: SwarmEvent<T>) -> Option<()> {
    matches!(event, SwarmEvent::ConnectionClosed { .. }).then_some(())
}
