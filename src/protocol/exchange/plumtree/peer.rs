//! The state of one peer: whether its link is eager, and what it has not acknowledged.

use crate::id::{ItemSet, NodeId};
use crate::time::SimDuration;

#[derive(Clone, Debug)]
pub struct Peer {
    pub to: NodeId,
    /// Whether items are sent to it; otherwise they are announced.
    pub eager: bool,
    /// Items sent or announced to it, or about to be, that it has not shown to have.
    pub unacked: ItemSet,
    /// The part of `unacked` for which the retry timer was set.
    pub unacked_when_set: ItemSet,
    /// Items that arrived from it first.
    pub received_from: ItemSet,
    /// Announcements collected for it.
    pub pending_ihave: ItemSet,
    /// Acknowledgements collected for it.
    pub pending_acks: ItemSet,
    /// Whether it has not yet answered the last [`Message::Rejoin`](super::Message::Rejoin).
    pub awaits_rejoin_reply: bool,
    /// The number of the retry timer, if it is set.
    pub retry: Option<u64>,
    /// The current retry timeout.
    pub timeout: SimDuration,
}

impl Peer {
    /// A new peer is eager.
    pub fn new(to: NodeId, retry: SimDuration) -> Self {
        Self {
            to,
            eager: true,
            unacked: ItemSet::EMPTY,
            unacked_when_set: ItemSet::EMPTY,
            received_from: ItemSet::EMPTY,
            pending_ihave: ItemSet::EMPTY,
            pending_acks: ItemSet::EMPTY,
            awaits_rejoin_reply: false,
            retry: None,
            timeout: retry,
        }
    }

    /// Whether it has something to acknowledge or answer.
    pub fn awaits_ack(&self) -> bool {
        self.awaits_rejoin_reply || !self.unacked.is_empty()
    }

    /// Whether something is collected for it.
    pub fn has_batched(&self) -> bool {
        !self.pending_acks.is_empty() || !self.pending_ihave.is_empty()
    }

    /// Records that the retry timer is set.
    pub fn arm(&mut self, number: u64) {
        self.retry = Some(number);
        self.unacked_when_set = self.unacked.clone();
    }

    /// Records that the peer has `items`. Progress resets the timeout. Returns whether the timer
    /// has to be set anew: only once everything that it was set for is acknowledged, otherwise
    /// steady traffic would postpone a lost item for ever.
    pub fn acknowledge(&mut self, items: &ItemSet, retry: SimDuration) -> bool {
        let left = self.unacked.difference(items);
        self.pending_ihave = self.pending_ihave.difference(items);
        if left == self.unacked {
            return false;
        }
        self.unacked = left;
        self.timeout = retry;
        self.unacked_when_set = self.unacked_when_set.difference(items);
        let is_done = self.unacked_when_set.is_empty();
        if is_done {
            self.retry = None;
        }
        is_done
    }

    /// Restarts with `unacked` as the only unacknowledged items and nothing collected.
    pub fn reset(&mut self, unacked: ItemSet, retry: SimDuration) {
        self.unacked = unacked;
        self.pending_ihave = ItemSet::EMPTY;
        self.pending_acks = ItemSet::EMPTY;
        self.retry = None;
        self.timeout = retry;
    }
}
