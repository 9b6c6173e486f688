//! One chat out of a plain list of messages.

use crate::describe::{Claims, Description};
use crate::draft::{Content, DraftKind};
use crate::options::Options;
use crate::outcome::Outcome;
use crate::report::LeftOut;
use crate::thread::{Turn, drop_empty_end, thread};

/// Makes the draft of a chat, or says why there is none.
pub(crate) fn chat(
    mut turns: Vec<Turn>,
    claims: &Claims<'_>,
    source_id: String,
    options: &Options,
) -> Outcome {
    let mut outcome = Outcome::default();
    let cut = drop_empty_end(&mut turns);
    match thread(turns) {
        Ok(thread) => {
            let content = Content::Thread(thread);
            let description = Description::of(claims, content.texts(), options, &mut outcome.left_out);
            outcome.left_out.extend(cut.then_some(LeftOut::EmptyEnds));
            outcome.take(description.draft(DraftKind::Chat, content, source_id));
        }
        Err(why) => outcome.skip(source_id, why),
    }
    outcome
}
