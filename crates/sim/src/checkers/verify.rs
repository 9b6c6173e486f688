//! I4 and I6: everything on a disk, verified once more from raw bytes, and nothing on it that nobody could write.

use commonwheel_ledger::SignedHead;
use commonwheel_ledger::mem::MemStore;
use commonwheel_ledger::store::Store as _;
use commonwheel_record::attestation::Head;
use commonwheel_record::body::SealedBody;
use commonwheel_record::manifest::Purpose;
use commonwheel_record::{FeedId, Hash, Leaf, NetworkId, RecordId, hex};

use super::heads::Heads;
use super::merkle;
use crate::truth::{FeedTruth, Truth};

type Found = Vec<(&'static str, String)>;

/// Checks a node's whole disk.
pub(crate) fn check(node: usize, store: &MemStore, truth: &Truth, heads: &mut Heads) -> Found {
    let mut found = Found::new();
    for feed in store.feeds() {
        let Some(of) = truth.feeds.get(&feed) else {
            found.push(("I6", format!("node {node} keeps a feed {} that is nobody's", feed.short())));
            continue;
        };
        if let Err(what) = check_feed(store, &feed, of, truth, heads) {
            found.push(("I4", format!("node {node}, feed {}: {what}", feed.short())));
        }
    }
    found
}

fn check_feed(
    store: &MemStore,
    feed: &FeedId,
    of: &FeedTruth,
    truth: &Truth,
    heads: &mut Heads,
) -> Result<(), String> {
    let network = of.manifest.network;
    if store.manifest(feed) != Some(&of.manifest) || manifest_id(&network, &of.manifest.encode()) != feed.0 {
        return Err("another manifest".to_owned());
    }
    let size = store.size(feed);
    let Some(head) = store.head(feed) else {
        return if size == 0 { Ok(()) } else { Err("leaves without a head".to_owned()) };
    };
    if !heads.signed.contains(&head.head) && !is_signed(of, head) {
        return Err("a head that nobody signed".to_owned());
    }
    let hashes = store.leaf_hashes(feed, 0, size).map_err(|error| error.to_string())?;
    if size > head.head.size || (size == head.head.size && merkle::root(&hashes) != head.head.root) {
        return Err("leaves that are not the head's".to_owned());
    }
    let headers = store.headers(feed, 0, size).map_err(|error| error.to_string())?;
    for ((index, hash), header) in (0..).zip(&hashes).zip(&headers) {
        let body = store.body(feed, index).map_err(|error| error.to_string())?;
        let record = RecordId { feed: *feed, index };
        check_record(&network, &record, hash, header.as_deref(), body.as_ref(), store, of)
            .map_err(|what| format!("{index}: {what}"))?;
        let written = truth.item_at(&record).is_none_or(|item| item.record == Some(record));
        if !of.forked && of.manifest.purpose == Purpose::Data && !written {
            return Err(format!("{index}: a record that nobody wrote there"));
        }
    }
    Ok(())
}

fn check_record(
    network: &NetworkId,
    record: &RecordId,
    hash: &Hash,
    header: Option<&[u8]>,
    body: Option<&SealedBody>,
    store: &MemStore,
    of: &FeedTruth,
) -> Result<(), String> {
    let Some(header) = header else {
        return if body.is_none() { Ok(()) } else { Err("a body without its header".to_owned()) };
    };
    if merkle::leaf(header) != *hash {
        return Err("a header that is not its leaf".to_owned());
    }
    let leaf = Leaf::decode(header).map_err(|error| error.to_string())?;
    if leaf.encode() != header || leaf.purpose() != of.manifest.purpose {
        return Err("a leaf that is not canonical, or not for this feed".to_owned());
    }
    let Some(body) = body else { return Ok(()) };
    let commitment = match &leaf {
        Leaf::Contribution(contribution, _) => {
            check_listed(network, header, body, store)?;
            contribution.commitment
        }
        Leaf::Submission(submission, _) => submission.commitment,
        Leaf::Control(control) => match control.content.personal() {
            Some(commitment) => *commitment,
            None => return Err(format!("a body of a {}", leaf.kind_name())),
        },
        Leaf::Unknown { .. } => return Err(format!("a body of a {}", leaf.kind_name())),
    };
    if commit(network, body) != commitment.hash.0 {
        return Err(format!("the body of {record} is not what its header commits to"));
    }
    Ok(())
}

/// A contribution's body comes with a submission that lists it.
fn check_listed(
    network: &NetworkId,
    header: &[u8],
    body: &SealedBody,
    store: &MemStore,
) -> Result<(), String> {
    let submission = body.submission.ok_or("a body without a submission")?;
    let held = store.body(&submission.feed, submission.index).map_err(|error| error.to_string())?;
    let held = held.ok_or("a body whose submission is not held")?;
    let item = domain_hash("item", network, &[&body.salt, header]);
    let listed = held.bytes.windows(32).any(|window| window == item);
    if listed { Ok(()) } else { Err("a body that its submission does not list".to_owned()) }
}

fn domain_hash(domain: &str, network: &NetworkId, parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(format!("commonwheel/v1/{domain}\0").as_bytes());
    hasher.update(&network.0);
    for part in parts {
        hasher.update(part);
    }
    *hasher.finalize().as_bytes()
}

fn manifest_id(network: &NetworkId, manifest: &[u8]) -> [u8; 32] {
    domain_hash("manifest", network, &[manifest])
}

fn commit(network: &NetworkId, body: &SealedBody) -> [u8; 32] {
    let length = (body.bytes.len() as u64).to_be_bytes();
    domain_hash("commit", network, &[&body.salt, &length, &body.bytes])
}

/// Says whether a feed's writer signed a head, by the checkpoint's text alone.
pub(crate) fn is_signed(of: &FeedTruth, signed: &SignedHead) -> bool {
    let text = note_text(&of.manifest.network, &signed.head);
    let verifier = of.manifest.writer.admit();
    verifier.is_ok_and(|verifier| verifier.verify_raw(text.as_bytes(), &signed.signature).is_ok())
}

/// Returns the text of a head's checkpoint.
pub(crate) fn note_text(network: &NetworkId, head: &Head) -> String {
    let network = hex::encode(&network.0[..8]);
    let (feed, size, root) = (hex::encode(&head.feed.0), head.size, base64(&head.root.0));
    format!("commonwheel/{network}/feed/{feed}\n{size}\n{root}\n")
}

/// Writes bytes as padded standard base64, RFC 4648 §4.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let group =
            chunk.iter().chain(&[0, 0]).take(3).fold(0_usize, |group, byte| group << 8 | usize::from(*byte));
        for digit in 0..4 {
            let known = digit <= chunk.len();
            text.push(if known { char::from(DIGITS[group >> (18 - 6 * digit) & 63]) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4648 §10.
    #[test]
    fn base64_vectors() {
        let vectors = [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")];
        for (bytes, text) in vectors {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }
}
