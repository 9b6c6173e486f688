//! The checks an item goes through before a reviewer sees it.

use commonwheel_api::ApiError;
use commonwheel_intake::checks::PersonalData;
use commonwheel_intake::waiting::{Filter, ItemId, Stage};
use commonwheel_record::body::Body;

use super::internal;
use super::room::Room;

/// Why an item is in quarantine.
const DOUBT: &str = "looks like it holds a bank or card number";

/// Says whether a reviewer should look at content that holds this before it is accepted with everything else.
pub(super) const fn is_doubtful(found: &PersonalData) -> bool {
    found.iban + found.card > 0
}

impl Room {
    /// Moves items on that were just checked, the doubtful ones first: what a kill leaves behind is then received still,
    /// and is not accepted unseen. Returns how many are in quarantine.
    pub(super) fn checked(&mut self, items: impl Iterator<Item = (ItemId, bool)>) -> Result<u64, ApiError> {
        let (doubtful, plain): (Vec<_>, Vec<_>) = items.partition(|(_, doubtful)| *doubtful);
        let ids = |items: Vec<(ItemId, bool)>| items.into_iter().map(|(id, _)| id).collect::<Vec<ItemId>>();
        let mut set = |items, stage, reason| {
            self.waiting.set_stage(&ids(items), stage, reason).map_err(|error| internal(&error))
        };
        let quarantined = set(doubtful, Stage::Quarantined, DOUBT)?;
        set(plain, Stage::Checked, "")?;
        Ok(quarantined)
    }

    /// Checks what a kill left between its arrival and its checks. Nobody could decide on it otherwise, and a second
    /// import of it would find it known.
    pub(super) fn check_received(&mut self) -> Result<(), ApiError> {
        let received = self.waiting.ids(&Filter::at(Stage::Received));
        let mut checked = Vec::with_capacity(received.len());
        for id in received {
            match self.doubt(&id) {
                Ok(doubtful) => checked.push((id, doubtful)),
                // The room said so when it was opened; the rest goes on.
                Err(error) => tracing::error!(item = %id, %error, "cannot be checked"),
            }
        }
        self.checked(checked.into_iter()).map(drop)
    }

    fn doubt(&self, id: &ItemId) -> Result<bool, ApiError> {
        let (_, payload) = self.stage_and_payload(id)?;
        let body = Body::decode(&payload.body.0).map_err(|error| internal(&error))?;
        Ok(is_doubtful(&PersonalData::in_content(&body.content)))
    }
}

#[cfg(test)]
mod tests {
    use commonwheel_intake::waiting::{Limits, NewItem, Summary, WaitingRoom};
    use commonwheel_record::body::Content;
    use commonwheel_record::cbor::ByteString;
    use commonwheel_record::terms::Language;
    use commonwheel_record::{ContributionKind, Hash};

    use super::*;
    use crate::ops::item::Payload;

    fn received(id: u8, text: &str) -> NewItem {
        let body = Body::of(Content::Text(text.to_owned())).encode().unwrap();
        let payload = Payload {
            header: ByteString(Vec::new()),
            body: ByteString(body),
            salt: [0; 32],
            submission: Hash::default(),
        };
        let summary = Summary {
            kind: ContributionKind::Chat,
            lang: Language::parse("en").unwrap(),
            domain: None,
            preview: text.to_owned(),
        };
        NewItem { id: ItemId([id; 32]), received: 1, summary, bytes: payload.encode() }
    }

    #[test]
    fn what_a_kill_left_unchecked_is_checked_on_opening() {
        let dir = tempfile::tempdir().unwrap();
        let (mut waiting, _) = WaitingRoom::open(&dir.path().join("waiting"), Limits::default()).unwrap();
        waiting.put(&[received(1, "plain words"), received(2, "DE89370400440532013000")]).unwrap();
        drop(waiting);
        let room = Room::open(dir.path()).unwrap();
        let at = |stage| room.waiting.ids(&Filter::at(stage));
        assert_eq!(at(Stage::Received), []);
        assert_eq!(at(Stage::Checked), [ItemId([1; 32])]);
        assert_eq!(at(Stage::Quarantined), [ItemId([2; 32])]);
    }
}
