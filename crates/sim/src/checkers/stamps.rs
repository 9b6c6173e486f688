//! Cosignatures, checked by their text alone (C2SP `cosignature/v1`).

use std::collections::BTreeMap;

use commonwheel_record::attestation::Head;
use commonwheel_record::control::{Content, WitnessedHead};
use commonwheel_record::{NetworkId, PublicKey};

use super::verify::note_text;

/// A head, and when which keys really cosigned it, in seconds since 1970.
#[derive(Clone, Debug)]
pub(crate) struct Stamped {
    pub(crate) head: Head,
    pub(crate) by: BTreeMap<PublicKey, u64>,
}

/// Returns the heads that a record embeds, each with the cosignatures that hold.
pub(crate) fn stamped(network: &NetworkId, content: &Content) -> Vec<Stamped> {
    let heads: &[WitnessedHead] = match content {
        Content::Close(close) => &close.heads,
        Content::Erasure(erasure) => &erasure.dated_by,
        Content::Release(release) => release.dated_by.as_slice(),
        _ => &[],
    };
    heads.iter().map(|witnessed| of(network, witnessed)).collect()
}

fn of(network: &NetworkId, witnessed: &WitnessedHead) -> Stamped {
    let text = note_text(network, &witnessed.head);
    let mut by = BTreeMap::new();
    for (key, stamp) in &witnessed.stamps {
        let message = format!("cosignature/v1\ntime {}\n{text}", stamp.time);
        let verifier = key.admit();
        if verifier.is_ok_and(|key| key.verify_raw(message.as_bytes(), &stamp.signature).is_ok()) {
            by.insert(*key, stamp.time);
        }
    }
    Stamped { head: witnessed.head, by }
}
