//! What stands beside leaves: manifests, submissions' bodies, contributions' bodies.

use commonwheel_record::body::{Body, Content, Role, Turn};
use commonwheel_record::manifest::{FeedAudience, Manifest, Prologue, Purpose};
use commonwheel_record::submission::{SubmissionBody, item_hash, text_hash};
use commonwheel_record::{CollectiveId, Hash};

use super::List;
use crate::samples::{
    collective, contribution, contribution_leaf, counts, extensions, feed, key, manifest, network,
};

pub(super) fn manifests() -> List {
    let mut list = List::of("manifest");
    for purpose in Purpose::ALL {
        for audience in FeedAudience::ALL {
            let manifest = Manifest { purpose: *purpose, audience: *audience, ..manifest() };
            list.add(format!("{purpose} feed for {audience}"), &manifest.encode());
        }
    }
    let first = Manifest { collective: CollectiveId([0; 32]), purpose: Purpose::Control, ..manifest() };
    list.add("the first control feed, of no collective yet", &first.encode());
    let prologue = Some(Prologue { feed: feed(0xda), size: 70_000, root: Hash([0x70; 32]) });
    list.add("a feed that continues another", &Manifest { prologue, ..manifest() }.encode());
    list
}

pub(super) fn submissions() -> List {
    let mut list = List::of("submission");
    let leaf = contribution_leaf(contribution());
    let consent = text_hash(&network(), "I agree.");
    for count in [1u8, 3, 40] {
        let items = (0..count).map(|at| item_hash(&network(), &[at; 32], &leaf)).collect();
        let body = SubmissionBody::sign(&network(), &key(7), collective(), consent, 1_790_000_000, items);
        list.add(format!("items: {count}"), &body.expect("within the limits").encode());
    }
    list
}

fn turns(texts: &[(Role, &str)]) -> Vec<Turn> {
    texts.iter().map(|(role, text)| Turn { role: *role, text: (*text).to_owned() }).collect()
}

pub(super) fn bodies() -> List {
    let mut list = List::of("body");
    let thread = turns(&[
        (Role::System, "Answer briefly."),
        (Role::User, "Habari ya asubuhi?"),
        (Role::Tool, "{\"time\":\"07:00\"}"),
        (Role::Assistant, "Nzuri! 🌅"),
    ]);
    let plain = Body::of(Content::Thread(thread));
    let full = Body {
        label: Some("4".to_owned()),
        intent: Some("for models that speak Swahili".to_owned()),
        display_name: Some("Amina".to_owned()),
        raw_preferences: Some("train-ai=n".to_owned()),
        personal_data: counts([("email", 2), ("phone", 0)]),
        extensions: extensions([(2, b"x"), (3, b"y")]),
        ..plain.clone()
    };
    let pair = Content::Pair {
        prompt: turns(&[(Role::User, "2 + 2?")]),
        chosen: turns(&[(Role::Assistant, "4")]),
        rejected: turns(&[(Role::Assistant, "5")]),
    };
    let row = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
    let table = Content::Table(vec![row(["plant", "yield"]), row(["maize", "3.1"]), row(["", "\"n/a\""])]);
    for (name, body) in [
        ("thread with every role", plain),
        ("thread with every field", full),
        ("thread without turns", Body::of(Content::Thread(vec![]))),
        ("preference pair", Body::of(pair)),
        ("text of several lines", Body::of(Content::Text("one\ntwo\r\n\tthree\u{0}".to_owned()))),
        ("empty text", Body::of(Content::Text(String::new()))),
        ("table", Body::of(table)),
    ] {
        list.add(name, &body.encode().expect("within the limits"));
    }
    list
}
