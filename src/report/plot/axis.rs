//! Axes: map values to positions and choose round ticks whose labels do not overlap.

use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};

use super::canvas::{PX, Style};
use super::number::{Notation, exponent, power};
use super::{Axis, Estimate, Scale};

pub(super) const TICK: Style = Style { size: 11 * PX, ..Style::TEXT };

/// The range of an axis with its ticks.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct AxisRange {
    low: f64,
    high: f64,
    log: bool,
    /// On a log scale: zero is shown at the start, before a break.
    zero: bool,
    /// A log scale was requested but the values do not allow one.
    forced_linear: bool,
    ticks: Vec<(f64, String)>,
    minor: Vec<f64>,
}

/// Direction of an axis, with its length in tenths of a pixel.
#[derive(Clone, Copy, Debug)]
pub(super) enum Extent {
    Horizontal(i32),
    Vertical(i32),
}

/// Range of an axis beyond its values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Padding {
    None,
    /// 4 % at both ends.
    Both,
    /// 4 % at both ends, except that the range starts at zero if the values come near it.
    FromZero,
}

/// Suffix of the label of an axis that cannot be logarithmic as requested.
const FORCED_LINEAR: &str = ", linear: values ≤ 0";

/// Positions of zero, of the break and of the first positive value on a log scale that shows zero.
const ZERO_POSITION: f64 = 0.03;
const BREAK_POSITION: f64 = 0.065;
const POSITIVE_START: f64 = 0.1;

impl AxisRange {
    /// Creates an axis over values. Values that a log scale cannot show make it linear.
    pub fn over(
        values: impl IntoIterator<Item = f64>,
        scale: Scale,
        padding: Padding,
        extent: Extent,
    ) -> Self {
        let (mut low, mut high, mut above) = (f64::INFINITY, f64::NEG_INFINITY, f64::INFINITY);
        for value in values {
            (low, high) = (low.min(value), high.max(value));
            above = if value > 0.0 { above.min(value) } else { above };
        }
        if low > high {
            return Self::without_ticks(0.0, 1.0);
        }
        let zero = low == 0.0 && high > 0.0 && matches!(extent, Extent::Horizontal(_));
        let log = scale == Scale::Log && (low > 0.0 || zero);
        let mut range = if log {
            Self::logarithmic(above, high, padding)
        } else {
            Self::linear(low, high, padding)
        };
        range.zero = log && zero;
        range.forced_linear = scale == Scale::Log && !log;
        range.choose_ticks(extent);
        if range.zero {
            range.ticks.insert(0, (0.0, "0".into()));
        }
        range
    }

