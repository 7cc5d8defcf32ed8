//! Axes: from values to places, with round ticks that have room.

use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};

use super::canvas::{PX, Style};
use super::number::{Notation, exponent, power};
use super::{Axis, Estimate, Scale};

pub(super) const TICK: Style = Style { size: 11 * PX, ..Style::TEXT };

/// A stretch of an axis, with its ticks.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Span {
    low: f64,
    high: f64,
    log: bool,
    /// On a log scale: zero stands at the start, beyond a break.
    zero: bool,
    /// A log scale was asked for and cannot be.
    refused: bool,
    ticks: Vec<(f64, String)>,
    minor: Vec<f64>,
}

/// Which way an axis runs, and how long it is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Run {
    Across(i32),
    Up(i32),
}

/// What an axis has beyond its values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Room {
    /// Nothing.
    None,
    /// A little at either end.
    Around,
    /// A little; but it begins at zero if the values come near it.
    Zero,
}

/// What is said of an axis that was to be logarithmic and is not.
const REFUSED: &str = ", linear: values ≤ 0";

/// Where zero and the break are on a log scale that shows it, and where the rest begins.
const ZERO: f64 = 0.03;
const BREAK: f64 = 0.065;
const REST: f64 = 0.1;

impl Span {
    /// An axis over values. Those that a log scale has no place for make it linear.
    pub fn over(values: impl IntoIterator<Item = f64>, scale: Scale, room: Room, run: Run) -> Self {
        let (mut low, mut high, mut above) = (f64::INFINITY, f64::NEG_INFINITY, f64::INFINITY);
        for value in values {
            (low, high) = (low.min(value), high.max(value));
            above = if value > 0.0 { above.min(value) } else { above };
        }
        if low > high {
            return Self::bare(0.0, 1.0);
        }
        let zero = low == 0.0 && high > 0.0 && matches!(run, Run::Across(_));
        let log = scale == Scale::Log && (low > 0.0 || zero);
        let mut span =
            if log { Self::factors(above, high, room) } else { Self::stretch(low, high, room) };
        span.zero = log && zero;
        span.refused = scale == Scale::Log && !log;
        span.lay(run);
        if span.zero {
            span.ticks.insert(0, (0.0, "0".into()));
        }
        span
    }

