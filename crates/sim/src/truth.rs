//! What was really written, and by whom: the record that checkers compare nodes with.
//!
//! The world enters every leaf here before it hands it to a node. Checkers look leaves up by their bytes, so a record
//! counts wherever a crash left it, and one that nobody entered (a forgery) counts nowhere.

use std::collections::{BTreeMap, BTreeSet};

use commonwheel_ledger::mem::MemStore;
use commonwheel_ledger::store::Store as _;
use commonwheel_record::control::{Content, Personal};
use commonwheel_record::manifest::Purpose;
use commonwheel_record::terms::Slug;
use commonwheel_record::{
    CollectiveId, Contribution, Domain, FeedId, Hash, Leaf, Manifest, NetworkId, RecordId,
};

use crate::checkers::merkle;
use crate::checkers::stamps::{Stamped, stamped};
use crate::collective::Written;
use crate::rng::Rng;

/// What every body of a run begins with, and repeats, so that any byte of it is known wherever it turns up.
const MAGIC: [u8; 8] = [0xf5, 0x51, 0xb0, 0xd1, 0xe5, 0xf7, 0xa9, 0x0d];
/// What the importer of every header begins with; 16 hexadecimal digits follow.
const HEADER_MAGIC: &str = "sim-";

/// A contribution, appended or not.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) collective: CollectiveId,
    pub(crate) header: Contribution,
    /// Where it was appended; none while it is in the waiting room.
    pub(crate) record: Option<RecordId>,
    /// The leaf of the submission that lists it, hashed.
    pub(crate) submission: Hash,
}

/// A control record that somebody really wrote.
#[derive(Clone, Debug)]
pub(crate) struct Ruling {
    pub(crate) by: CollectiveId,
    /// Whether it bears the root or governance threshold; votes and what rests on them need none.
    pub(crate) authorised: bool,
    /// What its signatures cover, hashed.
    pub(crate) hash: Hash,
    pub(crate) content: Content,
    /// What its body says, as far as the signatures in it hold.
    pub(crate) personal: Option<Personal>,
    /// The heads it embeds, with the cosignatures that hold.
    pub(crate) stamps: Vec<Stamped>,
}

impl Ruling {
    pub(crate) fn of(network: &NetworkId, by: CollectiveId, written: &Written, authorised: bool) -> Self {
        let Written { control, body } = written;
        let content = control.content.clone();
        let hash = Hash::of(Domain::CONTROL, network, &[&control.signed_bytes()]);
        let personal = body.as_ref().and_then(|body| opened(network, &content, &body.bytes));
        let stamps = stamped(network, &content);
        Self { by, authorised, hash, content, personal, stamps }
    }
}

/// Reads a body; what is not signed by whom it names says nothing.
fn opened(network: &NetworkId, content: &Content, bytes: &[u8]) -> Option<Personal> {
    let personal = content.open_personal(bytes).ok()?;
    match (content, personal) {
        (Content::Ballot(ballot), Personal::Petition(mut petition)) => {
            let signers = petition.signers(network, ballot);
            petition.signatures.retain(|key, _| signers.contains(key));
            Some(Personal::Petition(petition))
        }
        (_, Personal::Vote(vote)) => vote.verify(network).is_ok().then_some(Personal::Vote(vote)),
        (_, Personal::Notice(notice)) => notice.verify(network).is_ok().then_some(Personal::Notice(notice)),
        (_, personal) => Some(personal),
    }
}

/// Whose feed a feed is.
#[derive(Clone, Debug)]
pub(crate) struct FeedTruth {
    pub(crate) collective: CollectiveId,
    pub(crate) manifest: Manifest,
    /// Which node writes it.
    pub(crate) writer: usize,
    /// Whether its writer signed two heads that contradict each other.
    pub(crate) forked: bool,
}

/// What stands at a position of a data feed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Placed<'a> {
    Submission,
    Item(&'a Item),
}

/// Everything that was written.
#[derive(Debug)]
pub(crate) struct Truth {
    pub(crate) network: NetworkId,
    items: Vec<Item>,
    item_of: BTreeMap<Hash, usize>,
    at: BTreeMap<RecordId, usize>,
    submissions: BTreeMap<RecordId, Hash>,
    rulings: BTreeMap<Hash, Ruling>,
    pub(crate) feeds: BTreeMap<FeedId, FeedTruth>,
    read: BTreeMap<FeedId, u64>,
}

impl Truth {
    /// Nothing was written yet.
    pub(crate) const fn new(network: NetworkId) -> Self {
        Self {
            network,
            items: Vec::new(),
            item_of: BTreeMap::new(),
            at: BTreeMap::new(),
            submissions: BTreeMap::new(),
            rulings: BTreeMap::new(),
            feeds: BTreeMap::new(),
            read: BTreeMap::new(),
        }
    }

    /// Returns the number the next item will have.
    pub(crate) const fn next_item(&self) -> u64 {
        self.items.len() as u64
    }

    /// Enters an item of the waiting room.
    pub(crate) fn receive(
        &mut self,
        collective: CollectiveId,
        header: Contribution,
        leaf: &[u8],
        submission: &[u8],
    ) {
        self.item_of.insert(merkle::leaf(leaf), self.items.len());
        let submission = merkle::leaf(submission);
        self.items.push(Item { collective, header, record: None, submission });
    }

    /// Enters a control record.
    pub(crate) fn rule(&mut self, leaf: &[u8], ruling: Ruling) {
        self.rulings.insert(merkle::leaf(leaf), ruling);
    }

