//! What the node does for its operator: one module for each group of commands.

mod accept;
mod access;
mod admit;
mod ballots;
mod carry;
mod check;
mod control;
mod fixes;
mod import;
mod item;
mod members;
mod peers;
mod release;
mod review;
mod room;
mod show;
mod status;
mod strike;
#[cfg(test)]
mod tests;
mod why;
mod withdraw;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use commonwheel_api::{Answer, ApiError, Backend, Command, ErrorCode};
use commonwheel_ledger::publish::PublishError;
use commonwheel_ledger::store::StoreError;
use commonwheel_record::attestation::NodeCard;
use commonwheel_record::control::Content;
use commonwheel_record::{CollectiveId, Control, FeedId, Leaf};

use self::room::Room;
pub(crate) use self::strike::CANNOT;
use crate::engine::{Engine, Handle, Own, Settings, Stopped, Unable};

const OWN_NODE: &str = "run this on a node of the collective that holds its governance key";
const NOT_CARRIER: &str = "make one with `commonwheel collective carry`, and have its root keys delegate it";
const VERIFY: &str = "stop the node and run `commonwheel verify`";

/// The node as the local API sees it.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) core: Handle,
    pub(crate) settings: Arc<Settings>,
    room: Arc<Mutex<Room>>,
    accepting: Arc<tokio::sync::Mutex<()>>,
    started: u64,
}

impl Node {
    pub(crate) fn new(core: Handle, settings: Settings, now: u64) -> Result<Self, ApiError> {
        let room = Arc::new(Mutex::new(Room::open(&settings.data)?));
        let accepting = Arc::default();
        Ok(Self { core, settings: Arc::new(settings), room, accepting, started: now / 1000 })
    }

    /// States who this node is; the card is made once its collectives are known.
    pub(crate) async fn card<F>(&self, card: F) -> Result<(), ApiError>
    where
        F: FnOnce(BTreeSet<CollectiveId>) -> NodeCard + Send + 'static,
    {
        self.on_core(move |engine, now| {
            let collectives = engine.own.iter().map(|own| own.collective).collect();
            Ok(engine.sync.publish_card(now, card(collectives))?)
        })
        .await
    }

    /// Runs a closure with the waiting room on a thread that may block.
    async fn room<T, F>(&self, f: F) -> Result<T, ApiError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Room) -> Result<T, ApiError> + Send + 'static,
    {
        let room = Arc::clone(&self.room);
        let run = move || f(&mut lock(&room));
        tokio::task::spawn_blocking(run).await.map_err(|error| internal(&error))?
    }

    /// Runs a closure on the core thread.
    async fn on_core<T, F>(&self, f: F) -> Result<T, ApiError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Engine, u64) -> Result<T, Refusal> + Send + 'static,
    {
        let run =
            move |engine: &mut Engine, now| f(engine, now).map_err(|refusal| mended(engine, now, refusal));
        self.core.call(run).await.map_err(stopped)?
    }
}

/// Repairs what a refusal came from, if that was found corrupt on disk.
fn mended(engine: &mut Engine, now: u64, refusal: Refusal) -> ApiError {
    let Refusal { mut error, corrupt } = refusal;
    if let Some((feed, index, what)) = corrupt {
        match engine.mend(now, feed, index, what) {
            Ok(()) => "it has been repaired: try again".clone_into(&mut error.fix),
            Err(failed) => tracing::error!(%feed, %failed, "not repaired"),
        }
    }
    error
}

/// A panic in another holder leaves the room as its last fsync left it, which is what it promises.
fn lock(room: &Mutex<Room>) -> MutexGuard<'_, Room> {
    room.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns this node's own collective, checked against the one a request names.
fn own(engine: &Engine, named: Option<CollectiveId>) -> Result<Own, Refusal> {
    let own = engine.own.ok_or(Unable::NoCollective)?;
    match named {
        Some(named) if named != own.collective => {
            let fix = "leave the collective out, or ask that collective's own node";
            Err(ApiError::new(ErrorCode::NoAuthority, "this node acts for another collective", fix).into())
        }
        _ => Ok(own),
    }
}

fn stopped(error: Stopped) -> ApiError {
    ApiError::new(ErrorCode::Stopping, error, "look at the log for the reason, then start the node again")
}

fn internal(error: &dyn std::fmt::Display) -> ApiError {
    ApiError::new(ErrorCode::Internal, error, "look at the log; if it says nothing, report this")
}

fn invalid(message: impl std::fmt::Display, fix: &str) -> ApiError {
    ApiError::new(ErrorCode::Invalid, message, fix)
}

/// Checks a control record before anything is done about it.
fn check(own: &Own, content: &Content) -> Result<(), ApiError> {
    let leaf = Leaf::Control(Box::new(Control::new(Some(own.collective), content.clone()))).encode();
    let decoded = Leaf::decode(&leaf);
    decoded.map(drop).map_err(|error| invalid(format!("no such record: {error}"), "change what it names"))
}

fn not_found(what: impl std::fmt::Display) -> ApiError {
    let fix = "check the id; `commonwheel feed list` and `collective list` show what is held";
    ApiError::new(ErrorCode::NotFound, format!("{what} is not held here"), fix)
}

