//! The report of a hosted service, as text and as JSON.

use std::collections::BTreeMap;

use serde::Serialize;

use super::clock;
use super::number::number;
use crate::experiment::statistics::Summary;
use crate::hosting::{LogEntry, LogKind, ServiceReport};
use crate::scenario::printable;
use crate::time::{NanoDuration, SimTime};

/// Most lines of the log in the text.
const MAX_LINES: usize = 60;

/// A [`ServiceReport`] as JSON; every key is always present.
#[derive(Clone, Debug, Serialize)]
pub struct HostedJson<'a> {
    /// Seed of the run.
    pub seed: u64,
    /// Simulated duration of the run in ms.
    pub lasted_ms: f64,
    /// Whether all clients finished before the horizon.
    pub done: bool,
    /// Parts of the scenario that hosting does not support.
    pub left_out: Vec<String>,
    /// Durations in ms, by the name that the service gave them.
    pub measures: BTreeMap<&'a str, DurationsJson<'a>>,
    /// Counters, by the name that the service gave them.
    pub counts: BTreeMap<&'a str, CounterJson<'a>>,
    /// Log of the service and the faults, in order of time.
    pub log: Vec<LogLineJson<'a>>,
}

/// The durations under a name, in ms.
#[derive(Clone, Debug, Serialize)]
pub struct DurationsJson<'a> {
    /// Summary over all nodes.
    pub all: Summary,
    /// Summaries of the nodes that have any.
    pub zones: BTreeMap<&'a str, Summary>,
}

/// The counter under a name.
#[derive(Clone, Debug, Serialize)]
pub struct CounterJson<'a> {
    /// Sum over all nodes.
    pub all: u64,
    /// Counts of the nodes above 0.
    pub zones: BTreeMap<&'a str, u64>,
}

/// A line of the log.
#[derive(Clone, Debug, Serialize)]
pub struct LogLineJson<'a> {
    /// Simulated time in ms.
    pub at_ms: f64,
    /// Id of the node; `None` for a fault of the scenario.
    pub zone: Option<&'a str>,
    /// Source of the line.
    pub what: LogKind,
    /// The line as the service wrote it.
    pub text: &'a str,
}

impl<'a> HostedJson<'a> {
    /// Summarizes a report by name, over all nodes and by node.
    pub fn new(report: &'a ServiceReport) -> Self {
        let measured = |what| DurationsJson {
            all: Summary::new(report.took_ms(what, None)),
            zones: by_zone(report, |zone| {
                let took = report.took_ms(what, Some(zone));
                (!took.is_empty()).then(|| Summary::new(took))
            }),
        };
        let counted = |what| CounterJson {
            all: report.count(what, None),
            zones: by_zone(report, |zone| {
                Some(report.count(what, Some(zone))).filter(|&count| count > 0)
            }),
        };
        let log_line = |line: &'a LogEntry| LogLineJson {
            at_ms: line.at.as_secs_f64() * 1e3,
            zone: line.node.map(|node| report.names[node].as_str()),
            what: line.what,
            text: &line.text,
        };
        Self {
            seed: report.seed,
            lasted_ms: report.lasted.as_secs_f64() * 1e3,
            done: report.is_done,
            left_out: report.unsupported.iter().map(ToString::to_string).collect(),
            measures: report.samples.keys().map(|what| (what.as_str(), measured(what))).collect(),
            counts: report.counts.keys().map(|what| (what.as_str(), counted(what))).collect(),
            log: report.log.iter().map(log_line).collect(),
        }
    }
}

fn by_zone<T>(report: &ServiceReport, value: impl Fn(&str) -> Option<T>) -> BTreeMap<&str, T> {
    report.names.iter().filter_map(|zone| Some((zone.as_str(), value(zone)?))).collect()
}

/// Formats a report as text: the log, then durations and counters, each over all zones first.
pub fn hosted(report: &ServiceReport) -> String {
    let hosted = HostedJson::new(report);
    let about = if report.about.is_empty() { "A hosted service" } else { &report.about };
    let about = printable(about);
    let mut page = format!("{about}\n{} nodes, seed {}\n", report.names.len(), report.seed);
    if !hosted.left_out.is_empty() {
        page += &format!("left out of the scenario: {}\n", hosted.left_out.join(", "));
    }
    page += "\n";
    for line in hosted.log.iter().take(MAX_LINES) {
        let zone = line.zone.map_or(String::new(), |zone| format!("{zone} "));
        page += &format!("{}  {zone}{}\n", at(line.at_ms), printable(line.text));
    }
    if let Some(more) = hosted.log.len().checked_sub(MAX_LINES).filter(|&more| more > 0) {
        page += &format!("{:>13}  and {more} lines more\n", "");
    }
    let why = if report.is_done { "all clients are done" } else { "the horizon" };
    page += &format!("{}  the run ends: {why}\n", at(hosted.lasted_ms));
    page + &measures(report, &hosted) + &counts(report, &hosted)
}

fn at(ms: f64) -> String {
    clock(SimTime(ms as u64), NanoDuration::from_ms(1))
}

fn measures(report: &ServiceReport, hosted: &HostedJson<'_>) -> String {
    if hosted.measures.is_empty() {
        return String::new();
    }
    let (name_width, zone_width) = widths(report, hosted.measures.keys());
    let mut table = format!(
        "\n  {:<name_width$} {:<zone_width$} {:>6} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9}\n",
        "measured, ms", "zone", "n", "mean", "sd", "p50", "p90", "p99", "min", "max"
    );
    for (what, DurationsJson { all, zones }) in &hosted.measures {
        let what = printable(what);
        for (zone, one) in in_order(report, all, zones) {
            let cell = |value: Option<f64>| value.map_or("-".into(), number);
            let Summary { n, mean, sd, p50, p90, p99, min, max, .. } = one;
            table += &format!("  {what:<name_width$} {zone:<zone_width$} {n:>6}");
            for value in [mean, sd, p50, p90, p99, min, max] {
                table += &format!(" {:>9}", cell(*value));
            }
            table += "\n";
        }
    }
    table
}

fn counts(report: &ServiceReport, hosted: &HostedJson<'_>) -> String {
    if hosted.counts.is_empty() {
        return String::new();
    }
    let (name_width, zone_width) = widths(report, hosted.counts.keys());
    let mut table = format!("\n  {:<name_width$} {:<zone_width$} {:>6}\n", "counted", "zone", "n");
    for (what, CounterJson { all, zones }) in &hosted.counts {
        let what = printable(what);
        for (zone, count) in in_order(report, all, zones) {
            table += &format!("  {what:<name_width$} {zone:<zone_width$} {count:>6}\n");
        }
    }
    table
}

/// Widths of the columns of names and zones.
fn widths<'a>(report: &ServiceReport, names: impl Iterator<Item = &'a &'a str>) -> (usize, usize) {
    let longest = names.map(|name| printable(name).chars().count()).max().unwrap_or(0);
    let zone = report.names.iter().map(String::len).max().unwrap_or(0);
    (longest.max("measured, ms".len()), zone.max("zone".len()))
}

/// The value over all zones if there are several, then that of each zone in the order of the scenario.
fn in_order<'a, T>(
    report: &'a ServiceReport,
    all: &'a T,
    zones: &'a BTreeMap<&str, T>,
) -> impl Iterator<Item = (&'a str, &'a T)> {
    let each = report.names.iter().filter_map(|zone| {
        let (zone, value) = zones.get_key_value(zone.as_str())?;
        Some((*zone, value))
    });
    let all = (zones.len() > 1).then_some(("all", all));
    all.into_iter().chain(each)
}
