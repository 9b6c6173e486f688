//! Whatever can be said decodes to itself, from one string of bytes.

use commonwheel_record::attestation::Attestation;
use commonwheel_record::body::Body;
use commonwheel_record::cbor;
use commonwheel_record::limits::MAX_LEAF;
use commonwheel_record::submission::SubmissionBody;
use commonwheel_record::{Leaf, Manifest};
use proptest::prelude::*;

use crate::words::network;
use crate::{control, data, stated};

fn assert_leaf(leaf: &Leaf) -> Result<(), TestCaseError> {
    let bytes = leaf.encode();
    prop_assume!(bytes.len() <= MAX_LEAF);
    prop_assert_eq!(&Leaf::decode(&bytes).unwrap(), leaf);
    prop_assert_eq!(cbor::check(&bytes), Ok(()), "the profile holds for known kinds too");
    Ok(())
}

proptest! {
    #[test]
    fn data_leaves(leaf in data::leaf()) {
        assert_leaf(&leaf)?;
    }

    #[test]
    fn control_leaves(leaf in control::leaf()) {
        assert_leaf(&leaf)?;
    }

    #[test]
    fn manifests(manifest in data::manifest()) {
        prop_assert_eq!(Manifest::decode(&manifest.encode(), &network()).unwrap(), manifest);
    }

    #[test]
    fn submissions(body in data::submission_body()) {
        let open = SubmissionBody::open(&body.encode(), &network(), body.content.collective).unwrap();
        prop_assert!(body.content.items.iter().all(|item| open.lists(item)));
        prop_assert_eq!(open, body);
    }

    #[test]
    fn bodies(body in data::body()) {
        prop_assert_eq!(Body::decode(&body.encode().unwrap()).unwrap(), body);
    }

    #[test]
    fn attestations(attestation in stated::attestation()) {
        prop_assert_eq!(Attestation::open(&attestation.encode(), &network()).unwrap(), attestation);
    }

    #[test]
    fn one_attestation_of_two_replaces_the_other(a in stated::attestation(), b in stated::attestation()) {
        prop_assert!(!a.replaces(&a, &network()));
        prop_assert_eq!(a.replaces(&b, &network()), a != b && !b.replaces(&a, &network()));
    }
}
