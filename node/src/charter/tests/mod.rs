//! Tests of what charters say, and how.

mod amending;
mod drawn;
mod files;
mod values;
