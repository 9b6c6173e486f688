//! Requests and responses between two nodes of ours.

use std::collections::BTreeSet;

use super::*;
use crate::{
    MAX_GOSSIP_BYTES, MAX_IN_FLIGHT_PER_PEER, MAX_REQUEST_BYTES, MAX_RESPONSE_BYTES, MAX_WAITING_PER_PEER,
    RequestFailure, RequestId, Topic,
};

async fn request(node: &mut Node) -> (RequestId, Vec<u8>) {
    node.wait("request", |event| match event {
        Event::Request { id, bytes, .. } => Some((id, bytes)),
        _ => None,
    })
    .await
}

async fn one_exchange(listen: &str) {
    let (mut a, mut b) = (start(1, listen).await, start(2, listen).await);
    connect(&mut a, &mut b).await;
    let largest = vec![7; MAX_RESPONSE_BYTES];
    a.send(Command::Request { peer: b.key, id: 42, bytes: vec![9; MAX_REQUEST_BYTES] }).await;
    let (asked, bytes) = request(&mut b).await;
    assert_eq!(bytes, vec![9; MAX_REQUEST_BYTES]);
    b.send(Command::Respond { id: asked, bytes: largest.clone() }).await;
    assert_eq!(a.event().await, Event::Response { peer: b.key, id: 42, bytes: largest });
    assert_eq!(b.event().await, Event::ResponseSent { peer: a.key, id: asked });
}

#[tokio::test]
async fn a_request_is_answered_over_tcp() {
    one_exchange(TCP).await;
}

#[tokio::test]
async fn a_request_is_answered_over_quic() {
    one_exchange(QUIC).await;
}

/// Both ask for all they may at once; neither's questions keep the other's out.
#[tokio::test]
async fn two_nodes_can_ask_each_other_at_once() {
    let (mut a, mut b) = (start(1, TCP).await, start(2, TCP).await);
    connect(&mut a, &mut b).await;
    let each = u64::try_from(MAX_IN_FLIGHT_PER_PEER + MAX_WAITING_PER_PEER).unwrap();
    for id in 0..each {
        a.send(Command::Request { peer: b.key, id, bytes: vec![1; 100] }).await;
        b.send(Command::Request { peer: a.key, id, bytes: vec![2; 100] }).await;
    }
    let finished = tokio::join!(answered(&mut a, each), answered(&mut b, each));
    assert_eq!(finished, ((0..each).collect(), (0..each).collect()));
}

/// Answers every request and returns the ids of its own that were answered.
async fn answered(node: &mut Node, count: u64) -> BTreeSet<u64> {
    let (mut done, mut sent) = (BTreeSet::new(), 0);
    while done.len() < usize::try_from(count).unwrap() || sent < count {
        match node.event().await {
            Event::Request { id, bytes, .. } => node.send(Command::Respond { id, bytes }).await,
            Event::Response { id, .. } => assert!(done.insert(id), "answered twice"),
            Event::ResponseSent { .. } => sent += 1,
            other => panic!("{other:?}"),
        }
    }
    done
}

#[tokio::test]
async fn one_request_too_many_fails_at_once() {
    let (mut a, mut b) = (start(1, TCP).await, start(2, TCP).await);
    connect(&mut a, &mut b).await;
    let room = u64::try_from(MAX_IN_FLIGHT_PER_PEER + MAX_WAITING_PER_PEER).unwrap();
    for id in 0..=room {
        a.send(Command::Request { peer: b.key, id, bytes: vec![1] }).await;
    }
    let busy = Event::RequestFailed { peer: b.key, id: room, why: RequestFailure::Busy };
    assert_eq!(a.event().await, busy);
}

#[tokio::test]
async fn an_unknown_peer_cannot_be_asked() {
    let mut a = start(1, TCP).await;
    a.send(Command::Request { peer: [5; 32], id: 3, bytes: vec![1] }).await;
    let failed = Event::RequestFailed { peer: [5; 32], id: 3, why: RequestFailure::NotConnected };
    assert_eq!(a.event().await, failed);
}

#[tokio::test]
async fn a_question_nobody_answers_times_out_on_both_sides() {
    let deadline =
        |millis| move |options: &mut Options| options.tuning.request_deadline = Duration::from_millis(millis);
    // Whoever asks gives up first: to be told by the other that it did is a failure of another name.
    let mut a = start_with(1, TCP, deadline(500)).await;
    let mut b = start_with(2, TCP, deadline(2000)).await;
    connect(&mut a, &mut b).await;
    a.send(Command::Request { peer: b.key, id: 1, bytes: vec![1] }).await;
    let (asked, _) = request(&mut b).await;
    let failed = Event::RequestFailed { peer: b.key, id: 1, why: RequestFailure::Timeout };
    assert_eq!(a.event().await, failed);
    assert_eq!(b.event().await, Event::ResponseFailed { peer: a.key, id: asked });
    // Too late an answer changes nothing, and the connection is as good as before.
    b.send(Command::Respond { id: asked, bytes: vec![1] }).await;
    a.send(Command::Request { peer: b.key, id: 2, bytes: vec![2] }).await;
    let (asked, bytes) = request(&mut b).await;
    b.send(Command::Respond { id: asked, bytes }).await;
    assert_eq!(a.event().await, Event::Response { peer: b.key, id: 2, bytes: vec![2] });
}

/// Everything open ends with the connection, and before the peer is called gone.
async fn disconnecting(listen: &str) {
    let (mut a, mut b) = (start(1, listen).await, start(2, listen).await);
    connect(&mut a, &mut b).await;
    let asked = MAX_IN_FLIGHT_PER_PEER + 3;
    for id in 0..asked {
        a.send(Command::Request { peer: b.key, id: id as u64, bytes: vec![1] }).await;
    }
    for _ in 0..MAX_IN_FLIGHT_PER_PEER {
        request(&mut b).await;
    }
    b.send(Command::Disconnect { peer: a.key }).await;
    for _ in 0..asked {
        let event = a.event().await;
        assert!(matches!(event, Event::RequestFailed { .. }), "{event:?}");
    }
    assert_eq!(a.event().await, Event::Disconnected { peer: b.key });
    for _ in 0..MAX_IN_FLIGHT_PER_PEER {
        let event = b.event().await;
        assert!(matches!(event, Event::ResponseFailed { .. }), "{event:?}");
    }
    assert_eq!(b.event().await, Event::Disconnected { peer: a.key });
}

#[tokio::test]
async fn disconnecting_ends_what_was_open_over_tcp() {
    disconnecting(TCP).await;
}

#[tokio::test]
async fn disconnecting_ends_what_was_open_over_quic() {
    disconnecting(QUIC).await;
}

#[tokio::test]
async fn messages_of_a_wrong_size_are_refused_where_they_are_sent() {
    let a = start(1, TCP).await;
    for len in [0, MAX_REQUEST_BYTES + 1] {
        let command = Command::Request { peer: [5; 32], id: 3, bytes: vec![1; len] };
        assert!(matches!(a.handle.try_send(command), Err(Error::Size { .. })));
    }
    for len in [0, MAX_RESPONSE_BYTES + 1] {
        let command = Command::Respond { id: RequestId(0), bytes: vec![1; len] };
        assert!(matches!(a.handle.send(command).await, Err(Error::Size { .. })));
    }
    for len in [0, MAX_GOSSIP_BYTES + 1] {
        let command = Command::Publish { topic: Topic::Ctl, bytes: vec![1; len] };
        let slot = a.handle.reserve().await.unwrap();
        assert!(matches!(slot.send(command), Err(Error::Size { .. })));
    }
}
