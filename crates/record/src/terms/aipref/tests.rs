use super::super::prefs::Preference::{Allow, Deny, Unset};
use super::*;

fn train_and_search(field: &str) -> (Preference, Preference) {
    let prefs = parse(field);
    (prefs.train, prefs.search)
}

/// The draft's own examples and the project's, in the order of the research notes.
#[test]
fn vectors() {
    for (field, train, search) in [
        ("train-ai=y, search=n", Allow, Deny),
        ("train-ai=y, train-ai, search=n, search=\"n\"", Unset, Unset),
        ("train-ai;allow=n, train-ai=y", Allow, Unset),
        ("train-ai;has;parameters=\"?\";", Unset, Unset),
        ("Train-AI=n", Unset, Unset),
        ("train-genai=n;exceptions=cc-cr", Unset, Unset),
    ] {
        assert_eq!(train_and_search(field), (train, search), "{field}");
    }
}

#[test]
fn vector_of_combining() {
    let both = parse("train-ai=y").combine(parse("train-ai=n"));
    assert_eq!((both.train, both.search), (Deny, Unset));
    assert_eq!(parse("train-ai=y").combine(parse("search=n")), parse("train-ai=y, search=n"));
    assert_eq!(parse("").combine(parse("train-ai=maybe")), Preferences::UNSET);
}

/// The values of the robots.txt example of the attachment draft, one rule each.
#[test]
fn vectors_of_robots_rules() {
    assert_eq!(train_and_search("train-ai=n"), (Deny, Unset));
    assert_eq!(train_and_search("train-ai=y"), (Allow, Unset));
}

#[test]
fn values_other_than_the_tokens_y_and_n_say_nothing() {
    for value in ["Y", "N", "yes", "no", "\"y\"", "?1", "?0", "1", "0", ":eQ==:", "(y)", "%\"y\"", "@1", "*y"]
    {
        assert_eq!(parse(&format!("search=y, train-ai={value}")).train, Unset, "{value}");
        assert_eq!(parse(&format!("search=y, train-ai={value}")).search, Allow, "the rest stands: {value}");
    }
}

#[test]
fn the_last_of_equal_keys_counts_even_if_it_says_nothing() {
    assert_eq!(train_and_search("train-ai=n, train-ai=y"), (Allow, Unset));
    assert_eq!(train_and_search("train-ai=y, train-ai=n"), (Deny, Unset));
    assert_eq!(train_and_search("train-ai=n, train-ai"), (Unset, Unset));
}

#[test]
fn parameters_and_unknown_labels_are_ignored() {
    assert_eq!(train_and_search("train-ai=n;exceptions=cc-cr, weather=\"rain\";a=1"), (Deny, Unset));
    assert_eq!(parse("ai-use=n;exceptions=cc-cr-dc").ai_use, Deny);
}

#[test]
fn labels_of_older_drafts_say_nothing() {
    let legacy = "tdm=n, ai=n, genai=n, inference=n, all=n, train-genai=n, bots=n, ai-output=n";
    assert_eq!(parse(legacy), Preferences::UNSET);
}

#[test]
fn one_mistake_voids_the_whole_field() {
    for field in
        ["train-ai=n, search=y,", "train-ai=n search=y", "train-ai=n, Search=y", "train-ai=n, search=ÿ"]
    {
        assert_eq!(parse(field), Preferences::UNSET, "{field}");
    }
    let too_long = format!("train-ai=n, x={}", "y".repeat(MAX_FIELD_BYTES));
    assert_eq!(parse(&too_long), Preferences::UNSET);
}

#[test]
fn write_names_what_has_a_label() {
    let prefs = Preferences { train: Deny, ai_use: Deny, search: Allow, ..Preferences::UNSET };
    let projection = write(prefs, &[]);
    assert_eq!(projection, Projection { text: "train-ai=n, ai-use=n, search=y".into(), lossy: false });
    assert_eq!(write(Preferences::UNSET, &[]), Projection { text: String::new(), lossy: false });
}

#[test]
fn evaluation_only_goes_out_as_no_training_and_is_lossy() {
    let projection = write(Preferences::EVALUATION_ONLY, &[]);
    assert_eq!(projection, Projection { text: "train-ai=n".into(), lossy: true });
}

#[test]
fn conditions_never_become_an_unconditional_yes() {
    let asked = Preferences { train: Allow, search: Deny, ..Preferences::UNSET };
    assert_eq!(write(asked, &[Condition::Pay]), Projection { text: "search=n".into(), lossy: true });
    let refused = Preferences { train: Deny, ..Preferences::UNSET };
    assert_eq!(write(refused, &[Condition::Credit]), Projection { text: "train-ai=n".into(), lossy: true });
}

#[test]
fn what_is_written_reads_back_unless_it_is_lossy() {
    for prefs in (0..1 << 10).filter_map(|bits| Preferences::unpack(bits).ok()) {
        let projection = write(prefs, &[]);
        assert_eq!(parse(&projection.text) == prefs, !projection.lossy, "{prefs:?} {projection:?}");
    }
}
