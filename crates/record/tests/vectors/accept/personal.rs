//! The bodies of control records.

use commonwheel_record::control::{
    Cast, Choice, LeaveNotice, Petition, Principal, RevealBody, RollEntry, VoteBody, VoteContent, encode,
    sealed_choice,
};
use commonwheel_record::limits::MAX_PETITIONERS;
use commonwheel_record::{CollectiveId, Domain, Signature};

use super::List;
use crate::samples::{BALLOT, ballot, key, network, other_network, record};

pub(super) fn entries() -> List {
    let mut list = List::of("enrolment-body");
    let member = RollEntry {
        version: 1,
        principal: Principal::Member(key(20).public()),
        shares: 1,
        custodial: false,
        name: None,
    };
    let union = Principal::Collective { id: CollectiveId([9; 32]), key: key(21).public() };
    let named = |name: &str| Some(name.to_owned());
    for (name, entry) in [
        ("a member", member.clone()),
        ("a member by name", RollEntry { name: named("Amina Otieno"), ..member.clone() }),
        ("the longest name", RollEntry { name: named(&"ä".repeat(32)), ..member.clone() }),
        ("the most shares", RollEntry { shares: u32::MAX, ..member.clone() }),
        ("a key kept by somebody else", RollEntry { custodial: true, ..member.clone() }),
        ("a collective", RollEntry { principal: union, shares: 5, name: named("Union"), ..member }),
    ] {
        list.add(name, &encode(&entry));
    }
    list
}

pub(super) fn notices() -> List {
    let mut list = List::of("leave-body");
    let notice = LeaveNotice::sign(&network(), &key(20), record(3));
    list.add("signed", &encode(&notice));
    let elsewhere = LeaveNotice::sign(&other_network(), &key(20), record(3));
    list.add("signed on another network, which does not hold", &encode(&elsewhere));
    let moved = LeaveNotice { enrolment: record(4), ..notice };
    list.add("signed for another enrolment, which does not hold", &encode(&moved));
    list
}

pub(super) fn petitions() -> List {
    let mut list = List::of("ballot-body");
    let most = u8::try_from(MAX_PETITIONERS).expect("few petitioners");
    for count in [1, 3, most] {
        let petition = (20..20 + count)
            .fold(Petition::default(), |petition, seed| petition.signed(&network(), &key(seed), &ballot()));
        list.add(format!("signatures: {count}"), &encode(&petition));
    }
    list
}

pub(super) fn votes() -> List {
    let mut list = List::of("vote-body");
    let content = |sequence, cast| VoteContent { ballot: BALLOT, sequence, cast };
    let sign = |content| VoteBody::sign(&network(), &key(20), content);
    for choice in Choice::ALL {
        let vote = sign(content(0, Cast::Open(*choice)));
        list.add(format!("open: {choice}"), &encode(&vote));
    }
    list.add("open: a later one", &encode(&sign(content(1, Cast::Open(Choice::No)))));
    list.add("open: the last there can be", &encode(&sign(content(u64::MAX, Cast::Open(Choice::No)))));
    let sealed = sealed_choice(&network(), &[0x5a; 32], &BALLOT, &key(20).public(), Choice::Yes);
    list.add("sealed", &encode(&sign(content(0, Cast::Sealed(sealed)))));
    let good = sign(content(0, Cast::Open(Choice::Yes)));
    let changed = VoteBody { content: content(0, Cast::Open(Choice::No)), ..good };
    list.add("changed after signing, which does not hold", &encode(&changed));
    let by_another = VoteBody { key: key(21).public(), ..good };
    list.add("under another key, which does not hold", &encode(&by_another));
    let signature = key(20).sign(Domain::PETITION, &network(), &encode(&good.content));
    list.add("signed for another domain, which does not hold", &encode(&VoteBody { signature, ..good }));
    let mut weak = VoteBody { signature: Signature([0; 64]), ..good };
    weak.key.0 = [0; 32];
    list.add("under a weak key, which does not hold", &encode(&weak));
    list
}

pub(super) fn reveals() -> List {
    let mut list = List::of("reveal-body");
    for choice in Choice::ALL {
        let reveal = RevealBody { voter: key(20).public(), choice: *choice, nonce: [0x5a; 32] };
        list.add(choice.name(), &encode(&reveal));
    }
    list
}
