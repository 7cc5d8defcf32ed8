//! What a sweep varies: axes over values of a scenario, and the points they make.
//!
//! An axis is a path of the scenario and its levels, or choices of several values at once. The points
//! are their grid, but for what is excluded and for axes that go together; or a sample of their
//! ranges: a Latin hypercube, or Sobol's sequence. Each point is an ordered list of overrides, as
//! `--set` takes them.

mod axis;
mod cube;
mod file;
mod line;
mod points;
mod sobol;

pub use axis::{Axis, Level, Value};
pub use file::{Design, Seeds};
pub use line::{Line, split};
pub use points::{MOST_POINTS, Points};
