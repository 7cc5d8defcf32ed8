//! The digest of a trace.

use serde::Serialize;
use xxhash_rust::xxh3::Xxh3;

use super::{Event, TraceSink};
use crate::engine::run_end::{RunEnd, StopReason};
use crate::engine::world::WorldEvent;
use crate::id::NodeId;
use crate::network::egress::{Departure, SendOutcome};
use crate::protocol::clock_sync::Adjustment;
use crate::protocol::coordination::{Abort, Objection};
use crate::time::SimTime;

/// A 128-bit digest of a trace (XXH3): equal traces have equal digests; unequal ones collide with
/// probability 2^-128.
pub struct Digest {
    hash: Xxh3,
    buffer: Vec<u8>,
    events: u64,
}

impl Default for Digest {
    fn default() -> Self {
        Self { hash: Xxh3::new(), buffer: Vec::new(), events: 0 }
    }
}

impl Digest {
    /// The digest of the events so far, as 32 hexadecimal digits.
    pub fn hex(&self) -> String {
        format!("{:032x}", self.hash.digest128())
    }

    /// The number of events.
    pub fn events(&self) -> u64 {
        self.events
    }

    fn add(&mut self, at: SimTime, tag: u8, numbers: [u64; 4]) {
        self.events += 1;
        self.buffer.clear();
        self.buffer.push(tag);
        for number in [at.0].into_iter().chain(numbers) {
            self.buffer.extend_from_slice(&number.to_le_bytes());
        }
        self.hash.update(&self.buffer);
    }

    /// Adds a departure, in two parts that are one event.
    fn add_departure(
        &mut self,
        at: SimTime,
        message: [u64; 4],
        departs: u64,
        outcome: SendOutcome,
    ) {
        self.add(at, 19, message);
        self.events -= 1;
        self.add(at, 20, [departs, 0, 0, 0]);
        self.add_queueing(at, outcome);
    }

    /// Adds queueing, drops and duplicates, where a message meets any.
    fn add_queueing(&mut self, at: SimTime, SendOutcome { queued, departure, copy }: SendOutcome) {
        let stays = match departure {
            Departure::Departs { .. } | Departure::Lost => 0,
            Departure::Dropped => 1,
            Departure::Waits => 2,
        };
        if queued.0 > 0 || stays > 0 || copy.is_some() {
            let copy = copy.map_or(0, |copy| copy.0.saturating_add(1));
            self.events -= 1;
            self.add(at, 11, [queued.0, stays, copy, 0]);
        }
    }

    fn add_world(&mut self, at: SimTime, event: WorldEvent) {
        match event {
            WorldEvent::Struck { node, member, outcome } => {
                let numbers = [u64::from(node.0), u64::from(member.0), outcome as u64, 0];
                self.add(at, 13, numbers);
            }
            WorldEvent::Warned { cell, escaped } => {
                self.add(at, 14, [u64::from(cell.0), u64::from(escaped), 0, 0]);
            }
            WorldEvent::Attacked { cell } => self.add(at, 15, [u64::from(cell.0), 0, 0, 0]),
            WorldEvent::Prevented { cell } => self.add(at, 16, [u64::from(cell.0), 0, 0, 0]),
        }
    }

    fn add_adjustment(&mut self, at: SimTime, node: NodeId, adjustment: Adjustment) {
        let Adjustment { round, correction_ns, readings } = adjustment;
        let numbers = [node.0.into(), round.into(), correction_ns as u64, readings.into()];
        self.add(at, 23, numbers);
    }

    fn add_message<M: Serialize>(&mut self, message: &M) {
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.clear();
        self.buffer = postcard::to_extend(message, buffer).expect("a message can be encoded");
        self.hash.update(&(self.buffer.len() as u64).to_le_bytes());
        self.hash.update(&self.buffer);
    }
}

fn departure(outcome: SendOutcome) -> Option<u64> {
    match outcome.departure {
        Departure::Departs { departs, .. } => Some(departs.0),
        Departure::Lost | Departure::Dropped | Departure::Waits => None,
    }
}

impl<M: Serialize> TraceSink<M> for Digest {
    fn record(&mut self, at: SimTime, event: &Event<'_, M>) {
        let number = |node: NodeId| u64::from(node.0);
        // Saturates for a message that never departs.
        let optional = |value: Option<u64>| value.map_or(0, |value| value.saturating_add(1));
        match *event {
            Event::Fault { fault, starts, .. } => {
                self.add(at, 1, [u64::from(fault.0), u64::from(starts), 0, 0]);
            }
            Event::Send { from, to, seq, outcome, message } => {
                let departs = optional(departure(outcome));
                self.add(at, 2, [number(from), number(to), u64::from(seq), departs]);
                self.add_message(message);
                self.add_queueing(at, outcome);
            }
            Event::Depart { from, to, sent, seq, outcome, .. } => {
                let message = [number(from), number(to), sent.0, u64::from(seq)];
                self.add_departure(at, message, optional(departure(outcome)), outcome);
            }
            Event::Arrive { from, to, received, message } => {
                let received = optional(received.map(|at| at.0));
                self.add(at, 21, [number(from), number(to), received, 0]);
                self.add_message(message);
            }
            Event::Deliver { from, to, message } => {
                self.add(at, 3, [number(from), number(to), 0, 0]);
                self.add_message(message);
            }
            Event::Restart { node } => self.add(at, 4, [number(node), 0, 0, 0]),
            Event::Hidden { node, member } => {
                self.add(at, 10, [number(node), u64::from(member.0), 0, 0]);
            }
            Event::Publish { node, item, due, about, .. } => {
                let about = optional(about.map(|member| u64::from(member.0)));
                self.add(at, 5, [number(node), u64::from(item.0), due.0, about]);
            }
            Event::Learn { node, item, via, again } => {
                let via = optional(via.map(number));
                self.add(at, 6, [number(node), u64::from(item.0), via, u64::from(again)]);
            }
            Event::Locate { node, member, again } => {
                self.add(at, 7, [number(node), u64::from(member.0), u64::from(again), 0]);
            }
            Event::Decide { node, at: time } => {
                self.add(at, 8, [number(node), time.0 as u64, 0, 0]);
            }
            Event::Strike { node, member } => {
                self.add(at, 9, [number(node), u64::from(member.0), 0, 0]);
            }
            Event::World { event, is_traced } => {
                if is_traced {
                    self.add_world(at, event);
                }
            }
            Event::See { node, lead, .. } => {
                self.add(at, 17, [number(node), u64::from(lead.0), 0, 0]);
            }
            Event::Stage { node, stage, work } => {
                let (kind, what) = stage.numbers();
                self.add(at, 18, [number(node), kind, what, work.0]);
            }
            Event::Abort { node, abort: Abort { round, zone, why } } => {
                let why = u64::from(why == Objection::Refused);
                self.add(at, 12, [number(node), u64::from(round), number(zone), why]);
            }
            Event::Elected { node, term } => self.add(at, 22, [number(node), term, 0, 0]),
            Event::Adjusted { node, adjustment } => self.add_adjustment(at, node, adjustment),
        }
    }
    fn end(&mut self, RunEnd { at, reason: why }: RunEnd) {
        let why = match why {
            StopReason::Settled => [0, 0],
            StopReason::Quiet => [1, 0],
            StopReason::Horizon => [2, 0],
            StopReason::Full => [4, 0],
            StopReason::Livelock(node, _) => [3, u64::from(node.0)],
        };
        self.add(at, 0, [why[0], why[1], 0, 0]);
    }
}
