//! Starts, deaths and connections of nodes; when faults begin and end.

use commonwheel_ledger::store::StoreError;
use commonwheel_sync::{Input, Sync};

use crate::disk::Disk;
use crate::faults::{Fault, Weather};
use crate::mutant::Mutant;
use crate::report::Outcome;
use crate::world::{Event, World};

/// How long people work and things break, in milliseconds.
const ACTIVE: (u64, u64) = (40_000, 120_000);
/// Between two looks at whether all have converged, in milliseconds.
const LOOK_INTERVAL: u64 = 15_000;
/// How long convergence may take once faults have ended, in milliseconds.
const CONVERGENCE: u64 = 600_000;

impl World {
    /// Plans the run: work, faults and lies until a time, then calm.
    pub(crate) fn plan(&mut self) {
        let active = self.rng.between(ACTIVE.0, ACTIVE.1);
        let first = self.rng.between(2_000, 6_000);
        self.queue.after(first, Event::Work);
        self.queue.after(active, Event::Calm);
        let leaps = if self.options.mutant == Some(Mutant::KeepsVotes) { 1_000 } else { 300 };
        if self.rng.chance(leaps) {
            let at = self.rng.between(active / 3, active);
            self.queue.after(at, Event::Leap);
        }
        if !self.options.faults {
            return;
        }
        self.net.weather = Weather::of(&mut self.rng);
        self.queue.after(first * 2, Event::Chaos);
        let liars: Vec<usize> = (0..self.nodes.len()).filter(|node| !self.nodes[*node].honest).collect();
        for node in liars {
            self.queue.after(first + 1_000, Event::Attack { node });
        }
    }

    /// Starts a node over its disk, and lets it finish what a crash cut short.
    pub(crate) fn start(&mut self, node: usize) {
        let (clock, seed) = (self.clock(node), self.rng.bytes());
        let own = &mut self.nodes[node];
        let Some(disk) = own.disk.take() else { return };
        let mut config = own.config.clone();
        config.own_feeds = own.writers.keys().copied().collect();
        config.seed = seed;
        own.starts += 1;
        own.seen.clear();
        own.wake_at = None;
        match Sync::new(clock, config, disk) {
            Ok(process) => own.process = Some(process),
            Err(error) => self.checkers.report("I9", self.queue.now(), format!("node {node}: {error}")),
        }
        self.finish_publishing(node);
        let now = self.now();
        if let Some(disk) = self.nodes[node].disk() {
            self.checkers.started(node, now, disk.raw(), &self.truth);
        }
    }

    fn finish_publishing(&mut self, node: usize) {
        let clock = self.clock(node);
        let own = &mut self.nodes[node];
        let Some(process) = own.process.as_mut() else { return };
        let mut failed = None;
        for (feed, key) in &own.writers {
            if let Err(error) = process.publish_pending(clock, &mut own.guard, key, feed) {
                failed = Some(format!("node {node} cannot write its own feed after a start: {error}"));
            }
        }
        let committed = process.commit();
        if let Some(what) = failed.filter(|_| own.honest) {
            self.checkers.report("I1", self.queue.now(), what);
        }
        self.settle(node, committed);
    }

    /// A node's process ends here and now; what was not synced may be lost.
    pub(crate) fn crash(&mut self, node: usize, how: Fault) {
        let Some(process) = self.nodes[node].process.take() else { return };
        let mut disk: Disk = process.into_store();
        let (lost, kept) = disk.restart(&mut self.rng);
        self.faults.count(how);
        if lost > 0 {
            self.faults.count(if kept > 0 { Fault::TornTail } else { Fault::LostWrites });
        }
        self.nodes[node].disk = Some(disk);
        self.nodes[node].doomed = false;
        for other in self.net.neighbours(node) {
            self.disconnect(node, other);
        }
        let delay = self.rng.between(100, 15_000);
        self.queue.after(delay, Event::Start { node });
    }

    pub(crate) fn restart(&mut self, node: usize) {
        if self.nodes[node].is_up() {
            return;
        }
        self.start(node);
        for (a, b) in self.net.laid() {
            if a == node || b == node {
                let delay = self.rng.below(2_000);
                self.queue.after(delay, Event::Connect { a, b });
            }
        }
    }

