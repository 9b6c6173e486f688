//! The bodies of control records: they decode to themselves, hostile bytes are refused, and a signature holds for what
//! was signed only.

use commonwheel_record::control::{
    Ballot, Choice, Content, Enrolment, Leave, LeaveNotice, Personal, Petition, Reveal, RevealBody, Vote,
    VoteBody, encode, roll_hash, sealed_choice,
};
use commonwheel_record::limits::MAX_PERSONAL;
use commonwheel_record::{Commitment, Domain, Hash, NetworkId, SecretKey};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;
use proptest::sample::select;

use crate::words::{hash, network, record};
use crate::{ballots, hostile, people};

fn secret(seed: u8) -> SecretKey {
    SecretKey::from_seed(&[seed; 32])
}

/// A record of each kind that has a body.
fn carriers() -> [Content; 5] {
    let commitment = Commitment { hash: Hash([0; 32]), bucket: 6 };
    let enrolment = commonwheel_record::RecordId { feed: commonwheel_record::FeedId([0; 32]), index: 0 };
    let ballot = Ballot {
        question: "?".to_owned(),
        proposals: vec![],
        opens: 0,
        closes: 1,
        reveals: None,
        charter: Hash([0; 32]),
        cut: Default::default(),
        roll: Hash([0; 32]),
        petition: Some(commitment),
    };
    [
        Content::Enrolment(Enrolment { entry: commitment }),
        Content::Leave(Leave { enrolment, notice: Some(commitment) }),
        Content::Ballot(Box::new(ballot)),
        Content::Vote(Vote { ballot: Hash([0; 32]), vote: commitment }),
        Content::Reveal(Reveal { ballot: Hash([0; 32]), reveal: commitment }),
    ]
}

fn encoded(personal: &Personal) -> Vec<u8> {
    match personal {
        Personal::Entry(body) => encode(body),
        Personal::Notice(body) => encode(body),
        Personal::Petition(body) => encode(body),
        Personal::Vote(body) => encode(body),
        Personal::Reveal(body) => encode(body),
    }
}

fn personal() -> impl Strategy<Value = (usize, Personal)> {
    prop_oneof![
        people::entry().prop_map(|body| (0, Personal::Entry(body))).boxed(),
        people::notice().prop_map(|body| (1, Personal::Notice(body))).boxed(),
        ballots::petition().prop_map(|body| (2, Personal::Petition(body))).boxed(),
        ballots::vote().prop_map(|body| (3, Personal::Vote(body))).boxed(),
        ballots::reveal().prop_map(|body| (4, Personal::Reveal(body))).boxed(),
    ]
}

