//! Access links: all that a node sends shares its uplink, and all that reaches it shares its downlink.
//!
//! An access link transmits one message at a time, first in first out. A message above
//! [`AccessLinks::bulk_from`] is bulk and has a queue of its own: it is transmitted only while no
//! smaller message waits, and a smaller one interrupts it. What is left of it is transmitted later
//! (preemptive-resume priority).
//!
//! Times within a queue are in nanoseconds and are not rounded. A message has left at the instant that
//! is nearest to the end of its transmission.

use std::collections::VecDeque;

use super::transmission_ns;
use crate::id::NodeId;
use crate::time::{SimDuration, SimTime};

/// The access links of all nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessLinks {
    /// By node, bits per second; `None`: sending takes no time.
    pub uplinks: Vec<Option<u64>>,
    /// By node, bits per second; `None`: receiving takes no time.
    pub downlinks: Vec<Option<u64>>,
    /// A message of more bytes than this is bulk.
    pub bulk_from: u64,
}

impl AccessLinks {
    /// Bits per second of the uplink of a node.
    pub fn uplink(&self, node: NodeId) -> Option<u64> {
        self.uplinks[node.index()]
    }

    /// Whether a message of so many bytes is bulk.
    pub fn is_bulk(&self, bytes: u64) -> bool {
        bytes > self.bulk_from
    }

    /// Bits per second of the downlink of a node.
    pub fn downlink(&self, node: NodeId) -> Option<u64> {
        self.downlinks[node.index()]
    }
}

/// The instant nearest to a time in ns; the later one of two.
pub fn nearest(ns: u64, tick: u64) -> SimTime {
    SimTime(ns.saturating_add(tick / 2) / tick)
}

/// A transmission that is decided: nothing can interrupt it any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transmission {
    /// The time that the message waited for others, in ns.
    pub waited: u64,
    /// When the transmission ends, in ns of true time.
    pub ends: u64,
}

/// The instants at which a node can no longer finish a transmission.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Its next crash, which loses what waits.
    pub crash: SimTime,
    /// The end of the run.
    pub horizon: SimTime,
}

/// What becomes of a message that enters an access link.
#[derive(Debug)]
pub enum Entered<T> {
    /// It leaves at a known time. For a message that is not bulk this time may be beyond the limits.
    Leaves(Transmission, T),
    /// It is bulk and waits. Smaller messages may still delay it.
    Waits,
    /// It is bulk and does not leave before the node crashes.
    Lost,
    /// It is bulk and does not leave before the run ends.
    Beyond,
}

/// One direction of the access link of a node. `T` is what comes with a message.
#[derive(Clone, Debug)]
pub struct AccessQueue<T> {
    bits_per_s: u64,
    tick: u64,
    /// The time up to which transmissions are decided, in ns: all that is not bulk, and what bulk
    /// messages had of the link in between.
    decided: u64,
    /// Bulk messages that leave within the limits.
    bulk: VecDeque<Bulk<T>>,
    /// The sum of what is left of them.
    left_ns: u64,
    /// The end of a bulk message beyond the limits, which stands for all that follow it.
    beyond: Option<u64>,
}

#[derive(Clone, Debug)]
struct Bulk<T> {
    entered: u64,
    all_ns: u64,
    left_ns: u64,
    content: T,
}

impl<T> AccessQueue<T> {
    /// An idle link; `tick` is the length of a tick in ns.
    pub fn new(bits_per_s: u64, tick: u64) -> Self {
        Self { bits_per_s, tick, decided: 0, bulk: VecDeque::new(), left_ns: 0, beyond: None }
    }

    /// Loses all that waits, in a crash.
    pub fn clear(&mut self) {
        *self = Self::new(self.bits_per_s, self.tick);
    }

    /// Gives the first bulk message the time since the last decision.
    fn advance(&mut self, now: u64) {
        if now > self.decided {
            if let Some(first) = self.bulk.front_mut() {
                // What ends by now has left.
                let served = (now - self.decided).min(first.left_ns);
                first.left_ns -= served;
                self.left_ns -= served;
            }
            self.decided = now;
        }
    }

