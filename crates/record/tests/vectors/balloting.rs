//! What rolls and ballots hash and sign, computed from inputs.

use commonwheel_record::cbor;
use commonwheel_record::control::{
    Ballot, Cast, Choice, Content, LeaveNotice, Personal, Petition, Principal, VoteBody, VoteContent, encode,
    roll_hash, sealed_choice,
};
use commonwheel_record::{CollectiveId, Hash, Leaf, PublicKey, RecordId, SecretKey};
use serde_json::{Value, json};

use crate::files::Expected;
use crate::hashes::List;
use crate::item::{hex, unhex};
use crate::samples::{BALLOT, ballot, commitment, control, control_leaf, key, network, record};

/// Computes a function by its name.
pub(crate) fn compute(function: &str, inputs: &Expected) -> Value {
    let text = |name: &str| inputs[name].as_str().expect("a text");
    let hash = |name: &str| fixed(text(name));
    let choice = || Choice::named(text("choice")).expect("a choice");
    match function {
        "roll_hash" => json!(roll(&inputs["roll"]).to_string()),
        "leave_signature" => {
            let enrolment: RecordId = text("enrolment").parse().expect("a record id");
            let notice = LeaveNotice::sign(&network(), &SecretKey::from_seed(&hash("seed")), enrolment);
            json!(hex(&notice.signature.0))
        }
        "sealed_choice" => {
            let (ballot, voter) = (Hash(hash("ballot")), PublicKey(hash("voter")));
            json!(sealed_choice(&network(), &hash("nonce"), &ballot, &voter, choice()).to_string())
        }
        "petition_bytes" => json!(hex(&opened(text("ballot")).petition_bytes())),
        "petition_signature" => {
            let secret = SecretKey::from_seed(&hash("seed"));
            let petition = Petition::default().signed(&network(), &secret, &opened(text("ballot")));
            json!(hex(&petition.signatures[&secret.public()].0))
        }
        "petition_signers" => {
            let ballot = opened(text("ballot"));
            let content = Content::Ballot(Box::new(ballot.clone()));
            let petition = match content.open_personal(&unhex(text("petition"))) {
                Ok(Personal::Petition(petition)) => petition,
                other => panic!("{other:?} is no petition"),
            };
            let signers = petition.signers(&network(), &ballot);
            json!(signers.iter().map(PublicKey::to_string).collect::<Vec<_>>())
        }
        "vote_bytes" => json!(hex(&encode(&vote(inputs).content))),
        "vote_signature" => json!(hex(&vote(inputs).signature.0)),
        other => panic!("unknown function {other}"),
    }
}

fn fixed(text: &str) -> [u8; 32] {
    unhex(text).try_into().expect("32 bytes")
}

/// A roll: rows of a collective or null, a key, and votes.
fn roll(rows: &Value) -> Hash {
    let row = |row: &Value| {
        let key = PublicKey(fixed(row[1].as_str().expect("a key")));
        let principal = match row[0].as_str() {
            Some(id) => Principal::Collective { id: CollectiveId(fixed(id)), key },
            None => Principal::Member(key),
        };
        (principal, row[2].as_u64().expect("votes"))
    };
    let rows: Vec<_> = rows.as_array().expect("rows").iter().map(row).collect();
    roll_hash(&network(), rows.iter().map(|(principal, votes)| (principal, *votes)))
}

/// The ballot in a leaf.
fn opened(leaf: &str) -> Ballot {
    match Leaf::decode(&unhex(leaf)) {
        Ok(Leaf::Control(control)) => match control.content {
            Content::Ballot(ballot) => *ballot,
            other => panic!("{other:?} is no ballot"),
        },
        other => panic!("{other:?} is no control record"),
    }
}

