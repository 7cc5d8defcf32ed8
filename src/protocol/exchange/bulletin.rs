//! `bulletin`: zones meet at fixed times, and each tells all others what it has found since.
//!
//! The practice of bodies that coordinate by meetings; there is no paper. Catching up by names is the anti-entropy of A. Demers et al.:
//! "Epidemic algorithms for replicated database maintenance" (PODC 1987), 1.1, with all others as
//! partners and the meeting as the cycle.
//!
//! A meeting begins when the clock of a zone shows `offset` or a number of intervals more. The zone
//! then sends every other zone a report: the items that it has found and that zone has not yet
//! acknowledged, and, as minutes, the names of all items that it knew when its last meeting ended. A
//! report with items is repeated until it is acknowledged or the meeting ends. What is found
//! meanwhile waits for the next meeting.
//!
//! A zone that finds the name of an item that it lacks in the minutes asks for it: it has missed a
//! meeting, or its memory was lost. It asks the first zone that names the item, and at later
//! meetings every zone that does. So a meeting that a crash or a partition has taken from a zone is
//! made up for at the next one, by any zone that it reaches. A zone that comes back during a meeting
//! joins it.
//!
//! Reports of one instant are handled in random order
//! ([`ShuffledInstant`](super::shuffled_instant)), so that the choice of the zone that is asked does
//! not depend on zone numbers.

mod message;
mod params;

use std::collections::BTreeMap;

pub use message::Message;
use params::Calendar;
pub use params::Params;

use super::lacking::Lacking;
use super::{Deliver, Publish};
use crate::id::{Item, ItemSet, NodeId};
use crate::protocol::{
    ConfigError, Cost, Input, NamedProtocol, NodeView, Out, Params as _, Protocol, ProtocolInfo,
    Release, Routing, SendBound, StableBounds, bound_letters,
};
use crate::time::{LocalTime, NanoDuration, SimDuration};

/// The entry of `bulletin` in the list of protocols.
pub const INFO: ProtocolInfo = ProtocolInfo {
    name: "bulletin",
    about: "zones meet at fixed times; each tells all others what it has found since, and asks for \
            what it missed",
    source: "no paper: periodic meetings; names of missing items: Demers et al., Epidemic algorithms \
             for replicated database maintenance, 1987, 1.1",
    deviations: &[
        "Demers' partners compare whole databases; here a zone names what it knows, and the other \
         asks for what it lacks",
    ],
    formulas: &[
        Cost { what: "messages in a meeting", formula: "n*(n - 1) + a*(n - 1)" },
        Cost { what: "payloads per item", formula: "n - 1" },
        Cost { what: "time to all", formula: "M + F" },
        Cost {
            what: "time to all after the last fault, at most",
            formula: "(K + 3*(n - 1))*(9/8*interval + 3*L) + C",
        },
    ],
    variables: concat!(
        "n zones; a the zones that have found something since the last meeting; M the time from the \
         finding of an item to the next meeting, interval/2 on average; F the highest latency of a \
         link from the origin; ",
        bound_letters!("n - 1"),
        "; an attempt is a report that names the item, the request for it and the item"
    ),
    guarantees: "every zone delivers every item within the time above. The items that a zone has \
                 found are durable until all others have acknowledged them. A crash with loss of \
                 memory loses the others; the zone asks for them at the next meeting",
    release: Release::Collective,
    settings: Params::PARAMS,
};

/// The timers of a zone. Each has the number of the meeting in which it was set, and is stale after
/// the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// The next meeting begins.
    Meeting(u64),
    /// Not all reports have been acknowledged.
    Retry(u64),
    /// The meeting ends.
    End(u64),
}

/// The state machine of a zone.
#[derive(Clone, Debug)]
pub struct Bulletin {
    calendar: Calendar,
    retry: SimDuration,
    known: ItemSet,
    /// By zone, the items found here that it has not acknowledged.
    unacked: BTreeMap<NodeId, ItemSet>,
    /// The part of these that is in the reports of this meeting.
    reported: BTreeMap<NodeId, ItemSet>,
    /// What this zone knew when its last meeting ended.
    minutes: ItemSet,
    lacking: Lacking,
    /// How many meetings have begun for this zone.
    meetings: u64,
    /// When this meeting ends, and how long to wait for acknowledgements.
    end: LocalTime,
    timeout: SimDuration,
}

impl Bulletin {
    fn publish(&mut self, item: Item, out: &mut Out<'_, Self>) {
        self.known.insert(item);
        for peer in out.view().peers().filter(|&peer| out.may_tell(item, peer)) {
            self.unacked.entry(peer).or_insert(ItemSet::EMPTY).insert(item);
        }
    }

    /// A meeting takes place that has begun at `begun`.
    fn meet(&mut self, begun: LocalTime, out: &mut Out<'_, Self>) {
        self.meetings += 1;
        self.end = begun + self.calendar.length;
        self.timeout = self.retry;
        self.lacking.begin_round();
        self.reported.clone_from(&self.unacked);
        for peer in out.view().peers() {
            let new = self.reported.get(&peer).cloned().unwrap_or(ItemSet::EMPTY);
            let minutes = out.tellable(&self.minutes, peer).difference(&new);
            out.send(peer, Message::Report { new, minutes });
        }
        self.arm_retry(out);
        out.wake_at(self.end, Timer::End(self.meetings));
        out.wake_at(self.calendar.next(out.now()), Timer::Meeting(self.meetings));
    }

