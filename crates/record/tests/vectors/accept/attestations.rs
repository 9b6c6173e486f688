//! Attestations of every kind. Notes and cosignatures inside them are placeholders: `ledger` is what checks those.

use commonwheel_record::attestation::{
    Acknowledgement, Attestation, Cosigned, EmbargoState, ForkEvidence, Head, Lease, NodeCard, NodeRole,
    Receipt, Statement,
};
use commonwheel_record::cbor::ByteString;
use commonwheel_record::limits::{MAX_CONTROL_FEEDS, MAX_KEYS};
use commonwheel_record::{CollectiveId, Hash, Signature};

use super::List;
use crate::samples::{attested, feed, head, key, manifest, many, network, record};

pub(super) fn list() -> List {
    let mut list = List::of("attestation");
    let mut add = |name: String, statement| {
        let attestation = Attestation::sign(&network(), &key(4), attested(statement));
        list.add(name, &attestation.encode());
    };
    for role in NodeRole::ALL {
        let card = NodeCard { role: *role, name: "n1".to_owned(), addresses: vec![], collectives: [].into() };
        add(format!("node card: {role}"), Statement::NodeCard(card));
    }
    let address = |port: u16| format!("/ip4/127.0.0.1/udp/{port}/quic-v1");
    let fullest = NodeCard {
        role: NodeRole::Coop,
        name: "n".repeat(64),
        addresses: (4000..4010).map(address).collect(),
        collectives: many(MAX_KEYS, |at| CollectiveId([at; 32])),
    };
    add("node card: the most of everything".to_owned(), Statement::NodeCard(fullest));
    for state in EmbargoState::ALL {
        let acknowledgement = Acknowledgement { embargo: record(9), state: *state };
        add(format!("acknowledgement: {state}"), Statement::Acknowledgement(acknowledgement));
    }
    let cosigned = |byte: u8| Cosigned {
        head: Head { feed: feed(byte), ..head() },
        time: 1_790_000_000 + u64::from(byte),
        signature: Signature([byte; 64]),
    };
    add("lease: one head".to_owned(), Statement::Lease(Lease { heads: vec![cosigned(1)] }));
    let heads = (1..).map(cosigned).take(MAX_CONTROL_FEEDS).collect();
    add("lease: the most heads".to_owned(), Statement::Lease(Lease { heads }));
    add("cosignature".to_owned(), Statement::Cosignature(cosigned(1)));
    add("receipt".to_owned(), Statement::Receipt(Receipt { record: record(12), bodies: 384 }));
    let evidence = |path| ForkEvidence {
        manifest: ByteString(manifest().encode()),
        smaller: "a note\n".to_owned(),
        larger: "another note\n".to_owned(),
        path,
    };
    add("fork proof: equal sizes".to_owned(), Statement::ForkProof(evidence(vec![])));
    let path = (0..64).map(|at| Hash([at; 32])).collect();
    add("fork proof: the longest path".to_owned(), Statement::ForkProof(evidence(path)));
    list
}
