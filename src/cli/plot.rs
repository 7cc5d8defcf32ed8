//! Pictures of what was measured: which plot tells it best.

use std::collections::BTreeSet;

use super::Failure;
use crate::experiment::compare::{self, Sample};
use crate::experiment::design::{self, Design, Level, Value};
use crate::experiment::statistics::{Interval, Moments};
use crate::metrics::{METRICS, MetricInfo};
use crate::report::plot::{self, Axis, Distributions, Figure, Panel};
use crate::report::{self, ComparisonReport, DisplayUnit};
use crate::scenario::printable;

/// Intervals of every metric, and the distribution of the first.
pub fn of_comparison(compared: &ComparisonReport<'_>, samples: &[Sample]) -> Figure {
    let ComparisonReport { scenario, names, metrics, seed, runs, comparison, .. } = compared;
    let shown = |place: usize| {
        let means = comparison.estimates.iter().filter_map(|choice| choice[place].mean);
        DisplayUnit::new(metrics[place].column(), means)
    };
    let axis = |place: usize| axis(metrics[place].column(), shown(place));
    let metric = |place: usize| {
        let estimates = comparison.estimates.iter();
        let values = estimates.map(|choice| {
            let compare::Estimate { mean, ci95, .. } = choice[place];
            drawn(mean, ci95, shown(place).scale)
        });
        let values = values.collect();
        plot::Metric { axis: axis(place), values }
    };
    let intervals = plot::Intervals {
        choices: names.to_vec(),
        metrics: (0..metrics.len()).map(metric).collect(),
    };
    let sample = |sample: &Sample| plot::Sample {
        label: sample.name.clone(),
        values: sample.values[0].iter().flatten().map(|value| value / shown(0).scale).collect(),
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
            valued(comparison.estimates.iter().flatten().map(|estimate| estimate.n), *runs)
        ),
        panels,
    }
}

/// How many runs had a value, where not all had: `200 runs`, or `the 9 to 200 of 200 runs with a
/// value`.
fn valued(counts: impl Iterator<Item = u64>, runs: u64) -> String {
    match report::incomplete(counts, runs) {
        None => format!("{runs} runs"),
        Some(fewer) => format!("the {fewer} of {runs} runs with a value"),
    }
}

/// A metric in the unit that it is shown in, which its name need not say again.
fn axis(column: &MetricInfo, shown: DisplayUnit) -> Axis {
    Axis::linear(column.name.strip_suffix("_ms").unwrap_or(column.name), shown.unit)
}

/// More curves than this cannot be told from each other.
const MAX_CURVES: usize = 8;

/// A mean and its interval in another unit.
fn drawn(mean: Option<f64>, ci95: Option<Interval>, scale: f64) -> Option<plot::Estimate> {
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

/// What a sweep gave: metrics by their places, and their moments by point, then by metric.
pub struct SweepResults<'a> {
    pub design: &'a Design,
    pub metrics: &'a [usize],
    pub moments: &'a [Vec<Moments>],
}

/// What a picture can show along a side: axes that go together, of which one stands for all.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Side {
    /// The axis that stands for them: the first of numbers or times, if there is one.
    axis: usize,
    is_numbered: bool,
    /// All of them.
    together: Vec<usize>,
}

