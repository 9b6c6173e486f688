//! A ballot as it stands.

use std::collections::{BTreeMap, BTreeSet};

use commonwheel_record::control::{Ballot, Cast, Choice, Rules, Tally};
use commonwheel_record::fault::{Fault, is_planted};
use commonwheel_record::{Cut, Hash, PublicKey, RecordId};

use super::outcome::Outcome;

/// A valid ballot, its votes, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BallotView {
    /// Where it stands; of several copies the first.
    pub id: RecordId,
    /// The hash of its signed bytes, by which votes, reveals, closes and mandates name it.
    pub hash: Hash,
    /// What is asked.
    pub ballot: Ballot,
    /// The rules of the charter it froze.
    pub rules: Rules,
    /// The witnesses of that charter.
    pub witnesses: BTreeSet<PublicKey>,
    /// How many principals have a vote; 0 once the ballot is sealed by an erasure, after which nobody can tell.
    pub voters: u64,
    /// Control feeds: which votes count, once a valid close says so.
    pub cut: Option<Cut>,
    /// Control feeds: which reveals count, once a valid close of a secret ballot's last stage says so.
    pub reveal_cut: Option<Cut>,
    /// The vote of each key that counts, or would if the ballot closed now.
    pub votes: BTreeMap<PublicKey, CountedVote>,
    /// What these votes amount to. Of a secret ballot whose choices are still sealed: as abstentions.
    pub tally: Tally,
    /// What came of it.
    pub outcome: Outcome,
    /// The valid closes of its last stage that state this tally, in ascending order: a mandate may rest on any.
    pub closes: BTreeSet<RecordId>,
    /// Whether its votes are erased, and the tally is what a close states.
    pub sealed: bool,
}

impl BallotView {
    /// Returns the cut of the ballot's last stage, once a valid close says so.
    #[must_use]
    pub const fn last_cut(&self) -> Option<&Cut> {
        if self.ballot.reveals.is_some() { self.reveal_cut.as_ref() } else { self.cut.as_ref() }
    }

    /// Returns when an action under the ballot may begin, in seconds since 1970.
    #[must_use]
    pub fn earliest(&self) -> u64 {
        earliest(&self.ballot, &self.rules)
    }

    /// Returns when the ballot's mandate is over, in seconds since 1970.
    #[must_use]
    pub fn expires(&self) -> u64 {
        expires(&self.ballot, &self.rules)
    }

    /// Returns the second after which personal parts of the ballot may be erased.
    #[must_use]
    pub fn erasable(&self) -> u64 {
        erasable(&self.ballot, &self.rules)
    }
}

/// When an action under a ballot may begin: at its end, after the charter's notice.
fn earliest(ballot: &Ballot, rules: &Rules) -> u64 {
    let notice = if is_planted(Fault::SkipNotice) { 0 } else { rules.notice_days };
    days_after(ballot.decided(), notice)
}

/// When a ballot's mandate is over.
fn expires(ballot: &Ballot, rules: &Rules) -> u64 {
    days_after(ballot.decided(), rules.mandate_days)
}

/// The second after which personal parts of a ballot may be erased.
pub(crate) fn erasable(ballot: &Ballot, rules: &Rules) -> u64 {
    days_after(expires(ballot, rules), rules.retention_days)
}

fn days_after(time: u64, days: u32) -> u64 {
    time.saturating_add(u64::from(days).saturating_mul(DAY))
}

/// A day, in seconds.
pub(crate) const DAY: u64 = 86_400;

/// A vote that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountedVote {
    /// Where it stands; of several copies the first.
    pub id: RecordId,
    /// Its number: a later vote of the same key bears a higher one.
    pub sequence: u64,
    /// How it was cast.
    pub cast: Cast,
    /// The choice; none while it is sealed.
    pub choice: Option<Choice>,
    /// How many votes it is.
    pub votes: u64,
}
