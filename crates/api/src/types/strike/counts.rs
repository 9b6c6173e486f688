//! What an embargo covers, counted.

use serde::{Deserialize, Serialize};

/// Contributions in an embargo's scope, as far as this node holds their headers, by what becomes of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// All of them.
    pub in_scope: u64,
    /// Withheld by this embargo, and by no other, from whom it refuses.
    pub withheld: u64,
    /// Waiting for the embargo's end, or for their month.
    pub queued: u64,
    /// Flowing on, because an irrevocable licence was given before it.
    pub irrevocable: u64,
    /// Withheld already, by another embargo.
    pub already: u64,
    /// Flowing on for another reason: out of its reach, or to those it does not refuse.
    pub open: u64,
    /// Not released in any case.
    pub unreleased: u64,
    /// Not to be had for another reason: a grant, a tier, a region or a header is missing, or it was erased.
    pub closed: u64,
    /// Of all of them, those whose header is no longer shown either.
    pub headers: u64,
}

/// A coverage, and how it divides.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breakdown {
    /// All of it.
    pub total: Coverage,
    /// By the class of the licence: `A`, `A-`, `B` and `C` cannot be taken back, `D` can, `E` is no licence.
    pub licences: Vec<Part>,
    /// By language.
    pub languages: Vec<Part>,
    /// By domain.
    pub domains: Vec<Part>,
    /// By kind.
    pub kinds: Vec<Part>,
    /// By whose records they are.
    pub collectives: Vec<Part>,
    /// Positions whose header is not held here: nobody knows what they are, so they count as in scope.
    pub unknown: Coverage,
}

/// A part of a coverage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Which: a class, a language, a domain, a kind or a collective. Where there are very many, the last part is
    /// `(others)`.
    pub name: String,
    /// What becomes of it.
    #[serde(flatten)]
    pub coverage: Coverage,
}
