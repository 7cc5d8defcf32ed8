//! What is said to several nodes again and again until they answer.

use std::collections::BTreeSet;

use super::Output;
use super::timing::Waits;
use crate::id::NodeId;
use crate::protocol::OutOf;
use crate::time::{LocalTime, SimDuration};

/// Something that is said to nodes until each has answered, or until it is too late. The waits between
/// double up to a limit.
#[derive(Clone, Debug, Default)]
pub struct PendingAcks {
    waiting: BTreeSet<NodeId>,
    /// When it was said last.
    last_sent: Option<LocalTime>,
    /// When it is said again; a timer for another time is stale.
    next_resend: Option<LocalTime>,
    /// The wait after it was said last.
    waited: Option<SimDuration>,
}

impl PendingAcks {
    /// To these nodes; nothing is said yet.
    pub fn new(nodes: impl Iterator<Item = NodeId>) -> Self {
        Self { waiting: nodes.collect(), last_sent: None, next_resend: None, waited: None }
    }

    /// A node has answered.
    pub fn acknowledge(&mut self, by: NodeId) {
        self.waiting.remove(&by);
    }

    /// Begins anew after a crash, which lost the timer: with the first wait, and these nodes need not
    /// answer.
    pub fn resume(&mut self, is_excused: impl Fn(NodeId) -> bool) {
        self.waited = None;
        self.waiting.retain(|&node| !is_excused(node));
    }

    /// Who has not answered yet, in order.
    pub fn pending(&self) -> impl Iterator<Item = NodeId> {
        self.waiting.iter().copied()
    }

    /// Whether a node that is heard from now has to be told again: it has not answered, and was not
    /// told in this instant. Who reports in the instant of a decision is told of it once, whichever
    /// of the two came first.
    pub fn needs_resend(&self, node: NodeId, now: LocalTime) -> bool {
        self.waiting.contains(&node) && self.last_sent != Some(now)
    }

    /// Whether all have answered.
    pub fn is_complete(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Whether a timer for this time is the one that was set last.
    pub fn is_due(&self, at: LocalTime) -> bool {
        self.next_resend == Some(at)
    }

    /// Says it to whoever has not answered, and asks to be woken to say it again unless that would
    /// be too late.
    pub fn send<M: Clone, T>(
        &mut self,
        message: M,
        (waits, until): (Waits, LocalTime),
        alarm: impl Fn(LocalTime) -> T,
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
            out.wake_after(wait, alarm(again));
        }
    }
}
