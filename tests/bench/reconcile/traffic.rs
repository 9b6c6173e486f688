//! What one side asked and was answered, in bytes.

use commonwheel_record::cbor;
use commonwheel_sync::wire::{self, HeadItem, Reply, Request};

use crate::Failure;

/// Requests of one kind.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Count {
    pub(super) requests: u64,
    /// Bytes of the requests.
    pub(super) sent: u64,
    /// Bytes of the replies.
    pub(super) received: u64,
}

/// All requests of the asker, by what they are for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Traffic {
    pub(super) hello: Count,
    pub(super) heads: Count,
    /// Follow sets, manifests, proofs, headers, bodies, attestations.
    pub(super) others: Count,
    /// Heads that were told.
    pub(super) told: u64,
    /// Bytes of those heads.
    told_bytes: u64,
}

impl Traffic {
    /// Counts a request.
    pub(super) fn asked(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let count = match wire::decode::<Request>(bytes)? {
            Request::Hello(_) => &mut self.hello,
            Request::Heads(_) => &mut self.heads,
            _ => &mut self.others,
        };
        count.requests += 1;
        count.sent += bytes.len() as u64;
        Ok(())
    }

    /// Counts a reply.
    pub(super) fn answered(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let count = match wire::decode::<Reply>(bytes)? {
            Reply::Hello(_) => &mut self.hello,
            Reply::Heads(page) => {
                self.told += page.items.len() as u64;
                self.told_bytes += page.items.iter().map(head_bytes).sum::<u64>();
                &mut self.heads
            }
            _ => &mut self.others,
        };
        count.received += bytes.len() as u64;
        Ok(())
    }

    /// Bytes sent to find out what changed.
    pub(super) const fn found_out_sent(&self) -> u64 {
        self.hello.sent + self.heads.sent
    }

    /// Bytes received to find out what changed, the heads themselves aside: what the size, root and signature of each take
    /// in the reply. Which feed it is, the array around it and all else of the reply count.
    pub(super) const fn found_out_received(&self) -> u64 {
        self.hello.received + self.heads.received - self.told_bytes
    }
}

/// Bytes of a head's size, root and signature as the reply encodes them: 101 for a size below 24.
fn head_bytes(head: &HeadItem) -> u64 {
    let parts = [cbor::encode(&head.size), cbor::encode(&head.root), cbor::encode(&head.signature)];
    parts.iter().map(|part| part.len() as u64).sum()
}
