//! The valve: the one function that decides what may leave a node.
//!
//! Gossip, sync, HTTP, export, pages and local tools all ask [`decide`], and nothing leaves without it. It is pure and
//! total: equal control logs, leases and clock give equal answers, and every answer carries its [`Reason`]. Whoever is
//! about to release something asks [`is_covered`], which reads embargoes by the same rule. What a rate limit lets through
//! is counted by [`slots`] and handed to [`decide`] with the views.
//!
//! First match wins:
//! 1. a `members` feed, and the audience has no part in it → nothing, heads included
//! 2. a control record → serve; a submission's body → the answer of the contribution it is asked through
//! 3. withdrawn → erased
//! 4. the audience is a node of the owner → serve
//! 5. the owner's control log is not to be trusted with bodies, or a steward's is not held → header
//! 6. unreleased, or not for this audience or purpose, as its header says or an embargo lays over it → header
//! 7. released openly under an irrevocable licence before the embargo → serve
//! 8. a covering embargo → withheld, to the rung it leaves open
//! 9. gated without a fresh lease → withheld: not enforced yet, since no node publishes leases yet
//! 10. serve

mod case;
mod cover;
mod decide;
mod month;
mod opening;
mod overlay;
pub mod plan;
mod queue;
mod reach;
mod reason;
mod refusal;
mod request;
mod time;

pub use cover::is_covered;
pub use decide::{decide, may_know};
pub use month::{month_of, month_start};
pub use overlay::effective_preferences;
pub use queue::{Headers, slots};
pub use reason::{Decision, Reason};
pub use refusal::{Policy, Refusal};
pub use request::{Ancestor, Asker, Record, Request};
pub use time::Leases;
