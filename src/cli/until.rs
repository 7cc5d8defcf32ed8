//! `--until 'to_all_ms ±2%'`: adds runs until confidence intervals are narrow enough.

use super::exit::Failure;
use super::stderr::note;
use crate::experiment::compare;
use crate::experiment::statistics::{Moments, Next, Precision, StoppingRule};
use crate::metrics::{self, GOAL, METRICS, MetricId, MetricInfo};
use crate::scenario::{Diagnostic, suggestion};

/// Returns the index of a column, by the name of the metric in the argument `written`; `goal` is one if
/// there is a goal.
///
/// # Errors
/// An unknown metric, with the nearest name.
pub fn metric(name: &str, written: &str, has_goal: bool) -> Result<usize, Diagnostic> {
    metrics::columns(has_goal).position(|column| column.name == name).ok_or_else(|| {
        if name.is_empty() {
            let error = argument_error(written, "no metric is named");
            return error.label("expected one first, such as `to_all_ms` (`zonesim list metrics`)");
        }
        let start = written.find(name).unwrap_or(0);
        let error = Diagnostic::new(format!("no metric `{name}`"));
        let error = error.at("command line", written, start..start + name.len());
        if name == GOAL.name {
            return error.label("expected --goal beside it: --goal 'captured_share >= 0.9'");
        }
        let names: Vec<_> = METRICS.iter().map(|metric| metric.name).collect();
        let any = || "expected a metric that `zonesim list metrics` prints".into();
        error.label(suggestion(name, &names).unwrap_or_else(any))
    })
}

/// A diagnostic that points at a whole argument.
pub fn argument_error(written: &str, title: impl Into<String>) -> Diagnostic {
    Diagnostic::new(title).at("command line", written, 0..written.len())
}

/// Returns the indices of columns, by the names of metrics on the command line.
///
/// # Errors
/// An unknown metric, or one that is named twice.
pub fn metrics(names: &[String], has_goal: bool) -> Result<Vec<usize>, Diagnostic> {
    let mut indices = Vec::new();
    for name in names {
        let index = metric(name.trim(), name, has_goal)?;
        if indices.contains(&index) {
            let error = argument_error(name, format!("metric `{}` twice", name.trim()));
            return Err(error.label("expected each metric once"));
        }
        indices.push(index);
    }
    Ok(indices)
}

/// Returns the columns of a comparison or a sweep to show: those that are named, or the default ones;
/// before them the goal if there is one.
pub fn shown(mut named: Vec<usize>, is_operation: bool, has_goal: bool) -> Vec<usize> {
    if named.is_empty() {
        named = default_metrics(is_operation);
    }
    if has_goal && !named.contains(&METRICS.len()) {
        named.insert(0, METRICS.len());
    }
    named
}

fn default_metrics(is_operation: bool) -> Vec<usize> {
    let metrics = if is_operation {
        [MetricId::CapturedShare, MetricId::CompletedMs, MetricId::Messages]
    } else {
        [MetricId::ToAllMs, MetricId::Messages, MetricId::Incomplete]
    };
    metrics.map(MetricId::index).to_vec()
}

/// Parses a width in the unit of a metric.
///
/// # Errors
/// As [`Precision::parse`].
pub fn width(text: &str, metric: &MetricInfo) -> Result<Precision, String> {
    Precision::parse(text, metric.unit.name(), metric.unit.is_dimensionless())
}

/// The requested precision of a metric.
#[derive(Clone, Copy, Debug)]
pub struct Until {
    metric: usize,
    rule: StoppingRule,
}

enum Step {
    /// Add this number of runs of each choice.
    More(u64),
    /// Stop; with the reasons why a precision is not reached.
    Enough(Vec<String>),
}

/// Default maximum number of runs of each choice. A guess.
pub const MAX_RUNS: u64 = 100_000;

