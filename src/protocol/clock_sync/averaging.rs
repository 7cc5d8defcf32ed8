//! `averaging`: each node moves its clock to the mean of all clocks, as far as it can tell them.
//!
//! J. Lundelius and N. Lynch: "An upper and lower bound for clock synchronization" (Information and
//! Control 62, 1984), section 4, the algorithm, and section 3, the lower bound that it reaches.
//!
//! # The protocol
//!
//! At the start of a round a node sends what its clock reads to all others. A delay is between
//! `min_delay` and `max_delay`, so a node that receives the reading T of another guesses that its clock now
//! reads T + (`min_delay` + `max_delay`)/2, and is wrong by u/2 at most, u = `max_delay` - `min_delay`. Once it
//! has a reading of all, it adds the mean of the differences to its clock; the difference to itself
//! counts as 0.
//!
//! Any two clocks then differ by u (1 - 1/N) at most, N being the number of nodes, however far apart they
//! were. The paper proves that no algorithm guarantees less. All delays into one node `max_delay` and
//! all into another `min_delay` reach it.
//!
//! # Deviations
//!
//! - Messages may be lost. A round ends `interval` after it began; a node that lacks readings by then takes
//!   the mean over those that it has. After such a round nothing is guaranteed.
//! - Clocks drift. With rates that differ by R and with rates within 1 ± r, a round of length D adds
//!   2 (1 - 1/N) (R D + r `max_delay`) to the bound; later rounds undo it.
//! - Rounds begin by the clock of each node without correction, not on a message from outside. Clocks that
//!   are further apart than `interval` - `max_delay` leave rounds without readings.
//! - Corrections are whole nanoseconds. A coordination sees whole ticks, rounded down.

use std::collections::{BTreeMap, BTreeSet};

use super::{Adjustment, Nothing, Reading};
use crate::id::NodeId;
use crate::protocol::{
    ConfigError, Cost, Input, NamedProtocol, NodeView, Out, Params as _, Protocol, ProtocolInfo,
    Range, RunBounds, WireMessage,
};
use crate::time::{LocalTime, NanoDuration, SimDuration};

/// The entry of `averaging` in the list of protocols.
pub const INFO: ProtocolInfo = ProtocolInfo {
    name: "averaging",
    about: "each node moves its clock to the mean of all clocks",
    source: "Lundelius and Lynch, An upper and lower bound for clock synchronization, 1984, section 4",
    deviations: &[
        "messages may be lost: a round ends after interval, and the mean is over the readings that came",
        "clocks may drift, so there may be several rounds",
        "rounds begin by the clock of each node without correction, and not on a message",
        "corrections are whole nanoseconds",
    ],
    formulas: &[
        Cost { what: "messages of a round", formula: "N*(N - 1)" },
        Cost {
            what: "difference between two clocks after a round without loss, at most",
            formula: "(max_delay - min_delay)*(1 - 1/N)",
        },
        Cost {
            what: "from the first reading of a round to the last adjustment, at most",
            formula: "C + max_delay",
        },
    ],
    variables: "N the zones and the hub; C the largest difference between two clocks before",
    guarantees: "after a round in which no reading is lost, late or early, and no clock drifts or is \
                 stepped, clocks differ by no more than the formula. A crash with its memory loses the \
                 correction",
    settings: Params::PARAMS,
    ..ProtocolInfo::EMPTY
};

/// The most nodes: a round has a message for each pair.
const MAX_NODES: u32 = 4096;

