//! Gossip settings: two topics, content ids, nothing forwarded before the caller judged it, and peer scores.

use std::{
    collections::{HashMap, HashSet},
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    time::Duration,
};

use libp2p::gossipsub::{
    self, IdentTopic, MaxCountSubscriptionFilter, MessageAuthenticity, MessageId, PeerScoreParams,
    PeerScoreThresholds, TopicHash, TopicScoreParams, ValidationMode, WhitelistSubscriptionFilter,
    score_parameter_decay,
};

use crate::{Error, GossipId, MAX_GOSSIP_BYTES, Options, Topic};

/// Room for what gossipsub wraps around a message of [`MAX_GOSSIP_BYTES`].
const ENVELOPE_BYTES: usize = 1024;
/// Topics a peer may be subscribed to, and name in one request; only two are ever allowed.
const MAX_SUBSCRIPTIONS: usize = 4;
/// Messages taken from one RPC.
const MAX_MESSAGES_PER_RPC: usize = 64;
/// Messages waiting for one slow peer, at most 4 MiB.
const MAX_QUEUED_PER_PEER: usize = 256;
/// Message ids told in one IHAVE, so that it stays below gossipsub's limit for control messages.
const MAX_IDS_PER_IHAVE: usize = 500;
const DUPLICATE_CACHE: Duration = Duration::from_secs(10 * 60);

type Filter = MaxCountSubscriptionFilter<WhitelistSubscriptionFilter>;
pub(crate) type Behaviour = gossipsub::Behaviour<gossipsub::IdentityTransform, Filter>;

/// The topics of one network.
#[derive(Debug, Clone)]
pub(crate) struct Topics {
    ctl: IdentTopic,
    heads: IdentTopic,
}

impl Topics {
    pub(crate) fn new(network: &str) -> Self {
        Self {
            ctl: IdentTopic::new(format!("/commonwheel/{network}/ctl")),
            heads: IdentTopic::new(format!("/commonwheel/{network}/heads")),
        }
    }

    pub(crate) fn hash(&self, topic: Topic) -> TopicHash {
        match topic {
            Topic::Ctl => self.ctl.hash(),
            Topic::Heads => self.heads.hash(),
        }
    }

    pub(crate) fn topic(&self, hash: &TopicHash) -> Option<Topic> {
        [Topic::Ctl, Topic::Heads].into_iter().find(|topic| self.hash(*topic) == *hash)
    }
}

/// Returns gossipsub subscribed to both topics.
///
/// Messages carry no author and no signature of the transport: their content is signed, and who put it on the wire
/// is nobody's business.
pub(crate) fn behaviour(options: &Options, topics: &Topics) -> Result<Behaviour, Error> {
    let mut gossip = Behaviour::new_with_subscription_filter(
        MessageAuthenticity::Anonymous,
        config(options.tuning.gossip_heartbeat)?,
        filter(topics),
    )
    .map_err(|reason| refused(&reason))?;
    gossip
        .with_peer_score(score(topics, &options.shared_addresses), thresholds())
        .map_err(|reason| refused(&reason))?;
    for topic in [&topics.ctl, &topics.heads] {
        gossip.subscribe(topic).map_err(|reason| refused(&reason))?;
    }
    Ok(gossip)
}

fn refused(reason: &dyn std::fmt::Display) -> Error {
    Error::Configuration { behaviour: "gossipsub", reason: reason.to_string() }
}

fn config(heartbeat: Duration) -> Result<gossipsub::Config, Error> {
    gossipsub::ConfigBuilder::default()
        .validation_mode(ValidationMode::Anonymous)
        .validate_messages()
        .message_id_fn(|message| MessageId::from(content_id(&message.topic, &message.data).0.to_vec()))
        .max_transmit_size(MAX_GOSSIP_BYTES + ENVELOPE_BYTES)
        .max_publish_messages(MAX_MESSAGES_PER_RPC)
        .max_control_messages_sent(MAX_IDS_PER_IHAVE)
        .connection_handler_queue_len(MAX_QUEUED_PER_PEER)
        .flood_publish(true)
        .mesh_n(6)
        .mesh_n_low(4)
        .mesh_n_high(12)
        .mesh_outbound_min(2)
        .heartbeat_interval(heartbeat)
        .heartbeat_initial_delay(heartbeat)
        .history_length(5)
        .history_gossip(3)
        .duplicate_cache_time(DUPLICATE_CACHE)
        // Redialling explicit peers is the work of `dial`, which knows their addresses and when to wait.
        .check_explicit_peers_ticks(u64::MAX)
        .build()
        .map_err(|reason| refused(&reason))
}

