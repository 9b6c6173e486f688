//! What is asked, and by whom.

use commonwheel_collective::Audience;
use commonwheel_record::control::Rung;
use commonwheel_record::manifest::Manifest;
use commonwheel_record::terms::Purpose;
use commonwheel_record::{Leaf, RecordId};

/// A record as far as this node knows it.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// Its name.
    pub id: RecordId,
    /// The manifest of its feed.
    pub manifest: &'a Manifest,
    /// Its leaf; none if the header is missing here.
    pub leaf: Option<&'a Leaf>,
    /// For a submission: the contribution through which its body is asked for. The caller has checked that the
    /// contribution's body names this submission.
    pub via: Option<&'a Self>,
    /// What is known of the ancestors its header names, in any order. One that is not listed counts as one whose
    /// header is missing: in the scope of every embargo on its feed.
    pub ancestors: &'a [Ancestor<'a>],
}

impl<'a> Record<'a> {
    /// A record asked for by itself, without ancestors.
    #[must_use]
    pub const fn new(id: RecordId, manifest: &'a Manifest, leaf: Option<&'a Leaf>) -> Self {
        Self { id, manifest, leaf, via: None, ancestors: &[] }
    }
}

/// An ancestor of a derived contribution, as far as this node knows it.
#[derive(Clone, Copy, Debug)]
pub struct Ancestor<'a> {
    /// Its name.
    pub id: RecordId,
    /// The manifest of its feed, if held.
    pub manifest: Option<&'a Manifest>,
    /// Its leaf, if held.
    pub leaf: Option<&'a Leaf>,
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asker {
    /// This node's own tools: they see what is held, unless it is erased.
    SelfNode,
    /// Another node.
    Peer(Audience),
}

/// What is asked of a record.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Who asks.
    pub audience: &'a Asker,
    /// What for.
    pub purpose: Purpose,
    /// How much of it.
    pub rung: Rung,
}
