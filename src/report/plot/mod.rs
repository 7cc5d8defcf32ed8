//! Pictures of results as SVG: intervals per choice, distributions, lines over a number, heat maps.
//!
//! From data to text: nothing here knows of scenarios. The same data give the same bytes on every
//! machine: places are whole tenths of a pixel, logarithms are `libm`'s, and ticks are laid here, for
//! those of the library that draws take the platform's.
//!
//! Categories have the colours of Okabe and Ito, Color Universal Design (2008), but for their yellow,
//! which is lost on white, and a dash and a marker each beside: they can be told apart in grey. Heat is
//! viridis (van der Walt and Smith, matplotlib 1.5, 2015), whose lightness grows evenly.
//!
//! A number that is not finite, or beyond 1e300, is no value.

mod axis;
mod canvas;
mod distributions;
mod frame;
mod heat;
mod intervals;
mod legend;
mod lines;
mod number;

use canvas::{Canvas, Drawn, PX, Rect, Style, wrap};

/// A figure: what stands above it, panels one below the other, and what stands below.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Picture {
    /// In bold.
    pub title: String,
    /// A line below the title; may be empty.
    pub subtitle: String,
    /// Below all: the command, the seeds, the number of runs, the level of the intervals.
    pub footnote: String,
    /// From top to bottom.
    pub panels: Vec<Panel>,
}

/// One plot of a picture.
#[derive(Clone, Debug, PartialEq)]
pub enum Panel {
    /// A dot and whiskers for each choice.
    Intervals(Intervals),
    /// Cumulative distributions.
    Distributions(Distributions),
    /// Means over a number.
    Lines(Lines),
    /// A value for each pair.
    HeatMap(HeatMap),
}

/// How an axis grows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scale {
    /// Evenly.
    #[default]
    Linear,
    /// By factors. Where a value is not above zero the axis is linear instead, and says so; an axis
    /// across that has zeros and else positive numbers gives zero a place of its own at its start.
    Log,
}

/// What an axis shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Axis {
    /// The quantity.
    pub label: String,
    /// Its unit; may be empty.
    pub unit: String,
    /// Linear or logarithmic.
    pub scale: Scale,
}

/// An estimate and its interval, in the unit of its axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The estimate.
    pub mean: f64,
    /// The low end of the interval.
    pub low: f64,
    /// The high end.
    pub high: f64,
}

/// A row for each choice, a column for each metric.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Intervals {
    /// The names of the rows.
    pub choices: Vec<String>,
    /// The columns; up to three side by side, then further ones below.
    pub metrics: Vec<Metric>,
}

/// A metric of every choice.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metric {
    /// The metric.
    pub axis: Axis,
    /// One for each choice; `None`, or nothing so far down, is shown as "no value".
    pub values: Vec<Option<Estimate>>,
}

/// Empirical distributions of a metric: for each choice, the share of its runs at or below a value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Distributions {
    /// The metric.
    pub axis: Axis,
    /// A curve each.
    pub choices: Vec<Sample>,
}

/// What the runs of a choice gave.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sample {
    /// The choice.
    pub label: String,
    /// In any order. One that is not finite counts as missing.
    pub values: Vec<f64>,
    /// Runs that had no value: their share keeps the curve below 1.
    pub missing: usize,
}

/// Estimates over a number.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lines {
    /// What was varied.
    pub x: Axis,
    /// What was measured.
    pub y: Axis,
    /// A line each.
    pub series: Vec<Series>,
}

/// A line.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// The choice.
    pub label: String,
    /// By x, in any order; where there is no value, a gap, and a cross at the foot.
    pub points: Vec<(f64, Option<Estimate>)>,
}

/// A value for each pair of a column and a row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HeatMap {
    /// What the columns are, from left to right.
    pub x: Categories,
    /// What the rows are, from the bottom up.
    pub y: Categories,
    /// What the colour means.
    pub value: Axis,
    /// Row by row, the lowest first: `cells[y * x.names.len() + x]`. `None` is hatched.
    pub cells: Vec<Option<f64>>,
}

/// The names along one side of a heat map.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Categories {
    /// What they are values of, with its unit.
    pub label: String,
    /// The names.
    pub names: Vec<String>,
}

