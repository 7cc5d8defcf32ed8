//! What came of targets: a table for people, JSON for programs.

use serde::Serialize;

use super::table::number;
use crate::experiment::validate::{self, Outcome, SECTIONS, Sample, Target, Tolerance, Verdict};
use crate::metrics::invariants::JudgedCount;

/// A line for each target under the title of its section and where it comes from, and how many
/// came out.
pub fn validation(outcomes: &[Outcome<'_>]) -> String {
    let targets = || outcomes.iter().map(|outcome| outcome.target);
    let (ids, whats) = widths(targets());
    let mut text = format!(
        "{:<7}  {:<ids$}  {:<whats$}  {:>9}  {:>20}  {:>8}  {:>6}\n",
        "verdict", "target", "what", "expected", "measured ± error", "within", "runs"
    );
    let mut titles = Titles::default();
    for outcome in outcomes {
        let target = outcome.target;
        text += &titles.before(target);
        let figure = |value| figure(value, outcome.tolerance);
        let (word, expected) = (outcome.verdict.word(), figure(target.expected));
        let head =
            format!("{word:<7}  {:<ids$}  {:<whats$}  {expected:>9}", target.id, target.what);
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

/// The targets there are, without a measurement.
pub fn targets(targets: &[Target]) -> String {
    let (ids, whats) = widths(targets.iter());
    let mut text = String::new();
    let mut titles = Titles::default();
    for target in targets {
        text += &titles.before(target);
        let expected = number(target.expected);
        text += &format!("  {:<ids$}  {:<whats$}  {expected:>9}\n", target.id, target.what);
    }
    text
}

fn widths<'a>(targets: impl Iterator<Item = &'a Target>) -> (usize, usize) {
    let letters = |text: &str| text.chars().count();
    targets.fold((6, 4), |(ids, whats), target| {
        (ids.max(letters(&target.id)), whats.max(letters(&target.what)))
    })
}

/// Titles of sections and sources, each once where it begins.
#[derive(Default)]
struct Titles {
    section: Option<u8>,
    source: &'static str,
}

impl Titles {
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
    let of = |verdict| outcomes.iter().filter(|outcome| outcome.verdict == verdict).count();
    let (passed, failed) = (of(Verdict::Pass), of(Verdict::Fail));
    format!(
        "{} targets: {passed} pass, {failed} fail, {} unknown",
        outcomes.len(),
        of(Verdict::Unknown)
    )
}

/// The printed figure, where another is expected, and what explains it.
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

/// The error of a figure, where it has one: what every run shows has none.
fn target_error(target: &Target, error: f64) -> Option<String> {
    let is_exact = error == 0.0 && matches!(target.tolerance, Tolerance::Within(_));
    (!is_exact).then(|| rough(error))
}

/// A number in six digits, or in five decimals where it may be no farther off than that.
fn figure(value: f64, tolerance: Option<f64>) -> String {
    match tolerance {
        Some(tolerance) if tolerance > 0.0 && tolerance < 1e-4 && value > 1.0 => {
            format!("{value:.5}")
        }
        _ => number(value),
    }
}

/// A number in two digits.
fn rough(value: f64) -> String {
    format!("{value:.1e}").parse().map_or("-".into(), number)
}

/// What came of targets, for programs.
#[derive(Clone, Debug, Serialize)]
pub struct Validation<'a> {
    seed: u64,
    passed: usize,
    failed: usize,
    unknown: usize,
    liveness: JudgedCount,
    targets: Vec<Line<'a>>,
}

#[derive(Clone, Debug, Serialize)]
struct Line<'a> {
    id: &'a str,
    section: u8,
    what: &'a str,
    source: &'a str,
    expected: f64,
    printed: Option<f64>,
    /// Where rounding does not explain what is printed.
    printed_explained_by_runs: Option<u64>,
    tolerance: Option<f64>,
    measured: Option<f64>,
    error: Option<f64>,
    runs: u64,
    verdict: &'static str,
    reason: Option<&'a str>,
}

impl<'a> Validation<'a> {
    /// Of outcomes that were measured from a seed on.
    pub fn new(outcomes: &'a [Outcome<'a>], seed: u64) -> Self {
        let of = |verdict| outcomes.iter().filter(|outcome| outcome.verdict == verdict).count();
        let line = |outcome: &'a Outcome<'a>| Line {
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
            passed: of(Verdict::Pass),
            failed: of(Verdict::Fail),
            unknown: of(Verdict::Unknown),
            liveness: validate::judged(outcomes),
            targets: outcomes.iter().map(line).collect(),
        }
    }
}
