//! Goals: conditions on the metrics of a run, such as
//! `captured_share >= 0.9 and spread <= 10min before 36h`.

mod condition;
mod error;
mod lexer;
mod parser;
mod value;

use std::ops::Range;

use condition::Condition;
pub use error::GoalError;
use parser::Parser;

use super::row::MetricRow;
use crate::scenario::Diagnostic;
use crate::time::NanoDuration;

/// A condition on the metrics of a run, or of the run with an earlier horizon.
#[derive(Clone, Debug, PartialEq)]
pub struct Goal {
    text: String,
    condition: Condition,
    /// The time by which it must be reached, and where it stands in the text.
    before: Option<(NanoDuration, Range<usize>)>,
}

impl Goal {
    /// Reads a goal: comparisons of metrics with values in readable units, joined by `and`, `or`, `not`
    /// and parentheses, and at the end an optional `before TIME`.
    ///
    /// # Errors
    /// The first word that is wrong.
    pub fn read(text: &str) -> Result<Self, GoalError> {
        let mut parser = Parser::new(text);
        let condition = parser.condition()?;
        let before = parser.before()?;
        Ok(Self { text: text.trim().into(), condition, before })
    }

    /// Reads a goal from the command line.
    ///
    /// # Errors
    /// Those of [`Goal::read`], at their place in the argument.
    pub fn from_argument(text: &str) -> Result<Self, Diagnostic> {
        let at = |error: GoalError| error.diagnostic().at("command line", text, error.range);
        Self::read(text).map_err(at)
    }

    /// The goal as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The time by which it must be reached. None for the whole run.
    pub fn before(&self) -> Option<NanoDuration> {
        self.before.as_ref().map(|(time, _)| *time)
    }

    /// Whether a run with these metrics reaches the goal. A comparison with a metric that has no value
    /// is false.
    pub fn is_reached(&self, row: &MetricRow) -> bool {
        self.condition.holds(row)
    }

    /// Checks that runs up to a horizon last as long as the goal asks for.
    ///
    /// # Errors
    /// A time beyond the horizon.
    pub fn check(&self, horizon: NanoDuration) -> Result<(), Diagnostic> {
        match &self.before {
            Some((time, range)) if *time > horizon => {
                let title = format!("the goal asks for {time}, beyond the horizon of the run");
                let error = Diagnostic::new(title).at("goal", &self.text, range.clone());
                Err(error.label(format!("expected {horizon} or less, or a longer `horizon`")))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{GOAL, METRICS, Unit};

    fn row() -> MetricRow {
        MetricRow {
            captured_share: Some(0.9),
            captured: Some(9.0),
            spread_ms: Some(600_000.0),
            split: Some(1.0),
            bytes: Some(64_000.0),
            stretch: Some(0.1 + 0.2),
            ..MetricRow::default()
        }
    }

    #[test]
    fn conditions_by_hand() {
        for (text, expected) in [
            ("captured_share >= 0.9", true),
            ("captured_share > 90 %", false),
            ("captured_share>=90%", true),
            ("captured = 9", true),
            ("captured != 9", false),
            ("captured == 9 and captured < 10 and captured <= 9", true),
            ("spread <= 10min", true),
            ("spread_ms < 600s", false),
            ("spread <= 9.99 min", false),
            ("stretch = 0.3", true),
            ("stretch < 0.3", false),
            ("bytes <= 64kB", true),
            ("bytes < 62.5 KiB", false),
            ("split", true),
            ("not split", false),
            ("split = 0", false),
            // `and` before `or`, `not` before both.
            ("captured = 9 or captured = 8 and captured = 7", true),
            ("(captured = 9 or captured = 8) and captured = 7", false),
            ("not captured = 8 and captured = 9", true),
            ("not (captured = 8 or captured = 9)", false),
            ("not not (((split)))", true),
            // Without a value a comparison is false, and so is its contrary.
            ("premature = 0", false),
            ("premature != 0", false),
            ("not premature = 0", true),
        ] {
            assert_eq!(Goal::read(text).unwrap().is_reached(&row()), expected, "{text}");
        }
    }

    #[test]
    fn a_goal_has_a_time() {
        let goal = Goal::read(" captured >= 1 before 1.5h ").unwrap();
        assert_eq!(
            (goal.text(), goal.before()),
            ("captured >= 1 before 1.5h", "90min".parse().ok())
        );
        assert!(goal.check("90min".parse().unwrap()).is_ok());
        let error = goal.check("89min".parse().unwrap()).unwrap_err();
        assert!(error.render(false).contains("expected 89min or less"), "{error}");
        assert_eq!(Goal::read("captured >= 1").unwrap().before(), None);
    }

    #[test]
    fn every_metric_can_be_named_without_its_unit() {
        for metric in METRICS {
            let value = match metric.unit {
                Unit::Ms => "1s",
                Unit::Bytes => "1kB",
                Unit::Count | Unit::Share | Unit::Indicator | Unit::Ratio => "1",
            };
            let read = |name: &str| Goal::read(&format!("{name} = {value}")).unwrap().condition;
            assert_eq!(read(metric.name), read(metric.stem()));
            assert!(!["and", "or", "not", "before", GOAL.name].contains(&metric.stem()));
        }
    }

    #[test]
    fn no_text_is_too_deep_or_loops() {
        for (text, many) in [("(", 100_000), ("not ", 100_000), ("split and ", 10_000)] {
            assert!(Goal::read(&text.repeat(many)).is_err());
        }
        let long = format!("{}split", "split or ".repeat(10_000));
        assert!(Goal::read(&long).unwrap().is_reached(&row()));
    }
}
