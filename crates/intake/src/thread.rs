//! From an export's messages to a thread.

use commonwheel_record::body::{Role, Turn};

use crate::content::{fits, role, text_len};
use crate::loose::Text;
use crate::report::SkipReason;

/// A message as exported, or why it is none.
pub(crate) type MaybeTurn = Result<Turn, SkipReason>;

/// Reads one message.
pub(crate) fn turn(word: &Text, content: Text) -> MaybeTurn {
    let role = word.as_str().and_then(role).ok_or(SkipReason::UnknownRole)?;
    match content {
        Text::Other => Err(SkipReason::NonText),
        Text::Missing => Err(SkipReason::EmptyMessage),
        Text::Plain(text) if text.trim().is_empty() => Err(SkipReason::EmptyMessage),
        Text::Plain(text) => Ok(Turn { role, text }),
    }
}

/// Drops empty messages at the end: answers that were stopped before they began. Tells whether there were any.
pub(crate) fn drop_empty_end(turns: &mut Vec<MaybeTurn>) -> bool {
    let full =
        turns.iter().rposition(|turn| *turn != Err(SkipReason::EmptyMessage)).map_or(0, |last| last + 1);
    let any = full < turns.len();
    turns.truncate(full);
    any
}

/// Makes a thread: every message good, an answer among them, and small enough.
pub(crate) fn thread(turns: Vec<MaybeTurn>) -> Result<Vec<Turn>, SkipReason> {
    let turns = turns.into_iter().collect::<Result<Vec<_>, _>>()?;
    let answered = turns.iter().any(|turn| turn.role == Role::Assistant);
    if !answered || turns.len() < 2 {
        return Err(SkipReason::NoAnswer);
    }
    if !fits(turns.iter().map(|turn| text_len(&turn.text)).sum()) {
        return Err(SkipReason::Oversize);
    }
    Ok(turns)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(role: &str, content: &str) -> MaybeTurn {
        turn(&Text::Plain(role.into()), Text::Plain(content.into()))
    }

    #[test]
    fn empty_answers_at_the_end_are_dropped_and_elsewhere_refused() {
        let mut turns =
            vec![plain("user", "a"), plain("assistant", "b"), plain("user", "c"), plain("assistant", " ")];
        assert!(drop_empty_end(&mut turns));
        assert_eq!(thread(turns).unwrap().len(), 3);

        let mut turns = vec![plain("user", ""), plain("assistant", "b")];
        assert!(!drop_empty_end(&mut turns));
        assert_eq!(thread(turns), Err(SkipReason::EmptyMessage));
    }

    #[test]
    fn a_thread_needs_an_answer_and_must_fit() {
        assert_eq!(thread(vec![plain("user", "a"), plain("user", "b")]), Err(SkipReason::NoAnswer));
        assert_eq!(thread(vec![plain("gpt", "a")]), Err(SkipReason::NoAnswer));
        assert_eq!(thread(vec![]), Err(SkipReason::NoAnswer));
        let long = "x".repeat(600_000);
        assert_eq!(thread(vec![plain("user", &long), plain("gpt", &long)]), Err(SkipReason::Oversize));
    }

    #[test]
    fn odd_messages_say_what_is_odd() {
        assert_eq!(plain("alien", "a"), Err(SkipReason::UnknownRole));
        assert_eq!(turn(&Text::Other, Text::Missing), Err(SkipReason::UnknownRole));
        assert_eq!(turn(&Text::Plain("user".into()), Text::Other), Err(SkipReason::NonText));
    }
}
