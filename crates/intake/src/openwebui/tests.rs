use commonwheel_record::body::{Role, Turn};
use serde_json::{Value, json};

use super::*;
use crate::content::{body_len, texts};
use crate::draft::Draft;
use crate::report::Skip;

/// A message of a tree: name, parent, role, text.
type Row<'a> = (&'a str, Option<&'a str>, &'a str, &'a str);

fn chat_of(current: &str, rows: &[Row<'_>]) -> Value {
    let messages: serde_json::Map<String, Value> = rows
        .iter()
        .map(|&(id, parent, role, content)| {
            let node =
                json!({"id": id, "parentId": parent, "role": role, "content": content, "timestamp": 1});
            (id.to_owned(), node)
        })
        .collect();
    json!({
        "id": "c1", "user_id": "SECRET-user", "title": "SECRET-title",
        "chat": {"history": {"currentId": current, "messages": messages}},
        "meta": {"tags": ["Travel", "rail"]},
    })
}

fn read_value(value: &Value) -> Outcome {
    read(value.to_string().as_bytes(), "item 1", &Options::default())
}

fn drafts(outcome: Outcome) -> Vec<Draft> {
    outcome.candidates.into_iter().map(Result::unwrap).collect()
}

fn skips(outcome: Outcome) -> Vec<(String, SkipReason)> {
    outcome.candidates.into_iter().filter_map(Result::err).map(|Skip { item, why }| (item, why)).collect()
}

fn said(role: Role, content: &str) -> Turn {
    Turn { role, text: content.to_owned() }
}

const REGENERATED: &[Row<'_>] = &[
    ("q1", None, "user", "Is there a night train?"),
    ("a1", Some("q1"), "assistant", "No."),
    ("a2", Some("q1"), "assistant", "Yes, at ten."),
    ("q2", Some("a2"), "user", "Book it."),
    ("b1", Some("q2"), "assistant", "Booked."),
    ("b2", Some("q2"), "assistant", "Done."),
    ("b3", Some("q2"), "assistant", "I cannot."),
];

#[test]
fn the_active_thread_becomes_a_chat_and_each_sibling_a_pair() {
    let drafts = drafts(read_value(&chat_of("b2", REGENERATED)));
    let ids: Vec<&str> = drafts.iter().map(|draft| draft.source_id.as_str()).collect();
    assert_eq!(ids, ["c1", "c1/a1", "c1/b1", "c1/b3"]);

    let thread = [
        said(Role::User, "Is there a night train?"),
        said(Role::Assistant, "Yes, at ten."),
        said(Role::User, "Book it."),
        said(Role::Assistant, "Done."),
    ];
    assert_eq!(drafts[0].content, Content::Thread(thread.to_vec()));
    assert!(!drafts[0].labelled && drafts[1].labelled);
    assert_eq!(
        drafts[3].content,
        Content::Pair {
            prompt: thread[..3].to_vec(),
            chosen: vec![said(Role::Assistant, "Done.")],
            rejected: vec![said(Role::Assistant, "I cannot.")],
        }
    );
}

#[test]
fn tags_describe_every_draft_and_nothing_personal_does() {
    let drafts = drafts(read_value(&chat_of("b2", REGENERATED)));
    for draft in &drafts {
        assert_eq!(draft.domain.as_ref().unwrap().as_str(), "travel");
        assert_eq!(draft.tags.iter().map(|tag| tag.as_str()).collect::<Vec<_>>(), ["rail"]);
    }
    assert!(!format!("{drafts:?}").contains("SECRET"));
}

#[test]
fn older_shapes_are_read() {
    let wrapped = chat_of("b2", REGENERATED);
    let bare = wrapped["chat"].clone();
    assert_eq!(drafts(read_value(&bare)).len(), 4);

    let list = json!([{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]);
    for flat in [json!({"title": "t", "models": [], "messages": list}), json!({"chat": {"messages": list}})] {
        assert_eq!(drafts(read_value(&flat)).len(), 1, "{flat}");
    }
}

#[test]
fn a_cycle_ends_the_chat_and_not_the_import() {
    let rows = [("a", Some("b"), "user", "x"), ("b", Some("a"), "assistant", "y")];
    assert_eq!(skips(read_value(&chat_of("b", &rows))), [("c1".into(), SkipReason::Cycle)]);
    let own_parent = [("a", Some("a"), "user", "x")];
    assert_eq!(skips(read_value(&chat_of("a", &own_parent))), [("c1".into(), SkipReason::Cycle)]);
}

#[test]
fn a_dangling_current_is_resolved_only_where_there_is_one_thread() {
    let outcome = skips(read_value(&chat_of("gone", REGENERATED)));
    assert_eq!(outcome[0], ("c1".into(), SkipReason::DanglingCurrent));
    let off_thread = outcome.iter().filter(|(_, why)| *why == SkipReason::OffThread).count();
    assert_eq!((outcome.len(), off_thread), (4, 3), "{outcome:?}");

    let one_thread = [REGENERATED[0], REGENERATED[1]];
    assert_eq!(drafts(read_value(&chat_of("gone", &one_thread))).len(), 1);
    let mut null = chat_of("", &one_thread);
    null["chat"]["history"]["currentId"] = Value::Null;
    assert_eq!(drafts(read_value(&null)).len(), 1);
}

#[test]
fn a_dangling_parent_is_named() {
    let rows = [("q", Some("gone"), "user", "x"), ("a", Some("q"), "assistant", "y")];
    assert_eq!(skips(read_value(&chat_of("a", &rows))), [("c1".into(), SkipReason::DanglingParent)]);
}

#[test]
fn content_that_is_no_text_costs_what_depends_on_it() {
    let mut chat = chat_of("b2", REGENERATED);
    chat["chat"]["history"]["messages"]["q2"]["content"] = json!({"image": "data:"});
    let outcome = read_value(&chat);
    let taken: Vec<&str> =
        outcome.candidates.iter().flatten().map(|draft| draft.source_id.as_str()).collect();
    assert_eq!(taken, ["c1/a1"]);
    assert_eq!(
        skips(outcome),
        [
            ("c1".into(), SkipReason::NonText),
            ("c1/b1".into(), SkipReason::NonText),
            ("c1/b3".into(), SkipReason::NonText)
        ]
    );
}

#[test]
fn times_may_be_missing_or_odd() {
    let mut chat = chat_of("b2", REGENERATED);
    chat["chat"]["history"]["messages"]["q1"].as_object_mut().unwrap().remove("timestamp");
    chat["chat"]["history"]["messages"]["a2"]["timestamp"] = json!("yesterday");
    chat["created_at"] = json!(-1e300);
    assert_eq!(drafts(read_value(&chat)).len(), 4);
}

#[test]
fn edited_questions_are_accounted_for() {
    let rows = [
        ("q1", None, "user", "Hm?"),
        ("a1", Some("q1"), "assistant", "Hm."),
        ("q2", None, "user", "Edited?"),
        ("a2", Some("q2"), "assistant", "Yes."),
    ];
    let outcome = read_value(&chat_of("a2", &rows));
    assert_eq!(outcome.candidates.iter().flatten().count(), 1);
    assert_eq!(skips(outcome), [("c1/q1".into(), SkipReason::AbandonedBranch)]);
}

#[test]
fn pairs_without_a_difference_a_question_or_an_answer_are_skipped() {
    let same = [REGENERATED[0], REGENERATED[1], ("a3", Some("q1"), "assistant", "No.")];
    assert_eq!(skips(read_value(&chat_of("a1", &same))), [("c1/a3".into(), SkipReason::IdenticalAnswers)]);
    let empty = [REGENERATED[0], REGENERATED[1], ("a3", Some("q1"), "assistant", "")];
    assert_eq!(skips(read_value(&chat_of("a1", &empty))), [("c1/a3".into(), SkipReason::EmptyMessage)]);
    let roots = [("a", None, "assistant", "Hi"), ("b", None, "assistant", "Ho")];
    let found = skips(read_value(&chat_of("a", &roots)));
    assert_eq!(found, [("c1".into(), SkipReason::NoAnswer), ("c1/b".into(), SkipReason::NoPrompt)]);
}

#[test]
fn a_stopped_answer_at_the_end_is_left_out() {
    let rows = [
        REGENERATED[0],
        REGENERATED[1],
        ("q2", Some("a1"), "user", "Why?"),
        ("b", Some("q2"), "assistant", ""),
    ];
    let outcome = read_value(&chat_of("b", &rows));
    assert_eq!(outcome.left_out, BTreeSet::from([LeftOut::EmptyEnds]));
    let Content::Thread(thread) = &drafts(outcome)[0].content else { panic!("not a thread") };
    assert_eq!(thread.len(), 3);
}

#[test]
fn files_and_ratings_are_left_out_and_counted() {
    let mut chat = chat_of("b2", REGENERATED);
    chat["chat"]["history"]["messages"]["q1"]["files"] = json!([{"type": "image"}]);
    chat["chat"]["history"]["messages"]["a2"]["annotation"] = json!({"rating": 1});
    chat["chat"]["history"]["messages"]["b2"]["files"] = json!([]);
    let outcome = read_value(&chat);
    assert_eq!(outcome.left_out, BTreeSet::from([LeftOut::Attachments, LeftOut::Ratings]));
}

#[test]
fn many_pairs_of_a_long_chat_are_bounded() {
    let long = "x".repeat(900_000);
    let names: Vec<String> = (0..100).map(|n| format!("a{n:03}")).collect();
    let mut rows = vec![("q", None, "user", long.as_str())];
    rows.extend(names.iter().map(|name| (name.as_str(), Some("q"), "assistant", name.as_str())));
    let outcome = read_value(&chat_of("a000", &rows));
    let bytes: usize = outcome.candidates.iter().flatten().map(|draft| body_len(&draft.content)).sum();
    assert!(bytes <= crate::limits::MAX_ITEM_OUTPUT_BYTES + crate::limits::MAX_ITEM_BYTES);
    let skipped = skips(outcome);
    assert!(!skipped.is_empty() && skipped.iter().all(|(_, why)| *why == SkipReason::TooManyPairs));
}

#[test]
fn a_deep_thread_is_walked_without_recursion() {
    let names: Vec<String> = (0..MAX_MESSAGES).map(|n| n.to_string()).collect();
    let rows: Vec<Row<'_>> = (0..MAX_MESSAGES)
        .map(|n| {
            (
                names[n].as_str(),
                n.checked_sub(1).map(|p| names[p].as_str()),
                ["user", "assistant"][n % 2],
                "x",
            )
        })
        .collect();
    let drafts = drafts(read_value(&chat_of(&names[MAX_MESSAGES - 1], &rows)));
    assert_eq!(texts(&drafts[0].content).count(), MAX_MESSAGES);
}
