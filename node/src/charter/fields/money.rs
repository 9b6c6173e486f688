//! What becomes of income.

use commonwheel_record::control::DividendMode;

use crate::charter::field::{Field, Section};
use crate::charter::setting::at;

pub(in crate::charter) const SECTION: Section = Section {
    name: "money",
    title: "Money",
    about: "",
    fields: &[
        Field {
            name: "reserve-permille",
            label: "reserve",
            question: "How many thousandths of income are kept as a reserve?",
            meaning: "A reserve carries the collective through a strike, when income stops. 100 is a tenth.",
            sentence: "Of income, {} are kept as a reserve.",
            shown: |d| {
                let thousandths = d.rules.reserve_permille;
                format!("{}.{} % ({thousandths} thousandths)", thousandths / 10, thousandths % 10)
            },
            place: at!(rules.reserve_permille),
            matters: |_| true,
        },
        Field {
            name: "dividend",
            label: "dividend",
            question: "How is the rest shared out: none, patronage, or equal?",
            meaning: "By patronage members get a part by what they contributed, equally everybody gets the same, and \
                      with none it stays with the collective.",
            sentence: "The rest is {}.",
            shown: |d| {
                match d.rules.dividend {
                    DividendMode::None => "not shared out (none)",
                    DividendMode::Patronage => "shared out by what each member contributed (patronage)",
                    DividendMode::Equal => "shared out among the members in equal parts (equal)",
                }
                .to_owned()
            },
            place: at!(rules.dividend),
            matters: |_| true,
        },
    ],
};
