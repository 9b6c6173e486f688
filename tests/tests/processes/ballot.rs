//! Members vote, and what they decide is done: by their co-op, without it, and against its operator.
//!
//! The topology is that of [`crate::ballot_house`].

use commonwheel_api::types::{BallotShown, EmbargoStanding, ImportRequest, TallyShown};
use commonwheel_record::attestation::NodeRole;
use commonwheel_record::control::Content;
use commonwheel_record::manifest::Purpose;
use commonwheel_record::{Hash, RecordId};
use commonwheel_testkit::{Got, Node, Stranger, cluster};
use commonwheel_valve::Refusal;

use crate::ballot_house::{House, REFUSED, carried, known, mandate, opened, show, soon, until, wait_until};
use crate::steps::{contribute, converge, data_feed, holds, lines, stands, texts, verify_clean};

/// Contributions of the co-op.
const COUNT: u64 = 20;
const DEMAND: &str = "a fair agreement";
const MEMBERS: [&str; 5] = ["ana", "ben", "cem", "dov", "eve"];
/// Seconds that voting lasts: commands of a busy machine take their time.
const VOTING: u64 = 12;

/// Fills the co-op's data feed and waits until everybody holds it; returns a record of it.
async fn filled(house: &House) -> RecordId {
    let feed = data_feed(&house.coop).await;
    let export = lines(&texts("chat", COUNT as usize));
    assert_eq!(contribute(&house.coop, &ImportRequest::default(), &export).await, COUNT);
    for node in [&house.partner, &house.lab, &house.other] {
        holds(node, house.owner, feed, COUNT, COUNT).await;
    }
    // The batch's submission lies before or among them; the last one is a contribution for sure.
    let size = house.cut(Purpose::Data).await.0[&feed];
    RecordId { feed, index: size - 1 }
}

/// A node answers a stranger like this.
async fn answers(node: &Node, record: RecordId, is: impl Fn(&Got) -> bool) {
    let mut stranger = Stranger::connect(&node.address()).await.unwrap();
    let got = stranger.body(record).await.unwrap();
    assert!(is(&got), "{}: {got:?}", node.name());
}

fn strike_flags<'a>(question: &'a str, closes: &'a str) -> Vec<&'a str> {
    vec!["--question", question, "--closes", closes, "--strike", "pause", "--demand", DEMAND]
}

fn open(house: &House, closes: u64) -> Hash {
    let closes = closes.to_string();
    let mut arguments = vec!["--json", "ballot", "open"];
    arguments.extend(strike_flags("Shall we strike?", &closes));
    opened(house.coop.cli(&arguments))
}

