//! Pictures of what was measured: which plot tells it best.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;

use super::Failure;
use crate::compare::{self, Sample};
use crate::design::{self, Design, Level, Value};
use crate::measure::{COLUMNS, Column};
use crate::report::plot::{self, Axis, Distributions, Panel, Picture};
use crate::report::{Compared, Shown};
use crate::results;
use crate::scenario::Diagnostic;
use crate::statistics::{Interval, Moments};

/// Draws a picture into a file.
///
/// # Errors
/// What the system says.
pub fn write(path: &Path, picture: &Picture) -> Result<(), Diagnostic> {
    let svg = picture.svg();
    results::write_whole(path, &mut |file| {
        file.write_all(svg.as_bytes()).map_err(|error| results::unwritable(path, &error))
    })
}

/// Intervals of every metric, and the distribution of the first.
pub fn of_comparison(compared: &Compared<'_>, samples: &[Sample]) -> Picture {
    let Compared { scenario, names, metrics, seed, runs, comparison } = compared;
    let shown = |place: usize| {
        let means = comparison.estimates.iter().filter_map(|choice| choice[place].mean);
        Shown::of(metrics[place].column(), means)
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
    if names.len() <= MOST_CURVES && !metrics.is_empty() {
        let choices = samples.iter().map(sample).collect();
        panels.push(Panel::Distributions(Distributions { axis: axis(0), choices }));
    }
    let last = seed.wrapping_add(runs.saturating_sub(1));
    Picture {
        title: format!("{} choices", names.len()),
        subtitle: (*scenario).to_owned(),
        footnote: format!("means and 95 % intervals of {runs} runs each, seeds {seed} to {last}"),
        panels,
    }
}

/// A metric in the unit that it is shown in, which its name need not say again.
fn axis(column: &Column, shown: Shown) -> Axis {
    Axis::linear(column.name.strip_suffix("_ms").unwrap_or(column.name), shown.unit)
}

/// More curves than this cannot be told from each other.
const MOST_CURVES: usize = 8;

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
pub struct Swept<'a> {
    pub design: &'a Design,
    pub metrics: &'a [usize],
    pub moments: &'a [Vec<Moments>],
}

/// The numbers of the axes that are varied, and of those of them that are of numbers or times.
fn varied(design: &Design) -> (Vec<usize>, Vec<usize>) {
    let axes = &design.axes;
    let varied: Vec<usize> = (0..axes.len()).filter(|&axis| axes[axis].levels.len() > 1).collect();
    let numbered = varied.iter().copied().filter(|&axis| numbers(&axes[axis]).is_some()).collect();
    (varied, numbered)
}

/// Whether no two points have the same levels of two axes, and those are not too many to be drawn.
fn is_plane(design: &Design, varied: &[usize]) -> bool {
    let levels = |point| {
        let levels = design.points.get(point);
        varied.iter().map(|&axis| levels[axis]).collect::<Vec<_>>()
    };
    let mut pairs = BTreeSet::new();
    let most = varied.iter().map(|&axis| design.axes[axis].levels.len()).max().unwrap_or(0);
    most <= MOST_CELLS && (0..design.points.count()).all(|point| pairs.insert(levels(point)))
}

/// Cells of a heat map along a side. A guess: more are not told from each other.
const MOST_CELLS: usize = 60;

/// The axis of numbers along which lines run: the one with most levels.
fn along(design: &Design, numbered: &[usize]) -> usize {
    let levels = |axis: &&usize| design.axes[**axis].levels.len();
    numbered.iter().rev().max_by_key(levels).copied().unwrap_or_default()
}

/// How a design is drawn: as asked for, or as suits its axes.
///
/// # Errors
/// A picture that cannot be drawn, or not be read.
pub fn kind(design: &Design, asked: Option<Kind>) -> Result<Kind, Failure> {
    let (varied, numbered) = varied(design);
    let is_plane = varied.len() == 2 && is_plane(design, &varied);
    let kind = asked.unwrap_or(match numbered.len() {
        2 if is_plane => Kind::Heat,
        0 => Kind::Intervals,
        _ => Kind::Lines,
    });
    let refuse = |reason: String| Err(Failure::Misuse(format!("--plot: {reason}")));
    let count = design.points.count();
    match kind {
        Kind::Heat if !is_plane => refuse(format!(
            "a heat map needs two axes with a point at most for each pair of levels, of {} that vary; \
             narrow the others: PATH=VALUE",
            varied.len()
        )),
        Kind::Lines if numbered.is_empty() => {
            refuse("lines need an axis of numbers or times; expected --plot-as intervals".into())
        }
        Kind::Lines => match series(design, along(design, &numbered)).len() {
            0..=MOST_SERIES => Ok(kind),
            many => refuse(format!(
                "{many} lines cannot be told from each other; expected at most {MOST_SERIES}: \
                 narrow an axis, PATH=VALUE"
            )),
        },
        Kind::Intervals if count > MOST_ROWS => refuse(format!(
            "{count} points are too many for one picture; expected at most {MOST_ROWS}"
        )),
        Kind::Heat | Kind::Intervals => Ok(kind),
    }
}

