//! Many collectives with many feeds each, all written by one key.

use std::collections::BTreeSet;

use commonwheel_collective::found::{self, Founding};
use commonwheel_record::control::{Charter, KeySet, Rules, Subject};
use commonwheel_record::manifest::{FeedAudience, Manifest, Prologue, Purpose};
use commonwheel_record::terms::{Licence, Preferences};
use commonwheel_record::{CollectiveId, Domain, Hash, NetworkId, SecretKey};

use crate::Failure;
use crate::coop::network;
use crate::corpus::{Author, LICENCE};

/// Feeds a collective has at least, before there are more collectives.
const FEEDS_EACH: usize = 100;
/// Collectives at most.
const COLLECTIVES: usize = 100;

/// A collective with its feeds.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) founding: Founding,
    /// The control feed's first leaves: charter and delegations.
    pub(super) leaves: Vec<Vec<u8>>,
    pub(super) feeds: Vec<Manifest>,
}

/// All collectives.
#[derive(Debug)]
pub(super) struct Federation {
    pub(super) writer: SecretKey,
    pub(super) members: Vec<Member>,
    author: Author,
}

impl Federation {
    /// Founds so many collectives that each has a moderate part of the feeds.
    pub(super) fn found(feeds: usize) -> Result<Self, Failure> {
        let network = network();
        let writer = SecretKey::from_seed(&[3; 32]);
        let count = (feeds / FEEDS_EACH).clamp(1, COLLECTIVES);
        let member = |number| member(&network, &writer, number, feeds / count);
        let members = (0..count).map(member).collect::<Result<Vec<_>, _>>()?;
        let first = &members[0];
        let author = Author::new(network, first.founding.collective, first.feeds[0].id())?;
        Ok(Self { writer, members, author })
    }

    /// Returns the collectives.
    pub(super) fn collectives(&self) -> BTreeSet<CollectiveId> {
        self.members.iter().map(|member| member.founding.collective).collect()
    }

    /// Returns every data feed.
    pub(super) fn feeds(&self) -> impl Iterator<Item = &Manifest> {
        self.members.iter().flat_map(|member| &member.feeds)
    }

    /// Makes a leaf like no other.
    pub(super) fn leaf(&mut self) -> Result<Vec<u8>, Failure> {
        Ok(self.author.item()?.leaf)
    }
}

fn member(network: &NetworkId, writer: &SecretKey, number: usize, feeds: usize) -> Result<Member, Failure> {
    let founding = found::found(network, charter(network, writer, number)?, &[writer], writer.public());
    let collective = founding.collective;
    // A feed is its manifest's hash: one writer's feeds are told apart by the prologue.
    let manifest = |nth: usize| {
        let prologue = Prologue { feed: founding.manifest.id(), size: nth as u64, root: Hash::default() };
        let plain = found::feed(network, collective, Purpose::Data, FeedAudience::Public, writer.public());
        Manifest { prologue: Some(prologue), ..plain }
    };
    let feeds: Vec<Manifest> = (0..feeds).map(manifest).collect();
    let mut leaves = founding.leaves.clone();
    let delegate =
        |feed: &Manifest| found::delegate(network, collective, &[writer], Subject::Feed(feed.id()));
    leaves.extend(feeds.iter().map(delegate));
    Ok(Member { founding, leaves, feeds })
}

fn charter(network: &NetworkId, key: &SecretKey, number: usize) -> Result<Charter, Failure> {
    Ok(Charter {
        number: 0,
        previous: None,
        cut: commonwheel_record::Cut::default(),
        nonce: Hash::of(Domain::TEXT, network, &[&(number as u64).to_be_bytes()]),
        name: format!("Collective {number}"),
        root: KeySet::single(key.public()),
        governance: KeySet::single(key.public()),
        next_root: BTreeSet::new(),
        liveness: BTreeSet::new(),
        witnesses: BTreeSet::new(),
        stewards: BTreeSet::new(),
        lease_hours: 72,
        release_feed: None,
        default_licence: Licence::parse(LICENCE)?,
        terms: None,
        default_preferences: Preferences::UNSET,
        preferences_locked: false,
        rules: Rules::default(),
    })
}
