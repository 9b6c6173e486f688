//! Between the network's words and the protocol's: the same things, under other names.

use std::collections::BTreeMap;

use commonwheel_net as net;
use commonwheel_record::PublicKey;
use commonwheel_sync::{Input, Output, Topic, Verdict};

/// Gossip messages that wait for their verdict; the network forgets them sooner.
const MAX_UNJUDGED: usize = 1024;

/// Translates, remembering by which id the network knows a gossip message.
#[derive(Debug, Default)]
pub(crate) struct Link {
    gossip: BTreeMap<u64, net::GossipId>,
    next: u64,
}

impl Link {
    /// Translates what happened; what concerns the operator alone is no input.
    pub(crate) fn input(&mut self, event: net::Event) -> Option<Input> {
        Some(match event {
            net::Event::Connected { peer, .. } => Input::Connected { peer: PublicKey(peer) },
            net::Event::Disconnected { peer } => Input::Disconnected { peer: PublicKey(peer) },
            net::Event::Request { peer, id, bytes } => {
                Input::Request { peer: PublicKey(peer), id: id.0, bytes }
            }
            net::Event::Response { peer, id, bytes } => Input::Response { peer: PublicKey(peer), id, bytes },
            net::Event::RequestFailed { peer, id, .. } => Input::RequestFailed { peer: PublicKey(peer), id },
            net::Event::ResponseSent { peer, id } | net::Event::ResponseFailed { peer, id } => {
                Input::ResponseSent { peer: PublicKey(peer), id: id.0 }
            }
            net::Event::Gossip { topic, from, id, bytes } => {
                Input::Gossip { topic: topic_in(topic), from: PublicKey(from), id: self.remember(id), bytes }
            }
            net::Event::Listening(_) | net::Event::DialFailed { .. } => return None,
        })
    }

    /// Translates what to do; what concerns the operator alone is no command.
    pub(crate) fn command(&mut self, output: Output) -> Option<net::Command> {
        Some(match output {
            Output::Request { peer, id, bytes } => net::Command::Request { peer: peer.0, id, bytes },
            Output::Respond { id, bytes, .. } => net::Command::Respond { id: net::RequestId(id), bytes },
            Output::Publish { topic, bytes } => net::Command::Publish { topic: topic_out(topic), bytes },
            Output::Validate { from, id, verdict } => {
                let id = self.gossip.remove(&id)?;
                net::Command::Validate { id, from: from.0, verdict: verdict_out(verdict) }
            }
            Output::Disconnect { peer, .. } => net::Command::Disconnect { peer: peer.0 },
            Output::Event(_) => return None,
        })
    }

    fn remember(&mut self, id: net::GossipId) -> u64 {
        self.next += 1;
        self.gossip.insert(self.next, id);
        if self.gossip.len() > MAX_UNJUDGED {
            self.gossip.pop_first();
        }
        self.next
    }
}

const fn topic_in(topic: net::Topic) -> Topic {
    match topic {
        net::Topic::Ctl => Topic::Ctl,
        net::Topic::Heads => Topic::Heads,
    }
}

const fn topic_out(topic: Topic) -> net::Topic {
    match topic {
        Topic::Ctl => net::Topic::Ctl,
        Topic::Heads => net::Topic::Heads,
    }
}

const fn verdict_out(verdict: Verdict) -> net::Verdict {
    match verdict {
        Verdict::Accept => net::Verdict::Accept,
        Verdict::Ignore => net::Verdict::Ignore,
        Verdict::Reject => net::Verdict::Reject,
    }
}
