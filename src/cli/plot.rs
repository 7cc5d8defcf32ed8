//! Plots of comparisons and sweeps: chooses the kind of plot and converts the results.

use std::collections::BTreeSet;
use std::path::Path;

use super::exit::Failure;
use crate::experiment::compare::{self, Sample};
use crate::experiment::design::{self, Design, Level, Value};
use crate::experiment::results::{FileMark, Outputs, Target};
use crate::experiment::statistics::{Interval, Moments};
use crate::metrics::{MetricInfo, Unit, column};
use crate::report::plot::{self, Axis, Distributions, Figure, Panel};
use crate::report::{self, ComparisonReport, DisplayUnit};
use crate::scenario::{Diagnostic, printable};

/// Claims the file of a plot, if one is asked for.
///
/// # Errors
/// A file that this program did not write.
pub fn claim(outputs: &mut Outputs, path: Option<&Path>) -> Result<Option<Target>, Diagnostic> {
    path.map(|path| outputs.claim(path, FileMark::Drawing)).transpose()
}

/// Plots the intervals of every metric, and the distributions of the first.
pub fn comparison_figure(report: &ComparisonReport<'_>, samples: &[Sample]) -> Figure {
    let ComparisonReport { scenario, names, metrics, seed, runs, comparison, .. } = report;
    let unit = |metric: usize| {
        let means = comparison.estimates.iter().filter_map(|choice| choice[metric].mean);
        DisplayUnit::new(metrics[metric].column(), means)
    };
    let axis = |metric: usize| axis(metrics[metric].column(), unit(metric));
    let metric = |metric: usize| {
        let values = comparison.estimates.iter().map(|choice| {
            let compare::Estimate { mean, ci95, .. } = choice[metric];
            estimate(mean, ci95, unit(metric).scale)
        });
        plot::Metric { axis: axis(metric), values: values.collect() }
    };
    let intervals = plot::Intervals {
        choices: names.to_vec(),
        metrics: (0..metrics.len()).map(metric).collect(),
    };
    let sample = |sample: &Sample| plot::Sample {
        label: sample.name.clone(),
        values: sample.values[0].iter().flatten().map(|value| value / unit(0).scale).collect(),
        missing: sample.values[0].iter().filter(|value| value.is_none()).count(),
    };
    let mut panels = vec![Panel::Intervals(intervals)];
    if names.len() <= MAX_CURVES && !metrics.is_empty() {
        let choices = samples.iter().map(sample).collect();
        panels.push(Panel::Distributions(Distributions { axis: axis(0), choices }));
    }
    let last = seed.wrapping_add(runs.saturating_sub(1));
    Figure {
        title: format!("{} choices", names.len()),
        subtitle: (*scenario).to_owned(),
        footnote: format!(
            "means and 95 % intervals of {} each, seeds {seed} to {last}",
            run_count(comparison.estimates.iter().flatten().map(|estimate| estimate.n), *runs)
        ),
        panels,
    }
}

/// Formats the number of runs with a value: `200 runs`, or `the 9 to 200 of 200 runs with a value`.
fn run_count(counts: impl Iterator<Item = u64>, runs: u64) -> String {
    match report::incomplete(counts, runs) {
        None => format!("{runs} runs"),
        Some(count) => format!("the {count} of {runs} runs with a value"),
    }
}

/// The axis of a metric. The suffix `_ms` is removed from the name because the axis has a unit.
fn axis(metric: &MetricInfo, unit: DisplayUnit) -> Axis {
    Axis::linear(metric.stem(), unit.unit)
}

/// Most curves of distributions that can be distinguished. A guess.
const MAX_CURVES: usize = 8;

/// Converts a mean and its interval to a display unit.
fn estimate(mean: Option<f64>, ci95: Option<Interval>, scale: f64) -> Option<plot::Estimate> {
    let mean = mean?;
    let (low, high) = ci95.map_or((mean, mean), |ci95| (ci95.low, ci95.high));
    Some(plot::Estimate { mean: mean / scale, low: low / scale, high: high / scale })
}

/// How a sweep is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// Means over a number, a line for each of what else was varied
    Lines,
    /// A colour for each pair of levels of two axes
    Heat,
    /// A dot and whiskers for each point
    Intervals,
}

