//! I2's other half: whoever acts on an embargo says so, and what it says is known to all who follow; a pretender's word
//! is kept like any other's.

use std::collections::BTreeMap;

use commonwheel_ledger::store::{Store as _, Table};
use commonwheel_record::attestation::{Attestation, AttestationKind, EmbargoState, Statement};
use commonwheel_record::limits::MAX_ATTESTATION;
use commonwheel_record::{CollectiveId, PublicKey, RecordId, cbor};

use super::knowledge::{Standing, is_named};
use crate::world::World;

/// Who said of which embargo of which collective how far it is with it.
type Said = BTreeMap<(PublicKey, RecordId), (CollectiveId, EmbargoState)>;

impl World {
    /// Acknowledgements that are not made, or not known to a neighbour.
    pub(crate) fn acknowledgements_missing(&self) -> Vec<String> {
        let said: Vec<Said> = (0..self.nodes.len()).map(|node| self.said(node)).collect();
        let mut missing = Vec::new();
        for (a, b) in self.net.laid().into_iter().flat_map(|(a, b)| [(a, b), (b, a)]) {
            let tells = self.nodes[a].honest || self.nodes[a].pretends;
            if tells && self.nodes[b].honest && self.net.is_up(a, b) {
                missing.extend(self.untold(a, b, &said));
            }
        }
        let honest = (0..self.nodes.len()).filter(|node| self.nodes[*node].honest);
        missing.extend(honest.filter_map(|node| self.unsaid(node, &said[node])));
        missing
    }

    fn said(&self, node: usize) -> Said {
        let Some(raw) = self.raw(node) else { return Said::new() };
        let held = raw.states(Table::Attestations).into_iter();
        let read = |bytes: &[u8]| {
            let attestation = cbor::decode::<Attestation>(bytes, MAX_ATTESTATION).ok()?;
            let Statement::Acknowledgement(said) = attestation.content.statement else { return None };
            let (issuer, collective) = (attestation.content.issuer, attestation.content.collective);
            Some(((issuer, said.embargo), (collective, said.state)))
        };
        let named = held.filter(|(name, _)| is_named(name, AttestationKind::Acknowledgement));
        named.filter_map(|(_, bytes)| read(bytes)).collect()
    }

    /// What one said and a neighbour who knows it does not hold.
    fn untold(&self, a: usize, b: usize, said: &[Said]) -> Option<String> {
        let common = self.common_follow(a, b);
        let me = self.nodes[a].me;
        let known = common.iter().any(|of| self.checkers.known[b].is_node_of(&me, of));
        let stable = |of: &CollectiveId| common.contains(of) && !self.truth.has_forked(of);
        let mut own = said[a].iter().filter(|((issuer, _), (of, _))| *issuer == me && stable(of));
        let missing = own.find(|(name, what)| said[b].get(*name) != Some(*what)).filter(|_| known);
        missing.map(|((_, embargo), _)| format!("node {b} does not know what node {a} said of {embargo:?}"))
    }

    /// What a node enforces and never said so.
    fn unsaid(&self, node: usize, said: &Said) -> Option<String> {
        let known = &self.checkers.known[node];
        let me = self.nodes[node].me;
        let follow = self.nodes[node].process.as_ref()?.follow();
        if !follow.iter().any(|of| known.is_node_of(&me, of)) {
            return None;
        }
        let clock = self.clock(node) / 1000;
        let in_force = |standing: &&Standing| {
            let embargo = &standing.known;
            let lease = known.newest_lease(&embargo.by, false);
            let lifted = known
                .lifts
                .iter()
                .any(|lift| lift.content.scope.is_none() && known.is_copy(&lift.content.embargo, embargo));
            follow.contains(&embargo.by)
                && !self.truth.has_forked(&embargo.by)
                && embargo.content.starts <= clock
                && standing.ends.is_none_or(|ends| lease.is_none_or(|lease| lease <= ends))
                && !lifted
        };
        let mut in_force = known.embargoes.iter().filter(in_force);
        let silent = in_force.find(|standing| {
            let said = said.get(&(me, standing.known.id));
            said.is_none_or(|(_, state)| *state != EmbargoState::Enforced)
        });
        silent.map(|standing| format!("node {node} enforces {:?} and does not say so", standing.known.id))
    }
}
