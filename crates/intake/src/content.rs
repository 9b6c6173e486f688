//! Sizes and texts of a body's content.

use commonwheel_record::body::{Content, Role, Turn};

use crate::limits::{BODY_RESERVE_BYTES, MAX_ITEM_BYTES, TURN_OVERHEAD_BYTES};

/// Every text of a content, in order: of a pair the prompt, then the chosen and the rejected answer.
pub fn texts(content: &Content) -> impl Iterator<Item = &str> {
    let (turns, plain, rows): ([&[Turn]; 3], Option<&str>, &[Vec<String>]) = match content {
        Content::Thread(thread) => ([thread, &[], &[]], None, &[]),
        Content::Pair { prompt, chosen, rejected } => ([prompt, chosen, rejected], None, &[]),
        Content::Text(text) => ([&[]; 3], Some(text), &[]),
        Content::Table(rows) => ([&[]; 3], None, rows),
    };
    let said = turns.into_iter().flatten().map(|turn| turn.text.as_str());
    said.chain(plain).chain(rows.iter().flatten().map(String::as_str))
}

/// An upper bound of the bytes a content takes in a body.
pub(crate) fn body_len(content: &Content) -> usize {
    texts(content).map(text_len).sum()
}

/// The part of [`body_len`] that one text accounts for.
pub(crate) fn text_len(text: &str) -> usize {
    text.len() + TURN_OVERHEAD_BYTES
}

/// Whether content of this many bytes leaves room in a body for what else it holds.
pub(crate) fn fits(len: usize) -> bool {
    len <= MAX_ITEM_BYTES - BODY_RESERVE_BYTES
}

/// The role that an export's own word means, if it is a known one.
pub(crate) fn role(word: &str) -> Option<Role> {
    match word.trim().to_ascii_lowercase().as_str() {
        "system" | "developer" => Some(Role::System),
        "user" | "human" | "prompter" => Some(Role::User),
        "assistant" | "gpt" | "chatgpt" | "bot" | "model" => Some(Role::Assistant),
        "tool" | "function" => Some(Role::Tool),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use commonwheel_record::body::Body;

    use super::*;

    fn turns(count: usize) -> Vec<Turn> {
        (0..count).map(|n| Turn { role: Role::User, text: n.to_string() }).collect()
    }

    #[test]
    fn roles_of_the_usual_exports_are_known() {
        assert_eq!(role("human"), Some(Role::User));
        assert_eq!(role("GPT"), Some(Role::Assistant));
        assert_eq!(role("narrator"), None);
    }

    #[test]
    fn what_fits_can_be_encoded() {
        let largest = MAX_ITEM_BYTES - BODY_RESERVE_BYTES - TURN_OVERHEAD_BYTES;
        let content = Content::Text("x".repeat(largest));
        assert!(fits(body_len(&content)));
        assert!(Body::of(content).encode().is_ok());
        assert!(!fits(text_len(&"x".repeat(largest + 1))));
    }

    #[test]
    fn the_bound_is_one() {
        for content in [
            Content::Thread(turns(70_000)),
            Content::Pair { prompt: turns(300), chosen: turns(1), rejected: turns(1) },
            Content::Text(String::new()),
        ] {
            let encoded = Body::of(content.clone()).encode().map_or(usize::MAX, |bytes| bytes.len());
            assert!(encoded <= body_len(&content) + BODY_RESERVE_BYTES || !fits(body_len(&content)));
        }
    }

    #[test]
    fn every_text_is_named() {
        let table = Content::Table(vec![vec!["a".into(), "b".into()], vec!["c".into()]]);
        assert_eq!(texts(&table).collect::<String>(), "abc");
        let pair = Content::Pair { prompt: turns(2), chosen: turns(1), rejected: turns(1) };
        assert_eq!(texts(&pair).collect::<String>(), "0100");
    }
}
