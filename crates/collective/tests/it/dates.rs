//! When a release was made, as witnesses or liveness keys say.

use commonwheel_collective::Preset;
use commonwheel_record::RecordId;
use commonwheel_record::control::{Charter, Content, Range, Release, ReleaseMode, WitnessedHead};
use commonwheel_record::terms::Licence;

use crate::town::*;
use crate::world::data_feed;

fn release(town: &mut Town, dated_by: Option<WitnessedHead>) -> RecordId {
    let ranges = vec![Range { feed: data_feed(50), start: 0, end: 9 }];
    let licence = Licence::parse("MIT").unwrap();
    town.govern(Content::Release(Release { licence, mode: ReleaseMode::Open, ranges, dated_by }))
}

/// The time of a release dated by cosignatures of the first feed's head.
fn dated(charter: &Charter, stamps: &[(u16, u64)]) -> Option<u64> {
    let mut town = Town::chartered(charter.clone(), 2);
    let head = witnessed(town.feeds[0], 2, stamps);
    let id = release(&mut town, Some(head));
    town.fold().release_time(&id)
}

#[test]
fn a_majority_dates_a_release_by_the_latest_time_it_vouches_for() {
    let charter = charter(Preset::Simple.rules());
    let [one, two, three] = WITNESSES;
    assert_eq!(dated(&charter, &[]), None);
    assert_eq!(dated(&charter, &[(one, 9)]), None);
    assert_eq!(dated(&charter, &[(one, 9), (ROOT, 9)]), None);
    assert_eq!(dated(&charter, &[(one, 9), (two, 7)]), Some(7));
    assert_eq!(dated(&charter, &[(one, 9), (two, 7), (three, 8)]), Some(8));
    let mut town = Town::chartered(charter, 2);
    let undated = release(&mut town, None);
    assert_eq!(town.fold().release_time(&undated), None);
}

#[test]
fn a_liveness_key_dates_where_no_witness_is_listed() {
    let mut alone = charter(Preset::Simple.rules());
    alone.liveness = [public(70)].into();
    assert_eq!(dated(&alone, &[(70, 9)]), None, "witnesses are listed");
    alone.witnesses.clear();
    assert_eq!(dated(&alone, &[(70, 9)]), Some(9));
    assert_eq!(dated(&alone, &[(71, 9)]), None);
}

#[test]
fn a_writer_does_not_date_its_own_feed_nor_a_foreign_head_anything() {
    let mut own = charter(Preset::Simple.rules());
    own.witnesses = [WITNESSES[0], WRITERS[0]].map(public).into();
    assert_eq!(dated(&own, &[(WITNESSES[0], 9), (WRITERS[0], 9)]), None);
    let mut town = Town::new(Preset::Simple.rules());
    let foreign = witnessed(data_feed(9), 2, &majority(9));
    let id = release(&mut town, Some(foreign));
    assert_eq!(town.fold().release_time(&id), None);
}

#[test]
fn replaced_witnesses_date_what_lies_inside_the_cut() {
    let mut town = Town::new(Preset::Simple.rules());
    let size = town.size(town.feeds[0]);
    let inside = witnessed(town.feeds[0], size, &majority(9));
    let beyond = witnessed(town.feeds[0], size + 1, &majority(9));
    let (inside, beyond) = (release(&mut town, Some(inside)), release(&mut town, Some(beyond)));
    assert_eq!([inside, beyond].map(|id| town.fold().release_time(&id)), [Some(9), Some(9)]);
    let mut next = town.charter.clone();
    (next.number, next.previous) = (1, Some(town.charter_hash));
    next.cut.0.insert(town.feeds[0], size);
    next.witnesses = [public(70)].into();
    town.root(Content::Charter(Box::new(next)));
    assert_eq!([inside, beyond].map(|id| town.fold().release_time(&id)), [Some(9), None]);
}
