//! Reading the bodies of control records, for the vectors of their types.

use commonwheel_record::cbor::DecodeError;
use commonwheel_record::control::{
    Cast, Content, Enrolment, Leave, Personal, Principal, Reveal, RollEntry, Vote, VoteBody, encode,
};
use serde_json::{Value, json};

use crate::reader::{Seen, key_class, seen};
use crate::samples::{BALLOT, ballot, commitment, network, record};

/// A record whose body is of the named type.
fn carrier(shape: &str) -> Content {
    match shape {
        "enrolment-body" => Content::Enrolment(Enrolment { entry: commitment() }),
        "leave-body" => Content::Leave(Leave { enrolment: record(3), notice: Some(commitment()) }),
        "ballot-body" => Content::Ballot(Box::new(ballot())),
        "vote-body" => Content::Vote(Vote { ballot: BALLOT, vote: commitment() }),
        "reveal-body" => Content::Reveal(Reveal { ballot: BALLOT, reveal: commitment() }),
        other => panic!("{other} is no body of a control record"),
    }
}

pub(crate) fn read(shape: &str, bytes: &[u8]) -> Result<Seen, DecodeError> {
    Ok(match carrier(shape).open_personal(bytes)? {
        Personal::Entry(entry) => seen(encode(&entry), entry_facts(&entry)),
        Personal::Notice(notice) => {
            let signature = notice.verify(&network()).map_or_else(key_class, |()| "valid");
            let facts = json!({
                "enrolment": notice.enrolment.to_string(),
                "key": notice.key.to_string(),
                "signature": signature,
            });
            seen(encode(&notice), facts)
        }
        Personal::Petition(petition) => {
            let keys: Vec<String> = petition.signatures.keys().map(ToString::to_string).collect();
            seen(encode(&petition), json!({ "keys": keys }))
        }
        Personal::Vote(vote) => seen(encode(&vote), vote_facts(&vote)),
        Personal::Reveal(reveal) => {
            let facts = json!({ "voter": reveal.voter.to_string(), "choice": reveal.choice.name() });
            seen(encode(&reveal), facts)
        }
    })
}

fn entry_facts(entry: &RollEntry) -> Value {
    let collective = match &entry.principal {
        Principal::Member(_) => None,
        Principal::Collective { id, .. } => Some(id.to_string()),
    };
    json!({
        "key": entry.principal.key().to_string(),
        "collective": collective,
        "shares": entry.shares,
        "custodial": entry.custodial,
    })
}

fn vote_facts(vote: &VoteBody) -> Value {
    let cast = match &vote.content.cast {
        Cast::Open(choice) => choice.name(),
        Cast::Sealed(_) => "sealed",
    };
    json!({
        "ballot": vote.content.ballot.to_string(),
        "key": vote.key.to_string(),
        "cast": cast,
        "signature": vote.verify(&network()).map_or_else(key_class, |()| "valid"),
    })
}
