//! Peers that lie: in what they answer.
//!
//! A liar runs the real protocol, so that it gets as deep into a conversation as an honest peer does; what it sends is
//! then changed on its way out.

use std::collections::BTreeMap;

use commonwheel_record::{Domain, PublicKey};
use commonwheel_sync::wire::{
    self, BodyItem, BodyPage, BodyRequest, CtlMessage, HeaderItem, HeaderPage, HeadsPage, PageEnd, Reply,
    Request,
};
use commonwheel_sync::{Output, Topic};

use crate::faults::Fault;
use crate::rng::Rng;
use crate::world::World;

/// Gossip that a liar keeps to say it again.
const MAX_OVERHEARD: usize = 64;

/// What all liars of a run know and draw from.
#[derive(Debug)]
pub(crate) struct Liar {
    pub(crate) rng: Rng,
    overheard: Vec<(Topic, Vec<u8>)>,
    /// The first heads told to each peer.
    told: BTreeMap<PublicKey, HeadsPage>,
}

impl Liar {
    pub(crate) const fn new(rng: Rng) -> Self {
        Self { rng, overheard: Vec::new(), told: BTreeMap::new() }
    }

    pub(crate) fn overhear(&mut self, topic: Topic, bytes: &[u8]) {
        if self.overheard.len() < MAX_OVERHEARD {
            self.overheard.push((topic, bytes.to_vec()));
        }
    }

    pub(crate) fn something_overheard(&mut self) -> Option<(Topic, Vec<u8>)> {
        self.rng.pick(&self.overheard).cloned()
    }

    /// Returns up to 300 bytes of nothing, or the first part of something.
    pub(crate) fn garbage(&mut self, of: &[u8]) -> Vec<u8> {
        if self.rng.chance(500) {
            return of[..self.rng.index(of.len())].to_vec();
        }
        (0..self.rng.below(300)).map(|_| self.rng.bytes::<1>()[0]).collect()
    }

    fn flip(&mut self, bytes: &mut [u8]) {
        let at = self.rng.index(bytes.len());
        if let Some(byte) = bytes.get_mut(at) {
            *byte ^= 1 << self.rng.below(8);
        }
    }
}

impl World {
    pub(crate) fn remember_asked(&mut self, id: u64, bytes: &[u8]) {
        match wire::decode(bytes) {
            Ok(Request::Bodies(request)) => drop(self.body_requests.insert(id, request)),
            Ok(Request::Headers(request)) if self.is_control(&request.feed) => {
                self.control_requests.insert(id);
            }
            _ => {}
        }
    }

    /// Changes what a liar sends, or keeps it back.
    pub(crate) fn lie(&mut self, node: usize, output: Output) -> Option<Output> {
        let output = self.suppress(output)?;
        if let Output::Publish { topic: Topic::Ctl, bytes } = output {
            return Some(Output::Publish { topic: Topic::Ctl, bytes: self.disembodied(bytes) });
        }
        let Output::Respond { peer, id, bytes } = output else { return Some(output) };
        if self.calm || !self.options.faults || !self.liar.rng.chance(400) {
            return Some(Output::Respond { peer, id, bytes });
        }
        let lie = match self.liar.rng.below(10) {
            0 => self.not_a_reply(&bytes),
            1 => self.another_reply(),
            2 => {
                self.faults.count(Fault::Silence);
                return None;
            }
            _ => self.changed_reply(node, peer, id, &bytes),
        };
        Some(Output::Respond { peer, id, bytes: lie.unwrap_or(bytes) })
    }

    fn not_a_reply(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        let garbage = self.liar.garbage(bytes);
        wire::decode::<Reply>(&garbage).is_err().then(|| {
            self.faults.count(Fault::MalformedReply);
            garbage
        })
    }

    fn another_reply(&mut self) -> Option<Vec<u8>> {
        self.faults.count(Fault::WrongReply);
        let reply =
            if self.liar.rng.chance(500) { Reply::Follow(Vec::new()) } else { Reply::Proof(Vec::new()) };
        Some(wire::encode(&reply))
    }

    fn changed_reply(&mut self, node: usize, peer: PublicKey, id: u64, bytes: &[u8]) -> Option<Vec<u8>> {
        let reply = match wire::decode(bytes).ok()? {
            Reply::Heads(page) => Reply::Heads(self.changed_heads(peer, page)?),
            Reply::Proof(mut path) => {
                let hash = path.first_mut()?;
                self.liar.flip(&mut hash.0);
                self.faults.count(Fault::TamperedProof);
                Reply::Proof(path)
            }
            Reply::Headers(page) => Reply::Headers(self.changed_headers(page)?),
            Reply::Bodies(page) => Reply::Bodies(self.changed_bodies(node, peer, id, page)?),
            _ => return None,
        };
        Some(wire::encode(&reply))
    }

