//! Progress bars on a terminal; none elsewhere.

use std::io;
use std::sync::{Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressStyle};

use super::terminal;
use crate::engine::{Event, RunEnd, TraceSink};
use crate::experiment::run::MeasuredRun;
use crate::metrics::{self, MetricId};
use crate::time::SimTime;

/// Creates a bar, hidden if standard error is no terminal that can redraw a line.
pub fn bar(steps: u64, unit: &str) -> ProgressBar {
    if !terminal::can_redraw(&io::stderr()) {
        return ProgressBar::hidden();
    }
    let template =
        format!("{{wide_bar}} {{pos}}/{{len}} {unit}, {{per_sec}}, {{eta}} left {{msg}}");
    let style =
        ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(steps).with_style(style)
}

/// A bar of runs that shows intermediate results.
pub struct RunsBar {
    bar: ProgressBar,
    metric: usize,
    totals: Mutex<Totals>,
}

/// Totals over the runs of this process.
#[derive(Default)]
struct Totals {
    measured: u64,
    sum: f64,
    incomplete: u64,
    failed: u64,
}

impl RunsBar {
    /// Creates a bar of `runs` runs of which `done` are done. `metric` is the index of the metric whose
    /// mean is shown, by default `to_all_ms`.
    pub fn new(runs: u64, done: u64, metric: Option<usize>) -> Self {
        let bar = bar(runs, "runs");
        bar.set_position(done);
        bar.reset_eta();
        Self { bar, metric: metric.unwrap_or(MetricId::ToAllMs.index()), totals: Mutex::default() }
    }

    /// Adds runs and updates the bar.
    pub fn add(&self, runs: &[MeasuredRun]) {
        if self.bar.is_hidden() {
            return;
        }
        let mut totals = self.totals.lock().unwrap_or_else(PoisonError::into_inner);
        for run in runs {
            let MeasuredRun { row, violation, .. } = run;
            if let Some(value) = run.values().nth(self.metric).flatten() {
                totals.measured += 1;
                totals.sum += value;
            }
            totals.incomplete += u64::from(row.incomplete.is_some_and(|items| items > 0.0));
            totals.failed += u64::from(violation.is_some());
        }
        self.bar.set_message(totals.message(self.metric));
        self.bar.inc(runs.len() as u64);
    }

    /// Removes the bar.
    pub fn end(&self) {
        self.bar.finish_and_clear();
    }
}

impl Totals {
    fn message(&self, metric: usize) -> String {
        let mean = self.sum / self.measured as f64;
        let digits = if mean.abs() < 10.0 { 3 } else { 1 };
        let mean = format!("mean {} {mean:.digits$}", metrics::column(metric).name);
        let parts = [
            (self.measured, mean),
            (self.incomplete, format!("{} incomplete", self.incomplete)),
            (self.failed, format!("{} FAILED", self.failed)),
        ];
        let parts = parts.into_iter().filter(|(count, _)| *count > 0).map(|(_, text)| text);
        parts.collect::<Vec<_>>().join(", ")
    }
}

/// A bar of the simulated time of a run.
pub struct Clock {
    bar: ProgressBar,
}

impl Clock {
    /// Creates a bar up to a horizon.
    pub fn new(horizon: SimTime) -> Self {
        Self { bar: bar(horizon.0, "ticks") }
    }
}

impl<M> TraceSink<M> for Clock {
    fn record(&mut self, at: SimTime, _event: &Event<'_, M>) {
        self.bar.set_position(at.0);
    }
    fn end(&mut self, _ending: RunEnd) {
        self.bar.finish_and_clear();
    }
}
