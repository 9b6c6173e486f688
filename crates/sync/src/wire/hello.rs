//! Hello: who a node is, and whether anything differs.

use commonwheel_record::Hash;
use commonwheel_record::attestation::NodeRole;
use commonwheel_record::fixed_array;

/// Roots over what both nodes follow, as the sender computes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Roots {
    /// Over heads.
    pub heads: Hash,
    /// Over attestations.
    pub attestations: Hash,
}

fixed_array!(Roots { heads, attestations });

/// A node introduces itself; at most 200 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hello {
    /// The oldest protocol version it speaks.
    pub oldest: u8,
    /// The newest one.
    pub newest: u8,
    /// What it is.
    pub role: NodeRole,
    /// Changes whenever its store's arrival counter starts anew.
    pub instance: u64,
    /// How many heads have arrived in this instance.
    pub arrival: u64,
    /// The hash of its node card; none before it has one.
    pub card: Option<Hash>,
    /// The hash of the set of collectives it follows.
    pub follow: Hash,
    /// The roots, if it knows what the other side follows.
    pub roots: Option<Roots>,
}

fixed_array!(Hello { oldest, newest, role, instance, arrival, card, follow, roots });
