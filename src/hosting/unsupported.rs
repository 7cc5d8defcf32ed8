//! Parts of a scenario that sockets do not support. A scenario with such a part is rejected, or the part
//! is ignored on request and named in each report.

use std::fmt;
use std::str::FromStr;

use crate::network::fault::Effect;
use crate::network::{Jitter, LinkModel, Network};
use crate::plan::{PlanOf, fault_kind};
use crate::protocol::coordination;
use crate::protocol::exchange;
use crate::protocol::node;
use crate::scenario::{Diagnostic, FaultKind, Loaded};
use crate::time::NanoDuration;

/// A scenario with the built-in protocols.
pub type Scenario = Loaded<exchange::Params, coordination::Params>;

/// A plan with the built-in protocols.
pub type ScenarioPlan = PlanOf<node::Builtin>;

/// A part of a scenario that does not apply to a hosted service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unsupported {
    /// Latency that varies from message to message.
    Jitter,
    /// Random loss, of links or of a fault.
    Loss,
    /// Duplication of messages.
    Duplicate,
    /// Links with a bandwidth.
    Bandwidth,
    /// Uplinks and downlinks.
    Access,
    /// Clocks with an offset, a drift or steps.
    Clock,
    /// A fault that holds messages.
    Hold,
    /// The items or the organisation.
    Workload,
    /// The exchange protocol.
    Exchange,
    /// The coordination protocol.
    Coordination,
}

/// All parts: the value of `--without`, the part, and the reason.
pub const UNSUPPORTED: [(&str, Unsupported, &str); 10] = [
    (
        "jitter",
        Unsupported::Jitter,
        "it is waited at the sender, before sockets have sent anything",
    ),
    ("loss", Unsupported::Loss, "turmoil loses links, not messages, and its TCP resends nothing"),
    ("duplicate", Unsupported::Duplicate, "turmoil makes no copies"),
    ("bandwidth", Unsupported::Bandwidth, "turmoil knows no size of what it carries"),
    ("access", Unsupported::Access, "turmoil knows no size of what uplinks and downlinks carry"),
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

/// Returns the unsupported parts that the scenario has and that may be ignored.
///
/// # Errors
/// An unsupported part that is not in `without`, or a resolution other than 1 ms.
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
    let mut found = find_unsupported(loaded, plan);
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

/// The unsupported parts of a scenario in order, each with the path of its key.
///
/// Structs are destructured, so that a new field does not compile until it is considered here.
fn find_unsupported(loaded: &Scenario, plan: &ScenarioPlan) -> Vec<(Unsupported, String)> {
    let mut found = Vec::new();
    let mut add = |part, path: &str| found.push((part, path.to_owned()));
    let Network { links: _, models, resolution: _, keys: _, access } = &plan.network;
    if access.is_some() {
        add(Unsupported::Access, &access_path(loaded));
    }
    for LinkModel { jitter, loss, duplicate, bandwidth, fifo: _ } in models {
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
    let listed = loaded.scenario.fault.0.iter().enumerate();
    let listed = listed.map(|(number, fault)| {
        let part = fault.effects.first().and_then(|effect| of_kind(effect.kind()));
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

/// The part that a fault belongs to; `None` if it is supported.
pub(super) fn of_fault(effect: &Effect) -> Option<Unsupported> {
    of_kind(fault_kind(effect))
}

/// The part that a kind of a nemesis belongs to; `None` if it is supported.
fn of_kind(kind: FaultKind) -> Option<Unsupported> {
    match kind {
        FaultKind::Partition | FaultKind::Isolate | FaultKind::Delay | FaultKind::Crash => None,
        FaultKind::Hold => Some(Unsupported::Hold),
        FaultKind::Loss => Some(Unsupported::Loss),
        FaultKind::Clock => Some(Unsupported::Clock),
    }
}

/// The path of the first uplink or downlink of the scenario.
fn access_path(loaded: &Scenario) -> String {
    let zones = loaded.scenario.zones.named.iter().map(|(id, _)| format!("zones.{id}"));
    let tables = ["network".into(), "hub".into()].into_iter().chain(zones);
    let mut all =
        tables.flat_map(|table| ["uplink", "downlink"].map(|key| format!("{table}.{key}")));
    all.find(|path| loaded.source.says(path)).unwrap_or_else(|| "network".into())
}

/// The path of the first clock of the scenario.
fn clock_path(loaded: &Scenario) -> Option<String> {
    let zones = loaded.scenario.zones.named.iter();
    let zones = zones.map(|(id, _)| format!("zones.{id}.clock"));
    let mut all = zones.chain(["hub.clock".into(), "clocks".into()]);
    all.find(|path| loaded.source.says(path))
}

/// The path of a key of the network or, where it has none, of the first link that has the key.
fn network_path(loaded: &Scenario, key: &str) -> String {
    let path = format!("network.{key}");
    let links = loaded.scenario.network.link.0.iter();
    let mut links = links.map(|(link, _)| format!("network.link.{link}.{key}"));
    if !loaded.source.says(&path) {
        return links.find(|link| loaded.source.says(link)).unwrap_or(path);
    }
    path
}
