//! What people and programs are shown of runs: the story, tables, JSON, pictures.

mod difference;
mod hosted;
mod json;
pub mod plot;
mod story;
mod table;
mod toll;
mod validation;

pub use difference::first_difference;
pub use hosted::{Hosted, hosted};
pub use json::{Many, Single, Summaries};
pub use story::{Story, clock};
pub use table::{metrics, repeated};
pub use validation::{Validation, targets, validation};
