//! Closing ballots: whoever writes a control feed of the collective may, and nobody needs a key for it.

use commonwheel_collective::{BallotView, Ineffective, Outcome, View};
use commonwheel_ledger::store::{Store as _, StoreError};
use commonwheel_record::control::{Close, Content, Mandate, Tally, WitnessedHead};
use commonwheel_record::{CollectiveId, Control, Cut, FeedId, Hash, Leaf, RecordId};

use crate::engine::witnessing::{End, Witnessing};
use crate::engine::{Engine, Unable};
use crate::time;

/// Leaves behind a close that are searched for votes.
const MAX_LOOKED_AT: u64 = 4096;

/// Why a ballot cannot be closed now.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CloseError {
    /// The ballot is not known, or no longer.
    #[error("no such ballot has effect here")]
    Unknown,
    /// Its time has not come.
    #[error("voting goes on until {}", time::show(*.0))]
    Early(u64),
    /// Nothing could be closed: too few witnesses stamped any head in time.
    #[error("too few witnesses have stamped the control feeds since the ballot ended")]
    Unwitnessed(Witnessing),
    /// The close, or the mandate, would have no effect.
    #[error("it would have no effect: {0}")]
    Ineffective(Ineffective),
    /// It could not be appended.
    #[error(transparent)]
    Unable(#[from] Unable),
}

impl From<StoreError> for CloseError {
    fn from(error: StoreError) -> Self {
        Self::Unable(error.into())
    }
}

/// What closing a ballot appended.
#[derive(Clone, Debug, Default)]
pub(crate) struct Closed {
    /// The close; none if nothing more counts by it than by those that are there.
    pub(crate) close: Option<RecordId>,
    /// The mandate; none if the ballot was not carried, or one is there.
    pub(crate) mandate: Option<RecordId>,
    /// What the witnesses said.
    pub(crate) witnessing: Witnessing,
}

impl Engine {
    /// Closes the end of a ballot that is due, as far as witnesses vouch, and states the mandate if it was carried.
    pub(crate) fn close_ballot(
        &mut self,
        now: u64,
        collective: CollectiveId,
        hash: Hash,
    ) -> Result<Closed, CloseError> {
        let ballot = self.ballot(&collective, &hash).ok_or(CloseError::Unknown)?;
        let end = End::due(&ballot, now / 1000).ok_or(CloseError::Early(ballot.ballot.closes))?;
        let witnessing = self.witnessing(&collective, &ballot.witnesses, end.span(&ballot))?;
        let mut closed = Closed::default();
        if self.adds(&ballot, end, &witnessing.heads) {
            let close = self.close(&collective, &ballot, end, witnessing.heads.clone())?;
            closed.close = Some(self.append_unsigned(now, collective, close)?);
        } else if closed_cut(&ballot, end).is_none() {
            return Err(CloseError::Unwitnessed(witnessing));
        }
        closed.witnessing = witnessing;
        closed.mandate = self.state_mandate(now, collective, hash)?;
        Ok(closed)
    }

