//! What a sweep varies: axes over values of a scenario, and the points they make.
//!
//! An axis is a path of the scenario and its levels, or choices of several values at once. The points
//! are their grid, but for what is excluded and for axes that go together; or a sample of their
//! ranges: a Latin hypercube, or Sobol's sequence. Each point is an ordered list of overrides, as
//! `--set` takes them: what the file sets at every point, then the levels, axis by axis.

mod axis;
mod clash;
mod cube;
mod exclude;
mod file;
mod line;
mod point;
mod points;
mod range;
mod reader;
mod scenarios;
mod schema;
mod sobol;
mod spread;
mod value;
mod zip;

pub use axis::Axis;
pub use clash::refuse_lines;
pub use file::{Design, Seeds};
pub use line::{Line, split};
pub use points::{MOST_POINTS, Points};
pub use schema::schema;
pub use value::{Level, Value};
