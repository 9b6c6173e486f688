//! Tests of the valve: by rule, by scope, and against a slow reading of the same rules.

#![expect(clippy::unwrap_used, reason = "what fails to unwrap fails its test")]

mod agreement;
mod covered;
mod draft;
mod drawn;
mod licences;
mod limits;
mod oracle;
mod overlays;
mod plan;
mod question;
mod released;
mod rules;
mod scope;
mod strikes;

mod world;
