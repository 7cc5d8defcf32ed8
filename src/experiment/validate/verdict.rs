//! From readings to a figure with its error, and what is to be thought of it.

use super::{Aggregate, Target, Tolerance, ValidationWorld};
use crate::metrics::invariants::JudgedCount;

/// Below so many runs no standard error is believed.
const FEWEST_RUNS: usize = 30;

/// A share is measured once so many runs are expected to be of the rarer kind: below, one run more
/// or less is too much of an error to speak of a normal distribution.
const FEWEST_OF_A_KIND: f64 = 9.0;

/// What remains of exact numbers when they are computed with.
const ROUNDING: f64 = 1e-9;

/// What is to be thought of a figure, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// It came out.
    Pass,
    /// It was not measured, or not well enough.
    Unknown,
    /// It did not come out.
    Fail,
}

impl Verdict {
    /// In a word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Unknown => "unknown",
            Self::Fail => "FAIL",
        }
    }

    /// The worst of all; of nothing, nothing is known.
    pub fn worst(outcomes: &[Outcome<'_>]) -> Self {
        outcomes.iter().map(|outcome| outcome.verdict).max().unwrap_or(Self::Unknown)
    }
}

/// A target and what was measured of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome<'a> {
    /// What had to come out.
    pub target: &'a Target,
    /// From so many runs.
    pub runs: u64,
    /// What came out, and its standard error.
    pub measured: Option<(f64, f64)>,
    /// How far off it may be.
    pub tolerance: Option<f64>,
    /// What is to be thought of it.
    pub verdict: Verdict,
    /// Why it is unknown.
    pub reason: Option<String>,
    /// In how many of the runs deliveries were judged.
    pub judged: JudgedCount,
}

/// In how many runs deliveries were judged, those of each world counted once.
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
    /// Nothing was measured.
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

    /// Judges what was read of the runs, in the order of seeds.
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
        let (figure, error) = fold(target, &values);
        let (tolerance, is_coarse) = match target.tolerance {
            Tolerance::Errors(more) => (4.0 * error + more, false),
            Tolerance::Within(tolerance) => (tolerance, 4.0 * error > tolerance),
        };
        let off = (figure - target.expected).abs();
        let allowed = tolerance + ROUNDING * target.expected.abs().max(1.0);
        // What is measured too coarsely fails only if no error could explain it.
        let slack = if is_coarse { 4.0 * error } else { 0.0 };
        let verdict = match (off <= allowed + slack, is_coarse) {
            (true, false) => Verdict::Pass,
            (true, true) => Verdict::Unknown,
            // Whatever is not a number is off too.
            (false, _) => Verdict::Fail,
        };
        let reason = (verdict == Verdict::Unknown)
            .then(|| format!("{runs} runs are too few: four errors are above the tolerance"));
        let (measured, tolerance) = (Some((figure, error)), Some(tolerance));
        Self { target, runs, measured, tolerance, verdict, reason, judged: JudgedCount::default() }
    }
}

/// What a sample must be for its mean to be as printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sample {
    /// Rounding explains the printed figure.
    Any,
    /// The printed figure is within four standard errors of the expected one in so many runs, and in
    /// no more.
    AtMost(u64),
}

impl Outcome<'_> {
    /// The sample that would explain the printed figure if the expected one is right: runs scatter as
    /// those that were measured.
    pub fn sample(&self) -> Option<Sample> {
        let printed = self.target.printed?;
        let (_, error) = self.measured?;
        let off = (printed.figure - self.target.expected).abs() - printed.half;
        let runs = 4.0 * error / off;
        let runs = (self.runs as f64 * runs * runs) as u64;
        Some(if off > 0.0 { Sample::AtMost(runs) } else { Sample::Any })
    }
}

/// Whether so many runs are too few to measure a target, and why.
fn too_few(target: &Target, runs: usize) -> Option<String> {
    let p = target.expected;
    let rarer = runs as f64 * p.min(1.0 - p);
    match target.fold {
        Aggregate::Each if runs > 0 => None,
        Aggregate::Each => Some("no runs".into()),
        _ if runs < FEWEST_RUNS => Some(format!("{runs} runs are too few; expected {FEWEST_RUNS}")),
        Aggregate::Share if rarer < FEWEST_OF_A_KIND => {
            let needed = (FEWEST_OF_A_KIND / p.min(1.0 - p)).ceil();
            Some(format!("{runs} runs are too few; expected {needed}"))
        }
        _ => None,
    }
}

/// What a target makes of the runs, and its standard error.
fn fold(target: &Target, values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares = || values.iter().map(|value| (value - mean) * (value - mean));
    let sum: f64 = squares().sum();
    match target.fold {
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