impl Until {
    /// Parses arguments such as `to_all_ms ±2%` or `to_all_ms ±5 ms`; `max` limits the runs of each
    /// choice.
    ///
    /// # Errors
    /// An unknown metric, a malformed precision, or a limit below 2.
    pub fn parse_all(
        arguments: &[String],
        max: u64,
        has_goal: bool,
    ) -> Result<Vec<Self>, Diagnostic> {
        arguments.iter().map(|argument| Self::parse(argument, max, has_goal)).collect()
    }

    fn parse(written: &str, max: u64, has_goal: bool) -> Result<Self, Diagnostic> {
        if max < 2 {
            let error = argument_error(written, "no interval of a single run");
            return Err(error.label("expected --runs 2 or more, or none"));
        }
        let text = written.trim();
        let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
        let metric = metric(&text[..end], written, has_goal)?;
        let precision = width(text[end..].trim(), metrics::column(metric));
        let precision = precision.map_err(|message| {
            let (title, label) = message.split_once("; ").unwrap_or((&message, ""));
            argument_error(written, title).label(label)
        })?;
        Ok(Self { metric, rule: StoppingRule::new(precision, max) })
    }

    /// Returns whether the Wilson interval of a share, which is the one reported, is still too wide.
    fn is_too_wide(&self, values: &Moments) -> bool {
        let (metric, mean) = (metrics::column(self.metric), values.mean().unwrap_or_default());
        let interval = compare::interval(metric, values).filter(|_| metric.is_binary());
        let half = interval.map_or(0.0, |interval| (interval.high - interval.low) / 2.0);
        half > self.rule.precision.half(mean)
    }

    /// Index of the metric.
    pub fn metric(&self) -> usize {
        self.metric
    }

    /// The number of further runs that a choice needs after `runs` runs with these values. An error is
    /// the reason why the precision is not reached.
    fn next(&self, runs: u64, name: &str, values: &Moments) -> Result<u64, String> {
        match self.rule.next(runs, values) {
            // If all values are equal, only the interval of a share has a width.
            Next::Enough(_) if self.is_too_wide(values) && runs < self.rule.max_runs => {
                Ok(runs.min(self.rule.max_runs - runs))
            }
            Next::More(more) => Ok(more),
            Next::Enough(_) => Ok(0),
            Next::Unreachable(why) => {
                let of = if name.is_empty() { String::new() } else { format!(" of {name}") };
                Err(format!("{}{of}: {why}", metrics::column(self.metric).name))
            }
        }
    }
}

/// Decides what to do after `runs` runs of each choice; `moments` returns the names of the choices with
/// their values of a metric.
fn step(untils: &[Until], runs: u64, moments: impl Fn(usize) -> Vec<(String, Moments)>) -> Step {
    let (mut more, mut reasons) = (0, Vec::new());
    for until in untils {
        for (name, moments) in moments(until.metric) {
            match until.next(runs, &name, &moments) {
                Ok(needed) => more = more.max(needed),
                Err(reason) => reasons.push(reason),
            }
        }
    }
    if more > 0 { Step::More(more) } else { Step::Enough(reasons) }
}

/// Adds runs until the requested precisions are reached or out of reach; without any, adds `runs` runs.
/// `add` adds runs of each choice and returns their total; `moments` is that of [`step`]. Returns
/// whether all precisions are reached; if not, the reasons are written as notes.
///
/// # Errors
/// Those of `add`.
pub fn repeat<S>(
    untils: &[Until],
    runs: u64,
    samples: &mut S,
    mut add: impl FnMut(&mut S, u64) -> Result<u64, Failure>,
    moments: impl Fn(&S, usize) -> Vec<(String, Moments)>,
) -> Result<bool, Failure> {
    let mut more = if untils.is_empty() { runs } else { 0 };
    loop {
        let total = add(samples, more)?;
        match step(untils, total, |metric| moments(samples, metric)) {
            Step::More(needed) => more = needed,
            Step::Enough(reasons) => {
                reasons.iter().for_each(|reason| note(reason));
                return Ok(reasons.is_empty());
            }
        }
    }
}
