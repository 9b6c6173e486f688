//! The words of the ledger.

use std::fmt;

use commonwheel_intake::Format;
use commonwheel_intake::waiting::{ItemId, Stage};
use commonwheel_record::attestation::{EmbargoState, NodeRole};
use commonwheel_record::control::{
    DividendMode, LiftReason, Party, Power, Range, Ratio, Reach, Rung, Variant, VoteWeight, WithdrawalClass,
};
use commonwheel_record::manifest::{FeedAudience, Purpose as FeedPurpose};
use commonwheel_record::terms::{Condition, Language, Licence, Preference, Purpose, Region, Slug};
use commonwheel_record::{
    Attribution, CollectiveId, ContributionKind, FeedId, Hash, NetworkId, PublicKey, RecordId, Tier, hex,
};

use super::{Word, WordError};

macro_rules! parsed {
    ($($name:ty),+) => {
        $(impl Word for $name {
            fn text(&self) -> String {
                self.to_string()
            }

            fn read(text: &str) -> Result<Self, WordError> {
                text.parse().map_err(WordError::new)
            }
        })+
    };
}

parsed!(CollectiveId, FeedId, NetworkId, PublicKey, RecordId, Slug, Language, Stage, Format, Region);

macro_rules! named {
    ($($name:ty),+) => {
        $(impl Word for $name {
            fn text(&self) -> String {
                self.name().to_owned()
            }

            fn read(text: &str) -> Result<Self, WordError> {
                Self::named(text).ok_or_else(|| expected(Self::ALL.iter().map(|value| value.name())))
            }
        })+
    };
}

named!(
    ContributionKind,
    Tier,
    Attribution,
    Reach,
    Rung,
    LiftReason,
    WithdrawalClass,
    Power,
    NodeRole,
    EmbargoState,
    FeedAudience,
    FeedPurpose,
    VoteWeight,
    DividendMode
);

macro_rules! spelled {
    ($($name:ty),+) => {
        $(impl Word for $name {
            fn text(&self) -> String {
                self.to_string()
            }

            fn read(text: &str) -> Result<Self, WordError> {
                text.parse().map_err(|_| expected(Self::ALL))
            }
        })+
    };
}

spelled!(Condition, Purpose);

fn expected<T: fmt::Display>(words: impl IntoIterator<Item = T>) -> WordError {
    let words: Vec<String> = words.into_iter().map(|word| word.to_string()).collect();
    WordError(format!("expected one of {}", words.join(", ")))
}

impl Word for Preference {
    fn text(&self) -> String {
        self.as_str().to_owned()
    }

    fn read(text: &str) -> Result<Self, WordError> {
        text.parse().map_err(WordError::new)
    }
}

impl Word for Licence {
    fn text(&self) -> String {
        self.as_str().to_owned()
    }

    fn read(text: &str) -> Result<Self, WordError> {
        Self::parse(text).map_err(WordError::new)
    }
}

impl Word for Hash {
    fn text(&self) -> String {
        hex::encode(&self.0)
    }

    fn read(text: &str) -> Result<Self, WordError> {
        hex::decode(text).map(Self).ok_or_else(|| WordError::new("a hash is 64 hexadecimal digits"))
    }
}

impl Word for ItemId {
    fn text(&self) -> String {
        self.to_string()
    }

    fn read(text: &str) -> Result<Self, WordError> {
        Self::parse(text).ok_or_else(|| WordError::new("an item is named by 64 hexadecimal digits"))
    }
}

/// A fraction as `1/2`; as people type it also `0` and `1`.
impl Word for Ratio {
    fn text(&self) -> String {
        format!("{}/{}", self.over, self.under)
    }

    fn read(text: &str) -> Result<Self, WordError> {
        let (over, under) = text.split_once('/').unwrap_or((text, "1"));
        let ratio = || Some(Self { over: over.trim().parse().ok()?, under: under.trim().parse().ok()? });
        let fraction = ratio().filter(|ratio| ratio.under > 0 && ratio.over <= ratio.under);
        fraction.ok_or_else(|| WordError::new("a ratio is a fraction between 0 and 1, such as 1/2 or 2/3"))
    }
}

/// `node:<key>` or `collective:<id>`.
impl Word for Party {
    fn text(&self) -> String {
        match self {
            Self::Node(key) => format!("node:{key}"),
            Self::Collective(collective) => format!("collective:{collective}"),
        }
    }

    fn read(text: &str) -> Result<Self, WordError> {
        let party = match text.split_once(':') {
            Some(("node", key)) => key.parse().map(Self::Node).ok(),
            Some(("collective", id)) => id.parse().map(Self::Collective).ok(),
            _ => None,
        };
        party.ok_or_else(|| {
            WordError::new("a party is node:<key> or collective:<id>, in 64 hexadecimal digits")
        })
    }
}

/// `<feed>/<first>..<end>`, the end not included; `<feed>/<index>` for one position.
impl Word for Range {
    fn text(&self) -> String {
        format!("{}/{}..{}", self.feed, self.start, self.end)
    }

    fn read(text: &str) -> Result<Self, WordError> {
        range(text).ok_or_else(|| {
            WordError::new("a range is <feed>/<first>..<end> (the end not included) or <feed>/<index>")
        })
    }
}

fn range(text: &str) -> Option<Range> {
    let (feed, positions) = text.split_once('/')?;
    let (start, end) = match positions.split_once("..") {
        Some((start, end)) => (start.parse().ok()?, end.parse().ok()?),
        None => {
            let index: u64 = positions.parse().ok()?;
            (index, index.checked_add(1)?)
        }
    };
    (start < end).then_some(Range { feed: feed.parse().ok()?, start, end })
}

/// The variant's name, with its argument behind `=`: `pause`, `rate-limit=100`, `preference-shift=pay`.
impl Word for Variant {
    fn text(&self) -> String {
        match self {
            Self::PreferenceShift(condition) => format!("{}={condition}", self.name()),
            Self::RateLimit(records) => format!("{}={records}", self.name()),
            _ => self.name().to_owned(),
        }
    }

    fn read(text: &str) -> Result<Self, WordError> {
        match text.split_once('=') {
            None => match text {
                "quality-freeze" => Ok(Self::QualityFreeze),
                "pause" => Ok(Self::Pause),
                "evaluation-only" => Ok(Self::EvaluationOnly),
                _ => Err(variants()),
            },
            Some(("preference-shift", condition)) => Condition::read(condition).map(Self::PreferenceShift),
            Some(("rate-limit", records)) => records
                .parse()
                .map(Self::RateLimit)
                .map_err(|_| WordError::new("rate-limit=<records a month> takes a whole number")),
            Some(_) => Err(variants()),
        }
    }
}

fn variants() -> WordError {
    expected([
        "pause",
        "quality-freeze",
        "evaluation-only",
        "preference-shift=<condition>",
        "rate-limit=<records a month>",
    ])
}
