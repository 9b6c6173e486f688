//! What to do about a control record that would have no effect.

use commonwheel_collective::Ineffective;

use super::strike;

/// Says what whoever would append a record can do, so that it has effect.
pub(super) const fn fix(why: &Ineffective) -> &'static str {
    match why {
        Ineffective::NotGovernanceSigned => {
            "let as many governance keys sign it as the charter asks for, each named with --key"
        }
        Ineffective::NotRootSigned => {
            "let as many root keys sign it as the charter asks for, each named with --key"
        }
        Ineffective::AlreadyEnrolled => "end the older enrolment first, with `commonwheel member leave`",
        Ineffective::NoEnrolment => "`commonwheel member list` shows the enrolments that count",
        Ineffective::NotPrincipalSigned => "sign it with the member's own key, or let governance do it",
        Ineffective::NotOnRoll => {
            "a ballot's roll is frozen when it is drawn up: whoever is enrolled now votes on the next one"
        }
        Ineffective::NoVote => {
            "a member who keeps their key themselves has a vote: let governance enrol a key of theirs"
        }
        Ineffective::Superseded => "a vote of the same key with a later time counts already: check the clock",
        Ineffective::SealedVote | Ineffective::OpenVote | Ineffective::BodyForged => {
            "vote again with `commonwheel vote`, through a node of this version"
        }
        Ineffective::NothingSealed => "reveal with the receipt of the vote that counts: the last one",
        Ineffective::AfterClose => "the ballot is closed: nothing that comes later counts",
        Ineffective::NoBallot => "`commonwheel ballot list` shows the ballots that count",
        Ineffective::PetitionTooSmall => {
            "let more members sign it with `commonwheel ballot petition sign`; only those on its roll count"
        }
        Ineffective::RollDiffers | Ineffective::UnknownCharter | Ineffective::ReplacedCharter => {
            "draw it up again: the roll or the charter is another one by now"
        }
        Ineffective::NotSecret => "say until when choices are revealed, with --reveals",
        Ineffective::TooManyControlFeeds => {
            "revoke one with `commonwheel collective revoke feed` first: there may be five"
        }
        Ineffective::Revoked => "what was revoked is not named again: take another key or feed",
        why => strike::fix(why),
    }
}