    fn changed_heads(&mut self, peer: PublicKey, mut page: HeadsPage) -> Option<HeadsPage> {
        if self.liar.rng.chance(500) {
            let at = self.liar.rng.index(page.items.len());
            let item = page.items.get_mut(at)?;
            item.size += self.liar.rng.below(3);
            self.liar.flip(&mut item.root.0);
            self.faults.count(Fault::ForgedHead);
            return Some(page);
        }
        if let Some(old) = self.liar.told.get(&peer).filter(|old| **old != page) {
            self.faults.count(Fault::StaleHeads);
            return Some(old.clone());
        }
        self.liar.told.insert(peer, page.clone());
        Some(page)
    }

    /// Keeps the bodies of control records out of a page.
    fn withhold_personal(&mut self, page: &mut HeaderPage) -> bool {
        let mut any = false;
        for item in &mut page.items {
            if let HeaderItem::Personal(leaf, _) = item {
                *item = HeaderItem::Header(std::mem::take(leaf));
                any = true;
            }
        }
        if any {
            self.faults.count(Fault::WithheldPersonal);
        }
        any
    }

    /// A control record as it is gossiped, perhaps without its body.
    fn disembodied(&mut self, bytes: Vec<u8>) -> Vec<u8> {
        if self.calm || !self.options.faults || !self.liar.rng.chance(400) {
            return bytes;
        }
        match wire::decode(&bytes) {
            Ok(CtlMessage::Record(mut message)) if message.body.is_some() => {
                message.body = None;
                self.faults.count(Fault::WithheldPersonal);
                wire::encode(&CtlMessage::Record(message))
            }
            _ => bytes,
        }
    }

    fn changed_headers(&mut self, mut page: HeaderPage) -> Option<HeaderPage> {
        if self.liar.rng.chance(300) && self.withhold_personal(&mut page) {
            return Some(page);
        }
        if self.liar.rng.chance(600) {
            let at = self.liar.rng.index(page.items.len());
            match page.items.get_mut(at)? {
                HeaderItem::Header(bytes) => self.liar.flip(bytes),
                HeaderItem::Personal(bytes, body) => match self.liar.rng.chance(500) {
                    true => self.liar.flip(bytes),
                    false => self.liar.flip(&mut body.bytes),
                },
                HeaderItem::Missing(hash, _) => self.liar.flip(&mut hash.0),
            }
            self.faults.count(Fault::TamperedHeader);
        } else {
            page.right.push(commonwheel_record::Hash(self.liar.rng.bytes()));
            self.faults.count(Fault::TamperedProof);
        }
        Some(page)
    }

    fn changed_bodies(
        &mut self,
        node: usize,
        peer: PublicKey,
        id: u64,
        mut page: BodyPage,
    ) -> Option<BodyPage> {
        if self.liar.rng.chance(400) {
            self.liar.flip(&mut page.content);
            self.faults.count(Fault::TamperedPage);
            return Some(page);
        }
        let (submissions, mut items) = page.read().ok()?;
        let body = items.iter_mut().find_map(|item| match item {
            BodyItem::Body(_, body) => Some(body),
            BodyItem::Refused(..) => None,
        })?;
        match self.liar.rng.below(3) {
            0 => self.liar.flip(&mut body.bytes),
            1 => self.liar.flip(&mut body.salt),
            _ => body.submission = None,
        }
        self.faults.count(Fault::TamperedBody);
        let content = BodyPage::content(&submissions, &items, 0);
        let request = self.body_requests.get(&id)?.clone();
        Some(self.signed_page(node, peer, &request, content, page.end))
    }

    /// Signs a page's content with a node's own key, as if the node had answered so.
    pub(crate) fn signed_page(
        &self,
        node: usize,
        peer: PublicKey,
        request: &BodyRequest,
        content: Vec<u8>,
        end: PageEnd,
    ) -> BodyPage {
        let network = &self.network_id;
        let signed = BodyPage::signed_bytes(network, request, &peer, &content, &end.roots, end.time);
        let signature = self.nodes[node].config.key.sign(Domain::PAGE, network, &signed);
        BodyPage { content, end: PageEnd { signature, ..end } }
    }
}
