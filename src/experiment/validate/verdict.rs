//! Computes the measured figure of a target with its standard error, and judges it.

use super::{Aggregate, Target, Tolerance, ValidationWorld};
use crate::metrics::invariants::JudgedCount;

/// Below this many runs a standard error is not reliable.
const MIN_RUNS: usize = 30;

/// A proportion needs this many expected runs of the rarer value: below, the normal approximation is too
/// coarse.
const MIN_RARER_RUNS: f64 = 9.0;

/// The relative rounding error of exact figures.
const ROUNDING: f64 = 1e-9;

/// The verdict on a target, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// The figure was reproduced.
    Pass,
    /// The figure was not measured, or not precisely enough.
    Unknown,
    /// The figure was not reproduced.
    Fail,
}

impl Verdict {
    /// The word for tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Unknown => "unknown",
            Self::Fail => "FAIL",
        }
    }

    /// The worst verdict. Unknown without outcomes.
    pub fn worst(outcomes: &[Outcome<'_>]) -> Self {
        outcomes.iter().map(|outcome| outcome.verdict).max().unwrap_or(Self::Unknown)
    }
}

/// A target with its measurement and verdict.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome<'a> {
    /// The target that was measured.
    pub target: &'a Target,
    /// The number of runs.
    pub runs: u64,
    /// The measured figure and its standard error. None if it was not measured.
    pub measured: Option<(f64, f64)>,
    /// The largest deviation that passes.
    pub tolerance: Option<f64>,
    /// The verdict on the figure.
    pub verdict: Verdict,
    /// Why the verdict is unknown.
    pub reason: Option<String>,
    /// The number of runs in which deliveries were judged.
    pub judged: JudgedCount,
}

/// The number of runs in which deliveries were judged; the runs of each world count once.
pub fn judged(outcomes: &[Outcome<'_>]) -> JudgedCount {
    let mut worlds: Vec<&ValidationWorld> = Vec::new();
    let mut all = JudgedCount::default();
    for Outcome { target, judged, .. } in outcomes {
        if !worlds.contains(&&target.world) {
            worlds.push(&target.world);
            all.merge(judged);
        }
    }
    all
}

impl<'a> Outcome<'a> {
    /// The outcome of a target that was not measured.
    pub fn unknown(target: &'a Target, runs: u64, reason: String) -> Self {
        let (verdict, reason) = (Verdict::Unknown, Some(reason));
        Self {
            target,
            runs,
            measured: None,
            tolerance: None,
            verdict,
            reason,
            judged: JudgedCount::default(),
        }
    }

    /// Judges the values of the runs, in the order of seeds.
    pub fn judge(target: &'a Target, readings: &[Option<f64>]) -> Self {
        let runs = readings.len() as u64;
        let unknown = |reason: String| Self::unknown(target, runs, reason);
        let values: Vec<f64> = readings.iter().flatten().copied().collect();
        if values.len() < readings.len() {
            let without = readings.len() - values.len();
            return unknown(format!("{without} of {runs} runs do not show it"));
        }
        if let Some(few) = too_few(target, values.len()) {
            return unknown(few);
        }
        let (figure, error) = aggregate(target, &values);
        let (tolerance, is_coarse) = match target.tolerance {
            Tolerance::Errors(more) => (4.0 * error + more, false),
            Tolerance::Within(tolerance) => (tolerance, 4.0 * error > tolerance),
        };
        let off = (figure - target.expected).abs();
        let allowed = tolerance + ROUNDING * target.expected.abs().max(1.0);
        // An imprecise figure fails only if four standard errors do not explain its deviation.
        let slack = if is_coarse { 4.0 * error } else { 0.0 };
        let verdict = match (off <= allowed + slack, is_coarse) {
            (true, false) => Verdict::Pass,
            (true, true) => Verdict::Unknown,
            // NaN fails too.
            (false, _) => Verdict::Fail,
        };
        let reason = (verdict == Verdict::Unknown)
            .then(|| format!("{runs} runs are too few: four errors are above the tolerance"));
        let (measured, tolerance) = (Some((figure, error)), Some(tolerance));
        Self { target, runs, measured, tolerance, verdict, reason, judged: JudgedCount::default() }
    }
}

/// The sample size that would explain a printed figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sample {
    /// Any size: rounding explains the printed figure.
    Any,
    /// At most this many runs: with more, the printed figure is not within four standard errors of the
    /// expected one.
    AtMost(u64),
}

impl Outcome<'_> {
    /// The sample size that would explain the printed figure if the expected one is right, with the
    /// standard deviation that was measured.
    pub fn sample(&self) -> Option<Sample> {
        let printed = self.target.printed?;
        let (_, error) = self.measured?;
        let off = (printed.figure - self.target.expected).abs() - printed.half;
        let runs = 4.0 * error / off;
        let runs = (self.runs as f64 * runs * runs) as u64;
        Some(if off > 0.0 { Sample::AtMost(runs) } else { Sample::Any })
    }
}

/// The message that this number of runs is too small for a target. None if it is not.
fn too_few(target: &Target, runs: usize) -> Option<String> {
    let p = target.expected;
    let rarer = runs as f64 * p.min(1.0 - p);
    match target.aggregate {
        Aggregate::Each if runs > 0 => None,
        Aggregate::Each => Some("no runs".into()),
        _ if runs < MIN_RUNS => Some(format!("{runs} runs are too few; expected {MIN_RUNS}")),
        Aggregate::Share if rarer < MIN_RARER_RUNS => {
            let needed = (MIN_RARER_RUNS / p.min(1.0 - p)).ceil();
            Some(format!("{runs} runs are too few; expected {needed}"))
        }
        _ => None,
    }
}

/// The aggregate of the values of all runs, and its standard error.
fn aggregate(target: &Target, values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares = || values.iter().map(|value| (value - mean) * (value - mean));
    let sum: f64 = squares().sum();
    match target.aggregate {
        Aggregate::Mean => (mean, (sum / (n - 1.0) / n).sqrt()),
        Aggregate::Share => (mean, (target.expected * (1.0 - target.expected) / n).sqrt()),
        Aggregate::Deviation => {
            // To the first order, the variance of a variance is (m4 - m2^2) / n (Kendall and
            // Stuart, The Advanced Theory of Statistics, 10.9); that of its root follows.
            let fourth = squares().map(|square| square * square).sum::<f64>() / n;
            let square = sum / n;
            let deviation = (sum / (n - 1.0)).sqrt();
            let error = ((fourth - square * square).max(0.0) / n).sqrt() / (2.0 * deviation);
            (deviation, if deviation > 0.0 { error } else { 0.0 })
        }
        Aggregate::Each => {
            let off = |value: &f64| (value - target.expected).abs();
            let farthest = values.iter().copied().max_by(|a, b| off(a).total_cmp(&off(b)));
            (farthest.unwrap_or(f64::NAN), 0.0)
        }
    }
}