/// Opens bytes as the body of every kind of record; what opens encodes to the same bytes.
fn assert_exact(bytes: &[u8]) -> Result<(), TestCaseError> {
    for content in carriers() {
        if let Ok(opened) = content.open_personal(bytes) {
            prop_assert_eq!(encoded(&opened), bytes);
            prop_assert!(bytes.len() <= MAX_PERSONAL);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, ..ProptestConfig::default() })]

    #[test]
    fn bodies_open_to_themselves_and_as_nothing_else((kind, body) in personal()) {
        let bytes = encoded(&body);
        prop_assert_eq!(commonwheel_record::cbor::check(&bytes), Ok(()));
        for (at, content) in carriers().iter().enumerate() {
            let opened = content.open_personal(&bytes);
            prop_assert_eq!(opened.ok(), (at == kind).then(|| body.clone()));
        }
    }

    #[test]
    fn damaged_bodies(bytes in personal().prop_map(|(_, body)| encoded(&body)), damages in hostile::damages()) {
        assert_exact(&hostile::damaged(bytes, &damages))?;
    }

    #[test]
    fn random_bodies(bytes in vec(any::<u8>(), 0..200)) {
        assert_exact(&bytes)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_vote_holds_for_what_was_signed_only(
        content in ballots::vote_content(),
        other in ballots::vote_content(),
        seed in 0..9u8,
    ) {
        prop_assume!(content != other);
        let vote = VoteBody::sign(&network(), &secret(seed), content);
        prop_assert!(vote.verify(&network()).is_ok());
        prop_assert!(vote.verify(&NetworkId::named("other")).is_err());
        let signature = secret(seed).sign(Domain::CONTROL, &network(), &encode(&content));
        let spoiled = [
            VoteBody { content: other, ..vote },
            VoteBody { key: secret(seed + 10).public(), ..vote },
            VoteBody { signature, ..vote },
        ];
        prop_assert!(spoiled.iter().all(|vote| vote.verify(&network()).is_err()));
    }

    #[test]
    fn a_notice_ends_one_enrolment_only(enrolment in record(), other in record(), seed in 0..9u8) {
        prop_assume!(enrolment != other);
        let notice = LeaveNotice::sign(&network(), &secret(seed), enrolment);
        prop_assert!(notice.verify(&network()).is_ok());
        prop_assert!(notice.verify(&NetworkId::named("other")).is_err());
        let of_another = LeaveNotice { enrolment: other, ..notice };
        let by_another = LeaveNotice { key: secret(seed + 10).public(), ..notice };
        prop_assert!(of_another.verify(&network()).is_err() && by_another.verify(&network()).is_err());
    }

    #[test]
    fn a_petition_counts_each_signature_over_this_ballot(
        ballot in ballots::ballot(),
        other in ballots::ballot(),
        seeds in btree_set(0..9u8, 1..4),
        stranger in 10..19u8,
    ) {
        prop_assume!(ballot.petition_bytes() != other.petition_bytes());
        let petition = seeds.iter().fold(Petition::default(), |petition, seed| {
            petition.signed(&network(), &secret(*seed), &ballot)
        });
        let signed: Vec<_> = petition.signatures.keys().copied().collect();
        let elsewhere = petition.clone().signed(&network(), &secret(stranger), &other);
        prop_assert_eq!(&petition.signers(&network(), &ballot), &signed);
        prop_assert_eq!(&elsewhere.signers(&network(), &ballot), &signed, "one bad signature spoils no other");
        prop_assert!(petition.signers(&network(), &other).is_empty());
        let committed = Ballot { petition: None, ..ballot.clone() };
        prop_assert_eq!(committed.petition_bytes(), ballot.petition_bytes());
    }

    #[test]
    fn a_sealed_choice_opens_to_one_voter_and_choice(
        nonce in any::<[u8; 32]>(),
        ballot in hash(),
        seed in 0..9u8,
        choices in (select(Choice::ALL), select(Choice::ALL)),
    ) {
        let (voter, other) = (secret(seed).public(), secret(seed + 10).public());
        let cast = sealed_choice(&network(), &nonce, &ballot, &voter, choices.0);
        let reveal = RevealBody { voter, choice: choices.0, nonce };
        prop_assert_eq!(reveal.sealed(&network(), &ballot), cast);
        let chosen = RevealBody { choice: choices.1, ..reveal }.sealed(&network(), &ballot);
        prop_assert_eq!(chosen == cast, choices.0 == choices.1);
        let copied = RevealBody { voter: other, ..reveal }.sealed(&network(), &ballot);
        prop_assert_ne!(copied, cast, "another member's sealed choice is nobody else's");
        prop_assert_ne!(reveal.sealed(&network(), &Hash([7; 32])), cast);
        prop_assert_ne!(reveal.sealed(&NetworkId::named("other"), &ballot), cast);
    }

    #[test]
    fn a_roll_hash_tells_rolls_apart(
        a in btree_map(people::principal(), any::<u64>(), 0..6),
        b in btree_map(people::principal(), any::<u64>(), 0..6),
    ) {
        let hash = |roll: &std::collections::BTreeMap<_, u64>| {
            roll_hash(&network(), roll.iter().map(|(principal, votes)| (principal, *votes)))
        };
        prop_assert_eq!(hash(&a) == hash(&b), a == b);
    }
}
