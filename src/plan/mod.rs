//! A scenario made whole: ids for names, ticks for times, a table for the links, a schedule for the
//! faults. Made once, run many times; what depends on the seed is drawn from it by [`Plan::realize`].

mod bandwidth;
mod clocks;
mod csv_record;
mod csv_table;
mod distance;
mod fault_text;
mod faults;
mod items;
mod link_keys;
mod links;
mod matrix;
mod name_table;
mod nemesis;
mod node_table;
mod overlay;
mod places;
mod rounding;
mod rtt;
mod samples;
mod settings;
mod workload;

use std::rc::Rc;
use std::sync::Arc;

pub use name_table::NameTable;
pub use places::places;
pub use settings::stated_settings;
pub use workload::{PublishedItem, Realization, Workload};

use crate::id::NodeId;
use crate::network::Network;
use crate::network::fault::{Fault, Schedule};
use crate::protocol::coordination::{self, TimeBounds};
use crate::protocol::desk;
use crate::protocol::exchange;
use crate::protocol::node::{Node, NodeRngs};
use crate::protocol::{ConfigError, NodeView, WireMessage};
use crate::rng::stream;
use crate::scenario;
use crate::scenario::{Diagnostic, Loaded, Role, Stop};
use crate::time::{Clock, NanoDuration, SimDuration, SimTime};

/// Instants must fit the keys of the event queue.
const MAX_TICKS: u64 = 1 << 44;

/// A scenario, ready to run. `E` are the settings of its exchange, `C` those of its coordination.
#[derive(Clone, Debug)]
pub struct Plan<E, C> {
    /// What it is about.
    pub about: String,
    /// The id of every node, by number.
    pub names: NameTable,
    /// The name of every node for people, where these are others than the ids.
    titles: Option<NameTable>,
    /// How many zones.
    pub zones: u32,
    /// The hub, if there is one.
    pub hub: Option<NodeId>,
    /// One tick.
    pub resolution: NanoDuration,
    /// The first instant that is not simulated.
    pub horizon: SimTime,
    /// When a run ends.
    pub stop: Stop,
    /// The network.
    pub network: Network,
    /// The faults that the scenario lists.
    faults: Arc<Schedule>,
    /// Those that are drawn from a seed.
    nemesis: Option<nemesis::Nemesis>,
    clocks: clocks::Clocks,
    /// What there is to learn.
    pub workload: Workload,
    /// The settings of the exchange.
    pub exchange: E,
    /// The settings of the coordination.
    pub coordination: C,
    /// What people should know of the data.
    pub warnings: Vec<String>,
    labs: Vec<u32>,
}

/// The settings of an exchange and a coordination make a plan for them.
pub type PlanOf<X, C> =
    Plan<<X as exchange::ProtocolSet>::Settings, <C as coordination::ProtocolSet>::Settings>;

impl<E: Clone, C: Clone> Plan<E, C> {
    /// Makes a scenario whole.
    ///
    /// # Errors
    /// What in it cannot be, at its place in the file.
    pub fn new<X, K>(loaded: &Loaded<E, C>) -> Result<Self, Diagnostic>
    where
        X: exchange::ProtocolSet<Settings = E>,
        K: coordination::ProtocolSet<Settings = C>,
    {
        let Loaded { scenario, source, .. } = loaded;
        let horizon = horizon(loaded)?;
        let names = node_table::NodeTable::new(scenario, source)?;
        let site = NodeView { me: NodeId(0), zones: names.zones, hub: names.hub };
        let refuse = |ConfigError { path, message }: ConfigError| source.refusal(&path, &message);
        X::check(&scenario.exchange, &site).map_err(refuse)?;
        K::check(&scenario.coordination, &site).map_err(refuse)?;
        let mut exchange = scenario.exchange.clone();
        if let Some((path, topology)) = X::overlay(&mut exchange) {
            overlay::compile(topology, path, loaded, &names)?;
        }
        let mut notices = Vec::new();
        names.warn_duplicates(&mut notices);
        let network = links::network(loaded, &names, &mut notices)?;
        let faults = faults::compile(loaded, &names)?;
        let nemesis = nemesis::compile(loaded, &names, horizon)?;
        let clocks = clocks::Clocks::compile(loaded, &names);
        let workload = workload::compile(loaded, &names, horizon)?;
        let chosen = [
            rounding::Table::chosen("exchange", X::chosen(&scenario.exchange), X::entries()),
            rounding::Table::chosen(
                "coordination",
                K::chosen(&scenario.coordination),
                K::entries(),
            ),
        ];
        rounding::stated(loaded, &chosen, &mut notices);
        rounding::defaults(loaded, &chosen, &mut notices);
        let schedule = Schedule::new(faults);
        if workload.members > 0 {
            let extremes = clocks.extremes(&schedule, names.ids.len(), horizon);
            let bounds = time_bounds(scenario, nemesis.as_ref(), extremes);
            notices.extend(K::warnings(&scenario.coordination, &bounds));
        }
        unused(loaded, X::chosen(&scenario.exchange), &mut notices);
        if let Some(late) = workload.late(horizon) {
            let are = if late == 1 { "item is" } else { "items are" };
            notices.push(format!("{late} {are} due at the horizon or later and never come"));
        }
        let late = schedule.faults().iter().filter(|fault| fault.start >= horizon).count();
        if late > 0 {
            let begin = if late == 1 { "fault begins" } else { "faults begin" };
            notices.push(format!("{late} {begin} at the horizon or later: never"));
        }
        Ok(Self {
            about: scenario.about.clone(),
            zones: names.zones,
            hub: names.hub,
            resolution: scenario.resolution,
            horizon,
            stop: scenario.stop,
            network,
            faults: Arc::new(schedule),
            nemesis,
            clocks,
            workload,
            exchange,
            coordination: scenario.coordination.clone(),
            warnings: notices,
            labs: labs(loaded),
            titles: names.titles,
            names: names.ids,
        })
    }
}

