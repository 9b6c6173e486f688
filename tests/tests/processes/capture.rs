//! What a node puts on the wire, as the peer at the other end has it in plain: every byte of every answer, with the time.
//!
//! The transport encrypts, so a capture between two nodes would show noise. This one stands at the end of a connection and
//! asks for the same bodies over and over, in pages, while a strike begins and ends around it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use commonwheel_record::RecordId;
use commonwheel_record::terms::Purpose;
use commonwheel_sync::wire::{self, BodyRequest, Request};
use commonwheel_testkit::{Failed, Got, Node, Stranger};
use tokio::task::JoinHandle;

/// Bodies asked for at once: a page of them stays well below the limit of one answer.
const AT_ONCE: usize = 64;
/// Bytes out of a body by which it is recognised.
const MARK: usize = 32;

/// A capture that goes on until it is stopped.
pub(crate) struct Capture {
    stop: Arc<AtomicBool>,
    task: JoinHandle<Vec<(Instant, Vec<u8>)>>,
}

/// What was captured.
pub(crate) struct Captured(Vec<(Instant, Vec<u8>)>);

impl Capture {
    /// Connects to a node under a key that nobody knows, and asks it for bodies of one feed from then on.
    pub(crate) async fn start(node: &Node, records: &[RecordId], purpose: Purpose) -> Self {
        let mut stranger = Stranger::connect(&node.address()).await.unwrap();
        let requests: Vec<Vec<u8>> =
            records.chunks(AT_ONCE).map(|records| wire::encode(&bodies(records, purpose))).collect();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let task = tokio::spawn(async move {
            let mut answers = Vec::new();
            while !stopped.load(Ordering::SeqCst) {
                for request in &requests {
                    match stranger.exchange(request.clone()).await {
                        Ok(bytes) => answers.push((Instant::now(), bytes)),
                        // Whoever asks for bodies while an embargo is pending may be reset: that serves nothing.
                        Err(Failed::Unanswered(_)) => {}
                        Err(failed) => panic!("the capture's line is cut: {failed:?}"),
                    }
                }
            }
            answers
        });
        Self { stop, task }
    }

    /// Ends it.
    pub(crate) async fn stop(self) -> Captured {
        self.stop.store(true, Ordering::SeqCst);
        Captured(self.task.await.unwrap())
    }
}

fn bodies(records: &[RecordId], purpose: Purpose) -> Request {
    let positions: Vec<u64> = records.iter().map(|record| record.index).collect();
    Request::Bodies(BodyRequest {
        feed: records[0].feed,
        runs: BodyRequest::runs_of(&positions),
        offset: 0,
        held_submissions: Vec::new(),
        purpose,
        nonce: [9; 16],
    })
}

impl Captured {
    /// How many of the marks went over the wire in a span of time.
    pub(crate) fn count(&self, marks: &[Vec<u8>], during: impl Fn(&Instant) -> bool) -> usize {
        let answers: Vec<&[u8]> =
            self.0.iter().filter(|(at, _)| during(at)).map(|(_, bytes)| bytes.as_slice()).collect();
        marks.iter().filter(|mark| answers.iter().any(|bytes| holds(bytes, mark))).count()
    }

    /// How many answers came in a span of time.
    pub(crate) fn answers(&self, during: impl Fn(&Instant) -> bool) -> usize {
        self.0.iter().filter(|(at, _)| during(at)).count()
    }
}

fn holds(bytes: &[u8], mark: &[u8]) -> bool {
    let first = mark[0];
    let mut from = 0;
    while let Some(at) = bytes[from..].iter().position(|byte| *byte == first) {
        let start = from + at;
        if bytes[start..].starts_with(mark) {
            return true;
        }
        from = start + 1;
    }
    false
}

/// Asks for bodies that are open.
pub(crate) async fn open_bodies(node: &Node, records: &[RecordId]) -> Vec<Vec<u8>> {
    let mut stranger = Stranger::connect(&node.address()).await.unwrap();
    let mut bodies = Vec::new();
    for record in records {
        let Got::Body(bytes) = stranger.body(*record).await.unwrap() else {
            panic!("{}: {record} is not open", node.name());
        };
        bodies.push(bytes);
    }
    bodies
}

/// Returns bytes of a body that are in none of the others; none if they all are.
pub(crate) fn mark(body: &[u8], others: &[Vec<u8>]) -> Option<Vec<u8>> {
    let windows = body.windows(MARK).step_by(MARK / 2);
    windows.into_iter().find(|window| !others.iter().any(|other| holds(other, window))).map(<[u8]>::to_vec)
}
