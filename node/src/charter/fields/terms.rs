//! Under which licence and with which preferences contributions stand by default.

use commonwheel_api::Word;
use commonwheel_record::terms::Preference;

use super::either;
use crate::charter::document::LicenceTerms;
use crate::charter::field::{Field, Section};
use crate::charter::setting::at;

fn preference(preference: Preference) -> String {
    match preference {
        Preference::Unset => "left to the licence (unset)",
        Preference::Allow => "welcome (allow)",
        Preference::Deny => "refused (deny)",
    }
    .to_owned()
}

/// A preference about one purpose.
macro_rules! preference {
    ($name:literal, $field:ident, $label:literal, $question:literal, $sentence:literal) => {
        Field {
            name: $name,
            label: $label,
            question: $question,
            meaning: "allow, deny, or unset: then the licence alone decides. A preference is a wish that honest \
                      users keep, and no lock.",
            sentence: $sentence,
            shown: |d| preference(d.preferences.$field),
            place: at!(preferences.$field),
            matters: |_| true,
        }
    };
}

pub(in crate::charter) const SECTION: Section = Section {
    name: "terms",
    title: "Licence and preferences",
    about: "What is said of an item comes before what its member says of all of theirs, and that before what is said \
            here for the collective. Where two of the same rank conflict, the more restrictive one holds.",
    fields: &[
        Field {
            name: "licence",
            label: "default licence",
            question: "Under which licence are contributions that name none (an SPDX expression)?",
            meaning: "A contract (LicenseRef-…) can be ended, so a strike can recall what it covers. A Creative \
                      Commons licence, like every irrevocable one, cannot be taken back: what was released under it \
                      stays free for others for ever, strike or not.",
            sentence: "A contribution that names no licence is under {}.",
            shown: |d| format!("{} ({})", d.licence, d.licence.class().meaning()),
            place: at!(licence),
            matters: |_| true,
        },
        Field {
            name: "contract",
            label: "text of the contract",
            question: "What does a LicenseRef-… licence say (its text, the hash of its text, or none)?",
            meaning: "The charter holds the hash of the text, so nobody can change the text later.",
            sentence: "Where that licence is a contract, this is its text: {}",
            shown: |d| match &d.terms {
                LicenceTerms::None => "none is stated (none).".to_owned(),
                LicenceTerms::Hash(hash) => format!("the one whose hash is {}.", hash.text()),
                LicenceTerms::Text(text) => format!("“{text}”"),
            },
            place: at!(terms),
            matters: |d| d.licence.as_str().contains("LicenseRef-"),
        },
        preference!(
            "train",
            train,
            "training",
            "May models be trained on contributions?",
            "Where a contribution states no preference, training a model on it is {}."
        ),
        preference!(
            "ai-use",
            ai_use,
            "input to models",
            "May contributions be given to a model as input?",
            "Giving it to a model as input is {}."
        ),
        preference!(
            "search",
            search,
            "indexing",
            "May contributions be indexed and pointed to?",
            "Indexing it and pointing to it is {}."
        ),
        preference!(
            "evaluate",
            evaluate,
            "measuring models",
            "May models be measured with contributions?",
            "Measuring a model with it is {}."
        ),
        preference!(
            "tdm",
            tdm,
            "text and data mining",
            "May contributions be mined for patterns and statistics?",
            "Mining it for patterns and statistics is {}."
        ),
        Field {
            name: "locked",
            label: "members' own preferences",
            question: "Are these licence and preferences locked, so that members may only be stricter?",
            meaning: "Locked, the collective speaks with one voice and nobody undercuts it. Overridable, each member \
                      decides for their own contributions.",
            sentence: "For their own contributions members may state {}.",
            shown: |d| {
                either(d.preferences_locked, "stricter terms only (locked)", "other terms (overridable)")
            },
            place: at!(preferences_locked),
            matters: |_| true,
        },
    ],
};
