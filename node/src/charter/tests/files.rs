//! The file: written and read back, and what is wrong with one told with a remedy.

use std::path::Path;

use super::drawn::Draw;
use crate::charter::check::{Weight, problems};
use crate::charter::file::{FileError, read, read_some, write};
use crate::charter::preset::{Preset, about};
use crate::charter::{Document, OrOwn, field};

const FILE: &str = "charter.toml";

/// Breaks a document.
type Change = fn(&mut Document);

fn read_text(text: &str) -> Result<Document, FileError> {
    read(Path::new(FILE), text)
}

fn named() -> Document {
    Document { name: "Riverside".to_owned(), ..Document::default() }
}

#[test]
fn a_file_says_what_its_document_says() {
    for seed in 0..300 {
        let document = Draw(seed).document();
        let text = write(&document);
        let read = read_text(&text).unwrap_or_else(|error| panic!("seed {seed}: {error}: {text}"));
        assert_eq!(read, document, "seed {seed}: {text}");
    }
}

#[test]
fn every_value_of_the_file_has_its_question_and_meaning_above_it() {
    let text = write(&named());
    for (_, field) in field::all() {
        let at = text.find(&format!("\n{} = ", field.name)).unwrap();
        let comments: Vec<&str> = text[..at].lines().rev().take_while(|line| line.starts_with('#')).collect();
        let words: Vec<String> = comments.into_iter().rev().map(|line| line[1..].trim().to_owned()).collect();
        let words = words.join(" ");
        let said = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.ends_with(&format!("{} {}", said(field.question), said(field.meaning))), "{words}");
    }
    assert!(text.lines().all(|line| !line.starts_with('#') || line.len() <= 100), "{text}");
}

#[test]
fn a_file_that_is_wrong_is_told_where_and_what_to_do() {
    let good = write(&named());
    for (from, to, says, fix) in [
        ("turnout = \"1/2\"", "turnout = \"3/2\"", "votes.turnout", "must be cast"),
        ("turnout = \"1/2\"", "trunout = \"1/2\"", "votes.trunout", "votes.turnout"),
        ("[votes]", "turnout = \"1/2\"\n[votes]", "turnout", "votes.turnout"),
        ("[votes]", "[vots]", "vots", "[votes]"),
        ("notice-days = 0", "notice-days = -1", "strikes.notice-days", "notice"),
        ("notice-days = 0", "notice-days = \"ten\"", "whole number", "notice"),
        ("notice-days = 0", "", "strikes.notice-days missing", "--answers"),
        ("secret = false", "secret = maybe", "charter.toml:", "mend the line"),
        ("licence = \"LicenseRef-commonwheel-contract-1\"", "licence = \"CC-BY-9\"", "CC-BY-9", "licence"),
        ("root = [\"own\"]", "root = [\"owned\"]", "keys.root", "root keys"),
    ] {
        assert!(good.contains(from), "{from}");
        let error = read_text(&good.replacen(from, to, 1)).unwrap_err();
        assert!(error.to_string().contains(says), "{to}: {error}");
        assert!(error.fix().contains(fix), "{to}: {}", error.fix());
    }
}

#[test]
fn a_part_of_a_file_changes_what_it_names() {
    let mut document = named();
    let text = "[votes]\nturnout = \"2/3\"\n[keys]\nwitnesses = \"own\"\n";
    let given = read_some(Path::new(FILE), text, &mut document).unwrap();
    assert_eq!(given.into_iter().collect::<Vec<_>>(), ["keys.witnesses", "votes.turnout"]);
    let mut expected = named();
    expected.rules.turnout = commonwheel_record::control::Ratio { over: 2, under: 3 };
    expected.witnesses = [OrOwn::Own].into();
    assert_eq!(document, expected);
}

#[test]
fn what_is_typed_is_read_like_the_file() {
    for (path, typed, written) in [
        ("strikes.ballot-required", "yes", "true"),
        ("strikes.ballot-required", "N", "false"),
        ("strikes.notice-days", "14", "14"),
        ("votes.turnout", "2/3", "\"2/3\""),
        ("votes.support-floor", "0", "\"0/1\""),
        ("keys.witnesses", "none", "[]"),
        ("keys.root", "own", "[\"own\"]"),
        ("terms.licence", "cc-by-4.0", "\"CC-BY-4.0\""),
        ("releases.release-feed", "none", "\"none\""),
    ] {
        let (_, field) = field::find(path).unwrap();
        let mut document = named();
        field.place.put(&mut document, &field.place.typed(typed)).unwrap();
        assert_eq!(field.place.write(&document).to_string(), written, "{path} {typed}");
    }
    for (path, typed) in [("strikes.notice-days", "ten"), ("votes.secret", "perhaps"), ("keys.root", "me")] {
        let (_, field) = field::find(path).unwrap();
        assert!(field.place.put(&mut named(), &field.place.typed(typed)).is_err(), "{path} {typed}");
    }
}

#[test]
fn what_cannot_be_or_works_against_itself_is_found_with_a_remedy() {
    let cases: [(&str, Weight, Change); 11] = [
        ("name", Weight::Error, |d| d.name.clear()),
        ("votes.cap", Weight::Error, |d| d.rules.vote_cap = 0),
        ("votes.petition", Weight::Error, |d| d.rules.petition = 33),
        ("strikes.mandate-days", Weight::Error, |d| d.rules.notice_days = 366),
        ("money.reserve-permille", Weight::Error, |d| d.rules.reserve_permille = 1001),
        ("keys.lease-hours", Weight::Error, |d| d.lease_hours = 721),
        ("keys.root-threshold", Weight::Error, |d| d.root.threshold = 2),
        ("keys.governance-threshold", Weight::Error, |d| d.governance.threshold = 0),
        ("keys.witnesses", Weight::Risk, |d| d.rules.mandate_required = true),
        ("keys.witnesses", Weight::Risk, |d| d.witnesses = [OrOwn::Own].into()),
        ("terms.licence", Weight::Note, |d| d.licence = "CC-BY-4.0".parse().unwrap()),
    ];
    assert_eq!(problems(&named()), []);
    for (path, weight, break_it) in cases {
        let mut document = named();
        break_it(&mut document);
        let found = problems(&document);
        assert_eq!((found[0].path, found[0].weight), (path, weight), "{found:?}");
        assert!(!found[0].fix.is_empty() && field::find(path).is_some(), "{found:?}");
    }
}

#[test]
fn every_preset_makes_a_charter_that_only_lacks_witnesses() {
    for preset in Preset::ALL {
        let document = Document { rules: preset.rules(), ..named() };
        let worst: Vec<_> = problems(&document).into_iter().filter(|p| p.weight > Weight::Note).collect();
        let expected = usize::from(document.rules.mandate_required);
        assert!(!about(preset).is_empty());
        assert_eq!(worst.len(), expected, "{}: {worst:?}", preset.name());
        assert!(worst.iter().all(|problem| problem.path == "keys.witnesses"), "{}: {worst:?}", preset.name());
    }
}
