//! Open WebUI's chat export: a list of chats, each a tree of messages.
//!
//! The active thread is the walk along `parentId` from `currentId`; it becomes the chat. Where an answer on it has
//! siblings, the person asked again and went on with this one: each sibling becomes a preference pair. `childrenIds`
//! is not read, since it says nothing that `parentId` does not, and the two may disagree.
//!
//! Older exports hold the chat itself without what wraps it, and still older ones a plain list of messages. The
//! account (`user_id`), the title, the models and all times are not read.

mod pairs;
mod tree;

use std::collections::BTreeSet;

use commonwheel_record::ContributionKind;
use commonwheel_record::body::Content;
use serde::Deserialize;

use crate::chat::chat;
use crate::describe::{Claims, Description, source_id};
use crate::limits::{MAX_MESSAGES, MAX_PARTS};
use crate::loose::{Bounded, BoundedMap, Name, Present, Text};
use crate::options::Options;
use crate::outcome::{Outcome, parse};
use crate::report::{LeftOut, SkipReason};
use crate::thread::{MaybeTurn, drop_empty_end, thread, turn};

use self::tree::{Active, Tree};

#[derive(Deserialize)]
struct Item {
    #[serde(default)]
    id: Name,
    chat: Option<Chat>,
    #[serde(default)]
    meta: Meta,
    // What follows stands here only in an export without wrapping.
    history: Option<History>,
    messages: Option<Bounded<Node, MAX_MESSAGES>>,
    #[serde(default)]
    tags: Bounded<Text, MAX_PARTS>,
}

#[derive(Deserialize)]
struct Chat {
    history: Option<History>,
    messages: Option<Bounded<Node, MAX_MESSAGES>>,
    #[serde(default)]
    tags: Bounded<Text, MAX_PARTS>,
}

#[derive(Default, Deserialize)]
struct Meta {
    #[serde(default)]
    tags: Bounded<Text, MAX_PARTS>,
}

#[derive(Deserialize)]
struct History {
    #[serde(default, rename = "currentId")]
    current: Name,
    messages: BoundedMap<Node, MAX_MESSAGES>,
}

#[derive(Debug, Default, Deserialize)]
struct Node {
    #[serde(default, rename = "parentId")]
    parent: Name,
    #[serde(default)]
    role: Text,
    #[serde(default)]
    content: Text,
    #[serde(default)]
    files: Present,
    #[serde(default)]
    annotation: Present,
}

/// Reads one item; `label` names it if it has no name of its own.
pub(crate) fn read(bytes: &[u8], label: &str, options: &Options) -> Outcome {
    parse(bytes).map_or_else(|why| Outcome::skipped(label, why), |item| read_item(item, label, options))
}

fn read_item(item: Item, label: &str, options: &Options) -> Outcome {
    let source_id = source_id(&item.id, label);
    let chat = item.chat.unwrap_or(Chat { history: item.history, messages: item.messages, tags: item.tags });
    let tags: Vec<Text> = item.meta.tags.0.into_iter().chain(chat.tags.0).collect();
    let claims = Claims { tags: &tags, ..Claims::default() };
    match (chat.history, chat.messages) {
        (Some(history), _) => read_tree(history, &claims, &source_id, options),
        (None, Some(list)) => read_list(list.0, &claims, source_id, options),
        (None, None) => Outcome::skipped(&source_id, SkipReason::Shape),
    }
}

fn read_list(list: Vec<Node>, claims: &Claims<'_>, source_id: String, options: &Options) -> Outcome {
    let left_out = left_out_of(list.iter());
    let turns = list.into_iter().map(|node| turn(&node.role, node.content)).collect();
    let mut outcome = chat(turns, claims, source_id, options);
    outcome.left_out.extend(left_out);
    outcome
}

fn read_tree(history: History, claims: &Claims<'_>, source_id: &str, options: &Options) -> Outcome {
    let mut tree = Tree::new(history.messages.0);
    let mut outcome = Outcome::default();
    let active = tree.active_thread(history.current.0.as_deref()).unwrap_or_else(|why| {
        outcome.skip(source_id.to_owned(), why);
        Active::default()
    });
    outcome.left_out.extend(left_out_of(active.nodes().iter().map(|&at| tree.node(at))));

    // Siblings are found before the thread's texts are taken out of the tree.
    let alternatives = pairs::alternatives(&tree, &active);
    let turns: Vec<MaybeTurn> = active.nodes().iter().map(|&at| tree.take_turn(at)).collect();
    let description = Description::of(claims, texts(&turns), options, &mut outcome.left_out);
    let pairs = pairs::read(&mut tree, &turns, alternatives, source_id, &description);
    if !active.nodes().is_empty() {
        read_thread(turns, source_id, &description, &mut outcome);
    }
    outcome.candidates.extend(pairs);
    outcome
}

fn read_thread(mut turns: Vec<MaybeTurn>, source_id: &str, description: &Description, outcome: &mut Outcome) {
    if drop_empty_end(&mut turns) {
        outcome.left_out.insert(LeftOut::EmptyEnds);
    }
    match thread(turns) {
        Ok(thread) => {
            outcome.take(description.draft(
                ContributionKind::Chat,
                Content::Thread(thread),
                source_id.to_owned(),
            ));
        }
        Err(why) => outcome.skip(source_id.to_owned(), why),
    }
}

fn texts(turns: &[MaybeTurn]) -> impl Iterator<Item = &str> {
    turns.iter().filter_map(|turn| turn.as_ref().ok()).map(|turn| turn.text.as_str())
}

fn left_out_of<'a>(nodes: impl Iterator<Item = &'a Node>) -> BTreeSet<LeftOut> {
    let of_node = |node: &Node| {
        let attachments = node.files.0.then_some(LeftOut::Attachments);
        attachments.into_iter().chain(node.annotation.0.then_some(LeftOut::Ratings))
    };
    nodes.flat_map(of_node).collect()
}

#[cfg(test)]
mod tests;
