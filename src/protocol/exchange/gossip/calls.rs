//! The calls of a zone: those it made and may hear of again, and those it takes.

use std::collections::BTreeMap;

use super::message::Kind;
use crate::id::{ItemSet, NodeId};
use crate::time::{LocalTime, SimDuration};

/// The most calls that stay open. A call whose reply is lost would stay open for ever.
const MAX_OPEN: usize = 1024;

/// What a zone has said under a number.
#[derive(Clone, Debug)]
pub struct OpenCall {
    /// To whom.
    pub to: NodeId,
    /// In what kind of message.
    pub kind: Kind,
    /// What.
    pub items: ItemSet,
    /// How often it may still turn to another if it is refused.
    pub hunts: u32,
}

/// What a zone has said and may hear of again.
#[derive(Clone, Debug, Default)]
pub struct Calls {
    /// Numbers go on over a crash: a late reply finds its call or none. Where memory is lost it may
    /// find another to the same zone, and counts for that.
    last: u32,
    /// The first number of this cycle.
    first_of_cycle: u32,
    open: BTreeMap<u32, OpenCall>,
}

impl Calls {
    /// Records a call and returns its number.
    pub fn open(&mut self, said: OpenCall) -> u32 {
        self.last = self.last.wrapping_add(1);
        self.open.insert(self.last, said);
        if self.open.len() > MAX_OPEN {
            self.open.pop_first();
        }
        self.last
    }

    /// What was said to a node under a number, once: a second reply finds nothing.
    pub fn close(&mut self, number: u32, from: NodeId) -> Option<OpenCall> {
        self.open.get(&number).filter(|open| open.to == from)?;
        self.open.remove(&number)
    }

    /// Whether a number is of this cycle.
    pub fn is_current(&self, number: u32) -> bool {
        number >= self.first_of_cycle
    }

    /// A cycle begins. A refusal of an earlier cycle changes nothing; what somebody knew, with
    /// feedback, does.
    #[inline]
    pub fn begin_cycle(&mut self, feedback: bool) {
        self.first_of_cycle = self.last.wrapping_add(1);
        if !self.open.is_empty() {
            self.open.retain(|_, said| feedback && !said.items.is_empty());
        }
    }
}

/// How many calls a zone takes in an interval of its clock, counted from its multiples: in synchronous
/// cycles these are the cycles.
#[derive(Clone, Copy, Debug)]
pub struct AdmissionLimit {
    most: Option<u32>,
    interval: SimDuration,
    window: i64,
    taken: u32,
}

impl AdmissionLimit {
    /// None is taken yet.
    pub fn new(most: Option<u32>, interval: SimDuration) -> Self {
        Self { most, interval, window: 0, taken: 0 }
    }

    /// Whether there is a limit.
    pub fn is_limited(&self) -> bool {
        self.most.is_some()
    }

    /// Takes a call, or refuses it.
    #[inline]
    pub fn admit(&mut self, now: LocalTime) -> bool {
        let Some(most) = self.most else { return true };
        let window = now.0.div_euclid(self.interval.0 as i64);
        if window != self.window {
            (self.window, self.taken) = (window, 0);
        }
        let free = self.taken < most;
        self.taken += u32::from(free);
        free
    }
}
