//! Codes without a meaning, and texts that are not in their one spelling.

use commonwheel_record::attestation::{
    Acknowledgement, Attestation, EmbargoState, NodeCard, NodeRole, Receipt, Statement,
};
use commonwheel_record::body::{Body, Content as BodyContent, Role, Turn};
use commonwheel_record::control::{
    Affiliate, Content, Delegation, Grant, Lift, LiftReason, Offer, Party, Power, Revocation, Revoked, Rung,
    Subject, Withdrawal, WithdrawalClass,
};
use commonwheel_record::{CollectiveId, Cut, Hash};

use super::{List, charter_leaf, embargo_leaf, release_leaf, sample};
use crate::item::{Item, text};
use crate::samples::{attested, control, control_leaf, feed, key, network, range, record};

const CODE: &str = "the code has no meaning in this version";
const SPELLING: &str = "a term has one spelling";

pub(super) fn leaves() -> List {
    let mut list = List::of("leaf");
    let base = sample();
    let number = Item::Uint;
    let set = |code| Item::Array(vec![Item::Uint(code)]);
    let mut edit = |path: &[usize], item, name| list.edit(&base, path, item, "unexpected", name, CODE);
    edit(&[2, 0], number(8), "contribution kind 8");
    edit(&[2, 8], number(3), "attribution 3");
    edit(&[2, 9], number(4), "tier 4");
    edit(&[2, 7], set(7), "condition 7");
    edit(&[2, 7], set(256), "condition 256");
    edit(&[2, 6], number(3), "preference 3 about training");
    edit(&[2, 6], number(3 << 8), "preference 3 about mining");
    edit(&[2, 6], number(1 << 10), "preference about a sixth purpose");
    let (charter, embargo, release) = (charter_leaf(), embargo_leaf(), release_leaf());
    let mut edit =
        |base: &[u8], path: &[usize], item, name| list.edit(base, path, item, "unexpected", name, CODE);
    edit(&charter, &[2, 1, 17, 1], number(2), "vote weight 2");
    edit(&charter, &[2, 1, 17, 16], number(3), "dividend 3");
    edit(&embargo, &[2, 1, 0], set(5), "embargo variant 5");
    edit(&embargo, &[2, 1, 0], Item::Array(vec![number(3), number(7)]), "preference-shift until condition 7");
    edit(&embargo, &[2, 1, 2], number(3), "reach 3");
    edit(&embargo, &[2, 1, 5], set(3), "audience 3");
    edit(&embargo, &[2, 1, 6], number(3), "rung 3");
    edit(&embargo, &[2, 1, 1, 0], set(8), "scope of kind 8");
    edit(&release, &[2, 1, 1], set(3), "release mode 3");
    control_codes(&mut list);
    spellings(&mut list);
    list
}

fn control_codes(list: &mut List) {
    let affiliate = Affiliate { to: CollectiveId([9; 32]), powers: [Power::Embargo].into(), until: None };
    let lift =
        Lift { embargo: record(9), scope: None, reason: LiftReason::Voted, settlement: None, mandate: None };
    let withdrawal = Withdrawal {
        ranges: vec![range(0, 1)],
        class: WithdrawalClass::Preference,
        rung: Rung::Header,
        cut: Cut::default(),
        member: None,
    };
    let offer =
        Offer { title: "x".to_owned(), terms: Hash([0; 32]), purposes: [].into(), conditions: [].into() };
    let grant = Grant { offer: record(4), to: Party::Node(key(5).public()), expires: None };
    let delegation = Delegation { subject: Subject::Feed(feed(1)) };
    let revocation = Revocation { revoked: Revoked::Key(key(5).public()) };
    let set = |code| Item::Array(vec![Item::Uint(code)]);
    for (name, content, path, item) in [
        ("delegation subject 3", Content::Delegation(delegation), &[2, 1, 0, 0][..], Item::Uint(3)),
        ("revocation 3", Content::Revocation(revocation), &[2, 1, 0, 0], Item::Uint(3)),
        ("power 3", Content::Affiliate(affiliate), &[2, 1, 1], set(3)),
        ("lift reason 4", Content::Lift(lift), &[2, 1, 2], Item::Uint(4)),
        ("withdrawal class 2", Content::Withdrawal(withdrawal), &[2, 1, 1], Item::Uint(2)),
        ("purpose 6", Content::Offer(offer), &[2, 1, 2], set(6)),
        ("party 2", Content::Grant(grant), &[2, 1, 1, 0], Item::Uint(2)),
    ] {
        list.edit(&control_leaf(control(content)), path, item, "unexpected", name, CODE);
    }
}