/// Sees that an embargo is in force at nodes, and that they no longer serve the record.
async fn honoured(nodes: &[&Node], embargo: RecordId, record: RecordId) {
    for node in nodes {
        stands(node, embargo, EmbargoStanding::InForce).await;
        answers(node, record, |got| *got == Got::Refused(Refusal::Withheld(embargo))).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_vote_through_two_nodes_that_restart_and_their_strike_is_honoured() {
    let mut house = House::found(|_| {}).await;
    let record = filled(&house).await;
    house.enrol(&MEMBERS).await;
    let stranger = house.new_key("stranger");

    // Without a mandate nothing is withheld, and the node says why.
    let ran = house.coop.cli(&["strike", "declare", "pause"]);
    assert!(ran.said().contains("mandate"), "{}", ran.said());

    let closes = soon(2 * VOTING);
    let ballot = open(&house, closes);
    known(&[&house.partner, &house.lab], ballot).await;
    house.vote(&house.coop, ballot, "ana", "yes", &[]).expect_code(0);
    house.vote(&house.partner, ballot, "ben", "yes", &[]).expect_code(0);
    house.vote(&house.coop, ballot, "cem", "no", &[]).expect_code(0);
    // The later of two votes counts, through whichever node it goes.
    house.vote(&house.partner, ballot, "cem", "yes", &[]).expect_code(0);
    let ran = house.vote(&house.partner, ballot, "stranger", "no", &[]).expect_code(REFUSED);
    assert!(ran.err.contains("not on the ballot's roll"), "{stranger}: {}", ran.said());
    let ran = house.vote(&house.lab, ballot, "dov", "no", &[]).expect_code(REFUSED);
    assert!(ran.err.contains("writes no control feed"), "{}", ran.said());

    for node in [&mut house.coop, &mut house.partner, &mut house.lab] {
        node.kill();
        node.start().await;
    }
    known(&[&house.coop, &house.partner], ballot).await;
    house.vote(&house.coop, ballot, "dov", "no", &[]).expect_code(0);
    house.vote(&house.partner, ballot, "eve", "abstain", &[]).expect_code(0);
    let early = house.coop.cli(&["ballot", "close", &ballot_text(ballot)]);
    if soon(0) < closes {
        assert!(early.expect_code(REFUSED).err.contains("voting goes on"));
    }

    let shown = carried(&house.nodes(), ballot).await;
    assert_eq!(shown.tally, TallyShown { eligible: 5, yes: 3, no: 1, abstained: 1 });
    let late = house.vote(&house.coop, ballot, "eve", "no", &[]).expect_code(REFUSED);
    assert!(late.err.contains("ended"), "{}", late.said());
    let text = house.partner.cli(&["ballot", "show", &ballot_text(ballot)]).expect_code(0).out;
    assert!(text.contains("3 of 5 must vote") && text.contains("carried"), "{text}");

    let embargo = declared(&house.coop, &house, &shown).await;
    honoured(&[&house.coop, &house.partner, &house.lab], embargo, record).await;
    converge(&house.nodes()).await;
    for node in [&mut house.coop, &mut house.partner, &mut house.lab, &mut house.other] {
        node.stop().await;
        verify_clean(node);
    }
}

fn ballot_text(ballot: Hash) -> String {
    commonwheel_record::hex::encode(&ballot.0)
}

/// Plans and declares what the ballot allowed on a node's command line; the plan's counts are those of the deed.
async fn declared(node: &Node, house: &House, shown: &BallotShown) -> RecordId {
    wait_until(shown.mandates[0].earliest).await;
    let (owner, mandate) = (house.owner.to_string(), mandate(shown).to_string());
    let told = |what| -> serde_json::Value {
        let ran = node.cli(&["--json", "strike", what, "--collective", &owner, "--mandate", &mandate]);
        serde_json::from_str(&ran.expect_code(0).out).unwrap()
    };
    let planned = told("plan");
    assert_eq!(planned["without_effect"], serde_json::Value::Null, "{planned:#}");
    assert_eq!(planned["breakdown"]["total"]["withheld"], COUNT);
    let declared = told("declare");
    assert_eq!(declared["breakdown"], planned["breakdown"]);
    declared["id"].as_str().unwrap().parse().unwrap()
}

/// Members call a ballot themselves and strike through the partner's feed, with no signature of governance.
async fn strike_without_governance(house: &House) -> RecordId {
    let (sheet, closes) = (house.key("petition"), soon(VOTING).to_string());
    let owner = house.owner.to_string();
    let mut draft = vec!["ballot", "petition", "draft", "--collective", &owner, "--file", &sheet];
    draft.extend(strike_flags("Shall we strike without them?", &closes));
    house.partner.cli(&draft).expect_code(0);
    let sign = |member: &str| {
        let ran = house.partner.cli(&["ballot", "petition", "sign", &sheet, "--key", &house.key(member)]);
        assert!(ran.expect_code(0).err.contains("Shall we strike without them?"));
    };
    let open = || house.partner.cli(&["--json", "ballot", "petition", "open", &sheet]);
    sign("ana");
    sign("ben");
    let ran = open().expect_code(REFUSED);
    assert!(
        ran.err.contains("fewer members signed its petition") && ran.err.contains("let more members sign"),
        "{}",
        ran.said()
    );
    sign("cem");
    let ballot = opened(open());
    for (member, choice) in [("ana", "yes"), ("ben", "yes"), ("cem", "yes"), ("dov", "no")] {
        house.vote(&house.partner, ballot, member, choice, &[]).expect_code(0);
    }
    let shown = carried(&[&house.partner, &house.lab, &house.other], ballot).await;
    assert!(shown.petition);
    assert_eq!(shown.tally, TallyShown { eligible: 5, yes: 3, no: 1, abstained: 0 });
    assert_eq!(mandate(&shown).feed, house.carried);
    declared(&house.partner, house, &shown).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_strike_through_a_partner_while_their_coop_is_gone() {
    let mut house = House::found(|charter| charter.rules.petition = 3).await;
    let record = filled(&house).await;
    house.enrol(&MEMBERS).await;
    house.coop.stop().await;
    let embargo = strike_without_governance(&house).await;
    honoured(&[&house.partner, &house.lab, &house.other], embargo, record).await;
    house.coop.start().await;
    honoured(&[&house.coop], embargo, record).await;
    converge(&house.nodes()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_that_refuses_cannot_keep_members_from_striking() {
    let mut house = House::found(|charter| charter.rules.petition = 3).await;
    let record = filled(&house).await;
    house.enrol(&MEMBERS).await;
    // The operator does nothing for the ballot, and takes the keys away.
    house.coop.stop().await;
    let config = house.coop.data().join("config.toml");
    let text = std::fs::read_to_string(&config).unwrap() + "witness = false\nclose_ballots = false\n";
    std::fs::write(&config, text).unwrap();
    std::fs::remove_file(house.coop.data().join("keys/governance")).unwrap();
    house.coop.start().await;
    let embargo = strike_without_governance(&house).await;
    honoured(&house.nodes(), embargo, record).await;
    // Nor can it be undone without the members, where the charter says so, or without a key at all.
    let ran = house.coop.cli(&["strike", "lift", &embargo.to_string()]).expect_code(REFUSED);
    assert!(ran.err.contains("governance key"), "{}", ran.said());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_ballot_shows_nobody_s_choice_before_it_is_revealed() {
    let house = House::found(|charter| charter.rules.secret_ballots = true).await;
    house.enrol(&MEMBERS).await;
    let ran = house.coop.cli(&[
        "ballot",
        "open",
        "--question",
        "Openly?",
        "--closes",
        &soon(60).to_string(),
        "--strike",
        "pause",
    ]);
    assert!(ran.expect_code(REFUSED).err.contains("secret ballots"));
    let (closes, reveals) = (soon(VOTING), soon(3 * VOTING));
    let (closes_text, reveals_text) = (closes.to_string(), reveals.to_string());
    let mut arguments = vec!["--json", "ballot", "open", "--reveals", &reveals_text];
    arguments.extend(strike_flags("Shall we?", &closes_text));
    let ballot = opened(house.coop.cli(&arguments));
    known(&[&house.partner], ballot).await;
    let choices = [("ana", "yes"), ("ben", "yes"), ("cem", "yes"), ("dov", "no"), ("eve", "no")];
    for (at, (member, choice)) in choices.into_iter().enumerate() {
        let node = if at % 2 == 0 { &house.coop } else { &house.partner };
        let receipt = house.key(&format!("{member}.receipt"));
        let ran = house.vote(node, ballot, member, choice, &["--receipt", &receipt]).expect_code(0);
        assert!(ran.err.contains("Keep the receipt"), "{}", ran.said());
    }
    let reveal = |node: &Node, member: &str| {
        let receipt = house.key(&format!("{member}.receipt"));
        node.cli(&["vote", "reveal", &ballot_text(ballot), "--receipt", &receipt])
    };
    let sealed = TallyShown { eligible: 5, yes: 0, no: 0, abstained: 5 };
    let shown = until(&house.lab, ballot, "five votes are cast", |shown| shown.tally.abstained == 5).await;
    assert_eq!(shown.tally, sealed, "{shown:?}");
    if soon(0) + 1 < closes {
        assert!(reveal(&house.coop, "ana").expect_code(REFUSED).err.contains("begins"));
    }
    wait_until(closes).await;
    // Eve reveals nothing: she abstained.
    for (at, member) in ["ana", "ben", "cem", "dov"].into_iter().enumerate() {
        let node = if at % 2 == 0 { &house.partner } else { &house.coop };
        reveal(node, member).expect_code(0);
    }
    let shown = carried(&house.nodes(), ballot).await;
    assert_eq!(shown.tally, TallyShown { eligible: 5, yes: 3, no: 1, abstained: 1 });
    assert!(soon(0) >= reveals, "it was counted before everybody could reveal");
    let again = show(&house.lab, ballot).await.unwrap();
    assert_eq!(again, shown);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_close_waits_for_the_witnesses_and_names_those_that_are_missing() {
    let mut house = House::found(|_| {}).await;
    house.enrol(&MEMBERS).await;
    house.lab.stop().await;
    house.other.stop().await;
    let ballot = open(&house, soon(VOTING));
    for member in MEMBERS {
        house.vote(&house.coop, ballot, member, "yes", &[]).expect_code(0);
    }
    wait_until(show(&house.coop, ballot).await.unwrap().closes).await;
    let ran = house.coop.cli(&["ballot", "close", &ballot_text(ballot)]).expect_code(REFUSED);
    assert!(
        ran.err.contains("too few witnesses") && ran.err.contains("was not stamped by"),
        "{}",
        ran.said()
    );
    house.lab.start().await;
    house.other.start().await;
    carried(&house.nodes(), ballot).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_could_have_no_effect_is_not_opened() {
    let [mut coop] = cluster([("coop", NodeRole::Coop)]);
    coop.start().await;
    let closes = soon(60).to_string();
    let ran =
        coop.cli(&["ballot", "open", "--question", "Shall we?", "--closes", &closes, "--strike", "pause"]);
    assert!(ran.expect_code(REFUSED).err.contains("no witnesses"));
    // A record whose authority is missing is refused before it stands there for ever.
    let control = commonwheel_record::Control::new(
        Some(coop.collective()),
        Content::Enrolment(commonwheel_record::control::Enrolment {
            entry: commonwheel_record::Commitment::to(&crate::ballot_house::network(), &[1; 32], b"x"),
        }),
    );
    let record = commonwheel_api::types::Hex(commonwheel_record::Leaf::Control(Box::new(control)).encode());
    let draft = commonwheel_api::types::Draft { record, body: None };
    let request = commonwheel_api::types::ControlAppendRequest { draft, force: false };
    let error = coop.try_call(&request).await.unwrap_err().to_string();
    assert!(error.contains("no effect"), "{error}");
}
