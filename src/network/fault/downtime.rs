//! Intervals in which nodes are down.

use std::collections::BTreeMap;

use super::{Fault, Memory};
use crate::id::NodeId;
use crate::time::SimTime;

/// An interval in which a node is down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Downtime {
    /// The crash.
    pub start: SimTime,
    /// The restart; [`SimTime::NEVER`] if there is none.
    pub end: SimTime,
    /// Whether the restarted node has its state.
    pub memory: Memory,
}

impl Downtime {
    /// Whether the node is down at an instant; it is up at the instant of its restart.
    pub fn is_down_at(&self, at: SimTime) -> bool {
        self.start <= at && at < self.end
    }

    /// Whether a message that arrives at an instant is lost; at the restart, the node does not listen
    /// yet.
    pub fn drops_arrival(&self, at: SimTime) -> bool {
        self.start <= at && at <= self.end
    }
}

/// By node, its downtimes in order. Crashes that overlap or touch are one downtime.
pub fn downtimes<'a>(faults: impl Iterator<Item = &'a Fault>) -> BTreeMap<NodeId, Vec<Downtime>> {
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

/// Merges downtimes that overlap or touch; memory is lost if one of them loses it.
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
