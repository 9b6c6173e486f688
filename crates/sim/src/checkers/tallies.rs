//! I12 for ballots: every node counts what the world counts, from whatever it holds.

use commonwheel_collective::{BallotView, Outcome};
use commonwheel_record::Hash;

use super::polls::passes;
use crate::world::World;

impl World {
    /// Compares the ballots in every honest node's views with what its disk amounts to.
    pub(crate) fn check_tallies(&mut self) {
        let honest = (0..self.nodes.len()).filter(|node| self.nodes[*node].honest);
        let found: Vec<String> = honest.flat_map(|node| self.tallies_differ(node)).collect();
        found.into_iter().for_each(|what| self.checkers.report("I12", self.queue.now(), what));
    }

    fn tallies_differ(&self, node: usize) -> Vec<String> {
        let Some(process) = self.nodes[node].process.as_ref() else { return Vec::new() };
        let steady = self.campaigns.iter().filter_map(|campaign| {
            let of = self.collectives[campaign.of].id;
            (process.follow().contains(&of) && !self.truth.has_forked(&of)).then_some((of, campaign.hash))
        });
        steady
            .filter_map(|(of, hash)| {
                let view = process.views().get(&of)?.ballot(&hash);
                let log = self.checkers.known[node].log(&of)?;
                let poll = log.poll(&self.network_id, &hash);
                let tally = poll.as_ref().map(super::polls::Poll::tally);
                let rules = poll.as_ref().map(|poll| &poll.charter.rules);
                let carried = tally.flatten().zip(rules).map(|(tally, rules)| passes(rules, &tally));
                let same = view.is_some() == poll.is_some()
                    && view.is_none_or(|view| agrees(view, carried))
                    && view.zip(tally.flatten()).is_none_or(|(view, tally)| view.tally == tally);
                (!same).then(|| describe(node, &hash, view, tally, carried))
            })
            .collect()
    }
}

/// Says whether a ballot came to what it must: nothing, as long as it is not closed.
const fn agrees(view: &BallotView, carried: Option<bool>) -> bool {
    match view.outcome {
        Outcome::Carried => matches!(carried, Some(true)),
        Outcome::Failed(_) => matches!(carried, Some(false)),
        Outcome::Open | Outcome::Revealing | Outcome::Incomplete => carried.is_none(),
    }
}

fn describe(
    node: usize,
    hash: &Hash,
    view: Option<&BallotView>,
    tally: Option<Option<commonwheel_record::control::Tally>>,
    carried: Option<bool>,
) -> String {
    let seen = view.map(|view| (view.tally, view.outcome));
    let ballot = &commonwheel_record::hex::encode(&hash.0)[..8];
    format!("node {node} has ballot {ballot} at {seen:?}, where it is at {tally:?}, carried: {carried:?}")
}
