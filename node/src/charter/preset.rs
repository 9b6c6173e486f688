//! Rules to begin with, as somebody who chooses among them reads about them.

pub(crate) use commonwheel_collective::Preset;

/// Says what a preset is like.
pub(crate) const fn about(preset: Preset) -> &'static str {
    match preset {
        Preset::Simple => "the governance keys decide; no ballot is asked for",
        Preset::Uk2016 => "half must vote and most of them say yes, 14 days' notice, half a year's mandate",
        Preset::Uk2016Important => "the same, and two fifths of everybody must say yes",
        Preset::Uk2026 => "half must vote and most of them say yes, 10 days' notice, a year's mandate",
        Preset::WorkerCoop => "one member one vote, dividends by patronage, and only a ballot lifts a strike",
        Preset::ConsumerCoop => "votes by shares up to a cap, made for many members who seldom vote",
    }
}
