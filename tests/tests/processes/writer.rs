//! The load of the kill tests: a client that imports, accepts, releases, strikes and lifts, and keeps account of every
//! answer it got. What it got no answer to may have happened or not.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use commonwheel_api::types::{
    EmbargoStanding, ImportRequest, RecordShowRequest, Selection, StrikeStatusRequest, WaitingAcceptRequest,
};
use commonwheel_api::{Client, ClientError};
use commonwheel_record::control::Range;
use commonwheel_record::{Hash, RecordId};
use commonwheel_testkit::Rng;
use tokio::sync::watch;

use crate::steps::{DOMAIN, about, lift, lines, open_release, pause};

/// What the node acknowledged.
#[derive(Debug, Default)]
pub(crate) struct Acknowledged {
    /// Texts that were taken into the waiting room.
    pub(crate) imported: BTreeSet<String>,
    /// Of them, those that were accepted since.
    pub(crate) accepted: BTreeSet<String>,
    /// Where accepted items stand.
    pub(crate) ranges: Vec<Range>,
    /// Leaf hashes that were shown.
    pub(crate) leaves: BTreeMap<RecordId, Hash>,
    /// Releases that were cut.
    pub(crate) releases: BTreeSet<RecordId>,
    /// Strikes declared and lifted so far.
    pub(crate) strikes: u64,
    /// Whether the collective is on strike.
    pub(crate) strike: Strike,
}

/// How far a strike is, as far as answers tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Strike {
    /// None, or the last one was lifted, and the answer came.
    #[default]
    Over,
    /// Declared, and the answer came.
    InForce(RecordId),
    /// A declaration or lift was asked for, and no answer came yet.
    Unknown,
}

/// What the writer is about to do, or has just had an answer to. The killer aims at these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    Quiet,
    Asks,
    AsksForStrike,
    Answered,
}

/// A client that writes until the node is gone.
#[derive(Debug)]
pub(crate) struct Writer {
    client: Client,
    acknowledged: Arc<Mutex<Acknowledged>>,
    moment: watch::Sender<Moment>,
    rng: Rng,
    /// Texts that an import without an answer was about; a careful client sends them again.
    unanswered: Vec<String>,
    written: u64,
}

impl Writer {
    pub(crate) fn new(client: Client, rng: Rng) -> (Self, Arc<Mutex<Acknowledged>>, watch::Receiver<Moment>) {
        let acknowledged = Arc::new(Mutex::new(Acknowledged::default()));
        let (moment, moments) = watch::channel(Moment::Quiet);
        let (shared, unanswered) = (Arc::clone(&acknowledged), Vec::new());
        (Self { client, acknowledged: shared, moment, rng, unanswered, written: 0 }, acknowledged, moments)
    }

    fn account(&self) -> MutexGuard<'_, Acknowledged> {
        lock(&self.acknowledged)
    }

    fn at(&self, moment: Moment) {
        self.moment.send_replace(moment);
    }

    /// Writes until the node gives no answer; a refusal is none of the errors that a kill may cause.
    pub(crate) async fn write(mut self) -> Self {
        loop {
            match self.round().await {
                Ok(()) => {}
                Err(ClientError::Refused(problem)) => panic!("refused: {problem:?}"),
                Err(_) => return self,
            }
        }
    }

    async fn round(&mut self) -> Result<(), ClientError> {
        self.settle_strike().await?;
        for _ in 0..1 + self.rng.below(3) {
            self.import().await?;
        }
        self.accept().await?;
        if self.rng.below(3) == 0 {
            self.release().await?;
        }
        if self.rng.below(2) == 0 { self.strike_or_lift().await } else { Ok(()) }
    }

    async fn import(&mut self) -> Result<(), ClientError> {
        if self.unanswered.is_empty() {
            let count = 1 + self.rng.below(24);
            let long = self.rng.below(60);
            self.unanswered = (self.written..self.written + count).map(|n| text(n, long)).collect();
            self.written += count;
        }
        let export = Cursor::new(lines(&self.unanswered));
        self.at(Moment::Asks);
        self.client.import(&ImportRequest::default(), export, |_| {}).await?;
        let texts = std::mem::take(&mut self.unanswered);
        self.account().imported.extend(texts);
        self.at(Moment::Answered);
        Ok(())
    }

    async fn accept(&self) -> Result<(), ClientError> {
        self.at(Moment::Asks);
        let answer = self.client.call(&WaitingAcceptRequest { items: Selection::All }).await?;
        {
            let mut account = self.account();
            let imported = account.imported.clone();
            account.accepted.extend(imported);
            account.ranges.extend(answer.ranges.clone());
        }
        self.at(Moment::Answered);
        for range in answer.ranges {
            for index in [range.start, range.end - 1] {
                let id = RecordId { feed: range.feed, index };
                let shown = self.client.call(&RecordShowRequest { id, body: false }).await?;
                self.account().leaves.insert(id, shown.leaf_hash);
            }
        }
        Ok(())
    }

    async fn release(&self) -> Result<(), ClientError> {
        self.at(Moment::Asks);
        match self.client.call(&open_release()).await {
            Ok(answer) => self.account().releases.extend(answer.releases.iter().map(|release| release.id)),
            // Everything is released already.
            Err(ClientError::Refused(problem)) if problem.code == "nothing" => {}
            Err(error) => return Err(error),
        }
        self.at(Moment::Answered);
        Ok(())
    }

    async fn strike_or_lift(&self) -> Result<(), ClientError> {
        let before = std::mem::replace(&mut self.account().strike, Strike::Unknown);
        self.at(Moment::AsksForStrike);
        let after = if let Strike::InForce(embargo) = before {
            self.client.call(&lift(embargo)).await?;
            Strike::Over
        } else {
            Strike::InForce(self.client.call(&pause(about(DOMAIN))).await?.id)
        };
        {
            let mut account = self.account();
            account.strike = after;
            account.strikes += 1;
        }
        self.at(Moment::Answered);
        Ok(())
    }

    /// Looks up what became of a declaration or lift that was not answered.
    async fn settle_strike(&self) -> Result<(), ClientError> {
        if self.account().strike != Strike::Unknown {
            return Ok(());
        }
        let status = self.client.call(&StrikeStatusRequest { collective: None }).await?;
        let in_force = status.embargoes.iter().find(|embargo| embargo.standing == EmbargoStanding::InForce);
        self.account().strike = in_force.map_or(Strike::Over, |embargo| Strike::InForce(embargo.id));
        Ok(())
    }
}

/// A panic elsewhere fails the test by itself.
pub(crate) fn lock(acknowledged: &Mutex<Acknowledged>) -> MutexGuard<'_, Acknowledged> {
    acknowledged.lock().unwrap_or_else(PoisonError::into_inner)
}

fn text(number: u64, long: u64) -> String {
    format!("contribution {number} {}", "and so on ".repeat(usize::try_from(long).unwrap_or(0)))
}
