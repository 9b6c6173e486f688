//! I11: a control record of A changes no served byte of a record unless A owns its feed, its header names A as steward,
//! or the owner delegated that power to A.

use std::cell::Cell;

use commonwheel_record::Leaf;
use commonwheel_record::control::{Power, Rung};
use commonwheel_valve::Asker;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::draft::{Draft, drafts, settings, written};
use crate::drawn::{items, queries};
use crate::question::Item;
use crate::world::{AFFILIATE, OWNER, STEWARD, STRANGER, World, key};

/// How often a record was added while a body was served, at least: elsewhere there is little to change.
const LEAST: u32 = 500;

#[test]
fn records_of_those_without_a_say_change_nothing() {
    let mut runner =
        TestRunner::new(ProptestConfig { source_file: Some(file!()), ..ProptestConfig::with_cases(2000) });
    let served = Cell::new(0);
    let worlds = (settings(), drafts(), drafts(), items(), prop::collection::vec(queries(), 4));
    let unchanged = runner.run(&worlds, |(setting, drafts, more, drawn, queries)| {
        let before = written(&setting, &drafts);
        let item = drawn.item(&before);
        let silent = |draft: &Draft| {
            [STEWARD, AFFILIATE, STRANGER].contains(&draft.by()) && !has_say(&before, &item, draft.by())
        };
        let added: Vec<Draft> = more.into_iter().filter(silent).collect();
        let adds = !added.is_empty();
        let after = written(&setting, &[drafts, added].concat());
        let (mut views_before, mut views_after) =
            (before.views_of(&setting.held), after.views_of(&setting.held));
        item.queue(&before, &mut views_before);
        item.queue(&after, &mut views_after);
        for query in queries {
            let question = query.question(&before);
            let peer = |node| Asker::Peer(views_before.audience(&key(node)));
            let asker = question.asker.map_or(Asker::SelfNode, peer);
            let decision = question.ask_as(&asker, &views_before, &item);
            prop_assert_eq!(decision, question.ask_as(&asker, &views_after, &item));
            served.set(served.get() + u32::from(adds && decision.serves(Rung::Body)));
        }
        Ok(())
    });
    unchanged.unwrap_or_else(|error| panic!("{error}"));
    assert!(served.get() >= LEAST, "{}", served.get());
}

/// Whether a collective owns the record or an ancestor, is named by one, or was given a power by an owner.
///
/// Ancestors of these worlds are the owner's or the affiliate's and may name any steward, so where there is one
/// everybody but the stranger counts as having a say, and the stranger if any owner lists it.
fn has_say(world: &World, item: &Item, other: usize) -> bool {
    let header = match &item.via.as_deref().unwrap_or(item).leaf {
        Some(Leaf::Contribution(header, _)) => Some(header),
        _ => None,
    };
    let (owner, id) = (world.collectives[OWNER].view(), world.id(other));
    let empowered = Power::ALL.iter().any(|power| owner.affiliates_with(*power).any(|(to, _)| to == id));
    let derived = header.is_some_and(|header| !header.ancestors.is_empty());
    let listed = owner.lists_steward(&id);
    let named = header.is_none_or(|header| header.stewards.contains(&id));
    empowered || (listed && (named || derived)) || (derived && other != STRANGER)
}
