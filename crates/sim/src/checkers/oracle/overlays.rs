//! Embargoes that change preferences: what they deny, and what they keep from being given away.

use commonwheel_record::RecordId;
use commonwheel_record::control::Variant;
use commonwheel_record::terms::Purpose;

use super::{Denied, Question, Standing};
use crate::truth::Item;

impl Question<'_> {
    /// Under evaluation-only or a preference shift nothing new is for training, whatever its header says; nor does it
    /// leave at all if its licence would let it be kept for good, until the embargo is over.
    pub(super) fn not_overlaid(&self, id: &RecordId, item: &Item) -> Result<(), Denied> {
        let overlays = self.covering(id, item).filter(|standing| is_overlay(standing));
        let mut timely = overlays.filter(|standing| !self.given_away(&standing.known.content.cut, id, item));
        let Some(first) = timely.next() else { return Ok(()) };
        if self.purpose == Purpose::Train {
            return Err(Denied::Overlaid(first.known.id));
        }
        if item.header.licence.class().irrevocable() {
            return Err(Denied::Queued(first.known.id));
        }
        Ok(())
    }
}

const fn is_overlay(standing: &Standing) -> bool {
    matches!(standing.known.content.variant, Variant::EvaluationOnly | Variant::PreferenceShift(_))
}
