//! The fields of a charter, a section a file, and the phrases that their values are put in.

pub(super) mod collective;
pub(super) mod keys;
pub(super) mod money;
pub(super) mod releases;
pub(super) mod strikes;
pub(super) mod terms;
pub(super) mod votes;

use commonwheel_api::Word;
use commonwheel_record::control::Ratio;

/// A number of things: `1 day`, `10 days`.
fn count(number: u32, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}

/// A list of words, or what stands for an empty one.
fn listed<'a, T: Word + 'a>(values: impl IntoIterator<Item = &'a T>, none: &str) -> String {
    let words: Vec<String> = values.into_iter().map(Word::text).collect();
    if words.is_empty() { none.to_owned() } else { words.join(", ") }
}

/// A fraction, and what it is in a hundred where that is a whole number.
fn ratio(ratio: Ratio) -> String {
    let (over, under) = (u64::from(ratio.over) * 100, u64::from(ratio.under).max(1));
    if over % under == 0 { format!("{} ({} %)", ratio.text(), over / under) } else { ratio.text() }
}

/// One of two phrases.
fn either(which: bool, yes: &str, no: &str) -> String {
    if which { yes } else { no }.to_owned()
}
