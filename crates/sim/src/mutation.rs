//! How the deliberate bugs act: on what an honest node sends.

use commonwheel_ledger::store::Store as _;
use commonwheel_sync::wire::{self, BodyItem, BodyRequest, Bytes, Reply, Request, SubmissionBytes};
use commonwheel_sync::{Output, Topic};
use commonwheel_valve::Refusal;

use crate::mutant::Mutant;
use crate::rng::Rng;
use crate::truth::marked_body;
use crate::world::World;

impl World {
    /// Changes what a node with a deliberate bug sends.
    pub(crate) fn mutate(&mut self, node: usize, output: Output) -> Option<Output> {
        let Some(mutant) = self.options.mutant.filter(|_| self.nodes[node].honest) else {
            return Some(output);
        };
        match (mutant, output) {
            (Mutant::WantsNothing, Output::Request { bytes, .. }) if is_for_bodies(&bytes) => None,
            (Mutant::LeaksWaitingRoom, Output::Publish { bytes, .. }) => {
                let bytes = self.waiting().unwrap_or(bytes);
                Some(Output::Publish { topic: Topic::Heads, bytes })
            }
            (Mutant::ServesGated | Mutant::ServesUnreleased, Output::Respond { peer, id, bytes }) => {
                let request = self.body_requests.get(&id).cloned();
                let served = request.and_then(|request| self.served(mutant, node, &peer, &request, &bytes));
                Some(Output::Respond { peer, id, bytes: served.unwrap_or(bytes) })
            }
            (_, output) => Some(output),
        }
    }

    fn waiting(&self) -> Option<Vec<u8>> {
        let waiting = (0..self.truth.next_item())
            .find(|number| self.truth.item(*number).is_some_and(|item| item.record.is_none()))?;
        Some(marked_body(waiting, 64, &mut Rng::new(waiting)))
    }

    /// Puts the bodies back into a page that the valve took out of it.
    fn served(
        &self,
        mutant: Mutant,
        node: usize,
        peer: &commonwheel_record::PublicKey,
        request: &BodyRequest,
        bytes: &[u8],
    ) -> Option<Vec<u8>> {
        let Reply::Bodies(page) = wire::decode(bytes).ok()? else { return None };
        let (mut submissions, mut items) = page.read().ok()?;
        let store = self.raw(node)?;
        for item in &mut items {
            let BodyItem::Refused(index, why) = *item else { continue };
            let ignored = match mutant {
                Mutant::ServesGated => matches!(why, Refusal::Gated(_)),
                _ => why == Refusal::Unreleased,
            };
            let body = store.body(&request.feed, index).ok().flatten().filter(|_| ignored);
            let Some(body) = body else { continue };
            if let Some(record) = body.submission
                && let Ok(Some(submission)) = store.body(&record.feed, record.index)
            {
                submissions.push(SubmissionBytes { record, salt: submission.salt, bytes: submission.bytes });
            }
            let (length, offset) = (body.bytes.len() as u64, 0);
            let (salt, submission, bytes) = (body.salt, body.submission, body.bytes);
            *item = BodyItem::Body(index, Bytes { salt, submission, length, offset, bytes });
        }
        let content = wire::BodyPage::content(&submissions, &items, 0);
        let page = self.signed_page(node, *peer, request, content, page.end);
        Some(wire::encode(&Reply::Bodies(page)))
    }
}

fn is_for_bodies(bytes: &[u8]) -> bool {
    matches!(wire::decode(bytes), Ok(Request::Bodies(_)))
}
