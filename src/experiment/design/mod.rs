//! What a sweep varies: axes over values of a scenario, and the points that they form.
//!
//! An axis is a path of the scenario with its levels, or a list of choices that set several values at
//! once. The points are the grid of the axes, without the excluded points and with zipped axes varied
//! together; or a sample of the ranges of the axes: a Latin hypercube or Sobol's sequence. Each point is
//! an ordered list of overrides in the form of `--set`: what the file sets at every point, then the
//! levels, axis by axis.

mod axis;
mod axis_arg;
mod conflicts;
mod exclude;
mod job_seeds;
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
pub use job_seeds::JobSeeds;
pub use points::Points;
pub use sampling::MAX_POINTS;
pub use schema::schema;
pub use sweep_file::{Design, MAX_RUNS, Seeds};
pub use value::{Level, Value};