    /// Sets the retry timer if it would fire before the meeting ends.
    fn arm_retry(&mut self, out: &mut Out<'_, Self>) {
        if !self.reported.is_empty() && out.now() + self.timeout < self.end {
            out.timer_after_sent(self.timeout, Timer::Retry(self.meetings));
        }
    }

    fn on_timer(&mut self, timer: Timer, out: &mut Out<'_, Self>) {
        match timer {
            Timer::Meeting(number) if number == self.meetings => {
                self.meet(self.calendar.last(out.now()), out);
            }
            Timer::Retry(number) if number == self.meetings && out.now() < self.end => {
                for (&peer, items) in &self.reported {
                    let minutes = ItemSet::EMPTY;
                    out.send(peer, Message::Report { new: items.clone(), minutes });
                }
                self.timeout = self.timeout.backoff(self.calendar.length);
                self.arm_retry(out);
            }
            Timer::End(number) if number == self.meetings => self.minutes.clone_from(&self.known),
            _ => {}
        }
    }

    /// Takes items in, and answers with what has arrived and what this zone lacks of `named`.
    fn receive(&mut self, from: NodeId, items: ItemSet, named: &ItemSet, out: &mut Out<'_, Self>) {
        let new = out.deliver_new(&mut self.known, &items);
        self.lacking.received(&new);
        let lacking = self.lacking.ask(&named.difference(&self.known));
        if !items.is_empty() || !lacking.is_empty() {
            out.send(from, Message::Answer { received: items, lacking });
        }
    }

    /// A zone has shown that it has `items`.
    fn acked(&mut self, by: NodeId, items: &ItemSet) {
        for pending in [&mut self.unacked, &mut self.reported] {
            if let Some(left) = pending.get_mut(&by) {
                *left = left.difference(items);
                if left.is_empty() {
                    pending.remove(&by);
                }
            }
        }
    }

    fn on_message(&mut self, from: NodeId, message: Message, out: &mut Out<'_, Self>) {
        match message {
            Message::Report { new, minutes } => {
                self.acked(from, &minutes);
                self.receive(from, new, &minutes, out);
            }
            Message::Items(items) => self.receive(from, items, &ItemSet::EMPTY, out),
            Message::Answer { received, lacking } => {
                self.acked(from, &received);
                let items = out.tellable(&lacking.intersection(&self.known), from).into_owned();
                if !items.is_empty() {
                    out.send(from, Message::Items(items));
                }
            }
        }
    }

    /// Joins the meeting that is on, or waits for the next one.
    fn restart(&mut self, out: &mut Out<'_, Self>) {
        let begun = self.calendar.last(out.now());
        if out.now() < begun + self.calendar.length {
            self.meet(begun, out);
        } else {
            // The end of the meeting that the crash took has passed.
            self.minutes.clone_from(&self.known);
            self.meetings += 1;
            out.wake_at(self.calendar.next(out.now()), Timer::Meeting(self.meetings));
        }
    }
}

impl NamedProtocol for Bulletin {
    type Params = Params;
    const INFO: ProtocolInfo = INFO;

    fn new(params: &Params, _view: &NodeView, resolution: NanoDuration) -> Self {
        let retry = SimDuration(params.retry.ticks(resolution).0.max(1));
        Self {
            calendar: Calendar::new(params, resolution),
            retry,
            known: ItemSet::EMPTY,
            unacked: BTreeMap::new(),
            reported: BTreeMap::new(),
            minutes: ItemSet::EMPTY,
            lacking: Lacking::default(),
            meetings: 0,
            end: LocalTime(0),
            timeout: retry,
        }
    }

    fn check(params: &Params, view: &NodeView) -> Result<(), ConfigError> {
        params.check_ranges("exchange.bulletin", view.zones)
    }

    fn delivery_bound(params: &Params, bounds: &StableBounds) -> Option<SimDuration> {
        params.delivery_bound(bounds)
    }

    fn send_bound(params: &Params, resolution: NanoDuration) -> Option<SendBound> {
        Some(params.send_bound(resolution))
    }

    /// Over a complete overlay: a zone may get an item from any zone that it reaches.
    fn routing(_params: &Params) -> Routing {
        Routing::Overlay
    }
}

impl Protocol for Bulletin {
    type Message = Message;
    type Timer = Timer;
    type Input = Publish;
    type Output = Deliver;

    fn handle(&mut self, input: Input<Self>, out: &mut Out<'_, Self>) {
        if out.view().is_hub() {
            return;
        }
        match input {
            Input::Start => {
                let begun = self.calendar.last(out.now());
                let next = if begun == out.now() { begun } else { self.calendar.next(begun) };
                out.wake_at(next, Timer::Meeting(self.meetings));
            }
            Input::Local(Publish(item)) => self.publish(item, out),
            Input::Message { from, message } => self.on_message(from, message, out),
            Input::Timer(timer) => self.on_timer(timer, out),
            Input::Restart => self.restart(out),
        }
    }

    /// A zone keeps what it has found until all others have it.
    fn recover(&mut self, lost: Self) {
        for items in lost.unacked.values() {
            self.known.union_with(items);
        }
        self.unacked = lost.unacked;
        self.meetings = lost.meetings;
    }
}

#[cfg(test)]
mod tests;
