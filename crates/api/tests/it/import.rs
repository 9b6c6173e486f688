//! Imports are streamed, bounded, and never taken for whole when they are not.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use commonwheel_api::types::{ImportAnswer, ImportRequest};
use commonwheel_api::{ApiError, ClientError, ErrorCode, IMPORT_TYPE};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _, ReadBuf};
use tokio::net::UnixStream;

use crate::house::{Server, short};

fn head(length: usize, kind: &str) -> String {
    format!(
        "POST /v1/import HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n"
    )
}

fn sample() -> ImportRequest {
    let text = include_str!("../../testdata/import.json");
    let json: serde_json::Value = serde_json::from_str(text).unwrap();
    crate::operations::read(&json["request"])
}

#[tokio::test]
async fn an_import_arrives_with_its_terms() {
    let server = Server::unix();
    let answer = ImportAnswer { bytes: 10_000_000, ..ImportAnswer::default() };
    server.script.will(Ok(answer.clone().into()));
    let told = Arc::new(AtomicU64::new(0));
    let progress = {
        let told = Arc::clone(&told);
        move |sent| told.store(sent, Ordering::Relaxed)
    };
    let bytes = tokio::io::repeat(b'\n').take(10_000_000);
    assert_eq!(server.client().import(&sample(), bytes, progress).await.unwrap(), answer);
    assert_eq!(told.load(Ordering::Relaxed), 10_000_000);
    assert_eq!(server.script.asked(), [format!("{:?} 10000000 bytes, Ok(10000000)", sample())]);
}

#[tokio::test]
async fn an_empty_import_reaches_the_importer() {
    let server = Server::unix();
    server.script.will(Err(ApiError::new(ErrorCode::BadImport, "the import is empty", "give another file")));
    let asked = server.client().import(&ImportRequest::default(), tokio::io::empty(), |_| {}).await;
    assert!(matches!(asked, Err(ClientError::Refused(problem)) if problem.code == "bad-import"));
    assert!(server.script.asked()[0].ends_with("0 bytes, Ok(0)"));
}

#[tokio::test]
async fn terms_that_are_not_understood() {
    let server = Server::unix();
    let long = format!("{{\"consent\": \"{}\"}}\n", "a".repeat(300 * 1024));
    for body in ["", "{}", "{\n", "{\"lisence\": \"MIT\"}\nx", "{\"licence\": \"no such\"}\nx", long.as_str()]
    {
        let reply = server.raw((head(body.len(), IMPORT_TYPE) + body).as_bytes()).await;
        assert_eq!((reply.status, reply.code().as_str()), (400, "bad-request"), "{body:.20}");
    }
    let reply = server.raw((head(4, "application/json") + "{}\nx").as_bytes()).await;
    assert_eq!(reply.code(), "wrong-type");
    assert!(server.script.asked().is_empty());
}

#[tokio::test]
async fn a_sender_that_goes_away_is_an_error_to_the_importer() {
    let server = Server::unix();
    let mut stream = UnixStream::connect(&server.socket).await.unwrap();
    stream.write_all((head(100, IMPORT_TYPE) + "{}\nhalf").as_bytes()).await.unwrap();
    drop(stream);
    let told = loop {
        match server.script.asked().pop() {
            Some(told) => break told,
            None => tokio::time::sleep(std::time::Duration::from_millis(10)).await,
        }
    };
    assert!(told.contains("Err("), "{told}");
}

#[tokio::test]
async fn a_sender_that_stalls_is_given_up() {
    let server = Server::unix_with(short());
    let reply = server.raw((head(100, IMPORT_TYPE) + "{}\nhalf").as_bytes()).await;
    assert_eq!((reply.status, reply.code().as_str()), (408, "timeout"));
    assert!(server.script.asked()[0].contains("nothing of the import arrived"));
}

/// Gives some bytes, then an error.
struct Broken(u64);

impl AsyncRead for Broken {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.0 == 0 {
            return Poll::Ready(Err(io::Error::other("bad sector")));
        }
        self.0 -= 1;
        buf.put_slice(b"some");
        Poll::Ready(Ok(()))
    }
}

#[tokio::test]
async fn a_source_that_breaks_is_told_as_such() {
    let server = Server::unix();
    let asked = server.client().import(&ImportRequest::default(), Broken(3), |_| {}).await;
    assert!(
        matches!(&asked, Err(ClientError::Source(error)) if error.to_string() == "bad sector"),
        "{asked:?}"
    );
}
