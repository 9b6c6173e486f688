//! How long a fold takes; prints a figure, and is no timed test.

use crate::world::*;

#[test]
#[ignore = "prints a figure"]
#[expect(clippy::disallowed_methods, reason = "a measurement reads the clock")]
fn fold_of_ten_thousand_embargoes() {
    let mut coop = Coop::new();
    for n in 0..10_000 {
        coop.govern(pause(&format!("demand {n}")));
    }
    let start = std::time::Instant::now();
    let view = coop.fold();
    println!("{} embargoes folded in {:?}", view.embargoes().len(), start.elapsed());
    assert_eq!(view.enforced().count(), 10_000);
}
