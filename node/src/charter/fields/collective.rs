//! What the collective is called.

use crate::charter::field::{Field, Section};
use crate::charter::setting::at;

pub(in crate::charter) const SECTION: Section = Section {
    name: "",
    title: "The collective",
    about: "",
    fields: &[Field {
        name: "name",
        label: "name",
        question: "What is the collective called?",
        meaning: "The name is public: every node shows it. Its members and others know the collective by it.",
        sentence: "The collective is called {}.",
        shown: |d| d.name.clone(),
        place: at!(name),
        matters: |_| true,
    }],
};
