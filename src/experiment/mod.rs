//! Many runs: sweeps, comparisons, validation and fuzzing, with their statistics and result files.

pub mod compare;
pub mod design;
pub mod fuzz;
pub mod results;
pub mod run;
pub mod statistics;
pub mod sweep;
pub mod validate;