/// The results of a sweep: indices of columns, and moments by point, then by metric.
pub struct SweepResults<'a> {
    pub design: &'a Design,
    pub metrics: &'a [usize],
    pub moments: &'a [Vec<Moments>],
}

/// Axes that vary together, shown along one dimension of a plot.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Dimension {
    /// The axis whose levels are shown: the first of numbers or times, else the first.
    axis: usize,
    is_numeric: bool,
    /// All axes of the dimension.
    together: Vec<usize>,
}

impl Dimension {
    /// The names of the axes, first that of the axis shown.
    fn label(&self, design: &Design) -> String {
        let name = |&axis: &usize| design.axes[axis].name.clone();
        let others: Vec<_> =
            self.together.iter().filter(|axis| **axis != self.axis).map(name).collect();
        match &others[..] {
            [] => name(&self.axis),
            others => format!("{} with {}", name(&self.axis), others.join(", ")),
        }
    }
}

/// The dimensions of a design that have more than one level.
fn dimensions(design: &Design) -> Vec<Dimension> {
    let dimension = |group: &Vec<usize>| {
        let varied = |axis: &&usize| design.axes[**axis].levels.len() > 1;
        let together: Vec<usize> = group.iter().filter(varied).copied().collect();
        let numeric = together.iter().find(|axis| numbers(&design.axes[**axis]).is_some());
        let axis = *numeric.or(together.first())?;
        Some(Dimension { axis, is_numeric: numeric.is_some(), together })
    };
    design.points.zip_groups().iter().filter_map(dimension).collect()
}

/// Returns whether a heat map can show a design: it has two dimensions with at most [`MAX_CELLS`] levels
/// each, no two points in one cell, and points in most cells. A random sample has none of these.
fn is_plane(design: &Design, dimensions: &[Dimension]) -> bool {
    let [y, x] = dimensions else { return false };
    let cells = (0..design.points.count()).map(|point| {
        let levels = design.points.get(point);
        (levels[y.axis], levels[x.axis])
    });
    let filled: BTreeSet<_> = cells.collect();
    let rows: BTreeSet<_> = filled.iter().map(|(row, _)| row).collect();
    let columns: BTreeSet<_> = filled.iter().map(|(_, column)| column).collect();
    let max = dimensions
        .iter()
        .map(|dimension| design.axes[dimension.axis].levels.len())
        .max()
        .unwrap_or(0);
    max <= MAX_CELLS
        && filled.len() == design.points.count() as usize
        && 2 * filled.len() > rows.len() * columns.len()
}

/// Most cells of a heat map along a dimension. A guess.
const MAX_CELLS: usize = 60;

/// The horizontal axis of a line plot: the numeric dimension with most levels.
fn line_dimension(design: &Design, dimensions: &[Dimension]) -> Option<Dimension> {
    let levels = |dimension: &&Dimension| design.axes[dimension.axis].levels.len();
    dimensions.iter().rev().filter(|dimension| dimension.is_numeric).max_by_key(levels).cloned()
}

/// Returns the requested kind of plot, or the one that suits the design.
///
/// # Errors
/// A kind that cannot show the design, or not legibly.
pub fn kind(design: &Design, requested: Option<Kind>) -> Result<Kind, Failure> {
    let dimensions = dimensions(design);
    let is_plane = is_plane(design, &dimensions);
    let series = line_dimension(design, &dimensions).map_or_else(Vec::new, |x| series(design, &x));
    let (lines, count) = (series.len(), design.points.count());
    // A random sample would have a line for each point.
    let is_scattered = count > 1 && series.iter().all(|(_, points)| points.len() == 1);
    let kind = requested.unwrap_or(match lines {
        _ if is_plane && dimensions.iter().all(|dimension| dimension.is_numeric) => Kind::Heat,
        0 => Kind::Intervals,
        _ if is_scattered && count <= MAX_ROWS => Kind::Intervals,
        _ => Kind::Lines,
    });
    let refuse = |reason: String| Err(Failure::Misuse(format!("--plot: {reason}")));
    match kind {
        Kind::Heat if !is_plane => refuse(format!(
            "a heat map needs two axes with a point for most pairs of levels and no two for one, of \
             {} that vary, axes that go together counted as one; expected other levels, PATH=VALUE,.., \
             or another --plot-as",
            dimensions.len()
        )),
        Kind::Lines => match lines {
            0 => refuse(
                "lines need an axis of numbers or times; expected --plot-as intervals".into(),
            ),
            1..=MAX_SERIES => Ok(kind),
            many => refuse(format!(
                "{many} lines cannot be told apart; expected at most {MAX_SERIES}: \
                 narrow an axis, PATH=VALUE"
            )),
        },
        Kind::Intervals if count > MAX_ROWS => refuse(format!(
            "{count} points are too many for one picture; expected at most {MAX_ROWS}"
        )),
        Kind::Heat | Kind::Intervals => Ok(kind),
    }
}