impl<E, C> Plan<E, C> {
    /// How many nodes: the zones and the hub.
    pub fn nodes(&self) -> usize {
        self.names.len()
    }

    /// The name of a node for people.
    pub fn title(&self, node: NodeId) -> &str {
        &self.titles.as_ref().unwrap_or(&self.names)[node.index()]
    }

    /// Whether a zone is an observer.
    pub fn is_observer(&self, zone: NodeId) -> bool {
        self.hub != Some(zone) && !self.workload.is_source(zone)
    }

    /// What a node knows of the world.
    pub fn site(&self, me: NodeId) -> NodeView {
        NodeView { me, zones: self.zones, hub: self.hub }
    }

    /// What a seed makes of it: what is published when, what goes wrong, how clocks are off.
    pub fn realize(&self, seed: u64) -> Realization {
        let schedule = self.schedule(seed);
        let clocks = self.clocks(seed, &schedule);
        self.workload.realize(seed, self.horizon, (schedule, clocks))
    }

    /// The clocks of all nodes under a seed and what goes wrong in it; none where all are true.
    pub fn clocks(&self, seed: u64, schedule: &Schedule) -> Vec<Clock> {
        self.clocks.draw(seed, &self.names, schedule)
    }

    /// The faults that the scenario lists, in its order.
    pub fn listed_faults(&self) -> &[Fault] {
        self.faults.faults()
    }

    /// What goes wrong under a seed: the faults of the scenario, and those drawn for it.
    pub fn schedule(&self, seed: u64) -> Arc<Schedule> {
        match &self.nemesis {
            None => Arc::clone(&self.faults),
            Some(nemesis) => {
                let mut faults = self.faults.faults().to_vec();
                faults.extend(nemesis.draw(seed));
                Arc::new(Schedule::new(faults))
            }
        }
    }

    /// Bytes of a message: what it says, and the bodies of the items it carries.
    #[inline]
    pub fn bytes(&self, message: &impl WireMessage) -> u64 {
        message.size() as u64 + u64::from(message.payloads()) * self.workload.item_bytes
    }

    /// The random numbers of a node after so many restarts.
    pub fn streams(&self, seed: u64, node: NodeId, restarts: u64) -> NodeRngs {
        let name = &self.names[node.index()];
        // Above all other parts: a zone may be called `workload` or `network`.
        let part = |machine: u64| stream(seed, name, (1 << 63) | (restarts * 4 + machine));
        NodeRngs { exchange: part(1), desk: part(2), coordination: part(3) }
    }

    /// A length of ticks in milliseconds.
    pub fn ms(&self, span: SimDuration) -> f64 {
        span.0 as f64 * self.resolution.ns as f64 / 1e6
    }

    /// Only the first part of it.
    pub fn truncated(mut self, horizon: NanoDuration) -> Self {
        self.horizon = self.horizon.min(SimTime(horizon.ticks(self.resolution).0.max(1)));
        self
    }

