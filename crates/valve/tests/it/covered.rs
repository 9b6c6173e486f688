//! What is covered, whomever an embargo refuses.

use std::cell::RefCell;
use std::collections::BTreeMap;

use commonwheel_record::control::{Audience, Party};
use commonwheel_record::{Contribution, ContributionKind, Leaf};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::draft::{drafts, settings, written};
use crate::drawn::{items, queries};
use crate::oracle::Oracle;
use crate::question::{Held, Item, Question};
use crate::world::*;

const LICENCE: &str = "LicenseRef-x";

/// How often each outcome must be met at least, so that none goes untested.
const LEAST: u64 = 30;

fn is_covered(world: &World, item: &Item) -> bool {
    Question::default().finds_covered(&world.views(), item)
}

#[test]
fn it_is_covered_whomever_the_embargo_refuses() {
    let world = World::public();
    let item = Item::owners(&world, leaf(header(LICENCE)));
    assert!(!is_covered(&world, &item));
    let lab = || [Party::Collective(world.id(LAB))].into();
    for refused in [Audience::Everyone, Audience::Only(lab()), Audience::Except(lab())] {
        let mut world = world.clone();
        world.govern(OWNER, embargo(|e| e.audience = refused.clone()));
        assert!(is_covered(&world, &item), "{refused:?}");
    }
}

#[test]
fn an_embargo_on_an_ancestor_covers_the_derived() {
    let mut world = World::public();
    let ancestor = Item::new(&world, LAB, 3, Some(leaf(header(LICENCE))));
    let ancestors = [ancestor.id].into();
    let derived = Contribution { kind: ContributionKind::Derived, ancestors, ..header(LICENCE) };
    let known = Held { id: ancestor.id, manifest: Some(ancestor.manifest), leaf: ancestor.leaf };
    let derived = Item { ancestors: vec![known], ..Item::owners(&world, leaf(derived)) };
    assert!(!is_covered(&world, &derived));
    world.govern(LAB, embargo(|_| ()));
    assert!(is_covered(&world, &derived));
    assert!(!is_covered(&world, &Item::owners(&world, leaf(header(LICENCE)))), "it has no ancestor");
}

#[test]
fn what_is_covered_agrees_with_a_slow_reading() {
    let mut runner =
        TestRunner::new(ProptestConfig { source_file: Some(file!()), ..ProptestConfig::with_cases(3000) });
    let met: RefCell<BTreeMap<(bool, bool), u64>> = RefCell::default();
    let worlds = (settings(), drafts(), items(), queries());
    let agree = runner.run(&worlds, |(setting, drafts, drawn, query)| {
        // Control records are nobody's to embargo.
        prop_assume!(!drawn.is_control());
        let world = written(&setting, &drafts);
        let (mut views, item, question) =
            (world.views_of(&setting.held), drawn.item(&world), query.question(&world));
        item.queue(&world, &mut views);
        let covered = question.finds_covered(&views, &item);
        let slowly = Oracle { world: &world, held: &setting.held, question: &question, item: &item };
        prop_assert_eq!(covered, slowly.holds_back());
        let by_ancestors_alone = covered && !question.finds_covered(&views, &alone(&item));
        *met.borrow_mut().entry((covered, by_ancestors_alone)).or_default() += 1;
        Ok(())
    });
    agree.unwrap_or_else(|error| panic!("{error}"));
    let met = met.into_inner();
    println!("covered, and by ancestors alone: {met:?}");
    assert_eq!(met.len(), 3);
    assert!(met.values().all(|count| *count >= LEAST), "{met:?}");
}

/// The same record, naming no ancestors.
fn alone(item: &Item) -> Item {
    let mut alone = Item { ancestors: Vec::new(), ..item.clone() };
    if let Some(Leaf::Contribution(header, _)) = &mut alone.leaf {
        header.ancestors.clear();
    }
    alone
}
