//! A node's disk: the ledger's store in memory, with a fuse that cuts the power between any two writes.

use commonwheel_ledger::mem::MemStore;
use commonwheel_ledger::store::{Position, Store, StoreError, Table};
use commonwheel_ledger::{Frontier, SignedHead};
use commonwheel_record::attestation::{Attestation, AttestationKind};
use commonwheel_record::body::SealedBody;
use commonwheel_record::cbor;
use commonwheel_record::control::{Content, Variant};
use commonwheel_record::limits::MAX_ATTESTATION;
use commonwheel_record::manifest::Purpose;
use commonwheel_record::{FeedId, Hash, Leaf, Manifest};

use crate::mutant::Mutant;
use crate::rng::Rng;

/// A store that may fail.
#[derive(Clone, Debug, Default)]
pub(crate) struct Disk {
    store: MemStore,
    /// Operations until the power goes, if it is about to.
    fuse: Option<u64>,
    blown: bool,
    mutant: Option<Mutant>,
    /// Whether embargoes read as missing, for the mutants that forget them.
    blind: bool,
}

impl Disk {
    pub(crate) fn new(mutant: Option<Mutant>) -> Self {
        let blind = matches!(
            mutant,
            Some(Mutant::IgnoresEmbargoes | Mutant::IgnoresOverlays | Mutant::IgnoresRateLimits)
        );
        Self { mutant, blind, ..Self::default() }
    }

    /// What is on the disk, for whoever looks at it from outside.
    pub(crate) const fn raw(&self) -> &MemStore {
        &self.store
    }

    /// From the given number of writes on every one fails, until [`Disk::restart`].
    pub(crate) const fn light_fuse(&mut self, writes: u64) {
        self.fuse = Some(writes);
    }

    /// Puts the fuse out.
    pub(crate) const fn spare(&mut self) {
        self.fuse = None;
    }

    pub(crate) const fn is_lit(&self) -> bool {
        self.fuse.is_some()
    }

    pub(crate) const fn is_blown(&self) -> bool {
        self.blown
    }

    /// Loses what was not committed, save a random number of the first writes. Says how many were lost and kept.
    pub(crate) fn restart(&mut self, rng: &mut Rng) -> (usize, usize) {
        let unsynced = self.store.unsynced();
        let kept = rng.index(unsynced + 1);
        self.store.crash(kept);
        (self.fuse, self.blown) = (None, false);
        self.blind |= self.mutant == Some(Mutant::ForgetsEmbargoes);
        (unsynced - kept, kept)
    }

    fn write(&mut self) -> Result<&mut MemStore, StoreError> {
        if let Some(left) = self.fuse {
            self.blown |= left == 0;
            self.fuse = Some(left.saturating_sub(1));
        }
        if self.blown {
            let (path, why) = ("disk".to_owned(), "no power".to_owned());
            return Err(StoreError::Io { action: "write", path, why });
        }
        Ok(&mut self.store)
    }

    fn is_control(&self, feed: &FeedId) -> bool {
        self.store.manifest(feed).is_some_and(|manifest| manifest.purpose == Purpose::Control)
    }

    fn put_rotten(&mut self, feed: &FeedId, bodies: &[(u64, SealedBody)]) -> Result<(), StoreError> {
        let rotten = |(index, body): &(u64, SealedBody)| {
            let mut body = body.clone();
            body.bytes.reverse();
            (*index, body)
        };
        let bodies: Vec<(u64, SealedBody)> = bodies.iter().map(rotten).collect();
        self.write()?.put_bodies(feed, &bodies)
    }

    fn hides(&self, header: &[u8]) -> bool {
        if !self.blind {
            return false;
        }
        let Ok(Leaf::Control(control)) = Leaf::decode(header) else { return false };
        let Content::Embargo(embargo) = control.content else { return false };
        match self.mutant {
            Some(Mutant::IgnoresOverlays) => {
                matches!(embargo.variant, Variant::EvaluationOnly | Variant::PreferenceShift(_))
            }
            Some(Mutant::IgnoresRateLimits) => matches!(embargo.variant, Variant::RateLimit(_)),
            _ => true,
        }
    }
}

impl Store for Disk {
    fn feeds(&self) -> Vec<FeedId> {
        self.store.feeds()
    }

    fn manifest(&self, feed: &FeedId) -> Option<&Manifest> {
        self.store.manifest(feed)
    }

