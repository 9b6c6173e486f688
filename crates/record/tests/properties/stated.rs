//! Arbitrary attestations of every kind.

use commonwheel_record::Signature;
use commonwheel_record::attestation::{
    Acknowledgement, Attestation, Attested, Cosigned, EmbargoState, ForkEvidence, Head, Lease, NodeCard,
    NodeRole, Receipt, Statement,
};
use commonwheel_record::cbor::ByteString;
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use proptest::sample::select;

use crate::data::manifest;
use crate::words::{collective, feed, hash, network, plain, record, secret};

fn cosigned() -> impl Strategy<Value = Cosigned> {
    let head = (feed(), any::<u64>(), hash()).prop_map(|(feed, size, root)| Head { feed, size, root });
    (head, any::<u64>(), vec(any::<u8>(), 64)).prop_map(|(head, time, signature)| Cosigned {
        head,
        time,
        signature: Signature(signature.try_into().unwrap()),
    })
}

fn card() -> impl Strategy<Value = NodeCard> {
    (select(NodeRole::ALL), plain(64), vec(plain(80), 0..=10), btree_set(collective(), 0..4))
        .prop_map(|(role, name, addresses, collectives)| NodeCard { role, name, addresses, collectives })
}

fn evidence() -> impl Strategy<Value = ForkEvidence> {
    (manifest(), "\\PC{0,200}", "\\PC{0,200}", vec(hash(), 0..=20)).prop_map(
        |(manifest, smaller, larger, path)| ForkEvidence {
            manifest: ByteString(manifest.encode()),
            smaller,
            larger,
            path,
        },
    )
}

fn statement() -> impl Strategy<Value = Statement> {
    prop_oneof![
        card().prop_map(Statement::NodeCard),
        (record(), select(EmbargoState::ALL))
            .prop_map(|(embargo, state)| Statement::Acknowledgement(Acknowledgement { embargo, state })),
        vec(cosigned(), 1..=5).prop_map(|heads| Statement::Lease(Lease { heads })),
        cosigned().prop_map(Statement::Cosignature),
        (record(), any::<u64>()).prop_map(|(record, bodies)| Statement::Receipt(Receipt { record, bodies })),
        evidence().prop_map(Statement::ForkProof),
    ]
}

prop_compose! {
    pub(crate) fn attestation()(
        issuer in secret(),
        subject in hash(),
        collective in collective(),
        (counter, time) in any::<(u64, u64)>(),
        statement in statement(),
    ) -> Attestation {
        let content =
            Attested { version: 1, issuer: issuer.public(), subject, collective, counter, time, statement };
        Attestation::sign(&network(), &issuer, content)
    }
}
