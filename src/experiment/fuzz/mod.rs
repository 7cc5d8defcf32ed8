//! Fuzzing: random scenarios until an invariant is violated, and the smallest scenario with the same
//! violation.

mod event_limit;
pub mod random;
mod reductions;
mod shrink;
mod simplify;
mod test_case;

pub use shrink::shrink;
pub use test_case::{CaseResult, TestCase};
