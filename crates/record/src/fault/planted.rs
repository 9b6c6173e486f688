//! Which fault a run has, with the feature `planted-faults` alone.

use std::sync::OnceLock;

use super::Fault;

static PLANTED: OnceLock<Option<Fault>> = OnceLock::new();

/// Says whether a fault is planted.
#[must_use]
pub fn is_planted(fault: Fault) -> bool {
    *PLANTED.get_or_init(named) == Some(fault)
}

#[allow(clippy::disallowed_methods, reason = "a program that is used is built without the feature")]
#[allow(clippy::panic, reason = "a run under a name that means nothing would prove nothing")]
fn named() -> Option<Fault> {
    let name = std::env::var("COMMONWHEEL_FAULT").ok()?;
    let fault = Fault::named(&name);
    Some(fault.unwrap_or_else(|| panic!("COMMONWHEEL_FAULT names no fault: {name}")))
}
