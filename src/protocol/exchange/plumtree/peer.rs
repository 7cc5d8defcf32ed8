//! One neighbour: whether the tree has a branch there, and what the neighbour is owed.

use crate::id::{ItemSet, NodeId};
use crate::time::SimDuration;

/// What a zone knows of a neighbour.
#[derive(Clone, Debug)]
pub struct Peer {
    /// The neighbour.
    pub to: NodeId,
    /// Whether it is sent items; else they are announced to it.
    pub eager: bool,
    /// What was sent or announced to it, or will be, and it has not shown to have.
    pub owed: ItemSet,
    /// What of it was owed when the timer was set.
    pub owed_at_arming: ItemSet,
    /// What was first heard from it.
    pub received_from: ItemSet,
    /// Collected for it: what it is told of.
    pub announced: ItemSet,
    /// Collected for it: what it has, and wants to know of that it is known here too.
    pub acks: ItemSet,
    /// It has not answered yet to that this zone is back.
    pub is_unheard: bool,
    /// The timer of what it is owed.
    pub retry: Option<u64>,
    /// How long that waits.
    pub timeout: SimDuration,
}

impl Peer {
    /// A neighbour of whom nothing is known is eager.
    pub fn new(to: NodeId, retry: SimDuration) -> Self {
        Self {
            to,
            eager: true,
            owed: ItemSet::EMPTY,
            owed_at_arming: ItemSet::EMPTY,
            received_from: ItemSet::EMPTY,
            announced: ItemSet::EMPTY,
            acks: ItemSet::EMPTY,
            is_unheard: false,
            retry: None,
            timeout: retry,
        }
    }

    /// Whether it has to show something.
    pub fn awaits_ack(&self) -> bool {
        self.is_unheard || !self.owed.is_empty()
    }

    /// Whether something is collected for it.
    pub fn has_batched(&self) -> bool {
        !self.acks.is_empty() || !self.announced.is_empty()
    }

    /// A timer is set for what it is owed.
    pub fn arm(&mut self, number: u64) {
        self.retry = Some(number);
        self.owed_at_arming = self.owed.clone();
    }

    /// It has shown that it has these. If that is news the way is open: waits are short again, and
    /// what is left is waited for anew, if it says so: only once all that the timer was set for is
    /// settled, or steady traffic would put off for ever what was lost before it.
    pub fn acknowledge(&mut self, items: &ItemSet, retry: SimDuration) -> bool {
        let left = self.owed.difference(items);
        self.announced = self.announced.difference(items);
        if left == self.owed {
            return false;
        }
        self.owed = left;
        self.timeout = retry;
        self.owed_at_arming = self.owed_at_arming.difference(items);
        let is_done = self.owed_at_arming.is_empty();
        if is_done {
            self.retry = None;
        }
        is_done
    }

    /// It is owed this and nothing else, and nothing is collected for it.
    pub fn reset(&mut self, owed: ItemSet, retry: SimDuration) {
        self.owed = owed;
        self.announced = ItemSet::EMPTY;
        self.acks = ItemSet::EMPTY;
        self.retry = None;
        self.timeout = retry;
    }
}
