//! `zonesim list`: what a scenario can name, from the code that reads it.

mod layout;

use std::io;

use clap::{Args, ValueEnum};
use serde::{Serialize, Serializer};

use self::layout::{labelled, table};
use super::{Exit, Failure, json, print, terminal};
use crate::engine::ENGINES;
use crate::metrics::{METRICS, MetricInfo};
use crate::protocol::node::Protocols;
use crate::protocol::{ProtocolInfo, ProtocolSet};
use crate::scenario::{FaultKind, nearest};

/// The width of what is no terminal, and of a terminal at the least and at the most.
const WIDTH: usize = 100;
const NARROWEST: usize = 80;
const WIDEST: usize = 120;

/// Arguments of `list`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// What to list
    #[arg(value_enum)]
    what: What,
    /// This one alone
    name: Option<String>,
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

/// A kind of fault.
#[derive(Debug, Serialize)]
struct Fault {
    about: &'static str,
    example: &'static str,
}

/// What there is to say of an engine.
#[derive(Debug, Serialize)]
struct Engine {
    about: &'static str,
}

/// Every kind of fault with its key.
fn all_faults() -> impl Iterator<Item = (&'static str, Fault)> {
    let all = FaultKind::ALL.iter();
    all.map(|kind| (kind.key(), Fault { about: kind.about(), example: kind.example() }))
}

/// Prints a list.
pub fn list<P: Protocols>(arguments: &Arguments) -> Result<Exit, Failure> {
    let named = |entries: &'static [ProtocolInfo]| entries.iter().map(|entry| (entry.name, *entry));
    match arguments.what {
        What::Exchange => show("exchange", named(P::Exchange::entries()), arguments, explained),
        What::Coordination => {
            show("coordination", named(P::Coordination::entries()), arguments, explained)
        }
        What::Metrics => {
            let all = METRICS.iter().map(|column| (column.name, column));
            show("metric", all, arguments, metrics_table)
        }
        What::Faults => show("fault", all_faults(), arguments, faults_table),
        What::Engines => {
            let all = ENGINES.iter().map(|&(name, _, about)| (name, Engine { about }));
            show("engine", all, arguments, |engines, width| {
                let row = |(name, engine): &(_, Engine)| vec![*name, engine.about];
                let rows: Vec<_> = engines.iter().map(row).collect();
                table(&rows, &[1, 4], width)
            })
        }
    }
}

fn metrics_table(metrics: &[(&'static str, &MetricInfo)], width: usize) -> String {
    let row = |(name, metric): &(_, &MetricInfo)| vec![*name, metric.unit, metric.definition];
    let head = vec!["metric", "unit", "definition"];
    let rows: Vec<_> = [head].into_iter().chain(metrics.iter().map(row)).collect();
    table(&rows, &[1, 1, 4], width)
}

fn faults_table(faults: &[(&'static str, Fault)], width: usize) -> String {
    let row = |(name, fault): &(_, Fault)| vec![*name, fault.example, fault.about];
    let head = vec!["fault", "in a [[fault]]", "what it does"];
    let rows: Vec<_> = [head].into_iter().chain(faults.iter().map(row)).collect();
    table(&rows, &[1, 2, 4], width)
}

/// All metrics, as `list metrics` prints them.
pub fn metrics() -> String {
    let all: Vec<_> = METRICS.iter().map(|column| (column.name, column)).collect();
    metrics_table(&all, width())
}

/// All faults, as `list faults` prints them.
pub fn faults() -> String {
    faults_table(&all_faults().collect::<Vec<_>>(), width())
}

/// Protocols, a line of each.
pub fn protocols(entries: &[ProtocolInfo]) -> String {
    let rows: Vec<_> = entries.iter().map(|entry| vec![entry.name, entry.about]).collect();
    table(&rows, &[1, 4], width())
}

/// The error about a name that does not exist, with the nearest one that does.
pub fn unknown(kind: &str, asked: &str, names: &[&str]) -> Failure {
    let meant = nearest(asked, names.iter().copied());
    let meant = meant.map_or(String::new(), |name| format!("did you mean `{name}`? "));
    let expected = names.join(", ");
    Failure::Misuse(format!("there is no {kind} `{asked}`; {meant}expected one of {expected}"))
}

/// Prints all of a kind, or the one that is asked for.
fn show<T: Serialize>(
    kind: &str,
    all: impl Iterator<Item = (&'static str, T)>,
    arguments: &Arguments,
    text: impl Fn(&[(&'static str, T)], usize) -> String,
) -> Result<Exit, Failure> {
    let mut all: Vec<_> = all.collect();
    if let Some(asked) = &arguments.name {
        let names: Vec<_> = all.iter().map(|(name, _)| *name).collect();
        if !names.contains(&asked.as_str()) {
            return Err(unknown(kind, asked, &names));
        }
        all.retain(|(name, _)| name == asked);
    }
    print(&if arguments.json { json(&ByName(&all)) } else { text(&all, width()) })?;
    Ok(Exit::Success)
}

/// How wide lines may be.
fn width() -> usize {
    let size = console::Term::stdout().size_checked();
    size.map_or(WIDTH, |(_, columns)| usize::from(columns).clamp(NARROWEST, WIDEST))
}

/// A JSON object, in order.
struct ByName<'a, T>(&'a [(&'static str, T)]);

impl<T: Serialize> Serialize for ByName<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// Protocols, all that is said of each.
fn explained(entries: &[(&str, ProtocolInfo)], width: usize) -> String {
    let blocks: Vec<_> = entries.iter().map(|(_, entry)| explain(entry, width)).collect();
    blocks.join("\n")
}

fn explain(entry: &ProtocolInfo, width: usize) -> String {
    let &ProtocolInfo {
        name,
        about,
        source,
        deviations: departs,
        formulas,
        variables: letters,
        guarantees: promises,
        settings,
    } = entry;
    let mut text = match about {
        "" => format!("{name}\n"),
        about => labelled(&format!("{name}: "), about, width),
    };
    let bold = console::style(name).bold().force_styling(terminal::has_colours(&io::stdout()));
    text = text.replacen(name, &bold.to_string(), 1);
    let part = |label: &str, says: &str| labelled(&format!("  {label}"), says, width);
    text += &part("source    ", source);
    for (number, departure) in departs.iter().enumerate() {
        text += &part(if number == 0 { "departs   - " } else { "          - " }, departure);
    }
    let costs: Vec<_> =
        formulas.iter().map(|formula| vec![formula.what, formula.formula]).collect();
    for (number, line) in table(&costs, &[1, 3], width - 12).lines().enumerate() {
        text += &format!("  {:<10}{line}\n", if number == 0 { "costs" } else { "" });
    }
    if !letters.is_empty() {
        text += &part("          ", &format!("({letters})"));
    }
    text += &part("promises  ", promises);
    if !settings.is_empty() {
        text.push('\n');
        let head = vec!["setting", "default", "range", "meaning", "origin of the default"];
        let ranges: Vec<_> = settings.iter().map(|setting| setting.range.to_string()).collect();
        let rows = settings.iter().zip(&ranges);
        let rows = rows.map(|(s, range)| vec![s.key, s.default, range, s.meaning, s.origin]);
        let rows: Vec<_> = [head].into_iter().chain(rows).collect();
        for line in table(&rows, &[4, 3, 4, 6, 4], width - 2).lines() {
            text += &format!("  {line}\n");
        }
    }
    text
}
