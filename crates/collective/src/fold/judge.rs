//! The judgement of one record: does it count, and if not, why.

use std::collections::BTreeSet;

use commonwheel_record::control::{Charter, Content, Delegation, Subject};
use commonwheel_record::{Hash, RecordId};

use super::Placed;
use super::authority::{Authority, Signed};
use super::counted::Counted;
use super::gather::{Gathered, Refused};
use super::roles::Revocations;
use crate::feed::{ControlLeaf, Verified};
use crate::ineffective::Ineffective;

/// What every record of the collective is judged by.
#[derive(Debug)]
pub(super) struct Judge<'a, 'c> {
    pub(super) counted: &'c Counted<'a>,
    pub(super) chain: Vec<(Hash, &'a Charter)>,
    /// The chain's hashes, to be looked up.
    holding: BTreeSet<Hash>,
    pub(super) revoked: Revocations,
    roots: Authority<'a>,
    governance: Authority<'a>,
}

impl<'a, 'c> Judge<'a, 'c> {
    pub(super) fn new(counted: &'c Counted<'a>) -> Self {
        let chain = counted.charters.chain();
        let roots = Authority::of_chain(&chain, |charter| &charter.root);
        let governance = Authority::of_chain(&chain, |charter| &charter.governance);
        let holding = chain.iter().map(|(hash, _)| *hash).collect();
        let mut judge = Self { counted, chain, holding, revoked: Revocations::default(), roots, governance };
        judge.revoked = judge.revocations();
        judge
    }

    /// The charter that holds now; the chain starts with the genesis charter, so there is one.
    pub(super) fn charter(&self) -> Option<&'a Charter> {
        self.chain.last().map(|(_, charter)| *charter)
    }

    fn revocations(&self) -> Revocations {
        let mut revoked = Revocations::default();
        for (feed, held) in &self.counted.feeds {
            for (index, leaf) in (0..).zip(held.feed.leaves) {
                if let ControlLeaf::Record(verified) = leaf
                    && self.revocation(Placed { id: RecordId { feed: *feed, index }, verified }).is_ok()
                {
                    revoked.add(&verified.control.content);
                }
            }
        }
        revoked
    }

    fn revocation(&self, placed: Placed<'_>) -> Result<(), Ineffective> {
        self.own(placed.verified)?;
        self.good(placed)?;
        if placed.verified.control.extensions.unknown_critical() {
            return Err(Ineffective::UnknownCritical);
        }
        self.root_signed(placed)
    }

    /// Judges a leaf and takes it in, or says why not.
    pub(super) fn leaf(
        &self,
        gathered: &mut Gathered<'a>,
        refused: &mut Refused,
        id: RecordId,
        leaf: &'a ControlLeaf,
    ) {
        let judged = match leaf {
            ControlLeaf::Missing => Ok(()),
            ControlLeaf::Unknown { .. } => Err(Ineffective::UnknownKind),
            ControlLeaf::Record(verified) => self.record(gathered, Placed { id, verified }),
        };
        if let Err(why) = judged {
            refused.insert(id, why);
        }
    }

    fn record(&self, gathered: &mut Gathered<'a>, placed: Placed<'a>) -> Result<(), Ineffective> {
        let Placed { id, verified } = placed;
        self.own(verified)?;
        // An embargo holds by its own signatures, on whichever branch it stands.
        if !matches!(verified.control.content, Content::Embargo(_)) {
            self.good(placed)?;
        }
        if verified.control.extensions.unknown_critical() {
            return Err(self.critical(placed));
        }
        match &verified.control.content {
            Content::Charter(_) => return self.amendment(verified),
            Content::Delegation(delegation) => {
                self.root_signed(placed)?;
                self.delegation(delegation)?;
            }
            Content::Revocation(_) => self.root_signed(placed)?,
            content => {
                self.not_cut_off(id)?;
                let governed = self.governed(placed);
                if let Content::Withdrawal(withdrawal) = content
                    && withdrawal.member.is_some()
                    && governed.is_err()
                {
                    // Only its member signed it, in a body: what is held decides later whether it is honoured.
                    gathered.pending(id, withdrawal.clone());
                    return Ok(());
                }
                if !has_other_authority(content) {
                    governed?;
                }
                self.content(content)?;
                gathered.enter(placed, governed);
                return Ok(());
            }
        }
        gathered.enter(placed, Ok(()));
        Ok(())
    }

