//! The terms of a contribution: its licence, its AI-use preferences, and the closed vocabularies of a header.
//!
//! A header is public until it is erased, so it holds nothing a person could write freely. Every type here
//! accepts a closed set or a closed shape, and has exactly one spelling on the ledger: the `parse_canonical`
//! functions accept that spelling alone and are meant for decoding, while `parse` also takes what people type
//! and returns the one spelling of it.
//!
//! Three layers stand side by side and none replaces another: the [`Licence`] says what is granted and whether
//! it can be taken back, the [`Preferences`] say what the member wishes for machines, and the member's
//! own words are in the body. Preferences are not enforcement, and [`aipref`] projects them outward
//! saying when the projection loses something.

pub mod aipref;
mod inline;
mod lang;
mod licence;
mod prefs;
mod revocability;
mod sfv;
mod spdx_text;
mod vocab;

pub use lang::{Language, LanguageError, MAX_LANGUAGE_BYTES};
pub use licence::{Licence, LicenceError, MAX_LICENCE_BYTES};
pub use prefs::{Condition, Preference, Preferences, PrefsError, Purpose};
pub use revocability::Revocability;
pub use spdx_text::SPDX_LIST_VERSION;
pub use vocab::{MAX_SLUG_BYTES, Region, RegionError, Slug, SlugError};
