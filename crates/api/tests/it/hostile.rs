//! Requests that are wrong, huge, slow or unlucky get an answer, and the server goes on.

use std::time::{Duration, Instant};

use commonwheel_api::types::{PeerAddRequest, StatusRequest};
use commonwheel_api::{ApiError, Client, ClientError, ErrorCode, MAX_CONNECTIONS};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;

use crate::house::{Reply, Server, short};

async fn post(server: &Server, kind: &str, body: &[u8]) -> Reply {
    let head = format!(
        "POST /v1/peers/add HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    server.raw(&[head.as_bytes(), body].concat()).await
}

#[tokio::test]
async fn bodies_that_are_not_understood() {
    let server = Server::unix();
    let deep = "[".repeat(100_000);
    let bodies: [&[u8]; 8] = [
        b"",
        b"{",
        b"null",
        br#"{"address": 1}"#,
        br#"{"address": "a", "adress": "b"}"#,
        br#"{"address": "a"} x"#,
        b"\xff\xfe",
        deep.as_bytes(),
    ];
    for body in bodies {
        let reply = post(&server, "application/json", body).await;
        let shown = String::from_utf8_lossy(&body[..body.len().min(40)]);
        assert_eq!((reply.status, reply.code().as_str()), (400, "bad-request"), "{shown}");
        assert!(reply.body.contains("\"fix\""), "{}", reply.body);
    }
    assert!(server.script.asked().is_empty());
}

#[tokio::test]
async fn queries_that_are_not_understood() {
    let server = Server::unix();
    for target in [
        "/v1/waiting?limit=-1",
        "/v1/waiting?limit=many",
        "/v1/waiting?stage=lost",
        "/v1/waiting?unknown=1",
        "/v1/waiting?limit=1&limit=2",
        "/v1/record",
        "/v1/record?id=zz%2F1",
        "/v1/record?id=%ff",
    ] {
        let head = format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        let reply = server.raw(head.as_bytes()).await;
        assert_eq!((reply.status, reply.code().as_str()), (400, "bad-request"), "{target}");
    }
    assert!(server.script.asked().is_empty());
}

#[tokio::test]
async fn other_media_types() {
    let server = Server::unix();
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""] {
        let reply = post(&server, kind, br#"{"address": "a"}"#).await;
        assert_eq!((reply.status, reply.code().as_str()), (415, "wrong-type"), "{kind}");
    }
    let reply = post(&server, "Application/JSON; charset=utf-8", br#"{"address": "a"}"#).await;
    assert_eq!(reply.code(), "not-found");
}

#[tokio::test]
async fn huge_bodies() {
    let server = Server::unix();
    let body = format!(r#"{{"address": "{}"}}"#, "a".repeat(1024 * 1024));
    let reply = post(&server, "application/json", body.as_bytes()).await;
    assert_eq!((reply.status, reply.code().as_str()), (413, "too-large"));
    let chunk = format!("{:x}\r\n{}\r\n", 600_000, "a".repeat(600_000));
    let chunked = "POST /v1/peers/add HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        .to_owned() + &chunk + &chunk + "0\r\n\r\n";
    assert_eq!(server.raw(chunked.as_bytes()).await.code(), "too-large");
    assert!(server.script.asked().is_empty());
}

#[tokio::test]
async fn huge_heads_and_noise() {
    let server = Server::unix();
    let head = format!("GET /v1/status HTTP/1.1\r\nHost: localhost\r\nX: {}\r\n\r\n", "a".repeat(64 * 1024));
    assert_eq!(server.raw(head.as_bytes()).await.status, 431);
    assert_eq!(server.raw(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n").await.status, 400);
    let target = format!("GET /v1/{} HTTP/1.1\r\nHost: localhost\r\n\r\n", "a/".repeat(1000));
    assert_eq!(server.raw(target.as_bytes()).await.code(), "unknown-route");
}

#[tokio::test]
async fn slow_senders_are_given_up() {
    let server = Server::unix_with(short());
    let started = Instant::now();
    for partial in ["", "GET /v1/status HT", "GET /v1/status HTTP/1.1\r\nHost: localhost\r\n"] {
        let mut stream = UnixStream::connect(&server.socket).await.unwrap();
        stream.write_all(partial.as_bytes()).await.unwrap();
        let mut end = Vec::new();
        stream.read_to_end(&mut end).await.unwrap();
        assert!(end.is_empty() || end.starts_with(b"HTTP/1.1 408"), "{partial}");
    }
    let head = "POST /v1/peers/add HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{";
    assert_eq!(server.raw(head.as_bytes()).await.code(), "timeout");
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn a_crowd_of_idle_connections_only_delays() {
    let server = Server::unix_with(short());
    let mut idle = Vec::new();
    for _ in 0..2 * MAX_CONNECTIONS {
        idle.push(UnixStream::connect(&server.socket).await.unwrap());
    }
    let asked = server.client().call(&StatusRequest {}).await;
    assert!(matches!(asked, Err(ClientError::Refused(_))), "{asked:?}");
    drop(idle);
}

async fn refused(client: &Client, address: &str) -> (String, u16) {
    match client.call(&PeerAddRequest { address: address.to_owned() }).await {
        Err(ClientError::Refused(problem)) => (problem.code, problem.status),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_backend_that_hangs_panics_or_answers_something_else() {
    let server = Server::unix_with(short());
    let client = server.client();
    assert_eq!(refused(&client, "sleep").await, ("timeout".to_owned(), 408));
    assert_eq!(refused(&client, "panic").await, ("internal".to_owned(), 500));
    let other = commonwheel_api::types::CollectiveFollowAnswer { new: true };
    server.script.will(Ok(other.into()));
    assert_eq!(refused(&client, "a").await, ("internal".to_owned(), 500));
    server.script.will(Err(ApiError::new(ErrorCode::Conflict, "known already", "nothing to do")));
    assert_eq!(refused(&client, "a").await, ("conflict".to_owned(), 409));
}
