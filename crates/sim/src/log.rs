//! What happens, in words, for whoever replays a seed.

use commonwheel_sync::wire::{CtlMessage, HeadsMessage, Reply, Request, decode};
use commonwheel_sync::{Input, Output, Topic};

/// Characters of a message that are shown.
const MAX_SHOWN: usize = 900;

/// Writes what a node is told, and when, in milliseconds since the run began.
pub(crate) fn input(at: u64, node: usize, input: &Input) {
    let text = match input {
        Input::Connected { peer } => format!("connected to {}", peer.short()),
        Input::Disconnected { peer } => format!("disconnected from {}", peer.short()),
        Input::Request { peer, id, bytes } => {
            format!("request {id} of {}: {:?}", peer.short(), decode::<Request>(bytes))
        }
        Input::Response { peer, id, bytes } => {
            format!("reply to {id} of {}: {:?}", peer.short(), decode::<Reply>(bytes))
        }
        Input::RequestFailed { peer, id } => format!("request {id} to {} failed", peer.short()),
        Input::Gossip { topic, from, bytes, .. } => {
            format!("gossip of {}: {}", from.short(), gossip(*topic, bytes))
        }
        Input::ResponseSent { .. } | Input::Wake => return,
    };
    line(at, node, '<', &text);
}

/// Writes what a node does, and when, in milliseconds since the run began.
pub(crate) fn output(at: u64, node: usize, output: &Output) {
    let text = match output {
        Output::Request { peer, id, bytes } => {
            format!("request {id} to {}: {:?}", peer.short(), decode::<Request>(bytes))
        }
        Output::Respond { peer, id, .. } => format!("reply to request {id} of {}", peer.short()),
        Output::Publish { topic, bytes } => format!("gossip: {}", gossip(*topic, bytes)),
        Output::Validate { verdict, .. } => format!("{verdict:?}"),
        Output::Disconnect { peer, why } => format!("disconnect {}: {why}", peer.short()),
        Output::Event(event) => format!("{event:?}"),
    };
    line(at, node, '>', &text);
}

fn gossip(topic: Topic, bytes: &[u8]) -> String {
    match topic {
        Topic::Ctl => format!("{:?}", decode::<CtlMessage>(bytes)),
        Topic::Heads => format!("{:?}", decode::<HeadsMessage>(bytes)),
    }
}

fn line(at: u64, node: usize, way: char, text: &str) {
    let shown: String = text.chars().take(MAX_SHOWN).collect();
    eprintln!("{at:>7} node {node} {way} {shown}");
}
