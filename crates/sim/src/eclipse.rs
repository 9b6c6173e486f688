//! Eclipses: a node whose only neighbours are liars, who tell it everything but what collectives decided.

use commonwheel_record::FeedId;
use commonwheel_record::manifest::Purpose;
use commonwheel_sync::Output;
use commonwheel_sync::wire::{self, Reply};

use crate::faults::Fault;
use crate::world::{Event, World};

/// How long an eclipse lasts, in milliseconds.
const LASTS: (u64, u64) = (8_000, 45_000);

impl World {
    /// Cuts a node off from all that do not lie.
    pub(crate) fn eclipse(&mut self) {
        if self.eclipsed.is_some() {
            return;
        }
        let lies = |other: &usize| self.nodes[*other].lies;
        let able = |node: &usize| {
            self.nodes[*node].honest
                && self.nodes[*node].is_up()
                && self.net.neighbours(*node).iter().any(lies)
        };
        let able: Vec<usize> = (0..self.nodes.len()).filter(able).collect();
        let Some(node) = self.rng.pick(&able).copied() else { return };
        let laid = self.net.laid().into_iter();
        let others: Vec<usize> = laid
            .filter_map(|(a, b)| if a == node { Some(b) } else { (b == node).then_some(a) })
            .filter(|other| !self.nodes[*other].lies)
            .collect();
        let lasts = self.rng.between(LASTS.0, LASTS.1);
        let across: Vec<(usize, usize)> =
            others.iter().flat_map(|other| [(node, *other), (*other, node)]).collect();
        across.iter().for_each(|(from, to)| self.net.block(*from, *to, true));
        for other in others {
            self.disconnect(node, other);
            self.queue.after(lasts + 500, Event::Connect { a: node, b: other });
        }
        self.eclipsed = Some(node);
        self.faults.count(Fault::Eclipse);
        self.queue.after(lasts, Event::Heal { across });
        self.queue.after(lasts, Event::Dawn);
    }

    pub(crate) fn is_control(&self, feed: &FeedId) -> bool {
        self.truth.feeds.get(feed).is_some_and(|of| of.manifest.purpose == Purpose::Control)
    }

    /// Says whether one node keeps from another what collectives decided.
    pub(crate) fn keeps_from(&self, node: usize, other: usize) -> bool {
        self.eclipsed == Some(other) && self.nodes[node].lies
    }

    /// Takes out of a liar's answer to an eclipsed node what is about control feeds, or the whole of it.
    pub(crate) fn suppress(&self, output: Output) -> Option<Output> {
        let Output::Respond { peer, id, bytes } = output else { return Some(output) };
        if self.eclipsed.is_none_or(|node| self.nodes[node].me != peer) {
            return Some(Output::Respond { peer, id, bytes });
        }
        if self.control_requests.contains(&id) {
            return None;
        }
        let bytes = match wire::decode(&bytes) {
            Ok(Reply::Heads(mut page)) => {
                // One that is not named is one that was told before, and not to be told again.
                let is_data = |feed: &FeedId| !self.is_control(feed);
                page.items.retain(|item| item.names.as_ref().is_some_and(|(feed, _)| is_data(feed)));
                wire::encode(&Reply::Heads(page))
            }
            _ => bytes,
        };
        Some(Output::Respond { peer, id, bytes })
    }
}
