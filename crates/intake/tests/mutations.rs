//! No input panics, and whatever comes of it is in bounds and accounted for.

use commonwheel_intake::content::texts;
use commonwheel_intake::limits::MAX_SOURCE_ID_BYTES;
use commonwheel_intake::{Draft, Format, Import, Options};
use commonwheel_record::body::Body;
use proptest::prelude::*;
use serde_json::{Value, json};

const SEEDS: [&str; 5] = [
    r#"[{"id":"c","user_id":"u","chat":{"history":{"currentId":"b","messages":{
        "a":{"parentId":null,"childrenIds":["b","d"],"role":"user","content":"Salut?","timestamp":1},
        "b":{"parentId":"a","childrenIds":[],"role":"assistant","content":"Salut."},
        "d":{"parentId":"a","childrenIds":[],"role":"assistant","content":"Oui?"}}}},"meta":{"tags":["x"]}}]"#,
    r#"[{"id":"s","conversations":[{"from":"human","value":"a"},{"from":"gpt","value":"b"}]}, {"conversations":[]}]"#,
    "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"assistant\",\"content\":\"b\"}],\"lang\":\"swa\"}\n\n{\"text\":\"c\",\"domain\":\"d\"}\n",
    "{\n \"chat\": {\"messages\": [\n {\"role\":\"user\",\"content\":\"\\u00e9\"}, {\"role\":\"assistant\",\"content\":[\"b\"]}]}}",
    "\u{feff}{\"text\":\"moja\"}\r\n{\"text\":\"mbili\"}",
];

/// Reads an input to its end, under a named format or none, and checks the account.
fn check(bytes: &[u8], format: Option<Format>) {
    let options = Options { format, ..Options::default() };
    let mut import = Import::new(bytes, options).expect("memory can be read");
    let drafts: Vec<Draft> = import.by_ref().filter_map(Result::ok).collect();
    assert!(import.next().is_none());
    for draft in &drafts {
        assert!(Body::of(draft.content.clone()).encode().is_ok());
        assert!(draft.source_id.len() <= 2 * MAX_SOURCE_ID_BYTES + 1);
        assert!(texts(&draft.content).next().is_some());
    }
    let report = import.report();
    let accounted = report.taken_total() + report.duplicates + report.known + report.skipped_total();
    assert_eq!((report.read, report.taken_total()), (accounted, drafts.len() as u64));
    assert!(report.bytes <= bytes.len() as u64);
}

fn check_all(bytes: &[u8]) {
    check(bytes, None);
    for format in Format::ALL {
        check(bytes, Some(format));
    }
}

/// JSON of the importers' own keys with values that do not belong there.
fn odd_json() -> impl Strategy<Value = Value> {
    let word = prop_oneof![
        Just("a".to_owned()),
        Just("b".to_owned()),
        Just("user".to_owned()),
        Just("assistant".to_owned()),
        Just("text".to_owned()),
        ".{0,12}",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        word.prop_map(Value::from),
    ];
    let key = prop::sample::select(vec![
        "id",
        "chat",
        "history",
        "currentId",
        "messages",
        "parentId",
        "childrenIds",
        "role",
        "content",
        "files",
        "annotation",
        "conversations",
        "from",
        "value",
        "text",
        "type",
        "lang",
        "domain",
        "tags",
        "meta",
        "a",
        "b",
    ]);
    leaf.prop_recursive(7, 96, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(key.clone().prop_map(str::to_owned), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// A tree whose nodes point anywhere: at each other, at themselves, at nothing.
fn odd_tree() -> impl Strategy<Value = Value> {
    let role = prop::sample::select(vec!["user", "assistant", "assistant", "system", "alien"]);
    let parent = prop::option::of(0_u8..14);
    let node = (parent, role, prop::sample::select(vec!["x", "y", "z", "", " "]));
    (prop::collection::vec(node, 0..12), prop::option::of(0_u8..14)).prop_map(|(nodes, current)| {
        let name = |at: Option<u8>| at.map(|at| at.to_string());
        let messages: serde_json::Map<String, Value> = nodes
            .into_iter()
            .enumerate()
            .map(|(at, (parent, role, content))| {
                (at.to_string(), json!({"parentId": name(parent), "role": role, "content": content}))
            })
            .collect();
        json!([{"id": "t", "chat": {"history": {"currentId": name(current), "messages": messages}}}])
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        check_all(&bytes);
    }

    #[test]
    fn bytes_changed_cut_and_repeated(
        seed in prop::sample::select(SEEDS.to_vec()),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0_u8..4), 1..8),
    ) {
        let mut bytes = seed.as_bytes().to_vec();
        for (index, byte, edit) in edits {
            if bytes.is_empty() {
                break;
            }
            let at = index.index(bytes.len());
            match edit {
                0 => bytes[at] = byte,
                1 => bytes.truncate(at),
                2 => bytes.insert(at, byte),
                _ => bytes.extend_from_within(at..),
            }
        }
        check_all(&bytes);
    }

    #[test]
    fn json_of_the_wrong_shape(value in odd_json(), listed in any::<bool>()) {
        let value = if listed { json!([value]) } else { value };
        check_all(value.to_string().as_bytes());
        check_all(serde_json::to_string_pretty(&value).unwrap().as_bytes());
    }

    #[test]
    fn trees_of_any_links(tree in odd_tree()) {
        check(tree.to_string().as_bytes(), None);
    }
}

#[test]
fn seeds_are_good_before_they_are_changed() {
    for seed in SEEDS {
        let mut import = Import::new(seed.as_bytes(), Options::default()).unwrap();
        let drafts = import.by_ref().map(Result::unwrap).count();
        assert!(drafts > 0, "{seed}");
    }
}

#[test]
fn deep_nesting_is_a_skip() {
    for text in ["[".repeat(100_000), format!("[{}{}]", "[".repeat(100_000), "]".repeat(100_000))] {
        check_all(text.as_bytes());
    }
    let line =
        format!("{{\"text\": {}1{}}}\n{{\"text\": \"good\"}}\n", "[".repeat(100_000), "]".repeat(100_000));
    let mut import = Import::new(line.as_bytes(), Options::default()).unwrap();
    assert_eq!(import.by_ref().filter(Result::is_ok).count(), 1);
    assert_eq!(import.report().skipped_total(), 1);
}
