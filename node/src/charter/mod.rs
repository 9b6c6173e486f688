//! Charters as people write, read and compare them.
//!
//! [`field`] is the table of everything a charter says; the file ([`mod@file`]), the questions, the bylaws ([`bylaws`]) and
//! the differences ([`diff`]) are made from it. What an amendment needs beyond a file is in [`amend`].

pub(crate) mod amend;
pub(crate) mod bylaws;
pub(crate) mod check;
pub(crate) mod diff;
pub(crate) mod document;
pub(crate) mod field;
mod fields;
pub(crate) mod file;
pub(crate) mod own;
pub(crate) mod preset;
pub(crate) mod said;
pub(crate) mod setting;
#[cfg(test)]
mod tests;

pub(crate) use document::{Document, Standing};
pub(crate) use own::{NoOwn, OrOwn, Own};
