//! Whether an item may become a contribution under the charter that holds now, which may not be the one it was signed
//! under.

use std::collections::BTreeSet;

use commonwheel_api::ApiError;
use commonwheel_intake::terms::Defaults;
use commonwheel_record::control::Charter;
use commonwheel_record::terms::{Licence, Preferences};
use commonwheel_record::{CollectiveId, Contribution, Tier};

use super::{Refusal, internal, own};
use crate::engine::Engine;

/// What the charter that holds asks of contributions.
#[derive(Clone, Debug)]
pub(super) struct Admission {
    stewards: BTreeSet<CollectiveId>,
    licence: Licence,
    preferences: Preferences,
    locked: bool,
}

impl Admission {
    /// Takes it from the charter of this node's own collective.
    pub(super) fn now(engine: &Engine) -> Result<Self, Refusal> {
        let own = own(engine, None)?;
        let view = engine.sync.views().get(&own.collective);
        let charter =
            view.and_then(|view| view.charter()).ok_or_else(|| -> ApiError { internal(&"no charter") })?;
        Ok(Self::of(charter))
    }

    fn of(charter: &Charter) -> Self {
        Self {
            stewards: charter.stewards.clone(),
            licence: charter.default_licence.clone(),
            preferences: charter.default_preferences,
            locked: charter.preferences_locked,
        }
    }

    /// Returns why a contribution may not be appended, if that is so.
    pub(super) fn objection(&self, header: &Contribution) -> Option<&'static str> {
        let defaults =
            Defaults { licence: &self.licence, preferences: self.preferences, locked: self.locked };
        if !header.stewards.is_subset(&self.stewards) {
            return Some("names a steward that the charter does not list any more");
        }
        let admitted = defaults.admits(&header.licence, header.preferences);
        (!admitted).then_some("is under terms that the charter does not allow any more")
    }
}

/// Says whether an item's tier lets it into a public feed.
pub(super) const fn is_public(header: &Contribution) -> bool {
    matches!(header.tier, Tier::Public | Tier::Gated)
}
