//! Requests and responses between two nodes of ours.

use super::*;
use crate::{
    Error, MAX_IN_FLIGHT_PER_PEER, MAX_REQUEST_BYTES, MAX_RESPONSE_BYTES, MAX_WAITING_PER_PEER,
    RequestFailure,
};

async fn answer_next(node: &mut Node, bytes: Vec<u8>) -> (crate::RequestId, Vec<u8>) {
    let (id, request) = node
        .wait("request", |event| match event {
            Event::Request { id, bytes, .. } => Some((id, bytes)),
            _ => None,
        })
        .await;
    node.send(Command::Respond { id, bytes }).await;
    (id, request)
}

async fn one_exchange(listen: &str) {
    let (mut a, mut b) = (start(1, listen).await, start(2, listen).await);
    connect(&mut a, &mut b).await;
    let largest = vec![7; MAX_RESPONSE_BYTES];
    a.send(Command::Request { peer: b.key, id: 42, bytes: vec![9; MAX_REQUEST_BYTES] }).await;
    let (asked, request) = answer_next(&mut b, largest.clone()).await;
    assert_eq!(request, vec![9; MAX_REQUEST_BYTES]);
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
