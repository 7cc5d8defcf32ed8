//! Statistics of many runs: summaries, intervals, differences, and stopping rules.
//!
//! | question | answer | method |
//! |---|---|---|
//! | what are the values? | [`Summary`], or [`Moments`] in constant memory | |
//! | how precise is the mean? | [`Interval::student`], [`bca`] | Student 1908; Efron 1987 |
//! | how precise is a proportion? | [`Interval::wilson`] | Wilson 1927 |
//! | how precise is a quantile? | [`Interval::quantile`], [`bca`] | order statistics |
//! | do two choices differ? | [`Difference`], [`judge`] | pairs by seed; Holm 1979; Schuirmann 1987 |
//! | do two proportions differ? | [`BinaryPairs`] | McNemar 1947; Tango 1998 |
//! | how many runs are enough? | [`StoppingRule`] | Chow and Robbins 1965 |
//!
//! All values are finite. Sums are taken in the order of the values, and every function that IEEE 754
//! does not make exact is that of `libm`, so that results are the same on all machines and with any
//! number of threads. A confidence level is a number in (0, 1); the default is [`LEVEL`].

mod binary_pairs;
mod bootstrap;
mod conclusion;
mod difference;
mod holm;
mod interval;
mod level;
mod moments;
mod precision;
mod sequential;
mod sign_flip;
mod signed_ranks;
pub mod special;
mod summary;

pub use binary_pairs::BinaryPairs;
pub use bootstrap::{Bootstrap, Statistic, bca};
pub use conclusion::{Aim, Conclusion, Hypothesis, Judgement, judge};
pub use difference::Difference;
pub use holm::holm;
pub use interval::Interval;
pub use level::LEVEL;
pub use moments::Moments;
pub use precision::Precision;
pub use sequential::{Next, StoppingRule, Unreachable};
pub use sign_flip::sign_flip_test;
pub use signed_ranks::signed_rank_test;
pub use summary::Summary;
