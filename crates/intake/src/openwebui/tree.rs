//! The tree of a chat, by parents.

use std::collections::{BTreeMap, BTreeSet};

use super::Node;
use crate::report::SkipReason;
use crate::thread::{MaybeTurn, turn};

/// A node's position in its export.
pub(super) type At = usize;

/// A chat's nodes with their names, in the order of the export.
#[derive(Debug)]
pub(super) struct Tree {
    nodes: Vec<(String, Node)>,
    by_name: BTreeMap<String, At>,
}

/// The active thread, oldest message first.
#[derive(Debug, Default)]
pub(super) struct Active(Vec<At>);

impl Active {
    pub(super) fn nodes(&self) -> &[At] {
        &self.0
    }
}

impl Tree {
    /// Takes nodes by name; of two with one name the later stands, as JSON readers do.
    pub(super) fn new(entries: Vec<(String, Node)>) -> Self {
        let mut tree = Self { nodes: Vec::with_capacity(entries.len()), by_name: BTreeMap::new() };
        for (name, node) in entries {
            match tree.by_name.get(&name) {
                Some(&at) => tree.nodes[at].1 = node,
                None => {
                    tree.by_name.insert(name.clone(), tree.nodes.len());
                    tree.nodes.push((name, node));
                }
            }
        }
        tree
    }

    pub(super) fn name(&self, at: At) -> &str {
        &self.nodes[at].0
    }

    pub(super) fn node(&self, at: At) -> &Node {
        &self.nodes[at].1
    }

    /// Takes a node's text out of the tree.
    pub(super) fn take_turn(&mut self, at: At) -> MaybeTurn {
        let node = &mut self.nodes[at].1;
        turn(&node.role, std::mem::take(&mut node.content))
    }

    /// The nodes that share a parent, by parent, where there are several; roots have none.
    pub(super) fn siblings(&self) -> Vec<Vec<At>> {
        let mut by_parent: BTreeMap<Option<&str>, Vec<At>> = BTreeMap::new();
        for (at, (_, node)) in self.nodes.iter().enumerate() {
            by_parent.entry(node.parent.0.as_deref()).or_default().push(at);
        }
        by_parent.into_values().filter(|group| group.len() > 1).collect()
    }

    /// Walks from the current message to the root.
    ///
    /// Without a current message the only thread of a tree without branches is the active one; of several none is
    /// guessed, since a preference would follow from it.
    pub(super) fn active_thread(&self, current: Option<&str>) -> Result<Active, SkipReason> {
        if self.nodes.is_empty() {
            return Err(SkipReason::NoAnswer);
        }
        let named = current.and_then(|name| self.by_name.get(name).copied());
        let leaf = named.or_else(|| self.only_leaf()).ok_or(SkipReason::DanglingCurrent)?;
        let (mut path, mut seen) = (vec![leaf], BTreeSet::from([leaf]));
        let mut next = self.parent(leaf)?;
        while let Some(at) = next {
            if !seen.insert(at) {
                return Err(SkipReason::Cycle);
            }
            path.push(at);
            next = self.parent(at)?;
        }
        path.reverse();
        Ok(Active(path))
    }

    fn parent(&self, at: At) -> Result<Option<At>, SkipReason> {
        match &self.node(at).parent.0 {
            None => Ok(None),
            Some(name) => self.by_name.get(name).copied().map(Some).ok_or(SkipReason::DanglingParent),
        }
    }

    fn only_leaf(&self) -> Option<At> {
        let parents: BTreeSet<&str> =
            self.nodes.iter().filter_map(|(_, node)| node.parent.0.as_deref()).collect();
        let mut leaves = (0..self.nodes.len()).filter(|&at| !parents.contains(self.name(at)));
        leaves.next().filter(|_| leaves.next().is_none())
    }
}