/// A vote by the key of a seed: of a choice, or of a sealed one.
fn vote(inputs: &Expected) -> VoteBody {
    let text = |name: &str| inputs.get(name).map(|value| value.as_str().expect("a text"));
    let hash = |name: &str| text(name).map(fixed);
    let open = |name| Cast::Open(Choice::named(name).expect("a choice"));
    let sealed = || Cast::Sealed(Hash(hash("sealed").expect("a choice or a sealed one")));
    let content = VoteContent {
        ballot: Hash(hash("ballot").expect("a ballot")),
        sequence: inputs["sequence"].as_u64().expect("a number"),
        cast: text("choice").map_or_else(sealed, open),
    };
    VoteBody::sign(&network(), &SecretKey::from_seed(&hash("seed").expect("a seed")), content)
}

pub(crate) fn list(list: &mut List) {
    rolls(list);
    petitions(list);
    votes(list);
    let seed = "14".repeat(32);
    list.add(
        "leave_signature",
        "of an enrolment",
        json!({ "seed": seed, "enrolment": record(3).to_string() }),
    );
}

fn rolls(list: &mut List) {
    let mut members: Vec<_> = (20..23).map(|seed| key(seed).public()).collect();
    members.sort();
    let union = "09".repeat(32);
    let member = |at: usize, votes: u64| json!([null, members[at].to_string(), votes]);
    let collective = |votes: u64| json!([union, key(30).public().to_string(), votes]);
    for (name, roll) in [
        ("nobody", vec![]),
        ("one member", vec![member(0, 1)]),
        ("one member with two votes", vec![member(0, 2)]),
        ("three members", vec![member(0, 1), member(1, 1), member(2, 1)]),
        ("members before collectives", vec![member(0, 1), member(1, 5), collective(u64::from(u32::MAX))]),
    ] {
        list.add("roll_hash", name, json!({ "roll": roll }));
    }
}

fn petitions(list: &mut List) {
    let leaf = |ballot: Ballot| control_leaf(control(Content::Ballot(Box::new(ballot))));
    let bare = hex(&leaf(ballot()));
    let called = hex(&leaf(Ballot { petition: Some(commitment()), ..ballot() }));
    list.add("petition_bytes", "of a ballot that names no petition", json!({ "ballot": bare }));
    list.add("petition_bytes", "of one that names a petition: the same", json!({ "ballot": called }));
    let seed = "14".repeat(32);
    list.add("petition_signature", "over them", json!({ "ballot": called, "seed": seed }));
    let mut petition = (20..23)
        .fold(Petition::default(), |petition, seed| petition.signed(&network(), &key(seed), &ballot()));
    let inputs = |petition: &Petition| json!({ "ballot": called, "petition": hex(&cbor::encode(petition)) });
    list.add("petition_signers", "three", inputs(&petition));
    petition.signatures.get_mut(&key(21).public()).expect("it has signed").0[7] ^= 1;
    list.add("petition_signers", "one of three does not hold and counts for nobody", inputs(&petition));
}

fn votes(list: &mut List) {
    let (ballot, seed, nonce) = (BALLOT.to_string(), "14".repeat(32), "5a".repeat(32));
    for choice in Choice::ALL {
        let inputs = json!({ "ballot": ballot, "sequence": 0, "choice": choice.name(), "seed": seed });
        list.add("vote_bytes", &format!("open: {choice}"), inputs.clone());
        list.add("vote_signature", &format!("open: {choice}"), inputs);
        for voter in [20, 21] {
            let inputs = json!({
                "nonce": nonce,
                "ballot": ballot,
                "voter": key(voter).public().to_string(),
                "choice": choice.name(),
            });
            list.add("sealed_choice", &format!("{choice}, by the key of seed {voter}"), inputs);
        }
    }
    let sealed = sealed_choice(&network(), &[0x5a; 32], &BALLOT, &key(20).public(), Choice::Yes);
    let inputs = json!({ "ballot": ballot, "sequence": 7, "sealed": sealed.to_string(), "seed": seed });
    list.add("vote_bytes", "sealed, the eighth", inputs.clone());
    list.add("vote_signature", "sealed, the eighth", inputs);
}
