//! Ed25519 keys and signatures, one rule set everywhere.
//!
//! Signatures are checked with `verify_strict`, one at a time: batch verification can make two nodes disagree about a
//! crafted signature. Keys are admitted only if canonical and not of small order.

use std::fmt;
use std::str::FromStr;

use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};

use crate::hash::Domain;
use crate::hex;
use crate::id::{IdError, NetworkId};

/// Why a key or a signature was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The bytes are no canonical curve point, or one of small order.
    #[error("weak or malformed public key")]
    Key,
    /// The signature does not verify under the key.
    #[error("signature does not verify")]
    Signature,
}

/// An Ed25519 public key's 32 bytes; admitted only on use.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey(pub [u8; 32]);

/// An Ed25519 signature's 64 bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Signature(pub [u8; 64]);

/// A secret key, wiped when dropped.
#[derive(Clone)]
pub struct SecretKey(SigningKey);

impl PublicKey {
    /// Admits the key: canonical, on the curve, not of small order.
    ///
    /// # Errors
    /// [`KeyError::Key`] otherwise.
    pub fn admit(&self) -> Result<Verifier, KeyError> {
        let key = VerifyingKey::from_bytes(&self.0).map_err(|_| KeyError::Key)?;
        let canonical = key.to_edwards().compress().to_bytes() == self.0;
        if key.is_weak() || !canonical { Err(KeyError::Key) } else { Ok(Verifier(key)) }
    }

    /// Checks a signature over `domain ‖ network ‖ message`.
    ///
    /// # Errors
    /// [`KeyError`] if the key is not admitted or the signature does not verify.
    pub fn verify(
        &self,
        domain: Domain,
        network: &NetworkId,
        message: &[u8],
        signature: &Signature,
    ) -> Result<(), KeyError> {
        self.admit()?.verify_raw(&tagged(domain, network, message), signature)
    }

    /// Returns the key's bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Returns the first eight hexadecimal digits, for people.
    #[must_use]
    pub fn short(&self) -> String {
        hex::encode(&self.0[..4])
    }
}

/// An admitted key, ready to verify many signatures.
#[derive(Clone, Debug)]
pub struct Verifier(VerifyingKey);

impl Verifier {
    /// Checks a signature over exactly these bytes, for formats that bring their own domain (signed notes).
    ///
    /// # Errors
    /// [`KeyError::Signature`] if it does not verify.
    pub fn verify_raw(&self, message: &[u8], signature: &Signature) -> Result<(), KeyError> {
        let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
        self.0.verify_strict(message, &signature).map_err(|_| KeyError::Signature)
    }
}

impl SecretKey {
    /// Makes a key from 32 bytes of randomness, which are an argument: this crate has no source of its own.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// Returns the seed, to be written to a key file.
    #[must_use]
    pub fn seed(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// Returns the public key.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    /// Signs `domain ‖ network ‖ message`.
    #[must_use]
    pub fn sign(&self, domain: Domain, network: &NetworkId, message: &[u8]) -> Signature {
        self.sign_raw(&tagged(domain, network, message))
    }

    /// Signs exactly these bytes, for formats that bring their own domain (signed notes).
    #[must_use]
    pub fn sign_raw(&self, message: &[u8]) -> Signature {
        Signature(self.0.sign(message).to_bytes())
    }
}

fn tagged(domain: Domain, network: &NetworkId, message: &[u8]) -> Vec<u8> {
    [domain.as_bytes(), network.as_bytes(), message].concat()
}

impl FromStr for PublicKey {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        hex::decode(text).map(Self).ok_or(IdError::Shape)
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", hex::encode(&self.0))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.short())
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({})", hex::encode(&self.0[..4]))
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey(of {})", self.public().short())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8032 §7.1, test 2.
    #[test]
    fn rfc_8032_vector() {
        let seed = hex::decode("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb").unwrap();
        let key = SecretKey::from_seed(&seed);
        let public = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
        assert_eq!(key.public().to_string(), public);
        let signature = key.sign_raw(&[0x72]);
        assert!(hex::encode(&signature.0).starts_with("92a009a9f0d4cab8720e820b5f642540"));
        key.public().admit().unwrap().verify_raw(&[0x72], &signature).unwrap();
    }

    #[test]
    fn refuses_small_order_and_non_canonical_keys() {
        let mut identity = [0; 32];
        identity[0] = 1;
        assert_eq!(PublicKey(identity).admit().unwrap_err(), KeyError::Key);
        assert_eq!(PublicKey([0; 32]).admit().unwrap_err(), KeyError::Key);
        // y = p + 3, a non-canonical encoding of y = 3.
        let mut lifted = [0xff; 32];
        lifted[0] = 0xf0;
        lifted[31] = 0x7f;
        assert_eq!(PublicKey(lifted).admit().unwrap_err(), KeyError::Key);
    }

    #[test]
    fn a_signature_is_bound_to_its_domain_and_network() {
        let key = SecretKey::from_seed(&[9; 32]);
        let (a, b) = (NetworkId::named("a"), NetworkId::named("b"));
        let signature = key.sign(Domain::CONTROL, &a, b"m");
        assert_eq!(key.public().verify(Domain::CONTROL, &a, b"m", &signature), Ok(()));
        assert!(key.public().verify(Domain::CONTROL, &b, b"m", &signature).is_err());
        assert!(key.public().verify(Domain::ATTESTATION, &a, b"m", &signature).is_err());
    }
}
