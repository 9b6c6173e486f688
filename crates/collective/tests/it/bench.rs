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

#[test]
#[ignore = "prints a figure"]
#[expect(clippy::disallowed_methods, reason = "a measurement reads the clock")]
fn fold_of_two_thousand_votes() {
    use crate::town::Town;

    let (mut town, ballot) = Town::balloting(commonwheel_collective::Preset::Uk2026.rules(), 2_000);
    town.votes(ballot, 1_100, 800, 100);
    town.carry(1, ballot);
    let start = std::time::Instant::now();
    let view = town.view();
    println!("{} votes folded in {:?}", view.ballots()[0].votes.len(), start.elapsed());
    assert_eq!(view.mandates().len(), 1);
}

#[test]
#[ignore = "prints a figure"]
#[expect(clippy::disallowed_methods, reason = "a measurement reads the clock")]
fn fold_of_twenty_ballots() {
    use crate::town::{Town, question};

    let (mut town, _) = Town::balloting(commonwheel_collective::Preset::Uk2026.rules(), 2_000);
    for n in 0..20 {
        let asked =
            commonwheel_record::control::Ballot { question: format!("Ballot {n}"), ..question(&town) };
        let ballot = town.call(n % 2, asked);
        town.votes(ballot, 1_100, 800, 100);
    }
    let start = std::time::Instant::now();
    let view = town.view();
    println!("{} ballots of 2000 votes folded in {:?}", view.ballots().len(), start.elapsed());
    assert_eq!(view.ballots().len(), 21);
}
