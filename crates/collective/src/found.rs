//! Founding a collective: the records its first control feed begins with.

use commonwheel_record::control::{Charter, Content, Delegation, Subject};
use commonwheel_record::manifest::{FeedAudience, Manifest, Purpose};
use commonwheel_record::{CollectiveId, Control, Leaf, NetworkId, PublicKey, SecretKey};

use crate::feed::UNFOUNDED;

/// What a founding gives: the collective, its first control feed, and that feed's first two leaves.
#[derive(Clone, Debug)]
pub struct Founding {
    /// The collective.
    pub collective: CollectiveId,
    /// The first control feed.
    pub manifest: Manifest,
    /// The genesis charter and the delegation of the feed, signed, in this order.
    pub leaves: Vec<Vec<u8>>,
}

/// Founds a collective by its genesis charter (number 0); `root` signs both records, `writer` will write the feed.
#[must_use]
pub fn found(network: &NetworkId, charter: Charter, root: &[&SecretKey], writer: PublicKey) -> Founding {
    let manifest = Manifest {
        version: 1,
        collective: UNFOUNDED,
        purpose: Purpose::Control,
        audience: FeedAudience::Public,
        writer,
        network: *network,
        prologue: None,
    };
    let genesis = signed(network, root, Control::new(None, Content::Charter(Box::new(charter))));
    let collective = genesis.owner(network);
    let delegation = delegate(network, collective, root, Subject::Feed(manifest.id()));
    Founding { collective, manifest, leaves: vec![Leaf::Control(Box::new(genesis)).encode(), delegation] }
}

/// Returns the signed leaf that delegates a feed, a node or a liveness key.
#[must_use]
pub fn delegate(
    network: &NetworkId,
    collective: CollectiveId,
    root: &[&SecretKey],
    subject: Subject,
) -> Vec<u8> {
    let content = Content::Delegation(Delegation { subject });
    leaf(network, collective, root, content)
}

/// Returns the signed leaf of a control record.
#[must_use]
pub fn leaf(network: &NetworkId, collective: CollectiveId, keys: &[&SecretKey], content: Content) -> Vec<u8> {
    let control = signed(network, keys, Control::new(Some(collective), content));
    Leaf::Control(Box::new(control)).encode()
}

/// Returns the manifest of a further feed of a collective.
#[must_use]
pub const fn feed(
    network: &NetworkId,
    collective: CollectiveId,
    purpose: Purpose,
    audience: FeedAudience,
    writer: PublicKey,
) -> Manifest {
    Manifest { version: 1, collective, purpose, audience, writer, network: *network, prologue: None }
}

fn signed(network: &NetworkId, keys: &[&SecretKey], control: Control) -> Control {
    keys.iter().fold(control, |control, key| control.signed(network, key))
}
