//! What is known of one peer, and what it was asked.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use commonwheel_record::manifest::Purpose;
use commonwheel_record::{CollectiveId, FeedId, Hash, Manifest, RecordId, Salt, Signature};

use crate::budget::Budget;
use crate::limits::{MAX_FEEDS, MAX_IN_FLIGHT};
use crate::wire::{BodyRequest, HeaderRequest, Since};

/// Where a session stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Hello is to be said, or was.
    Hello,
    /// What the peer follows is not known.
    Follow,
    /// Heads differ, or may.
    Heads,
    /// All heads are told; what is open is asked for.
    Work,
    /// Nothing was left to ask; hello again then.
    Idle(u64),
    /// The peer speaks no protocol version of ours.
    Incompatible,
}

/// A head the peer told, not yet compared with ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) size: u64,
    pub(crate) root: Hash,
    pub(crate) signature: Signature,
    pub(crate) collective: CollectiveId,
}

/// What a request asked for.
#[derive(Clone, Debug)]
pub(crate) enum Asked {
    Hello,
    Follow,
    Heads,
    Manifests(Vec<FeedId>),
    Proof(FeedId, Told),
    Headers(HeaderRequest),
    Founding(Box<(Manifest, Told, HeaderRequest)>),
    Bodies(BodyRequest),
    Attestations,
}

#[derive(Clone, Debug)]
pub(crate) struct Pending {
    pub(crate) deadline: u64,
    pub(crate) asked: Asked,
}

/// How far bodies of a feed were asked of this peer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scan {
    /// The next position to look at.
    pub(crate) next: u64,
    /// Positions to ask for again, ascending.
    pub(crate) redo: BTreeSet<u64>,
    /// The lowest position that was refused, and when to try again.
    pub(crate) retry: Option<(u64, u64)>,
    /// How often in a row it was refused.
    pub(crate) refusals: u32,
}

/// The first pages of a body that spans several.
#[derive(Clone, Debug)]
pub(crate) struct Partial {
    pub(crate) salt: Salt,
    pub(crate) submission: Option<RecordId>,
    pub(crate) length: u64,
    pub(crate) bytes: Vec<u8>,
}

/// Our side of the conversation with a peer.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) phase: Phase,
    /// What the peer follows, by the hash it gave.
    pub(crate) follow: Option<(Hash, BTreeSet<CollectiveId>)>,
    /// Up to where the peer told us its heads, under which follow sets of ours and its.
    pub(crate) since: Option<(Since, Hash, Hash)>,
    /// Continue the list of heads after this handle.
    pub(crate) after: Option<u64>,
    /// The peer's handles.
    pub(crate) handles: BTreeMap<u64, FeedId>,
    pub(crate) told: BTreeMap<FeedId, Told>,
    /// The told feed for which proof was asked last: the next ones come after it.
    pub(crate) settled: BTreeMap<Purpose, FeedId>,
    /// Feeds that no control log held so far names; looked at again once the control logs are caught up.
    pub(crate) deferred: Vec<(Manifest, Told)>,
    /// Feeds that are told to found a collective, to be proven by their first leaves; at most [`MAX_MANIFESTS`].
    pub(crate) founding: Vec<(Manifest, Told)>,
    /// Feeds whose headers the peer does not have, until the next hello.
    pub(crate) absent: BTreeSet<FeedId>,
    /// Bundles asked for because something was missing, until the next hello, each with the position from which it is to
    /// be asked for on.
    pub(crate) refetched: BTreeMap<(FeedId, u64), u64>,
    pub(crate) scans: BTreeMap<FeedId, Scan>,
    /// Bodies that span pages, as far as they were received; at most [`MAX_IN_FLIGHT`].
    pub(crate) partials: BTreeMap<RecordId, Partial>,
    /// Feeds whose scan has not reached the end.
    pub(crate) scanning: BTreeSet<FeedId>,
    /// Continue the list of attestations after this key.
    pub(crate) attestations: Option<Vec<u8>>,
    pub(crate) in_flight: BTreeMap<u64, Pending>,
    /// Say hello again as soon as the work is done.
    pub(crate) kicked: bool,
    /// Whether the peer was asked since the last start what it follows.
    pub(crate) follow_asked: bool,
    /// Collectives of which the peer has told a head, in this connection or in those that are remembered.
    pub(crate) told_of: BTreeSet<CollectiveId>,
    /// When hello was said last, in milliseconds since 1970.
    pub(crate) last_hello: u64,
    /// Whether heads were equal at the last hello.
    pub(crate) equal: Option<bool>,
    /// Whether every head told since the last hello was dealt with.
    pub(crate) compared: bool,
    /// Whether something told since the last hello was lost on the way: then the peer must tell everything again, and
    /// nothing counts as compared.
    pub(crate) incomplete: bool,
    /// Our root over heads and the peer's at the last hello, where they differed.
    pub(crate) differed: Option<(Hash, Hash)>,
}

