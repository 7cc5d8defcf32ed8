//! A message that is sent to several nodes repeatedly until each has acknowledged it.

use std::collections::BTreeSet;

use super::Output;
use super::timing::Waits;
use crate::id::NodeId;
use crate::protocol::OutOf;
use crate::time::{LocalTime, SimDuration};

/// The nodes that have not acknowledged a message, and when it is sent again. The intervals double
/// up to a limit.
#[derive(Clone, Debug, Default)]
pub struct PendingAcks {
    waiting: BTreeSet<NodeId>,
    /// When it was sent last.
    last_sent: Option<LocalTime>,
    /// When it is sent again; a timer for another time is stale.
    next_resend: Option<LocalTime>,
    /// The wait after the last sending.
    waited: Option<SimDuration>,
}

impl PendingAcks {
    /// A message to these nodes that is not sent yet.
    pub fn new(nodes: impl Iterator<Item = NodeId>) -> Self {
        Self { waiting: nodes.collect(), last_sent: None, next_resend: None, waited: None }
    }

    /// Records the acknowledgement of a node.
    pub fn acknowledge(&mut self, by: NodeId) {
        self.waiting.remove(&by);
    }

    /// Handles a restart, which has lost the timer: the first wait applies again, and excused nodes
    /// are removed.
    pub fn resume(&mut self, is_excused: impl Fn(NodeId) -> bool) {
        self.waited = None;
        self.waiting.retain(|&node| !is_excused(node));
    }

    /// The nodes that have not acknowledged, in order.
    pub fn pending(&self) -> impl Iterator<Item = NodeId> {
        self.waiting.iter().copied()
    }

    /// Whether a node that was just heard from needs the message again: it has not acknowledged,
    /// and the message was not sent in this instant. So a zone that reports in the instant of a
    /// decision gets it once, whichever of the two comes first.
    pub fn needs_resend(&self, node: NodeId, now: LocalTime) -> bool {
        self.waiting.contains(&node) && self.last_sent != Some(now)
    }

    /// Whether all nodes have acknowledged.
    pub fn is_complete(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Whether a timer for this time is the last one that was set.
    pub fn is_due(&self, at: LocalTime) -> bool {
        self.next_resend == Some(at)
    }

    /// Sends the message to all nodes that have not acknowledged it, and sets a timer to send it
    /// again unless that would be after `until`.
    pub fn send<M: Clone, T>(
        &mut self,
        message: M,
        (waits, until): (Waits, LocalTime),
        timer: impl Fn(LocalTime) -> T,
        out: &mut OutOf<'_, M, T, Output>,
    ) {
        self.last_sent = Some(out.now());
        for &node in &self.waiting {
            out.send(node, message.clone());
        }
        let wait = waits.after(self.waited);
        self.waited = Some(wait);
        let again = out.now() + wait;
        if again < until && !self.is_complete() {
            self.next_resend = Some(again);
            out.wake_after(wait, timer(again));
        }
    }
}
