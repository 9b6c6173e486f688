//! Charters: keys, thresholds and rules as data.

use std::collections::BTreeSet;

use super::{Cut, first_broken};
use crate::cbor::{DecodeError, coded_enum, fixed_array};
use crate::fault::{Fault, is_planted};
use crate::hash::{Domain, Hash};
use crate::id::{CollectiveId, FeedId, NetworkId};
use crate::key::PublicKey;
use crate::limits::{LEASE_HOURS, MAX_KEYS, MAX_NAME, MAX_PETITIONERS};
use crate::terms::{Licence, Preferences};
use crate::text;

/// Keys of which `threshold` must sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySet {
    /// How many of the keys must sign.
    pub threshold: u8,
    /// The keys; each counts once.
    pub keys: BTreeSet<PublicKey>,
}

fixed_array!(KeySet { threshold, keys });

impl KeySet {
    /// Makes a set of one key that must sign.
    #[must_use]
    pub fn single(key: PublicKey) -> Self {
        Self { threshold: 1, keys: BTreeSet::from([key]) }
    }

    /// Says whether enough of the keys are among the signers.
    #[must_use]
    pub fn satisfied_by(&self, signers: &BTreeSet<PublicKey>) -> bool {
        let needed = if is_planted(Fault::OneKeySuffices) { 1 } else { usize::from(self.threshold) };
        self.keys.intersection(signers).count() >= needed
    }

    fn check(&self) -> Result<(), DecodeError> {
        let reachable = (1..=self.keys.len()).contains(&usize::from(self.threshold));
        if self.keys.len() > MAX_KEYS || !reachable {
            return Err(DecodeError::Rule("a threshold lies between 1 and the number of keys, at most 16"));
        }
        check_keys(&self.keys)
    }
}

fn check_keys(keys: &BTreeSet<PublicKey>) -> Result<(), DecodeError> {
    let admitted = keys.iter().all(|key| key.admit().is_ok());
    if admitted { Ok(()) } else { Err(DecodeError::Rule("weak or malformed key")) }
}

/// A fraction, compared in integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ratio {
    /// Numerator.
    pub over: u32,
    /// Denominator, not 0.
    pub under: u32,
}

fixed_array!(Ratio { over, under });

impl Ratio {
    const fn is_fraction(self) -> bool {
        self.under > 0 && self.over <= self.under
    }
}

coded_enum! {
    /// How votes are weighed.
    VoteWeight {
        /// One member, one vote.
        Member = 0 "one-member-one-vote",
        /// By shares, up to the cap.
        Shares = 1 "shares",
    }
}

coded_enum! {
    /// How income is shared out.
    DividendMode {
        /// It is not.
        None = 0 "none",
        /// By what each contributed.
        Patronage = 1 "patronage",
        /// Equally.
        Equal = 2 "equal",
    }
}

/// What a strike and a release need, as data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Whether an embargo without a ballot's mandate has no effect.
    pub mandate_required: bool,
    /// How votes are weighed.
    pub vote_weight: VoteWeight,
    /// The most votes one member may have, at least 1.
    pub vote_cap: u32,
    /// The part of the roll that must vote.
    pub turnout: Ratio,
    /// The part of the votes cast that must be exceeded.
    pub majority: Ratio,
    /// The part of the roll that must vote yes.
    pub support_floor: Ratio,
    /// Whether abstentions count towards the turnout.
    pub abstentions_count: bool,
    /// Whether every ballot is secret.
    pub secret_ballots: bool,
    /// How many members may call a ballot without the governance keys, 0 for none.
    pub petition: u32,
    /// Hours after its end in which a ballot's last heads are witnessed.
    pub grace_hours: u32,
    /// Whether an embargo that members voted for is lifted by a vote only.
    pub lift_by_ballot: bool,
    /// Days between the ballot's close and the first action.
    pub notice_days: u32,
    /// Days a mandate lasts.
    pub mandate_days: u32,
    /// Hours an embargo may last without a mandate, 0 for none.
    pub emergency_hours: u32,
    /// Days between releases, 0 for no cadence.
    pub cadence_days: u32,
    /// Thousandths of income kept as a reserve.
    pub reserve_permille: u32,
    /// How the rest is shared out.
    pub dividend: DividendMode,
    /// Days that personal parts of roll and votes are kept after a mandate ends.
    pub retention_days: u32,
}

fixed_array!(Rules {
    mandate_required,
    vote_weight,
    vote_cap,
    turnout,
    majority,
    support_floor,
    abstentions_count,
    secret_ballots,
    petition,
    grace_hours,
    lift_by_ballot,
    notice_days,
    mandate_days,
    emergency_hours,
    cadence_days,
    reserve_permille,
    dividend,
    retention_days,
});