    /// An axis over estimates. On a log scale an end that is not above zero is off the axis.
    pub fn over_estimates<'a>(
        values: impl Iterator<Item = &'a Estimate> + Clone,
        scale: Scale,
        run: Run,
    ) -> Self {
        let log = scale == Scale::Log && values.clone().all(|each| each.mean > 0.0);
        let ends = values.flat_map(|each| [each.low, each.mean, each.high]);
        Self::over(ends.filter(|end| !log || *end > 0.0), scale, Room::Zero, run)
    }

    /// From 0 to 1, as shares are.
    pub fn shares(run: Run) -> Self {
        let mut span = Self::bare(0.0, 1.0);
        span.lay(run);
        // A curve along the edge shall be seen whole.
        (span.low, span.high) = (-0.015, 1.015);
        span
    }

    /// Rows of a table: row `i` from the bottom is at `i`, with a line and no label.
    pub fn rows(count: usize) -> Self {
        let mut span = Self::bare(-0.5, count as f64 - 0.5);
        span.ticks = (0..count).map(|row| (row as f64, String::new())).collect();
        span
    }

    fn bare(low: f64, high: f64) -> Self {
        let (ticks, minor) = (Vec::new(), Vec::new());
        Self { low, high, log: false, zero: false, refused: false, ticks, minor }
    }

    fn stretch(low: f64, high: f64, room: Room) -> Self {
        let size = low.abs().max(high.abs());
        let span = high - low;
        if span <= size * 1e-12 {
            let room = if size == 0.0 { 1.0 } else { size * 0.1 };
            return Self::bare(low - room, high + room);
        }
        let more = if room == Room::None { 0.0 } else { span * 0.04 };
        let anchored = room == Room::Zero;
        let from_zero = anchored && low >= 0.0 && low <= 0.3 * high;
        let to_zero = anchored && high <= 0.0 && high >= 0.3 * low;
        let from = if from_zero { 0.0 } else { low - more };
        Self::bare(from, if to_zero { 0.0 } else { high + more })
    }

    fn factors(low: f64, high: f64, room: Room) -> Self {
        let decades = libm::log10(high) - libm::log10(low);
        let more = if decades < 1e-9 {
            0.3
        } else if room == Room::None {
            0.0
        } else {
            decades * 0.04
        };
        let factor = libm::pow(10.0, more);
        Self { log: true, ..Self::bare(low / factor, high * factor) }
    }

    /// Where a value is, from 0 to 1; what is outside is at the end that it is beyond.
    pub fn place(&self, value: f64) -> f64 {
        if !self.log {
            return ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
        }
        if value <= 0.0 {
            return if self.zero { ZERO } else { 0.0 };
        }
        let low = libm::log10(self.low);
        let place = (libm::log10(value) - low) / (libm::log10(self.high) - low);
        let place = place.clamp(0.0, 1.0);
        if self.zero { REST + (1.0 - REST) * place } else { place }
    }

    /// Where the axis is broken, to show zero.
    pub fn broken(&self) -> Option<f64> {
        self.zero.then_some(BREAK)
    }

    pub fn ticks(&self) -> &[(f64, String)] {
        &self.ticks
    }

    /// The widest label.
    pub fn label_width(&self) -> i32 {
        self.ticks.iter().map(|(_, label)| TICK.width(label)).max().unwrap_or(0)
    }

    /// The axis as text, with what has to be said of its scale.
    pub fn text(&self, axis: &Axis) -> String {
        let text = axis.text();
        match (self.log, self.refused) {
            (true, _) => format!("{text}, log scale"),
            (_, true) => format!("{text}{REFUSED}"),
            _ => text,
        }
    }

    fn lay(&mut self, run: Run) {
        if self.log {
            self.lay_factors(run);
        }
        if self.ticks.len() >= 2 {
            return;
        }
        let first = exponent(self.high - self.low) - 2;
        for last in first..first + 3 {
            for step in [1, 2, 5] {
                let ticks = self.even(step, last);
                if self.fits(&ticks, run) {
                    self.ticks = ticks;
                    return;
                }
                // No two have room: one is better than none.
                if !ticks.is_empty() {
                    self.ticks = ticks[..1].to_vec();
                }
            }
        }
    }

    /// Ticks at the multiples of `step` times 10^`last`.
    fn even(&self, step: i64, last: i32) -> Vec<(f64, String)> {
        let size = step as f64 * power(last);
        let (from, to) = ((self.low / size).ceil(), (self.high / size).floor());
        if to - from > 1000.0 {
            return Vec::new();
        }
        let notation = Notation::new(self.low.abs().max(self.high.abs()), last);
        let mut ticks = Vec::new();
        let mut at = from;
        while at <= to {
            // A division by a power of ten is right to the last bit, as the label is.
            let units = at * step as f64;
            let value = if last < 0 { units / power(-last) } else { units * power(last) };
            ticks.push((value, notation.write(value)));
            at += 1.0;
        }
        ticks
    }

    /// Ticks at 1, 2 and 5 times powers of ten if there is room; at powers; at every other power.
    fn lay_factors(&mut self, run: Run) {
        let (first, end) = (exponent(self.low), exponent(self.high) + 1);
        let decades = |stride: usize, steps: &[f64]| -> Vec<(f64, String)> {
            let mut values = Vec::new();
            for decade in (first..=end).filter(|decade| decade.rem_euclid(stride as i32) == 0) {
                for step in steps {
                    let value = step * power(decade);
                    if (self.low..=self.high).contains(&value) {
                        values.push(value);
                    }
                }
            }
            // All as powers of ten, or none.
            let notation = |value: &f64| Notation::digits(*value, 1);
            let powers = values.iter().any(|value| notation(value).powers);
            let label = |value: &f64| Notation { powers, ..notation(value) }.write(*value);
            values.iter().map(|value| (*value, label(value))).collect()
        };
        let mut tried = vec![decades(1, &[1.0, 2.0, 5.0])];
        for stride in [1, 2, 3, 6, 12, 24, 48, 96] {
            tried.push(decades(stride, &[1.0]));
        }
        let Some(which) = tried.iter().position(|ticks| self.fits(ticks, run)) else { return };
        if which <= 1 {
            let every = decades(1, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]);
            self.minor = every.into_iter().map(|(value, _)| value).collect();
        }
        self.ticks = tried.swap_remove(which);
    }

    /// Whether there are at least two and none comes too near the next.
    fn fits(&self, ticks: &[(f64, String)], run: Run) -> bool {
        let apart = |pair: &[(f64, String)]| {
            let gap = self.place(pair[1].0) - self.place(pair[0].0);
            match run {
                Run::Up(length) => gap * f64::from(length) >= f64::from(32 * PX),
                Run::Across(length) => {
                    let half = (TICK.width(&pair[0].1) + TICK.width(&pair[1].1)) / 2;
                    gap * f64::from(length) >= f64::from((half + 14 * PX).max(44 * PX))
                }
            }
        };
        ticks.len() >= 2 && ticks.windows(2).all(apart)
    }
}

impl Axis {
    /// The longest that [`SimDuration::text`] may become, for room is made before values are seen.
    pub(super) fn longest_text(&self) -> String {
        match self.scale {
            Scale::Linear => self.text(),
            Scale::Log => self.text() + REFUSED,
        }
    }
}

impl Ranged for Span {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (from, to): (i32, i32)) -> i32 {
        from + (f64::from(to - from) * self.place(*value)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        if hint.weight().allow_light_points() {
            self.minor.clone()
        } else {
            self.ticks.iter().map(|(value, _)| *value).collect()
        }
    }

    fn range(&self) -> Range<f64> {
        self.low..self.high
    }
}

impl ValueFormatter<f64> for Span {
    fn format_ext(&self, value: &f64) -> String {
        let label = |(at, label): &(f64, String)| (at == value).then(|| label.clone());
        self.ticks.iter().find_map(label).unwrap_or_default()
    }
}
