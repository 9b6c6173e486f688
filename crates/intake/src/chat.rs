//! One chat out of a plain list of messages.

use commonwheel_record::ContributionKind;
use commonwheel_record::body::Content;

use crate::content::texts;
use crate::describe::{Claims, Description};
use crate::options::Options;
use crate::outcome::Outcome;
use crate::report::LeftOut;
use crate::thread::{MaybeTurn, drop_empty_end, thread};

/// Makes the draft of a chat, or says why there is none.
pub(crate) fn chat(
    mut turns: Vec<MaybeTurn>,
    claims: &Claims<'_>,
    source_id: String,
    options: &Options,
) -> Outcome {
    let mut outcome = Outcome::default();
    let cut = drop_empty_end(&mut turns);
    match thread(turns) {
        Ok(thread) => {
            let content = Content::Thread(thread);
            let description = Description::of(claims, texts(&content), options, &mut outcome.left_out);
            outcome.left_out.extend(cut.then_some(LeftOut::EmptyEnds));
            outcome.take(description.draft(ContributionKind::Chat, content, source_id));
        }
        Err(why) => outcome.skip(source_id, why),
    }
    outcome
}