impl Side {
    /// The names of its axes, that of its own first.
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

/// The sides along which a design varies.
fn sides(design: &Design) -> Vec<Side> {
    let side = |group: &Vec<usize>| {
        let varied = |axis: &&usize| design.axes[**axis].levels.len() > 1;
        let together: Vec<usize> = group.iter().filter(varied).copied().collect();
        let numbered = together.iter().find(|axis| numbers(&design.axes[**axis]).is_some());
        let axis = *numbered.or(together.first())?;
        Some(Side { axis, is_numbered: numbered.is_some(), together })
    };
    design.points.zip_groups().iter().filter_map(side).collect()
}

/// Whether two sides make a plane: no two points at the same place, places not too many to be drawn,
/// and most of them filled. A diagonal, such as of samples, is no plane.
fn is_plane(design: &Design, sides: &[Side]) -> bool {
    let [y, x] = sides else { return false };
    let places = (0..design.points.count()).map(|point| {
        let levels = design.points.get(point);
        (levels[y.axis], levels[x.axis])
    });
    let filled: BTreeSet<_> = places.collect();
    let rows: BTreeSet<_> = filled.iter().map(|(row, _)| row).collect();
    let columns: BTreeSet<_> = filled.iter().map(|(_, column)| column).collect();
    let most = sides.iter().map(|side| design.axes[side.axis].levels.len()).max().unwrap_or(0);
    most <= MAX_CELLS
        && filled.len() == design.points.count() as usize
        && 2 * filled.len() > rows.len() * columns.len()
}

/// Cells of a heat map along a side. A guess: more are not told from each other.
const MAX_CELLS: usize = 60;

/// The side of numbers along which lines run: the one with most levels.
fn along(design: &Design, sides: &[Side]) -> Option<Side> {
    let levels = |side: &&Side| design.axes[side.axis].levels.len();
    sides.iter().rev().filter(|side| side.is_numbered).max_by_key(levels).cloned()
}

/// How a design is drawn: as asked for, or as suits its axes.
///
/// # Errors
/// A picture that cannot be drawn, or not be read.
pub fn kind(design: &Design, asked: Option<Kind>) -> Result<Kind, Failure> {
    let sides = sides(design);
    let is_plane = is_plane(design, &sides);
    let series = along(design, &sides).map_or_else(Vec::new, |x| series(design, &x));
    let (lines, count) = (series.len(), design.points.count());
    // A sample has a line for each of its points.
    let is_scattered = count > 1 && series.iter().all(|(_, points)| points.len() == 1);
    let kind = asked.unwrap_or(match lines {
        _ if is_plane && sides.iter().all(|side| side.is_numbered) => Kind::Heat,
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
            sides.len()
        )),
        Kind::Lines => match lines {
            0 => refuse(
                "lines need an axis of numbers or times; expected --plot-as intervals".into(),
            ),
            1..=MAX_SERIES => Ok(kind),
            many => refuse(format!(
                "{many} lines cannot be told from each other; expected at most {MAX_SERIES}: \
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
    /// A picture of a kind that [`kind`] allows.
    pub fn picture(&self, kind: Kind, command: &str) -> Figure {
        let sides = sides(self.design);
        let metrics = 0..self.metrics.len();
        let panels: Vec<Panel> = match kind {
            Kind::Heat => metrics.map(|metric| self.heat(metric, &sides[0], &sides[1])).collect(),
            Kind::Lines => along(self.design, &sides).map_or_else(Vec::new, |x| {
                let series = series(self.design, &x);
                metrics.map(|metric| self.lines(metric, &x, &series)).collect()
            }),
            Kind::Intervals => vec![self.intervals()],
        };
        let seeds = self.design.seeds;
        let last = seeds.first().wrapping_add(seeds.count() - 1);
        let footnote = match seeds.count() {
            1 => format!("one run at each point, seed {last}"),
            runs => format!(
                "means and 95 % intervals of {} at each point, seeds {} to {last}",
                valued(self.moments.iter().flatten().map(Moments::n), runs),
                seeds.first()
            ),
        };
        let about = printable(&self.design.about);
        let command = &*printable(command);
        let (title, subtitle) =
            if about.is_empty() { (command, "") } else { (&about[..], command) };
        Figure { title: title.into(), subtitle: subtitle.into(), footnote, panels }
    }

    fn shown(&self, metric: usize) -> DisplayUnit {
        let means = self.moments.iter().filter_map(|point| point[metric].mean());
        DisplayUnit::new(&METRICS[self.metrics[metric]], means)
    }

    fn value(&self, metric: usize) -> Axis {
        axis(&METRICS[self.metrics[metric]], self.shown(metric))
    }

    fn estimate(&self, point: u32, metric: usize) -> Option<plot::Estimate> {
        let moments = &self.moments[point as usize][metric];
        let column = &METRICS[self.metrics[metric]];
        let (mean, ci95) = (moments.mean(), compare::interval(column, moments));
        drawn(mean, ci95, self.shown(metric).scale)
    }

    fn heat(&self, metric: usize, y: &Side, x: &Side) -> Panel {
        let categories = |side: &Side| {
            let levels = &self.design.axes[side.axis].levels;
            let names = levels.iter().map(|level| level.value.to_string()).collect();
            plot::Categories { label: side.label(self.design), names }
        };
        let width = self.design.axes[x.axis].levels.len();
        let mut cells = vec![None; width * self.design.axes[y.axis].levels.len()];
        for point in 0..self.design.points.count() {
            let levels = self.design.points.get(point);
            let place = levels[y.axis] as usize * width + levels[x.axis] as usize;
            cells[place] = self.estimate(point, metric).map(|estimate| estimate.mean);
        }
        let (x, y) = (categories(x), categories(y));
        Panel::HeatMap(plot::HeatMap { x, y, value: self.value(metric), cells })
    }

    fn lines(&self, metric: usize, x: &Side, series: &[(String, Vec<u32>)]) -> Panel {
        let (axis, name) = (&self.design.axes[x.axis], x.label(self.design));
        let (numbers, unit) = numbers(axis).unwrap_or_default();
        let line = |(label, points): &(String, Vec<u32>)| {
            let at = |&point: &u32| {
                let level = self.design.points.get(point)[x.axis] as usize;
                (numbers[level], self.estimate(point, metric))
            };
            let mut points: Vec<_> = points.iter().map(at).collect();
            // What was excluded is a gap, and no line over it.
            if numbers.len() <= MAX_GAPS {
                let here: Vec<f64> = points.iter().map(|(x, _)| *x).collect();
                points.extend(numbers.iter().filter(|x| !here.contains(x)).map(|&x| (x, None)));
            }
            plot::Series { label: label.clone(), points }
        };
        let x = if axis.is_logarithmic() || spreads(&numbers) {
            Axis::log(name, unit)
        } else {
            Axis::linear(name, unit)
        };
        let series: Vec<plot::Series> = series.iter().map(line).collect();
        let estimates = series.iter().flat_map(|line| &line.points).filter_map(|(_, one)| *one);
        let means: Vec<f64> = estimates.map(|estimate| estimate.mean).collect();
        let mut y = self.value(metric);
        let is_share = METRICS[self.metrics[metric]].unit == "share";
        if !is_share && means.iter().all(|&mean| mean > 0.0) && spreads(&means) {
            y.scale = plot::Scale::Log;
        }
        Panel::Lines(plot::Lines { x, y, series })
    }

    fn intervals(&self) -> Panel {
        let points = 0..self.design.points.count();
        let metric = |metric: usize| plot::Metric {
            axis: self.value(metric),
            values: points.clone().map(|point| self.estimate(point, metric)).collect(),
        };
        Panel::Intervals(plot::Intervals {
            choices: points.clone().map(|point| self.design.name(point)).collect(),
            metrics: (0..self.metrics.len()).map(metric).collect(),
        })
    }
}

/// What else than `x` was varied: a name, and the points that have it.
fn series(design: &Design, x: &Side) -> Vec<(String, Vec<u32>)> {
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

/// As many as have colours, dashes and markers of their own that can be told at a glance. A guess.
const MAX_SERIES: usize = 12;

/// Levels of an axis of which every line has a point or a gap; samples have more, each its own.
const MAX_GAPS: usize = 100;

/// Rows of intervals that can be read. A guess.
const MAX_ROWS: u32 = 60;

/// The levels of an axis as numbers, and their unit.
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

/// Whether numbers above 0 lie so far apart that an even axis would heap most of them up.
fn spreads(numbers: &[f64]) -> bool {
    let above = numbers.iter().copied().filter(|&number| number > 0.0);
    let (least, most) = above.fold((f64::MAX, 0.0), |(a, b), n| (f64::min(a, n), f64::max(b, n)));
    most > 50.0 * least
}
