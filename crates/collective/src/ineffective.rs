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

    /// It is signed by keys that an amendment had replaced by then.
    #[error("signed by keys that an amendment had replaced by then")]
    ReplacedKeys,
    /// Its body is not held, and was not erased.
    #[error("its body is not held")]
    BodyMissing,
    /// Its body says nothing that this software could read.
    #[error("its body is unreadable")]
    BodyMalformed,
    /// The signature in its body does not hold.
    #[error("the signature in its body does not hold")]
    BodyForged,

    /// The principal's key, or the collective, is on the roll already.
    #[error("the principal is on the roll already")]
    AlreadyEnrolled,
    /// The enrolment it would end is none of the collective's.
    #[error("no enrolment of the collective that it could end")]
    NoEnrolment,
    /// It bears neither the governance threshold nor the signature of the principal it takes off the roll.
    #[error("signed neither by the governance threshold nor by the principal")]
    NotPrincipalSigned,

    /// The ballot's charter is none of the collective's.
    #[error("the charter it names is not the collective's")]
    UnknownCharter,
    /// The ballot's charter had been replaced by an amendment.
    #[error("an amendment had replaced the charter it names")]
    ReplacedCharter,
    /// The charter asks for secret ballots.
    #[error("the charter asks for secret ballots")]
    NotSecret,
    /// The roll at the ballot's cut is not the one it names.
    #[error("the roll at its cut is not the roll it names")]
    RollDiffers,
    /// Fewer members called the ballot than the charter asks for.
    #[error("fewer members signed its petition than the charter asks for")]
    PetitionTooSmall,

    /// The ballot it names is not valid, or not the collective's.
    #[error("no valid ballot that it could belong to")]
    NoBallot,
    /// Its body, or the close it names, belongs to another ballot.
    #[error("made for another ballot")]
    OtherBallot,
    /// The voter is not on the roll that was frozen when the ballot opened.
    #[error("the voter is not on the ballot's roll")]
    NotOnRoll,
    /// The voter's key is in somebody else's custody.
    #[error("somebody else keeps the voter's key, so it has no vote")]
    NoVote,
    /// The ballot is open, and the choice is not.
    #[error("a sealed vote in an open ballot")]
    SealedVote,
    /// The ballot is secret, and the choice is not.
    #[error("an open vote in a secret ballot")]
    OpenVote,
    /// It lies outside the cut of the ballot's closes.
    #[error("outside the cut of the ballot's close")]
    AfterClose,
    /// Another vote of the same key counts instead.
    #[error("another vote of the same key counts")]
    Superseded,
    /// It opens no vote that counts.
    #[error("opens no sealed vote that counts")]
    NothingSealed,

    /// One of its heads is of a feed that is no control feed of the collective.
    #[error("names a head that is of no control feed of the collective")]
    ForeignHead,
    /// The charter lists no witnesses, so nothing can be dated.
    #[error("the charter lists no witnesses")]
    NoWitnesses,
    /// A majority of the charter's witnesses did not cosign one of its heads.
    #[error("a head without the cosignatures of a majority of the charter's witnesses")]
    TooFewWitnesses,
    /// A majority is reached only with the writer of the feed itself.
    #[error("a majority of the charter's witnesses only with the feed's own writer")]
    SelfWitnessed,
    /// A majority did cosign, and not in the time that the charter gives.
    #[error("not cosigned in the time between the ballot's end and the charter's grace")]
    WitnessedOutOfTime,
    /// The ballot itself lies outside the cut of its closes.
    #[error("the ballot lies outside the cut of its close")]
    BallotAfterClose,
    /// Records inside the cut of the ballot's closes are not held yet.
    #[error("records inside its cut are not held yet")]
    NotAllHeld,
    /// The voting of the secret ballot was not closed.
    #[error("the voting of the secret ballot was not closed")]
    VotingNotClosed,
    /// It states another result than the votes amount to.
    #[error("its result is not what the votes amount to")]
    ResultDiffers,

    /// The close it names is not valid.
    #[error("no valid close that it could rest on")]
    NoClose,
    /// The close it names ends the voting of a ballot without a result.
    #[error("the close it names states no result")]
    NoResult,
    /// The ballot was not carried.
    #[error("the ballot was not carried")]
    NotCarried,

    /// The mandate it names is not valid, or not the collective's.
    #[error("the mandate it names is not valid")]
    NoValidMandate,
    /// The ballot behind its mandate did not propose it.
    #[error("not what the ballot proposed")]
    NotProposed,
    /// It begins before the notice is over.
    #[error("begins before the notice is over")]
    BeforeNotice,
    /// It begins when the mandate is over.
    #[error("begins when the mandate is over")]
    AfterMandate,
    /// Without the governance threshold it must be exactly what was voted for: its cuts, its end, its part.
    #[error("not exactly what the ballot allows without the governance threshold")]
    BeyondMandate,
    /// It lasts longer than an embargo without a mandate may.
    #[error("longer than an emergency embargo may last")]
    EmergencyTooLong,
    /// It begins within thirty days of another embargo without a mandate.
    #[error("begins within 30 days of another emergency embargo")]
    EmergencyRepeated,
    /// Members voted for the embargo, and the charter asks for their vote to end it.
    #[error("an embargo that members voted for is lifted by their vote")]
    NeedsBallot,
    /// The settlement it rests on does not count, or is of another embargo.
    #[error("no settlement of the embargo that it could rest on")]
    NoSettlement,
    /// The embargo is no preference shift, or waits for another condition.
    #[error("not the condition that the embargo waits for")]
    OtherCondition,

    /// It is dated before the mandate and the retention are over.
    #[error("dated before the mandate and the charter's retention are over")]
    ErasedTooEarly,
    /// Nothing in its ranges may be erased.
    #[error("nothing in its ranges may be erased")]
    NothingToErase,
}
