//! `anti-entropy`: pairs of zones reconcile their sets of items by fingerprints of ranges.
//!
//! A. Demers et al.: "Epidemic algorithms for replicated database maintenance" (PODC 1987), 1.3: in
//! every round a zone calls another one at random, and the two resolve their differences. They find
//! them as in A. Meyer: "Range-based set reconciliation" (2022), arXiv 2212.13567, 3: the caller sends
//! the fingerprint of all its items. Whoever gets the fingerprint of a range that differs from its own
//! divides the range into `branching` parts of equal size and sends their fingerprints, or names its
//! items if they are no more than `threshold`. Whoever gets names sends the items that are not among
//! them, and asks for those that it lacks. So a session takes about d log n bytes for d differences
//! among n items, and one message if there are none.
//!
//! An answer depends on the message and the items of the zone alone. What is lost is made up for in a
//! later round. A copy of a message is not answered, and a session ends after as many messages as two
//! sets that do not change can need: items may be published faster than ranges are divided.
//!
//! The crate negentropy has the same bound and is not used: its messages are opaque bytes with a number
//! of parts, a threshold and SHA-256 fingerprints of its own, so they could be neither varied, nor
//! described in a trace, nor checked against the rules of release; and a session takes 200 lines.
//!
//! Messages of one instant are handled in random order
//! ([`ShuffledInstant`](super::shuffled_instant)), since what has just arrived is passed on.

mod answered;
mod message;
mod params;
pub mod reconcile;

use answered::Answered;
pub use message::Message;
pub use params::{Mode, Params};
use reconcile::{Division, Index};

use super::{Deliver, Publish};
use crate::id::{ItemSet, NodeId};
use crate::protocol::{
    ConfigError, Cost, Input, NamedProtocol, NodeView, Out, Params as _, Protocol, ProtocolInfo,
    Release, Routing, SendBound, StableBounds, time_letters,
};
use crate::rng::uniform_below_u64;
use crate::time::{LocalTime, NanoDuration, SimDuration};

/// The entry of `anti-entropy` in the list of protocols.
pub const INFO: ProtocolInfo = ProtocolInfo {
    name: "anti-entropy",
    about: "in rounds, every zone calls another one at random, and the two find their differences by \
            fingerprints of ranges",
    source: "Demers et al., Epidemic algorithms for replicated database maintenance, 1987, 1.3; Meyer, \
             Range-based set reconciliation, arXiv 2212.13567, 2022, 3",
    deviations: &[
        "Meyer's peers send items at once where a range is small; here they name them, and a body \
         travels only to a zone that lacks it",
        "a fingerprint is the sum of 128-bit hashes, which is not safe from an adversary who chooses \
         items (Meyer, 5)",
        "a session begins with one fingerprint of all items, since most rounds find no difference",
    ],
    formulas: &[
        Cost { what: "messages in a round that finds no difference", formula: "n" },
        Cost {
            what: "messages of a session that finds one item of the caller, h even",
            formula: "h + 3",
        },
        Cost {
            what: "messages of a session that finds one item of the caller, h odd",
            formula: "h + 4",
        },
        Cost {
            what: "bytes of a session, ids of 16 bytes, without bodies, at most",
            formula: "d*(34*branching*(h + 1) + 16*threshold + 80) + 100",
        },
        Cost {
            what: "zones that lack an item after a round, pull, of k, mean",
            formula: "k*(k - 1)/(n - 1)",
        },
        Cost {
            what: "time to all after the last fault, at most",
            formula: "2*(4*log2(n) + 60)*(9/8*interval*A + m*L) + C",
        },
    ],
    variables: concat!(
        "n zones; h how often the items of a zone can be divided by branching until no more than \
         threshold are left, rounded up; d differences; k zones that lack the item when a synchronous \
         round begins; ",
        time_letters!(),
        "; m the most messages of a session, twice 32/log2(branching) rounded up, and 4; A the calls \
         per success, (1 - p)^-m with p the highest loss rate of a link"
    ),
    guarantees: "every zone delivers every item within that time, except in one run in 10^9. Nothing is \
                 durable: a crash with loss of memory loses the items that no other zone has",
    release: Release::Collective,
    settings: Params::PARAMS,
};

/// The next round begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timer;

/// The state machine of a zone.
#[derive(Clone, Debug)]
pub struct AntiEntropy {
    mode: Mode,
    interval: SimDuration,
    is_staggered: bool,
    division: Division,
    /// The most messages of a session.
    session_max: u32,
    /// The number of the last session that it began.
    begun: u64,
    answered: Answered,
    known: ItemSet,
    /// The items that the last partner may be told of, and their index.
    indexed: (ItemSet, Index),
}

