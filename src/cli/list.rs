//! `zonesim list`: lists protocols, metrics, faults and engines from the tables in the code.

mod layout;

use std::io;

use clap::{Args, ValueEnum};
use serde::{Serialize, Serializer};

use self::layout::{labelled, table};
use super::exit::{Exit, Failure};
use super::stdout::{json, print};
use super::terminal;
use crate::engine::ENGINES;
use crate::metrics::{METRICS, MetricInfo};
use crate::protocol::clock_sync;
use crate::protocol::node::Protocols;
use crate::protocol::{ParamInfo, ProtocolInfo, ProtocolSet};
use crate::scenario::{FaultKind, suggestion};

/// Width of the output if it is no terminal, and the range of widths used on a terminal.
const DEFAULT_WIDTH: usize = 100;
const MIN_WIDTH: usize = 80;
const MAX_WIDTH: usize = 120;

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
    /// How nodes synchronize their clocks
    ClockSync,
    /// What is measured
    Metrics,
    /// What can go wrong
    Faults,
    /// What runs a scenario
    Engines,
}

#[derive(Debug, Serialize)]
struct Fault {
    about: &'static str,
    example: &'static str,
}

#[derive(Debug, Serialize)]
struct Engine {
    about: &'static str,
}

/// Every kind of fault with its key.
fn all_faults() -> impl Iterator<Item = (&'static str, Fault)> {
    let all = FaultKind::ALL.iter();
    all.map(|kind| (kind.key(), Fault { about: kind.about(), example: kind.example() }))
}

/// Prints the entries of a kind.
pub fn list<P: Protocols>(arguments: &Arguments) -> Result<Exit, Failure> {
    let named = |entries: &'static [ProtocolInfo]| entries.iter().map(|entry| (entry.name, *entry));
    match arguments.what {
        What::Exchange => {
            let text = |entries: &[_], width| protocol_texts(entries, Some(release), width);
            show("exchange", named(P::Exchange::entries()), arguments, text)
        }
        What::Coordination => {
            let text = |entries: &[_], width| protocol_texts(entries, None, width);
            show("coordination", named(P::Coordination::entries()), arguments, text)
        }
        What::ClockSync => {
            let text = |entries: &[_], width| protocol_texts(entries, None, width);
            show("clock synchronization", named(clock_sync::Builtin::entries()), arguments, text)
        }
        What::Metrics => {
            let all = METRICS.iter().map(|metric| (metric.name, metric));
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
    let row = |(name, metric): &(_, &MetricInfo)| {
        vec![*name, metric.unit.name(), metric.better.name(), metric.definition]
    };
    let head = vec!["metric", "unit", "better", "definition"];
    let rows: Vec<_> = [head].into_iter().chain(metrics.iter().map(row)).collect();
    table(&rows, &[1, 1, 1, 4], width)
}

fn faults_table(faults: &[(&'static str, Fault)], width: usize) -> String {
    let row = |(name, fault): &(_, Fault)| vec![*name, fault.example, fault.about];
    let head = vec!["fault", "in a [[fault]]", "what it does"];
    let rows: Vec<_> = [head].into_iter().chain(faults.iter().map(row)).collect();
    table(&rows, &[1, 2, 4], width)
}

/// All metrics, as `list metrics` prints them.
pub fn metrics() -> String {
    let all: Vec<_> = METRICS.iter().map(|metric| (metric.name, metric)).collect();
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
    let meant = suggestion(asked, names).map_or(String::new(), |meant| {
        let end = if meant.ends_with('?') { " " } else { "; " };
        meant + end
    });
    let expected = names.join(", ");
    Failure::Misuse(format!("there is no {kind} `{asked}`; {meant}expected one of {expected}"))
}

/// Prints all entries of a kind, or the one that the arguments name.
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

/// Maximum width of a line in characters.
fn width() -> usize {
    let size = console::Term::stdout().size_checked();
    size.map_or(DEFAULT_WIDTH, |(_, columns)| usize::from(columns).clamp(MIN_WIDTH, MAX_WIDTH))
}

/// Serializes pairs as a JSON object, in order.
struct ByName<'a, T>(&'a [(&'static str, T)]);

impl<T: Serialize> Serialize for ByName<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// The decisions on release that an exchange needs, in words.
fn release(entry: &ProtocolInfo) -> &'static str {
    entry.release.describe()
}

type Describe = fn(&ProtocolInfo) -> &'static str;

/// Formats everything that is known of protocols, a block each; `release` says how they release items.
fn protocol_texts(
    entries: &[(&str, ProtocolInfo)],
    release: Option<Describe>,
    width: usize,
) -> String {
    let blocks: Vec<_> =
        entries.iter().map(|(_, entry)| protocol_text(entry, release, width)).collect();
    blocks.join("\n")
}

fn protocol_text(entry: &ProtocolInfo, release: Option<Describe>, width: usize) -> String {
    let &ProtocolInfo { name, about, source, deviations, formulas, variables, guarantees, .. } =
        entry;
    let mut text = match about {
        "" => format!("{name}\n"),
        about => labelled(&format!("{name}: "), about, width),
    };
    let bold = console::style(name).bold().force_styling(terminal::has_colours(&io::stdout()));
    text = text.replacen(name, &bold.to_string(), 1);
    let part = |label: &str, text: &str| labelled(&format!("  {label}"), text, width);
    text += &part("source    ", source);
    for (number, deviation) in deviations.iter().enumerate() {
        text += &part(if number == 0 { "deviates  - " } else { "          - " }, deviation);
    }
    let costs: Vec<_> =
        formulas.iter().map(|formula| vec![formula.what, formula.formula]).collect();
    for (number, line) in table(&costs, &[1, 3], width - 12).lines().enumerate() {
        text += &format!("  {:<10}{line}\n", if number == 0 { "costs" } else { "" });
    }
    if !variables.is_empty() {
        text += &part("          ", &format!("({variables})"));
    }
    text += &part("guarantee ", guarantees);
    if let Some(release) = release {
        text += &part("release   ", release(entry));
    }
    text + &settings_table(entry.settings, width)
}

/// Formats the settings of a protocol, after a blank line; empty without settings.
fn settings_table(settings: &[ParamInfo], width: usize) -> String {
    if settings.is_empty() {
        return String::new();
    }
    let head = vec!["setting", "default", "range", "meaning", "origin of the default"];
    let ranges: Vec<_> = settings.iter().map(|setting| setting.range.to_string()).collect();
    let rows = settings.iter().zip(&ranges);
    let rows = rows.map(|(s, range)| vec![s.key, s.default, range, s.meaning, s.origin]);
    let rows: Vec<_> = [head].into_iter().chain(rows).collect();
    let table = table(&rows, &[4, 3, 4, 6, 4], width - 2);
    table.lines().fold("\n".into(), |text: String, line| text + &format!("  {line}\n"))
}
