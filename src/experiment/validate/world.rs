//! The scenarios of validation targets.

/// A scenario and the number of its runs.
#[derive(Clone, Debug, PartialEq)]
pub struct ValidationWorld {
    /// The name in messages.
    pub name: String,
    /// The name of its exchange.
    pub exchange: String,
    /// The scenario file.
    pub text: String,
    /// Overrides, each `path=value`.
    pub set: Vec<String>,
    /// The files that the scenario names: name and text.
    pub files: &'static [(&'static str, &'static str)],
    /// The number of runs, from consecutive seeds.
    pub runs: u64,
}

impl ValidationWorld {
    /// Zones that use an exchange; `lines` are the rest of the file. By default the first zone publishes one
    /// item at the start.
    pub fn new(zones: u32, exchange: &str, lines: &str, runs: u64) -> Self {
        Self {
            name: format!("{exchange} among {zones}"),
            exchange: exchange.into(),
            text: format!("{lines}\n[zones]\ngenerate = {zones}\n"),
            set: vec![format!("exchange.use={exchange}")],
            files: &[],
            runs,
        }
    }

    /// Adds an override.
    pub fn set(mut self, path: &str, value: impl std::fmt::Display) -> Self {
        self.set.push(format!("{path}={value}"));
        self
    }
}
