//! Real exports that nobody on this project wrote: every item of them is accounted for.
//!
//! The data is not part of the project. It is read beside it, and a test says so where it is absent.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use commonwheel_intake::content::texts;
use commonwheel_intake::{Draft, Format, ImportReport, LangSource, LeftOut, Options, import_all};
use commonwheel_record::ContributionKind;
use commonwheel_record::body::Content;
use serde_json::Value;

fn data(file: &str) -> Option<Vec<u8>> {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(file);
    if !path.exists() {
        eprintln!("SKIPPED: {} is not there", path.display());
        return None;
    }
    Some(std::fs::read(&path).expect("the file can be read"))
}

fn import(bytes: &[u8]) -> (Vec<Draft>, ImportReport) {
    let (drafts, report) = import_all(bytes, Options::default()).expect("the export is a good one");
    let accounted = report.taken_total() + report.duplicates + report.known + report.skipped_total();
    assert_eq!(report.read, accounted);
    assert_eq!(report.taken_total(), drafts.len() as u64);
    assert_eq!(report.bytes, bytes.len() as u64);
    (drafts, report)
}

fn lines(bytes: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(bytes).expect("UTF-8");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// The sibling answers of a chat, counted from the lists of children, which the importer does not read.
fn sibling_answers(chat: &Value) -> usize {
    let messages = chat["chat"]["history"]["messages"].as_object().expect("a map");
    let is_answer = |id: &Value| messages[id.as_str().expect("a name")]["role"] == "assistant";
    let answers = |node: &Value| {
        node["childrenIds"].as_array().expect("a list").iter().filter(|id| is_answer(id)).count()
    };
    messages.values().map(|node| answers(node).saturating_sub(1)).sum()
}

/// The texts on the way down from the root to the current message, found by depth-first search.
fn active_texts(chat: &Value) -> Vec<String> {
    fn search(messages: &Value, at: &str, goal: &str, path: &mut Vec<String>) -> bool {
        path.push(messages[at]["content"].as_str().expect("text").to_owned());
        let children = messages[at]["childrenIds"].as_array().expect("a list");
        let found = at == goal
            || children.iter().any(|id| search(messages, id.as_str().expect("a name"), goal, path));
        if !found {
            path.pop();
        }
        found
    }
    let history = &chat["chat"]["history"];
    let messages = history["messages"].as_object().expect("a map");
    let roots = messages.iter().filter(|(_, node)| node["parentId"].is_null());
    let goal = history["currentId"].as_str().expect("a name");
    let mut path = Vec::new();
    assert!(roots.into_iter().any(|(id, _)| search(&history["messages"], id, goal, &mut path)));
    path
}

#[test]
fn open_webui() {
    let Some(bytes) = data("openwebui-export.json") else { return };
    let export: Vec<Value> = serde_json::from_slice(&bytes).unwrap();
    let siblings: usize = export.iter().map(sibling_answers).sum();
    let (drafts, report) = import(&bytes);

    assert_eq!(report.format, Some(Format::OpenWebui));
    assert_eq!((export.len(), report.items), (384, 384));
    assert_eq!(report.taken[&ContributionKind::Chat], 384);
    assert!(siblings > 0);
    assert_eq!(report.taken[&ContributionKind::PreferencePair], siblings as u64);
    assert_eq!((report.skipped_total(), report.duplicates), (0, 0), "{report:?}");

    let chats: BTreeMap<&str, &Draft> = drafts
        .iter()
        .filter(|draft| draft.kind == ContributionKind::Chat)
        .map(|draft| (draft.source_id.as_str(), draft))
        .collect();
    for chat in &export {
        let draft = chats[chat["id"].as_str().unwrap()];
        assert_eq!(texts(&draft.content).collect::<Vec<_>>(), active_texts(chat));
        assert_eq!(draft.domain.as_ref().unwrap().as_str(), chat["meta"]["tags"][0].as_str().unwrap());
    }
}

#[test]
fn open_webui_pairs_prefer_the_active_answer() {
    let Some(bytes) = data("openwebui-export.json") else { return };
    let (drafts, _) = import(&bytes);
    for pair in drafts.iter().filter(|draft| draft.kind == ContributionKind::PreferencePair) {
        let chat_id = pair.source_id.split('/').next().unwrap();
        let chat = drafts.iter().find(|draft| draft.source_id == chat_id).unwrap();
        let (Content::Thread(thread), Content::Pair { prompt, chosen, rejected }) =
            (&chat.content, &pair.content)
        else {
            panic!("a chat and its pair");
        };
        assert!(thread.starts_with(prompt));
        assert_eq!(thread[prompt.len()], chosen[0]);
        assert!(rejected[0].text.starts_with("(regenerated)"));
    }
}

#[test]
fn open_webui_leaves_accounts_behind() {
    let Some(bytes) = data("openwebui-export.json") else { return };
    let export: Vec<Value> = serde_json::from_slice(&bytes).unwrap();
    let users: BTreeSet<&str> = export.iter().map(|chat| chat["user_id"].as_str().unwrap()).collect();
    let (drafts, report) = import(&bytes);
    let all = format!("{drafts:?}") + &serde_json::to_string(&report).unwrap();
    assert!(users.iter().all(|user| !all.contains(user)));
}

#[test]
fn sharegpt() {
    let Some(bytes) = data("sharegpt.json") else { return };
    let export: Vec<Value> = serde_json::from_slice(&bytes).unwrap();
    let (drafts, report) = import(&bytes);
    assert_eq!(report.format, Some(Format::Sharegpt));
    assert_eq!((drafts.len(), report.skipped_total(), report.duplicates), (128, 0, 0));
    for (item, draft) in export.iter().zip(&drafts) {
        let said =
            item["conversations"].as_array().unwrap().iter().map(|said| said["value"].as_str().unwrap());
        assert!(texts(&draft.content).eq(said));
    }
}

#[test]
fn messages() {
    let Some(bytes) = data("messages.jsonl") else { return };
    let (drafts, report) = import(&bytes);
    assert_eq!(report.format, Some(Format::Messages));
    assert_eq!((drafts.len(), report.skipped_total(), report.duplicates), (179, 0, 0));
    // One chat ends in an answer without a word.
    assert_eq!(report.left_out, BTreeMap::from([(LeftOut::EmptyEnds, 1)]));
    for (line, draft) in lines(&bytes).iter().zip(&drafts) {
        let said = line["messages"].as_array().unwrap().iter().map(|said| said["content"].as_str().unwrap());
        assert!(texts(&draft.content).eq(said.filter(|text| !text.is_empty())));
        assert_eq!(draft.domain.as_ref().unwrap().as_str(), line["domain"].as_str().unwrap());
        assert_eq!(draft.lang.as_str(), "en");
    }
}

#[test]
fn masakhaner() {
    let Some(bytes) = data("masakhaner.jsonl") else { return };
    let lines = lines(&bytes);
    let (drafts, report) = import(&bytes);
    assert_eq!((lines.len(), report.read), (3230, 3230));

    // Thirty sentences stand in the file twice.
    let distinct: BTreeSet<&str> = lines.iter().map(|line| line["text"].as_str().unwrap()).collect();
    assert_eq!(drafts.len(), distinct.len());
    assert_eq!(report.duplicates, (lines.len() - distinct.len()) as u64);
    assert_eq!(report.taken[&ContributionKind::Example], 3200);
    assert_eq!(report.skipped_total(), 0);

    assert!(drafts.iter().all(|draft| draft.lang_source == LangSource::Data));
    let langs: BTreeSet<&str> = drafts.iter().map(|draft| draft.lang.as_str()).collect();
    let expected = "bbj bm ee fon ha ig lg luo mos pcm rw sw tn tw wo yo";
    assert_eq!(langs, expected.split(' ').collect());
}

#[test]
fn a_second_import_gives_nothing_new() {
    for file in ["openwebui-export.json", "sharegpt.json", "messages.jsonl", "masakhaner.jsonl"] {
        let Some(bytes) = data(file) else { continue };
        let (drafts, _) = import(&bytes);
        let known: Vec<_> = drafts.iter().map(Draft::content_hash).collect();
        let mut again =
            commonwheel_intake::Import::new(bytes.as_slice(), Options::default()).unwrap().knowing(known);
        assert!(again.next().is_none(), "{file}");
        assert_eq!(again.report().known, again.report().read);
    }
}
