//! When contributions are released.

use super::count;
use crate::charter::field::{Field, Section};
use crate::charter::own::OrOwn;
use crate::charter::setting::at;

pub(in crate::charter) const SECTION: Section = Section {
    name: "releases",
    title: "Releases",
    about: "A contribution is kept to the collective's own nodes until a release opens it.",
    fields: &[
        Field {
            name: "cadence-days",
            label: "release cadence",
            question: "How many days lie between two releases?",
            meaning: "A cadence that others can rely on is worth something, and so is interrupting it. 0 sets none.",
            sentence: "Releases are made {}.",
            shown: |d| match d.rules.cadence_days {
                0 => "when the governance keys decide, at no cadence (0 days)".to_owned(),
                days => format!("every {}", count(days, "day")),
            },
            place: at!(rules.cadence_days),
            matters: |_| true,
        },
        Field {
            name: "release-feed",
            label: "release feed",
            question: "In which control feed are the releases that a rate limit counts (own, none, or a feed's id)?",
            meaning: "A strike that limits the monthly volume counts in the order of one feed, so that all nodes \
                      count alike. Without one such a strike holds back everything it covers.",
            sentence: "A strike that limits the monthly volume counts the releases in {}.",
            shown: |d| match d.release_feed {
                None => "no feed (none)".to_owned(),
                Some(OrOwn::Own) => "the founding node's control feed (own)".to_owned(),
                Some(OrOwn::Named(feed)) => format!("the feed {feed}"),
            },
            place: at!(release_feed),
            matters: |_| true,
        },
    ],
};
