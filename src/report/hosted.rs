//! What a hosted service measured: a page for people, an object for programs.

use std::collections::BTreeMap;

use serde::Serialize;

use super::clock;
use super::table::number;
use crate::experiment::statistics::Summary;
use crate::hosting::{LogEntry, LogKind, ServiceReport};
use crate::scenario::printable;
use crate::time::{NanoDuration, SimTime};

/// Lines of the log that people are shown.
const MAX_LINES: usize = 60;

/// An account as JSON: every name always there. Times are milliseconds.
#[derive(Clone, Debug, Serialize)]
pub struct Hosted<'a> {
    /// The seed.
    pub seed: u64,
    /// How long the run took, on the scenario's clock.
    pub lasted_ms: f64,
    /// Whether all clients were done.
    pub done: bool,
    /// What the scenario says and was left out.
    pub left_out: Vec<String>,
    /// Of all nodes together, by name.
    pub measures: BTreeMap<&'a str, Measured<'a>>,
    /// Of all nodes together, by name.
    pub counts: BTreeMap<&'a str, Counted<'a>>,
    /// What happened, in order.
    pub log: Vec<Told<'a>>,
}

/// What was measured under a name.
#[derive(Clone, Debug, Serialize)]
pub struct Measured<'a> {
    /// At all nodes.
    pub all: Summary,
    /// At each that measured.
    pub zones: BTreeMap<&'a str, Summary>,
}

/// What was counted under a name.
#[derive(Clone, Debug, Serialize)]
pub struct Counted<'a> {
    /// At all nodes.
    pub all: u64,
    /// At each that counted.
    pub zones: BTreeMap<&'a str, u64>,
}

/// A line of the log.
#[derive(Clone, Debug, Serialize)]
pub struct Told<'a> {
    /// When.
    pub at_ms: f64,
    /// Where; null where it is a fault of the scenario.
    pub zone: Option<&'a str>,
    /// What kind of thing.
    pub what: LogKind,
    /// In words.
    pub text: &'a str,
}

impl<'a> Hosted<'a> {
    /// Sums an account up.
    pub fn new(account: &'a ServiceReport) -> Self {
        let measured = |what| Measured {
            all: Summary::of(account.took_ms(what, None)),
            zones: by_zone(account, |zone| {
                let took = account.took_ms(what, Some(zone));
                (!took.is_empty()).then(|| Summary::of(took))
            }),
        };
        let counted = |what| Counted {
            all: account.count(what, None),
            zones: by_zone(account, |zone| {
                Some(account.count(what, Some(zone))).filter(|&count| count > 0)
            }),
        };
        let told = |line: &'a LogEntry| Told {
            at_ms: line.at.as_secs_f64() * 1e3,
            zone: line.node.map(|node| account.names[node].as_str()),
            what: line.what,
            text: &line.text,
        };
        Self {
            seed: account.seed,
            lasted_ms: account.lasted.as_secs_f64() * 1e3,
            done: account.is_done,
            left_out: account.unsupported.iter().map(ToString::to_string).collect(),
            measures: account.samples.keys().map(|what| (what.as_str(), measured(what))).collect(),
            counts: account.counts.keys().map(|what| (what.as_str(), counted(what))).collect(),
            log: account.log.iter().map(told).collect(),
        }
    }
}

fn by_zone<T>(account: &ServiceReport, of: impl Fn(&str) -> Option<T>) -> BTreeMap<&str, T> {
    account.names.iter().filter_map(|zone| Some((zone.as_str(), of(zone)?))).collect()
}

/// A page for people: what happened, then what was measured and counted, all zones before each.
pub fn hosted(account: &ServiceReport) -> String {
    let hosted = Hosted::new(account);
    let about = if account.about.is_empty() { "A hosted service" } else { &account.about };
    let about = printable(about);
    let mut page = format!("{about}\n{} nodes, seed {}\n", account.names.len(), account.seed);
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
    let why = if account.is_done { "all clients are done" } else { "the horizon" };
    page += &format!("{}  the run ends: {why}\n", at(hosted.lasted_ms));
    page + &measures(account, &hosted) + &counts(account, &hosted)
}

fn at(ms: f64) -> String {
    clock(SimTime(ms as u64), NanoDuration::from_ms(1))
}

fn measures(account: &ServiceReport, hosted: &Hosted<'_>) -> String {
    if hosted.measures.is_empty() {
        return String::new();
    }
    let (wide, zoned) = widths(account, hosted.measures.keys());
    let mut table = format!(
        "\n  {:<wide$} {:<zoned$} {:>6} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9}\n",
        "measured, ms", "zone", "n", "mean", "sd", "p50", "p90", "p99", "min", "max"
    );
    for (what, Measured { all, zones }) in &hosted.measures {
        let what = printable(what);
        for (zone, one) in in_order(account, all, zones) {
            let cell = |value: Option<f64>| value.map_or("-".into(), number);
            let Summary { n, mean, sd, p50, p90, p99, min, max, ci95: _ } = one;
            table += &format!("  {what:<wide$} {zone:<zoned$} {n:>6}");
            for value in [mean, sd, p50, p90, p99, min, max] {
                table += &format!(" {:>9}", cell(*value));
            }
            table += "\n";
        }
    }
    table
}

fn counts(account: &ServiceReport, hosted: &Hosted<'_>) -> String {
    if hosted.counts.is_empty() {
        return String::new();
    }
    let (wide, zoned) = widths(account, hosted.counts.keys());
    let mut table = format!("\n  {:<wide$} {:<zoned$} {:>6}\n", "counted", "zone", "n");
    for (what, Counted { all, zones }) in &hosted.counts {
        let what = printable(what);
        for (zone, count) in in_order(account, all, zones) {
            table += &format!("  {what:<wide$} {zone:<zoned$} {count:>6}\n");
        }
    }
    table
}

/// How wide the columns of names and zones are.
fn widths<'a>(account: &ServiceReport, names: impl Iterator<Item = &'a &'a str>) -> (usize, usize) {
    let longest = names.map(|name| printable(name).chars().count()).max().unwrap_or(0);
    let zone = account.names.iter().map(String::len).max().unwrap_or(0);
    (longest.max("measured, ms".len()), zone.max("zone".len()))
}

/// All first, then each zone in the order of the scenario, if there is more than one.
fn in_order<'a, T>(
    account: &'a ServiceReport,
    all: &'a T,
    zones: &'a BTreeMap<&str, T>,
) -> impl Iterator<Item = (&'a str, &'a T)> {
    let each = account.names.iter().filter_map(|zone| {
        let (zone, value) = zones.get_key_value(zone.as_str())?;
        Some((*zone, value))
    });
    let all = (zones.len() > 1).then_some(("all", all));
    all.into_iter().chain(each)
}
