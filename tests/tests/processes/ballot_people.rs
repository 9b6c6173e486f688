//! Who may vote, and what is left of it once everything is over.
//!
//! The topology is that of [`crate::ballot_house`].

use commonwheel_api::types::{
    BallotOpenRequest, BodyState, ControlAppendRequest, Draft, DraftBody, FeedListRequest, Hex, Made,
    MemberListAnswer, MemberListRequest, ProposalShape, RecordShowRequest, TallyShown, TermsShape,
};
use commonwheel_record::control::{
    Audience, Cast, Choice, Content, Scope, Variant, Vote, VoteBody, VoteContent, encode,
};
use commonwheel_record::manifest::Purpose;
use commonwheel_record::{Commitment, Hash, Leaf, RecordId, hex};
use commonwheel_testkit::{Node, eventually};

use crate::ballot_house::{House, REFUSED, carried, known, network, opened, show, soon, until};
use crate::steps::{converge, verify_clean};

/// Seconds that voting lasts.
const VOTING: u64 = 8;
/// Seconds of a day.
const DAY: u64 = 24 * 60 * 60;

async fn roll(node: &Node, house: &House) -> MemberListAnswer {
    node.call(MemberListRequest { collective: Some(house.owner) }).await
}

fn open(house: &House, closes: u64) -> Hash {
    let closes = closes.to_string();
    opened(house.coop.cli(&[
        "--json",
        "ballot",
        "open",
        "--question",
        "Shall we?",
        "--closes",
        &closes,
        "--strike",
        "pause",
    ]))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_come_and_go_and_the_roll_says_who_votes() {
    let house = House::found(|_| {}).await;
    house.enrol(&["ana", "ben"]).await;
    let again = house.coop.cli(&["key", "show", &house.key("ana")]).expect_code(0).out;
    let ran = house.coop.cli(&["member", "enrol", "--pub", again.trim()]).expect_code(REFUSED);
    assert!(ran.err.contains("on the roll already"), "{}", ran.said());
    // Whose key somebody else keeps is a member without a vote; a collective votes by one key.
    let (cem, union) = (house.new_key("cem"), house.new_key("union"));
    house.coop.cli(&["member", "enrol", "--pub", &cem, "--custodial"]).expect_code(0);
    let partner = house.partner.collective().to_string();
    house.coop.cli(&["member", "enrol", "--pub", &union, "--collective-id", &partner]).expect_code(0);
    eventually("the partner holds the roll", async || {
        let (own, carried) = (roll(&house.coop, &house).await, roll(&house.partner, &house).await);
        if own == carried && own.members.len() == 4 { Ok(()) } else { Err(format!("{own:#?} {carried:#?}")) }
    })
    .await;
    assert_eq!(roll(&house.lab, &house).await.voters, 3);

    let before = open(&house, soon(4 * VOTING));
    known(&[&house.partner], before).await;
    let ran = house.vote(&house.coop, before, "cem", "yes", &[]).expect_code(REFUSED);
    assert!(ran.err.contains("somebody else keeps the voter's key"), "{}", ran.said());
    let members = roll(&house.coop, &house).await.members;
    let enrolment =
        members.iter().find(|member| member.name.as_deref() == Some("ben")).unwrap().enrolment.to_string();
    let (owner, ana, ben) = (house.owner.to_string(), house.key("ana"), house.key("ben"));
    let leave = |key: &str| {
        house.partner.cli(&["member", "leave", &enrolment, "--collective", &owner, "--member", key])
    };
    assert!(leave(&ana).expect_code(REFUSED).err.contains("nor by the principal"));
    leave(&ben).expect_code(0);
    eventually("the co-op knows that a member left", async || {
        let left = roll(&house.coop, &house).await;
        if left.voters == 2 { Ok(()) } else { Err(format!("{left:#?}")) }
    })
    .await;
    // The roll of an open ballot is frozen; the next ballot has the new one.
    house.vote(&house.partner, before, "ben", "yes", &[]).expect_code(0);
    let after = open(&house, soon(4 * VOTING));
    let ran = house.vote(&house.coop, after, "ben", "yes", &[]).expect_code(REFUSED);
    assert!(ran.err.contains("not on the ballot's roll"), "{}", ran.said());
    assert_eq!(show(&house.coop, before).await.unwrap().voters, 3);
    assert_eq!(show(&house.coop, after).await.unwrap().voters, 2);
}

/// Returns the votes in a node's control feeds whose bodies it holds.
async fn votes_held(node: &Node, house: &House) -> Vec<RecordId> {
    let mut held = Vec::new();
    for feed in node.call(FeedListRequest { collective: Some(house.owner) }).await.feeds {
        for index in (0..feed.size).filter(|_| feed.purpose == Purpose::Control) {
            let id = RecordId { feed: feed.id, index };
            let shown = node.call(RecordShowRequest { id, body: false }).await;
            if shown.kind.as_deref() == Some("vote") && shown.body_state == BodyState::Held {
                held.push(id);
            }
        }
    }
    held
}

/// Opens a ballot that ended two days ago, and votes on it: a day is the shortest that votes are kept.
async fn long_over(house: &House, members: &[&str]) -> Hash {
    let closes = soon(0) - 2 * DAY;
    let terms = TermsShape {
        variant: Variant::Pause,
        scope: Scope::default(),
        reach: None,
        audience: Audience::Everyone,
        rung: None,
        demand: String::new(),
    };
    let request = BallotOpenRequest {
        collective: None,
        question: "Shall we?".to_owned(),
        proposals: vec![ProposalShape::Embargo(Box::new(terms))],
        opens: Some(closes - 1),
        closes,
        reveals: None,
        draft: true,
        petition: false,
    };
    let opened = house.coop.call(request).await;
    let Made::Draft(draft) = opened.made else { panic!("{opened:?}") };
    house.coop.call(ControlAppendRequest { draft, force: true }).await;
    known(&[&house.partner], opened.ballot).await;
    for member in members {
        let content = VoteContent { ballot: opened.ballot, sequence: 1, cast: Cast::Open(Choice::Yes) };
        let body = encode(&VoteBody::sign(&network(), &house.secret(member), content));
        let vote = Commitment::to(&network(), &[7; 32], &body);
        let record = house.record(Content::Vote(Vote { ballot: opened.ballot, vote }));
        let record = Hex(Leaf::Control(Box::new(record)).encode());
        let body = Some(DraftBody { salt: Hash([7; 32]), bytes: Hex(body) });
        let request = ControlAppendRequest { draft: Draft { record, body }, force: true };
        assert_eq!(house.partner.call(request).await.ineffective, None);
    }
    opened.ballot
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_voted_how_is_erased_everywhere_and_the_tally_stands() {
    let mut house = House::found(|charter| {
        charter.rules.mandate_days = 1;
        charter.rules.retention_days = 0;
        charter.rules.grace_hours = 72;
    })
    .await;
    let members = ["ana", "ben", "cem"];
    house.enrol(&members).await;
    let young = open(&house, soon(VOTING));
    let ran = house.coop.cli(&["ballot", "erase", &hex::encode(&young.0)]).expect_code(REFUSED);
    assert!(ran.err.contains("kept until"), "{}", ran.said());
    let ballot = long_over(&house, &members).await;
    let name = hex::encode(&ballot.0);
    carried(&house.nodes(), ballot).await;
    for node in house.nodes() {
        assert_eq!(votes_held(node, &house).await.len(), 3, "{}", node.name());
    }
    // The carrier holds no governance key, and cannot erase.
    let ran = house.partner.cli(&["ballot", "erase", &name]).expect_code(REFUSED);
    assert!(ran.err.contains("governance"), "{}", ran.said());
    eventually("the witnesses have dated a head after the last day", async || {
        let ran = house.coop.cli(&["ballot", "erase", &name]);
        if ran.code == Some(0) { Ok(()) } else { Err(ran.said()) }
    })
    .await;
    for node in house.nodes() {
        let shown = until(node, ballot, "its votes are erased", |shown| shown.erased).await;
        assert_eq!(shown.tally, TallyShown { eligible: 3, yes: 3, no: 0, abstained: 0 });
        eventually(&format!("{} holds no vote any more", node.name()), async || {
            let held = votes_held(node, &house).await;
            if held.is_empty() { Ok(()) } else { Err(format!("{held:?}")) }
        })
        .await;
    }
    converge(&house.nodes()).await;
    for node in [&mut house.coop, &mut house.partner, &mut house.lab, &mut house.other] {
        node.stop().await;
        verify_clean(node);
    }
}
