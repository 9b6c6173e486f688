//! Control records: appended as they come, or decreed by the collective's keys.

use commonwheel_api::types::{
    ControlAppendAnswer, ControlAppendRequest, Decree, DecreeAnswer, DecreeRequest, Draft, DraftBody, Hex,
    Made,
};
use commonwheel_api::{ApiError, ErrorCode, Word as _};
use commonwheel_collective::{Ineffective, View};
use commonwheel_ledger::store::Store as _;
use commonwheel_record::body::SealedBody;
use commonwheel_record::control::{
    Affiliate, Content, Delegation, Enrolment, Leave, Principal, Revocation, Revoked, RollEntry, Subject,
};
use commonwheel_record::{
    CollectiveId, Commitment, Control, FeedId, Hash, Leaf, NetworkId, RecordId, SecretKey, cbor,
};

use super::ballots::untimely;
use super::fixes::fix;
use super::{Refusal, internal, invalid, not_found};
use crate::engine::keys::random;
use crate::engine::{Engine, Unable};

const OTHER_KEYS: &str = "name the key files with --key, or run this on a node that holds them";

/// Appends a record that was signed elsewhere.
pub(super) fn append(
    engine: &mut Engine,
    now: u64,
    request: ControlAppendRequest,
) -> Result<ControlAppendAnswer, Refusal> {
    let control = match Leaf::decode(&request.draft.record.0) {
        Ok(Leaf::Control(control)) => control,
        Ok(_) => return Err(invalid("this is no control record", "pass on the record as it was made").into()),
        Err(error) => {
            let fix = "change what it says: nobody could read it";
            return Err(invalid(format!("no such record: {error}"), fix).into());
        }
    };
    let collective = control.collective.ok_or_else(|| {
        invalid("a genesis charter founds a collective", "found one with `commonwheel init`")
    })?;
    let body = request.draft.body.map(sealed);
    let ready = Ready { collective, control: *control, body };
    let ineffective = if request.force { rehearse(engine, &ready)? } else { ready.check(engine, now)? };
    let id = engine.append_control(now, collective, ready.leaf(), ready.body)?;
    Ok(ControlAppendAnswer { id, ineffective: ineffective.map(|why| why.to_string()) })
}

/// Has this node's keys sign something, and appends it unless others must sign too.
pub(super) fn decree(engine: &mut Engine, now: u64, request: DecreeRequest) -> Result<DecreeAnswer, Refusal> {
    let collective = whose(engine, request.collective)?;
    let (content, body) = contents(engine, &collective, request.decree)?;
    let by = Authority::of(&content);
    let ready = Ready { collective, control: Control::new(Some(collective), content), body };
    made(engine, now, ready, by, request.draft).map(DecreeAnswer)
}

/// Which of the collective's keys a record needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Authority {
    Governance,
    Root,
    /// None: it rests on what is inside.
    Nobody,
}

impl Authority {
    const fn of(content: &Content) -> Self {
        match content {
            Content::Delegation(_) | Content::Revocation(_) => Self::Root,
            _ => Self::Governance,
        }
    }
}

/// A record about to be appended.
#[derive(Clone, Debug)]
pub(super) struct Ready {
    pub(super) collective: CollectiveId,
    pub(super) control: Control,
    pub(super) body: Option<SealedBody>,
}

impl Ready {
    fn leaf(&self) -> Vec<u8> {
        Leaf::Control(Box::new(self.control.clone())).encode()
    }

    fn draft(self) -> Draft {
        let body = self
            .body
            .as_ref()
            .map(|body| DraftBody { salt: Hash(body.salt), bytes: Hex(body.bytes.clone()) });
        Draft { record: Hex(self.leaf()), body }
    }

    /// Returns an error unless the record would have effect now.
    fn check(&self, engine: &mut Engine, now: u64) -> Result<Option<Ineffective>, Refusal> {
        if let Some(why) = untimely(engine, now / 1000, self) {
            return Err(why.into());
        }
        match rehearse(engine, self)? {
            None => Ok(None),
            Some(why) => Err(invalid(format!("it would have no effect: {why}"), fix(&why)).into()),
        }
    }
}

/// Signs a record with this node's key where it has one, and appends it, or answers with it for others to sign.
pub(super) fn made(
    engine: &mut Engine,
    now: u64,
    mut ready: Ready,
    by: Authority,
    draft: bool,
) -> Result<Made, Refusal> {
    let leaf = ready.leaf();
    Leaf::decode(&leaf)
        .map_err(|error| invalid(format!("no such record: {error}"), "change what it names"))?;
    let key = key(engine, &ready.collective, by);
    if by != Authority::Nobody && key.is_none() && !draft {
        let whose = if by == Authority::Root { "root" } else { "governance" };
        let why = format!("this node holds no {whose} key of collective {}", ready.collective);
        return Err(ApiError::new(ErrorCode::NoAuthority, why, OTHER_KEYS).into());
    }
    if let Some(key) = key {
        ready.control = ready.control.signed(&engine.network, &key);
    }
    if draft {
        return Ok(Made::Draft(ready.draft()));
    }
    ready.check(engine, now)?;
    let (leaf, body) = (ready.leaf(), ready.body);
    Ok(Made::Appended(engine.append_control(now, ready.collective, leaf, body)?))
}

