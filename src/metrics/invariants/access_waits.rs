//! Since when bulk messages wait in access links. A message that has not left when the run ends has waited
//! at least until then.

use std::collections::{BTreeMap, VecDeque};

use crate::id::NodeId;
use crate::time::{SimDuration, SimTime};

/// By node, when the bulk messages that wait were sent or have arrived, in this order.
#[derive(Debug, Default)]
pub struct AccessWaits {
    uplinks: BTreeMap<NodeId, VecDeque<SimTime>>,
    downlinks: BTreeMap<NodeId, VecDeque<SimTime>>,
}

impl AccessWaits {
    /// A bulk message waits in the uplink of its sender.
    pub fn send(&mut self, from: NodeId, at: SimTime) {
        self.uplinks.entry(from).or_default().push_back(at);
    }

    /// The first bulk message leaves the uplink.
    pub fn depart(&mut self, from: NodeId) {
        self.uplinks.entry(from).or_default().pop_front();
    }

    /// A bulk message reaches the downlink of its receiver.
    pub fn arrive(&mut self, to: NodeId, at: SimTime) {
        self.downlinks.entry(to).or_default().push_back(at);
    }

    /// The first bulk message leaves the downlink; returns when it arrived.
    pub fn receive(&mut self, to: NodeId) -> Option<SimTime> {
        self.downlinks.get_mut(&to)?.pop_front()
    }

    /// A node has lost all that waited.
    pub fn crash(&mut self, node: NodeId) {
        self.uplinks.remove(&node);
        self.downlinks.remove(&node);
    }

    /// How long the messages have waited in uplinks and in downlinks that still wait when the run ends,
    /// from `since` on.
    pub fn longest(&self, end: SimTime, since: SimTime) -> [SimDuration; 2] {
        [&self.uplinks, &self.downlinks].map(|links| {
            let first = links.values().filter_map(VecDeque::front).min();
            first.map_or(SimDuration(0), |&first| end - first.max(since))
        })
    }
}
