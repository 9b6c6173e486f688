//! Gossip through the caller's judgement.

use libp2p::{
    gossipsub::{self, IdentTopic, MessageAuthenticity, ValidationMode},
    identity::Keypair,
    swarm::SwarmEvent,
};

use super::{
    raw::{drive, raw_swarm},
    *,
};
use crate::{GossipId, MAX_GOSSIP_BYTES, Topic, Verdict};

/// Time for what must not come to come: more than a heartbeat, after which gossip is offered to all.
const A_WHILE: Duration = Duration::from_millis(2500);

/// ```text
/// a --- b --- c
/// ```
async fn chain() -> (Node, Node, Node) {
    let (mut a, mut b, mut c) = (start(1, TCP).await, start(2, TCP).await, start(3, TCP).await);
    connect(&mut a, &mut b).await;
    connect(&mut b, &mut c).await;
    // Subscriptions travel just after the connection: a message gets through once they have.
    hear(&a, &mut b).await;
    hear(&b, &mut c).await;
    hear(&c, &mut b).await;
    (a, b, c)
}

async fn publish(node: &Node, topic: Topic, bytes: &[u8]) {
    node.send(Command::Publish { topic, bytes: bytes.to_vec() }).await;
}

async fn gossip(node: &mut Node, wanted: &[u8]) -> (Topic, PeerKey, GossipId) {
    node.wait("gossip", |event| match event {
        Event::Gossip { topic, from, id, bytes } if bytes == wanted => Some((topic, from, id)),
        _ => None,
    })
    .await
}

/// Publishes until the neighbour hears it, which says that it is subscribed. Each attempt differs: what went to
/// somebody else counts as told.
async fn hear(from: &Node, to: &mut Node) {
    let heard = to.wait("warm-up", |event| match event {
        Event::Gossip { from: sender, .. } if sender == from.key => Some(()),
        _ => None,
    });
    tokio::pin!(heard);
    for attempt in 0u32.. {
        publish(from, Topic::Heads, &[&from.key[..], &attempt.to_le_bytes()].concat()).await;
        if timeout(Duration::from_millis(50), &mut heard).await.is_ok() {
            return;
        }
    }
}

fn is_ctl(event: &Event) -> bool {
    matches!(event, Event::Gossip { topic: Topic::Ctl, .. })
}

#[tokio::test]
async fn what_is_accepted_is_forwarded_and_nothing_before() {
    let (a, mut b, mut c) = chain().await;
    let message = vec![7; MAX_GOSSIP_BYTES];
    publish(&a, Topic::Ctl, &message).await;
    let (topic, from, id) = gossip(&mut b, &message).await;
    assert_eq!((topic, from), (Topic::Ctl, a.key));
    c.quiet(A_WHILE, is_ctl).await;
    b.send(Command::Validate { id, from, verdict: Verdict::Accept }).await;
    assert_eq!(gossip(&mut c, &message).await, (Topic::Ctl, b.key, id));
}

#[tokio::test]
async fn what_is_rejected_or_ignored_goes_no_further() {
    for verdict in [Verdict::Ignore, Verdict::Reject] {
        let (a, mut b, mut c) = chain().await;
        publish(&a, Topic::Ctl, b"bad").await;
        let (_, from, id) = gossip(&mut b, b"bad").await;
        b.send(Command::Validate { id, from, verdict }).await;
        c.quiet(A_WHILE, is_ctl).await;
        // Whoever sent it, the others are heard as before.
        publish(&c, Topic::Ctl, b"good").await;
        gossip(&mut b, b"good").await;
    }
}

#[tokio::test]
async fn a_peer_caught_lying_is_not_heard_for_a_while() {
    let (a, mut b, _c) = chain().await;
    for lie in [b"lie 1", b"lie 2", b"lie 3"] {
        publish(&a, Topic::Ctl, lie).await;
    }
    for lie in [b"lie 1", b"lie 2", b"lie 3"] {
        let (_, from, id) = gossip(&mut b, lie).await;
        b.send(Command::Validate { id, from, verdict: Verdict::Reject }).await;
    }
    // The commands above are carried out in order before anything new is read from `a`, once this answer is here.
    b.send(Command::Request { peer: [5; 32], id: 0, bytes: vec![1] }).await;
    b.wait("answer", |event| matches!(event, Event::RequestFailed { .. }).then_some(())).await;
    publish(&a, Topic::Ctl, b"truth").await;
    b.quiet(Duration::from_secs(1), is_ctl).await;
}