impl SweepResults<'_> {
    /// Plots the results as a kind that [`kind`] has returned.
    pub fn figure(&self, kind: Kind, command: &str) -> Figure {
        let dimensions = dimensions(self.design);
        let metrics = 0..self.metrics.len();
        let panels: Vec<Panel> = match kind {
            Kind::Heat => {
                metrics.map(|metric| self.heat(metric, &dimensions[0], &dimensions[1])).collect()
            }
            Kind::Lines => line_dimension(self.design, &dimensions).map_or_else(Vec::new, |x| {
                let series = series(self.design, &x);
                metrics.map(|metric| self.lines(metric, &x, &series)).collect()
            }),
            Kind::Intervals => vec![self.intervals()],
        };
        let seeds = self.design.seeds;
        let last = seeds.last(self.design.points.count());
        let footnote = match seeds.count() {
            1 if !seeds.jobs().is_independent => format!("one run at each point, seed {last}"),
            runs => format!(
                "means and 95 % intervals of {} at each point, seeds {} to {last}{}",
                run_count(self.moments.iter().flatten().map(Moments::n), runs),
                seeds.first(),
                if seeds.jobs().is_independent { " in all" } else { "" }
            ),
        };
        let about = printable(&self.design.about);
        let command = &*printable(command);
        let (title, subtitle) =
            if about.is_empty() { (command, "") } else { (&about[..], command) };
        Figure { title: title.into(), subtitle: subtitle.into(), footnote, panels }
    }

    fn unit(&self, metric: usize) -> DisplayUnit {
        let means = self.moments.iter().filter_map(|point| point[metric].mean());
        DisplayUnit::new(column(self.metrics[metric]), means)
    }

    fn axis(&self, metric: usize) -> Axis {
        axis(column(self.metrics[metric]), self.unit(metric))
    }

    fn estimate(&self, point: u32, metric: usize) -> Option<plot::Estimate> {
        let moments = &self.moments[point as usize][metric];
        let info = column(self.metrics[metric]);
        let (mean, ci95) = (moments.mean(), compare::interval(info, moments));
        estimate(mean, ci95, self.unit(metric).scale)
    }

    fn heat(&self, metric: usize, y: &Dimension, x: &Dimension) -> Panel {
        let categories = |dimension: &Dimension| {
            let levels = &self.design.axes[dimension.axis].levels;
            let names = levels.iter().map(|level| level.value.to_string()).collect();
            plot::Categories { label: dimension.label(self.design), names }
        };
        let width = self.design.axes[x.axis].levels.len();
        let mut cells = vec![None; width * self.design.axes[y.axis].levels.len()];
        for point in 0..self.design.points.count() {
            let levels = self.design.points.get(point);
            let cell = levels[y.axis] as usize * width + levels[x.axis] as usize;
            cells[cell] = self.estimate(point, metric).map(|estimate| estimate.mean);
        }
        let (x, y) = (categories(x), categories(y));
        Panel::HeatMap(plot::HeatMap { x, y, value: self.axis(metric), cells })
    }

    fn lines(&self, metric: usize, x: &Dimension, series: &[(String, Vec<u32>)]) -> Panel {
        let (axis, name) = (&self.design.axes[x.axis], x.label(self.design));
        let (numbers, unit) = numbers(axis).unwrap_or_default();
        let line = |(label, points): &(String, Vec<u32>)| {
            let value = |&point: &u32| {
                let level = self.design.points.get(point)[x.axis] as usize;
                (numbers[level], self.estimate(point, metric))
            };
            let mut points: Vec<_> = points.iter().map(value).collect();
            // Excluded points are gaps in the line.
            if numbers.len() <= MAX_GAPS {
                let present: Vec<f64> = points.iter().map(|(x, _)| *x).collect();
                points.extend(numbers.iter().filter(|x| !present.contains(x)).map(|&x| (x, None)));
            }
            plot::Series { label: label.clone(), points }
        };
        let x = if axis.is_logarithmic() || is_wide_range(&numbers) {
            Axis::log(name, unit)
        } else {
            Axis::linear(name, unit)
        };
        let series: Vec<plot::Series> = series.iter().map(line).collect();
        let estimates = series.iter().flat_map(|line| &line.points).filter_map(|(_, one)| *one);
        let means: Vec<f64> = estimates.map(|estimate| estimate.mean).collect();
        let mut y = self.axis(metric);
        let is_share = matches!(column(self.metrics[metric]).unit, Unit::Share | Unit::Indicator);
        if !is_share && means.iter().all(|&mean| mean > 0.0) && is_wide_range(&means) {
            y.scale = plot::Scale::Log;
        }
        Panel::Lines(plot::Lines { x, y, series })
    }

    fn intervals(&self) -> Panel {
        let points = 0..self.design.points.count();
        let metric = |metric: usize| plot::Metric {
            axis: self.axis(metric),
            values: points.clone().map(|point| self.estimate(point, metric)).collect(),
        };
        Panel::Intervals(plot::Intervals {
            choices: points.clone().map(|point| self.design.name(point)).collect(),
            metrics: (0..self.metrics.len()).map(metric).collect(),
        })
    }
}

