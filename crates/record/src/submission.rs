//! Submissions: what a member signs, once for many items.
//!
//! The list holds salted hashes in ascending order, so nobody without an item's salt can tell which items came
//! together, and whoever holds one finds it by binary search. A rejected item is noise for ever.

use crate::cbor::{self, DecodeError, fixed_array};
use crate::commit::{Commitment, Salt};
use crate::hash::{Domain, Hash};
use crate::id::{CollectiveId, NetworkId};
use crate::key::{KeyError, PublicKey, SecretKey, Signature};
use crate::limits::{MAX_BODY, MAX_SUBMISSION_ITEMS};

/// A submission's leaf: a commitment, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// Its body, a [`SubmissionBody`].
    pub commitment: Commitment,
}

fixed_array!(Submission { commitment });

/// What the member signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubmissionContent {
    /// The format's version, 1.
    pub version: u8,
    /// To whom the items are given.
    pub collective: CollectiveId,
    /// The hash of the consent text that was shown.
    pub consent: Hash,
    /// When, in seconds since 1970, by the member's clock.
    pub time: u64,
    /// [`item_hash`] of each item, strictly ascending.
    pub items: Vec<Hash>,
}

fixed_array!(SubmissionContent { version, collective, consent, time, items });

/// A submission's body: closed, salted, erasable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubmissionBody {
    /// What is signed.
    pub content: SubmissionContent,
    /// The member's submission key for this collective; a one-time key for anonymous items.
    pub key: PublicKey,
    /// The member's signature over the content.
    pub signature: Signature,
}

fixed_array!(SubmissionBody { content, key, signature });

/// Why a submission was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubmissionError {
    /// The body is malformed.
    #[error("malformed submission: {0}")]
    Malformed(#[from] DecodeError),
    /// The member's signature does not hold.
    #[error("submission: {0}")]
    Key(#[from] KeyError),
    /// Given to another collective than the feed's.
    #[error("submission to another collective")]
    Collective,
}

/// Returns the salted hash that stands for a contribution in a submission's list.
#[must_use]
pub fn item_hash(network: &NetworkId, salt: &Salt, header: &[u8]) -> Hash {
    Hash::of(Domain::ITEM, network, &[salt, header])
}

/// Returns the hash of a text shown or agreed to.
#[must_use]
pub fn text_hash(network: &NetworkId, text: &str) -> Hash {
    Hash::of(Domain::TEXT, network, &[text.as_bytes()])
}

impl SubmissionBody {
    /// Signs a list of items, putting it in order.
    ///
    /// # Errors
    /// [`DecodeError::Rule`] if the list is empty, too long or holds an item twice.
    pub fn sign(
        network: &NetworkId,
        key: &SecretKey,
        collective: CollectiveId,
        consent: Hash,
        time: u64,
        mut items: Vec<Hash>,
    ) -> Result<Self, DecodeError> {
        items.sort_unstable();
        let content = SubmissionContent { version: 1, collective, consent, time, items };
        content.check()?;
        let signature = key.sign(Domain::SUBMISSION, network, &cbor::encode(&content));
        Ok(Self { content, key: key.public(), signature })
    }

    /// Encodes the body.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        cbor::encode(self)
    }

    /// Decodes a submission to `collective` and checks the member's signature.
    ///
    /// # Errors
    /// [`SubmissionError`].
    pub fn open(
        bytes: &[u8],
        network: &NetworkId,
        collective: CollectiveId,
    ) -> Result<Self, SubmissionError> {
        let body: Self = cbor::decode(bytes, MAX_BODY)?;
        body.content.check()?;
        if body.content.collective != collective {
            return Err(SubmissionError::Collective);
        }
        let content = cbor::encode(&body.content);
        body.key.verify(Domain::SUBMISSION, network, &content, &body.signature)?;
        Ok(body)
    }

    /// Says whether the member listed an item.
    #[must_use]
    pub fn lists(&self, item: &Hash) -> bool {
        self.content.items.binary_search(item).is_ok()
    }
}

impl SubmissionContent {
    fn check(&self) -> Result<(), DecodeError> {
        let rules = [
            (self.version == 1, "submission version"),
            ((1..=MAX_SUBMISSION_ITEMS).contains(&self.items.len()), "a submission holds 1 to 4096 items"),
            (self.items.is_sorted_by(|a, b| a < b), "a submission's items are strictly ascending"),
        ];
        match rules.into_iter().find(|(holds, _)| !holds) {
            Some((_, rule)) => Err(DecodeError::Rule(rule)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_only_as_signed() {
        let network = NetworkId::named("test");
        let key = SecretKey::from_seed(&[3; 32]);
        let collective = CollectiveId([1; 32]);
        let items: Vec<Hash> = (0..9).map(|i| item_hash(&network, &[i; 32], b"header")).collect();
        let body =
            SubmissionBody::sign(&network, &key, collective, Hash([2; 32]), 77, items.clone()).unwrap();
        let bytes = body.encode();
        let open = SubmissionBody::open(&bytes, &network, collective).unwrap();
        assert!(items.iter().all(|item| open.lists(item)));
        assert!(!open.lists(&Hash([0; 32])));
        assert_eq!(
            SubmissionBody::open(&bytes, &network, CollectiveId([9; 32])),
            Err(SubmissionError::Collective)
        );
        for flip in 0..bytes.len() {
            let mut bad = bytes.clone();
            bad[flip] ^= 1;
            assert!(SubmissionBody::open(&bad, &network, collective).is_err(), "byte {flip}");
        }
    }

    #[test]
    fn refuses_an_item_listed_twice() {
        let key = SecretKey::from_seed(&[3; 32]);
        let twice = vec![Hash([1; 32]); 2];
        let network = NetworkId::named("test");
        assert!(
            SubmissionBody::sign(&network, &key, CollectiveId([1; 32]), Hash([0; 32]), 0, twice).is_err()
        );
    }
}
