//! The chain of charters.

use commonwheel_collective::{Ineffective, Verified};
use commonwheel_record::control::{Charter, Content, next_root_digest};
use commonwheel_record::{Control, Hash};

use crate::world::*;

fn amended(coop: &Coop, name: &str, change: impl FnOnce(&mut Charter)) -> Content {
    let Content::Charter(mut charter) = coop.genesis.content.clone() else { unreachable!() };
    charter.number = 1;
    charter.previous = Some(coop.genesis_hash());
    charter.name = name.to_owned();
    charter.cut = coop.cut();
    change(&mut charter);
    Content::Charter(charter)
}

fn hash_of(coop: &Coop, content: Content) -> Hash {
    Verified::hash_of(&network(), &Control::new(Some(coop.id), content))
}

#[test]
fn an_amendment_signed_by_old_and_new_root_holds() {
    let mut coop = Coop::new();
    let next = amended(&coop, "Next", |charter| charter.root = key_set(2, &[7, 8]));
    coop.append(coop.first, next.clone(), &[ROOT, 7, 8]);
    let view = coop.fold();
    assert_eq!(view.charter().unwrap().name, "Next");
    assert_eq!(view.charter_chain(), [coop.genesis_hash(), hash_of(&coop, next)]);
    assert!(view.ineffective().is_empty());
}

#[test]
fn one_root_alone_amends_nothing() {
    for signers in [&[ROOT][..], &[7, 8], &[ROOT, 7], &[GOVERNANCE]] {
        let mut coop = Coop::new();
        let next = amended(&coop, "Next", |charter| charter.root = key_set(2, &[7, 8]));
        let at = coop.append(coop.first, next, signers);
        let view = coop.fold();
        assert_eq!(view.charter().unwrap().name, "Coop", "{signers:?}");
        assert_eq!(view.ineffective()[&at], Ineffective::NoPredecessor);
    }
}

#[test]
fn a_number_left_out_or_a_wrong_predecessor_breaks_the_chain() {
    let mut coop = Coop::new();
    let skipped = amended(&coop, "Skipped", |charter| charter.number = 2);
    let orphan = amended(&coop, "Orphan", |charter| charter.previous = Some(Hash([5; 32])));
    let (skipped, orphan) = (coop.root(skipped), coop.root(orphan));
    let view = coop.fold();
    assert_eq!(view.charter().unwrap().name, "Coop");
    assert_eq!(view.ineffective()[&skipped], Ineffective::NoPredecessor);
    assert_eq!(view.ineffective()[&orphan], Ineffective::NoPredecessor);
}

#[test]
fn of_two_successors_the_smaller_hash_holds_wherever_they_stand() {
    for swapped in [false, true] {
        let mut coop = Coop::new();
        let mut pair = [amended(&coop, "One", |_| ()), amended(&coop, "Two", |_| ())];
        if swapped {
            pair.reverse();
        }
        let hashes = pair.clone().map(|content| hash_of(&coop, content));
        let placed = pair.map(|content| coop.root(content));
        let (winner, loser) = if hashes[0] < hashes[1] { (0, 1) } else { (1, 0) };
        let view = coop.fold();
        assert_eq!(view.charter_chain()[1], hashes[winner]);
        assert_eq!(view.ineffective()[&placed[loser]], Ineffective::OtherCharter);
        assert!(!view.ineffective().contains_key(&placed[winner]));
    }
}

#[test]
fn keys_committed_to_in_advance_are_the_only_successors() {
    let commit = |charter: &mut Charter| {
        charter.next_root = [7, 8].map(|seed| next_root_digest(&network(), &key(seed))).into();
    };
    let mut founding = charter();
    commit(&mut founding);
    let accepted = |change: &dyn Fn(&mut Charter), signers: &[u8]| {
        let mut coop = Coop::founded(founding.clone(), &[ROOT]);
        let next = amended(&coop, "Next", |charter| change(charter));
        coop.append(coop.first, next, signers);
        coop.fold().charter().unwrap().name == "Next"
    };
    assert!(accepted(&|c| c.root = key_set(1, &[7]), &[ROOT, 7]), "a key committed to");
    assert!(accepted(&|c| c.root = key_set(2, &[7, 8]), &[ROOT, 7, 8]), "all of them");
    assert!(!accepted(&|c| c.root = key_set(1, &[6]), &[ROOT, 6]), "a key not committed to");
    assert!(!accepted(&|c| c.root = key_set(1, &[6, 7]), &[ROOT, 7]), "one slipped in among them");
    assert!(accepted(&|_| (), &[ROOT]), "keys and commitments as they are");
    assert!(!accepted(&|c| c.next_root.clear(), &[ROOT]), "commitments dropped by the old key alone");
}

#[test]
fn what_earlier_keys_signed_stays_signed() {
    let mut coop = Coop::new();
    coop.govern(pause("before"));
    let next = amended(&coop, "Next", |charter| charter.governance = key_set(1, &[7]));
    coop.root(next);
    coop.append(coop.first, pause("after"), &[7]);
    let view = coop.fold();
    assert_eq!(view.embargoes().len(), 2);
}

#[test]
fn the_keys_of_an_amendment_that_lost_sign_nothing() {
    let mut coop = Coop::new();
    let rivals =
        [7, 8].map(|seed| amended(&coop, "Rival", |charter| charter.governance = key_set(1, &[seed])));
    let hashes = rivals.clone().map(|content| hash_of(&coop, content));
    for rival in rivals {
        coop.root(rival);
    }
    let seven = coop.append(coop.first, pause("seven"), &[7]);
    let eight = coop.append(coop.first, pause("eight"), &[8]);
    let (winner, loser) = if hashes[0] < hashes[1] { (seven, eight) } else { (eight, seven) };
    let view = coop.fold();
    assert_eq!(view.embargoes()[0].id, winner);
    assert_eq!(view.ineffective()[&loser], Ineffective::NotGovernanceSigned);
}
