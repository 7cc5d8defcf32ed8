//! The scenarios in which figures are measured.

/// A scenario and how often it is run.
#[derive(Clone, Debug, PartialEq)]
pub struct ValidationWorld {
    /// What it is called in messages.
    pub name: String,
    /// The exchange that it uses.
    pub exchange: String,
    /// The scenario file.
    pub text: String,
    /// Values put over it, each `path=value`.
    pub set: Vec<String>,
    /// The files that it names, in memory: name and text.
    pub files: &'static [(&'static str, &'static str)],
    /// How often it is run, from as many seeds.
    pub runs: u64,
}

impl ValidationWorld {
    /// So many zones that use an exchange; `lines` are the rest of the file. One item at once from
    /// the first zone, unless they say otherwise.
    pub fn of(zones: u32, exchange: &str, lines: &str, runs: u64) -> Self {
        Self {
            name: format!("{exchange} among {zones}"),
            exchange: exchange.into(),
            text: format!("{lines}\n[zones]\ngenerate = {zones}\n"),
            set: vec![format!("exchange.use={exchange}")],
            files: &[],
            runs,
        }
    }

    /// With a value put over it.
    pub fn set(mut self, path: &str, value: impl std::fmt::Display) -> Self {
        self.set.push(format!("{path}={value}"));
        self
    }
}
