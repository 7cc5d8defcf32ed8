//! Plots of results as SVG: intervals by choice, distributions, lines, heat maps.
//!
//! The module turns data into text and does not depend on scenarios. The same data produce the same
//! bytes on every machine: coordinates are integers in tenths of a pixel, logarithms come from `libm`,
//! and ticks are computed here because those of the plotting library use float functions of the
//! platform.
//!
//! Categories have the colours of Okabe and Ito, Color Universal Design (2008), without the yellow,
//! which has too little contrast on white. Each also has a dash pattern and a marker, so that they can
//! be distinguished without colour. Heat maps use viridis (van der Walt and Smith, matplotlib 1.5,
//! 2015), whose lightness increases evenly.
//!
//! A number that is not finite, or at least 1e300 in absolute value, is a missing value.

mod axis;
mod canvas;
mod distributions;
mod frame;
mod heat;
mod intervals;
mod legend;
mod lines;
mod number;

use canvas::{Canvas, DrawResult, PX, Rect, Style, wrap};
use legend::Legend;

/// A figure: title, panels from top to bottom, footnote.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figure {
    /// Printed in bold, and the accessible title of the SVG document.
    pub title: String,
    /// A line below the title; may be empty.
    pub subtitle: String,
    /// Provenance below the panels: command, seeds, number of runs, confidence level.
    pub footnote: String,
    /// Plots from top to bottom.
    pub panels: Vec<Panel>,
}

/// One plot of a figure.
#[derive(Clone, Debug, PartialEq)]
pub enum Panel {
    /// A dot with whiskers for each choice.
    Intervals(Intervals),
    /// Empirical cumulative distributions.
    Distributions(Distributions),
    /// Means over a numeric variable.
    Lines(Lines),
    /// A colour for each pair of categories.
    HeatMap(HeatMap),
}

/// The scale of an axis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scale {
    /// Equal steps for equal differences.
    #[default]
    Linear,
    /// Equal steps for equal factors. On a horizontal axis, zero is shown at the start, before a break.
    /// With negative values, or with zero on a vertical axis, the axis is linear and its label says so.
    Log,
}

/// The quantity on an axis.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Axis {
    /// Name of the quantity; may be empty.
    pub label: String,
    /// Unit of the quantity; may be empty.
    pub unit: String,
    /// Requested scale; see [`Scale::Log`] for when it is not used.
    pub scale: Scale,
}

/// A mean and its confidence interval, in the unit of its axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// Point estimate.
    pub mean: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

/// A row for each choice, a column for each metric.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Intervals {
    /// Names of the rows, from top to bottom.
    pub choices: Vec<String>,
    /// Columns; up to three side by side, further ones below.
    pub metrics: Vec<Metric>,
}

/// The values of a metric, by choice.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metric {
    /// Horizontal axis of the column.
    pub axis: Axis,
    /// One for each choice; `None` or a missing entry is shown as "no value".
    pub values: Vec<Option<Estimate>>,
}

/// Empirical distributions of a metric: for each choice, the share of its runs at or below a value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Distributions {
    /// Horizontal axis: the metric.
    pub axis: Axis,
    /// Samples, one curve each.
    pub choices: Vec<Sample>,
}

/// The values of a metric in the runs of a choice.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sample {
    /// Name of the choice.
    pub label: String,
    /// Values in any order. A value that is not finite counts as missing.
    pub values: Vec<f64>,
    /// Number of runs without a value; they keep the curve below 1.
    pub missing: usize,
}

/// Estimates over a numeric variable. Series of up to 24 points have error bars, shifted by a few
/// pixels so that bars at the same x do not overlap; longer ones have bands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lines {
    /// Horizontal axis: the variable.
    pub x: Axis,
    /// Vertical axis: the metric.
    pub y: Axis,
    /// Series, one line each.
    pub series: Vec<Series>,
}

/// Estimates of one choice.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// Name of the choice.
    pub label: String,
    /// Estimates by x, in any order; `None` is a gap in the line with a cross at the axis.
    pub points: Vec<(f64, Option<Estimate>)>,
}

/// A value for each pair of a column and a row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HeatMap {
    /// Columns from left to right.
    pub x: Categories,
    /// Rows from bottom to top.
    pub y: Categories,
    /// Axis of the colour scale.
    pub value: Axis,
    /// Row-major from the bottom: `cells[y * x.names.len() + x]`. `None` is hatched.
    pub cells: Vec<Option<f64>>,
}

/// The categories along one side of a heat map.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Categories {
    /// Name of the variable, with its unit.
    pub label: String,
    /// Name of each category.
    pub names: Vec<String>,
}

