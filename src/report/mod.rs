//! What people and programs are shown of runs: the story, tables, JSON.

mod json;
mod story;
mod table;
mod toll;

pub use json::{Many, Single, Summaries};
pub use story::{Story, clock};
pub use table::{metrics, repeated};