impl Axis {
    /// A linear axis.
    #[must_use]
    pub fn linear(label: impl Into<String>, unit: impl Into<String>) -> Self {
        Self { label: label.into(), unit: unit.into(), scale: Scale::Linear }
    }

    /// A logarithmic axis.
    #[must_use]
    pub fn log(label: impl Into<String>, unit: impl Into<String>) -> Self {
        Self { scale: Scale::Log, ..Self::linear(label, unit) }
    }

    fn text(&self) -> String {
        match (self.label.is_empty(), self.unit.is_empty()) {
            (_, true) => self.label.clone(),
            (true, false) => self.unit.clone(),
            (false, false) => format!("{} ({})", self.label, self.unit),
        }
    }
}

impl Estimate {
    /// An estimate with no interval.
    #[must_use]
    pub const fn exact(value: f64) -> Self {
        Self { mean: value, low: value, high: value }
    }

    /// The estimate if it is a value; an end that is none, or on the wrong side, is the mean.
    fn checked(self) -> Option<Self> {
        let mean = value(self.mean)?;
        let low = value(self.low).unwrap_or(mean).min(mean);
        let high = value(self.high).unwrap_or(mean).max(mean);
        Some(Self { mean, low, high })
    }
}

/// A number that can be drawn.
fn value(number: f64) -> Option<f64> {
    let drawable = number.is_finite() && number.abs() < 1e300;
    drawable.then_some(if number.abs() < 1e-300 { 0.0 } else { number })
}

/// What can be drawn in a picture: how wide it must be, how high it then is.
trait Plot {
    fn width(&self) -> i32;
    fn height(&self, width: i32) -> i32;
    fn draw(&self, canvas: &Canvas, place: Rect) -> Drawn;
}

impl Panel {
    fn plot(&self) -> &dyn Plot {
        match self {
            Self::Intervals(plot) => plot,
            Self::Distributions(plot) => plot,
            Self::Lines(plot) => plot,
            Self::HeatMap(plot) => plot,
        }
    }
}

const LEAST_WIDTH: i32 = 640 * PX;
const MARGIN: i32 = 16 * PX;
const BETWEEN_PANELS: i32 = 20 * PX;
const TITLE: Style = Style { size: 16 * PX, bold: true, ..Style::TEXT };
const SUBTITLE: Style = Style { size: 13 * PX, ..Style::TEXT };
const FOOTNOTE: Style = Style::FAINT;

impl Picture {
    /// The picture as a document of SVG.
    #[must_use]
    pub fn svg(&self) -> String {
        let widths = self.panels.iter().map(|panel| panel.plot().width());
        let inner = widths.max().unwrap_or(0).max(LEAST_WIDTH);
        let head = wrap(&self.title, &TITLE, inner);
        let below = wrap(&self.subtitle, &SUBTITLE, inner);
        let foot = wrap(&self.footnote, &FOOTNOTE, inner);
        let lines = |style: &Style, lines: &[String]| style.line() * lines.len() as i32;
        let heights: Vec<i32> =
            self.panels.iter().map(|panel| panel.plot().height(inner)).collect();
        let panels: i32 = heights.iter().map(|height| height + BETWEEN_PANELS).sum();
        let empty = if self.panels.is_empty() { 60 * PX } else { 0 };
        let around = lines(&TITLE, &head) + lines(&SUBTITLE, &below) + lines(&FOOTNOTE, &foot);
        let size = (inner + 2 * MARGIN, 2 * MARGIN + around + 10 * PX + panels + empty);
        canvas::document(size, &self.title, |canvas| {
            let mut top = MARGIN;
            for (style, text) in [(&TITLE, &head), (&SUBTITLE, &below)] {
                canvas.lines(text, style, (MARGIN, top))?;
                top += lines(style, text);
            }
            top += 10 * PX;
            if self.panels.is_empty() {
                canvas.text("nothing to show", &Style::FAINT, (MARGIN, top))?;
                top += empty;
            }
            for (panel, height) in self.panels.iter().zip(heights) {
                let place = Rect { left: MARGIN, top, width: inner, height };
                panel.plot().draw(canvas, place)?;
                top += height + BETWEEN_PANELS;
            }
            canvas.lines(&foot, &FOOTNOTE, (MARGIN, top))
        })
    }
}
