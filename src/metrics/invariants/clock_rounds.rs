//! Clock synchronization: after a round in which no reading was lost, late or early, clocks differ by no
//! more than u (1 - 1/N) (Lundelius and Lynch 1984), and by what clocks drift in the meantime.

use std::collections::BTreeMap;
use std::fmt;

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::id::NodeId;
use crate::protocol::clock_sync::{self, Adjustment, Reading};
use crate::time::{Clock, NanoDuration, SimTime};

/// Why a round is not judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unjudged {
    /// Some node lacked a reading, or took no part.
    ReadingMissing,
    /// A reading took less than `min_delay` or more than `max_delay`.
    DelayOutOfRange,
    /// A clock was stepped during the round.
    ClockStepped,
    /// The run ended before the round.
    RunOver,
}

impl Unjudged {
    const ALL: [Self; 4] =
        [Self::ReadingMissing, Self::DelayOutOfRange, Self::ClockStepped, Self::RunOver];

    fn key(self) -> &'static str {
        match self {
            Self::ReadingMissing => "reading_missing",
            Self::DelayOutOfRange => "delay_out_of_range",
            Self::ClockStepped => "clock_stepped",
            Self::RunOver => "run_over",
        }
    }
}

impl fmt::Display for Unjudged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ReadingMissing => "a reading was missing",
            Self::DelayOutOfRange => "a delay was not between min_delay and max_delay",
            Self::ClockStepped => "a clock was stepped",
            Self::RunOver => "the run was over before",
        })
    }
}

/// The rounds of a run, and how many of them were judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClockRounds {
    /// The rounds after which the difference of clocks was judged.
    pub judged: u64,
    unjudged: [u64; Unjudged::ALL.len()],
    /// The largest difference of two clocks after a round that was judged, in nanoseconds.
    pub max_skew_ns: u64,
}

impl ClockRounds {
    /// The rounds that began.
    pub fn all(&self) -> u64 {
        self.judged + self.unjudged.iter().sum::<u64>()
    }

    /// The reasons why rounds were not judged, with the number of rounds.
    pub fn unjudged(&self) -> impl Iterator<Item = (Unjudged, u64)> + '_ {
        Unjudged::ALL.into_iter().zip(self.unjudged).filter(|&(_, count)| count > 0)
    }

    /// Adds the rounds of another run.
    pub fn merge(&mut self, other: &Self) {
        self.judged += other.judged;
        self.max_skew_ns = self.max_skew_ns.max(other.max_skew_ns);
        for (count, more) in self.unjudged.iter_mut().zip(other.unjudged) {
            *count += more;
        }
    }
}

/// A sentence such as `judged 2 of 3 rounds of clocks (a reading was missing: 1); clocks at most 500us
/// apart after one`.
impl fmt::Display for ClockRounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let why: Vec<_> =
            self.unjudged().map(|(reason, count)| format!("{reason}: {count}")).collect();
        write!(f, "judged {} of {} rounds of clocks", self.judged, self.all())?;
        if !why.is_empty() {
            write!(f, " ({})", why.join(", "))?;
        }
        if self.judged == 0 {
            return Ok(());
        }
        write!(f, "; clocks at most {} apart after one", NanoDuration::from_ns(self.max_skew_ns))
    }
}

impl Serialize for ClockRounds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("judged", &self.judged)?;
        map.serialize_entry("of", &self.all())?;
        map.serialize_entry("max_skew_ns", &self.max_skew_ns)?;
        let unjudged: BTreeMap<_, _> =
            self.unjudged().map(|(reason, count)| (reason.key(), count)).collect();
        map.serialize_entry("unjudged", &unjudged)?;
        map.end()
    }
}

/// Judges the rounds of a run.
pub struct ClockRoundsCheck {
    /// By node, without correction.
    clocks: Vec<Clock>,
    resolution: NanoDuration,
    min_delay_ns: u64,
    max_delay_ns: u64,
    rounds: BTreeMap<u32, Round>,
    result: ClockRounds,
}

struct Round {
    first: SimTime,
    /// By node, when it sent its reading.
    sent: Vec<Option<SimTime>>,
    is_out_of_range: bool,
    is_partial: bool,
    /// By node, its correction in nanoseconds.
    corrections: BTreeMap<NodeId, i64>,
}