/// Returns this node's key that the collective's charter lists for it.
pub(super) fn key(engine: &Engine, collective: &CollectiveId, by: Authority) -> Option<SecretKey> {
    let charter = engine.sync.views().get(collective)?.charter()?;
    let (key, listed) = match by {
        Authority::Governance => (engine.keys.governance.as_ref()?, &charter.governance),
        Authority::Root => (engine.keys.root.as_ref()?, &charter.root),
        Authority::Nobody => return None,
    };
    listed.keys.contains(&key.public()).then(|| key.clone())
}

/// Returns why a record would have no effect if this node appended it now.
pub(super) fn rehearse(engine: &mut Engine, ready: &Ready) -> Result<Option<Ineffective>, Refusal> {
    let (feed, view) = rehearsed(engine, ready)?;
    let id = RecordId { feed, index: engine.sync.store().size(&feed) };
    Ok(view.ineffective().get(&id).copied())
}

/// Returns the view as it would be with a record that this node appends, and the feed it would stand in.
pub(super) fn rehearsed(engine: &mut Engine, ready: &Ready) -> Result<(FeedId, View), Refusal> {
    let collective = ready.collective;
    let feed = engine.control_feed(&collective).ok_or(Unable::NotCarrier(collective))?;
    if !engine.counts_for(&collective) {
        let why = format!("control feed {feed} of this node is not delegated by collective {collective}");
        let fix = "its root keys delegate it with `commonwheel collective delegate feed`";
        return Err(ApiError::new(ErrorCode::NoAuthority, why, fix).into());
    }
    let view = engine.sync.rehearse(&feed, &ready.leaf(), ready.body.as_ref());
    let view = view.ok_or_else(|| internal(&"the control feed is not read"))?;
    Ok((feed, view))
}

/// Returns the collective that is meant: the one named, or this node's own.
pub(super) fn whose(engine: &Engine, named: Option<CollectiveId>) -> Result<CollectiveId, Refusal> {
    let own = engine.own.map(|own| own.collective);
    let collective = named.or(own).ok_or_else(|| {
        let fix = "name one with --collective";
        ApiError::new(ErrorCode::WhichCollective, "this node has no collective of its own", fix)
    })?;
    match engine.sync.views().get(&collective).filter(|view| view.is_founded()) {
        Some(_) => Ok(collective),
        None => Err(not_found(format!("the control log of collective {collective}")).into()),
    }
}

/// Seals the personal part of a record.
pub(super) fn seal<T: cbor::Encode>(
    network: &NetworkId,
    part: &T,
) -> Result<(Commitment, SealedBody), Refusal> {
    let salt = random().map_err(|error| internal(&error))?;
    let bytes = cbor::encode(part);
    Ok((Commitment::to(network, &salt, &bytes), SealedBody { salt, submission: None, bytes }))
}

fn sealed(body: DraftBody) -> SealedBody {
    SealedBody { salt: body.salt.0, submission: None, bytes: body.bytes.0 }
}

fn contents(
    engine: &Engine,
    collective: &CollectiveId,
    decree: Decree,
) -> Result<(Content, Option<SealedBody>), Refusal> {
    Ok(match decree {
        Decree::Enrol(enrol) => {
            let key = enrol.key;
            let principal = enrol.id.map_or(Principal::Member(key), |id| Principal::Collective { id, key });
            let (shares, custodial, name) = (enrol.shares, enrol.custodial, enrol.name);
            let (entry, body) =
                seal(&engine.network, &RollEntry { version: 1, principal, shares, custodial, name })?;
            let content = Content::Enrolment(Enrolment { entry });
            content.open_personal(&body.bytes).map_err(|error| {
                invalid(format!("no such principal: {error}"), "check the key, the shares and the name")
            })?;
            (content, Some(body))
        }
        Decree::Leave(enrolment) => (Content::Leave(Leave { enrolment, notice: None }), None),
        Decree::Delegate(delegated) => {
            (Content::Delegation(Delegation { subject: subject(delegated) }), None)
        }
        Decree::Revoke(revoke) => {
            let revoked = revoked(engine, collective, revoke)?;
            (Content::Revocation(Revocation { revoked }), None)
        }
        Decree::Affiliate(commonwheel_api::types::Affiliated { to, powers, until }) => {
            (Content::Affiliate(Affiliate { to, powers, until }), None)
        }
    })
}

const fn subject(delegated: commonwheel_api::types::Delegated) -> Subject {
    use commonwheel_api::types::Delegated;
    match delegated {
        Delegated::Feed(feed) => Subject::Feed(feed),
        Delegated::Node { key, region } => Subject::Node { key, region },
        Delegated::Liveness(key) => Subject::Liveness(key),
    }
}

/// What a revoked feed holds so far stays valid.
fn revoked(
    engine: &Engine,
    collective: &CollectiveId,
    revoke: commonwheel_api::types::Revoke,
) -> Result<Revoked, Refusal> {
    use commonwheel_api::types::Revoke;
    Ok(match revoke {
        Revoke::Key(key) => Revoked::Key(key),
        Revoke::Affiliate(to) => Revoked::Affiliate(to),
        Revoke::Feed(feed) => {
            let view = engine.sync.views().get(collective);
            if !view.is_some_and(|view| view.feeds().contains_key(&feed)) {
                return Err(not_found(format!("feed {} of that collective", feed.text())).into());
            }
            // Of a feed that was delegated and never written nothing stays.
            let frontier = engine.sync.store().frontier(&feed);
            Revoked::Feed { feed, size: frontier.size(), root: frontier.root() }
        }
    })
}
