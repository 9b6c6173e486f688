//! Charters drawn from a seed.

use commonwheel_record::{SecretKey, hex};
use toml::Value;

use crate::charter::Document;
use crate::charter::field;

/// SplitMix64.
pub(super) struct Draw(pub(super) u64);

impl Draw {
    pub(super) fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> i64 {
        (self.number() % bound).try_into().unwrap()
    }

    fn pick(&mut self, of: &[&str]) -> Value {
        Value::String(of[usize::try_from(self.number() % of.len() as u64).unwrap()].to_owned())
    }

    fn hash(&mut self) -> String {
        hex::encode(&SecretKey::from_seed(&[self.number() as u8; 32]).public().0)
    }

    fn hashes(&mut self, least: u64) -> Value {
        let mut words: Vec<Value> = (0..least + self.number() % 3).map(|_| self.hash().into()).collect();
        if self.number().is_multiple_of(3) {
            words.push("own".into());
        }
        Value::Array(words)
    }

    fn ratio(&mut self) -> Value {
        let under = 1 + self.below(12);
        format!("{}/{under}", self.below(under.unsigned_abs() + 1)).into()
    }

    /// Draws a value for a field: one that a charter may have.
    pub(super) fn value(&mut self, path: &str) -> Value {
        match path {
            "name" => self.pick(&["Riverside", "Süd*wind", "a <b> & [c](d) `e`", "# no heading", "1 | 2"]),
            "votes.weight" => self.pick(&["one-member-one-vote", "shares"]),
            "votes.cap" => (1 + self.below(50)).into(),
            "votes.turnout" | "votes.majority" | "votes.support-floor" => self.ratio(),
            "votes.petition" => self.below(33).into(),
            "votes.abstentions-count" | "votes.secret" | "strikes.ballot-required" => {
                (self.below(2) == 0).into()
            }
            "strikes.lift-by-ballot" | "terms.locked" => (self.below(2) == 0).into(),
            "strikes.mandate-days" => (100 + self.below(400)).into(),
            "strikes.notice-days" => self.below(100).into(),
            "releases.release-feed" => {
                let feed = self.hash();
                self.pick(&["own", "none", &feed])
            }
            "terms.licence" => self.pick(&["CC-BY-4.0", "LicenseRef-ours-1", "MIT OR CC0-1.0", "ODbL-1.0"]),
            "terms.contract" => {
                let hash = self.hash();
                self.pick(&["none", "It may be ended.", "On *these* terms\nand these.", &hash])
            }
            "terms.train" | "terms.ai-use" | "terms.search" | "terms.evaluate" | "terms.tdm" => {
                self.pick(&["unset", "allow", "deny"])
            }
            "money.reserve-permille" => self.below(1001).into(),
            "money.dividend" => self.pick(&["none", "patronage", "equal"]),
            "keys.root" | "keys.governance" => self.hashes(1),
            "keys.root-threshold" | "keys.governance-threshold" => 1.into(),
            "keys.lease-hours" => (1 + self.below(720)).into(),
            "keys.stewards" => Value::Array((0..self.number() % 3).map(|_| self.hash().into()).collect()),
            "keys.next-root" | "keys.liveness" | "keys.witnesses" => self.hashes(0),
            _ if path.ends_with("-hours") || path.ends_with("-days") => self.below(400).into(),
            _ => panic!("no values are drawn for {path}"),
        }
    }

    /// Draws a document.
    pub(super) fn document(&mut self) -> Document {
        let mut document = Document::default();
        for (section, field) in field::all() {
            let value = self.value(&section.path(field));
            field.place.put(&mut document, &value).unwrap();
        }
        document
    }
}
