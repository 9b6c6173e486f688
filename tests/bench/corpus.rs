//! Made-up submissions whose contributions have exact sizes: a header of 300 bytes, a body of 600 with its salt.

use std::collections::BTreeSet;

use commonwheel_record::body::{Body, Content, SealedBody};
use commonwheel_record::submission::{Submission, SubmissionBody, item_hash};
use commonwheel_record::terms::{Language, Licence, Preferences, Slug};
use commonwheel_record::{
    Attribution, CollectiveId, Commitment, Contribution, ContributionKind, Domain, Extensions, FeedId, Hash,
    Leaf, NetworkId, RecordId, Regions, Salt, SecretKey, Tier,
};

use crate::Failure;

/// Bytes of a contribution's header.
pub(crate) const HEADER_BYTES: usize = 300;
/// Bytes of its body, its salt included.
pub(crate) const BODY_BYTES: usize = 600;
/// The licence of every contribution: a contract that can be ended, so that a strike closes them.
pub(crate) const LICENCE: &str = "LicenseRef-commonwheel-contract-1";

/// An extension that nobody knows and nobody must: it pads headers.
const PADDING: u64 = 2;

/// A contribution that was not appended yet.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) leaf: Vec<u8>,
    pub(crate) salt: Salt,
    pub(crate) body: Vec<u8>,
}

/// Leaves of a data feed in order, and the bodies of those that have one, by position.
#[derive(Clone, Debug, Default)]
pub(crate) struct Batch {
    pub(crate) leaves: Vec<Vec<u8>>,
    pub(crate) bodies: Vec<(u64, SealedBody)>,
}

/// Makes contributions to one collective, all different.
#[derive(Debug)]
pub(crate) struct Author {
    network: NetworkId,
    collective: CollectiveId,
    feed: FeedId,
    member: SecretKey,
    template: Contribution,
    /// Characters that fill a body up, and bytes that fill a header up.
    fill: (usize, usize),
    made: u64,
}

impl Author {
    /// Makes an author who contributes to a collective's feed.
    pub(crate) fn new(network: NetworkId, collective: CollectiveId, feed: FeedId) -> Result<Self, Failure> {
        let member = SecretKey::from_seed(&[77; 32]);
        let template = template(&network)?;
        let mut author = Self { network, collective, feed, member, template, fill: (400, 100), made: 0 };
        let trial = author.item()?;
        let room = |wanted: usize, found: usize| wanted.checked_sub(found).ok_or("the sizes are too small");
        author.fill.0 += room(BODY_BYTES, trial.salt.len() + trial.body.len())?;
        author.fill.1 += room(HEADER_BYTES, trial.leaf.len())?;
        author.made = 0;
        let exact = author.item()?;
        author.made = 0;
        if (exact.leaf.len(), exact.salt.len() + exact.body.len()) == (HEADER_BYTES, BODY_BYTES) {
            Ok(author)
        } else {
            Err("the sizes cannot be met".into())
        }
    }

    /// Makes the next contribution.
    pub(crate) fn item(&mut self) -> Result<Item, Failure> {
        self.made += 1;
        let seed = Hash::of(Domain::TEXT, &self.network, &[&self.made.to_be_bytes()]);
        let salt = seed.0;
        let text = seed.to_string().chars().cycle().take(self.fill.0).collect();
        let body = Body::of(Content::Text(text)).encode()?;
        let commitment = Commitment::to(&self.network, &salt, &body);
        let header = Contribution { commitment, ..self.template.clone() };
        let padding = Extensions([(PADDING, vec![0; self.fill.1])].into());
        Ok(Item { leaf: Leaf::Contribution(Box::new(header), padding).encode(), salt, body })
    }

    /// Makes a submission of so many contributions, to be appended at position `first`.
    pub(crate) fn submission(&mut self, first: u64, items: usize, into: &mut Batch) -> Result<(), Failure> {
        let items = (0..items).map(|_| self.item()).collect::<Result<Vec<_>, _>>()?;
        let hashes = items.iter().map(|item| item_hash(&self.network, &item.salt, &item.leaf)).collect();
        let consent = Hash::of(Domain::TEXT, &self.network, &[b"consent"]);
        let signed = SubmissionBody::sign(&self.network, &self.member, self.collective, consent, 1, hashes)?;
        let bytes = signed.encode();
        let salt = Hash::of(Domain::TEXT, &self.network, &[b"submission", &first.to_be_bytes()]).0;
        let commitment = Commitment::to(&self.network, &salt, &bytes);
        into.leaves.push(Leaf::Submission(Submission { commitment }, Extensions::default()).encode());
        into.bodies.push((first, SealedBody { salt, submission: None, bytes }));
        let submission = Some(RecordId { feed: self.feed, index: first });
        for (index, Item { leaf, salt, body }) in (first + 1..).zip(items) {
            into.leaves.push(leaf);
            into.bodies.push((index, SealedBody { salt, submission, bytes: body }));
        }
        Ok(())
    }
}

impl Batch {
    /// Bytes of headers, bodies and salts: what a feed must hold at least.
    pub(crate) fn payload_bytes(&self) -> u64 {
        let leaves: usize = self.leaves.iter().map(Vec::len).sum();
        let bodies: usize = self.bodies.iter().map(|(_, body)| body.salt.len() + body.bytes.len()).sum();
        (leaves + bodies) as u64
    }
}

fn template(network: &NetworkId) -> Result<Contribution, Failure> {
    Ok(Contribution {
        kind: ContributionKind::Example,
        language: Language::parse("en")?,
        domain: Slug::parse("news")?,
        tags: BTreeSet::new(),
        labelled: false,
        licence: Licence::parse(LICENCE)?,
        preferences: Preferences::UNSET,
        conditions: BTreeSet::new(),
        attribution: Attribution::Anonymous,
        tier: Tier::Public,
        regions: Regions::default(),
        importer: Slug::parse("bench-1")?,
        stewards: BTreeSet::new(),
        ancestors: BTreeSet::new(),
        commitment: Commitment::to(network, &[0; 32], &[]),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contributions_have_the_sizes_they_are_said_to_have() {
        let network = NetworkId::named("bench");
        let mut author = Author::new(network, CollectiveId([1; 32]), FeedId([2; 32])).unwrap();
        let mut batch = Batch::default();
        author.submission(0, 3, &mut batch).unwrap();
        assert!(batch.leaves[1..].iter().all(|leaf| leaf.len() == HEADER_BYTES));
        assert!(batch.bodies[1..].iter().all(|(_, body)| body.bytes.len() + body.salt.len() == BODY_BYTES));
        assert_ne!(batch.leaves[1], batch.leaves[2]);
        for (leaf, (_, body)) in batch.leaves[1..].iter().zip(&batch.bodies[1..]) {
            let Ok(Leaf::Contribution(header, _)) = Leaf::decode(leaf) else { panic!("no contribution") };
            assert!(header.commitment.opens(&network, &body.salt, &body.bytes));
        }
    }
}