    /// When a message that enters now leaves; `None` for a bulk message that waits.
    pub fn leaves(&mut self, now: SimTime, (bytes, is_bulk): (u64, bool)) -> Option<SimTime> {
        self.advance(now.0 * self.tick);
        let behind = if is_bulk { self.last_end() } else { self.decided };
        let ends = behind.saturating_add(transmission_ns(bytes, self.bits_per_s));
        let leaves = nearest(ends, self.tick).max(now);
        (!is_bulk || (self.beyond.is_none() && leaves <= now)).then_some(leaves)
    }

    /// Adds a message.
    pub fn enter(
        &mut self,
        now: SimTime,
        (bytes, is_bulk): (u64, bool),
        content: T,
        limits: Limits,
    ) -> Entered<T> {
        let entered = now.0 * self.tick;
        let all_ns = transmission_ns(bytes, self.bits_per_s);
        self.advance(entered);
        if is_bulk {
            return self.enter_bulk(
                now,
                Bulk { entered, all_ns, left_ns: all_ns, content },
                limits,
            );
        }
        let waited = self.decided - entered;
        self.decided = self.decided.saturating_add(all_ns);
        Entered::Leaves(Transmission { waited, ends: self.decided }, content)
    }

    fn enter_bulk(&mut self, now: SimTime, bulk: Bulk<T>, limits: Limits) -> Entered<T> {
        let ends = self.last_end().saturating_add(bulk.all_ns);
        let leaves = nearest(ends, self.tick);
        if self.beyond.is_none() && leaves <= now {
            // Nothing that is sent later can interrupt it.
            let waited = self.decided - bulk.entered;
            self.decided = ends;
            return Entered::Leaves(Transmission { waited, ends }, bulk.content);
        }
        if self.beyond.is_some() || leaves >= limits.crash.min(limits.horizon) {
            let ends = *self.beyond.get_or_insert(ends);
            let is_lost = nearest(ends, self.tick) >= limits.crash;
            return if is_lost { Entered::Lost } else { Entered::Beyond };
        }
        self.left_ns += bulk.left_ns;
        self.bulk.push_back(bulk);
        Entered::Waits
    }

    /// When the last of the bulk messages ends, as it stands.
    fn last_end(&self) -> u64 {
        self.decided.saturating_add(self.left_ns)
    }

    /// Removes the bulk messages that no longer leave within the limits, and returns what came with each
    /// and whether the crash loses it.
    pub fn cut(&mut self, limits: Limits) -> Vec<(T, bool)> {
        let mut cut = Vec::new();
        while let ends = self.last_end()
            && let leaves = nearest(ends, self.tick)
            && leaves >= limits.crash.min(limits.horizon)
            && let Some(last) = self.bulk.pop_back()
        {
            self.left_ns -= last.left_ns;
            self.beyond = Some(self.beyond.map_or(ends, |other| other.max(ends)));
            cut.push((last.content, leaves >= limits.crash));
        }
        cut
    }

    /// When the first bulk message leaves unless smaller ones delay it; never before it was last asked.
    pub fn next(&self) -> Option<SimTime> {
        let first = self.bulk.front()?;
        Some(nearest(self.decided.saturating_add(first.left_ns), self.tick))
    }

    /// Takes the first bulk message if it has left by an instant.
    pub fn leave(&mut self, now: SimTime) -> Option<(Transmission, T)> {
        self.next().filter(|&at| at <= now)?;
        let first = self.bulk.pop_front()?;
        self.left_ns -= first.left_ns;
        self.decided += first.left_ns;
        let waited = self.decided - first.entered - first.all_ns;
        Some((Transmission { waited, ends: self.decided }, first.content))
    }

    /// What comes with the bulk messages that wait, the last first.
    pub fn waiting(&mut self) -> impl Iterator<Item = &mut T> {
        self.bulk.iter_mut().rev().map(|bulk| &mut bulk.content)
    }
}

/// The nearest number of ticks to a time that a message waited.
pub fn waited(ns: u64, tick: u64) -> SimDuration {
    SimDuration(nearest(ns, tick).0)
}

#[cfg(test)]
mod tests;
