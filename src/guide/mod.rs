//! The user guide. `zonesim help PAGE` prints the same pages.

/// A page of the guide.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// The word after `zonesim help`.
    pub name: &'static str,
    /// The subject, in a few words.
    pub about: &'static str,
    /// The text, in Markdown.
    pub text: &'static str,
}

macro_rules! pages {
    ($($(#[$more:meta])* $name:ident: $about:literal;)*) => {
        $(
            #[doc = include_str!(concat!(stringify!($name), ".md"))]
            $(#[$more])*
            pub mod $name {}
        )*

        /// All pages, in reading order.
        pub const PAGES: &[Page] = &[$(Page {
            name: stringify!($name),
            about: $about,
            text: include_str!(concat!(stringify!($name), ".md")),
        }),*];
    };
}

pages! {
    commands: "The commands, what every run checks, output files, shell completions";
    scenario: "Every key of a scenario file, and the path of a message";
    ///
    /// See also [`exchange`](crate::protocol::exchange) and [`coordination`](crate::protocol::coordination).
    protocols: "The built-in protocols, and how to add your own";
    ///
    /// See also [`MetricRow`](crate::metrics::MetricRow).
    metrics: "What a run measures";
    ///
    /// See also [`statistics`](crate::experiment::statistics).
    compare: "Comparing choices: verdicts and intervals";
    planning: "Questions of planners, predictions and answers";
    sweep: "Every key of a sweep file, and the tables that a sweep writes";
    ///
    /// See also [`hosting`](crate::hosting).
    hosting: "Running async services in the zones of a scenario";
    validation: "Measured against published and exact figures";
    performance: "Benchmark ratios";
}
