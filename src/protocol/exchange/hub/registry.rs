//! The registry of the hub: items wait for a clerk before they are passed on.
//!
//! A queue with as many servers as there are clerks, first come, first served. It is durable, as all
//! that the hub owes: after a crash what was in hand is begun again.

use std::collections::VecDeque;

use rand::seq::SliceRandom;

use crate::id::{Item, ItemSet, NodeId};
use crate::protocol::exchange::Deliver;
use crate::protocol::{Out, OutOf, Protocol};

/// An item that the hub has and a node it has it from.
pub type Entry = (Item, NodeId);

/// What waits for clerks, and what they have in hand.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    waiting: VecDeque<Entry>,
    /// Each with the number of its timer.
    in_hand: Vec<(u64, Entry)>,
    timers: u64,
}

impl Registry {
    /// Items of one message come in, in random order.
    pub fn add<M, T>(&mut self, items: &ItemSet, from: NodeId, out: &mut OutOf<'_, M, T, Deliver>) {
        let mut new: Vec<Item> = items.iter().collect();
        if new.len() > 1 {
            new.shuffle(out.rng());
        }
        self.waiting.extend(new.into_iter().map(|item| (item, from)));
    }

    /// Clerks who are free begin.
    pub fn begin<P: Protocol>(&mut self, out: &mut Out<'_, P>, timer: impl Fn(u64) -> P::Timer) {
        while out.clerks().is_none_or(|clerks| self.in_hand.len() < clerks as usize) {
            let Some(entry) = self.waiting.pop_front() else { return };
            self.timers += 1;
            self.in_hand.push((self.timers, entry));
            let time = out.handling();
            out.wake_after(time, timer(self.timers));
        }
    }

    /// A clerk is done with an item; None if the timer is stale.
    pub fn finish(&mut self, number: u64) -> Option<Entry> {
        let place = self.in_hand.iter().position(|&(timer, _)| timer == number)?;
        Some(self.in_hand.remove(place).1)
    }

    /// The hub is back, and its timers are gone: what was in hand is first in the queue.
    pub fn restart(&mut self) {
        for (_, entry) in self.in_hand.drain(..).rev() {
            self.waiting.push_front(entry);
        }
    }
}