/// A connected peer.
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    pub(crate) session: Session,
    pub(crate) budget: Budget,
    pub(crate) faults: u32,
    /// Bytes handed to the transport, by request.
    pub(crate) unsent: BTreeMap<u64, usize>,
    pub(crate) unsent_bytes: usize,
    /// Body requests that wait for earlier replies to drain.
    pub(crate) waiting: VecDeque<(u64, BodyRequest)>,
    /// What was unsent when an embargo came into force: pages that were decided before it.
    pub(crate) draining: BTreeSet<u64>,
    /// When the connection is reset unless that has drained.
    pub(crate) drain_by: Option<u64>,
}

impl Session {
    const fn new() -> Self {
        Self {
            phase: Phase::Hello,
            follow: None,
            since: None,
            after: None,
            handles: BTreeMap::new(),
            told: BTreeMap::new(),
            settled: BTreeMap::new(),
            deferred: Vec::new(),
            founding: Vec::new(),
            absent: BTreeSet::new(),
            refetched: BTreeMap::new(),
            scans: BTreeMap::new(),
            partials: BTreeMap::new(),
            scanning: BTreeSet::new(),
            attestations: None,
            in_flight: BTreeMap::new(),
            kicked: false,
            follow_asked: false,
            told_of: BTreeSet::new(),
            last_hello: 0,
            equal: None,
            compared: false,
            incomplete: false,
            differed: None,
        }
    }

    pub(crate) fn follows(&self, collective: &CollectiveId) -> bool {
        self.follow.as_ref().is_some_and(|(_, follow)| follow.contains(collective))
    }

    /// Starts over with hello, keeping what the peer told before.
    pub(crate) fn restart(&mut self) {
        self.phase = Phase::Hello;
        self.kicked = false;
        self.compared = false;
        if std::mem::take(&mut self.incomplete) {
            self.since = None;
        }
        self.follow_asked = false;
        self.after = None;
        self.attestations = None;
        self.deferred.clear();
        self.founding.clear();
        self.absent.clear();
        self.refetched.clear();
        let feeds: Vec<FeedId> = self.scans.keys().copied().collect();
        for feed in feeds {
            self.retry(&feed, u64::MAX);
        }
    }

    /// Notes how the roots over heads compare; the same difference twice means that what changed since the peer was asked
    /// last does not explain it, so everything is asked for.
    pub(crate) fn compare_roots(&mut self, ours: Hash, theirs: Hash) {
        let differ = (ours != theirs).then_some((ours, theirs));
        if differ.is_some() && self.differed == differ {
            self.since = None;
        }
        self.differed = differ;
    }

    /// Looks again at positions that were refused, once their time has come.
    pub(crate) fn retry(&mut self, feed: &FeedId, now: u64) {
        if let Some(scan) = self.scans.get_mut(feed)
            && let Some((position, at)) = scan.retry
            && at <= now
        {
            scan.retry = None;
            scan.next = scan.next.min(position);
            self.scanning.insert(*feed);
        }
    }

    /// Looks at a feed's bodies from the first one on, because what may be had has changed.
    pub(crate) fn rescan(&mut self, feed: FeedId) {
        let scan = self.scans.entry(feed).or_default();
        scan.next = 0;
        scan.retry = None;
        scan.refusals = 0;
        self.scanning.insert(feed);
    }

    /// Looks at a feed's new positions.
    pub(crate) fn continue_scan(&mut self, feed: FeedId) {
        self.scans.entry(feed).or_default();
        self.scanning.insert(feed);
    }

    /// Keeps the first pages of a body; the one that has waited longest goes, and is asked for from its start again.
    pub(crate) fn keep_partial(&mut self, id: RecordId, partial: Partial) {
        if self.partials.len() >= MAX_IN_FLIGHT {
            self.partials.pop_first();
        }
        self.partials.insert(id, partial);
    }

    /// Notes a head that the peer told; beyond the bound it is left to a later session.
    pub(crate) fn tell(&mut self, feed: FeedId, told: Told) {
        self.absent.remove(&feed);
        if self.told.len() < MAX_FEEDS {
            self.told.insert(feed, told);
        }
    }

    pub(crate) fn asked(&self, matches: impl Fn(&Asked) -> bool) -> bool {
        self.in_flight.values().any(|pending| matches(&pending.asked))
    }
}

impl Peer {
    pub(crate) const fn new(now: u64) -> Self {
        Self {
            session: Session::new(),
            budget: Budget::new(now),
            faults: 0,
            unsent: BTreeMap::new(),
            unsent_bytes: 0,
            waiting: VecDeque::new(),
            draining: BTreeSet::new(),
            drain_by: None,
        }
    }

    /// Notes what was handed to the transport.
    pub(crate) fn hand(&mut self, id: u64, bytes: usize) {
        self.unsent.insert(id, bytes);
        self.unsent_bytes += bytes;
    }

    /// Notes that it has left, or never will.
    pub(crate) fn drained(&mut self, id: u64) {
        self.unsent_bytes -= self.unsent.remove(&id).unwrap_or(0);
        self.draining.remove(&id);
        if self.draining.is_empty() {
            self.drain_by = None;
        }
    }
}
