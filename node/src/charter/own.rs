//! What a charter's file leaves to the node that founds the collective: its own keys and feed.

use std::collections::BTreeSet;

use commonwheel_api::{Word, WordError};
use commonwheel_record::control::KeySet;
use commonwheel_record::{FeedId, Hash, PublicKey};

/// The word by which a file names what the node has or makes itself.
const OWN: &str = "own";

/// Something that is named, or the founding node's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum OrOwn<T> {
    /// The founding node's own.
    Own,
    /// This one.
    Named(T),
}

/// The file names something of the node's own that it does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the charter says `own` of the {0}, and this node has none")]
pub(crate) struct NoOwn(pub(crate) &'static str);

impl<T: Copy> OrOwn<T> {
    /// Returns what is meant, where the node's own is this.
    pub(crate) fn resolve(self, what: &'static str, own: Option<T>) -> Result<T, NoOwn> {
        match self {
            Self::Own => own.ok_or(NoOwn(what)),
            Self::Named(named) => Ok(named),
        }
    }

    /// Says whether the node's own is meant.
    pub(crate) const fn is_own(&self) -> bool {
        matches!(self, Self::Own)
    }
}

impl<T: Word> Word for OrOwn<T> {
    fn text(&self) -> String {
        match self {
            Self::Own => OWN.to_owned(),
            Self::Named(named) => named.text(),
        }
    }

    fn read(text: &str) -> Result<Self, WordError> {
        if text == OWN { Ok(Self::Own) } else { T::read(text).map(Self::Named) }
    }
}

/// Keys of which a number must sign, as the file lists them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Signers {
    /// How many must sign.
    pub(crate) threshold: u8,
    /// The keys.
    pub(crate) keys: BTreeSet<OrOwn<PublicKey>>,
}

impl Signers {
    /// The node's own key alone.
    pub(crate) fn own() -> Self {
        Self { threshold: 1, keys: [OrOwn::Own].into() }
    }

    /// Says whether the node's own key is among them.
    pub(crate) fn has_own(&self) -> bool {
        self.keys.contains(&OrOwn::Own)
    }

    /// Returns the keys that are meant.
    pub(crate) fn resolve(&self, what: &'static str, own: Option<PublicKey>) -> Result<KeySet, NoOwn> {
        Ok(KeySet { threshold: self.threshold, keys: resolve_all(&self.keys, what, own)? })
    }
}

impl From<KeySet> for Signers {
    fn from(KeySet { threshold, keys }: KeySet) -> Self {
        Self { threshold, keys: keys.into_iter().map(OrOwn::Named).collect() }
    }
}

/// Returns what a list means.
pub(crate) fn resolve_all<T: Copy + Ord>(
    list: &BTreeSet<OrOwn<T>>,
    what: &'static str,
    own: Option<T>,
) -> Result<BTreeSet<T>, NoOwn> {
    list.iter().map(|one| one.resolve(what, own)).collect()
}

/// What `own` stands for, as far as the node has it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Own {
    /// Amends the charter.
    pub(crate) root: Option<PublicKey>,
    /// Releases and strikes.
    pub(crate) governance: Option<PublicKey>,
    /// Signs the node's feeds; as a witness, the heads of others too.
    pub(crate) writer: Option<PublicKey>,
    /// Signs leases.
    pub(crate) liveness: Option<PublicKey>,
    /// The digest of the root key that comes next.
    pub(crate) next_root: Option<Hash>,
    /// The control feed whose order counts for rate limits.
    pub(crate) release_feed: Option<FeedId>,
}
