//! Choices side by side: a block for each metric, for people; rows and an object for programs.

use serde::Serialize;

use super::table::{around, estimate, number, unsigned_zero};
use super::units::Shown;
use crate::experiment::compare::{Comparison, Estimate, Metric, NotComparable, PairedDifference};
use crate::experiment::statistics::Interval;
use crate::metrics::Direction;
use crate::metrics::invariants::JudgedCount;
use crate::scenario::Diagnostic;

/// A comparison and what it is of.
#[derive(Clone, Copy, Debug)]
pub struct Compared<'a> {
    /// The scenario file.
    pub scenario: &'a str,
    /// The names of the choices; the first is what the others are measured by.
    pub names: &'a [String],
    /// What was compared by.
    pub metrics: &'a [Metric],
    /// The first seed.
    pub seed: u64,
    /// Runs of each choice.
    pub runs: u64,
    /// What came of it.
    pub comparison: &'a Comparison,
    /// In how many runs of all choices deliveries were judged.
    pub judged: &'a JudgedCount,
}

/// A block for each metric, and who is dominated.
pub fn comparison(compared: &Compared<'_>) -> String {
    let Compared { names, metrics, comparison, .. } = compared;
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for (place, metric) in metrics.iter().enumerate() {
        let all = comparison.estimates.iter().filter_map(|choice| choice[place].mean);
        let shown = Shown::of(metric.column(), all);
        text += &title(metric, shown);
        let estimates = comparison.estimates.iter();
        let means: Vec<_> = estimates
            .map(|choice| estimate(choice[place].mean, choice[place].ci95, shown.scale))
            .collect();
        let wide = means.iter().map(|mean| mean.chars().count()).max().unwrap_or(0);
        for (choice, name) in names.iter().enumerate() {
            let mean = &means[choice];
            let of = comparison.estimates[choice][place].n;
            let missing =
                if of < compared.runs { format!("  of {of} runs") } else { String::new() };
            let word = match choice {
                0 if names.len() > 1 => "baseline".into(),
                0 => String::new(),
                other => contrast(&comparison.contrasts[other - 1][place], shown),
            };
            let line = format!("  {name:<width$}  {mean:<wide$}{missing}  {word}");
            text += &format!("{}\n", line.trim_end());
        }
        text += "\n";
    }
    text + &front(compared) + &format!("{}\n", compared.judged.describe("runs"))
}

fn title(metric: &Metric, shown: Shown) -> String {
    let column = metric.column();
    let better = match column.better {
        Direction::Less => "less is better",
        Direction::More => "more is better",
        Direction::Neither => "neither good nor bad",
    };
    let unit = if shown.unit.is_empty() { String::new() } else { format!(", {}", shown.unit) };
    format!("{}{unit}: {better}\n", column.name)
}

/// The word, the difference, what share of the first it is, and the correlation of the pairs.
fn contrast(contrast: &PairedDifference, shown: Shown) -> String {
    if let Some(withheld) = contrast.withheld {
        return match withheld {
            NotComparable::CountDiffers { column, runs } => {
                format!("not compared: {column} differs in {runs} runs")
            }
            NotComparable::ValuesMissing(runs) => {
                format!("not compared: in {runs} runs only one has a value")
            }
            NotComparable::NoAim => String::new(),
        };
    }
    let (Some(judgement), Some(mean)) = (contrast.judgement, contrast.difference.mean) else {
        return "unknown: nothing to compare".into();
    };
    if contrast.difference.differing == 0 {
        return "the same in every run".into();
    }
    let half = contrast.difference.ci95.map_or(0.0, |ci95| (ci95.high - ci95.low) / 2.0);
    let Shown { unit, scale } = shown.fine_enough([mean, half]);
    let correlation = match contrast.difference.correlation {
        Some(correlation) => format!("  r {}", unsigned_zero(&format!("{correlation:.2}"))),
        None => String::new(),
    };
    if mean == 0.0 {
        return format!("{}  0 ± {}{correlation}", judgement.finding, number(half / scale));
    }
    let sign = if mean > 0.0 { "+" } else { "" };
    let space = if unit.is_empty() { "" } else { " " };
    let share = match contrast.difference.first {
        Some(first) if first != 0.0 => {
            format!(" ({sign}{} %)", percent(100.0 * mean / first.abs()))
        }
        _ => String::new(),
    };
    let is_even = contrast.difference.ci95.is_none_or(|ci95| {
        (ci95.high - mean - (mean - ci95.low)).abs() <= 1e-6 * (ci95.high - ci95.low)
    });
    let shown = match contrast.difference.ci95 {
        Some(Interval { low, high }) if !is_even => {
            let [low, high] = [low, high].map(|end| number(end / scale));
            format!("{} [{low}, {high}]", number(mean / scale))
        }
        _ => around(mean / scale, half / scale),
    };
    format!("{}  {sign}{shown}{space}{unit}{share}{correlation}", judgement.finding)
}

fn percent(share: f64) -> String {
    let digits = match share.abs() {
        10.0.. => 0,
        0.1.. => 1,
        _ => 3,
    };
    format!("{share:.digits$}")
}