    pub(crate) fn connect(&mut self, a: usize, b: usize) {
        let up = |node: usize| self.nodes[node].is_up();
        if !up(a) || !up(b) || !self.may_connect(a, b) || !self.net.set_up(a, b, true) {
            return;
        }
        for (node, other) in [(a, b), (b, a)] {
            let peer = self.nodes[other].me;
            self.step(node, Input::Connected { peer });
        }
    }

    /// Whoever signed two heads is out of the game once faults have ended, and a clone that runs has its neighbours to
    /// itself. Liars stop lying and stay: nobody can fetch what is behind a head whose writer told it and is gone.
    fn may_connect(&self, a: usize, b: usize) -> bool {
        let equivocated = |home: usize| self.truth.has_forked(&self.collectives[home].id);
        let out = |node: usize| {
            let node = &self.nodes[node];
            self.calm && !node.honest && !node.lies && node.home.is_some_and(equivocated)
        };
        let cloned = |node: usize, other: usize| {
            let clones = (0..self.nodes.len()).filter(|clone| self.nodes[*clone].twin_of == Some(node));
            clones.into_iter().any(|clone| self.nodes[clone].is_up() && self.net.are_laid(clone, other))
        };
        !out(a) && !out(b) && !cloned(a, b) && !cloned(b, a)
    }

    pub(crate) fn disconnect(&mut self, a: usize, b: usize) {
        if !self.net.set_up(a, b, false) {
            return;
        }
        for (node, other) in [(a, b), (b, a)] {
            let peer = self.nodes[other].me;
            self.step(node, Input::Disconnected { peer });
        }
    }

    /// Breaks something, and plans the next break.
    pub(crate) fn chaos(&mut self) {
        if self.calm {
            return;
        }
        match self.rng.below(11) {
            0..=1 => self.partition(),
            2 => self.eclipse(),
            3..=4 => self.reset(),
            5..=6 => self.kill(),
            _ => self.cut_power(),
        }
        let delay = self.rng.between(1_500, 25_000);
        self.queue.after(delay, Event::Chaos);
    }

    fn partition(&mut self) {
        let side: Vec<bool> = self.nodes.iter().map(|_| self.rng.chance(500)).collect();
        let symmetric = self.rng.chance(500);
        let mut across = Vec::new();
        for (a, b) in self.net.laid() {
            if side[a] != side[b] {
                let (from, to) = if side[a] { (a, b) } else { (b, a) };
                across.push((from, to));
                across.extend(symmetric.then_some((to, from)));
            }
        }
        if across.is_empty() {
            return;
        }
        self.faults.count(if symmetric { Fault::Partition } else { Fault::AsymmetricPartition });
        across.iter().for_each(|(from, to)| self.net.block(*from, *to, true));
        let lasts = self.rng.between(1_000, 40_000);
        if lasts > 20_000 {
            // So long a silence breaks the connections.
            for (from, to) in &across {
                self.disconnect(*from, *to);
                self.queue.after(lasts + 500, Event::Connect { a: *from, b: *to });
            }
        }
        self.queue.after(lasts, Event::Heal { across });
    }

    fn reset(&mut self) {
        let up: Vec<(usize, usize)> =
            self.net.laid().into_iter().filter(|(a, b)| self.net.is_up(*a, *b)).collect();
        if let Some((a, b)) = self.rng.pick(&up).copied() {
            self.faults.count(Fault::Reset);
            self.disconnect(a, b);
            let delay = self.rng.between(100, 5_000);
            self.queue.after(delay, Event::Connect { a, b });
        }
    }

    fn victim(&mut self) -> Option<usize> {
        let up: Vec<usize> = (0..self.nodes.len()).filter(|node| self.nodes[*node].is_up()).collect();
        self.rng.pick(&up).copied()
    }

    fn kill(&mut self) {
        let Some(node) = self.victim() else { return };
        if self.rng.chance(500) {
            self.crash(node, Fault::Kill);
        } else {
            self.nodes[node].doomed = true;
        }
    }

