//! How the members decide.

use commonwheel_record::control::VoteWeight;

use super::{count, either, ratio};
use crate::charter::field::{Field, Section};
use crate::charter::setting::at;

pub(in crate::charter) const SECTION: Section = Section {
    name: "votes",
    title: "Voting",
    about: "Everybody on the roll when a ballot opens may vote in it, save by a key that somebody else keeps for a \
            member. Who joins later votes in the next one. The rules of a ballot are those of the charter that held \
            when it opened.",
    fields: &[
        Field {
            name: "weight",
            label: "weight of votes",
            question: "How do votes weigh: one-member-one-vote, or shares?",
            meaning: "With one-member-one-vote nobody's word weighs more than another's. With shares a member has as \
                      many votes as shares, up to a cap.",
            sentence: "Votes weigh {}.",
            shown: |d| match d.rules.vote_weight {
                VoteWeight::Member => "the same for everybody: one member, one vote".to_owned(),
                VoteWeight::Shares => "by shares: a member has as many votes as shares".to_owned(),
            },
            place: at!(rules.vote_weight),
            matters: |_| true,
        },
        Field {
            name: "cap",
            label: "most votes of one member",
            question: "How many votes may one member have at most?",
            meaning: "The cap keeps a few large members from deciding alone. It matters only where votes go by shares.",
            sentence: "Where votes go by shares, one member has at most {}.",
            shown: |d| count(d.rules.vote_cap, "vote"),
            place: at!(rules.vote_cap),
            matters: |d| d.rules.vote_weight == VoteWeight::Shares,
        },
        Field {
            name: "turnout",
            label: "turnout",
            question: "What part of all votes must be cast for a ballot to count?",
            meaning: "Below it a ballot fails, however clear its result. A fraction, such as 1/2; 0 asks for none.",
            sentence: "A ballot counts only if at least {} of all votes on the roll are cast.",
            shown: |d| ratio(d.rules.turnout),
            place: at!(rules.turnout),
            matters: |_| true,
        },
        Field {
            name: "abstentions-count",
            label: "abstentions",
            question: "Do abstentions count towards the turnout?",
            meaning: "If they do, members who abstain help a ballot to count without taking a side.",
            sentence: "Abstentions {} towards that.",
            shown: |d| either(d.rules.abstentions_count, "count", "do not count"),
            place: at!(rules.abstentions_count),
            matters: |_| true,
        },
        Field {
            name: "majority",
            label: "majority",
            question: "What part of the yes and no votes must be exceeded by yes?",
            meaning: "1/2 is a plain majority, 2/3 a large one. A tie is never carried.",
            sentence: "It is carried only if more than {} of the yes and no votes are yes; a tie is not carried.",
            shown: |d| ratio(d.rules.majority),
            place: at!(rules.majority),
            matters: |_| true,
        },
        Field {
            name: "support-floor",
            label: "support floor",
            question: "What part of all votes on the roll must be yes?",
            meaning: "A floor makes sure that a strike is wanted by many, not only by most of those who voted. 0 asks \
                      for none.",
            sentence: "It is carried only if at least {} of all votes on the roll are yes.",
            shown: |d| ratio(d.rules.support_floor),
            place: at!(rules.support_floor),
            matters: |_| true,
        },
        Field {
            name: "secret",
            label: "secrecy",
            question: "Must every ballot be secret?",
            meaning: "In an open ballot everybody sees who voted how. In a secret one votes are sealed while it runs, \
                      and their choices are opened after it; a vote that nobody opens counts as an abstention.",
            sentence: "Ballots are {}.",
            shown: |d| either(d.rules.secret_ballots, "always secret", "open or secret, as each one says"),
            place: at!(rules.secret_ballots),
            matters: |_| true,
        },
        Field {
            name: "petition",
            label: "petition",
            question: "How many members together may call a ballot without the governance keys?",
            meaning: "With a petition no officer can keep a question from the members. 0 means that only the \
                      governance keys call ballots; the most is 32.",
            sentence: "The governance keys may call a ballot; without them it may be called by {}.",
            shown: |d| match d.rules.petition {
                0 => "nobody (0 members)".to_owned(),
                members => format!("{} by petition", count(members, "member")),
            },
            place: at!(rules.petition),
            matters: |_| true,
        },
        Field {
            name: "grace-hours",
            label: "grace for the witnesses",
            question: "Within how many hours after its end must a ballot's votes be witnessed?",
            meaning: "What counts is what the witnesses confirm they saw in that time. Longer is kinder to witnesses \
                      that are away, and lets results wait longer.",
            sentence: "The votes that count are those which a majority of the witnesses confirm within {} after the \
                       ballot ends.",
            shown: |d| count(d.rules.grace_hours, "hour"),
            place: at!(rules.grace_hours),
            matters: |_| true,
        },
        Field {
            name: "retention-days",
            label: "retention of roll and votes",
            question: "How many days are the personal parts of roll and votes kept after a mandate ends?",
            meaning: "After that they may be erased everywhere; the result stays, and is still checked by everybody.",
            sentence: "What says who was on the roll and who voted how is kept {} beyond the mandate's end, and may \
                       then be erased.",
            shown: |d| count(d.rules.retention_days, "day"),
            place: at!(rules.retention_days),
            matters: |_| true,
        },
    ],
};