impl From<Unable> for Refusal {
    fn from(unable: Unable) -> Self {
        let (code, fix) = match &unable {
            Unable::NoCollective => (ErrorCode::WrongProfile, OWN_NODE),
            Unable::NoGovernance => (ErrorCode::NoAuthority, OWN_NODE),
            Unable::NotCarrier(_) => (ErrorCode::NoAuthority, NOT_CARRIER),
            Unable::CarriesMost => (ErrorCode::Full, "let another node carry them"),
            Unable::ReadOnly(why) => (ErrorCode::WriterUnconfirmed, why.fix()),
            Unable::Publish(PublishError::Leaf { .. } | PublishError::Purpose { .. }) => {
                (ErrorCode::Invalid, "change what it names")
            }
            Unable::Publish(PublishError::Store(error)) => return error.clone().into(),
            Unable::Publish(_) => (ErrorCode::WriterUnconfirmed, VERIFY),
        };
        ApiError::new(code, unable, fix).into()
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        let corrupt = match &error {
            StoreError::Corrupt { feed, index, what } => Some((*feed, *index, *what)),
            _ => None,
        };
        Self { error: ApiError::new(ErrorCode::Storage, error, VERIFY), corrupt }
    }
}

/// A refusal on its way to the operator; turned into by `?` from the errors of the core.
#[derive(Debug)]
struct Refusal {
    error: ApiError,
    /// What was found corrupt on disk, if that is why: the feed, the position, and which part.
    corrupt: Option<(FeedId, u64, &'static str)>,
}

impl From<ApiError> for Refusal {
    fn from(error: ApiError) -> Self {
        Self { error, corrupt: None }
    }
}

impl Backend for Node {
    async fn call(&self, command: Command) -> Result<Answer, ApiError> {
        Ok(match command {
            Command::Import(job) => self.import(*job).await?.into(),
            Command::Status(_) => self.status().await?.into(),
            Command::WaitingList(request) => self.waiting_list(request).await?.into(),
            Command::WaitingAccept(request) => self.waiting_accept(request).await?.into(),
            Command::WaitingReject(request) => self.waiting_reject(request).await?.into(),
            Command::ReleaseCut(request) => {
                self.on_core(move |e, now| release::cut(e, now, request)).await?.into()
            }
            Command::ReleaseList(request) => {
                self.on_core(move |e, _| release::list(e, request)).await?.into()
            }
            Command::ReleaseShow(request) => {
                self.on_core(move |e, _| release::show(e, request)).await?.into()
            }
            Command::OfferMake(request) => {
                self.on_core(move |e, now| access::make_offer(e, now, request)).await?.into()
            }
            Command::OfferList(request) => {
                self.on_core(move |e, _| Ok(access::offers(e, request))).await?.into()
            }
            Command::GrantMake(request) => {
                self.on_core(move |e, now| access::make_grant(e, now, request)).await?.into()
            }
            Command::GrantList(request) => {
                self.on_core(move |e, now| Ok(access::grants(e, now, request))).await?.into()
            }
            Command::StrikePlan(request) => self.strike_plan(request).await?.into(),
            Command::StrikeDeclare(request) => self.strike_declare(request).await?.into(),
            Command::StrikeDraft(request) => self.strike_draft(request).await?.into(),
            Command::StrikeSettle(request) => self.strike_settle(request).await?.into(),
            Command::StrikeLift(request) => self.strike_lift(request).await?.into(),
            Command::StrikeStatus(request) => self.strike_status(request).await?.into(),
            Command::Withdraw(request) => {
                self.on_core(move |e, now| withdraw::withdraw(e, now, request)).await?.into()
            }
            Command::WhyRecord(request) => {
                self.on_core(move |e, now| why::record(e, now, &request)).await?.into()
            }
            Command::WhyPeer(request) => self.why_peer(request).await?.into(),
            Command::PeerAdd(request) => self.peer_add(request).await?.into(),
            Command::PeerList(_) => self.peer_list().await?.into(),
            Command::CollectiveList(_) => self.on_core(|e, _| show::collectives(e)).await?.into(),
            Command::CollectiveShow(request) => {
                self.on_core(move |e, _| show::collective(e, request)).await?.into()
            }
            Command::CollectiveFollow(request) => {
                self.on_core(move |e, now| show::follow(e, now, request)).await?.into()
            }
            Command::ControlAppend(request) => {
                self.on_core(move |e, now| control::append(e, now, request)).await?.into()
            }
            Command::Carry(request) => {
                self.on_core(move |e, now| carry::carry(e, now, request)).await?.into()
            }
            Command::Decree(request) => {
                self.on_core(move |e, now| control::decree(e, now, request)).await?.into()
            }
            Command::MemberList(request) => self.on_core(move |e, _| members::list(e, request)).await?.into(),
            Command::BallotOpen(request) => {
                self.on_core(move |e, now| ballots::open(e, now, request)).await?.into()
            }
            Command::BallotList(request) => {
                self.on_core(move |e, now| ballots::list(e, now, request)).await?.into()
            }
            Command::BallotShow(request) => {
                self.on_core(move |e, now| ballots::show(e, now, request)).await?.into()
            }
            Command::BallotClose(request) => {
                self.on_core(move |e, now| ballots::close(e, now, request)).await?.into()
            }
            Command::BallotErase(request) => {
                self.on_core(move |e, now| ballots::erase(e, now, request)).await?.into()
            }
            Command::FeedList(request) => self.on_core(move |e, _| show::feeds(e, request)).await?.into(),
            Command::RecordShow(request) => {
                self.on_core(move |e, now| show::record(e, now, request)).await?.into()
            }
            Command::Holdings(request) => self.on_core(move |e, _| show::holdings(e, request)).await?.into(),
        })
    }
}
