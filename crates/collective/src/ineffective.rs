//! Why a record of a control feed has no effect.

/// Why a record has no effect, as `why` and `status` print it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Ineffective {
    /// Of a kind or version this software does not know.
    #[error("unknown kind or version")]
    UnknownKind,
    /// It names another collective.
    #[error("record of another collective")]
    OtherCollective,
    /// It carries a critical extension this software does not know, without the governance threshold.
    #[error("unknown critical extension, without the governance threshold")]
    UnknownCritical,
    /// It carries a critical extension this software does not know, and bears the governance threshold: nothing of
    /// the collective is served beyond its headers until the software is newer.
    #[error("unknown critical extension under the governance threshold: the collective's bodies are closed")]
    ClosesBodies,
    /// It lies beyond what the branches of a forked feed have in common.
    #[error("beyond the good part of a forked feed")]
    Forked,
    /// It lies beyond the size at which its feed was revoked.
    #[error("beyond the size at which its feed was revoked")]
    BeyondRevocation,
    /// What it names was revoked.
    #[error("what it names was revoked")]
    Revoked,
    /// It lacks the root threshold.
    #[error("not signed by the root threshold")]
    NotRootSigned,
    /// It lacks the governance threshold.
    #[error("not signed by the governance threshold")]
    NotGovernanceSigned,
    /// No valid charter precedes it, or that one's root keys or commitments do not admit it.
    #[error("no valid charter hands over to it")]
    NoPredecessor,
    /// Another successor of the same charter has the smaller hash.
    #[error("another amendment of the same charter holds")]
    OtherCharter,
    /// The collective has as many control feeds as it may.
    #[error("the collective has as many control feeds as it may")]
    TooManyControlFeeds,
    /// The charter demands a mandate, and none is valid.
    #[error("the charter demands a mandate")]
    NoMandate,
    /// The embargo it would lift is not in force.
    #[error("no embargo in force that it could lift")]
    NoEmbargo,
    /// The offer it rests on is not the collective's.
    #[error("no offer of the collective that it could rest on")]
    NoOffer,
    /// What has no licence is never released.
    #[error("no licence, so never released")]
    NoLicence,
    /// Its body is not held, and was not erased.
    #[error("its body is not held")]
    BodyMissing,
}
