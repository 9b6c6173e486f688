//! What a strike needs, and how it ends.

use super::{count, either};
use crate::charter::field::{Field, Section};
use crate::charter::setting::at;

pub(in crate::charter) const SECTION: Section = Section {
    name: "strikes",
    title: "Strikes",
    about: "In a strike the collective withholds contributions together: nodes that honour it stop passing them on.",
    fields: &[
        Field {
            name: "ballot-required",
            label: "what a strike needs",
            question: "Does a strike need a ballot that the members carried?",
            meaning: "If it does, no key can declare one alone, and no node honours one without. Ballots are closed \
                      by witnesses, so the charter must name at least one.",
            sentence: "A strike needs {}.",
            shown: |d| {
                let (members, keys) =
                    ("a ballot that the members carried", "the governance keys, and no ballot");
                either(d.rules.mandate_required, members, keys)
            },
            place: at!(rules.mandate_required),
            matters: |_| true,
        },
        Field {
            name: "notice-days",
            label: "notice before a strike",
            question: "How many days' notice does a strike give after its ballot?",
            meaning: "Notice gives the other side time to settle, and members time to prepare.",
            sentence: "Between the end of its ballot and the beginning of a strike lie at least {}.",
            shown: |d| count(d.rules.notice_days, "day"),
            place: at!(rules.notice_days),
            matters: |_| true,
        },
        Field {
            name: "mandate-days",
            label: "length of a mandate",
            question: "For how many days after its ballot does a mandate hold?",
            meaning: "After that a strike ends by itself, and a new one needs a new ballot.",
            sentence: "The mandate of a ballot ends {} after it; so does whatever strike rests on it.",
            shown: |d| count(d.rules.mandate_days, "day"),
            place: at!(rules.mandate_days),
            matters: |_| true,
        },
        Field {
            name: "emergency-hours",
            label: "emergency strike",
            question: "For how many hours may the governance keys strike in an emergency, before any ballot?",
            meaning: "It buys the time to ask the members, and lapses unless they ratify it. 0 allows none.",
            sentence: "Where a strike needs a ballot, the governance keys may strike in an emergency without one {}; \
                       it lapses unless a ballot ratifies it.",
            shown: |d| match d.rules.emergency_hours {
                0 => "for 0 hours, that is never".to_owned(),
                hours => format!("for at most {}", count(hours, "hour")),
            },
            place: at!(rules.emergency_hours),
            matters: |d| d.rules.mandate_required,
        },
        Field {
            name: "lift-by-ballot",
            label: "who may lift a strike",
            question: "May a strike that the members voted for be lifted by a ballot only?",
            meaning: "If yes, nobody can call off the members' strike for them. If no, the governance keys can, which \
                      is quicker when a settlement is reached.",
            sentence: "A strike that the members voted for is lifted by {}.",
            shown: |d| either(d.rules.lift_by_ballot, "a ballot only", "a ballot or by the governance keys"),
            place: at!(rules.lift_by_ballot),
            matters: |_| true,
        },
    ],
};
