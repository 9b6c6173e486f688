//! Ed25519 keys in and out of libp2p's peer ids, and which of them may talk to us.

use libp2p::{
    Multiaddr, PeerId,
    identity::{self, ed25519},
    multiaddr::Protocol,
};

use crate::Error;

/// A node's Ed25519 public key, which is its name on the network.
pub type PeerKey = [u8; 32];

/// Why a peer's key is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum KeyRefusal {
    #[error("peer key is not ed25519")]
    NotEd25519,
    #[error("peer key is not canonically encoded")]
    NotCanonical,
    #[error("peer key is weak")]
    Weak,
}

/// Returns the key of `peer`, if it is one a signature can be trusted under.
///
/// libp2p verifies the handshake with plain `verify`, under which a small-order key can answer for any message.
/// Everything above this crate names peers by key, so such keys stop here.
pub(crate) fn admit(peer: &PeerId) -> Result<PeerKey, KeyRefusal> {
    let key = ed25519_key(peer).ok_or(KeyRefusal::NotEd25519)?;
    if !has_canonical_y(&key) {
        return Err(KeyRefusal::NotCanonical);
    }
    let point = ed25519_dalek::VerifyingKey::from_bytes(&key).map_err(|_| KeyRefusal::NotEd25519)?;
    if point.is_weak() {
        return Err(KeyRefusal::Weak);
    }
    Ok(key)
}

/// Returns the peer id of an Ed25519 key, or `None` where the bytes are no point.
pub(crate) fn peer_id(key: &PeerKey) -> Option<PeerId> {
    let key = ed25519::PublicKey::try_from_bytes(key).ok()?;
    Some(identity::PublicKey::from(key).to_peer_id())
}

/// Returns the key a `/p2p/...` suffix names, or `None` where there is none or it is no Ed25519 key.
pub fn peer_of(address: &Multiaddr) -> Option<PeerKey> {
    admit(&peer_id_of(address)?).ok()
}

/// Returns `address` ending in `/p2p/<peer>`, the form in which operators exchange addresses.
///
/// # Errors
/// [`Error::Key`] where `peer` is no Ed25519 key; [`Error::Address`] where the address already names another.
pub fn with_peer(address: Multiaddr, peer: &PeerKey) -> Result<Multiaddr, Error> {
    let peer = peer_id(peer).ok_or(Error::Key)?;
    address.with_p2p(peer).map_err(|address| Error::Address { address: address.to_string() })
}

pub(crate) fn peer_id_of(address: &Multiaddr) -> Option<PeerId> {
    address.iter().find_map(|part| match part {
        Protocol::P2p(peer) => Some(peer),
        _ => None,
    })
}

fn ed25519_key(peer: &PeerId) -> Option<PeerKey> {
    // Ed25519 keys are short enough to be inlined in the peer id (multihash code 0), so no lookup is needed.
    let hash = peer.as_ref();
    if hash.code() != 0 {
        return None;
    }
    let key = identity::PublicKey::try_decode_protobuf(hash.digest()).ok()?;
    Some(key.try_into_ed25519().ok()?.to_bytes())
}

/// Whether the little-endian y coordinate is below the field prime 2^255 - 19.
fn has_canonical_y(key: &PeerKey) -> bool {
    let all_ones = key[31] & 0x7f == 0x7f && key[1..31].iter().all(|byte| *byte == 0xff);
    !(all_ones && key[0] >= 0xed)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Points of small order: the identity, one of order 4, and the one of order 2.
    const WEAK: [[u8; 32]; 3] = [
        {
            let mut identity = [0; 32];
            identity[0] = 1;
            identity
        },
        [0; 32],
        [
            0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
            0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f,
        ],
    ];

    #[test]
    fn a_generated_key_is_admitted_and_round_trips() {
        let peer = identity::Keypair::generate_ed25519().public().to_peer_id();
        let key = admit(&peer).unwrap();
        assert_eq!(peer_id(&key), Some(peer));
    }

    #[test]
    fn weak_keys_are_refused() {
        for key in WEAK {
            let peer = peer_id(&key).expect("small-order points decode");
            assert_eq!(admit(&peer), Err(KeyRefusal::Weak), "{key:02x?}");
        }
    }

    #[test]
    fn a_non_canonical_y_is_refused() {
        // y = p + 3 is the same point as y = 3 in another dress.
        let mut key = [0xff; 32];
        key[0] = 0xf0;
        key[31] = 0x7f;
        if let Some(peer) = peer_id(&key) {
            assert_eq!(admit(&peer), Err(KeyRefusal::NotCanonical));
        }
        assert!(!has_canonical_y(&key));
        key[0] = 0xec;
        assert!(has_canonical_y(&key));
    }

    #[test]
    fn a_hashed_peer_id_is_refused() {
        // RSA and other long keys appear as a SHA-256 of the key: multihash code 0x12.
        let mut bytes = vec![0x12, 32];
        bytes.extend([7; 32]);
        let peer = PeerId::from_bytes(&bytes).unwrap();
        assert_eq!(admit(&peer), Err(KeyRefusal::NotEd25519));
    }

    #[test]
    fn an_address_names_its_peer() {
        let peer = identity::Keypair::generate_ed25519().public().to_peer_id();
        let key = admit(&peer).unwrap();
        let bare: Multiaddr = "/ip4/127.0.0.1/tcp/4001".parse().unwrap();
        assert_eq!(peer_of(&bare), None);
        let full = with_peer(bare, &key).unwrap();
        assert_eq!(peer_of(&full), Some(key));
        assert_eq!(full.to_string(), format!("/ip4/127.0.0.1/tcp/4001/p2p/{peer}"));
    }
}
