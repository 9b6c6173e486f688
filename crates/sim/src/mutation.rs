//! How the deliberate bugs act: on what an honest node sends.

use commonwheel_ledger::store::Store as _;
use commonwheel_record::PublicKey;
use commonwheel_sync::wire::{self, BodyItem, Bytes, HeaderItem, Reply, Request, SubmissionBytes};
use commonwheel_sync::{Output, Topic};
use commonwheel_valve::Refusal;

use crate::faults::Fault;
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
            (Mutant::WithholdsPersonal, Output::Respond { peer, id, bytes }) => {
                let bytes = without_personal(&bytes).unwrap_or(bytes);
                Some(Output::Respond { peer, id, bytes })
            }
            (Mutant::ServesGated | Mutant::ServesUnreleased, Output::Respond { peer, id, bytes }) => {
                let ignored = |why: &Refusal| match mutant {
                    Mutant::ServesGated => matches!(why, Refusal::Gated(_)),
                    _ => *why == Refusal::Unreleased,
                };
                let served = self.served(node, (&peer, id), &bytes, ignored);
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

    /// Changes what a pretender sends: it says of every embargo that it is in force, and serves all the same.
    pub(crate) fn pretend(&mut self, node: usize, output: Output) -> Output {
        let Output::Respond { peer, id, bytes } = output else { return output };
        let withheld = |why: &Refusal| matches!(why, Refusal::Withheld(_) | Refusal::Purpose);
        let served = self.served(node, (&peer, id), &bytes, withheld);
        if served.is_some() {
            self.faults.count(Fault::Pretence);
        }
        Output::Respond { peer, id, bytes: served.unwrap_or(bytes) }
    }

    /// Puts bodies back into a page that the valve took out of it, if there are such.
    fn served(
        &self,
        node: usize,
        (peer, id): (&PublicKey, u64),
        bytes: &[u8],
        ignored: impl Fn(&Refusal) -> bool,
    ) -> Option<Vec<u8>> {
        let request = self.body_requests.get(&id)?;
        let Reply::Bodies(page) = wire::decode(bytes).ok()? else { return None };
        let (mut submissions, mut items) = page.read().ok()?;
        let store = self.raw(node)?;
        let mut any = false;
        for item in &mut items {
            let BodyItem::Refused(index, why) = *item else { continue };
            let body = store.body(&request.feed, index).ok().flatten().filter(|_| ignored(&why));
            let Some(body) = body else { continue };
            any = true;
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
        any.then(|| wire::encode(&Reply::Bodies(page)))
    }
}

fn without_personal(bytes: &[u8]) -> Option<Vec<u8>> {
    let Reply::Headers(mut page) = wire::decode(bytes).ok()? else { return None };
    for item in &mut page.items {
        if let HeaderItem::Personal(leaf, _) = item {
            *item = HeaderItem::Header(std::mem::take(leaf));
        }
    }
    Some(wire::encode(&Reply::Headers(page)))
}

fn is_for_bodies(bytes: &[u8]) -> bool {
    matches!(wire::decode(bytes), Ok(Request::Bodies(_)))
}
