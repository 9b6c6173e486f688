//! Embargoes that change preferences: what they deny, and what they keep from being given away.

use commonwheel_record::RecordId;
use commonwheel_record::control::Variant;
use commonwheel_record::terms::Purpose;

use super::{Denied, Question, Standing};
use crate::truth::Item;

impl Question<'_> {
    /// Under evaluation-only or a preference shift nothing new is for training, whatever its header says.
    pub(super) fn not_overlaid(&self, id: &RecordId, item: &Item) -> Result<(), Denied> {
        if self.purpose != Purpose::Train {
            return Ok(());
        }
        let mut timely = self.covering(id, item).filter(|(standing, _)| self.overlays(standing, id, item));
        timely.next().map_or(Ok(()), |(standing, _)| Err(Denied::Overlaid(standing.known.id)))
    }

    /// Whether an overlay that covers a record is about it: not if it knew that the record had been given away.
    pub(super) fn overlays(&self, standing: &Standing, id: &RecordId, item: &Item) -> bool {
        let embargo = &standing.known.content;
        matches!(embargo.variant, Variant::EvaluationOnly | Variant::PreferenceShift(_))
            && !self.given_away(&embargo.cut, id, item)
    }
}