/// The series of a line plot over `x`: the levels of the other dimensions as a name, and the points.
fn series(design: &Design, x: &Dimension) -> Vec<(String, Vec<u32>)> {
    let mut series: Vec<(String, Vec<u32>)> = Vec::new();
    for point in 0..design.points.count() {
        let others = design.axes.iter().zip(design.levels(point)).enumerate();
        let varied =
            others.filter(|(axis, (one, _))| !x.together.contains(axis) && one.levels.len() > 1);
        let word = |(_, (axis, level)): (usize, (&design::Axis, &Level))| match &level.value {
            Value::Text(text) => text.clone(),
            value => format!("{}={value}", axis.name),
        };
        let name = varied.map(word).collect::<Vec<_>>().join(", ");
        match series.iter_mut().find(|(other, _)| *other == name) {
            Some((_, points)) => points.push(point),
            None => series.push((name, vec![point])),
        }
    }
    series
}

/// Most series that can be distinguished in a line plot. A guess.
const MAX_SERIES: usize = 12;

/// Most levels of an axis for which missing points are gaps. A random sample has more, one a point.
const MAX_GAPS: usize = 100;

/// Most rows of intervals that are legible. A guess.
const MAX_ROWS: u32 = 60;

/// The levels of an axis as numbers with their unit; `None` if they are not numeric.
fn numbers(axis: &design::Axis) -> Option<(Vec<f64>, &'static str)> {
    let number = |level: &Level| match &level.value {
        Value::Integer(number) => Some(*number as f64),
        Value::Number(number) => Some(*number),
        _ => None,
    };
    if let Some(numbers) = axis.levels.iter().map(number).collect() {
        return Some((numbers, ""));
    }
    let length = |level: &Level| level.value.duration().map(|length| length.as_ms());
    let ms: Vec<f64> = axis.levels.iter().map(length).collect::<Option<_>>()?;
    let DisplayUnit { unit, scale } = DisplayUnit::from_ms(ms.iter().copied());
    Some((ms.into_iter().map(|ms| ms / scale).collect(), unit))
}

/// Returns whether the positive numbers span a range that is illegible on a linear axis.
fn is_wide_range(numbers: &[f64]) -> bool {
    let positive = numbers.iter().copied().filter(|&number| number > 0.0);
    let (min, max) = positive.fold((f64::MAX, 0.0), |(a, b), n| (f64::min(a, n), f64::max(b, n)));
    max > 50.0 * min
}
