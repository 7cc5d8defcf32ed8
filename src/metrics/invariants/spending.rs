//! Whether an exchange sends no more over a link than it states ([`SendBound`]). Who fills a link
//! without need is late by its own fault, and not for want of bandwidth.

use crate::id::NodeId;
use crate::network::fault::Schedule;
use crate::protocol::exchange::{SendBound, SendCauses};
use crate::time::{SimDuration, SimTime};

/// A message, and the copy that the network may make of it.
const COPIES: u64 = 2;

/// Counts what an exchange sends in a run.
pub struct Spending {
    bound: SendBound,
    nodes: usize,
    /// By link.
    sent: Vec<u64>,
    bytes: Vec<u64>,
    came: Vec<u64>,
    /// By node.
    learnt: Vec<u64>,
    starts: Vec<u64>,
    steps: Vec<u64>,
    /// By node, the instants at which it learnt items, added up.
    learnt_at: Vec<u64>,
    published: u64,
    /// The instants at which they were, added up.
    published_at: u64,
    /// How far clocks are off at the start and are stepped.
    off: SimDuration,
}

/// More than is stated was sent: so many messages and bytes, and the most of each.
pub struct Excess {
    pub messages: [u64; 2],
    pub bytes: [u64; 2],
}

impl Spending {
    /// That of a run of so many nodes. None where the bound does not hold in it.
    pub fn new(
        bound: SendBound,
        nodes: usize,
        schedule: &Schedule,
        off: SimDuration,
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
            came: links,
            learnt: vec![0; nodes],
            starts: vec![1; nodes],
            steps: (0..nodes).map(steps).collect(),
            learnt_at: vec![0; nodes],
            published: 0,
            published_at: 0,
            off,
        })
    }

    fn link(&self, from: NodeId, to: NodeId) -> usize {
        from.index() * self.nodes + to.index()
    }

    /// A node publishes an item.
    pub fn publish(&mut self, at: SimTime, node: NodeId) {
        self.published += 1;
        self.published_at += at.0;
        self.learn(at, node);
    }

    /// A node learns an item, maybe again.
    pub fn learn(&mut self, at: SimTime, node: NodeId) {
        self.learnt_at[node.index()] += at.0;
        self.learnt[node.index()] += 1;
    }

    /// A node is back after a crash.
    pub fn restart(&mut self, node: NodeId) {
        self.starts[node.index()] += 1;
    }

    /// A message arrives.
    pub fn deliver(&mut self, from: NodeId, to: NodeId) {
        let link = self.link(from, to);
        self.came[link] += 1;
    }

    /// What has made a node send so far.
    fn causes(&self, at: SimTime, node: NodeId) -> SendCauses {
        let node = node.index();
        // A clock gains a tenth at the most.
        let by_clock = |ticks: u64, times: u64| {
            SimDuration(ticks + ticks / 8 + self.off.0.saturating_mul(times))
        };
        let still = self.published.saturating_sub(self.learnt[node]) * at.0;
        let missed = (self.learnt_at[node] + still).saturating_sub(self.published_at);
        SendCauses {
            items: self.learnt[node],
            published: self.published,
            starts: self.starts[node],
            elapsed: by_clock(at.0, 1),
            missed: by_clock(missed, self.published),
            steps: self.steps[node],
        }
    }

    /// A message is sent; `largest` is the size of one with all items.
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
        let [here, other] = [from, to].map(|node| self.causes(at, node));
        let most = self.bound.messages([&here, &other], self.came[back], COPIES);
        let most_bytes = most.saturating_mul(largest);
        let is_within = self.sent[there] <= most && self.bytes[there] <= most_bytes;
        (!is_within).then(|| Excess {
            messages: [self.sent[there], most],
            bytes: [self.bytes[there], most_bytes],
        })
    }
}

/// No message with each of so many items in it once is larger, and no message without items: their
/// bodies, and as many sets of them as there are items at the most, each a bitmap.
pub fn largest(items: u64, item_bytes: u64) -> u64 {
    let set = 32 + 10 * items.div_ceil(64);
    128 + items * item_bytes + (items + 1) * set
}
