//! Offers and grants: terms of access, and who has it.

use std::collections::BTreeSet;

use commonwheel_record::control::Party;
use commonwheel_record::terms::{Condition, Purpose};
use commonwheel_record::{CollectiveId, Hash, RecordId};
use serde::{Deserialize, Serialize};

use crate::word;

/// States terms of access that releases can be gated by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfferMakeRequest {
    /// Whose; the node's own collective, if it has one only.
    #[serde(default, with = "word::optional")]
    pub collective: Option<CollectiveId>,
    /// A title, for people.
    pub title: String,
    /// The text of the terms; the record holds its hash.
    pub terms: String,
    /// The purposes it is for; empty for any.
    #[serde(default, with = "word::list")]
    pub purposes: BTreeSet<Purpose>,
    /// What is asked in return.
    #[serde(default, with = "word::list")]
    pub conditions: BTreeSet<Condition>,
}

/// The offer made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferMakeAnswer {
    /// Its record.
    #[serde(with = "word")]
    pub id: RecordId,
    /// The hash of the terms' text.
    #[serde(with = "word")]
    pub terms: Hash,
}

/// Asks for the offers in effect.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OfferListRequest {
    /// Only of this collective.
    #[serde(with = "word::optional")]
    pub collective: Option<CollectiveId>,
}

/// The offers in effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferListAnswer {
    /// In the order of their records.
    pub offers: Vec<OfferShown>,
}

/// An offer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferShown {
    /// Its record.
    #[serde(with = "word")]
    pub id: RecordId,
    /// Whose.
    #[serde(with = "word")]
    pub collective: CollectiveId,
    /// Its title.
    pub title: String,
    /// The hash of the terms' text.
    #[serde(with = "word")]
    pub terms: Hash,
    /// The purposes it is for; empty for any.
    #[serde(with = "word::list")]
    pub purposes: BTreeSet<Purpose>,
    /// What is asked in return.
    #[serde(with = "word::list")]
    pub conditions: BTreeSet<Condition>,
    /// Grants of it.
    pub grants: u64,
}

/// Gives a party access on an offer's terms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantMakeRequest {
    /// The offer.
    #[serde(with = "word")]
    pub offer: RecordId,
    /// To whom.
    #[serde(with = "word")]
    pub to: Party,
    /// Until when; for good if absent.
    #[serde(default)]
    pub expires: Option<u64>,
}

/// The grant made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantMakeAnswer {
    /// Its record.
    #[serde(with = "word")]
    pub id: RecordId,
}

/// Asks for the grants in effect.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GrantListRequest {
    /// Only of this collective.
    #[serde(with = "word::optional")]
    pub collective: Option<CollectiveId>,
}

/// The grants in effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantListAnswer {
    /// In the order of their records.
    pub grants: Vec<GrantShown>,
}

/// A grant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantShown {
    /// Its record.
    #[serde(with = "word")]
    pub id: RecordId,
    /// Whose.
    #[serde(with = "word")]
    pub collective: CollectiveId,
    /// The offer.
    #[serde(with = "word")]
    pub offer: RecordId,
    /// To whom.
    #[serde(with = "word")]
    pub to: Party,
    /// Until when; for good if none.
    pub expires: Option<u64>,
    /// Whether that has passed by this node's clock or a lease of the owner.
    pub expired: bool,
}
