//! What a view says of people, ballots and personal parts.

use commonwheel_record::{Cut, Hash, RecordId};

use super::{BallotView, MandateView, Roll, View};
use crate::ineffective::Ineffective;

impl View {
    /// Returns the roll as it stands, under the charter that holds.
    #[must_use]
    pub const fn roll(&self) -> &Roll {
        &self.parts.roll
    }

    /// Returns how much of each control feed that counts was folded. A ballot opened now names it as its cut, and the
    /// hash of [`View::roll`] as its roll.
    #[must_use]
    pub const fn folded(&self) -> &Cut {
        &self.parts.folded
    }

    /// Returns the valid ballots, in ascending order of their hashes.
    #[must_use]
    pub fn ballots(&self) -> &[BallotView] {
        &self.parts.ballots
    }

    /// Returns a valid ballot by the hash of its signed bytes.
    #[must_use]
    pub fn ballot(&self, hash: &Hash) -> Option<&BallotView> {
        let at = self.parts.ballots.binary_search_by_key(hash, |ballot| ballot.hash).ok()?;
        self.parts.ballots.get(at)
    }

    /// Returns the valid mandates, expired ones too, in ascending order.
    #[must_use]
    pub fn mandates(&self) -> &[MandateView] {
        &self.parts.mandates
    }

    /// Returns a valid mandate.
    #[must_use]
    pub fn mandate(&self, id: &RecordId) -> Option<&MandateView> {
        let at = self.parts.mandates.binary_search_by_key(id, |mandate| mandate.id).ok()?;
        self.parts.mandates.get(at)
    }

    /// Returns when a release was made, in seconds since 1970: the time of the head that dates it, as a majority of
    /// the charter's witnesses saw it, or a liveness key where the charter lists none.
    #[must_use]
    pub fn release_time(&self, release: &RecordId) -> Option<u64> {
        self.parts.release_times.get(release).copied()
    }

    /// Says whether a control record's body is erased by a declaration that counts: it is neither kept nor served.
    #[must_use]
    pub fn erased(&self, record: &RecordId) -> bool {
        self.parts.erased.contains(record)
    }

    /// Returns the records that have no effect until their bodies are held, in ascending order.
    pub fn awaited_bodies(&self) -> impl Iterator<Item = &RecordId> {
        let missing = |(_, why): &(&RecordId, &Ineffective)| **why == Ineffective::BodyMissing;
        self.parts.ineffective.iter().filter(missing).map(|(id, _)| id)
    }
}
