//! Random adversarial schedules: loss, duplicates, reordering, partitions, crashes.

use rand::Rng;

use super::history::History;
use super::{Cluster, SETTINGS};
use crate::rng::{RngStream, stream};

/// What a schedule contained.
#[derive(Debug, Default)]
pub struct Events {
    pub lost: u64,
    pub doubled: u64,
    pub cut: u64,
    pub partitions: u64,
    pub crashes: u64,
    pub amnesia: u64,
    pub proposals: u64,
}

/// A cluster under a random schedule.
pub struct Schedule {
    pub cluster: Cluster,
    pub history: History,
    pub events: Events,
    rng: RngStream,
    /// Per cent.
    loss: u32,
    longest_delay: u64,
    /// The side of each node.
    sides: Vec<bool>,
    command: u32,
}

impl Schedule {
    pub fn new(count: u32, seed: u64) -> Self {
        let mut rng = stream(seed, "schedule", u64::from(count));
        Self {
            cluster: Cluster::new(count, SETTINGS, seed),
            history: History::default(),
            events: Events::default(),
            loss: rng.random_range(0..30),
            longest_delay: rng.random_range(1..40),
            sides: vec![false; count as usize],
            command: 0,
            rng,
        }
    }

    /// Lets the adversary act about every 30 ticks until an instant.
    pub fn run(&mut self, until: u64) {
        while self.cluster.now < until {
            let quiet = self.rng.random_range(1..60);
            self.quiet(self.cluster.now + quiet);
            self.act();
            self.post();
        }
    }

    /// Lets time pass.
    pub fn quiet(&mut self, until: u64) {
        while let Some(node) = self.cluster.next(until) {
            self.history.judge(&mut self.cluster, node);
            self.post();
        }
        self.cluster.now = until;
    }

    /// Ends all faults.
    pub fn heal(&mut self) {
        (self.loss, self.longest_delay) = (0, 2);
        self.sides.fill(false);
        for node in 0..self.cluster.count() {
            if !self.cluster.is_up[node as usize] {
                self.restart(node);
            }
        }
        self.post();
    }

    /// Proposes a command at each node that believes to lead.
    pub fn propose(&mut self) {
        for leader in self.cluster.leaders() {
            self.command += 1;
            let command = self.command;
            self.events.proposals += 1;
            self.cluster.handle(leader, |raft, out| assert!(raft.propose([command], out)));
            self.history.judge(&mut self.cluster, leader);
        }
        self.post();
    }

    fn act(&mut self) {
        let count = self.cluster.count();
        match self.rng.random_range(0..10) {
            0..5 => self.propose(),
            5 => {
                self.events.partitions += 1;
                self.sides.fill_with(|| self.rng.random());
            }
            6 => self.sides.fill(false),
            _ => {
                // The leader is the most interesting victim.
                let leader = self.cluster.leaders().last().copied();
                let anyone = self.rng.random_range(0..count);
                let node = leader.filter(|_| self.rng.random()).unwrap_or(anyone);
                if self.cluster.is_up[node as usize] {
                    self.events.crashes += 1;
                    self.cluster.crash(node);
                } else {
                    self.restart(node);
                }
            }
        }
    }

    fn restart(&mut self, node: u32) {
        let is_memory_lost = self.rng.random();
        if is_memory_lost {
            self.events.amnesia += 1;
            self.history.forget(node);
        }
        self.cluster.restart(node, is_memory_lost);
        self.history.judge(&mut self.cluster, node);
    }

    /// Puts what was sent on the network.
    fn post(&mut self) {
        let mut again = Vec::new();
        for sent in &self.cluster.sent {
            if self.rng.random_range(0..10) == 0 {
                again.push(sent.clone());
            }
        }
        self.events.doubled += again.len() as u64;
        self.cluster.sent.extend(again);
        let Self { cluster, events, rng, sides, loss, longest_delay, .. } = self;
        cluster.post(|from, to| {
            if sides[from as usize] != sides[to as usize] {
                events.cut += 1;
                return None;
            }
            if rng.random_range(0..100) < *loss {
                events.lost += 1;
                return None;
            }
            let factor = if rng.random_range(0..20) == 0 { 10 } else { 1 };
            Some(rng.random_range(1..=*longest_delay * factor))
        });
    }
}
