//! Pictures of what was measured: which plot tells it best.

use std::io::Write;
use std::path::Path;

use crate::compare::Sample;
use crate::report::Compared;
use crate::report::plot::{self, Axis, Distributions, Panel, Picture};
use crate::results;
use crate::scenario::Diagnostic;

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
    let axis = |place: usize| {
        let column = metrics[place].column();
        let unit = if column.unit == "count" { "" } else { column.unit };
        Axis::linear(column.name, unit)
    };
    let metric = |place: usize| plot::Metric {
        axis: axis(place),
        values: comparison.estimates.iter().map(|choice| estimate(&choice[place])).collect(),
    };
    let intervals = plot::Intervals {
        choices: names.to_vec(),
        metrics: (0..metrics.len()).map(metric).collect(),
    };
    let sample = |sample: &Sample| plot::Sample {
        label: sample.name.clone(),
        values: sample.values[0].iter().copied().flatten().collect(),
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

/// More curves than this cannot be told from each other.
const MOST_CURVES: usize = 8;

fn estimate(estimate: &crate::compare::Estimate) -> Option<plot::Estimate> {
    let mean = estimate.mean?;
    let (low, high) = estimate.ci95.map_or((mean, mean), |ci95| (ci95.low, ci95.high));
    Some(plot::Estimate { mean, low, high })
}
