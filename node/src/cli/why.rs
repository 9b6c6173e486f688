//! `why <record|peer>`.

use clap::Args;
use commonwheel_api::types::{Asker, WhyPeerAnswer, WhyPeerRequest, WhyRecordAnswer, WhyRecordRequest};
use commonwheel_api::word;
use commonwheel_record::control::Rung;
use commonwheel_record::terms::Purpose;
use commonwheel_record::{PublicKey, RecordId};

use super::error::CliError;
use super::session::Session;
use super::table::{Facts, words};

/// Explains what a record is answered with, or how things are with a peer.
#[derive(Debug, Args)]
pub(super) struct WhyArgs {
    /// A record, `<feed>/<index>`, or a peer by its node key or libp2p name
    #[arg(value_name = "RECORD|PEER")]
    what: String,
    /// As the node with this key; this node's own tools by default
    #[arg(long = "as", value_parser = word::read::<PublicKey>, value_name = "NODE")]
    audience: Option<PublicKey>,
    /// For this purpose: replicate, train, ai-use, search, evaluate or tdm
    #[arg(long, default_value = "replicate", value_parser = word::read::<Purpose>)]
    purpose: Purpose,
    /// How much of it: commitment, header or body
    #[arg(long, default_value = "body", value_parser = word::read::<Rung>)]
    rung: Rung,
}

pub(super) async fn run(session: &Session, args: &WhyArgs) -> Result<(), CliError> {
    if !args.what.contains('/') {
        let request = WhyPeerRequest { peer: args.what.clone() };
        return session.ask_and_show(&request, peer).await;
    }
    let id: RecordId = word::read(&args.what)
        .map_err(|error| CliError::usage(error, "name a record as `commonwheel release list` prints it"))?;
    let request = WhyRecordRequest {
        record: id,
        audience: args.audience,
        purpose: Some(args.purpose),
        rung: Some(args.rung),
    };
    session.ask_and_show(&request, record).await
}

fn record(answer: &WhyRecordAnswer) -> String {
    let decided = &answer.decided;
    let asker = match &answer.asker {
        Asker::SelfNode => "this node's own tools".to_owned(),
        Asker::Node { node, collectives } => {
            format!("node {node} of {}", words(collectives, "no collective: anonymous"))
        }
    };
    let given = decided.rung.map_or_else(|| "nothing".to_owned(), |rung| format!("the {rung}"));
    let mut facts = Facts::default();
    facts.add("record", answer.record);
    facts.add("asked by", asker);
    facts.add("asked for", format!("the {} to {}", answer.asked, answer.purpose));
    facts.add("answer", given);
    facts.add("because", &decided.text);
    facts.add("rule", format!("{} ({})", decided.rule, decided.code));
    for related in &decided.related {
        facts.add(&related.what, &related.id);
    }
    facts.add("body here", if answer.body_held { "yes" } else { "no" });
    facts.text()
}

fn peer(answer: &WhyPeerAnswer) -> String {
    let mut facts = super::peer::facts(&answer.peer);
    facts.list("because", answer.because.iter().cloned());
    facts.text()
}