    pub(crate) fn ruling(&self, leaf: &[u8]) -> Option<&Ruling> {
        self.rulings.get(&merkle::leaf(leaf))
    }

    pub(crate) fn item(&self, number: u64) -> Option<&Item> {
        self.items.get(usize::try_from(number).ok()?)
    }

    /// Returns every appended contribution with its place.
    pub(crate) fn appended(&self) -> impl Iterator<Item = (&RecordId, &Item)> {
        self.at.iter().filter_map(|(record, item)| Some((record, self.items.get(*item)?)))
    }

    /// Returns what stands at a position of a data feed, as far as it was really written.
    pub(crate) fn placed(&self, record: &RecordId) -> Option<Placed<'_>> {
        if self.submissions.contains_key(record) {
            return Some(Placed::Submission);
        }
        self.item_at(record).map(Placed::Item)
    }

    pub(crate) fn item_at(&self, record: &RecordId) -> Option<&Item> {
        self.items.get(*self.at.get(record)?)
    }

    /// Notes where a writer's leaves stand, once they are durable.
    pub(crate) fn read(&mut self, writer: usize, store: &MemStore) {
        let written = |(feed, truth): (&FeedId, &FeedTruth)| {
            (truth.writer == writer && truth.manifest.purpose == Purpose::Data).then_some(*feed)
        };
        let feeds: Vec<FeedId> = self.feeds.iter().filter_map(written).collect();
        for feed in feeds {
            let read = self.read.get(&feed).copied().unwrap_or(0);
            if store.size(&feed) == read {
                continue;
            }
            let leaves = store.headers(&feed, read, store.size(&feed)).unwrap_or_default();
            for (index, leaf) in (read..).zip(leaves) {
                self.place(RecordId { feed, index }, &leaf.unwrap_or_default());
            }
            self.read.insert(feed, store.size(&feed));
        }
    }

    /// Returns the appended contributions that the submission at a position lists.
    pub(crate) fn items_of(&self, submission: &RecordId) -> impl Iterator<Item = (&RecordId, &Item)> {
        let leaf = self.submissions.get(submission).copied();
        self.appended().filter(move |(_, item)| Some(item.submission) == leaf)
    }

    fn place(&mut self, record: RecordId, leaf: &[u8]) {
        if matches!(Leaf::decode(leaf), Ok(Leaf::Submission(..))) {
            self.submissions.insert(record, merkle::leaf(leaf));
        }
        if let Some(number) = self.item_of.get(&merkle::leaf(leaf)).copied() {
            self.at.insert(record, number);
            self.items[number].record = Some(record);
        }
    }

    pub(crate) fn is_forked(&self, feed: &FeedId) -> bool {
        self.feeds.get(feed).is_some_and(|truth| truth.forked)
    }

    /// Says whether a feed of the collective forked.
    pub(crate) fn has_forked(&self, collective: &CollectiveId) -> bool {
        self.feeds.values().any(|truth| truth.forked && truth.collective == *collective)
    }

    /// Notes that a writer's feed forked.
    pub(crate) fn fork(&mut self, feed: &FeedId) {
        if let Some(truth) = self.feeds.get_mut(feed) {
            truth.forked = true;
        }
    }
}

/// Makes the bytes of an item's body: every 32 of them name the item.
pub(crate) fn marked_body(item: u64, length: usize, rng: &mut Rng) -> Vec<u8> {
    let mut body = Vec::with_capacity(length + 32);
    while body.len() < length.max(32) {
        body.extend_from_slice(&MAGIC);
        body.extend_from_slice(&item.to_be_bytes());
        body.extend_from_slice(&rng.bytes::<16>());
    }
    body
}

/// Makes the word in an item's header that names it.
pub(crate) fn marked_importer(item: u64) -> Slug {
    let text = format!("{HEADER_MAGIC}{item:016x}");
    Slug::parse(&text).expect("a prefix and hexadecimal digits are a slug")
}

/// The items whose bodies or headers have bytes in a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Marks {
    pub(crate) bodies: BTreeSet<u64>,
    pub(crate) headers: BTreeSet<u64>,
}

/// Finds the marks in a message's bytes, without knowing how it is encoded.
pub(crate) fn marks(message: &[u8]) -> Marks {
    let mut marks = Marks::default();
    for (at, byte) in message.iter().enumerate() {
        if *byte == MAGIC[0] {
            marks.bodies.extend(body_mark(&message[at..]));
        } else if *byte == HEADER_MAGIC.as_bytes()[0] {
            marks.headers.extend(header_mark(&message[at..]));
        }
    }
    marks
}

fn body_mark(bytes: &[u8]) -> Option<u64> {
    let item = bytes.strip_prefix(&MAGIC)?.first_chunk()?;
    Some(u64::from_be_bytes(*item))
}

fn header_mark(bytes: &[u8]) -> Option<u64> {
    let digits = bytes.strip_prefix(HEADER_MAGIC.as_bytes())?.first_chunk::<16>()?;
    u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_found_anywhere_in_a_message() {
        let mut rng = Rng::new(1);
        let mut message = vec![0xf5, 0x51, b's', b'i', b'm', b'-'];
        message.extend(&marked_body(77, 100, &mut rng)[32..]);
        message.extend(marked_importer(0xabc).as_str().as_bytes());
        assert_eq!(marks(&message), Marks { bodies: [77].into(), headers: [0xabc].into() });
        assert_eq!(marks(&message[..6]), Marks::default());
    }
}
