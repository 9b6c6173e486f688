//! The algebra of licences, as a strike feels it: what `OR` and `AND` do to a released body under an embargo that came
//! after the release.

use commonwheel_record::control::ReleaseMode;
use commonwheel_record::{Cut, RecordId};
use proptest::prelude::*;

use crate::question::{Item, lab_asks};
use crate::world::*;

/// One id of each class A, A-, B, C and D, with whether it is irrevocable.
const IDS: [(&str, bool); 5] = [
    ("CC0-1.0", true),
    ("CDLA-Sharing-1.0", true),
    ("ODbL-1.0", true),
    ("MIT", true),
    ("LicenseRef-contract", false),
];

/// Which rule answers for a body of this licence, released openly and then struck.
fn rule_under_strike(licence: &str) -> u8 {
    let mut world = World::public();
    let release = world.release(licence, ReleaseMode::Open, &[(OWNER, 0, 100)]);
    let RecordId { feed, index } = world.govern(OWNER, release);
    world.govern(OWNER, embargo(|e| e.cut = Cut([(feed, index + 1)].into())));
    lab_asks(&world, &Item::owners(&world, leaf(header(licence)))).rule()
}

#[test]
fn every_class_alone() {
    for (id, irrevocable) in IDS {
        assert_eq!(rule_under_strike(id), if irrevocable { 7 } else { 8 }, "{id}");
    }
    for none in ["NONE", "NOASSERTION"] {
        assert_eq!(rule_under_strike(none), 6, "never released");
    }
}

#[derive(Clone, Debug)]
enum Expression {
    Id(usize),
    Or(Box<Self>, Box<Self>),
    And(Box<Self>, Box<Self>),
}

impl Expression {
    fn text(&self) -> String {
        match self {
            Self::Id(at) => IDS[*at].0.to_owned(),
            Self::Or(left, right) => format!("({} OR {})", left.text(), right.text()),
            Self::And(left, right) => format!("({} AND {})", left.text(), right.text()),
        }
    }

    /// Whoever received the data may choose one side of `OR`, and is bound by both of `AND`.
    fn irrevocable(&self) -> bool {
        match self {
            Self::Id(at) => IDS[*at].1,
            Self::Or(left, right) => left.irrevocable() || right.irrevocable(),
            Self::And(left, right) => left.irrevocable() && right.irrevocable(),
        }
    }
}

fn expressions() -> impl Strategy<Value = Expression> {
    (0..IDS.len()).prop_map(Expression::Id).prop_recursive(3, 8, 2, |inner| {
        let pair = (inner.clone(), inner).prop_map(|(left, right)| (Box::new(left), Box::new(right)));
        (any::<bool>(), pair).prop_map(|(or, (left, right))| {
            if or { Expression::Or(left, right) } else { Expression::And(left, right) }
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn or_takes_the_most_irrevocable_operand_and_and_the_most_revocable(expression in expressions()) {
        let expected = if expression.irrevocable() { 7 } else { 8 };
        prop_assert_eq!(rule_under_strike(&expression.text()), expected, "{}", expression.text());
    }
}