/// Content decides the id: the same head from many publishers is one message, and no peer can replay it as new.
pub(crate) fn content_id(topic: &TopicHash, data: &[u8]) -> GossipId {
    let mut hasher = blake3::Hasher::new();
    hasher.update(topic.as_str().as_bytes()).update(data);
    let mut id = [0; 20];
    hasher.finalize_xof().fill(&mut id);
    GossipId(id)
}

fn filter(topics: &Topics) -> Filter {
    MaxCountSubscriptionFilter {
        filter: WhitelistSubscriptionFilter(HashSet::from([topics.ctl.hash(), topics.heads.hash()])),
        max_subscribed_topics: MAX_SUBSCRIPTIONS,
        max_subscriptions_per_request: MAX_SUBSCRIPTIONS,
    }
}

fn thresholds() -> PeerScoreThresholds {
    PeerScoreThresholds {
        gossip_threshold: -20.0,
        publish_threshold: -50.0,
        graylist_threshold: -80.0,
        accept_px_threshold: 10.0,
        opportunistic_graft_threshold: 5.0,
    }
}

fn score(topics: &Topics, shared: &[IpAddr]) -> PeerScoreParams {
    let loopback = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
    PeerScoreParams {
        topics: HashMap::from([(topics.ctl.hash(), topic_score()), (topics.heads.hash(), topic_score())]),
        topic_score_cap: 100.0,
        app_specific_weight: 0.0,
        ip_colocation_factor_weight: -10.0,
        ip_colocation_factor_threshold: 3.0,
        ip_colocation_factor_whitelist: shared.iter().copied().chain(loopback).collect(),
        behaviour_penalty_weight: -10.0,
        behaviour_penalty_threshold: 6.0,
        behaviour_penalty_decay: score_parameter_decay(Duration::from_secs(10 * 60)),
        ..PeerScoreParams::default()
    }
}

/// One provably bad message is enough for the graylist. Too few deliveries count for nothing (P3, P3b): both topics
/// are quiet, and silence would condemn honest peers.
fn topic_score() -> TopicScoreParams {
    TopicScoreParams {
        topic_weight: 1.0,
        time_in_mesh_weight: 0.01,
        time_in_mesh_quantum: Duration::from_secs(1),
        time_in_mesh_cap: 300.0,
        first_message_deliveries_weight: 1.0,
        first_message_deliveries_decay: score_parameter_decay(Duration::from_secs(10 * 60)),
        first_message_deliveries_cap: 50.0,
        mesh_message_deliveries_weight: 0.0,
        mesh_failure_penalty_weight: 0.0,
        invalid_message_deliveries_weight: -100.0,
        invalid_message_deliveries_decay: 0.9,
        ..TopicScoreParams::default()
    }
}

/// Returns libp2p's form of a message id.
pub(crate) fn message_id(id: GossipId) -> MessageId {
    MessageId::from(id.0.to_vec())
}

/// Returns our form of a message id; ids are made by [`content_id`] alone, so another length is no id of ours.
pub(crate) fn gossip_id(id: &MessageId) -> Option<GossipId> {
    id.0.as_slice().try_into().ok().map(GossipId)
}

#[cfg(test)]
mod tests {
    use libp2p::gossipsub::TopicSubscriptionFilter;

    use super::*;

    #[test]
    fn only_the_two_topics_of_this_network_can_be_subscribed_to() {
        let topics = Topics::new("test");
        let mut filter = filter(&topics);
        assert!(filter.can_subscribe(&topics.hash(Topic::Ctl)));
        assert!(filter.can_subscribe(&topics.hash(Topic::Heads)));
        assert!(!filter.can_subscribe(&Topics::new("other").hash(Topic::Ctl)));
        assert!(!filter.can_subscribe(&TopicHash::from_raw("/commonwheel/test/extra")));
    }

    #[test]
    fn an_id_depends_on_topic_and_content() {
        let topics = Topics::new("test");
        let (ctl, heads) = (topics.hash(Topic::Ctl), topics.hash(Topic::Heads));
        let id = content_id(&ctl, b"x");
        assert_eq!(gossip_id(&message_id(id)), Some(id));
        assert_ne!(id, content_id(&heads, b"x"));
        assert_ne!(id, content_id(&ctl, b"y"));
        let whole = blake3::hash(b"/commonwheel/test/ctlx");
        assert_eq!(id.0, whole.as_bytes()[..20]);
    }

    #[test]
    fn one_invalid_message_outweighs_the_best_standing() {
        let topic = topic_score();
        let best = topic.first_message_deliveries_cap * topic.first_message_deliveries_weight
            + topic.time_in_mesh_cap * topic.time_in_mesh_weight;
        let three = 9.0 * topic.invalid_message_deliveries_weight;
        assert!(2.0 * best + three < thresholds().graylist_threshold);
    }
}
