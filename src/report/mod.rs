//! Output of runs for people and programs: summaries, event logs, tables, JSON and plots.

mod after_action;
mod comparison;
mod difference;
mod events;
mod fault_impact;
mod goal;
mod hosted;
mod json;
mod number;
pub mod plot;
mod points;
mod queue_loads;
mod rounds;
mod summary;
mod table;
mod units;
mod validation;

pub use after_action::{AfterAction, AfterActionReport, after_action_text};
pub use comparison::{ComparisonReport, comparison, comparison_csv, comparison_json};
pub use difference::first_difference;
pub use events::Events;
pub use goal::{GoalOfRun, GoalOfRuns};
pub use hosted::{HostedJson, hosted};
pub use json::{RunJson, RunsJson, Summaries};
pub use points::{points, points_csv};
pub use queue_loads::queue_loads;
pub use summary::{RunSummary, clock};
pub use table::{incomplete, metrics, repeated, strikes_beyond};
pub use units::DisplayUnit;
pub use validation::{Validation, targets, validation};
