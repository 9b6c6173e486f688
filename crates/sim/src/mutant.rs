//! Deliberate bugs, to test the checkers: each must be caught within a few seeds.

/// A bug that every honest node of a run has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mutant {
    /// Acknowledges before anything is durable.
    SkipsFsync,
    /// Signs whatever it holds after a crash: no tip guard, no fsync.
    ForgetsTip,
    /// Stores embargoes and never acts on them.
    IgnoresEmbargoes,
    /// Acts on embargoes until its next start.
    ForgetsEmbargoes,
    /// Serves gated bodies to everyone.
    ServesGated,
    /// Serves bodies that were never released.
    ServesUnreleased,
    /// Stores bodies that are not what was sent.
    RotsBodies,
    /// Never asks for bodies.
    WantsNothing,
    /// Gossips what is in its waiting room.
    LeaksWaitingRoom,
    /// Takes a peer's word for whose feed a feed is.
    BelievesPublishers,
    /// Stops at a request that it cannot read.
    StopsAtGarbage,
    /// Forgets that a feed forked.
    ForgetsForks,
    /// Erases nothing.
    KeepsWithdrawn,
    /// Lets a stranger rule as if it were the owner.
    ObeysStrangers,
    /// Folds what came first, and one record less.
    DependsOnOrder,
    /// Takes the body of a control record for what it commits to, unchecked.
    RotsPersonal,
    /// Loses the votes that it was given.
    LosesVotes,
    /// Keeps votes that were declared erased.
    KeepsVotes,
    /// Sends control records without their bodies.
    WithholdsPersonal,
    /// Stores embargoes that change preferences and never acts on them.
    IgnoresOverlays,
    /// Stores rate limits and never acts on them.
    IgnoresRateLimits,
    /// Counts a lease from the future.
    BelievesFuture,
    /// Acts on embargoes and never says so.
    NeverAcknowledges,
    /// Remembers the queues of rate limits as they were.
    KeepsSlots,
}

impl Mutant {
    /// Every mutant, with the promise whose checker must catch it.
    pub const ALL: &'static [(Self, &'static str)] = &[
        (Self::SkipsFsync, "I1"),
        (Self::ForgetsTip, "I10"),
        (Self::IgnoresEmbargoes, "I2"),
        (Self::ForgetsEmbargoes, "I2"),
        (Self::ServesGated, "I7"),
        (Self::ServesUnreleased, "I7"),
        (Self::RotsBodies, "I4"),
        (Self::WantsNothing, "I3"),
        (Self::LeaksWaitingRoom, "I14"),
        (Self::BelievesPublishers, "I6"),
        (Self::StopsAtGarbage, "I9"),
        (Self::ForgetsForks, "I5"),
        (Self::KeepsWithdrawn, "I13"),
        (Self::ObeysStrangers, "I11"),
        (Self::DependsOnOrder, "I12"),
        (Self::RotsPersonal, "I4"),
        (Self::LosesVotes, "I1"),
        (Self::KeepsVotes, "I13"),
        (Self::WithholdsPersonal, "I3"),
        (Self::IgnoresOverlays, "I2"),
        (Self::IgnoresRateLimits, "I2"),
        (Self::BelievesFuture, "I2"),
        (Self::NeverAcknowledges, "I3"),
        (Self::KeepsSlots, "I12"),
    ];
}