crate::params! {
    /// The `[clocks.sync.averaging]` table.
    pub struct Params in "a table such as [clocks.sync.averaging]" {
        /// When the first round begins, on the clock of each node.
        pub start: NanoDuration = "0s", Range::Text("0s or more"), "a guess";
        /// Time from one round to the next, and how long a round waits for readings.
        pub interval: NanoDuration = "1min",
            Range::AboveZero { also: "", otherwise: "a round would have no time" }, "a guess";
        /// Number of rounds.
        pub rounds: u32 = 1,
            Range::AtLeast { min: 1, otherwise: "no clock would be adjusted" },
            "Lundelius and Lynch 1984: clocks without drift need one";
        /// The shortest time that a message takes, as far as the nodes know.
        pub min_delay: NanoDuration = "0s", Range::Text("0s or more, up to max_delay"), "a guess";
        /// The longest time that a message takes, as far as the nodes know.
        pub max_delay: NanoDuration = "500ms",
            Range::AboveZero { also: "", otherwise: "no message takes no time" }, "a guess";
    }
}

impl WireMessage for Reading {
    fn describe(&self, _tick: NanoDuration) -> String {
        let Self { round, ns } = self;
        let seconds = NanoDuration::from_ns(1).seconds(*ns);
        format!("its clock reads {seconds} in round {round}")
    }
}

/// A round begins, or the last one ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Timer;

/// The state machine of a node.
#[derive(Clone, Debug)]
pub struct Averaging {
    resolution: i128,
    start: LocalTime,
    interval: SimDuration,
    rounds: u32,
    /// `min_delay` + `max_delay` in nanoseconds.
    delays: i128,
    nodes: u32,
    correction_ns: i64,
    /// The last round that has begun here, and the last that is over.
    begun: u32,
    closed: u32,
    open: BTreeMap<u32, Readings>,
}

/// The readings of a round.
#[derive(Clone, Debug, Default)]
struct Readings {
    from: BTreeSet<NodeId>,
    /// The sum of twice the differences to the clock of this node without correction, in nanoseconds.
    doubled: i128,
}

impl NamedProtocol for Averaging {
    type Params = Params;
    const INFO: ProtocolInfo = INFO;

    fn new(params: &Params, view: &NodeView, resolution: NanoDuration) -> Self {
        Self {
            resolution: resolution.ns.into(),
            start: LocalTime(params.start.ticks(resolution).0 as i64),
            interval: SimDuration(params.interval.ticks(resolution).0.max(1)),
            rounds: params.rounds,
            delays: i128::from(params.min_delay.ns) + i128::from(params.max_delay.ns),
            nodes: nodes(view),
            correction_ns: 0,
            begun: 0,
            closed: 0,
            open: BTreeMap::new(),
        }
    }

    fn check(params: &Params, view: &NodeView) -> Result<(), ConfigError> {
        let path = "clocks.sync.averaging";
        params.check_ranges(path, view.zones)?;
        if params.min_delay > params.max_delay {
            let message = format!(
                "a message cannot take {} at least and {} at most; expected no more than max_delay",
                params.min_delay, params.max_delay
            );
            return Err(ConfigError::new(format!("{path}.min_delay"), message));
        }
        if nodes(view) > MAX_NODES {
            let message = format!(
                "a round has a message for each pair of nodes; expected at most {MAX_NODES} nodes"
            );
            return Err(ConfigError::new("clocks.sync", message));
        }
        Ok(())
    }

    fn warnings(params: &Params, bounds: &RunBounds) -> Vec<String> {
        let [Some(ahead), Some(behind)] = [bounds.max_ahead, bounds.max_behind] else {
            return Vec::new();
        };
        let apart = NanoDuration::from_ns(ahead.ns.saturating_add(behind.ns));
        if apart.ns.saturating_add(params.max_delay.ns) <= params.interval.ns {
            return Vec::new();
        }
        let Params { interval, max_delay, .. } = params;
        vec![format!(
            "clocks may be {apart} apart: a round of {interval} may end before all readings have come; \
             expected an interval of that and {max_delay}, or more"
        )]
    }
}

/// The zones and the hub.
fn nodes(view: &NodeView) -> u32 {
    view.zones + u32::from(view.hub.is_some())
}

impl Protocol for Averaging {
    type Message = Reading;
    type Timer = Timer;
    type Input = Nothing;
    type Output = Adjustment;

