//! Progress on a terminal; nothing in a pipe.

use std::io;
use std::sync::{Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressStyle};

use super::terminal;
use crate::engine::{Event, RunEnd, TraceSink};
use crate::experiment::run::MeasuredRun;
use crate::metrics::{METRICS, MetricInfo};
use crate::time::SimTime;

/// A bar of so many steps, hidden where nobody looks.
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

/// A bar of runs that tells what they say so far.
pub struct Running {
    bar: ProgressBar,
    metric: usize,
    figures: Mutex<Figures>,
}

/// Of the runs of this process.
#[derive(Default)]
struct Figures {
    measured: u64,
    sum: f64,
    incomplete: u64,
    broken: u64,
}

impl Running {
    /// A bar of so many runs, some of them done already, and the place of the metric to tell; if none
    /// is named, how long it takes until all know.
    pub fn new(runs: u64, done: u64, metric: Option<usize>) -> Self {
        let bar = bar(runs, "runs");
        bar.set_position(done);
        bar.reset_eta();
        let spread = || MetricInfo::named("to_all_ms").map_or(0, |(place, _)| place);
        Self { bar, metric: metric.unwrap_or_else(spread), figures: Mutex::default() }
    }

    /// Tells of more runs.
    pub fn add(&self, runs: &[MeasuredRun]) {
        if self.bar.is_hidden() {
            return;
        }
        let mut figures = self.figures.lock().unwrap_or_else(PoisonError::into_inner);
        for MeasuredRun { row, violation, .. } in runs {
            if let Some(value) = row.values().nth(self.metric).flatten() {
                figures.measured += 1;
                figures.sum += value;
            }
            figures.incomplete += u64::from(row.incomplete.is_some_and(|items| items > 0.0));
            figures.broken += u64::from(violation.is_some());
        }
        self.bar.set_message(figures.told(self.metric));
        self.bar.inc(runs.len() as u64);
    }

    /// Takes it away.
    pub fn end(&self) {
        self.bar.finish_and_clear();
    }
}

impl Figures {
    fn told(&self, metric: usize) -> String {
        let mean = self.sum / self.measured as f64;
        let digits = if mean.abs() < 10.0 { 3 } else { 1 };
        let mean = format!("mean {} {mean:.digits$}", METRICS[metric].name);
        let figures = [
            (self.measured, mean),
            (self.incomplete, format!("{} incomplete", self.incomplete)),
            (self.broken, format!("{} BROKEN", self.broken)),
        ];
        let told = figures.into_iter().filter(|(count, _)| *count > 0).map(|(_, figure)| figure);
        told.collect::<Vec<_>>().join(", ")
    }
}

/// Moves a bar along with the time of a run.
pub struct Clock {
    bar: ProgressBar,
}

impl Clock {
    /// A bar as long as a horizon.
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
