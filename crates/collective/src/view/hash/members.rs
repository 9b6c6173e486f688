//! The part of a view's hash that is about people, ballots and mandates.

use commonwheel_record::cbor::{Encode, Encoder};

use crate::view::{BallotView, CountedVote, MandateView, Outcome, Roll, Seat};

pub(super) fn roll(roll: &Roll, encoder: &mut Encoder) {
    let seats = roll.seats();
    encoder.array(seats.len());
    for Seat { enrolment, principal, votes, shares, custodial, name } in seats {
        encoder.array(6);
        enrolment.encode(encoder);
        principal.encode(encoder);
        encoder.uint(*votes);
        shares.encode(encoder);
        custodial.encode(encoder);
        name.encode(encoder);
    }
}

/// The ballot's hash stands for what it says, and the charter it names for the rules.
pub(super) fn ballots(ballots: &[BallotView], encoder: &mut Encoder) {
    encoder.array(ballots.len());
    for ballot in ballots {
        encoder.array(9);
        ballot.id.encode(encoder);
        ballot.hash.encode(encoder);
        encoder.uint(ballot.voters);
        ballot.cut.encode(encoder);
        ballot.reveal_cut.encode(encoder);
        ballot.tally.encode(encoder);
        encoder.uint(outcome(ballot.outcome));
        ballot.closes.encode(encoder);
        votes(ballot, encoder);
    }
}

/// A carried or failed outcome follows from the rules and the tally.
const fn outcome(outcome: Outcome) -> u64 {
    match outcome {
        Outcome::Open => 0,
        Outcome::Revealing => 1,
        Outcome::Incomplete => 2,
        Outcome::Carried => 3,
        Outcome::Failed(_) => 4,
    }
}

/// The votes that count, or nothing if they are erased.
fn votes(ballot: &BallotView, encoder: &mut Encoder) {
    if ballot.sealed {
        return encoder.null();
    }
    encoder.array(ballot.votes.len());
    for (key, CountedVote { id, sequence, cast, choice, votes }) in &ballot.votes {
        encoder.array(6);
        key.encode(encoder);
        id.encode(encoder);
        encoder.uint(*sequence);
        cast.encode(encoder);
        choice.encode(encoder);
        encoder.uint(*votes);
    }
}

/// When a mandate begins and ends follows from its ballot.
pub(super) fn mandates(mandates: &[MandateView], encoder: &mut Encoder) {
    encoder.array(mandates.len());
    for MandateView { id, mandate, .. } in mandates {
        encoder.array(2);
        id.encode(encoder);
        mandate.encode(encoder);
    }
}
