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
use legend::Legend;

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
    /// By factors. Zero, on an axis across, has a place of its own at the start, beyond a break; with
    /// anything else that is not above zero the axis is linear, and says so.
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

/// Estimates over a number: up to 24 points with bars, where series at the same x stand a few
/// pixels beside each other; more with bands.
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

/// What can be drawn in a picture.
trait Plot {
    /// What a legend names; a plot whose names are those of the one above has none of its own.
    fn names(&self) -> Vec<String> {
        Vec::new()
    }

    /// The least width.
    fn width(&self) -> i32;
    fn height(&self) -> i32;
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

const MIN_WIDTH: i32 = 640 * PX;
const MARGIN: i32 = 16 * PX;
const BELOW_TITLE: i32 = 10 * PX;
const BELOW_LEGEND: i32 = 8 * PX;
const BELOW_PANEL: i32 = 20 * PX;
const TITLE: Style = Style { size: 16 * PX, bold: true, ..Style::TEXT };
const SUBTITLE: Style = Style { size: 13 * PX, ..Style::TEXT };

/// A part of a picture, from top to bottom.
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

    fn draw(&self, canvas: &Canvas, place: Rect) -> Drawn {
        match self {
            Self::Text(lines, style) => canvas.lines(lines, style, (place.left, place.top)),
            Self::Legend(legend) => legend.draw(canvas, place),
            Self::Plot(plot) => plot.draw(canvas, place),
            Self::Space(_) => Ok(()),
        }
    }
}

impl Picture {
    /// The picture as a document of SVG.
    #[must_use]
    pub fn svg(&self) -> String {
        let widths = self.panels.iter().map(|panel| panel.plot().width());
        let width = widths.max().unwrap_or(0).max(MIN_WIDTH);
        let parts = self.parts(width);
        let height = parts.iter().map(Part::height).sum::<i32>();
        canvas::document((width + 2 * MARGIN, height + 2 * MARGIN), &self.title, |canvas| {
            let mut top = MARGIN;
            for part in &parts {
                let place = Rect { left: MARGIN, top, width, height: part.height() };
                part.draw(canvas, place)?;
                top = place.bottom();
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
        let mut named = Vec::new();
        for plot in self.panels.iter().map(Panel::plot) {
            let names = plot.names();
            if !names.is_empty() && names != named {
                let legend = Legend::new(names.clone(), width);
                parts.extend([Part::Legend(legend), Part::Space(BELOW_LEGEND)]);
            }
            named = names;
            parts.extend([Part::Plot(plot), Part::Space(BELOW_PANEL)]);
        }
        parts.push(text(&self.footnote, Style::FAINT));
        parts
    }
}