impl ClockRoundsCheck {
    /// The check of a run of nodes with these clocks.
    pub fn new(clocks: Vec<Clock>, params: &clock_sync::Params, resolution: NanoDuration) -> Self {
        Self {
            clocks,
            resolution,
            min_delay_ns: params.averaging.min_delay.ns,
            max_delay_ns: params.averaging.max_delay.ns,
            rounds: BTreeMap::new(),
            result: ClockRounds::default(),
        }
    }

    /// The result; final after [`Self::end`].
    pub fn result(&self) -> ClockRounds {
        self.result
    }

    /// Records that a node sends a reading.
    pub fn send(&mut self, at: SimTime, from: NodeId, reading: Reading) {
        let nodes = self.clocks.len();
        let round = self.rounds.entry(reading.round).or_insert_with(|| Round {
            first: at,
            sent: vec![None; nodes],
            is_out_of_range: false,
            is_partial: false,
            corrections: BTreeMap::new(),
        });
        round.sent[from.index()].get_or_insert(at);
    }

    /// Records that a reading arrives. A copy of one that counts no more may make a round unjudged.
    pub fn deliver(&mut self, at: SimTime, from: NodeId, reading: Reading) {
        let Some(round) = self.rounds.get_mut(&reading.round) else { return };
        let Some(sent) = round.sent[from.index()] else { return };
        let delay = (at - sent).0.saturating_mul(self.resolution.ns);
        round.is_out_of_range |= !(self.min_delay_ns..=self.max_delay_ns).contains(&delay);
    }

    /// Records that a node adjusts its clock.
    ///
    /// # Errors
    /// The round is over everywhere, and clocks differ by more than they may.
    pub fn adjust(
        &mut self,
        at: SimTime,
        node: NodeId,
        adjustment: Adjustment,
    ) -> Result<(), String> {
        let Some(round) = self.rounds.get_mut(&adjustment.round) else { return Ok(()) };
        let nodes = self.clocks.len();
        round.is_partial |= adjustment.readings as usize + 1 < nodes;
        round.corrections.insert(node, adjustment.correction_ns);
        if round.corrections.len() < nodes {
            return Ok(());
        }
        match self.rounds.remove(&adjustment.round) {
            Some(round) => self.judge(at, adjustment.round, &round),
            None => Ok(()),
        }
    }

    /// Counts the rounds that are not over.
    pub fn end(&mut self) {
        for round in std::mem::take(&mut self.rounds).into_values() {
            let missed = round.is_partial || round.sent.iter().any(Option::is_none);
            let reason = if missed { Unjudged::ReadingMissing } else { Unjudged::RunOver };
            self.result.unjudged[reason as usize] += 1;
        }
    }

    fn judge(&mut self, at: SimTime, number: u32, round: &Round) -> Result<(), String> {
        let is_stepped = |clock: &Clock| clock.is_stepped_within(round.first, at);
        let reason = if round.is_partial {
            Some(Unjudged::ReadingMissing)
        } else if round.is_out_of_range {
            Some(Unjudged::DelayOutOfRange)
        } else if self.clocks.iter().any(is_stepped) {
            Some(Unjudged::ClockStepped)
        } else {
            None
        };
        if let Some(reason) = reason {
            self.result.unjudged[reason as usize] += 1;
            return Ok(());
        }
        let shown =
            self.clocks.iter().zip(round.corrections.values()).map(|(clock, &correction)| {
                i128::from(clock.local(at).0) * i128::from(self.resolution.ns)
                    + i128::from(correction)
            });
        let (lowest, highest) = shown.fold((i128::MAX, i128::MIN), |(lowest, highest), ns| {
            (lowest.min(ns), highest.max(ns))
        });
        let skew = highest.saturating_sub(lowest);
        self.result.judged += 1;
        self.result.max_skew_ns = self.result.max_skew_ns.max(skew as u64);
        let bound = self.bound(at, round.first);
        if skew <= bound {
            return Ok(());
        }
        Err(format!(
            "clocks differ by {skew} ns after round {number}; clock synchronization guarantees \
             {bound} ns"
        ))
    }