    fn create(&mut self, manifest: &Manifest) -> Result<(), StoreError> {
        self.write()?.create(manifest)
    }

    fn head(&self, feed: &FeedId) -> Option<&SignedHead> {
        self.store.head(feed)
    }

    fn set_head(&mut self, feed: &FeedId, head: &SignedHead) -> Result<(), StoreError> {
        self.write()?.set_head(feed, head)
    }

    fn size(&self, feed: &FeedId) -> u64 {
        self.store.size(feed)
    }

    fn frontier(&self, feed: &FeedId) -> Frontier {
        self.store.frontier(feed)
    }

    fn append(&mut self, feed: &FeedId, positions: &[Position<'_>]) -> Result<(), StoreError> {
        self.write()?.append(feed, positions)
    }

    fn node(&self, feed: &FeedId, level: u8, index: u64) -> Result<Hash, StoreError> {
        self.store.node(feed, level, index)
    }

    fn leaf_hashes(&self, feed: &FeedId, start: u64, end: u64) -> Result<Vec<Hash>, StoreError> {
        self.store.leaf_hashes(feed, start, end)
    }

    fn headers(&self, feed: &FeedId, start: u64, end: u64) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        let headers = self.store.headers(feed, start, end)?;
        Ok(headers.into_iter().map(|header| header.filter(|header| !self.hides(header))).collect())
    }

    fn fill_header(&mut self, feed: &FeedId, index: u64, header: &[u8]) -> Result<(), StoreError> {
        self.write()?.fill_header(feed, index, header)
    }

    fn held(&self, feed: &FeedId, start: u64, end: u64) -> Vec<bool> {
        self.store.held(feed, start, end)
    }

    fn body(&self, feed: &FeedId, index: u64) -> Result<Option<SealedBody>, StoreError> {
        self.store.body(feed, index)
    }

    fn put_bodies(&mut self, feed: &FeedId, bodies: &[(u64, SealedBody)]) -> Result<(), StoreError> {
        let control = self.is_control(feed);
        match self.mutant {
            Some(Mutant::LosesVotes) if control => Ok(()),
            Some(Mutant::RotsBodies) => self.put_rotten(feed, bodies),
            Some(Mutant::RotsPersonal) if control => self.put_rotten(feed, bodies),
            _ => self.write()?.put_bodies(feed, bodies),
        }
    }

    fn erase_bodies(&mut self, feed: &FeedId, indices: &[u64]) -> Result<(), StoreError> {
        let erases = match self.mutant {
            Some(Mutant::KeepsWithdrawn) => false,
            Some(Mutant::KeepsVotes) => !self.is_control(feed),
            _ => true,
        };
        self.write()?.erase_bodies(feed, if erases { indices } else { &[] })
    }

    fn state(&self, table: Table, key: &[u8]) -> Option<&[u8]> {
        self.store.state(table, key)
    }

    fn states(&self, table: Table) -> Vec<(&[u8], &[u8])> {
        self.store.states(table)
    }

    fn set_state(&mut self, table: Table, key: &[u8], value: Option<&[u8]>) -> Result<(), StoreError> {
        let forgets = match self.mutant {
            Some(Mutant::ForgetsForks) => is_of_kind(table, value, AttestationKind::ForkProof),
            Some(Mutant::NeverAcknowledges) => is_of_kind(table, value, AttestationKind::Acknowledgement),
            _ => false,
        };
        let future = [u8::MAX; 8];
        let believes = self.mutant == Some(Mutant::BelievesFuture) && key.starts_with(b"lease/");
        let value = if believes { value.map(|_| future.as_slice()) } else { value };
        self.write()?.set_state(table, key, value.filter(|_| !forgets))
    }

    fn commit(&mut self) -> Result<(), StoreError> {
        let syncs = !matches!(self.mutant, Some(Mutant::SkipsFsync | Mutant::ForgetsTip));
        let store = self.write()?;
        if syncs { store.commit() } else { Ok(()) }
    }
}

fn is_of_kind(table: Table, value: Option<&[u8]>, kind: AttestationKind) -> bool {
    let attestation = value.and_then(|bytes| cbor::decode::<Attestation>(bytes, MAX_ATTESTATION).ok());
    table == Table::Attestations && attestation.is_some_and(|attestation| attestation.key().kind == kind)
}
