//! What a scenario can say that plain sockets do not carry. It is refused where it stands, or left
//! out on request and then said in every report: a service never meets another network than it was
//! told.

use std::fmt;
use std::str::FromStr;

use super::ScenarioPlan;
use crate::network::fault::Effect;
use crate::network::{Jitter, LinkModel, Network};
use crate::plan::fault_kind;
use crate::protocol::coordination;
use crate::protocol::exchange;
use crate::scenario::{Diagnostic, FaultKind, Loaded};
use crate::time::NanoDuration;

/// A scenario with the exchanges and coordinations that come with zonesim.
pub type Scenario = Loaded<exchange::Params, coordination::Params>;

/// A part of a scenario that a hosted service does not meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unsupported {
    /// Latency that varies from message to message.
    Jitter,
    /// Random loss, by links or by a fault.
    Loss,
    /// Messages of which the network makes copies.
    Duplicate,
    /// Links on which messages take their time and queue.
    Bandwidth,
    /// Clocks that are off, or are stepped.
    Clock,
    /// A fault that holds messages back.
    Hold,
    /// What there is to learn.
    Workload,
    /// How zones share it.
    Exchange,
    /// How zones act on it.
    Coordination,
}

/// All parts, by the words of `--without`, and why they are not carried.
pub const UNSUPPORTED: [(&str, Unsupported, &str); 9] = [
    (
        "jitter",
        Unsupported::Jitter,
        "it is waited at the sender, before sockets have sent anything",
    ),
    ("loss", Unsupported::Loss, "turmoil loses links, not messages, and its TCP resends nothing"),
    ("duplicate", Unsupported::Duplicate, "turmoil makes no copies"),
    ("bandwidth", Unsupported::Bandwidth, "turmoil knows no size of what it carries"),
    ("clock", Unsupported::Clock, "turmoil has one clock for all"),
    ("hold", Unsupported::Hold, "turmoil delivers what it held all at once, without the way"),
    ("workload", Unsupported::Workload, "a hosted service brings its own"),
    ("exchange", Unsupported::Exchange, "a hosted service is its own"),
    ("coordination", Unsupported::Coordination, "a hosted service is its own"),
];

impl Unsupported {
    fn entry(self) -> (&'static str, &'static str) {
        let found = UNSUPPORTED.iter().find(|&&(_, part, _)| part == self);
        found.map_or(("", ""), |&(name, _, why)| (name, why))
    }
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.entry().0)
    }
}

impl FromStr for Unsupported {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let found = UNSUPPORTED.iter().find(|(name, ..)| *name == text);
        let names: Vec<_> = UNSUPPORTED.iter().map(|(name, ..)| *name).collect();
        found.map(|&(_, part, _)| part).ok_or_else(|| format!("expected {}", names.join(", ")))
    }
}

/// Refuses what is not carried and not left out; returns what is left out and would have mattered.
pub fn check(
    loaded: &Scenario,
    plan: &ScenarioPlan,
    without: &[Unsupported],
) -> Result<Vec<Unsupported>, Diagnostic> {
    let source = &loaded.source;
    if plan.resolution != NanoDuration::from_ms(1) {
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
fn not_carried(loaded: &Scenario, plan: &ScenarioPlan) -> Vec<(Unsupported, String)> {
    let mut found = Vec::new();
    let mut add = |part, path: &str| found.push((part, path.to_owned()));
    let Network { links: _, models, resolution: _, keys: _ } = &plan.network;
    for LinkModel { jitter, loss, duplicate, bandwidth } in models {
        if *jitter != Jitter::None {
            add(Unsupported::Jitter, &network_path(loaded, "jitter"));
        }
        if !loss.is_none() {
            add(Unsupported::Loss, &network_path(loaded, "loss"));
        }
        if *duplicate > 0 {
            add(Unsupported::Duplicate, &network_path(loaded, "duplicate"));
        }
        if bandwidth.is_some() {
            add(Unsupported::Bandwidth, &network_path(loaded, "bandwidth"));
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
        add(Unsupported::Clock, &path);
    }
    let tables = [
        (Unsupported::Workload, "workload"),
        (Unsupported::Exchange, "exchange"),
        (Unsupported::Coordination, "coordination"),
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
pub(super) fn of_fault(effect: &Effect) -> Option<Unsupported> {
    of_kind(fault_kind(effect))
}

/// The same of a kind of faults that are drawn.
fn of_kind(kind: FaultKind) -> Option<Unsupported> {
    match kind {
        FaultKind::Partition | FaultKind::Isolate | FaultKind::Delay | FaultKind::Crash => None,
        FaultKind::Hold => Some(Unsupported::Hold),
        FaultKind::Loss => Some(Unsupported::Loss),
        FaultKind::Clock => Some(Unsupported::Clock),
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