impl AntiEntropy {
    /// The index of the items of which this zone may tell another.
    fn index(&mut self, to: NodeId, out: &Out<'_, Self>) -> &Index {
        let items = out.tellable(&self.known, to);
        let (indexed, index) = &mut self.indexed;
        if *indexed != *items {
            if !indexed.difference(&items).is_empty() {
                (*indexed, *index) = (ItemSet::EMPTY, Index::new(&ItemSet::EMPTY));
            }
            index.add(&indexed.union_with(&items));
        }
        index
    }

    /// Sets the timer of the first round after a start.
    fn start(&mut self, out: &mut Out<'_, Self>) {
        if self.is_staggered {
            let wait = uniform_below_u64(out.rng(), self.interval.0);
            out.wake_after(SimDuration(wait), Timer);
        } else {
            self.await_multiple(out);
        }
    }

    fn await_multiple(&self, out: &mut Out<'_, Self>) {
        let interval = i64::try_from(self.interval.0).unwrap_or(i64::MAX);
        let begun = LocalTime(out.now().0 - out.now().0.rem_euclid(interval));
        out.wake_at(begun + self.interval, Timer);
    }

    fn begin_round(&mut self, out: &mut Out<'_, Self>) {
        if self.is_staggered {
            out.wake_after(self.interval, Timer);
        } else {
            self.await_multiple(out);
        }
        let others = u64::from(out.view().zones) - 1;
        let drawn = NodeId(uniform_below_u64(out.rng(), others) as u32);
        let to = if drawn < out.me() { drawn } else { NodeId(drawn.0 + 1) };
        let ranges = self.index(to, out).opening();
        if self.mode != Mode::Push || !self.indexed.0.is_empty() {
            // The time, so that a zone that has lost its memory need not know its last number.
            self.begun = out.now().0.max(0).unsigned_abs().max(self.begun + 1);
            let (items, wanted) = (ItemSet::EMPTY, ItemSet::EMPTY);
            out.send(to, Message { session: self.begun, number: 0, ranges, items, wanted });
        }
    }

    fn on_message(&mut self, from: NodeId, message: &Message, out: &mut Out<'_, Self>) {
        out.deliver_new(&mut self.known, &message.items);
        let number = message.number.saturating_add(1);
        if !self.answered.is_new(from, message) || number >= self.session_max {
            return;
        }
        let division = self.division;
        let outcome = self.index(from, out).answer(&message.ranges, division);
        let is_caller = !message.is_caller();
        let mut items = message.wanted.intersection(&self.indexed.0);
        if self.mode.sends(is_caller) {
            items.union_with(&outcome.extra);
        }
        let wanted = if self.mode.sends(message.is_caller()) {
            outcome.lacking.difference(&self.known)
        } else {
            ItemSet::EMPTY
        };
        let (session, ranges) = (message.session, outcome.ranges);
        let answer = Message { session, number, ranges, items, wanted };
        if !answer.is_empty() {
            out.send(from, answer);
        }
    }
}

impl NamedProtocol for AntiEntropy {
    type Params = Params;
    const INFO: ProtocolInfo = INFO;

    fn new(params: &Params, _view: &NodeView, resolution: NanoDuration) -> Self {
        Self {
            mode: params.mode,
            interval: SimDuration(params.interval.ticks(resolution).0.max(1)),
            is_staggered: params.staggered,
            division: params.division(),
            session_max: params.session(),
            begun: 0,
            answered: Answered::default(),
            known: ItemSet::EMPTY,
            indexed: (ItemSet::EMPTY, Index::new(&ItemSet::EMPTY)),
        }
    }

    fn check(params: &Params, view: &NodeView) -> Result<(), ConfigError> {
        params.check(view)
    }

    fn delivery_bound(params: &Params, bounds: &StableBounds) -> Option<SimDuration> {
        params.delivery_bound(bounds)
    }

    fn send_bound(params: &Params, resolution: NanoDuration) -> Option<SendBound> {
        Some(params.send_bound(resolution))
    }

    fn routing(_params: &Params) -> Routing {
        Routing::Uniform
    }
}

impl Protocol for AntiEntropy {
    type Message = Message;
    type Timer = Timer;
    type Input = Publish;
    type Output = Deliver;

    fn handle(&mut self, input: Input<Self>, out: &mut Out<'_, Self>) {
        if out.view().is_hub() {
            return;
        }
        match input {
            Input::Start | Input::Restart => self.start(out),
            Input::Local(Publish(item)) => _ = self.known.insert(item),
            Input::Message { from, message } => self.on_message(from, &message, out),
            Input::Timer(Timer) => self.begin_round(out),
        }
    }
}

#[cfg(test)]
mod tests;