    /// The machine of one node.
    pub fn node<X, K>(&self, me: NodeId, drawn: &Realization, seed: u64) -> Node<X, K>
    where
        X: exchange::ProtocolSet<Settings = E>,
        K: coordination::ProtocolSet<Settings = C>,
    {
        let labs = self.labs.get(me.index()).copied().unwrap_or(DEFAULT_LABS);
        let desk = desk::Params { labs, ..self.workload.desk };
        let ledger = (desk, Rc::clone(&drawn.ledger));
        Node::new(self.site(me), self.machines(me), ledger, self.streams(seed, me, 0))
    }

    /// The exchange and the coordination of one node, fresh.
    pub fn machines<X, K>(&self, me: NodeId) -> (X, K)
    where
        X: exchange::ProtocolSet<Settings = E>,
        K: coordination::ProtocolSet<Settings = C>,
    {
        let site = self.site(me);
        let exchange = X::build(&self.exchange, &site, self.resolution);
        (exchange, K::build(&self.coordination, &site, self.resolution))
    }
}

/// What is known of the times of a run, where clocks are off by so much with the listed faults.
fn time_bounds<E, C>(
    scenario: &scenario::Scenario<E, C>,
    nemesis: Option<&nemesis::Nemesis>,
    extremes: [SimDuration; 2],
) -> TimeBounds {
    // How often clocks are stepped by chance has no bound.
    let is_bounded = !nemesis.is_some_and(nemesis::Nemesis::steps_clocks);
    let length =
        |span: SimDuration| NanoDuration::from_ns(span.0.saturating_mul(scenario.resolution.ns));
    let [max_ahead, max_behind] = extremes.map(|span| is_bounded.then(|| length(span)));
    TimeBounds { horizon: scenario.horizon, max_ahead, max_behind }
}

/// Analysts at a desk where a scenario does not say. A guess.
const DEFAULT_LABS: u32 = 2;

fn labs<E, C>(loaded: &Loaded<E, C>) -> Vec<u32> {
    let labs = |(_, zone): &(String, scenario::Zone)| zone.labs.map_or(DEFAULT_LABS, |labs| labs.0);
    loaded.scenario.zones.named.iter().map(labs).collect()
}

/// Notices settings that are given for what is not used, where nothing says what is.
fn unused<E, C>(loaded: &Loaded<E, C>, exchange: &str, notices: &mut Vec<String>) {
    let says = |path: &str| loaded.source.says(path);
    let workload = settings::workload(loaded.scenario.workload.chosen);
    for (section, chosen) in [("workload", workload), ("exchange", exchange)] {
        let silent = says(section) && !says(&format!("{section}.use"));
        if silent && !says(&format!("{section}.{chosen}")) {
            notices.push(format!("[{section}] does not say what to use; {chosen} is used"));
        }
    }
}

fn horizon<E, C>(loaded: &Loaded<E, C>) -> Result<SimTime, Diagnostic> {
    let Loaded { scenario, source, .. } = loaded;
    let resolution = scenario.resolution;
    if resolution.ns == 0 {
        let message = "time would not pass with a tick of nothing; expected a time above 0";
        return Err(source.refusal("resolution", message));
    }
    let path = source.first_said(&["horizon", "resolution"]);
    let ticks = scenario.horizon.ticks(resolution).0;
    if ticks == 0 {
        let title = format!("a horizon of {} is below one tick of {resolution}", scenario.horizon);
        let label = match path {
            "horizon" => "expected a longer time",
            _ => "expected a finer resolution, or a longer horizon",
        };
        return Err(source.diagnostic(path, title).label(label));
    }
    if ticks >= MAX_TICKS {
        let title =
            format!("a horizon of {} is too long for a tick of {resolution}", scenario.horizon);
        let most = rounded_down(resolution.ns.saturating_mul(MAX_TICKS - 1));
        let label = format!("expected at most \"{most}\", or a coarser resolution");
        return Err(source.diagnostic(path, title).label(label));
    }
    Ok(SimTime(ticks))
}

/// A length as round as people write one: in whole units of the largest that it holds.
fn rounded_down(ns: u64) -> NanoDuration {
    let units = [3_600_000_000_000, 60_000_000_000, 1_000_000_000, 1_000_000, 1_000, 1];
    let unit = units.into_iter().find(|unit| ns >= *unit).unwrap_or(1);
    NanoDuration::from_ns(ns / unit * unit)
}

/// Whether a zone finds out things itself.
fn is_member(zone: &scenario::Zone) -> bool {
    zone.role == Role::Member
}
