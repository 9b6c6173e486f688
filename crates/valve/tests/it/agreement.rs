//! The valve against the oracle, on random worlds; every reason must have been met often.

use std::cell::RefCell;
use std::collections::BTreeMap;

use commonwheel_collective::{View, Views};
use commonwheel_record::RecordId;
use commonwheel_valve::{Decision, Reason};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::draft::{drafts, settings, written};
use crate::drawn::{items, queries};
use crate::oracle::Oracle;

const CASES: u32 = 4000;
const QUERIES: usize = 4;

/// How often each reason must be given at least, so that no rule goes untested.
const LEAST: u64 = 10;

/// The reason's name in the oracle's words, and the record it names.
fn told(because: Reason) -> (&'static str, Option<RecordId>) {
    match because {
        Reason::Members => ("members", None),
        Reason::Control => ("control", None),
        Reason::Submission => ("submission", None),
        Reason::Erased { withdrawal, .. } => ("erased", Some(withdrawal)),
        Reason::Local => ("local", None),
        Reason::Owner => ("owner", None),
        Reason::Unowned => ("unowned", None),
        Reason::Closed => ("closed", None),
        Reason::Unknown => ("unknown", None),
        Reason::StewardMissing(_) => ("steward", None),
        Reason::HeaderMissing => ("missing", None),
        Reason::Unreleased => ("unreleased", None),
        Reason::Tier => ("tier", None),
        Reason::Region => ("region", None),
        Reason::Gated { offer } => ("gated", Some(offer)),
        Reason::Purpose => ("purpose", None),
        Reason::Overlaid { embargo } => ("overlaid", Some(embargo)),
        Reason::Irrevocable { release } => ("irrevocable", Some(release)),
        Reason::Withheld { embargo } => ("withheld", Some(embargo)),
        Reason::Released { release } => ("released", Some(release)),
    }
}

/// The variant of the embargo that withholds.
fn variant(views: &Views, because: Reason) -> Option<&'static str> {
    let Reason::Withheld { embargo } = because else { return None };
    let mut all = views.iter().flat_map(View::embargoes);
    all.find(|standing| standing.id == embargo).map(|standing| standing.embargo.variant.name())
}

/// Withheld by each of the variants, and let through by a rate limit.
const REASONS: usize = 19 + 5 + 1;

#[test]
fn the_valve_agrees_with_a_slow_reading_and_every_reason_is_met() {
    let mut runner =
        TestRunner::new(ProptestConfig { source_file: Some(file!()), ..ProptestConfig::with_cases(CASES) });
    let met: RefCell<BTreeMap<(u8, &'static str), u64>> = RefCell::default();
    let worlds = (settings(), drafts(), items(), prop::collection::vec(queries(), QUERIES));
    let agree = runner.run(&worlds, |(setting, drafts, drawn, queries)| {
        let world = written(&setting, &drafts);
        let (uncounted, item) = (world.views_of(&setting.held), drawn.item(&world));
        let mut views = uncounted.clone();
        item.queue(&world, &mut views);
        for query in queries {
            let question = query.question(&world);
            let Decision { rung, because } = question.ask(&views, &item);
            let slowly = Oracle { world: &world, held: &setting.held, question: &question, item: &item };
            let expected = slowly.answer();
            let (name, cited) = told(because);
            prop_assert_eq!((rung, name), (expected.rung, expected.because), "{:?}", question);
            prop_assert!(
                cited.map_or(expected.cites.is_empty(), |id| expected.cites.contains(&id)),
                "{:?}",
                because
            );
            prop_assert_eq!(
                question.finds_preferences(&views, &item),
                slowly.preferences(),
                "{:?}",
                question
            );
            let mut met = met.borrow_mut();
            *met.entry((because.rule(), variant(&views, because).unwrap_or(name))).or_default() += 1;
            let waited = question.ask(&uncounted, &item).because != because;
            *met.entry((8, "passed in its month")).or_default() += u64::from(waited);
        }
        Ok(())
    });
    agree.unwrap_or_else(|error| panic!("{error}"));
    let met = met.into_inner();
    println!("answers by rule and reason: {met:?}");
    assert_eq!(met.len(), REASONS);
    assert!(met.values().all(|count| *count >= LEAST), "{met:?}");
}
