//! The licence of a contribution: a validated SPDX expression in one spelling, with its class.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::revocability::{self, Revocability};
use super::spdx_text;

/// The longest licence expression a record may carry, in bytes of ASCII.
pub const MAX_LICENCE_BYTES: usize = 256;

/// A valid SPDX licence expression in its canonical spelling.
///
/// Includes `LicenseRef-…` and `DocumentRef-…:LicenseRef-…` for contracts, and `NONE` and `NOASSERTION`, which
/// stand alone and grant nothing. The class is found once, when the expression is read.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Licence {
    text: Cow<'static, str>,
    class: Revocability,
}

/// Why a text is no licence.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LicenceError {
    /// There is nothing but white space.
    #[error("empty licence expression")]
    Empty,
    /// The expression, or its canonical spelling, is longer than [`MAX_LICENCE_BYTES`].
    #[error("licence expression of {len} bytes, at most {MAX_LICENCE_BYTES} allowed")]
    TooLong {
        /// The length in bytes.
        len: usize,
    },
    /// There is a byte outside ASCII.
    #[error("licence expression is not ASCII")]
    NotAscii,
    /// A word is neither on the SPDX list nor a `LicenseRef-…`.
    #[error("unknown SPDX id `{id}`")]
    UnknownId {
        /// The word as written.
        id: String,
    },
    /// The id was on the SPDX list once and has been replaced.
    #[error("deprecated SPDX id `{id}`")]
    DeprecatedId {
        /// The id as written.
        id: String,
    },
    /// A `LicenseRef-`, `DocumentRef-` or `AdditionRef-` names nothing.
    #[error("reference without a name")]
    EmptyRef,
    /// The words do not form an expression.
    #[error("malformed licence expression at byte {at}: {problem}")]
    Syntax {
        /// Where, in bytes from the start.
        at: usize,
        /// What is wrong there.
        problem: String,
    },
    /// The expression is valid but not in its one spelling; only decoding asks for that.
    #[error("licence expression is not canonical, expected `{canonical}`")]
    NotCanonical {
        /// The one spelling.
        canonical: String,
    },
}

impl Licence {
    /// No licence: the record is never released.
    pub const NONE: Self = Self { text: Cow::Borrowed("NONE"), class: Revocability::None };
    /// Nothing is known about a licence, which grants as much as none.
    pub const NOASSERTION: Self = Self { text: Cow::Borrowed("NOASSERTION"), class: Revocability::None };

    /// Reads an expression as people write it, in any case and spacing, and brings it to its canonical spelling.
    ///
    /// # Errors
    /// Any [`LicenceError`] but [`LicenceError::NotCanonical`].
    pub fn parse(text: &str) -> Result<Self, LicenceError> {
        check_bytes(text)?;
        let text = spdx_text::in_spdx_case(text.trim_ascii());
        if let Some(known) = Self::known(&text) {
            return Ok(known);
        }
        let (text, class) = spdx_text::canonical(&text)?;
        // Setting brackets apart can lengthen an expression.
        check_bytes(&text)?;
        Ok(Self { text: Cow::Owned(text), class })
    }

    /// Reads an expression that is in its canonical spelling already, as every record has it.
    ///
    /// Single common ids and `LicenseRef-…` take a short cut: this runs once per record that is decoded.
    ///
    /// # Errors
    /// Any [`LicenceError`], where [`Licence::parse`] would return another spelling
    /// [`LicenceError::NotCanonical`].
    pub fn parse_canonical(text: &str) -> Result<Self, LicenceError> {
        check_bytes(text)?;
        if let Some(known) = Self::known(text) {
            return Ok(known);
        }
        let (canonical, class) = spdx_text::canonical(text)?;
        if canonical != text {
            return Err(LicenceError::NotCanonical { canonical });
        }
        Ok(Self { text: Cow::Owned(canonical), class })
    }

    /// The short cut: a text that is valid and canonical at a glance.
    fn known(text: &str) -> Option<Self> {
        if let Some((id, class)) = revocability::common(text) {
            return Some(Self { text: Cow::Borrowed(id), class });
        }
        let name = text.strip_prefix("LicenseRef-")?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
        (!name.is_empty() && name.bytes().all(plain))
            .then(|| Self { text: Cow::Owned(text.to_owned()), class: Revocability::Contract })
    }

    /// Returns the canonical spelling.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns how far the licence can be taken back.
    ///
    /// `OR` counts as its most irrevocable operand and `AND` as its most revocable one; `+` and `WITH` leave the class
    /// of the id they follow, since a later version or an exception only adds to what was granted.
    pub const fn class(&self) -> Revocability {
        self.class
    }

    /// Returns the name of the bucket the licence's records are released in: the canonical spelling.
    ///
    /// One bucket per licence, so that share-alike records never end up under other terms.
    pub fn bucket(&self) -> &str {
        self.as_str()
    }
}

fn check_bytes(text: &str) -> Result<(), LicenceError> {
    if text.len() > MAX_LICENCE_BYTES {
        return Err(LicenceError::TooLong { len: text.len() });
    }
    if text.is_ascii() { Ok(()) } else { Err(LicenceError::NotAscii) }
}

impl fmt::Debug for Licence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Licence({}: {})", self.text, self.class)
    }
}

impl fmt::Display for Licence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl AsRef<str> for Licence {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

impl FromStr for Licence {
    type Err = LicenceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests;
