//! The fold over records with real signatures, from bytes.

use std::collections::BTreeMap;

use commonwheel_collective::{ControlFeed, ControlLeaf, UNFOUNDED, fold};
use commonwheel_record::control::{Content, KeySet};
use commonwheel_record::{Control, Leaf, Manifest, SecretKey};

use crate::world::{charter, delegate_feed, manifest, network, pause};

fn opened(control: Control) -> ControlLeaf {
    let bytes = Leaf::Control(Box::new(control)).encode();
    ControlLeaf::open(&network(), Some(Leaf::decode(&bytes).unwrap()), None)
}

#[test]
fn a_log_of_signed_bytes_folds_and_a_false_signature_counts_for_nothing() {
    let (root, governance) = (SecretKey::from_seed(&[1; 32]), SecretKey::from_seed(&[2; 32]));
    let mut founding = charter();
    founding.root = KeySet::single(root.public());
    founding.governance = KeySet::single(governance.public());
    let manifest = Manifest { writer: root.public(), ..manifest(UNFOUNDED, 0) };
    let genesis = Control::new(None, Content::Charter(Box::new(founding))).signed(&network(), &root);
    let id = genesis.owner(&network());
    let delegation = Control::new(Some(id), delegate_feed(manifest.id())).signed(&network(), &root);
    let strike = Control::new(Some(id), pause("p"));
    let mut forged = strike.clone();
    let false_signature = *strike.clone().signed(&network(), &root).signatures.values().next().unwrap();
    forged.signatures.insert(governance.public(), false_signature);
    let folded = |last: Control| {
        let leaves = [genesis.clone(), delegation.clone(), last].map(opened);
        let feed = ControlFeed { manifest: &manifest, leaves: &leaves, forked: None };
        fold(&network(), id, &BTreeMap::from([(manifest.id(), feed)]))
    };
    assert_eq!(folded(strike.clone().signed(&network(), &governance)).embargoes().len(), 1);
    assert_eq!(folded(strike.signed(&network(), &root)).embargoes().len(), 0);
    assert_eq!(folded(forged).embargoes().len(), 0);
}
