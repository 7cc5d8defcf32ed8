//! When nodes are down: crashes that overlap or touch are one.

use std::collections::BTreeMap;

use super::{Fault, Memory};
use crate::id::NodeId;
use crate::time::SimTime;

/// A time at which a node is down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Downtime {
    /// From this instant.
    pub start: SimTime,
    /// To this one, at which it restarts.
    pub end: SimTime,
    /// What is left of what it knew.
    pub memory: Memory,
}

impl Downtime {
    /// Whether the node is down at an instant; at that of its restart it is up.
    pub fn is_down_at(&self, at: SimTime) -> bool {
        self.start <= at && at < self.end
    }

    /// Whether a datagram that comes at an instant is lost: nothing listens yet at a restart.
    pub fn drops_arrival(&self, at: SimTime) -> bool {
        self.start <= at && at <= self.end
    }
}

/// The times at which each node is down, in order, never touching each other.
pub fn downtimes(faults: &[Fault]) -> BTreeMap<NodeId, Vec<Downtime>> {
    let mut down: BTreeMap<NodeId, Vec<Downtime>> = BTreeMap::new();
    for fault in faults {
        if let Some((nodes, memory)) = fault.effect.crash() {
            let time = Downtime { start: fault.start, end: fault.end, memory };
            for node in nodes.iter() {
                down.entry(node).or_default().push(time);
            }
        }
    }
    for times in down.values_mut() {
        *times = merged(std::mem::take(times));
    }
    down
}

/// One after the other; what one of several takes from memory is gone.
fn merged(mut times: Vec<Downtime>) -> Vec<Downtime> {
    times.sort_by_key(|down| (down.start, down.end));
    let mut merged: Vec<Downtime> = Vec::new();
    for down in times {
        match merged.last_mut() {
            Some(last) if down.start <= last.end => {
                last.end = last.end.max(down.end);
                if down.memory == Memory::Lost {
                    last.memory = Memory::Lost;
                }
            }
            _ => merged.push(down),
        }
    }
    merged
}
