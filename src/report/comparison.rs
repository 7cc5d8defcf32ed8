//! A comparison of choices as text by metric, as CSV and as JSON.

use std::collections::BTreeSet;

use serde::Serialize;

use super::number::{three_digits, unsigned_zero};
use super::table::{estimate, strikes_beyond};
use super::units::DisplayUnit;
use crate::experiment::compare::{
    Comparison, Estimate, Metric, Misleading, NotComparable, PairedDifference,
};
use crate::experiment::statistics::{Conclusion, Interval};
use crate::metrics::invariants::JudgedCount;
use crate::metrics::{Direction, GOAL};
use crate::scenario::{Diagnostic, printable};

/// A comparison with the parameters of its runs.
#[derive(Clone, Copy, Debug)]
pub struct ComparisonReport<'a> {
    /// Path of the scenario, as given.
    pub scenario: &'a str,
    /// Names of the choices; the first is the baseline.
    pub names: &'a [String],
    /// The metrics, in the order of `comparison`.
    pub metrics: &'a [Metric],
    /// The first seed, for every choice.
    pub seed: u64,
    /// Runs of each choice.
    pub runs: u64,
    /// The goal by which runs are judged, as it was written.
    pub goal: Option<&'a str>,
    /// Estimates by choice and differences from the baseline.
    pub comparison: &'a Comparison,
    /// In how many runs of all choices deliveries were checked for liveness.
    pub judged: &'a JudgedCount,
    /// Runs, over all choices, that decided a strike for a time beyond the horizon.
    pub strikes_beyond: u64,
}

/// Formats a block of lines for each metric, then the Pareto front.
pub fn comparison(report: &ComparisonReport<'_>) -> String {
    let ComparisonReport { names, metrics, comparison, .. } = report;
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for (index, metric) in metrics.iter().enumerate() {
        let means = comparison.estimates.iter().filter_map(|choice| choice[index].mean);
        let unit = DisplayUnit::new(metric.column(), means);
        text += &title(metric, unit, report.goal);
        let estimates = comparison.estimates.iter();
        let means: Vec<_> = estimates
            .map(|choice| estimate(choice[index].mean, choice[index].ci95, unit.scale))
            .collect();
        let mean_width = means.iter().map(|mean| mean.chars().count()).max().unwrap_or(0);
        for (choice, name) in names.iter().enumerate() {
            let mean = &means[choice];
            let n = comparison.estimates[choice][index].n;
            let missing = if n < report.runs { format!("  of {n} runs") } else { String::new() };
            let verdict = match choice {
                0 if names.len() > 1 => "baseline".into(),
                0 => String::new(),
                other => difference(&comparison.contrasts[other - 1][index], metric, unit),
            };
            let line = format!("  {name:<width$}  {mean:<mean_width$}{missing}  {verdict}");
            text += &format!("{}\n", line.trim_end());
        }
        text += &quantiles(report, index, unit);
        text += "\n";
    }
    let runs = report.runs * names.len() as u64;
    text += &front(report);
    text += &format!("{}\n", report.judged.describe("runs"));
    text + &strikes_beyond(report.strikes_beyond, runs)
}

/// Formats quantiles of a metric whose mean misleads for some choice, with the reason.
fn quantiles(report: &ComparisonReport<'_>, index: usize, unit: DisplayUnit) -> String {
    let estimates = || report.comparison.estimates.iter().map(|choice| &choice[index]);
    let reasons: BTreeSet<_> = estimates().filter_map(|estimate| estimate.misleading).collect();
    if reasons.is_empty() {
        return String::new();
    }
    let reasons: Vec<_> = reasons.into_iter().map(Misleading::describe).collect();
    let title = format!("quantiles: {}", reasons.join("; "));
    let width = report.names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    let mut text = format!("  {:<width$} {:>10} {:>10} {:>10}  {title}\n", "", "p10", "p50", "p90");
    for (name, Estimate { p10, p50, p90, .. }) in report.names.iter().zip(estimates()) {
        let cells = [p10, p50, p90].map(|value| match value {
            Some(value) => format!(" {:>10}", three_digits(value / unit.scale)),
            None => format!(" {:>10}", "-"),
        });
        text += &format!("  {name:<width$}{}\n", cells.concat());
    }
    text
}

