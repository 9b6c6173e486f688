//! A ballot's close.