    fn cut_power(&mut self) {
        let Some(node) = self.victim() else { return };
        let writes = self.rng.below(40);
        if let Some(process) = self.nodes[node].process.as_mut().filter(|process| !process.store().is_lit()) {
            process.store_mut().light_fuse(writes);
        }
    }

    /// Ends all faults: whoever is down starts, whoever lies is gone, and everybody can reach everybody.
    pub(crate) fn calm(&mut self) {
        self.calm = true;
        self.eclipsed = None;
        self.net.weather = Weather::CALM;
        for node in 0..self.nodes.len() {
            self.nodes[node].doomed = false;
            if let Some(process) = self.nodes[node].process.as_mut() {
                process.store_mut().spare();
            }
        }
        for (a, b) in self.net.laid() {
            self.net.block(a, b, false);
            self.net.block(b, a, false);
            if !self.may_connect(a, b) {
                self.disconnect(a, b);
            }
            self.queue.after(20_000, Event::Connect { a, b });
        }
        self.queue.after(LOOK_INTERVAL, Event::Look);
        self.checkers.calm_since = Some(self.now());
    }

    /// Ends the run once all have converged, or must have.
    pub(crate) fn look(&mut self) {
        let waited = self.now() - self.checkers.calm_since.unwrap_or_else(|| self.now());
        let differences = self.differences();
        // A fork is noticed when heads are next compared, which may be after all else agrees.
        if differences.is_empty() && self.undetected_forks().is_empty() {
            self.done = true;
        } else if waited >= CONVERGENCE {
            self.done = true;
            let now = self.now();
            differences.into_iter().for_each(|what| self.checkers.report("I3", now, what));
        } else {
            self.queue.after(LOOK_INTERVAL, Event::Look);
        }
    }

    /// Looks at every honest disk for the last time.
    pub(crate) fn finish(&mut self) {
        let now = self.now();
        let missed = self.undetected_forks();
        missed.into_iter().for_each(|what| self.checkers.report("I5", now, what));
        let nodes = self.nodes.iter().enumerate().filter(|(_, node)| node.honest);
        let disks: Vec<_> = nodes.filter_map(|(at, node)| Some((at, node.disk()?.raw()))).collect();
        self.checkers.finish(now, &disks, &self.truth);
        self.check_tallies();
        // These verify whole control logs anew, so each run makes one of the two.
        if self.rng.chance(500) {
            self.check_order();
        } else {
            self.check_scope();
        }
    }

    pub(crate) fn outcome(self) -> Outcome {
        let converged_after = self.now() - self.checkers.calm_since.unwrap_or_else(|| self.now());
        Outcome {
            faults: self.faults,
            deeds: self.deeds,
            steps: self.steps,
            nodes: self.nodes.iter().filter(|node| node.twin_of.is_none()).count(),
            contributions: self.truth.appended().count(),
            converged_after,
            trace_hash: *self.trace.finalize().as_bytes(),
            violations: self.checkers.violations,
        }
    }

    /// Appends to a node's own feed; says where, if that was acknowledged.
    pub(crate) fn append(
        &mut self,
        node: usize,
        feed: commonwheel_record::FeedId,
        records: Vec<commonwheel_sync::NewRecord>,
    ) -> Option<u64> {
        let clock = self.clock(node);
        let own = &mut self.nodes[node];
        let (process, key) = (own.process.as_mut()?, own.writers.get(&feed)?);
        let appended = process.append(clock, &mut own.guard, key, &feed, records.clone());
        let honest = own.honest;
        let first = match appended {
            Ok(first) => {
                if honest {
                    self.checkers.acknowledged(node, feed, first, &records);
                }
                Some(first)
            }
            Err(error) => {
                let what = format!("node {node} could not append: {error}");
                let blown = self.nodes[node].disk().is_some_and(Disk::is_blown);
                if !blown {
                    self.checkers.report("I1", self.queue.now(), what);
                }
                None
            }
        };
        let committed: Result<(), StoreError> =
            self.nodes[node].process.as_mut().map_or(Ok(()), Sync::commit);
        self.settle(node, committed);
        first
    }
}