fn spellings(list: &mut List) {
    let base = sample();
    let long = format!("LicenseRef-{}", "x".repeat(246));
    for (name, path, spelled) in [
        ("licence in lower case", &[2, 5][..], "cc-by-4.0"),
        ("licence with an operator in lower case", &[2, 5], "CC-BY-4.0 or MIT"),
        ("licence with two spaces", &[2, 5], "CC-BY-4.0  OR MIT"),
        ("licence with a space behind it", &[2, 5], "CC-BY-4.0 "),
        ("licence with needless brackets", &[2, 5], "(CC-BY-4.0)"),
        ("licence with brackets that only group", &[2, 5], "(MIT OR ISC) OR 0BSD"),
        ("licence that is not listed", &[2, 5], "Proprietary"),
        ("licence that is deprecated", &[2, 5], "GPL-2.0"),
        ("licence reference without a name", &[2, 5], "LicenseRef-"),
        ("NONE joined with a licence", &[2, 5], "NONE OR MIT"),
        ("empty licence", &[2, 5], ""),
        ("licence of 257 bytes", &[2, 5], &long),
        ("licence beyond ASCII", &[2, 5], "LicenseRef-é"),
        ("language in capitals", &[2, 1], "SW"),
        ("language with a region in lower case", &[2, 1], "pt-br"),
        ("language with an underscore", &[2, 1], "pt_BR"),
        ("private-use language", &[2, 1], "x-secret"),
        ("language by its name", &[2, 1], "swahili"),
        ("language of 36 bytes", &[2, 1], "zh-Hant-TW-aaaaaaaa-bbbbbbb-cccccccd"),
        ("empty language", &[2, 1], ""),
        ("domain in capitals", &[2, 2], "Health"),
        ("domain of 33 bytes", &[2, 2], &"d".repeat(33)),
        ("empty domain", &[2, 2], ""),
        ("domain beyond ASCII", &[2, 2], "santé"),
        ("importer with a dot", &[2, 11], "openwebui-1.0"),
    ] {
        list.edit(&base, path, text(spelled), "unexpected", name, SPELLING);
    }
    let set = |word| Item::Array(vec![text(word)]);
    list.edit(&base, &[2, 3], set("Free words"), "unexpected", "tag of free words", SPELLING);
    list.edit(&base, &[2, 10, 1], set("ke"), "unexpected", "region in lower case", SPELLING);
    list.edit(&base, &[2, 10, 1], set("KEN"), "unexpected", "region of three letters", SPELLING);
}

/// Codes of what is no leaf; the types differ, so each list is short.
pub(super) fn others() -> List {
    let mut list = List::of("attestation");
    let signed = |statement| Attestation::sign(&network(), &key(4), attested(statement)).encode();
    let card =
        NodeCard { role: NodeRole::Coop, name: "n".to_owned(), addresses: vec![], collectives: [].into() };
    let state = Acknowledgement { embargo: record(9), state: EmbargoState::Received };
    let receipt = Receipt { record: record(9), bodies: 0 };
    for (name, statement, path, code) in [
        ("attestation kind 6", Statement::Receipt(receipt), &[0, 6, 0][..], 6),
        ("node role 3", Statement::NodeCard(card), &[0, 6, 1, 0], 3),
        ("embargo state 2", Statement::Acknowledgement(state), &[0, 6, 1, 1], 2),
    ] {
        list.edit(&signed(statement), path, Item::Uint(code), "unexpected", name, CODE);
    }
    list
}

/// A thread of one turn.
pub(super) fn thread() -> Vec<u8> {
    let turn = Turn { role: Role::User, text: "?".to_owned() };
    Body::of(BodyContent::Thread(vec![turn])).encode().expect("a short body")
}
