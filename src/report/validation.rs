//! The outcomes of validation targets, as a table and as JSON.

use serde::Serialize;

use super::number::number;
use crate::experiment::validate::{self, Outcome, SECTIONS, Sample, Target, Tolerance, Verdict};
use crate::metrics::invariants::JudgedCount;

/// Formats a line for each target, grouped by section and source, and the number of each verdict.
pub fn validation(outcomes: &[Outcome<'_>]) -> String {
    let targets = || outcomes.iter().map(|outcome| outcome.target);
    let (id_width, what_width) = widths(targets());
    let mut text = format!(
        "{:<7}  {:<id_width$}  {:<what_width$}  {:>9}  {:>20}  {:>8}  {:>6}\n",
        "verdict", "target", "what", "expected", "measured ± error", "within", "runs"
    );
    let mut titles = Titles::default();
    for outcome in outcomes {
        let target = outcome.target;
        text += &titles.before(target);
        let figure = |value| figure(value, outcome.tolerance);
        let (word, expected) = (outcome.verdict.word(), figure(target.expected));
        let head = format!(
            "{word:<7}  {:<id_width$}  {:<what_width$}  {expected:>9}",
            target.id, target.what
        );
        let measured =
            outcome.measured.map(|(measured, error)| match target_error(target, error) {
                Some(error) => format!("{} ± {error}", figure(measured)),
                None => figure(measured),
            });
        let cells = measured.map(|measured| {
            let within = outcome.tolerance.map_or("-".into(), rough);
            format!("{measured:>20}  {within:>8}  {:>6}", outcome.runs)
        });
        let reason = outcome.reason.as_deref();
        let printed = printed(outcome);
        let rest: Vec<&str> =
            cells.as_deref().into_iter().chain(reason).chain(printed.as_deref()).collect();
        text += &format!("{head}  {}\n", rest.join("  "));
    }
    text += &format!("\n{}\n{}\n", tally(outcomes), validate::judged(outcomes).describe("runs"));
    text
}

/// Formats the targets without outcomes.
pub fn targets(targets: &[Target]) -> String {
    let (id_width, what_width) = widths(targets.iter());
    let mut text = String::new();
    let mut titles = Titles::default();
    for target in targets {
        text += &titles.before(target);
        let expected = number(target.expected);
        text +=
            &format!("  {:<id_width$}  {:<what_width$}  {expected:>9}\n", target.id, target.what);
    }
    text
}

fn widths<'a>(targets: impl Iterator<Item = &'a Target>) -> (usize, usize) {
    let chars = |text: &str| text.chars().count();
    targets.fold((6, 4), |(ids, whats), target| {
        (ids.max(chars(&target.id)), whats.max(chars(&target.what)))
    })
}

/// The section and source of the previous target, to print each title once.
#[derive(Default)]
struct Titles {
    section: Option<u8>,
    source: &'static str,
}

impl Titles {
    /// The titles that precede a target.
    fn before(&mut self, target: &Target) -> String {
        let mut text = String::new();
        if self.section != Some(target.section) {
            self.section = Some(target.section);
            self.source = "";
            let title = SECTIONS.iter().find(|(section, _)| *section == target.section);
            text += &format!("\n{}. {}\n", target.section, title.map_or("", |(_, title)| title));
        }
        if self.source != target.source {
            self.source = target.source;
            text += &format!("   {}\n", target.source);
        }
        text
    }
}

fn tally(outcomes: &[Outcome<'_>]) -> String {
    let [passed, failed, unknown] = counts(outcomes);
    format!("{} targets: {passed} pass, {failed} fail, {unknown} unknown", outcomes.len())
}

/// Number of targets that pass, fail, and are unknown.
fn counts(outcomes: &[Outcome<'_>]) -> [usize; 3] {
    let count = |verdict| outcomes.iter().filter(|outcome| outcome.verdict == verdict).count();
    [Verdict::Pass, Verdict::Fail, Verdict::Unknown].map(count)
}

/// The figure that the source prints, if it is not the expected one, and whether rounding or a small
/// sample explains it.
fn printed(outcome: &Outcome<'_>) -> Option<String> {
    let figure = number(outcome.target.printed?.figure);
    Some(match outcome.sample()? {
        Sample::Any => format!("printed {figure}: the same, rounded"),
        Sample::AtMost(0) => format!("printed {figure}: no sample explains it"),
        Sample::AtMost(1) => format!("printed {figure}: a sample of 1 run explains it"),
        Sample::AtMost(runs) => {
            format!("printed {figure}: a sample of up to {runs} runs explains it")
        }
    })
}

/// The standard error of a figure; `None` for a figure that is the same in every run.
fn target_error(target: &Target, error: f64) -> Option<String> {
    let is_exact = error == 0.0 && matches!(target.tolerance, Tolerance::Within(_));
    (!is_exact).then(|| rough(error))
}

/// Formats a number to six digits, or to five decimals if the tolerance is below 1e-4.
fn figure(value: f64, tolerance: Option<f64>) -> String {
    match tolerance {
        Some(tolerance) if tolerance > 0.0 && tolerance < 1e-4 && value > 1.0 => {
            format!("{value:.5}")
        }
        _ => number(value),
    }
}

/// Formats a number to two significant digits.
fn rough(value: f64) -> String {
    format!("{value:.1e}").parse().map_or("-".into(), number)
}

/// The outcomes of targets as JSON.
#[derive(Clone, Debug, Serialize)]
pub struct Validation<'a> {
    seed: u64,
    passed: usize,
    failed: usize,
    unknown: usize,
    liveness: JudgedCount,
    targets: Vec<TargetJson<'a>>,
}

#[derive(Clone, Debug, Serialize)]
struct TargetJson<'a> {
    id: &'a str,
    section: u8,
    what: &'a str,
    source: &'a str,
    expected: f64,
    printed: Option<f64>,
    /// Largest sample that explains the printed figure; `None` if rounding explains it.
    printed_explained_by_runs: Option<u64>,
    tolerance: Option<f64>,
    measured: Option<f64>,
    error: Option<f64>,
    runs: u64,
    verdict: &'static str,
    reason: Option<&'a str>,
}

impl<'a> Validation<'a> {
    /// `seed` is the first seed of the runs.
    pub fn new(outcomes: &'a [Outcome<'a>], seed: u64) -> Self {
        let [passed, failed, unknown] = counts(outcomes);
        let line = |outcome: &'a Outcome<'a>| TargetJson {
            id: &outcome.target.id,
            section: outcome.target.section,
            what: &outcome.target.what,
            source: outcome.target.source,
            expected: outcome.target.expected,
            printed: outcome.target.printed.map(|printed| printed.figure),
            printed_explained_by_runs: match outcome.sample() {
                Some(Sample::AtMost(runs)) => Some(runs),
                Some(Sample::Any) | None => None,
            },
            tolerance: outcome.tolerance,
            measured: outcome.measured.map(|(figure, _)| figure),
            error: outcome.measured.map(|(_, error)| error),
            runs: outcome.runs,
            verdict: match outcome.verdict {
                Verdict::Pass => "pass",
                Verdict::Fail => "fail",
                Verdict::Unknown => "unknown",
            },
            reason: outcome.reason.as_deref(),
        };
        Self {
            seed,
            passed,
            failed,
            unknown,
            liveness: validate::judged(outcomes),
            targets: outcomes.iter().map(line).collect(),
        }
    }
}
