//! Mandates: what carried ballots allow, and when.

use commonwheel_record::control::Mandate;
use commonwheel_record::{Cut, RecordId};

/// A valid mandate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MandateView {
    /// Where it stands.
    pub id: RecordId,
    /// The ballot, and the close it rests on.
    pub mandate: Mandate,
    /// When an action may begin, in seconds since 1970: the ballot's end and the charter's notice.
    pub earliest: u64,
    /// When it is over, in seconds since 1970: what rests on it is over too.
    pub expires: u64,
    /// The cut of the close it rests on, which an embargo appended without governance repeats. A further close does
    /// not change it: nobody could end a strike by appending one.
    pub cut: Cut,
}

impl MandateView {
    /// Says whether an action may begin at a time, in seconds since 1970.
    #[must_use]
    pub const fn allows(&self, starts: u64) -> bool {
        self.earliest <= starts && starts < self.expires
    }
}
