//! Amendments: charter N + 1, and what it still lacks before it holds.

use std::collections::BTreeSet;
use std::fmt;

use commonwheel_api::types::CharterShown;
use commonwheel_record::control::{Charter, Content, Control, Cut, KeySet, next_root_digest};
use commonwheel_record::{CollectiveId, Hash, Leaf, NetworkId, PublicKey};

use super::document::{Document, Standing};
use super::own::{NoOwn, Own};

/// What an amendment replaces.
#[derive(Clone, Debug)]
pub(crate) struct Predecessor {
    /// Whose it is.
    pub(crate) collective: CollectiveId,
    /// The charter that holds.
    pub(crate) charter: Charter,
    /// The hash of its signed bytes.
    pub(crate) hash: Hash,
}

impl Predecessor {
    /// Takes what a node shows.
    pub(crate) fn shown(collective: CollectiveId, shown: CharterShown) -> Self {
        Self { collective, hash: shown.hash, charter: shown.charter() }
    }

    /// Makes the next charter, unsigned: what the keys before it signed counts inside `cut` only.
    pub(crate) fn next(
        &self,
        network: &NetworkId,
        document: &Document,
        own: &Own,
        cut: Cut,
    ) -> Result<Control, NoOwn> {
        let standing = Standing {
            collective: Some(self.collective),
            number: self.charter.number + 1,
            previous: Some(self.hash),
            cut,
            nonce: Hash::default(),
        };
        let charter = document.charter(network, own, &standing)?;
        Ok(Control::new(Some(self.collective), Content::Charter(Box::new(charter))))
    }

    /// Returns what an amendment lacks before it holds.
    pub(crate) fn lacks(&self, network: &NetworkId, control: &Control) -> Vec<Lack> {
        let Content::Charter(next) = &control.content else { return vec![Lack::NoCharter] };
        let follows = control.collective == Some(self.collective)
            && next.previous == Some(self.hash)
            && next.number == self.charter.number + 1;
        if !follows {
            return vec![Lack::Elsewhere { number: self.charter.number }];
        }
        let signers = control.signers(network);
        let mut lacks = Vec::new();
        lacks.extend((signers.len() < control.signatures.len()).then_some(Lack::BadSignature));
        lacks.extend(uncommitted(network, &self.charter, next));
        lacks.extend(Lack::signatures("before", &self.charter.root, &signers));
        lacks.extend(Lack::signatures("after", &next.root, &signers));
        lacks
    }
}

/// Root keys and commitments stay as they are, or the root keys are ones that were committed to.
fn uncommitted(network: &NetworkId, before: &Charter, next: &Charter) -> Option<Lack> {
    let stays = before.root == next.root && before.next_root == next.next_root;
    if before.next_root.is_empty() || stays {
        return None;
    }
    let known = |key: &&PublicKey| before.next_root.contains(&next_root_digest(network, key));
    let strangers: Vec<PublicKey> = next.root.keys.iter().filter(|key| !known(key)).copied().collect();
    (!strangers.is_empty()).then_some(Lack::Uncommitted(strangers))
}

/// What keeps an amendment from holding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Lack {
    /// It is another record.
    NoCharter,
    /// It does not follow the charter that holds.
    Elsewhere {
        /// The number of the charter that holds.
        number: u64,
    },
    /// A signature in it does not hold.
    BadSignature,
    /// Its root keys are not those that the charter before it committed to.
    Uncommitted(Vec<PublicKey>),
    /// Too few root keys have signed.
    Signatures {
        /// Those of which charter.
        of: &'static str,
        /// How many have.
        have: usize,
        /// How many must.
        need: u8,
        /// Which have not.
        open: Vec<PublicKey>,
    },
}

impl Lack {
    fn signatures(of: &'static str, keys: &KeySet, signers: &BTreeSet<PublicKey>) -> Option<Self> {
        let have = keys.keys.intersection(signers).count();
        let open = keys.keys.difference(signers).copied().collect();
        (!keys.satisfied_by(signers)).then_some(Self::Signatures { of, have, need: keys.threshold, open })
    }

    /// Says whether more signatures would mend it.
    pub(crate) const fn is_signature(&self) -> bool {
        matches!(self, Self::Signatures { .. })
    }

    /// Says what to do about it.
    pub(crate) const fn fix(&self) -> &'static str {
        match self {
            Self::NoCharter => "make a draft with `commonwheel charter amend FILE --draft OUT`",
            Self::Elsewhere { .. } => {
                "make the draft again: the charter has changed, or is another collective's"
            }
            Self::BadSignature => "make the draft again, and sign it for this network: see --network",
            Self::Uncommitted(_) => {
                "leave root, root-threshold and next-root as they are, or name root keys whose digests the charter lists"
            }
            Self::Signatures { .. } => {
                "give the key files with --key, or gather signatures: `charter amend FILE --draft OUT`, then \
                 `charter sign OUT --key KEYFILE` by each, then `charter amend --submit OUT`"
            }
        }
    }
}

impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCharter => f.write_str("this is no charter"),
            Self::Elsewhere { number } => write!(f, "this does not follow charter {number}, which holds"),
            Self::BadSignature => f.write_str("a signature in it does not hold"),
            Self::Uncommitted(keys) => {
                write!(f, "the charter before it did not commit to the root key {}", joined(keys))
            }
            Self::Signatures { of, have, need, open } => write!(
                f,
                "{have} of the root keys of the charter {of} the change have signed, {need} must; \
                 these have not: {}",
                joined(open)
            ),
        }
    }
}

fn joined(keys: &[PublicKey]) -> String {
    keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Encodes a draft; it is the leaf as it will be appended.
pub(crate) fn encode(control: Control) -> Vec<u8> {
    Leaf::Control(Box::new(control)).encode()
}

/// Reads a draft.
pub(crate) fn decode(bytes: &[u8]) -> Option<Control> {
    match Leaf::decode(bytes).ok()? {
        Leaf::Control(control) if matches!(control.content, Content::Charter(_)) => Some(*control),
        _ => None,
    }
}