fn front(compared: &Compared<'_>) -> String {
    let Compared { names, metrics, comparison, .. } = compared;
    let by = metrics.iter().filter(|metric| metric.column().better != Direction::Neither);
    let by: Vec<_> = by.map(|metric| metric.column().name).collect();
    let Some(front) = comparison.front.as_ref().filter(|_| !by.is_empty()) else {
        return if by.is_empty() {
            String::new()
        } else {
            "too many to say who is dominated\n".into()
        };
    };
    let left: Vec<_> = front.left().map(|choice| names[choice].as_str()).collect();
    let mut text = format!("not dominated by {}: {}\n", by.join(", "), left.join("; "));
    for (choice, by) in front.dominated_by.iter().enumerate() {
        if let Some(by) = by {
            text += &format!("dominated: {} by {}\n", names[choice], names[*by]);
        }
    }
    text
}

impl<'a> Compared<'a> {
    /// The choice that dominates another.
    fn dominator(&self, choice: usize) -> Option<&'a str> {
        let front = self.comparison.front.as_ref()?;
        front.dominated_by[choice].map(|by| self.names[by].as_str())
    }
}

#[derive(Serialize)]
struct Document<'a> {
    scenario: &'a str,
    seed: u64,
    runs: u64,
    liveness: &'a JudgedCount,
    choices: Vec<Choice<'a>>,
    front: Option<Vec<&'a str>>,
}

#[derive(Serialize)]
struct Choice<'a> {
    name: &'a str,
    dominated_by: Option<&'a str>,
    metrics: Vec<Line<'a>>,
}

#[derive(Serialize)]
struct Line<'a> {
    metric: &'static str,
    unit: &'static str,
    #[serde(flatten)]
    estimate: &'a Estimate,
    difference: Option<&'a PairedDifference>,
}

/// One object.
pub fn comparison_json(compared: &Compared<'_>) -> impl Serialize {
    let Compared { names, metrics, comparison, .. } = *compared;
    let line = |choice: usize, place: usize| {
        let column = metrics[place].column();
        let difference = choice.checked_sub(1).map(|other| &comparison.contrasts[other][place]);
        let estimate = &comparison.estimates[choice][place];
        Line { metric: column.name, unit: column.unit, estimate, difference }
    };
    let choice = |choice: usize| Choice {
        name: &names[choice],
        dominated_by: compared.dominator(choice),
        metrics: (0..metrics.len()).map(|place| line(choice, place)).collect(),
    };
    Document {
        scenario: compared.scenario,
        seed: compared.seed,
        runs: compared.runs,
        liveness: compared.judged,
        choices: (0..names.len()).map(choice).collect(),
        front: comparison
            .front
            .as_ref()
            .map(|front| front.left().map(|choice| names[choice].as_str()).collect()),
    }
}

/// The columns of [`comparison_csv`].
const HEAD: [&str; 18] = [
    "choice",
    "metric",
    "unit",
    "n",
    "mean",
    "sd",
    "low",
    "high",
    "pairs",
    "difference",
    "difference_low",
    "difference_high",
    "correlation",
    "p",
    "p_within",
    "word",
    "more_needed",
    "dominated_by",
];

/// A row for each choice and metric.
///
/// # Errors
/// None that can be: it is written to memory.
pub fn comparison_csv(compared: &Compared<'_>) -> Result<String, Diagnostic> {
    let failed = |error: csv::Error| Diagnostic::unreadable(format!("cannot write CSV: {error}"));
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(HEAD).map_err(failed)?;
    for choice in 0..compared.names.len() {
        for place in 0..compared.metrics.len() {
            writer.write_record(row(compared, choice, place)).map_err(failed)?;
        }
    }
    let bytes = writer.into_inner().map_err(|error| failed(error.into_error().into()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn row(compared: &Compared<'_>, choice: usize, place: usize) -> Vec<String> {
    let Compared { names, metrics, comparison, .. } = compared;
    let (column, estimate) = (metrics[place].column(), &comparison.estimates[choice][place]);
    let text = |value: Option<f64>| value.map_or(String::new(), |value| value.to_string());
    let ends = |interval: Option<Interval>| {
        [text(interval.map(|interval| interval.low)), text(interval.map(|interval| interval.high))]
    };
    let mut row = vec![names[choice].clone(), column.name.into(), column.unit.into()];
    row.extend([estimate.n.to_string(), text(estimate.mean), text(estimate.sd)]);
    row.extend(ends(estimate.ci95));
    match choice.checked_sub(1).map(|other| &comparison.contrasts[other][place]) {
        None => row.extend((0..9).map(|_| String::new())),
        Some(PairedDifference { difference, judgement, withheld }) => {
            row.extend([difference.n.to_string(), text(difference.mean)]);
            row.extend(ends(difference.ci95));
            row.push(text(difference.correlation));
            row.push(text(judgement.and_then(|judgement| judgement.p)));
            row.push(text(judgement.and_then(|judgement| judgement.p_within)));
            let finding = judgement.map(|judgement| judgement.finding);
            row.push(match (withheld, finding) {
                (Some(_), _) => "not compared".into(),
                (None, Some(finding)) => finding.word().into(),
                (None, None) => String::new(),
            });
            row.push(
                finding.and_then(|finding| finding.more()).map_or(String::new(), |n| n.to_string()),
            );
        }
    }
    row.push(compared.dominator(choice).unwrap_or_default().to_owned());
    row
}
