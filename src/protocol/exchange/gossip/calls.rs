//! The calls of a zone: the ones that it made and that may still be answered, and the ones that it
//! accepts.

use std::collections::BTreeMap;

use super::message::Kind;
use crate::id::{ItemSet, NodeId};
use crate::time::{LocalTime, SimDuration};

/// Limit on open calls. A call whose reply is lost would stay open for ever.
const MAX_OPEN: usize = 1024;

/// A call that may still be answered.
#[derive(Clone, Debug)]
pub struct OpenCall {
    pub to: NodeId,
    pub kind: Kind,
    pub items: ItemSet,
    /// How many other zones it may still turn to after a rejection.
    pub hunts: u32,
}

/// The open calls of a zone, by number.
#[derive(Clone, Debug, Default)]
pub struct Calls {
    /// The last number. Numbers continue after a crash, so that a late reply finds its call or
    /// none. After a loss of memory a late reply may match a newer call to the same zone, and
    /// counts for that call.
    last: u32,
    /// The first number of this cycle.
    first_of_cycle: u32,
    open: BTreeMap<u32, OpenCall>,
}

impl Calls {
    /// Records a call and returns its number.
    pub fn open(&mut self, call: OpenCall) -> u32 {
        self.last = self.last.wrapping_add(1);
        self.open.insert(self.last, call);
        if self.open.len() > MAX_OPEN {
            self.open.pop_first();
        }
        self.last
    }

    /// Removes and returns the call to `from` with this number; a second reply finds none.
    pub fn close(&mut self, number: u32, from: NodeId) -> Option<OpenCall> {
        self.open.get(&number).filter(|open| open.to == from)?;
        self.open.remove(&number)
    }

    /// Whether the call belongs to the current cycle.
    pub fn is_current(&self, number: u32) -> bool {
        number >= self.first_of_cycle
    }

    /// Begins a cycle. Rejections of earlier cycles no longer matter; with feedback, late replies
    /// do, so calls with items stay open.
    #[inline]
    pub fn begin_cycle(&mut self, feedback: bool) {
        self.first_of_cycle = self.last.wrapping_add(1);
        if !self.open.is_empty() {
            self.open.retain(|_, call| feedback && !call.items.is_empty());
        }
    }
}

/// Limits the calls that a zone accepts per interval of its clock. Intervals begin at multiples of
/// the interval, so that they coincide with synchronous cycles.
#[derive(Clone, Copy, Debug)]
pub struct AdmissionLimit {
    max_calls: Option<u32>,
    interval: SimDuration,
    window: i64,
    accepted: u32,
}

impl AdmissionLimit {
    pub fn new(max_calls: Option<u32>, interval: SimDuration) -> Self {
        Self { max_calls, interval, window: 0, accepted: 0 }
    }

    pub fn is_limited(&self) -> bool {
        self.max_calls.is_some()
    }

    /// Whether the call is accepted; counts it if so.
    #[inline]
    pub fn admit(&mut self, now: LocalTime) -> bool {
        let Some(max_calls) = self.max_calls else { return true };
        let window = now.0.div_euclid(self.interval.0 as i64);
        if window != self.window {
            (self.window, self.accepted) = (window, 0);
        }
        let is_accepted = self.accepted < max_calls;
        self.accepted += u32::from(is_accepted);
        is_accepted
    }
}
