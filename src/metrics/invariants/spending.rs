//! Checks that the protocols send no more over a link than their [`SendBound`]s. A delivery is excused
//! by a lack of bandwidth only if exchange and coordination keep their bounds.
//!
//! A message waits in a queue for at most the time that the bytes ahead of it take, and these were sent.
//! So a wait that was observed is never longer than what the bounds allow, and a deadline that follows
//! from the waits of a run is never later than one that follows from the bounds.

use super::link_counts::{LinkCount, LinkCounts};
use crate::id::NodeId;
use crate::network::fault::{Memory, Schedule};
use crate::plan::ItemSizes;
use crate::protocol::{NodePart, SendBound, SendCauses};
use crate::time::{SimDuration, SimTime};

/// The network may deliver a message twice.
const COPIES: u64 = 2;

/// Counts the messages of a protocol in a run, and what causes them.
pub struct SendBoundCheck {
    /// The exchange or the coordination.
    pub part: NodePart,
    bound: SendBound,
    links: LinkCounts,
    /// By node, the items or members.
    learnt: Vec<u64>,
    starts: Vec<u64>,
    steps: Vec<u64>,
    /// By node, the sum of the instants at which it learnt items.
    learnt_at_sum: Vec<u64>,
    /// By node, whether a crash takes its memory. It may then miss any item at any time.
    has_amnesia: Vec<bool>,
    published: u64,
    /// The sum of the instants of all publications.
    published_at_sum: u64,
    /// The largest skew of a clock: its offset at the start and its steps.
    max_skew: SimDuration,
}

/// More was sent than the bound allows: what was sent, and the bound.
pub struct Excess {
    pub messages: [u64; 2],
    pub bytes: [u64; 2],
}

impl SendBoundCheck {
    /// The check of a run before its first event.
    pub fn new(
        (part, bound): (NodePart, SendBound),
        nodes: usize,
        schedule: &Schedule,
        max_skew: SimDuration,
    ) -> Self {
        let mut has_amnesia = vec![false; nodes];
        for node in schedule.crashing_nodes() {
            let mut downtimes = schedule.downtimes(node).iter();
            has_amnesia[node.index()] = downtimes.any(|down| down.memory == Memory::Lost);
        }
        let steps = |node: usize| schedule.steps(NodeId(node as u32)).count() as u64;
        Self {
            part,
            bound,
            links: LinkCounts::new(nodes),
            learnt: vec![0; nodes],
            starts: vec![1; nodes],
            steps: (0..nodes).map(steps).collect(),
            learnt_at_sum: vec![0; nodes],
            has_amnesia,
            published: 0,
            published_at_sum: 0,
            max_skew,
        }
    }

    /// Records that a node publishes an item.
    pub fn publish(&mut self, at: SimTime, node: NodeId) {
        self.published += 1;
        self.published_at_sum += at.0;
        self.learn(at, node);
    }

    /// Records that a node learns an item or locates a member, for the first time or again.
    pub fn learn(&mut self, at: SimTime, node: NodeId) {
        self.learnt_at_sum[node.index()] += at.0;
        self.learnt[node.index()] += 1;
    }

    /// Records a restart after a crash.
    pub fn restart(&mut self, node: NodeId) {
        self.starts[node.index()] += 1;
    }

    /// Records that a message of the protocol arrives.
    pub fn deliver(&mut self, from: NodeId, to: NodeId) {
        self.links.of([from, to]).delivered += 1;
    }

    /// What has caused a node to send so far.
    fn causes(&self, at: SimTime, node: NodeId) -> SendCauses {
        let node = node.index();
        // A clock drifts by less than an eighth.
        let by_clock = |ticks: u64, times: u64| {
            SimDuration(ticks + ticks / 8 + self.max_skew.0.saturating_mul(times))
        };
        let missed_until = match self.has_amnesia[node] {
            true => self.published * at.0,
            false => {
                let missed = self.published.saturating_sub(self.learnt[node]);
                self.learnt_at_sum[node] + missed * at.0
            }
        };
        let missed = missed_until.saturating_sub(self.published_at_sum);
        SendCauses {
            items: self.learnt[node],
            published: self.published,
            starts: self.starts[node],
            elapsed: by_clock(at.0, 1),
            missed: by_clock(missed, self.published),
            steps: self.steps[node],
        }
    }

    /// Records that a message is sent and returns the excess, if there is one. `largest` is the size
    /// of all items, or of all members and zones, in a message.
    pub fn send(
        &mut self,
        at: SimTime,
        [from, to]: [NodeId; 2],
        bytes: u64,
        largest: u64,
    ) -> Option<Excess> {
        let back = self.links.of([to, from]).delivered;
        let there = self.links.of([from, to]);
        there.sent += 1;
        there.bytes += bytes;
        let LinkCount { sent, bytes, .. } = *there;
        let ends = [from, to].map(|node| self.causes(at, node));
        let max = self.bound.messages([&ends[0], &ends[1]], back, COPIES);
        let max_bytes = max.saturating_mul(largest.saturating_add(self.bound.other_bytes));
        let is_within = sent <= max && bytes <= max_bytes;
        (!is_within).then_some(Excess { messages: [sent, max], bytes: [bytes, max_bytes] })
    }
}

/// An upper bound, in bytes, on what the items take in a message that carries each at most once: the
/// bodies of all items, and at most one set per item, each with all names.
pub fn all_items(items: u64, sizes: &ItemSizes) -> u64 {
    sizes.most(items).saturating_add(sizes.most_names(items))
}

/// The same for what the messages of a coordination name: members and zones, each a number of at most 10
/// bytes.
pub fn all_members(members: u32, nodes: usize) -> u64 {
    10 * (u64::from(members) + nodes as u64 + 2)
}