fn title(metric: &Metric, display: DisplayUnit, goal: Option<&str>) -> String {
    let column = metric.column();
    let better = match column.better {
        Direction::Less => "less is better",
        Direction::More => "more is better",
        Direction::Neither => "neither good nor bad",
    };
    let unit = if display.unit.is_empty() { String::new() } else { format!(", {}", display.unit) };
    let goal = goal.filter(|_| column.name == GOAL.name);
    let goal = goal.map_or(String::new(), |text| format!(" ({})", printable(text)));
    format!("{}{goal}{unit}: {better}\n", column.name)
}

/// Formats the verdict, the difference, its share of the baseline, and the correlation of the pairs.
fn difference(paired: &PairedDifference, metric: &Metric, unit: DisplayUnit) -> String {
    let difference = &paired.difference;
    if let Some(reason) = paired.withheld {
        return not_comparable(reason);
    }
    let (Some(judgement), Some(mean)) = (paired.judgement, difference.mean) else {
        return "not comparable: no pair of values".into();
    };
    if difference.differing == 0 {
        return "equivalent: the same in every run".into();
    }
    let half = difference.ci95.map_or(0.0, |ci95| (ci95.high - ci95.low) / 2.0);
    let DisplayUnit { unit, scale } = unit.refined([mean, half]);
    let correlation = match difference.correlation {
        Some(correlation) => format!("  r {}", unsigned_zero(&format!("{correlation:.2}"))),
        None => String::new(),
    };
    let verdict = verdict(judgement.finding, metric);
    let sign = if mean > 0.0 { "+" } else { "" };
    let space = if unit.is_empty() { "" } else { " " };
    let share = match difference.first {
        Some(first) if first != 0.0 && mean != 0.0 => {
            format!(" ({sign}{} %)", percent(100.0 * mean / first.abs()))
        }
        _ => String::new(),
    };
    let mean = estimate(Some(mean), difference.ci95, scale);
    format!("{verdict}  {sign}{mean}{space}{unit}{share}{correlation}")
}

fn verdict(finding: Conclusion, metric: &Metric) -> String {
    match (finding, metric.min_effect) {
        (Conclusion::Equivalent, Some(min_effect)) => {
            let unit = metric.column().unit;
            let width = min_effect.describe(unit.name(), unit.is_dimensionless());
            format!("equivalent (within {width})")
        }
        (finding, _) => finding.to_string(),
    }
}

fn not_comparable(reason: NotComparable) -> String {
    match reason {
        NotComparable::CountDiffers { column, runs } => {
            format!("not comparable: {} differs in {runs} runs", column.info().name)
        }
        NotComparable::ValuesMissing(runs) => {
            format!("not comparable: in {runs} runs only one has a value")
        }
        NotComparable::NoAim => String::new(),
    }
}

fn percent(share: f64) -> String {
    let digits = match share.abs() {
        10.0.. => 0,
        0.1.. => 1,
        _ => 3,
    };
    format!("{share:.digits$}")
}

fn front(report: &ComparisonReport<'_>) -> String {
    let ComparisonReport { names, metrics, comparison, .. } = report;
    let by = metrics.iter().filter(|metric| metric.column().better != Direction::Neither);
    let by: Vec<_> = by.map(|metric| metric.column().name).collect();
    let Some(front) = comparison.front.as_ref().filter(|_| !by.is_empty()) else {
        return if by.is_empty() {
            String::new()
        } else {
            "too many choices to compute the Pareto front\n".into()
        };
    };
    let members: Vec<_> = front.front().map(|choice| names[choice].as_str()).collect();
    let mut text = format!("not dominated by {}: {}\n", by.join(", "), members.join("; "));
    for (choice, by) in front.dominated_by.iter().enumerate() {
        if let Some(by) = by {
            text += &format!("dominated: {} by {}\n", names[choice], names[*by]);
        }
    }
    text
}

impl<'a> ComparisonReport<'a> {
    fn dominator(&self, choice: usize) -> Option<&'a str> {
        let front = self.comparison.front.as_ref()?;
        front.dominated_by[choice].map(|by| self.names[by].as_str())
    }
}

#[derive(Serialize)]
struct ComparisonJson<'a> {
    scenario: &'a str,
    seed: u64,
    runs: u64,
    goal: Option<&'a str>,
    liveness: &'a JudgedCount,
    strikes_beyond: u64,
    choices: Vec<ChoiceJson<'a>>,
    front: Option<Vec<&'a str>>,
}