impl Default for Rules {
    /// One key's word, as a collective begins: no ballot is asked for.
    fn default() -> Self {
        Self {
            mandate_required: false,
            vote_weight: VoteWeight::Member,
            vote_cap: 1,
            turnout: Ratio { over: 1, under: 2 },
            majority: Ratio { over: 1, under: 2 },
            support_floor: Ratio { over: 0, under: 1 },
            abstentions_count: true,
            secret_ballots: false,
            petition: 0,
            grace_hours: 24,
            lift_by_ballot: false,
            notice_days: 0,
            mandate_days: 365,
            emergency_hours: 0,
            cadence_days: 0,
            reserve_permille: 0,
            dividend: DividendMode::None,
            retention_days: 365,
        }
    }
}

/// A collective's charter. Number 0 founds it; number N + 1 replaces number N.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charter {
    /// 0 for the genesis charter, then one more each time.
    pub number: u64,
    /// The hash of the predecessor's signed bytes; none in the genesis charter.
    pub previous: Option<Hash>,
    /// Control feeds: what the predecessor's keys signed counts inside it only; empty in the genesis charter.
    pub cut: Cut,
    /// 32 random bytes in a genesis charter, so that equal charters found different collectives.
    pub nonce: Hash,
    /// The collective's name, for people.
    pub name: String,
    /// Keys that delegate feeds and amend the charter.
    pub root: KeySet,
    /// Keys that release, strike, lift, withdraw, offer and grant.
    pub governance: KeySet,
    /// Digests of the next root keys.
    pub next_root: BTreeSet<Hash>,
    /// Keys that may sign leases.
    pub liveness: BTreeSet<PublicKey>,
    /// Keys of the nodes that witness its feeds.
    pub witnesses: BTreeSet<PublicKey>,
    /// Collectives that contributions may name as stewards.
    pub stewards: BTreeSet<CollectiveId>,
    /// Hours a lease lasts, 1 to 720.
    pub lease_hours: u32,
    /// The feed whose order a rate limit counts in.
    pub release_feed: Option<FeedId>,
    /// The licence of contributions that name none.
    pub default_licence: Licence,
    /// The hash of the terms a `LicenseRef-` default stands for.
    pub terms: Option<Hash>,
    /// The preferences of contributions that state none.
    pub default_preferences: Preferences,
    /// Whether members may not state more permissive ones.
    pub preferences_locked: bool,
    /// Rules of strikes, releases and money.
    pub rules: Rules,
}

fixed_array!(Charter {
    number,
    previous,
    cut,
    nonce,
    name,
    root,
    governance,
    next_root,
    liveness,
    witnesses,
    stewards,
    lease_hours,
    release_feed,
    default_licence,
    terms,
    default_preferences,
    preferences_locked,
    rules,
});

impl Charter {
    pub(super) fn check(&self) -> Result<(), DecodeError> {
        let sizes = [self.next_root.len(), self.liveness.len(), self.witnesses.len(), self.stewards.len()];
        let ratios = [self.rules.turnout, self.rules.majority, self.rules.support_floor];
        let rules = [
            (
                (self.number == 0) == self.previous.is_none(),
                "every charter but the first names its predecessor",
            ),
            (self.number > 0 || self.cut.0.is_empty(), "a genesis charter has no predecessor to cut off"),
            (sizes.iter().all(|size| *size <= MAX_KEYS), "a charter lists at most 16 of each"),
            (LEASE_HOURS.contains(&self.lease_hours), "a lease lasts 1 to 720 hours"),
            (text::is_plain(&self.name, MAX_NAME), "a name is 1 to 64 bytes of plain text"),
            (ratios.iter().all(|ratio| ratio.is_fraction()), "a ratio lies between 0 and 1"),
            (self.rules.reserve_permille <= 1000, "a reserve is at most 1000 thousandths"),
            (self.rules.vote_cap > 0, "one member has at least one vote"),
            (self.rules.petition as usize <= MAX_PETITIONERS, "a petition needs at most 32 signatures"),
            (self.rules.notice_days < self.rules.mandate_days, "a mandate outlasts its notice"),
        ];
        first_broken(&rules)?;
        self.cut.check()?;
        [&self.liveness, &self.witnesses].into_iter().try_for_each(check_keys)?;
        self.root.check()?;
        self.governance.check()
    }
}

/// Returns the digest by which a charter commits to a future root key.
#[must_use]
pub fn next_root_digest(network: &NetworkId, key: &PublicKey) -> Hash {
    Hash::of(Domain::NEXT_ROOT, network, &[key.as_bytes()])
}
