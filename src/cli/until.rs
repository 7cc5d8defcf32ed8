//! `--until 'to_all_ms ±2%'`: as many runs as it takes.

use crate::experiment::compare;
use crate::experiment::statistics::{Moments, Next, Precision, StoppingRule};
use crate::metrics::{METRICS, MetricInfo};
use crate::scenario::{Diagnostic, nearest};

/// A metric, by its name on the command line.
///
/// # Errors
/// One that is not measured, with the nearest that is.
pub fn metric(name: &str, written: &str) -> Result<usize, Diagnostic> {
    MetricInfo::named(name).map(|(place, _)| place).ok_or_else(|| {
        if name.is_empty() {
            let wrong = Diagnostic::new("no metric is named");
            let wrong = wrong.at("command line", written, 0..written.len());
            return wrong.label("expected one first, such as `to_all_ms` (`zonesim list metrics`)");
        }
        let start = written.find(name).unwrap_or(0);
        let wrong = Diagnostic::new(format!("no metric `{name}`"));
        let wrong = wrong.at("command line", written, start..start + name.len());
        wrong.label(match nearest(name, METRICS.iter().map(|column| column.name)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "expected one of those that `zonesim list metrics` tells".into(),
        })
    })
}

/// Metrics by their names on the command line, each once.
///
/// # Errors
/// One that is not measured, or is named twice.
pub fn metrics(names: &[String]) -> Result<Vec<usize>, Diagnostic> {
    let mut places = Vec::new();
    for name in names {
        let place = metric(name.trim(), name)?;
        if places.contains(&place) {
            let wrong = Diagnostic::new(format!("metric `{}` twice", name.trim()));
            let wrong = wrong.at("command line", name, 0..name.len());
            return Err(wrong.label("expected each metric once"));
        }
        places.push(place);
    }
    Ok(places)
}

/// What most who compare want to see: time, messages, and what did not reach all or was captured.
pub fn usual_metrics(is_operation: bool) -> Vec<usize> {
    let names = if is_operation {
        ["captured_share", "completed_ms", "messages"]
    } else {
        ["to_all_ms", "messages", "incomplete"]
    };
    names.iter().filter_map(|name| MetricInfo::named(name)).map(|(place, _)| place).collect()
}

/// When there are enough runs.
#[derive(Clone, Copy, Debug)]
pub struct Until {
    place: usize,
    rule: StoppingRule,
}

/// What to do next.
pub enum Step {
    /// So many more runs of each choice.
    More(u64),
    /// No more; and what could not be reached, in words.
    Enough(Vec<String>),
}

/// Runs at most where nobody says. A guess.
pub const MAX_RUNS: u64 = 100_000;

impl Until {
    /// Reads `to_all_ms ±2%` or `to_all_ms ±5 ms`.
    ///
    /// # Errors
    /// What was expected.
    pub fn read(written: &str, most: u64) -> Result<Self, Diagnostic> {
        if most < 2 {
            let wrong = Diagnostic::new("no interval of a single run");
            let wrong = wrong.at("command line", written, 0..written.len());
            return Err(wrong.label("expected --runs 2 or more, or none"));
        }
        let text = written.trim();
        let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
        let place = metric(&text[..end], written)?;
        let precision = Precision::parse(text[end..].trim(), METRICS[place].unit);
        let precision = precision.map_err(|message| {
            let (title, label) = message.split_once("; ").unwrap_or((&message, ""));
            let wrong = Diagnostic::new(title).at("command line", written, 0..written.len());
            wrong.label(label)
        })?;
        Ok(Self { place, rule: StoppingRule::new(precision, most) })
    }

    /// Whether the interval of a share is still too wide, as it is shown (Wilson's).
    fn is_too_wide(&self, values: &Moments) -> bool {
        let (column, mean) = (&METRICS[self.place], values.mean().unwrap_or_default());
        let interval = compare::interval(column, values).filter(|_| column.is_binary());
        let half = interval.map_or(0.0, |interval| (interval.high - interval.low) / 2.0);
        half > self.rule.precision.half(mean)
    }

    /// The metric's place.
    pub fn place(&self) -> usize {
        self.place
    }

    /// What to do after so many runs of each choice, given the values of each.
    fn next(&self, runs: u64, name: &str, values: &Moments) -> Result<u64, String> {
        match self.rule.next(runs, values) {
            // Of what was the same so far the interval of a share says how often it may be otherwise.
            Next::Enough(_) if self.is_too_wide(values) && runs < self.rule.max_runs => {
                Ok(runs.min(self.rule.max_runs - runs))
            }
            Next::More(more) => Ok(more),
            Next::Enough(_) => Ok(0),
            Next::Unreachable(why) => {
                let of = if name.is_empty() { String::new() } else { format!(" of {name}") };
                Err(format!("{}{of}: {why}", METRICS[self.place].name))
            }
        }
    }
}

/// What to do after so many runs: `values` gives, for a metric's place, the values of each choice with
/// its name.
pub fn step(untils: &[Until], runs: u64, values: &dyn Fn(usize) -> Vec<(String, Moments)>) -> Step {
    let (mut more, mut told) = (0, Vec::new());
    for until in untils {
        for (name, moments) in values(until.place) {
            match until.next(runs, &name, &moments) {
                Ok(needed) => more = more.max(needed),
                Err(why) => told.push(why),
            }
        }
    }
    if more > 0 { Step::More(more) } else { Step::Enough(told) }
}