    fn own(&self, verified: &Verified) -> Result<(), Ineffective> {
        let own = match verified.control.collective {
            Some(collective) => collective == self.counted.collective,
            None => self.chain.first().is_some_and(|(genesis, _)| *genesis == verified.hash),
        };
        if own { Ok(()) } else { Err(Ineffective::OtherCollective) }
    }

    fn good(&self, placed: Placed<'_>) -> Result<(), Ineffective> {
        let feed = self.counted.feeds.get(&placed.id.feed);
        let good = feed.is_some_and(|feed| feed.is_good(placed.id.index));
        if good { Ok(()) } else { Err(Ineffective::Forked) }
    }

    fn not_cut_off(&self, id: RecordId) -> Result<(), Ineffective> {
        if self.revoked.cut_off(&id.feed, id.index) { Err(Ineffective::BeyondRevocation) } else { Ok(()) }
    }

    fn root_signed(&self, placed: Placed<'_>) -> Result<(), Ineffective> {
        judged(self.roots.signed(&placed.verified.signers, &placed.id), Ineffective::NotRootSigned)
    }

    fn governed(&self, placed: Placed<'_>) -> Result<(), Ineffective> {
        judged(self.governance.signed(&placed.verified.signers, &placed.id), Ineffective::NotGovernanceSigned)
    }

    fn critical(&self, placed: Placed<'_>) -> Ineffective {
        let counts = self.good(placed).is_ok() && self.not_cut_off(placed.id).is_ok();
        if counts && self.governed(placed).is_ok() {
            Ineffective::ClosesBodies
        } else {
            Ineffective::UnknownCritical
        }
    }

    fn amendment(&self, verified: &Verified) -> Result<(), Ineffective> {
        if self.holding.contains(&verified.hash) {
            Ok(())
        } else if self.counted.charters.is_valid(&verified.hash) {
            Err(Ineffective::OtherCharter)
        } else {
            Err(Ineffective::NoPredecessor)
        }
    }

    fn delegation(&self, delegation: &Delegation) -> Result<(), Ineffective> {
        match &delegation.subject {
            Subject::Feed(feed) if self.counted.excess.contains(feed) => {
                Err(Ineffective::TooManyControlFeeds)
            }
            Subject::Node { key, .. } | Subject::Liveness(key) if self.revoked.keys.contains(key) => {
                Err(Ineffective::Revoked)
            }
            _ => Ok(()),
        }
    }

    fn content(&self, content: &Content) -> Result<(), Ineffective> {
        match content {
            Content::Affiliate(affiliate) if self.revoked.affiliates.contains(&affiliate.to) => {
                Err(Ineffective::Revoked)
            }
            Content::Release(release) if !release.licence.class().releasable() => Err(Ineffective::NoLicence),
            _ => Ok(()),
        }
    }
}

const fn judged(signed: Signed, unsigned: Ineffective) -> Result<(), Ineffective> {
    match signed {
        Signed::Yes => Ok(()),
        Signed::Replaced => Err(Ineffective::ReplacedKeys),
        Signed::No => Err(unsigned),
    }
}

/// Says whether something else than the governance threshold may stand behind a record: a member's signature in its
/// body, witnesses, or a mandate. Which of them does is resolved once all records are known.
const fn has_other_authority(content: &Content) -> bool {
    matches!(
        content,
        Content::Leave(_)
            | Content::Ballot(_)
            | Content::Vote(_)
            | Content::Reveal(_)
            | Content::Close(_)
            | Content::Mandate(_)
            | Content::Embargo(_)
            | Content::Lift(_)
            | Content::Settlement(_)
    )
}