    fn handle(&mut self, input: Input<Self>, out: &mut Out<'_, Self>) {
        match input {
            Input::Start => self.wait_for(1, out),
            Input::Timer(Timer) => {
                let round = self.round_at(out.now());
                if round > self.begun {
                    self.begin(round, out);
                }
            }
            Input::Message { from, message } => self.receive(from, message, out),
            // It has sent its reading in the current round, or has lost what it needs to take part.
            Input::Restart => self.wait_for(self.round_at(out.now()) + 1, out),
            Input::Local(nothing) => match nothing {},
        }
    }
}

impl Averaging {
    /// The last round that has begun when the clock reads `now`; one more than there are once all are over.
    fn round_at(&self, LocalTime(now): LocalTime) -> u32 {
        let since = i128::from(now) - i128::from(self.start.0);
        let begun = since.div_euclid(self.interval.0.into()) + 1;
        begun.clamp(0, i128::from(self.rounds) + 1) as u32
    }

    fn wait_for(&self, round: u32, out: &mut Out<'_, Self>) {
        if round <= self.rounds.saturating_add(1) {
            let later = self.interval.0.saturating_mul(u64::from(round) - 1);
            out.wake_at(self.start + SimDuration(later), Timer);
        }
    }

    /// Ends the last round and begins another.
    fn begin(&mut self, round: u32, out: &mut Out<'_, Self>) {
        self.close(round - 1, out);
        self.begun = round;
        if round > self.rounds {
            return;
        }
        let reading = Reading { round, ns: self.corrected(out.now()) };
        let view = out.view();
        let hub = view.hub.filter(|&hub| hub != view.me);
        for to in view.peers().chain(hub) {
            out.send(to, reading);
        }
        self.wait_for(round + 1, out);
        self.close_if_complete(out);
    }

    fn receive(&mut self, from: NodeId, Reading { round, ns }: Reading, out: &mut Out<'_, Self>) {
        if round <= self.closed {
            return;
        }
        let difference = i128::from(ns) - self.local(out.now());
        let readings = self.open.entry(round).or_default();
        if readings.from.insert(from) {
            readings.doubled += 2 * difference + self.delays;
            self.close_if_complete(out);
        }
    }

    /// Adjusts the clock if the current round has all readings.
    fn close_if_complete(&mut self, out: &mut Out<'_, Self>) {
        let readings = self.open.get(&self.begun);
        if readings.is_some_and(|readings| readings.from.len() as u32 + 1 == self.nodes) {
            self.close(self.begun, out);
        }
    }

    /// Ends all rounds up to this one, and adjusts the clock by the readings of the last that began here.
    fn close(&mut self, round: u32, out: &mut Out<'_, Self>) {
        let later = self.open.split_off(&(round + 1));
        let open = std::mem::replace(&mut self.open, later);
        self.closed = self.closed.max(round);
        let Some(Readings { from, doubled }) = open.get(&self.begun) else { return };
        let readings = from.len() as u32;
        let doubled = doubled - 2 * i128::from(readings) * i128::from(self.correction_ns);
        // The mean, rounded to the nearest nanosecond.
        let count = i128::from(readings) + 1;
        let mean = (doubled + count).div_euclid(2 * count);
        self.correction_ns = saturated(i128::from(self.correction_ns) + mean);
        out.emit(Adjustment { round: self.begun, correction_ns: self.correction_ns, readings });
    }

    /// What the clock reads without correction, in nanoseconds.
    fn local(&self, LocalTime(now): LocalTime) -> i128 {
        i128::from(now) * self.resolution
    }

    fn corrected(&self, now: LocalTime) -> i64 {
        saturated(self.local(now) + i128::from(self.correction_ns))
    }
}

fn saturated(ns: i128) -> i64 {
    ns.clamp(i64::MIN.into(), i64::MAX.into()) as i64
}

#[cfg(test)]
mod tests;