    /// How far clocks may differ after a round from `first` to `at`, in nanoseconds.
    fn bound(&self, at: SimTime, first: SimTime) -> i128 {
        let nodes = self.clocks.len() as i128;
        let u = i128::from(self.max_delay_ns - self.min_delay_ns);
        // Two corrections are rounded by half a nanosecond each.
        let still = u * (nodes - 1) / nodes + 1;
        let drifts = || self.clocks.iter().map(Clock::drift_ppb);
        let (slowest, fastest) = (drifts().min().unwrap_or(0), drifts().max().unwrap_or(0));
        if (slowest, fastest) == (0, 0) {
            return still;
        }
        let length = i128::from((at - first).0) * i128::from(self.resolution.ns);
        let apart = i128::from(fastest) - i128::from(slowest);
        let fast = i128::from(slowest.abs().max(fastest.abs()));
        let drifted = 2 * (apart * length + fast * i128::from(self.max_delay_ns)) / 1_000_000_000;
        // A clock that drifts shows whole ticks: when it sends, when it receives and now.
        still + drifted + 6 * i128::from(self.resolution.ns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LENGTH: NanoDuration = NanoDuration::from_ms(1);

    fn check(clocks: Vec<Clock>) -> ClockRoundsCheck {
        let mut params = clock_sync::Params::default();
        params.averaging.min_delay = NanoDuration::from_ms(10);
        params.averaging.max_delay = NanoDuration::from_ms(20);
        ClockRoundsCheck::new(clocks, &params, LENGTH)
    }

    /// A round of two nodes with these delays in ms, after which they have these corrections in ns.
    fn round(clocks: Vec<Clock>, delays: [u64; 2], corrections: [i64; 2]) -> (ClockRounds, bool) {
        let mut check = check(clocks);
        let reading = Reading { round: 1, ns: 0 };
        for (node, delay) in [NodeId(0), NodeId(1)].into_iter().zip(delays) {
            check.send(SimTime(100), node, reading);
            check.deliver(SimTime(100 + delay), node, reading);
        }
        let mut adjust = |node, correction_ns| {
            let adjustment = Adjustment { round: 1, correction_ns, readings: 1 };
            check.adjust(SimTime(120), NodeId(node), adjustment)
        };
        let first = adjust(0, corrections[0]);
        let result = first.and(adjust(1, corrections[1]));
        check.end();
        (check.result(), result.is_err())
    }

    #[test]
    fn clocks_may_differ_by_half_of_u_with_two_nodes() {
        let still = || vec![Clock::default(), Clock::new(7, 0)];
        // The second clock is 7 ms ahead: 5 ms and 1 ns is the bound.
        for (correction, is_violated) in [
            (-7_000_000, false),
            (-2_000_000, false),
            (-1_999_999, false),
            (-1_999_998, true),
            (-12_000_001, false),
            (-12_000_002, true),
        ] {
            let (rounds, found) = round(still(), [10, 20], [0, correction]);
            assert_eq!((found, rounds.judged), (is_violated, 1), "{correction}");
        }
    }

    #[test]
    fn a_round_outside_the_assumptions_is_not_judged() {
        let far = [0, 1_000_000_000];
        let two = || vec![Clock::default(); 2];
        let reasons = |delays, clocks| {
            let (rounds, is_violated) = round(clocks, delays, far);
            assert!(!is_violated && rounds.judged == 0);
            rounds.unjudged().collect::<Vec<_>>()
        };
        assert_eq!(reasons([9, 20], two()), [(Unjudged::DelayOutOfRange, 1)]);
        assert_eq!(reasons([10, 21], two()), [(Unjudged::DelayOutOfRange, 1)]);
        let mut stepped = two();
        stepped[1].step(SimTime(110), -3);
        assert_eq!(reasons([10, 20], stepped), [(Unjudged::ClockStepped, 1)]);
        let mut check = check(two());
        check.send(SimTime(1), NodeId(0), Reading { round: 1, ns: 0 });
        check.end();
        assert_eq!(check.result().unjudged().collect::<Vec<_>>(), [(Unjudged::ReadingMissing, 1)]);
    }
}
