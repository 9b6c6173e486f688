//! The fold of a collective's control logs into a view: who it is, what it opened, what it closed.
//!
//! [`fold`] takes every control feed of a collective that is held and returns a [`View`]. It is a pure function of the
//! set of records: authority comes from the signatures inside a record, order from explicit predecessors and from
//! cuts, so neither the order of arrival nor a second copy of a record changes what it says. A record that does not
//! count is kept with the reason, see [`Ineffective`].
//!
//! [`Views`] holds the views of all collectives a node follows and answers across them: whose feed this is, and who
//! is asking.

mod audience;
mod feed;
mod fold;
pub mod found;
mod ineffective;
mod presets;
mod slots;
mod view;
mod views;

pub use audience::Audience;
pub use feed::{Body, ControlFeed, ControlLeaf, UNFOUNDED, Verified, Witnessed};
pub use fold::{fold, tally_at};
pub use ineffective::Ineffective;
pub use presets::{Preset, UnknownPreset};
pub use slots::Slots;
pub use view::{
    BallotView, Closed, CountedVote, Entry, MandateView, Outcome, Roll, Seat, Shortfall, Standing, View,
    judge,
};
pub use views::Views;
