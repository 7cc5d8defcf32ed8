//! Progress on a terminal; nothing in a pipe.

use std::io::{self, IsTerminal};

use indicatif::{ProgressBar, ProgressStyle};

use crate::engine::{Ending, Event, Observer};
use crate::time::Tick;

/// A bar of so many steps, hidden where nobody looks.
pub fn bar(steps: u64, unit: &str) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let template =
        format!("{{wide_bar}} {{pos}}/{{len}} {unit}, {{per_sec}}, {{eta}} left {{msg}}");
    let style =
        ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(steps).with_style(style)
}

/// Moves a bar along with the time of a run.
pub struct Clock {
    bar: ProgressBar,
}

impl Clock {
    /// A bar as long as a horizon.
    pub fn new(horizon: Tick) -> Self {
        Self { bar: bar(horizon.0, "ticks") }
    }
}

impl<M> Observer<M> for Clock {
    fn record(&mut self, at: Tick, _event: &Event<'_, M>) {
        self.bar.set_position(at.0);
    }
    fn end(&mut self, _ending: Ending) {
        self.bar.finish_and_clear();
    }
}
