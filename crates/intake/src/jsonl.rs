//! Messages JSONL: `{"messages": [{role, content}], lang?, domain?}` or `{"text": …, lang?, domain?}`, one a line.
//!
//! A plain text becomes an `example`: it shows how something is said, and nobody answers.

use commonwheel_record::ContributionKind;
use commonwheel_record::body::Content;
use serde::Deserialize;

use crate::chat::chat;
use crate::content::{body_len, fits, texts};
use crate::describe::{Claims, Description, source_id};
use crate::limits::{MAX_MESSAGES, MAX_PARTS};
use crate::loose::{Bounded, Name, Text};
use crate::options::Options;
use crate::outcome::{Outcome, parse};
use crate::report::SkipReason;
use crate::thread::turn;

#[derive(Deserialize)]
struct Item {
    #[serde(default)]
    id: Name,
    messages: Option<Bounded<Said, MAX_MESSAGES>>,
    text: Option<Text>,
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
    role: Text,
    #[serde(default)]
    content: Text,
}

/// Reads one item; `label` names it if it has no name of its own.
pub(crate) fn read(bytes: &[u8], label: &str, options: &Options) -> Outcome {
    parse(bytes).map_or_else(|why| Outcome::skipped(label, why), |item| read_item(item, label, options))
}

fn read_item(item: Item, label: &str, options: &Options) -> Outcome {
    let source_id = source_id(&item.id, label);
    let claims = Claims { lang: Some(&item.lang), domain: Some(&item.domain), tags: &item.tags.0 };
    match (item.messages, item.text) {
        (Some(messages), _) => {
            let turns = messages.0.into_iter().map(|said| turn(&said.role, said.content)).collect();
            chat(turns, &claims, source_id, options)
        }
        (None, Some(found)) => example(&found, &claims, source_id, options),
        (None, None) => Outcome::skipped(&source_id, SkipReason::Shape),
    }
}

fn example(found: &Text, claims: &Claims<'_>, source_id: String, options: &Options) -> Outcome {
    let content = match plain(found) {
        Ok(text) => Content::Text(text.to_owned()),
        Err(why) => return Outcome::skipped(&source_id, why),
    };
    if !fits(body_len(&content)) {
        return Outcome::skipped(&source_id, SkipReason::Oversize);
    }
    let mut outcome = Outcome::default();
    let description = Description::of(claims, texts(&content), options, &mut outcome.left_out);
    outcome.take(description.draft(ContributionKind::Example, content, source_id));
    outcome
}

/// A plain text, or the reason it is none.
fn plain(text: &Text) -> Result<&str, SkipReason> {
    match text {
        Text::Plain(text) if !text.trim().is_empty() => Ok(text),
        Text::Plain(_) | Text::Missing => Err(SkipReason::EmptyMessage),
        Text::Other => Err(SkipReason::NonText),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draft::{Draft, LangSource};
    use crate::report::Skip;

    fn read_one(json: &str) -> Result<Draft, Skip> {
        let mut outcome = read(json.as_bytes(), "line 1", &Options::default());
        assert_eq!(outcome.candidates.len(), 1);
        outcome.candidates.remove(0)
    }

    #[test]
    fn messages_become_a_chat_and_text_an_example() {
        let chat = read_one(
            r#"{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}], "lang": "en"}"#,
        )
        .unwrap();
        assert_eq!((chat.kind, chat.source_id.as_str()), (ContributionKind::Chat, "line 1"));

        let example = read_one(r#"{"lang": "bbj", "domain": "news", "text": "Mwâ'"}"#).unwrap();
        assert_eq!((example.kind, example.lang.as_str()), (ContributionKind::Example, "bbj"));
        assert_eq!(example.lang_source, LangSource::Data);
        assert_eq!(example.content, Content::Text("Mwâ'".into()));
    }

    #[test]
    fn bad_lines_are_skipped_with_their_reason() {
        let long = format!(r#"{{"text": "{}"}}"#, "x".repeat(1024 * 1024));
        for (json, why) in [
            ("not json", SkipReason::Malformed),
            (r#"{"text": "\ud800"}"#, SkipReason::Malformed),
            ("[]", SkipReason::Shape),
            ("{}", SkipReason::Shape),
            (r#"{"text": " "}"#, SkipReason::EmptyMessage),
            (r#"{"text": {"a": 1}}"#, SkipReason::NonText),
            (r#"{"messages": null}"#, SkipReason::Shape),
            (long.as_str(), SkipReason::Oversize),
        ] {
            assert_eq!(
                read_one(json),
                Err(Skip { item: "line 1".into(), why }),
                "{}",
                &json[..json.len().min(60)]
            );
        }
    }

    #[test]
    fn too_many_messages_are_noticed_early() {
        let many = format!(r#"{{"messages": [{}{{}}]}}"#, "{},".repeat(MAX_MESSAGES));
        assert_eq!(read_one(&many).unwrap_err().why, SkipReason::TooManyMessages);
    }
}