    /// States the mandate of a ballot that was carried, unless one rests on its close already.
    pub(crate) fn state_mandate(
        &mut self,
        now: u64,
        collective: CollectiveId,
        hash: Hash,
    ) -> Result<Option<RecordId>, CloseError> {
        let ballot = self.ballot(&collective, &hash).ok_or(CloseError::Unknown)?;
        let view = self.sync.views().get(&collective);
        let stated = view.is_some_and(|view| has_mandate(view, &hash));
        match ballot.closes.first() {
            Some(close) if ballot.outcome == Outcome::Carried && !stated => {
                let mandate = Content::Mandate(Mandate { ballot: hash, close: *close });
                self.append_unsigned(now, collective, mandate).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// Returns a ballot as it stands here.
    pub(crate) fn ballot(&self, collective: &CollectiveId, hash: &Hash) -> Option<BallotView> {
        self.sync.views().get(collective).and_then(|view| view.ballot(hash)).cloned()
    }

    /// Says whether a close by these heads would add to those that are there: votes or reveals, or the right result.
    pub(crate) fn adds(&self, ballot: &BallotView, end: End, heads: &[WitnessedHead]) -> bool {
        let Some(Cut(closed)) = closed_cut(ballot, end) else { return !heads.is_empty() };
        // Closes that state a wrong result count as far as their heads go, and carry nothing: a right one must follow.
        if end == End::OfAll && ballot.closes.is_empty() {
            return !heads.is_empty();
        }
        heads.iter().any(|WitnessedHead { head, .. }| {
            let counted = closed.get(&head.feed).copied().unwrap_or(0);
            self.holds_votes(&ballot.hash, &head.feed, counted, head.size)
        })
    }

    /// Says whether votes or reveals of a ballot stand at positions of a control feed.
    pub(crate) fn holds_votes(&self, ballot: &Hash, feed: &FeedId, start: u64, end: u64) -> bool {
        let leaves =
            self.sync.store().headers(feed, start, end.min(start + MAX_LOOKED_AT)).unwrap_or_default();
        leaves.into_iter().flatten().any(|leaf| match Leaf::decode(&leaf) {
            Ok(Leaf::Control(control)) => match &control.content {
                Content::Vote(vote) => vote.ballot == *ballot,
                Content::Reveal(reveal) => reveal.ballot == *ballot,
                _ => false,
            },
            _ => false,
        })
    }

    /// Makes a close whose result is right: the tally over all that counts once the close itself does.
    fn close(
        &mut self,
        collective: &CollectiveId,
        ballot: &BallotView,
        end: End,
        heads: Vec<WitnessedHead>,
    ) -> Result<Content, CloseError> {
        let close =
            |result| Content::Close(Box::new(Close { ballot: ballot.hash, heads: heads.clone(), result }));
        if end == End::OfVoting {
            return Ok(close(None));
        }
        let (_, view) = self.rehearsed(collective, close(Some(Tally::default())))?;
        let tally = view.ballot(&ballot.hash).map(|ballot| ballot.tally).ok_or(CloseError::Unknown)?;
        Ok(close(Some(tally)))
    }

    /// Appends a record that needs no signature, if it has effect.
    fn append_unsigned(
        &mut self,
        now: u64,
        collective: CollectiveId,
        content: Content,
    ) -> Result<RecordId, CloseError> {
        let (feed, view) = self.rehearsed(&collective, content.clone())?;
        let id = RecordId { feed, index: self.sync.store().size(&feed) };
        if let Some(why) = view.ineffective().get(&id) {
            return Err(CloseError::Ineffective(*why));
        }
        Ok(self.append_control(now, collective, unsigned(collective, content), None)?)
    }

    /// Returns the view as it would be with an unsigned record in the control feed that this node writes.
    fn rehearsed(
        &mut self,
        collective: &CollectiveId,
        content: Content,
    ) -> Result<(FeedId, View), CloseError> {
        let feed = self.control_feed(collective).ok_or(Unable::NotCarrier(*collective))?;
        let view = self.sync.rehearse(&feed, &unsigned(*collective, content), None);
        Ok((feed, view.ok_or(CloseError::Unknown)?))
    }
}

/// Says whether a valid mandate of a ballot stands.
pub(crate) fn has_mandate(view: &View, ballot: &Hash) -> bool {
    view.mandates().iter().any(|stated| stated.mandate.ballot == *ballot)
}

fn unsigned(collective: CollectiveId, content: Content) -> Vec<u8> {
    Leaf::Control(Box::new(Control::new(Some(collective), content))).encode()
}

/// Returns how much counts by the closes of an end that are there.
fn closed_cut(ballot: &BallotView, end: End) -> Option<&Cut> {
    match end {
        End::OfAll => ballot.last_cut(),
        End::OfVoting => ballot.cut.as_ref(),
    }
}