/// ```text
///        hub
///   /  /  |  \  \      more leaves than a mesh starts with
/// leaf leaf ... leaf    each has the hub as a static peer, the hub none of them
/// ```
/// No leaf waits for a heartbeat, after which gossip is offered to those left out: there is none in this test.
#[tokio::test]
async fn everybody_at_a_small_hub_hears_at_once() {
    let hour = |options: &mut Options| options.tuning.gossip_heartbeat = Duration::from_secs(3600);
    let mut hub = start_with(100, TCP, hour).await;
    let mut leaves = Vec::new();
    for seed in 1..=8 {
        let address = hub.address.clone();
        let mut leaf = start_with(seed, TCP, |options| {
            hour(options);
            options.static_peers = vec![address];
        })
        .await;
        leaf.connected(hub.key).await;
        hub.connected(leaf.key).await;
        hear(&leaf, &mut hub).await;
        hear(&hub, &mut leaf).await;
        leaves.push(leaf);
    }
    publish(&leaves[0], Topic::Ctl, b"all").await;
    let (_, from, id) = gossip(&mut hub, b"all").await;
    hub.send(Command::Validate { id, from, verdict: Verdict::Accept }).await;
    for leaf in &mut leaves[1..] {
        gossip(leaf, b"all").await;
    }
}

type RawGossip = gossipsub::Behaviour;

fn raw_gossip(authenticity: MessageAuthenticity, topics: &[&str]) -> libp2p::Swarm<RawGossip> {
    let config = gossipsub::ConfigBuilder::default().validation_mode(ValidationMode::None).build().unwrap();
    let mut gossip = RawGossip::new(authenticity, config).unwrap();
    for topic in topics {
        gossip.subscribe(&IdentTopic::new(*topic)).unwrap();
    }
    raw_swarm(gossip)
}

/// Runs until the node has told which topics it listens to, and returns them.
async fn subscriptions(raw: &mut libp2p::Swarm<RawGossip>, address: &Multiaddr) -> Vec<String> {
    raw.dial(address.clone()).unwrap();
    let mut topics = Vec::new();
    while topics.len() < 2 {
        let topic = drive(raw, |event| match event {
            SwarmEvent::Behaviour(gossipsub::Event::Subscribed { topic, .. }) => Some(topic),
            _ => None,
        })
        .await;
        topics.push(topic.into_string());
    }
    topics.sort();
    topics
}

const CTL: &str = "/commonwheel/test/ctl";
const HEADS: &str = "/commonwheel/test/heads";

#[tokio::test]
async fn a_foreign_topic_is_neither_taken_nor_served() {
    let mut node = start(1, TCP).await;
    let mut raw = raw_gossip(MessageAuthenticity::Anonymous, &["/commonwheel/other/ctl"]);
    assert_eq!(subscriptions(&mut raw, &node.address).await, [CTL, HEADS]);
    let running = tokio::spawn(async move {
        // Gossip for a topic the peer did not subscribe to is sent all the same, to whoever it says it is for.
        let sent = raw.behaviour_mut().publish(IdentTopic::new("/commonwheel/other/ctl"), b"x".to_vec());
        assert!(sent.is_err(), "the node must not be subscribed");
        raw.behaviour_mut().publish(IdentTopic::new(CTL), b"mine".to_vec()).unwrap();
        drive(&mut raw, |event| match event {
            SwarmEvent::Behaviour(gossipsub::Event::Message { message, .. }) => Some(message.data),
            SwarmEvent::ConnectionClosed { .. } => Some(Vec::new()),
            _ => None,
        })
        .await
    });
    let (_, from, id) = gossip(&mut node, b"mine").await;
    node.send(Command::Validate { id, from, verdict: Verdict::Accept }).await;
    publish(&node, Topic::Ctl, b"secret").await;
    node.quiet(A_WHILE, is_ctl).await;
    assert!(!running.is_finished(), "the peer subscribed to nothing of ours and must be sent nothing");
    running.abort();
}

#[tokio::test]
async fn a_message_with_an_author_is_refused() {
    let mut node = start(1, TCP).await;
    let authenticity = MessageAuthenticity::Signed(Keypair::generate_ed25519());
    let mut raw = raw_gossip(authenticity, &[CTL, HEADS]);
    subscriptions(&mut raw, &node.address).await;
    raw.behaviour_mut().publish(IdentTopic::new(CTL), b"signed".to_vec()).unwrap();
    let running = tokio::spawn(async move {
        drive(&mut raw, |event| matches!(event, SwarmEvent::ListenerClosed { .. }).then_some(())).await;
    });
    node.quiet(A_WHILE, is_ctl).await;
    running.abort();
}