impl Swept<'_> {
    /// A picture of a kind that [`kind`] allows.
    pub fn picture(&self, kind: Kind, command: &str) -> Picture {
        let (varied, numbered) = varied(self.design);
        let metrics = 0..self.metrics.len();
        let panels: Vec<Panel> = match kind {
            Kind::Heat => metrics.map(|metric| self.heat(metric, varied[0], varied[1])).collect(),
            Kind::Lines => {
                let x = along(self.design, &numbered);
                let series = series(self.design, x);
                metrics.map(|metric| self.lines(metric, x, &series)).collect()
            }
            Kind::Intervals => vec![self.intervals()],
        };
        let seeds = self.design.seeds;
        let last = seeds.first().wrapping_add(seeds.count() - 1);
        let footnote = match seeds.count() {
            1 => format!("one run at each point, seed {last}"),
            runs => format!(
                "means and 95 % intervals of {runs} runs at each point, seeds {} to {last}",
                seeds.first()
            ),
        };
        let about = &self.design.about;
        let (title, subtitle) =
            if about.is_empty() { (command, "") } else { (&about[..], command) };
        Picture { title: title.into(), subtitle: subtitle.into(), footnote, panels }
    }

    fn shown(&self, metric: usize) -> Shown {
        let means = self.moments.iter().filter_map(|point| point[metric].mean());
        Shown::of(&COLUMNS[self.metrics[metric]], means)
    }

    fn value(&self, metric: usize) -> Axis {
        axis(&COLUMNS[self.metrics[metric]], self.shown(metric))
    }

    fn estimate(&self, point: u32, metric: usize) -> Option<plot::Estimate> {
        let moments = &self.moments[point as usize][metric];
        let column = &COLUMNS[self.metrics[metric]];
        let (mean, ci95) = (moments.mean(), compare::interval(column, moments));
        drawn(mean, ci95, self.shown(metric).scale)
    }

    fn heat(&self, metric: usize, y: usize, x: usize) -> Panel {
        let categories = |axis: usize| {
            let axis = &self.design.axes[axis];
            let names = axis.levels.iter().map(|level| level.value.to_string()).collect();
            plot::Categories { label: axis.name.clone(), names }
        };
        let width = self.design.axes[x].levels.len();
        let mut cells = vec![None; width * self.design.axes[y].levels.len()];
        for point in 0..self.design.points.count() {
            let levels = self.design.points.get(point);
            let place = levels[y] as usize * width + levels[x] as usize;
            cells[place] = self.estimate(point, metric).map(|estimate| estimate.mean);
        }
        let (x, y) = (categories(x), categories(y));
        Panel::HeatMap(plot::HeatMap { x, y, value: self.value(metric), cells })
    }

    fn lines(&self, metric: usize, x: usize, series: &[(String, Vec<u32>)]) -> Panel {
        let axis = &self.design.axes[x];
        let (numbers, unit) = numbers(axis).unwrap_or_default();
        let line = |(label, points): &(String, Vec<u32>)| {
            let at = |&point: &u32| {
                let level = self.design.points.get(point)[x] as usize;
                (numbers[level], self.estimate(point, metric))
            };
            let mut points: Vec<_> = points.iter().map(at).collect();
            // What was excluded is a gap, and no line over it.
            if numbers.len() <= MOST_GAPS {
                let here: Vec<f64> = points.iter().map(|(x, _)| *x).collect();
                points.extend(numbers.iter().filter(|x| !here.contains(x)).map(|&x| (x, None)));
            }
            plot::Series { label: label.clone(), points }
        };
        let x = if axis.is_logarithmic() || spreads(&numbers) {
            Axis::log(&axis.name, unit)
        } else {
            Axis::linear(&axis.name, unit)
        };
        let series: Vec<plot::Series> = series.iter().map(line).collect();
        let estimates = series.iter().flat_map(|line| &line.points).filter_map(|(_, one)| *one);
        let means: Vec<f64> = estimates.map(|estimate| estimate.mean).collect();
        let mut y = self.value(metric);
        let is_share = COLUMNS[self.metrics[metric]].unit == "share";
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
fn series(design: &Design, x: usize) -> Vec<(String, Vec<u32>)> {
    let mut series: Vec<(String, Vec<u32>)> = Vec::new();
    for point in 0..design.points.count() {
        let others = design.axes.iter().zip(design.levels(point)).enumerate();
        let varied = others.filter(|(axis, (one, _))| *axis != x && one.levels.len() > 1);
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
const MOST_SERIES: usize = 12;

/// Levels of an axis of which every line has a point or a gap; samples have more, each its own.
const MOST_GAPS: usize = 100;

/// Rows of intervals that can be read. A guess.
const MOST_ROWS: u32 = 60;

/// The levels of an axis as numbers, and their unit.
fn numbers(axis: &design::Axis) -> Option<(Vec<f64>, &'static str)> {
    let number = |level: &Level| match &level.value {
        Value::Whole(number) => Some(*number as f64),
        Value::Number(number) => Some(*number),
        _ => None,
    };
    if let Some(numbers) = axis.levels.iter().map(number).collect() {
        return Some((numbers, ""));
    }
    let length = |level: &Level| level.value.length().map(|length| length.as_ms());
    let ms: Vec<f64> = axis.levels.iter().map(length).collect::<Option<_>>()?;
    let Shown { unit, scale } = Shown::of_ms(ms.iter().copied());
    Some((ms.into_iter().map(|ms| ms / scale).collect(), unit))
}

/// Whether numbers above 0 lie so far apart that an even axis would heap most of them up.
fn spreads(numbers: &[f64]) -> bool {
    let above = numbers.iter().copied().filter(|&number| number > 0.0);
    let (least, most) = above.fold((f64::MAX, 0.0), |(a, b), n| (f64::min(a, n), f64::max(b, n)));
    most > 50.0 * least
}
