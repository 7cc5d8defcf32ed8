//! What people and programs are shown of runs: the story, tables, JSON.

mod difference;
mod json;
mod story;
mod table;
mod toll;

pub use difference::first_difference;
pub use json::{Many, Single, Summaries};
pub use story::{Story, clock};
pub use table::{metrics, repeated};
