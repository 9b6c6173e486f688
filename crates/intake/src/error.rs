//! What ends an import.

use std::io;

use crate::detect::Format;

/// Why an import cannot go on. Drafts handed out before stay good; a single bad item is a skip, not an error.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The input cannot be read.
    #[error("cannot read the import")]
    Io(#[from] io::Error),
    /// Nothing in it.
    #[error("the import is empty")]
    Empty,
    /// More bytes than one import may have.
    #[error("the import is larger than {limit} bytes; split it")]
    TooLarge {
        /// The limit, in bytes.
        limit: u64,
    },
    /// More items than one import may have.
    #[error("the import has more than {limit} items; split it")]
    TooManyItems {
        /// The limit, in items.
        limit: u64,
    },
    /// No item looked like one of a format known here.
    #[error("unknown format; known are {}", Format::names())]
    UnknownFormat,
    /// The input ends within its list.
    #[error("the import ends within its list, at byte {at}: it was cut off")]
    CutOff {
        /// Bytes read.
        at: u64,
    },
    /// Something follows the end of the list.
    #[error("something follows the end of the list, at byte {at}")]
    TrailingData {
        /// Bytes read.
        at: u64,
    },
}
