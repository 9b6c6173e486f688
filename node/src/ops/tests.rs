//! Accepting, and what a crash in the middle of it leaves.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use commonwheel_api::types::{ImportRequest, Selection, WaitingAcceptAnswer, WaitingAcceptRequest};
use commonwheel_api::{ImportJob, Upload};
use commonwheel_ledger::store::{Store as _, Table};
use commonwheel_record::{Leaf, RecordId, cbor};
use tokio::sync::oneshot;

use super::Node;
use crate::engine::tests::{Home, copy};
use crate::engine::{millis, start};

const WAITING: [&str; 2] = ["waiting", "submissions"];

struct Running {
    node: Node,
    end: oneshot::Receiver<Result<(), String>>,
}

impl Running {
    async fn start(home: &Home) -> Self {
        let (core, end) = start(home.settings()).await.unwrap();
        Self { node: Node::new(core, home.settings(), millis()).unwrap(), end }
    }

    async fn stop(self) {
        let Self { node, end } = self;
        let core = node.core.clone();
        drop(node);
        core.close().await;
        // The network may end before the core hears that it shall.
        drop(end.await.unwrap());
    }

    async fn import(&self, texts: &[&str], anonymous: bool) {
        let lines = texts.iter().map(|text| format!("{{\"text\": {text:?}, \"lang\": \"en\"}}\n"));
        let upload = Upload::of(lines.collect::<String>());
        let terms = ImportRequest { anonymous, ..ImportRequest::default() };
        self.node.import(ImportJob { terms, upload }).await.unwrap();
    }

    async fn accept(&self, items: Selection) -> WaitingAcceptAnswer {
        self.node.waiting_accept(WaitingAcceptRequest { items }).await.unwrap()
    }

    /// The kinds of the data feed's leaves, and the submission that each contribution's body names.
    async fn feed(&self) -> Vec<(String, Option<RecordId>)> {
        let read = self.node.on_core(|engine, _| {
            let (feed, store) = (engine.own.unwrap().data.unwrap(), engine.sync.store());
            let headers = store.headers(&feed, 0, store.size(&feed)).unwrap();
            let leaves = headers.iter().zip(0..).map(|(header, index)| {
                let kind = Leaf::decode(header.as_ref().unwrap()).unwrap().kind_name();
                (kind, store.body(&feed, index).unwrap().unwrap().submission)
            });
            Ok(leaves.collect())
        });
        read.await.unwrap()
    }
}

fn names(dir: &Path) -> usize {
    fs::read_dir(dir).unwrap().count()
}

#[tokio::test]
async fn submissions_come_first_and_none_is_kept_longer_than_it_is_needed() {
    let home = Home::new();
    let running = Running::start(&home).await;
    running.import(&["The first of two.", "The second of two."], false).await;
    running.import(&["Somebody wrote this.", "Somebody else wrote that."], true).await;
    let submissions = home.data().join("submissions");
    assert_eq!(names(&submissions), 3);
    let answer = running.accept(Selection::All).await;
    assert_eq!((answer.accepted, answer.submissions, answer.ranges.len()), (4, 3, 1));
    let feed = running.feed().await;
    assert!(feed[..3].iter().all(|(kind, _)| *kind == "submission") && feed.len() == 7, "{feed:?}");
    let named: BTreeSet<u64> = feed[3..].iter().map(|(_, submission)| submission.unwrap().index).collect();
    assert_eq!(named, [0, 1, 2].into());
    assert_eq!(names(&submissions), 0);
    running.stop().await;
}

#[tokio::test]
async fn acceptances_at_the_same_time_append_once() {
    let home = Home::new();
    let running = Running::start(&home).await;
    running.import(&["One.", "Two.", "Three."], false).await;
    let (a, b) = tokio::join!(running.accept(Selection::All), running.accept(Selection::All));
    assert_eq!(a.accepted + b.accepted, 3);
    assert_eq!(running.feed().await.len(), 4);
    running.stop().await;
}

#[tokio::test]
async fn what_was_accepted_and_not_appended_is_taken_up_by_the_next_acceptance() {
    let home = Home::new();
    let running = Running::start(&home).await;
    running.import(&["One.", "Two."], false).await;
    // As if the node had stopped, or failed, right after the decision.
    running.node.room(|room| Ok(room.accept(Selection::All, None)?.len())).await.unwrap();
    assert_eq!(running.accept(Selection::All).await.accepted, 2);
    assert_eq!(running.accept(Selection::All).await.accepted, 0);
    running.stop().await;
}

#[tokio::test]
async fn what_was_appended_before_a_crash_is_not_appended_again() {
    let home = Home::new();
    let running = Running::start(&home).await;
    running.import(&["One.", "Two."], false).await;
    running.node.room(|room| Ok(room.accept(Selection::All, None)?.len())).await.unwrap();
    let before = home.data().join("before");
    WAITING.iter().for_each(|dir| copy(&home.data().join(dir), &before.join(dir)));
    assert_eq!(running.accept(Selection::All).await.accepted, 2);
    let feed = running.feed().await;
    running.stop().await;

    // As if it had stopped after appending: the waiting room knows nothing of it, nor of where the submission stands.
    for dir in WAITING {
        fs::remove_dir_all(home.data().join(dir)).unwrap();
        copy(&before.join(dir), &home.data().join(dir));
    }
    fs::remove_file(home.data().join("accepted")).unwrap();
    let running = Running::start(&home).await;
    running.node.resume_accepted().await.unwrap();
    assert_eq!(running.feed().await, feed);
    assert_eq!(names(&home.data().join("submissions")), 0);
    assert_eq!(fs::read(home.data().join("accepted")).unwrap().len(), 64);
    running.stop().await;
}

#[tokio::test]
async fn a_remembered_place_where_another_record_stands_is_not_believed() {
    let home = Home::new();
    let running = Running::start(&home).await;
    running.import(&["Somebody else's."], true).await;
    running.accept(Selection::All).await;
    running.import(&["One."], false).await;
    let name = fs::read_dir(home.data().join("submissions")).unwrap().next().unwrap().unwrap().file_name();
    let name = commonwheel_record::hex::decode::<32>(name.to_str().unwrap()).unwrap();
    let remember = running.node.on_core(move |engine, _| {
        let wrong = RecordId { feed: engine.own.unwrap().data.unwrap(), index: 0 };
        let key = [b"submission/".as_slice(), &name].concat();
        Ok(engine.sync.store_mut().set_state(Table::Node, &key, Some(&cbor::encode(&wrong)))?)
    });
    remember.await.unwrap();
    running.accept(Selection::All).await;
    let feed = running.feed().await;
    assert_eq!((feed[2].0.as_str(), feed[3].1.map(|submission| submission.index)), ("submission", Some(2)));
    running.stop().await;
}
