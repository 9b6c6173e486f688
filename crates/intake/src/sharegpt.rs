//! ShareGPT: `{id?, conversations: [{from: system | human | gpt, value}]}`, in a list or one a line.

use serde::Deserialize;

use crate::chat::chat;
use crate::describe::{Claims, source_id};
use crate::limits::{MAX_MESSAGES, MAX_PARTS};
use crate::loose::{Bounded, Name, Text};
use crate::options::Options;
use crate::outcome::{Outcome, parse};
use crate::thread::turn;

#[derive(Deserialize)]
struct Item {
    #[serde(default)]
    id: Name,
    conversations: Bounded<Said, MAX_MESSAGES>,
    #[serde(default)]
    lang: Text,
    #[serde(default)]
    domain: Text,
    #[serde(default)]
    tags: Bounded<Text, MAX_PARTS>,
}

#[derive(Deserialize)]
struct Said {
    #[serde(default)]
    from: Text,
    #[serde(default)]
    value: Text,
}

/// Reads one item; `label` names it if it has no name of its own.
pub(crate) fn read(bytes: &[u8], label: &str, options: &Options) -> Outcome {
    parse(bytes).map_or_else(|why| Outcome::skipped(label, why), |item| read_item(item, label, options))
}

fn read_item(item: Item, label: &str, options: &Options) -> Outcome {
    let turns = item.conversations.0.into_iter().map(|said| turn(&said.from, said.value)).collect();
    let claims = Claims { lang: Some(&item.lang), domain: Some(&item.domain), tags: &item.tags.0 };
    chat(turns, &claims, source_id(&item.id, label), options)
}

#[cfg(test)]
mod tests {
    use commonwheel_record::body::{Content, Role};

    use super::*;
    use crate::draft::Draft;
    use crate::report::{Skip, SkipReason};

    fn read_one(json: &str) -> Result<Draft, Skip> {
        let mut outcome = read(json.as_bytes(), "item 1", &Options::default());
        assert_eq!(outcome.candidates.len(), 1);
        outcome.candidates.remove(0)
    }

    #[test]
    fn a_conversation_becomes_a_chat() {
        let draft = read_one(
            r#"{"id": "c7", "conversations": [
                {"from": "system", "value": "Be brief."},
                {"from": "human", "value": "Habari?"},
                {"from": "gpt", "value": "Nzuri."}], "lang": "swa", "domain": "greetings"}"#,
        )
        .unwrap();
        let Content::Thread(thread) = &draft.content else { panic!("not a thread") };
        assert_eq!(
            thread.iter().map(|m| m.role).collect::<Vec<_>>(),
            [Role::System, Role::User, Role::Assistant]
        );
        assert_eq!((draft.source_id.as_str(), draft.lang.as_str(), draft.labelled), ("c7", "sw", false));
    }

    #[test]
    fn bad_items_are_skipped_with_their_reason() {
        for (json, why) in [
            ("{", SkipReason::Malformed),
            (r#"{"conversations": 3}"#, SkipReason::Shape),
            (r#"{"conversations": ["hello"]}"#, SkipReason::Shape),
            (r#"{"conversations": []}"#, SkipReason::NoAnswer),
            (
                r#"{"conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": 5}]}"#,
                SkipReason::NonText,
            ),
            (r#"{"conversations": [{"value": "a"}]}"#, SkipReason::UnknownRole),
        ] {
            assert_eq!(read_one(json), Err(Skip { item: "item 1".into(), why }), "{json}");
        }
    }
}
