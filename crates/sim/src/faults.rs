//! What goes wrong, how often, and how often it did.

use std::collections::BTreeMap;
use std::fmt;

use crate::rng::Rng;

macro_rules! faults {
    ($($(#[$meta:meta])* $name:ident = $text:literal,)+) => {
        /// A kind of fault. In a batch of seeds every kind must have happened.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Fault { $($(#[$meta])* $name,)+ }

        impl Fault {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Returns the kind's name, for people.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }
        }
    };
}

faults! {
    /// A message takes seconds.
    Delay = "message delayed",
    /// A message is lost.
    Loss = "message lost",
    /// A request, a reply or a gossip message arrives twice.
    Duplication = "message duplicated",
    /// A message is overtaken by later ones.
    Reorder = "message reordered",
    /// The transport takes seconds to hand over a reply.
    SlowDrain = "reply drained slowly",
    /// Two halves of the network cannot reach each other.
    Partition = "partition",
    /// One half hears the other and is not heard.
    AsymmetricPartition = "asymmetric partition",
    /// A connection breaks and comes back.
    Reset = "connection reset",
    /// A process dies between two steps.
    Kill = "process killed",
    /// The power goes within a step.
    PowerLoss = "power lost in a step",
    /// Writes that were not synced are lost at that.
    LostWrites = "unsynced writes lost",
    /// Some of them are lost and some kept.
    TornTail = "unsynced writes torn",
    /// A node's clock is minutes off.
    ClockSkew = "clock skewed",
    /// A peer sends a request that is no request.
    MalformedRequest = "malformed request",
    /// A peer asks for more than one may.
    OversizeRequest = "oversize request",
    /// A peer answers with bytes that are no reply.
    MalformedReply = "malformed reply",
    /// A peer answers another question than it was asked.
    WrongReply = "reply to another question",
    /// A peer does not answer.
    Silence = "no reply",
    /// A peer changes a header on its way.
    TamperedHeader = "header tampered with",
    /// A peer changes a body and signs the page.
    TamperedBody = "body tampered with",
    /// A peer changes a body page and leaves its signature.
    TamperedPage = "signed page tampered with",
    /// A peer sends a proof that proves nothing.
    TamperedProof = "proof tampered with",
    /// A peer tells a head that nobody signed.
    ForgedHead = "head forged",
    /// A peer tells heads that it told before.
    StaleHeads = "heads stale",
    /// A peer gossips bytes that are no message.
    MalformedGossip = "malformed gossip",
    /// Gossip comes back long after.
    ReplayedGossip = "gossip replayed",
    /// A control record under a head that its feed's writer did not sign.
    ForgedControl = "control record forged",
    /// A fork proof over heads that do not contradict each other.
    ForgedForkProof = "fork proof forged",
    /// A carrier writes control records that governance did not sign.
    UnsignedControl = "control record without authority",
    /// A collective rules over records of another.
    ForeignRuling = "ruling over another's records",
    /// A writer signs two heads that contradict each other.
    Equivocation = "writer equivocated",
    /// A peer asks for bodies that it has no right to.
    UngrantedRequest = "ungranted bodies asked for",
    /// A mirror publishes a feed in a co-op's name.
    MirrorPublish = "mirror published as a co-op",
    /// A close states another result than the votes amount to.
    FalseResult = "false result of a ballot",
    /// A carrier copies a record of the co-op's own.
    ReplayedRecord = "control record replayed",
    /// A stranger votes, or somebody in a member's name.
    ForgedVote = "vote forged",
    /// A mandate that no valid close carries, and what is said to rest on it.
    ClaimedMandate = "mandate claimed",
    /// A close with cosignatures of another time, or another's.
    ForgedClose = "close forged",
    /// An enrolment that governance did not sign.
    UnsignedEnrolment = "enrolment without authority",
    /// One governance key where two must sign.
    ShortThreshold = "threshold not reached",
    /// A leave in a member's name.
    ForgedNotice = "notice of leave forged",
    /// A carrier keeps the bodies of control records to itself.
    WithheldPersonal = "bodies of control records withheld",
    /// A node hears only liars, who keep control records from it.
    Eclipse = "node eclipsed",
    /// A node says that it enforces an embargo, and serves what it covers.
    Pretence = "withheld bodies served by a pretender",
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How often each fault happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults(BTreeMap<Fault, u64>);

impl Faults {
    pub(crate) fn count(&mut self, fault: Fault) {
        *self.0.entry(fault).or_default() += 1;
    }

    /// Returns how often a fault happened.
    #[must_use]
    pub fn of(&self, fault: Fault) -> u64 {
        self.0.get(&fault).copied().unwrap_or(0)
    }

    /// Adds another run's counts.
    pub fn add(&mut self, other: &Self) {
        for (fault, count) in &other.0 {
            *self.0.entry(*fault).or_default() += count;
        }
    }

    /// Returns the kinds that never happened.
    #[must_use]
    pub fn never(&self) -> Vec<Fault> {
        Fault::ALL.iter().copied().filter(|fault| self.of(*fault) == 0).collect()
    }
}

/// How likely each fault of the network is, in thousandths a message. Each seed has its own mix, some kinds absent, so
/// that one fault does not always hide another.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Weather {
    pub(crate) delay: u64,
    pub(crate) loss: u64,
    pub(crate) duplication: u64,
    pub(crate) reorder: u64,
    pub(crate) slow_drain: u64,
}

impl Weather {
    pub(crate) const CALM: Self = Self { delay: 0, loss: 0, duplication: 0, reorder: 0, slow_drain: 0 };

    pub(crate) const fn of(rng: &mut Rng) -> Self {
        Self {
            delay: rng.below(2) * rng.below(60),
            loss: rng.below(2) * rng.below(120),
            duplication: rng.below(2) * rng.below(120),
            reorder: rng.below(2) * rng.below(250),
            slow_drain: rng.below(2) * rng.below(200),
        }
    }
}
