//! What a scenario can say that plain sockets do not carry. It is refused where it stands, or left
//! out on request and then said in every report: a service never meets another network than it was
//! told.

use std::fmt;
use std::str::FromStr;

use super::ScenarioPlan;
use crate::coordination;
use crate::exchange;
use crate::fault::Effect;
use crate::network::{Jitter, Model, Network};
use crate::scenario::{Diagnostic, Kind, Loaded};
use crate::time::Length;

/// A scenario with the exchanges and coordinations that come with zonesim.
pub type Scenario = Loaded<exchange::Settings, coordination::Settings>;

/// A part of a scenario that a hosted service does not meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Latency that varies from message to message.
    Jitter,
    /// What chance loses, by itself or in bursts.
    Loss,
    /// Messages of which the network makes copies.
    Duplicate,
    /// Links on which messages take their time and queue.
    Bandwidth,
    /// Clocks that are off, or are stepped.
    Clock,
    /// A fault that holds messages back.
    Hold,
    /// A fault that loses messages.
    Lose,
    /// What there is to learn.
    Workload,
    /// How zones share it.
    Exchange,
    /// How zones act on it.
    Coordination,
}

/// All parts, by the words of `--without`, and why they are not carried.
pub const PARTS: [(&str, Part, &str); 10] = [
    ("jitter", Part::Jitter, "it is waited at the sender, before sockets have sent anything"),
    ("loss", Part::Loss, "turmoil loses links, not messages, and its TCP resends nothing"),
    ("duplicate", Part::Duplicate, "turmoil makes no copies"),
    ("bandwidth", Part::Bandwidth, "turmoil knows no size of what it carries"),
    ("clock", Part::Clock, "turmoil has one clock for all"),
    ("hold", Part::Hold, "turmoil delivers what it held all at once, without the way"),
    ("lose", Part::Lose, "turmoil loses links, not messages"),
    ("workload", Part::Workload, "a hosted service brings its own"),
    ("exchange", Part::Exchange, "a hosted service is its own"),
    ("coordination", Part::Coordination, "a hosted service is its own"),
];

impl Part {
    fn entry(self) -> (&'static str, &'static str) {
        let found = PARTS.iter().find(|&&(_, part, _)| part == self);
        found.map_or(("", ""), |&(name, _, why)| (name, why))
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.entry().0)
    }
}

impl FromStr for Part {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let found = PARTS.iter().find(|(name, ..)| *name == text);
        let names: Vec<_> = PARTS.iter().map(|(name, ..)| *name).collect();
        found.map(|&(_, part, _)| part).ok_or_else(|| format!("expected {}", names.join(", ")))
    }
}

/// Refuses what is not carried and not left out; returns what is left out and would have mattered.
pub fn check(
    loaded: &Scenario,
    plan: &ScenarioPlan,
    without: &[Part],
) -> Result<Vec<Part>, Diagnostic> {
    let source = &loaded.source;
    if plan.resolution != Length::from_ms(1) {
        let title = format!("a hosted service cannot run at a resolution of {}", plan.resolution);
        let label = "expected \"1ms\": the clock of tokio under turmoil counts milliseconds";
        return Err(source.diagnostic("resolution", title).label(label));
    }
    let mut found = not_carried(loaded, plan);
    found.dedup_by_key(|&mut (part, _)| part);
    let refused = found.iter().find(|(part, _)| !without.contains(part));
    let Some((part, path)) = refused else {
        return Ok(found.into_iter().map(|(part, _)| part).collect());
    };
    let (name, why) = part.entry();
    let all: Vec<_> = found.iter().map(|(part, _)| format!("`{part}`")).collect();
    let title = format!("a hosted service does not meet `{name}`: {why}");
    let help = format!("or leave out {} (--without), and the report says so", all.join(", "));
    Err(source.diagnostic(path, title).label("expected none of it").help(help))
}

/// What of a scenario plain sockets do not carry, in order, each with the path that says it.
///
/// Whatever is added to links, models and faults must be thought of here: all are taken apart.
fn not_carried(loaded: &Scenario, plan: &ScenarioPlan) -> Vec<(Part, String)> {
    let mut found = Vec::new();
    let mut add = |part, path: &str| found.push((part, path.to_owned()));
    let Network { links: _, models, resolution: _, keys: _ } = &plan.network;
    for Model { jitter, loss, duplicate, bandwidth } in models {
        if *jitter != Jitter::None {
            add(Part::Jitter, &network_path(loaded, "jitter"));
        }
        if !loss.is_none() {
            add(Part::Loss, &network_path(loaded, "loss"));
        }
        if *duplicate > 0 {
            add(Part::Duplicate, &network_path(loaded, "duplicate"));
        }
        if bandwidth.is_some() {
            add(Part::Bandwidth, &network_path(loaded, "bandwidth"));
        }
    }
    let listed = plan.listed_faults().iter().enumerate();
    let listed = listed.map(|(number, fault)| {
        let part = of_fault(&fault.effect);
        let key = part.map_or("", |part| part.entry().0);
        (part, format!("fault.{number}.{key}"))
    });
    let kinds = loaded.scenario.nemesis.iter().flat_map(|nemesis| &nemesis.kinds.0).enumerate();
    let drawn = kinds.map(|(number, &kind)| (of_kind(kind), format!("nemesis.kinds.{number}")));
    for (part, path) in listed.chain(drawn) {
        if let Some(part) = part {
            add(part, &path);
        }
    }
    if let Some(path) = clock_path(loaded) {
        add(Part::Clock, &path);
    }
    let tables = [
        (Part::Workload, "workload"),
        (Part::Exchange, "exchange"),
        (Part::Coordination, "coordination"),
    ];
    for (part, path) in tables {
        if loaded.source.says(path) {
            add(part, path);
        }
    }
    found.sort_by_key(|&(part, _)| part);
    found
}

/// The part that a fault is, if sockets do not carry it.
pub(super) fn of_fault(effect: &Effect) -> Option<Part> {
    match effect {
        Effect::Cut(_) | Effect::Isolate(_) | Effect::Slow(..) | Effect::Crash(..) => None,
        Effect::Hold(_) => Some(Part::Hold),
        Effect::Lose(..) => Some(Part::Lose),
        Effect::Clock(..) => Some(Part::Clock),
    }
}

/// The same of a kind of faults that are drawn.
fn of_kind(kind: Kind) -> Option<Part> {
    match kind {
        Kind::Cut | Kind::Isolate | Kind::Slow | Kind::Crash => None,
        Kind::Hold => Some(Part::Hold),
        Kind::Lose => Some(Part::Lose),
        Kind::Clock => Some(Part::Clock),
    }
}

/// Where a clock is said to be off.
fn clock_path(loaded: &Scenario) -> Option<String> {
    let zones = loaded.scenario.zones.named.iter();
    let zones = zones.map(|(id, _)| format!("zones.{id}.clock"));
    let mut all = zones.chain(["hub.clock".into(), "clocks".into()]);
    all.find(|path| loaded.source.says(path))
}

/// Where something is said of the whole network, or of the first link that says it.
fn network_path(loaded: &Scenario, key: &str) -> String {
    let whole = format!("network.{key}");
    let links = loaded.scenario.network.link.0.iter();
    let mut links = links.map(|(link, _)| format!("network.link.{link}.{key}"));
    if !loaded.source.says(&whole) {
        return links.find(|path| loaded.source.says(path)).unwrap_or(whole);
    }
    whole
}
