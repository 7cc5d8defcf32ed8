//! Axes: from values to places, with round ticks that have room.

use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};

use super::canvas::{PX, Style};
use super::number::{Notation, exponent, power};
use super::{Axis, Scale};

pub(super) const TICK: Style = Style { size: 11 * PX, ..Style::TEXT };

/// A stretch of an axis, with its ticks.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Span {
    low: f64,
    high: f64,
    log: bool,
    ticks: Vec<(f64, String)>,
    minor: Vec<f64>,
    /// What the values were, where they ask for a scale that they cannot have.
    pub linear_instead: bool,
}

/// Which way an axis runs, and how long it is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Run {
    Across(i32),
    Up(i32),
}

impl Span {
    /// An axis over values, none of them without a place.
    pub fn over(values: impl IntoIterator<Item = f64>, scale: Scale, run: Run) -> Self {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values {
            (low, high) = (low.min(value), high.max(value));
        }
        if low > high {
            return Self::bare(0.0, 1.0);
        }
        let log = scale == Scale::Log && low > 0.0;
        let mut span = if log { Self::factors(low, high) } else { Self::stretch(low, high) };
        span.linear_instead = scale == Scale::Log && !log;
        span.lay(run);
        span
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

    pub fn bare(low: f64, high: f64) -> Self {
        let (ticks, minor) = (Vec::new(), Vec::new());
        Self { low, high, log: false, ticks, minor, linear_instead: false }
    }

    /// Some room about the values; from zero if they come near it.
    fn stretch(low: f64, high: f64) -> Self {
        let size = low.abs().max(high.abs());
        let span = high - low;
        if span <= size * 1e-12 {
            let room = if size == 0.0 { 1.0 } else { size * 0.1 };
            return Self::bare(low - room, high + room);
        }
        let room = span * 0.04;
        let from = if low >= 0.0 && low <= 0.4 * high { 0.0 } else { low - room };
        let to = if high <= 0.0 && high >= 0.4 * low { 0.0 } else { high + room };
        Self::bare(from, to)
    }

    fn factors(low: f64, high: f64) -> Self {
        let decades = libm::log10(high) - libm::log10(low);
        let room = if decades < 1e-9 { 0.3 } else { decades * 0.04 };
        let factor = libm::pow(10.0, room);
        Self { log: true, ..Self::bare(low / factor, high * factor) }
    }

    /// Where a value is, from 0 to 1; what is outside is at the end that it is beyond.
    pub fn place(&self, value: f64) -> f64 {
        let place = if self.log {
            let low = libm::log10(self.low);
            if value <= 0.0 {
                return 0.0;
            }
            (libm::log10(value) - low) / (libm::log10(self.high) - low)
        } else {
            (value - self.low) / (self.high - self.low)
        };
        place.clamp(0.0, 1.0)
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
        match (self.log, self.linear_instead) {
            (true, _) => format!("{text}, log scale"),
            (_, true) => format!("{text}, linear: not all above 0"),
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
        for last in first..first + 5 {
            for step in [1, 2, 5] {
                let ticks = self.even(step, last);
                if self.fits(&ticks, run) {
                    self.ticks = ticks;
                    return;
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
            let mut ticks = Vec::new();
            for decade in (first..=end).filter(|decade| decade.rem_euclid(stride as i32) == 0) {
                for step in steps {
                    let value = step * power(decade);
                    if (self.low..=self.high).contains(&value) {
                        ticks.push((value, Notation::digits(value, 1).write(value)));
                    }
                }
            }
            ticks
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
                Run::Up(length) => gap * f64::from(length) >= f64::from(26 * PX),
                Run::Across(length) => {
                    let half = (TICK.width(&pair[0].1) + TICK.width(&pair[1].1)) / 2;
                    gap * f64::from(length) >= f64::from((half + 14 * PX).max(44 * PX))
                }
            }
        };
        ticks.len() >= 2 && ticks.windows(2).all(apart)
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
