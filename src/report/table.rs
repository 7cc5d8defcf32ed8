//! Aligned tables without ruling lines.

use super::number::{number, unsigned_zero};
use super::units::{DisplayUnit, duration};
use crate::experiment::statistics::{Interval, Summary};
use crate::metrics::{METRICS, MetricRow};

/// Formats the metrics of one run: name, value and unit. A mean over some of the items also has their
/// number. Metrics without a value are left out.
pub fn metrics(row: &MetricRow) -> String {
    let mut table = String::new();
    for (metric, value) in METRICS.iter().zip(row.values()) {
        let Some(value) = value else { continue };
        let line = if DisplayUnit::new(metric, [value]).scale == 1.0 {
            format!("  {:<16} {:>14} {}", metric.name, number(value), metric.unit.name())
        } else {
            format!("  {:<16} {:>14}", metric.stem(), duration(value))
        };
        let counted = row.counted(metric).zip(row.items).filter(|(counted, all)| counted < all);
        let counted = counted.map(|(counted, all)| format!("  {counted} of {all} items"));
        table += &format!("{line}{}\n", counted.unwrap_or_default());
    }
    table
}

/// Formats the summaries of many runs, in the order of [`METRICS`]. Metrics without a value are left
/// out.
pub fn repeated(summaries: &[Summary]) -> String {
    let mut table = format!(
        "  {:<16} {:>6} {:>12} {:>10} {:>12} {:>12} {:>12} {:>12} {:>12} {:>12}  unit\n",
        "metric", "n", "mean", "± 95 %", "sd", "p50", "p90", "p99", "min", "max"
    );
    for (metric, summary) in METRICS.iter().zip(summaries) {
        if summary.n == 0 {
            continue;
        }
        let display = DisplayUnit::new(metric, [summary.min, summary.max].into_iter().flatten());
        let unit = if display.scale == 1.0 { metric.unit.name() } else { display.unit };
        let scale = display.scale;
        let cell = |value: Option<f64>| value.map_or("-".into(), |value| number(value / scale));
        table += &format!(
            "  {:<16} {:>6} {:>12} {:>10} {:>12} {:>12} {:>12} {:>12} {:>12} {:>12}  {}\n",
            metric.name,
            summary.n,
            cell(summary.mean),
            cell(summary.ci95),
            cell(summary.sd),
            cell(summary.p50),
            cell(summary.p90),
            cell(summary.p99),
            cell(summary.min),
            cell(summary.max),
            unit
        );
    }
    table
}

/// Formats the number of runs that decided a strike for a time beyond the horizon, as a line. Empty if
/// there is none.
pub fn strikes_beyond(count: u64, runs: u64) -> String {
    match count {
        0 => String::new(),
        some => format!("strikes beyond the horizon in {some} of {runs} runs\n"),
    }
}

/// Formats how many of the `runs` runs have a value, as `9` or as a range `9 to 200` if `counts`
/// differ; `None` if all have one.
pub fn incomplete(counts: impl Iterator<Item = u64>, runs: u64) -> Option<String> {
    let (min, max) = counts.fold((runs, 0), |(a, b), n| (a.min(n), b.max(n)));
    if min == runs {
        return None;
    }
    Some(if min == max { min.to_string() } else { format!("{min} to {max}") })
}

/// Formats a mean and its interval, divided by `scale`, to two significant digits of the interval.
pub(super) fn estimate(mean: Option<f64>, ci95: Option<Interval>, scale: f64) -> String {
    match (mean.map(|mean| mean / scale), ci95) {
        (None, _) => "no value".into(),
        (Some(mean), None) => number(mean),
        (Some(mean), Some(Interval { low, high })) => {
            let (low, high) = (low / scale, high / scale);
            let (below, above) = (mean - low, high - mean);
            if (below - above).abs() <= 1e-6 * (below + above) || below == above {
                around(mean, above)
            } else {
                let digits = decimals((high - low) / 2.0);
                let [mean, low, high] = [mean, low, high].map(|value| rounded(value, digits));
                format!("{mean} [{low}, {high}]")
            }
        }
    }
}

/// A mean and half of its interval, in the digits that the interval bears.
fn around(mean: f64, half: f64) -> String {
    if half <= 1e-9 * mean.abs() {
        return format!("{} ± 0", number(mean));
    }
    let digits = decimals(half);
    format!("{} ± {}", rounded(mean, digits), rounded(half, digits))
}

fn rounded(value: f64, digits: usize) -> String {
    unsigned_zero(&format!("{value:.digits$}")).into()
}

/// Number of decimals that show two digits of an error.
fn decimals(error: f64) -> usize {
    (0..9).find(|&digits| error * libm::pow(10.0, f64::from(digits)) >= 9.5).unwrap_or(9) as usize
}