impl Axis {
    /// Creates a linear axis.
    #[must_use]
    pub fn linear(label: impl Into<String>, unit: impl Into<String>) -> Self {
        Self { label: label.into(), unit: unit.into(), scale: Scale::Linear }
    }

    /// Creates a logarithmic axis.
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
    /// Creates an estimate whose interval is the value itself.
    #[must_use]
    pub const fn exact(value: f64) -> Self {
        Self { mean: value, low: value, high: value }
    }

    /// Returns the estimate if its mean can be drawn. An end that cannot be drawn, or is on the wrong
    /// side of the mean, becomes the mean.
    fn checked(self) -> Option<Self> {
        let mean = value(self.mean)?;
        let low = value(self.low).unwrap_or(mean).min(mean);
        let high = value(self.high).unwrap_or(mean).max(mean);
        Some(Self { mean, low, high })
    }
}

/// Returns a number if it can be drawn; tiny ones become 0.
fn value(number: f64) -> Option<f64> {
    let is_drawable = number.is_finite() && number.abs() < 1e300;
    is_drawable.then_some(if number.abs() < 1e-300 { 0.0 } else { number })
}

/// A drawable panel.
trait Plot {
    /// Entries of the legend; a plot with the entries of the plot above has no legend of its own.
    fn names(&self) -> Vec<String> {
        Vec::new()
    }

    /// Minimum width.
    fn width(&self) -> i32;
    fn height(&self) -> i32;
    fn draw(&self, canvas: &Canvas, rect: Rect) -> DrawResult;
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

const MIN_WIDTH: i32 = 640 * PX;
const MARGIN: i32 = 16 * PX;
const BELOW_TITLE: i32 = 10 * PX;
const BELOW_LEGEND: i32 = 8 * PX;
const BELOW_PANEL: i32 = 20 * PX;
const TITLE: Style = Style { size: 16 * PX, bold: true, ..Style::TEXT };
const SUBTITLE: Style = Style { size: 13 * PX, ..Style::TEXT };

/// A part of a figure; parts are stacked from top to bottom.
enum Part<'a> {
    Text(Vec<String>, Style),
    Legend(Legend),
    Plot(&'a dyn Plot),
    Space(i32),
}

impl Part<'_> {
    fn height(&self) -> i32 {
        match self {
            Self::Text(lines, style) => lines.len() as i32 * style.line(),
            Self::Legend(legend) => legend.height(),
            Self::Plot(plot) => plot.height(),
            Self::Space(height) => *height,
        }
    }

    fn draw(&self, canvas: &Canvas, rect: Rect) -> DrawResult {
        match self {
            Self::Text(lines, style) => canvas.lines(lines, style, (rect.left, rect.top)),
            Self::Legend(legend) => legend.draw(canvas, rect),
            Self::Plot(plot) => plot.draw(canvas, rect),
            Self::Space(_) => Ok(()),
        }
    }
}

impl Figure {
    /// Renders the figure as an SVG document.
    #[must_use]
    pub fn svg(&self) -> String {
        let widths = self.panels.iter().map(|panel| panel.plot().width());
        let width = widths.max().unwrap_or(0).max(MIN_WIDTH);
        let parts = self.parts(width);
        let height = parts.iter().map(Part::height).sum::<i32>();
        canvas::document((width + 2 * MARGIN, height + 2 * MARGIN), &self.title, |canvas| {
            let mut top = MARGIN;
            for part in &parts {
                let rect = Rect { left: MARGIN, top, width, height: part.height() };
                part.draw(canvas, rect)?;
                top = rect.bottom();
            }
            Ok(())
        })
    }

    fn parts(&self, width: i32) -> Vec<Part<'_>> {
        let text = |text: &str, style: Style| Part::Text(wrap(text, &style, width), style);
        let mut parts = vec![text(&self.title, TITLE), text(&self.subtitle, SUBTITLE)];
        parts.push(Part::Space(BELOW_TITLE));
        if self.panels.is_empty() {
            parts.extend([text("nothing to show", Style::FAINT), Part::Space(BELOW_PANEL)]);
        }
        let mut previous = Vec::new();
        for plot in self.panels.iter().map(Panel::plot) {
            let names = plot.names();
            if !names.is_empty() && names != previous {
                let legend = Legend::new(names.clone(), width);
                parts.extend([Part::Legend(legend), Part::Space(BELOW_LEGEND)]);
            }
            previous = names;
            parts.extend([Part::Plot(plot), Part::Space(BELOW_PANEL)]);
        }
        parts.push(text(&self.footnote, Style::FAINT));
        parts
    }
}
