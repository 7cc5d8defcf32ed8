//! The values of a choice.

/// The values of the runs of a choice, in the order of their seeds.
#[derive(Clone, Debug, Default)]
pub struct Sample {
    /// The name of the choice.
    pub name: String,
    /// By metric, by run.
    pub values: Vec<Vec<Option<f64>>>,
    /// By metric, by run: the values of the metric that counts the population
    /// ([`crate::metrics::MetricInfo::population`]). Empty for a metric without one.
    pub counts: Vec<Vec<Option<f64>>>,
}
