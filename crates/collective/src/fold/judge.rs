//! The judgement of one record: does it count, and if not, why.

use std::collections::BTreeSet;

use commonwheel_record::control::{Charter, Content, Delegation, Subject, Withdrawal};
use commonwheel_record::{Hash, RecordId};

use super::Placed;
use super::charters::Authority;
use super::counted::Counted;
use super::roles::Revocations;
use super::tally::Tally;
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
        let roots = Authority::of(chain.iter().map(|(_, charter)| &charter.root));
        let governance = Authority::of(chain.iter().map(|(_, charter)| &charter.governance));
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
        self.root_signed(placed.verified)
    }

    /// Judges a leaf and enters it into the tally.
    pub(super) fn leaf(&self, tally: &mut Tally, id: RecordId, leaf: &ControlLeaf) {
        let judged = match leaf {
            ControlLeaf::Missing => Ok(()),
            ControlLeaf::Unknown { .. } => Err(Ineffective::UnknownKind),
            ControlLeaf::Record(verified) => self.record(tally, Placed { id, verified }),
        };
        if let Err(why) = judged {
            tally.without_effect(id, why);
        }
    }

    fn record(&self, tally: &mut Tally, placed: Placed<'_>) -> Result<(), Ineffective> {
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
                self.root_signed(verified)?;
                self.delegation(delegation)?;
            }
            Content::Revocation(_) => self.root_signed(verified)?,
            Content::Withdrawal(withdrawal) => {
                self.not_cut_off(id)?;
                if self.of_member(withdrawal, verified) {
                    tally.pending(id, withdrawal.clone());
                    return Ok(());
                }
                self.governed(verified)?;
            }
            content => {
                self.not_cut_off(id)?;
                self.governed(verified)?;
                self.content(content)?;
            }
        }
        tally.enter(placed);
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

    fn root_signed(&self, verified: &Verified) -> Result<(), Ineffective> {
        if self.roots.signed(&verified.signers) { Ok(()) } else { Err(Ineffective::NotRootSigned) }
    }

    fn governed(&self, verified: &Verified) -> Result<(), Ineffective> {
        if self.governance.signed(&verified.signers) { Ok(()) } else { Err(Ineffective::NotGovernanceSigned) }
    }

    fn critical(&self, placed: Placed<'_>) -> Ineffective {
        let counts = self.good(placed).is_ok() && self.not_cut_off(placed.id).is_ok();
        if counts && self.governed(placed.verified).is_ok() {
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

    /// A withdrawal that only its member signed, in a body: what is held decides later whether it is honoured.
    fn of_member(&self, withdrawal: &Withdrawal, verified: &Verified) -> bool {
        withdrawal.member.is_some() && self.governed(verified).is_err()
    }

    fn content(&self, content: &Content) -> Result<(), Ineffective> {
        match content {
            Content::Affiliate(affiliate) if self.revoked.affiliates.contains(&affiliate.to) => {
                Err(Ineffective::Revoked)
            }
            Content::Release(release) if !release.licence.class().releasable() => Err(Ineffective::NoLicence),
            Content::Embargo(_) => self.mandated(),
            _ => Ok(()),
        }
    }

    /// Ballots are not read yet, so no mandate is valid: where the charter demands one, no embargo holds.
    fn mandated(&self) -> Result<(), Ineffective> {
        let demanded = self.charter().is_some_and(|charter| charter.rules.mandate_required);
        if demanded { Err(Ineffective::NoMandate) } else { Ok(()) }
    }
}
