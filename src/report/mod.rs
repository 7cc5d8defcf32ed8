//! What people and programs are shown of runs: the story, tables, JSON, pictures.

mod comparison;
mod difference;
mod events;
mod fault_impact;
mod hosted;
mod json;
pub mod plot;
mod points;
mod rounds;
mod summary;
mod table;
mod units;
mod validation;

pub use comparison::{Compared, comparison, comparison_csv, comparison_json};
pub use difference::first_difference;
pub use events::Events;
pub use hosted::{Hosted, hosted};
pub use json::{Many, Single, Summaries};
pub use points::{points, points_csv};
pub use summary::{RunSummary, clock};
pub use table::{fewer, metrics, repeated};
pub use units::Shown;
pub use validation::{Validation, targets, validation};
