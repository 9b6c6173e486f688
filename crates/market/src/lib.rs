//! What withholding and sharing data is worth, as far as numbers that somebody supplies tell.
//!
//! A ledger node trains no models, so nothing here measures damage: [`curve`] reads what others measured and says what
//! that would mean for a share of the data.

#![warn(missing_docs)]

pub mod curve;
