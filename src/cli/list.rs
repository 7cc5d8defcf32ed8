//! `zonesim list`: what a scenario can name, from the code that reads it.

use clap::{Args, ValueEnum};

use super::{Exit, Failure, print};
use crate::coordination;
use crate::engine::ENGINES;
use crate::exchange;
use crate::measure::COLUMNS;
use crate::seam::Entry;

/// Arguments of `list`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// What to list
    #[arg(value_enum)]
    what: What,
    /// JSON instead of text
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum What {
    /// How zones share what they know
    Exchange,
    /// How zones act together
    Coordination,
    /// What is measured
    Metrics,
    /// What can go wrong
    Faults,
    /// What runs a scenario
    Engines,
}

/// The kinds of faults, with an example each; the scenarios of the tests hold them to the code.
pub const FAULTS: [(&str, &str, &str); 7] = [
    (
        "cut",
        "cut = [[\"in\", \"pk\"], [\"*\"]]",
        "takes what departs between two groups, and what is under way when it starts; one_way = true: first to second only",
    ),
    (
        "hold",
        "hold = [[\"cn\"], [\"ru\"]]",
        "what would depart between two groups departs when it ends; one_way = true: first to second only",
    ),
    (
        "isolate",
        "isolate = [\"kg\"]",
        "cuts every link of the listed zones, those between them too",
    ),
    (
        "slow",
        "slow = [[\"cn\"], [\"*\"]]\nfactor = 3.0",
        "what two groups send each other waits longer, by the instant of sending: factor times the base latency, or add = \"200ms\" more; one_way = true: first to second only",
    ),
    (
        "lose",
        "lose = [[\"cn\"], [\"*\"]]\nloss = 0.3",
        "loses a share of what two groups send each other, beside what their links lose; one_way = true: first to second only",
    ),
    (
        "crash",
        "crash = [\"tj\"]\nmemory = \"lost\"",
        "stops nodes: timers and what they had not sent are lost, memory is kept unless it says lost: then what protocols name durable is left; back at the end of `for`",
    ),
    ("clock", "clock = [\"kz\"]\nstep = \"-2s\"", "steps clocks, once: without `for`"),
];

/// Prints a list.
pub fn list<X, C>(arguments: &Arguments) -> Result<Exit, Failure>
where
    X: exchange::Catalogue,
    C: coordination::Catalogue,
{
    let rows: Vec<(&str, String)> = match arguments.what {
        What::Exchange => X::entries().iter().map(describe).collect(),
        What::Coordination => C::entries().iter().map(describe).collect(),
        What::Metrics => {
            COLUMNS.iter().map(|c| (c.name, format!("{} ({})", c.definition, c.unit))).collect()
        }
        What::Faults => FAULTS
            .iter()
            .map(|(name, example, about)| (*name, format!("{about}\n{example}")))
            .collect(),
        What::Engines => {
            ENGINES.iter().map(|(name, _, about)| (*name, (*about).to_owned())).collect()
        }
    };
    if arguments.json {
        let rows: serde_json::Map<_, _> = rows
            .into_iter()
            .map(|(name, text)| (name.to_owned(), serde_json::Value::from(text)))
            .collect();
        print(&format!("{}\n", serde_json::Value::from(rows)))?;
    } else {
        for (name, text) in rows {
            print(&format!("{name}\n    {}\n", text.replace('\n', "\n    ")))?;
        }
    }
    Ok(Exit::Success)
}

fn describe(entry: &Entry) -> (&str, String) {
    let mut text = format!("{}\nsource: {}", entry.about, entry.source);
    for setting in entry.settings {
        text += &format!("\n{} = {}: {}", setting.key, setting.default, setting.meaning);
    }
    (entry.name, text)
}
