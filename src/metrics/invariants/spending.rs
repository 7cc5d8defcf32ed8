//! Checks that an exchange sends no more over a link than its [`SendBound`]. A delivery is excused by
//! a lack of bandwidth only if the exchange keeps its bound.

use crate::id::NodeId;
use crate::network::fault::Schedule;
use crate::plan::ItemSizes;
use crate::protocol::{SendBound, SendCauses};
use crate::time::{SimDuration, SimTime};

/// The network may deliver a message twice.
const COPIES: u64 = 2;

/// Counts the messages of an exchange in a run, and what causes them.
pub struct SendBoundCheck {
    bound: SendBound,
    nodes: usize,
    /// By link.
    sent: Vec<u64>,
    bytes: Vec<u64>,
    delivered: Vec<u64>,
    /// By node.
    learnt: Vec<u64>,
    starts: Vec<u64>,
    steps: Vec<u64>,
    /// By node, the sum of the instants at which it learnt items.
    learnt_at_sum: Vec<u64>,
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
    /// The check of a run before its first event. None where the bound does not hold in the run.
    pub fn new(
        bound: SendBound,
        nodes: usize,
        schedule: &Schedule,
        max_skew: SimDuration,
    ) -> Option<Self> {
        if !bound.holds_with_crashes && schedule.crashing_nodes().next().is_some() {
            return None;
        }
        let links = vec![0; nodes * nodes];
        let steps = |node: usize| schedule.steps(NodeId(node as u32)).count() as u64;
        Some(Self {
            bound,
            nodes,
            sent: links.clone(),
            bytes: links.clone(),
            delivered: links,
            learnt: vec![0; nodes],
            starts: vec![1; nodes],
            steps: (0..nodes).map(steps).collect(),
            learnt_at_sum: vec![0; nodes],
            published: 0,
            published_at_sum: 0,
            max_skew,
        })
    }

    fn link(&self, from: NodeId, to: NodeId) -> usize {
        from.index() * self.nodes + to.index()
    }

    /// Records that a node publishes an item.
    pub fn publish(&mut self, at: SimTime, node: NodeId) {
        self.published += 1;
        self.published_at_sum += at.0;
        self.learn(at, node);
    }

    /// Records that a node learns an item, for the first time or again.
    pub fn learn(&mut self, at: SimTime, node: NodeId) {
        self.learnt_at_sum[node.index()] += at.0;
        self.learnt[node.index()] += 1;
    }

    /// Records a restart after a crash.
    pub fn restart(&mut self, node: NodeId) {
        self.starts[node.index()] += 1;
    }

    /// Records that a message of the exchange arrives.
    pub fn deliver(&mut self, from: NodeId, to: NodeId) {
        let link = self.link(from, to);
        self.delivered[link] += 1;
    }

    /// What has caused a node to send so far.
    fn causes(&self, at: SimTime, node: NodeId) -> SendCauses {
        let node = node.index();
        // A clock drifts by less than an eighth.
        let by_clock = |ticks: u64, times: u64| {
            SimDuration(ticks + ticks / 8 + self.max_skew.0.saturating_mul(times))
        };
        let still_missed = self.published.saturating_sub(self.learnt[node]) * at.0;
        let missed =
            (self.learnt_at_sum[node] + still_missed).saturating_sub(self.published_at_sum);
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
    /// of all items in a message.
    pub fn send(
        &mut self,
        at: SimTime,
        [from, to]: [NodeId; 2],
        bytes: u64,
        largest: u64,
    ) -> Option<Excess> {
        let (there, back) = (self.link(from, to), self.link(to, from));
        self.sent[there] += 1;
        self.bytes[there] += bytes;
        let ends = [from, to].map(|node| self.causes(at, node));
        let max = self.bound.messages([&ends[0], &ends[1]], self.delivered[back], COPIES);
        let max_bytes = max.saturating_mul(largest.saturating_add(self.bound.other_bytes));
        let is_within = self.sent[there] <= max && self.bytes[there] <= max_bytes;
        (!is_within).then(|| Excess {
            messages: [self.sent[there], max],
            bytes: [self.bytes[there], max_bytes],
        })
    }
}

/// An upper bound, in bytes, on what the items take in a message that carries each at most once: the
/// bodies of all items, and at most one set per item, each a bitmap.
pub fn all_items(items: u64, sizes: &ItemSizes) -> u64 {
    let set = 32 + 10 * items.div_ceil(64);
    sizes.most(items).saturating_add((items + 1) * set)
}