#[derive(Serialize)]
struct ChoiceJson<'a> {
    name: &'a str,
    dominated_by: Option<&'a str>,
    metrics: Vec<MetricJson<'a>>,
}

#[derive(Serialize)]
struct MetricJson<'a> {
    metric: &'static str,
    unit: &'static str,
    #[serde(flatten)]
    estimate: &'a Estimate,
    difference: Option<&'a PairedDifference>,
}

/// Returns the comparison as one serializable object.
pub fn comparison_json(report: &ComparisonReport<'_>) -> impl Serialize {
    let ComparisonReport { names, metrics, comparison, .. } = *report;
    let metric = |choice: usize, index: usize| {
        let info = metrics[index].column();
        let difference = choice.checked_sub(1).map(|other| &comparison.contrasts[other][index]);
        let estimate = &comparison.estimates[choice][index];
        MetricJson { metric: info.name, unit: info.unit.name(), estimate, difference }
    };
    let choice = |choice: usize| ChoiceJson {
        name: &names[choice],
        dominated_by: report.dominator(choice),
        metrics: (0..metrics.len()).map(|index| metric(choice, index)).collect(),
    };
    ComparisonJson {
        scenario: report.scenario,
        seed: report.seed,
        runs: report.runs,
        goal: report.goal,
        liveness: report.judged,
        strikes_beyond: report.strikes_beyond,
        choices: (0..names.len()).map(choice).collect(),
        front: comparison
            .front
            .as_ref()
            .map(|front| front.front().map(|choice| names[choice].as_str()).collect()),
    }
}

/// The columns of [`comparison_csv`].
const COLUMNS: [&str; 21] = [
    "choice",
    "metric",
    "unit",
    "n",
    "mean",
    "sd",
    "low",
    "high",
    "p10",
    "p50",
    "p90",
    "pairs",
    "difference",
    "difference_low",
    "difference_high",
    "correlation",
    "p",
    "p_within",
    "verdict",
    "more_needed",
    "dominated_by",
];

/// Returns a CSV with a row for each choice and metric.
///
/// # Errors
/// Never in practice: the CSV is written to memory.
pub fn comparison_csv(report: &ComparisonReport<'_>) -> Result<String, Diagnostic> {
    let failed = |error: csv::Error| Diagnostic::unreadable(format!("cannot write CSV: {error}"));
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS).map_err(failed)?;
    for choice in 0..report.names.len() {
        for index in 0..report.metrics.len() {
            writer.write_record(row(report, choice, index)).map_err(failed)?;
        }
    }
    let bytes = writer.into_inner().map_err(|error| failed(error.into_error().into()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn row(report: &ComparisonReport<'_>, choice: usize, index: usize) -> Vec<String> {
    let ComparisonReport { names, metrics, comparison, .. } = report;
    let (info, estimate) = (metrics[index].column(), &comparison.estimates[choice][index]);
    let text = |value: Option<f64>| value.map_or(String::new(), |value| value.to_string());
    let ends = |interval: Option<Interval>| {
        [text(interval.map(|interval| interval.low)), text(interval.map(|interval| interval.high))]
    };
    let mut row = vec![names[choice].clone(), info.name.into(), info.unit.name().into()];
    row.extend([estimate.n.to_string(), text(estimate.mean), text(estimate.sd)]);
    row.extend(ends(estimate.ci95));
    row.extend([estimate.p10, estimate.p50, estimate.p90].map(text));
    match choice.checked_sub(1).map(|other| &comparison.contrasts[other][index]) {
        None => row.extend((0..9).map(|_| String::new())),
        Some(PairedDifference { difference, judgement, withheld }) => {
            row.extend([difference.n.to_string(), text(difference.mean)]);
            row.extend(ends(difference.ci95));
            row.push(text(difference.correlation));
            row.push(text(judgement.and_then(|judgement| judgement.p)));
            row.push(text(judgement.and_then(|judgement| judgement.p_within)));
            let finding = judgement.map(|judgement| judgement.finding);
            row.push(match (withheld, finding) {
                (Some(_), _) => "not comparable".into(),
                (None, Some(finding)) => finding.word().into(),
                (None, None) => String::new(),
            });
            row.push(
                finding.and_then(|finding| finding.more()).map_or(String::new(), |n| n.to_string()),
            );
        }
    }
    row.push(report.dominator(choice).unwrap_or_default().to_owned());
    row
}
