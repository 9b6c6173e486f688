//! Bodies as JSON.

use commonwheel_record::body::{Body, Content, Turn};
use serde_json::{Value, json};

use super::with_extensions;

/// Renders a contribution's body.
#[must_use]
pub fn body(body: &Body) -> Value {
    let value = json!({
        "content": content(&body.content),
        "label": body.label,
        "intent": body.intent,
        "display_name": body.display_name,
        "raw_preferences": body.raw_preferences,
        "personal_data": body.personal_data,
    });
    with_extensions(value, &body.extensions)
}

fn content(content: &Content) -> Value {
    match content {
        Content::Thread(turns) => json!({ "thread": thread(turns) }),
        Content::Pair { prompt, chosen, rejected } => json!({
            "pair": { "prompt": thread(prompt), "chosen": thread(chosen), "rejected": thread(rejected) },
        }),
        Content::Text(text) => json!({ "text": text }),
        Content::Table(rows) => json!({ "table": rows }),
    }
}

fn thread(turns: &[Turn]) -> Vec<Value> {
    turns.iter().map(|turn| json!({ "role": turn.role.name(), "text": turn.text })).collect()
}
