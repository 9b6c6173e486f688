use commonwheel_record::ContributionKind;

use super::*;

const LINES: &str = concat!(
    "{\"text\": \"moja\", \"lang\": \"swa\"}\n\n",
    "{\"text\": \"mbili\", \"lang\": \"swa\"}\n",
    "broken\n",
    "{\"text\": \"moja\", \"lang\": \"swa\"}\n",
    "{\"messages\": [{\"role\": \"user\", \"content\": \"tatu\"}, {\"role\": \"assistant\", \"content\": \"nne\"}]}",
);

fn assert_balanced(report: &ImportReport) {
    let accounted = report.taken_total() + report.duplicates + report.known + report.skipped_total();
    assert_eq!(report.read, accounted, "{report:?}");
}

#[test]
fn every_candidate_is_accounted_for() {
    let (drafts, report) = import_all(LINES.as_bytes(), Options::default()).unwrap();
    assert_eq!(drafts.len(), 3);
    assert_eq!(report.format, Some(Format::Messages));
    assert_eq!((report.items, report.read, report.duplicates, report.skipped_total()), (5, 5, 1, 1));
    assert_eq!(report.taken[&ContributionKind::Example], 2);
    assert_eq!(report.skips, [Skip { item: "line 4".into(), why: SkipReason::Malformed }]);
    assert_eq!(report.bytes, LINES.len() as u64);
    assert_balanced(&report);
}

#[test]
fn what_the_caller_knows_is_not_handed_out_again() {
    let (drafts, _) = import_all(LINES.as_bytes(), Options::default()).unwrap();
    let mut again = Import::new(LINES.as_bytes(), Options::default())
        .unwrap()
        .knowing(drafts.iter().map(Draft::content_hash));
    assert!(again.next().is_none());
    let report = again.into_report();
    assert_eq!((report.taken_total(), report.known, report.duplicates), (0, 4, 0));
    assert_balanced(&report);
}

#[test]
fn nothing_and_an_empty_list_differ() {
    for text in ["", " \n \n", "\u{feff}"] {
        assert!(
            matches!(import_all(text.as_bytes(), Options::default()), Err(ImportError::Empty)),
            "{text:?}"
        );
    }
    let (drafts, report) = import_all(b"[ ]", Options::default()).unwrap();
    assert!(drafts.is_empty());
    assert_eq!(report.read, 0);
}

#[test]
fn an_unknown_format_is_an_error_that_names_the_known_ones() {
    let endless = "{\"mapping\": {}}\n".repeat(200);
    for text in ["hello", "{\"mapping\": {}}", "[1, 2, 3]", "PK\u{3}\u{4}\0\0", endless.as_str()] {
        let error = import_all(text.as_bytes(), Options::default()).unwrap_err();
        assert!(matches!(error, ImportError::UnknownFormat), "{text:?}");
        assert_eq!(error.to_string(), "unknown format; known are open-webui, sharegpt, messages");
    }
}

#[test]
fn a_named_format_is_kept_to() {
    let options = Options { format: Some(Format::Sharegpt), ..Options::default() };
    let (drafts, report) = import_all(LINES.as_bytes(), options).unwrap();
    assert!(drafts.is_empty());
    assert_eq!(report.skipped[&SkipReason::Shape], 4);
    assert_balanced(&report);
}

#[test]
fn drafts_before_an_error_stay_good() {
    let cut_off = r#"[{"text": "moja"}, {"text": "mbi"#;
    let mut import = Import::new(cut_off.as_bytes(), Options::default()).unwrap();
    assert!(import.next().unwrap().is_ok());
    assert!(matches!(import.next(), Some(Err(ImportError::CutOff { at: 32 }))));
    assert!(import.next().is_none());
    assert_eq!(import.report().taken_total(), 1);
}

#[test]
fn an_item_too_large_costs_only_itself() {
    let text =
        format!("{{\"text\": \"moja\"}}\n{{\"text\": \"{}\"}}\n{{\"text\": \"mbili\"}}\n", "x".repeat(500));
    let bounds = Bounds { item_bytes: 100, ..Bounds::default() };
    let mut import = Import::with_bounds(text.as_bytes(), Options::default(), bounds).unwrap();
    assert_eq!(import.by_ref().filter(Result::is_ok).count(), 2);
    assert_eq!(import.report().skipped[&SkipReason::Oversize], 1);
}

#[test]
fn the_size_of_an_import_is_bounded() {
    let bounds = Bounds { bytes: 100_000, ..Bounds::default() };
    let endless = std::io::repeat(b'\n');
    let mut import = Import::with_bounds(endless, Options::default(), bounds).unwrap();
    assert!(matches!(import.next(), Some(Err(ImportError::TooLarge { limit: 100_000 }))));
}

#[test]
fn a_reader_that_fails_is_an_error() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("unplugged"))
        }
    }
    let reader = LINES.as_bytes().chain(Broken);
    assert!(matches!(Import::new(reader, Options::default()), Err(ImportError::Io(_))));
}

#[test]
fn many_skips_are_counted_but_not_all_named() {
    let (_, report) =
        import_all(format!("{LINES}\n{}", "x\n".repeat(500)).as_bytes(), Options::default()).unwrap();
    assert_eq!(report.skipped[&SkipReason::Malformed], 501);
    assert_eq!(report.skips.len(), crate::limits::MAX_SKIPS_NAMED);
}
