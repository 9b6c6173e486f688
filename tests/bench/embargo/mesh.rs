//! Eight node processes in a small mesh: a co-op and seven mirrors of it.

use std::path::Path;
use std::time::{Duration, Instant};

use commonwheel_api::types::HoldingsRequest;
use commonwheel_net::Multiaddr;
use commonwheel_record::attestation::NodeRole;
use commonwheel_record::{PublicKey, RecordId};

use crate::Failure;
use crate::cluster::Node;
use crate::coop::{Keys, Stocked, stock};

/// Nodes of the mesh.
pub(super) const NODES: usize = 8;
const CONTRIBUTIONS: u64 = 64;
const ITEMS: usize = 16;
/// How long the mirrors may take to hold everything.
const PATIENCE: Duration = Duration::from_secs(60);

/// The mesh; node 0 is the co-op.
pub(super) struct Mesh {
    nodes: Vec<Node>,
    stocked: Stocked,
}

impl Mesh {
    /// Starts all nodes and waits until each holds every contribution.
    pub(super) async fn start(binary: &Path, root: &Path) -> Result<Self, Failure> {
        let role = |number| if number == 0 { NodeRole::Coop } else { NodeRole::Mirror };
        let node = |number: usize| Node::new(root, &name(number), role(number));
        let mut nodes = (0..NODES).map(node).collect::<Result<Vec<_>, _>>()?;
        let keys = Keys::named(&name(0));
        let stocked = stock(&nodes[0].dir, &nodes[0].guard(), &keys, CONTRIBUTIONS, ITEMS)?;
        for (number, node) in nodes.iter().enumerate() {
            if number > 0 {
                Keys::named(&name(number)).write(&node.dir, false)?;
            }
            let dialled: Vec<Multiaddr> =
                dials(number).into_iter().map(|other| nodes[other].address.clone()).collect();
            let near: Vec<PublicKey> = neighbours(number).map(|other| nodes[other].key).collect();
            node.configure(&dialled, &near, stocked.collective)?;
        }
        for node in &mut nodes {
            node.spawn(binary)?;
            node.ready().await?;
        }
        let mesh = Self { nodes, stocked };
        mesh.filled().await?;
        Ok(mesh)
    }

    async fn filled(&self) -> Result<(), Failure> {
        let until = Instant::now() + PATIENCE;
        for node in &self.nodes {
            while bodies(node).await? < CONTRIBUTIONS {
                if Instant::now() > until {
                    return Err("the mirrors do not get everything".into());
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        Ok(())
    }

    /// Returns the node that declares.
    pub(super) fn coop(&self) -> &Node {
        &self.nodes[0]
    }

    /// Returns where the nodes listen.
    pub(super) fn addresses(&self) -> Vec<Multiaddr> {
        self.nodes.iter().map(|node| node.address.clone()).collect()
    }

    /// Returns a contribution that the strike covers.
    pub(super) const fn record(&self) -> RecordId {
        // Position 0 is a submission, its contributions follow.
        RecordId { feed: self.stocked.data, index: 1 }
    }

    /// Ends every process.
    pub(super) async fn stop(&mut self) -> Result<(), Failure> {
        for node in &mut self.nodes {
            node.stop().await?;
        }
        Ok(())
    }
}

async fn bodies(node: &Node) -> Result<u64, Failure> {
    let holdings = node.call(HoldingsRequest { collective: None }).await?;
    Ok(holdings.feeds.iter().map(|feed| feed.bodies).sum())
}

fn name(number: usize) -> String {
    format!("node-{number}")
}

/// Whom a node dials: the next one on the ring, and half of them the one opposite.
fn dials(number: usize) -> Vec<usize> {
    let opposite = (number < NODES / 2).then_some(number + NODES / 2);
    [Some((number + 1) % NODES), opposite].into_iter().flatten().collect()
}

/// Who is connected with a node, whichever dialled.
fn neighbours(number: usize) -> impl Iterator<Item = usize> {
    (0..NODES).filter(move |other| dials(*other).contains(&number) || dials(number).contains(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_node_has_three_neighbours() {
        for number in 0..NODES {
            let near: Vec<usize> = neighbours(number).collect();
            assert_eq!(near.len(), 3, "{number}: {near:?}");
            assert!(near.iter().all(|other| neighbours(*other).any(|back| back == number)));
        }
    }
}
