//! What a sweep varies: axes over values of a scenario, and the points they make.
//!
//! An axis is a path of the scenario and its levels, or choices of several values at once. The points
//! are their grid, but for what is excluded and for axes that go together; or a sample of their
//! ranges: a Latin hypercube, or Sobol's sequence. Each point is an ordered list of overrides, as
//! `--set` takes them: what the file sets at every point, then the levels, axis by axis.

mod axis;
mod axis_arg;
mod conflicts;
mod exclude;
mod latin_hypercube;
mod point;
mod points;
mod range;
mod reader;
mod sampling;
mod scenarios;
mod schema;
mod sobol;
mod sweep_file;
mod value;
mod zip;

pub use axis::Axis;
pub use axis_arg::{AxisArg, split};
pub use conflicts::refuse_conflicting_args;
pub use points::{MAX_POINTS, Points};
pub use schema::schema;
pub use sweep_file::{Design, Seeds};
pub use value::{Level, Value};
