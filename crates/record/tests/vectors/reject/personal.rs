//! Bytes that are no body of a control record.

use commonwheel_record::control::{
    Cast, Choice, LeaveNotice, Petition, Principal, RevealBody, RollEntry, VoteBody, VoteContent, encode,
};
use commonwheel_record::{CollectiveId, PublicKey, Signature};

use super::List;
use crate::item::{Item, NULL, raw, text};
use crate::samples::{BALLOT, ballot, key, network, record};

const CODE: &str = "the code has no meaning in this version";
const ITEMS: &str = "an array has exactly the items of its table";
const WEAK: &str = "keys are canonical and not of small order";

fn entry() -> RollEntry {
    RollEntry {
        version: 1,
        principal: Principal::Member(key(20).public()),
        shares: 1,
        custodial: false,
        name: None,
    }
}

pub(super) fn entries() -> List {
    let mut list = List::of("enrolment-body");
    let base = encode(&entry());
    let plain = "a name is 1 to 64 bytes of plain text";
    let mut edit = |path: &[usize], item, name, reason| list.edit(&base, path, item, "rule", name, reason);
    edit(&[0], Item::Uint(2), "version 2", "the version is 1");
    edit(&[2], Item::Uint(0), "no shares", "a principal holds at least one share");
    edit(&[1, 1], Item::Bytes(vec![0; 32]), "a member's key of small order", WEAK);
    edit(&[1, 1], Item::Bytes(vec![2; 32]), "a member's key that is no point", WEAK);
    edit(&[4], text(""), "empty name", plain);
    edit(&[4], text(&"n".repeat(65)), "name of 65 bytes", plain);
    edit(&[4], text("\u{202e}evil"), "name that turns the writing around", plain);
    let id = CollectiveId([9; 32]);
    let weak = Principal::Collective { id, key: PublicKey([0; 32]) };
    let weak = encode(&RollEntry { principal: weak, ..entry() });
    list.add("a collective's key of small order", &weak, "rule", WEAK);
    let mut edit =
        |path: &[usize], item, name, reason| list.edit(&base, path, item, "unexpected", name, reason);
    edit(&[1, 0], Item::Uint(2), "principal 2", CODE);
    edit(&[1, 0], Item::Uint(1), "collective without a key", ITEMS);
    edit(&[2], Item::Uint(1 << 32), "shares of 5 bytes", "they fit 32 bits");
    edit(&[3], NULL, "neither custodial nor not", "it is a boolean");
    list.edit(&base, &[2], raw("1801"), "not-canonical", "shares in too many bytes", "shortest integers");
    list.add("a byte behind it", &[&base[..], &[0]].concat(), "trailing", "nothing follows it");
    let long = RollEntry { name: Some("n".repeat(4096)), ..entry() };
    list.add("over 4,096 bytes", &encode(&long), "too-long", "it has at most 4,096 bytes");
    list
}

pub(super) fn notices() -> List {
    let mut list = List::of("leave-body");
    let base = encode(&LeaveNotice::sign(&network(), &key(20), record(3)));
    let mut edit =
        |path: &[usize], item, name, reason| list.edit(&base, path, item, "unexpected", name, reason);
    edit(&[0], NULL, "of no enrolment", "it names an enrolment");
    edit(&[2], Item::Bytes(vec![0; 63]), "signature of 63 bytes", "it has 64 bytes");
    list.add("a byte behind it", &[&base[..], &[0]].concat(), "trailing", "nothing follows it");
    list
}

pub(super) fn petitions() -> List {
    let mut list = List::of("ballot-body");
    let limit = "a petition has 1 to 32 signatures";
    list.add("no signature", &encode(&Petition::default()), "rule", limit);
    let signatures = (0..33).map(|at| (PublicKey([at; 32]), Signature([at; 64]))).collect();
    list.add("33 signatures", &encode(&Petition { signatures }), "rule", limit);
    let signatures = (0..64).map(|at| (PublicKey([at; 32]), Signature([at; 64]))).collect();
    list.add("over 4,096 bytes", &encode(&Petition { signatures }), "too-long", "it has at most 4,096 bytes");
    let two = [20, 21]
        .into_iter()
        .fold(Petition::default(), |petition, seed| petition.signed(&network(), &key(seed), &ballot()));
    let mut swapped = Item::parse(&encode(&two));
    swapped.at(&[0]).items().reverse();
    let reason = "signatures are in ascending order of the key";
    list.add("signatures out of order", &swapped.bytes(), "not-canonical", reason);
    let mut twice = Item::parse(&encode(&two));
    let first = twice.at(&[0, 0]).clone();
    *twice.at(&[0, 1]) = first;
    list.add("a key signs twice", &twice.bytes(), "not-canonical", "a key signs once");
    list
}

pub(super) fn votes() -> List {
    let mut list = List::of("vote-body");
    let content = VoteContent { ballot: BALLOT, sequence: 0, cast: Cast::Open(Choice::Yes) };
    let base = encode(&VoteBody::sign(&network(), &key(20), content));
    let mut edit =
        |path: &[usize], item, name, reason| list.edit(&base, path, item, "unexpected", name, reason);
    edit(&[0, 2, 0], Item::Uint(2), "cast 2", CODE);
    edit(&[0, 2, 1], Item::Uint(3), "choice 3", CODE);
    edit(&[0, 2, 0], Item::Uint(1), "sealed as a number", "a sealed choice is a hash");
    edit(&[0, 0], NULL, "in no ballot", "it names a ballot");
    edit(&[2], Item::Bytes(vec![0; 63]), "signature of 63 bytes", "it has 64 bytes");
    edit(&[1], Item::Bytes(vec![0; 31]), "key of 31 bytes", "a key has 32 bytes");
    list.edit(&base, &[0, 1], raw("1800"), "not-canonical", "number in too many bytes", "shortest integers");
    list.add("a byte behind it", &[&base[..], &[0]].concat(), "trailing", "nothing follows it");
    list
}

pub(super) fn reveals() -> List {
    let mut list = List::of("reveal-body");
    let base = encode(&RevealBody { voter: key(20).public(), choice: Choice::Yes, nonce: [0x5a; 32] });
    let mut edit =
        |path: &[usize], item, name, reason| list.edit(&base, path, item, "unexpected", name, reason);
    edit(&[1], Item::Uint(3), "choice 3", CODE);
    edit(&[2], Item::Bytes(vec![0x5a; 31]), "nonce of 31 bytes", "a nonce has 32 bytes");
    edit(&[0], NULL, "of nobody", "it names the voter");
    list.add("a byte behind it", &[&base[..], &[0]].concat(), "trailing", "nothing follows it");
    list
}