    /// Creates an axis over estimates and their intervals. A log scale ignores ends that are not above
    /// zero.
    pub fn over_estimates<'a>(
        values: impl Iterator<Item = &'a Estimate> + Clone,
        scale: Scale,
        extent: Extent,
    ) -> Self {
        let log = scale == Scale::Log && values.clone().all(|each| each.mean > 0.0);
        let ends = values.flat_map(|each| [each.low, each.mean, each.high]);
        Self::over(ends.filter(|end| !log || *end > 0.0), scale, Padding::FromZero, extent)
    }

    /// Creates an axis from 0 to 1.
    pub fn shares(extent: Extent) -> Self {
        let mut range = Self::without_ticks(0.0, 1.0);
        range.choose_ticks(extent);
        // A curve along the edge must not be clipped.
        (range.low, range.high) = (-0.015, 1.015);
        range
    }

    /// Creates an axis for the rows of a table: row `i` from the bottom is at `i`, with a grid line and
    /// no label.
    pub fn rows(count: usize) -> Self {
        let mut range = Self::without_ticks(-0.5, count as f64 - 0.5);
        range.ticks = (0..count).map(|row| (row as f64, String::new())).collect();
        range
    }

    fn without_ticks(low: f64, high: f64) -> Self {
        let (ticks, minor) = (Vec::new(), Vec::new());
        Self { low, high, log: false, zero: false, forced_linear: false, ticks, minor }
    }

    fn linear(low: f64, high: f64, padding: Padding) -> Self {
        let size = low.abs().max(high.abs());
        let span = high - low;
        if span <= size * 1e-12 {
            let margin = if size == 0.0 { 1.0 } else { size * 0.1 };
            return Self::without_ticks(low - margin, high + margin);
        }
        let margin = if padding == Padding::None { 0.0 } else { span * 0.04 };
        let is_anchored = padding == Padding::FromZero;
        let starts_at_zero = is_anchored && low >= 0.0 && low <= 0.3 * high;
        let ends_at_zero = is_anchored && high <= 0.0 && high >= 0.3 * low;
        let from = if starts_at_zero { 0.0 } else { low - margin };
        Self::without_ticks(from, if ends_at_zero { 0.0 } else { high + margin })
    }

    fn logarithmic(low: f64, high: f64, padding: Padding) -> Self {
        let decades = libm::log10(high) - libm::log10(low);
        let margin = if decades < 1e-9 {
            0.3
        } else if padding == Padding::None {
            0.0
        } else {
            decades * 0.04
        };
        let factor = libm::pow(10.0, margin);
        Self { log: true, ..Self::without_ticks(low / factor, high * factor) }
    }

    /// Returns the position of a value, from 0 to 1; values outside are clamped.
    pub fn position(&self, value: f64) -> f64 {
        if !self.log {
            return ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
        }
        if value <= 0.0 {
            return if self.zero { ZERO_POSITION } else { 0.0 };
        }
        let low = libm::log10(self.low);
        let position = (libm::log10(value) - low) / (libm::log10(self.high) - low);
        let position = position.clamp(0.0, 1.0);
        if self.zero { POSITIVE_START + (1.0 - POSITIVE_START) * position } else { position }
    }

    /// Position of the break, if the axis has one.
    pub fn axis_break(&self) -> Option<f64> {
        self.zero.then_some(BREAK_POSITION)
    }

    pub fn ticks(&self) -> &[(f64, String)] {
        &self.ticks
    }

    /// Width of the widest label.
    pub fn label_width(&self) -> i32 {
        self.ticks.iter().map(|(_, label)| TICK.width(label)).max().unwrap_or(0)
    }

    /// The label of the axis, with its scale.
    pub fn text(&self, axis: &Axis) -> String {
        let text = axis.text();
        match (self.log, self.forced_linear) {
            (true, _) => format!("{text}, log scale"),
            (_, true) => format!("{text}{FORCED_LINEAR}"),
            _ => text,
        }
    }

    fn choose_ticks(&mut self, extent: Extent) {
        if self.log {
            self.choose_log_ticks(extent);
        }
        if self.ticks.len() >= 2 {
            return;
        }
        let first = exponent(self.high - self.low) - 2;
        for last in first..first + 3 {
            for step in [1, 2, 5] {
                let ticks = self.multiples(step, last);
                if self.fits(&ticks, extent) {
                    self.ticks = ticks;
                    return;
                }
                // If no two ticks fit, one is better than none.
                if !ticks.is_empty() {
                    self.ticks = ticks[..1].to_vec();
                }
            }
        }
    }

    /// Ticks at the multiples of `step` times 10^`last`.
    fn multiples(&self, step: i64, last: i32) -> Vec<(f64, String)> {
        let size = step as f64 * power(last);
        let (from, to) = ((self.low / size).ceil(), (self.high / size).floor());
        if to - from > 1000.0 {
            return Vec::new();
        }
        let notation = Notation::new(self.low.abs().max(self.high.abs()), last);
        let mut ticks = Vec::new();
        let mut at = from;
        while at <= to {
            // Division by a power of ten is correctly rounded, and so is the label.
            let units = at * step as f64;
            let value = if last < 0 { units / power(-last) } else { units * power(last) };
            ticks.push((value, notation.write(value)));
            at += 1.0;
        }
        ticks
    }

    /// Chooses ticks at 1, 2 and 5 times powers of ten, else at powers of ten, else at every second,
    /// third and so on: the first that fit.
    fn choose_log_ticks(&mut self, extent: Extent) {
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
            // All labels are powers of ten, or none is.
            let notation = |value: &f64| Notation::digits(*value, 1);
            let powers = values.iter().any(|value| notation(value).powers);
            let label = |value: &f64| Notation { powers, ..notation(value) }.write(*value);
            values.iter().map(|value| (*value, label(value))).collect()
        };
        let mut candidates = vec![decades(1, &[1.0, 2.0, 5.0])];
        for stride in [1, 2, 3, 6, 12, 24, 48, 96] {
            candidates.push(decades(stride, &[1.0]));
        }
        let Some(chosen) = candidates.iter().position(|ticks| self.fits(ticks, extent)) else {
            return;
        };
        if chosen <= 1 {
            let all = decades(1, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]);
            self.minor = all.into_iter().map(|(value, _)| value).collect();
        }
        self.ticks = candidates.swap_remove(chosen);
    }

    /// Returns whether there are at least two ticks and no two are too close.
    fn fits(&self, ticks: &[(f64, String)], extent: Extent) -> bool {
        let is_apart = |pair: &[(f64, String)]| {
            let gap = self.position(pair[1].0) - self.position(pair[0].0);
            match extent {
                Extent::Vertical(length) => gap * f64::from(length) >= f64::from(32 * PX),
                Extent::Horizontal(length) => {
                    let half = (TICK.width(&pair[0].1) + TICK.width(&pair[1].1)) / 2;
                    gap * f64::from(length) >= f64::from((half + 14 * PX).max(44 * PX))
                }
            }
        };
        ticks.len() >= 2 && ticks.windows(2).all(is_apart)
    }
}

impl Axis {
    /// The longest text that [`AxisRange::text`] may return: space is reserved before values are known.
    pub(super) fn longest_text(&self) -> String {
        match self.scale {
            Scale::Linear => self.text(),
            Scale::Log => self.text() + FORCED_LINEAR,
        }
    }
}

impl Ranged for AxisRange {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (from, to): (i32, i32)) -> i32 {
        from + (f64::from(to - from) * self.position(*value)).round() as i32
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

impl ValueFormatter<f64> for AxisRange {
    fn format_ext(&self, value: &f64) -> String {
        let label = |(at, label): &(f64, String)| (at == value).then(|| label.clone());
        self.ticks.iter().find_map(label).unwrap_or_default()
    }
}
