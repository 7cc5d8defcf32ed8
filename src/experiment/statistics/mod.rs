//! What can be said of many numbers: summaries, intervals, differences, and when there are enough.
//!
//! | question | answer | method |
//! |---|---|---|
//! | what came out? | [`Summary`], or [`Moments`] in flat memory | |
//! | how sure is the mean? | [`Interval::student`], [`bca`] | Student 1908; Efron 1987 |
//! | how sure is a share? | [`Interval::wilson`] | Wilson 1927 |
//! | how sure is a quantile? | [`Interval::of_quantile`], [`bca`] | order statistics |
//! | do two sorts of runs differ? | [`Difference`], [`judge`] | pairs by seed; Holm 1979; Schuirmann 1987 |
//! | how many runs are enough? | [`StoppingRule`] | Chow and Robbins 1965 |
//!
//! All values are finite. Sums run in the order in which the values come, and every function that
//! is not exact by IEEE 754 is of `libm`, so the bytes are the same on all machines and with any
//! number of threads. A level is a number in (0, 1); that of the defaults is [`LEVEL`].

mod bootstrap;
mod conclusion;
mod difference;
mod holm;
mod interval;
mod moments;
mod precision;
mod sequential;
mod sign_flip;
mod signed_ranks;
pub mod special;
mod summary;

pub use bootstrap::{Bootstrap, Statistic, bca};
pub use conclusion::{Aim, Conclusion, Hypothesis, Judgement, judge};
pub use difference::Difference;
pub use holm::holm;
pub use interval::Interval;
pub use moments::Moments;
pub use precision::Precision;
pub use sequential::{Next, StoppingRule, Unreachable};
pub use sign_flip::sign_flip_test;
pub use signed_ranks::signed_rank_test;
pub use summary::Summary;

/// Of intervals, the share that is to hold what they are of, where nothing else is said.
pub const LEVEL: f64 = 0.95;
