//! A compiled scenario: node numbers for names, ticks for times, a table of links, a schedule of
//! faults. One plan serves many runs; [`Plan::realize`] draws what depends on the seed.

mod access;
mod bandwidth;
mod clerks;
mod clocks;
mod csv_record;
mod csv_table;
mod distance;
mod fault;
mod item_sizes;
mod items;
mod latency_table;
mod leads;
mod link_keys;
mod links;
mod matrix;
mod name_table;
mod node_table;
mod numbering;
mod organisation;
mod overlay;
mod places;
mod procedure;
mod publications;
mod queue_load;
mod release;
mod release_warnings;
mod rounding;
mod samples;
mod settings;
mod techniques;
mod weights;
mod whole_audience;
mod workload;

use std::sync::Arc;

pub use clerks::Clerks;
pub use fault::kind as fault_kind;
pub use item_sizes::ItemSizes;
pub use name_table::NameTable;
use overlay::Overlay;
pub use places::places;
pub use publications::PublishedItem;
pub use queue_load::QueueLoad;
use release::{ExchangeFacts, Release};
pub use settings::stated_settings;
pub use workload::{Realization, Workload};

use crate::id::NodeId;
use crate::network::Network;
use crate::network::fault::{Fault, Schedule};
use crate::protocol::clock_sync;
use crate::protocol::desk::{Fusion, GroundTruth};
use crate::protocol::node::Direct;
use crate::protocol::node::{CoordinationParams, ExchangeParams, Node, NodeRngs, Protocols};
use crate::protocol::overlay::{Graph, Topology};
use crate::protocol::{ConfigError, Decisions, NodeView, ProtocolSet, RunBounds};
use crate::rng::stream;
use crate::scenario;
use crate::scenario::{Diagnostic, Loaded, Stop, WorkloadKind};
use crate::time::{Clock, LocalTime, NanoDuration, SimDuration, SimTime};

/// Upper bound of the horizon: instants must fit the keys of the event queue.
const MAX_TICKS: u64 = 1 << 44;

/// A compiled scenario. `E` are the settings of its exchange, `C` those of its coordination.
#[derive(Clone, Debug)]
pub struct Plan<E, C> {
    /// The description in the scenario, one line or more.
    pub about: String,
    /// Ids by node: zones in order, then the hub.
    pub names: NameTable,
    /// Display names by node; `None` if all are the ids.
    display_names: Option<NameTable>,
    /// Number of zones; they have the lowest node numbers.
    pub zones: u32,
    /// The hub; `None` in a scenario without one.
    pub hub: Option<NodeId>,
    /// The zone that acts for the hub if the hub is gone.
    pub deputy: Option<NodeId>,
    /// Duration of one tick.
    pub resolution: NanoDuration,
    /// The first instant that is not simulated.
    pub horizon: SimTime,
    /// The condition that ends a run before the horizon.
    pub stop: Stop,
    /// The links between nodes.
    pub network: Network,
    /// The faults that the scenario lists.
    faults: Arc<Schedule>,
    fault_shares: Vec<fault::FaultShare>,
    nemesis: Option<fault::nemesis::Nemesis>,
    clocks: clocks::Clocks,
    /// How clocks are synchronized during a run, if they are.
    pub clock_sync: Option<clock_sync::Params>,
    /// The items to publish.
    pub workload: Workload,
    /// The clerks of the hub; `None` if items are passed on at once.
    pub clerks: Option<Clerks>,
    /// The settings of the exchange, with the overlay compiled to a graph.
    pub exchange: E,
    overlay: Overlay,
    /// The settings of the coordination.
    pub coordination: C,
    /// The offered loads of queues, by queue and node; empty without a procedure.
    pub loads: Vec<QueueLoad>,
    /// Valid but doubtful statements of the scenario and its files, one sentence each.
    pub warnings: Vec<String>,
}

/// The plan for an exchange and a coordination.
pub type PlanOf<P> = Plan<ExchangeParams<P>, CoordinationParams<P>>;

impl<E: Clone, C: Clone> Plan<E, C> {
    /// Compiles a scenario.
    ///
    /// # Errors
    /// An invalid statement, with its position in the file.
    pub fn new<P>(loaded: &Loaded<E, C>) -> Result<Self, Diagnostic>
    where
        P: Protocols<Exchange: ProtocolSet<Params = E>, Coordination: ProtocolSet<Params = C>>,
    {
        let Loaded { scenario, source, .. } = loaded;
        let horizon = horizon(loaded)?;
        let node_table = node_table::NodeTable::new(scenario, source)?;
        let view = NodeView {
            me: NodeId(0),
            zones: node_table.zones,
            hub: node_table.hub,
            deputy: node_table.deputy,
        };
        let refuse = |ConfigError { path, message }: ConfigError| source.refusal(&path, &message);
        let clock_sync = scenario.clocks.sync.clone();
        check_protocols::<P>(scenario, &view).map_err(refuse)?;
        let mut exchange = scenario.exchange.clone();
        let mut warnings = Vec::new();
        let topology = P::Exchange::overlay(&mut exchange);
        let overlay = overlay::compile(topology, loaded, &node_table, &mut warnings)?;
        let facts = exchange_facts::<P>(&scenario.exchange, &mut exchange);
        node_table.warn_duplicates(&mut warnings);
        let network = links::network(loaded, &node_table, &mut warnings)?;
        let listed = fault::compile(loaded, &node_table, horizon)?;
        let faults = Arc::new(Schedule::new(listed.faults, horizon));
        let nemesis = fault::nemesis::compile(loaded, &node_table, horizon)?;
        let workload = workload::compile(loaded, &node_table, &network, horizon)?;
        let fusion = workload.procedure.fusion;
        let release = Release::compile(loaded, &node_table, &facts, fusion)?;
        let told = release.as_ref().map_or(1, Release::most_classes);
        workload.check_numbers(loaded, &node_table, (horizon, told))?;
        if let Some(release) = &release {
            whole_audience::check(release, loaded, &facts)?;
            release_warnings::unmatched(release, loaded, &mut warnings);
            release_warnings::impossible(release, loaded, &node_table, &mut warnings);
        }
        if let Fusion::Hub(_) = fusion
            && !facts.routing.may_tell_hub()
        {
            warnings.push(unassessed(P::Exchange::chosen(&scenario.exchange)));
        }
        let mut plan = Self {
            about: scenario.about.clone(),
            zones: node_table.zones,
            hub: node_table.hub,
            deputy: node_table.deputy,
            resolution: scenario.resolution,
            horizon,
            stop: scenario.stop,
            loads: workload.loads(),
            network,
            faults,
            fault_shares: listed.shares,
            nemesis,
            clocks: clocks::Clocks::compile(loaded, &node_table),
            clock_sync,
            workload: workload.with_release(release),
            clerks: clerks::compile(loaded)?,
            exchange,
            overlay,
            coordination: scenario.coordination.clone(),
            warnings,
            display_names: node_table.display_names,
            names: node_table.ids,
        };
        plan.add_warnings::<P>(loaded);
        Ok(plan)
    }

    fn add_warnings<P>(&mut self, loaded: &Loaded<E, C>)
    where
        P: Protocols<Exchange: ProtocolSet<Params = E>, Coordination: ProtocolSet<Params = C>>,
    {
        let Loaded { scenario, .. } = loaded;
        let (exchange, coordination) = (
            P::Exchange::chosen(&scenario.exchange),
            P::Coordination::chosen(&scenario.coordination),
        );
        let mut warnings = std::mem::take(&mut self.warnings);
        let mut chosen = vec![
            rounding::Table::chosen("exchange", exchange, P::Exchange::entries()),
            rounding::Table::chosen("coordination", coordination, P::Coordination::entries()),
        ];
        chosen.extend(self.clock_sync.as_ref().map(|params| {
            let name = clock_sync::Builtin::chosen(params);
            rounding::Table::chosen("clocks.sync", name, clock_sync::Builtin::entries())
        }));
        rounding::stated(loaded, &chosen, &mut warnings);
        rounding::defaults(loaded, &chosen, &mut warnings);
        let extremes = self.clocks.extremes(&self.faults, self.nodes(), self.horizon);
        let bounds = run_bounds(scenario, self.nemesis.as_ref(), extremes, self.acting_zones());
        warnings.extend(P::Exchange::warnings(&self.exchange, &bounds));
        if self.workload.members > 0 {
            warnings.extend(P::Coordination::warnings(&self.coordination, &bounds));
        }
        if let Some(params) = &self.clock_sync {
            warnings.extend(clock_sync::Builtin::warnings(params, &bounds));
        }
        warn_unused(loaded, exchange, &mut warnings);
        queue_load::warn(&self.loads, &self.names, &mut warnings);
        self.warn_late(&mut warnings);
        self.warnings = warnings;
    }
}

impl<E, C> Plan<E, C> {
    /// Number of nodes: the zones and the hub.
    pub fn nodes(&self) -> usize {
        self.names.len()
    }

    /// Display name of a node: its name in the scenario, by default its id.
    pub fn display_name(&self, node: NodeId) -> &str {
        &self.display_names.as_ref().unwrap_or(&self.names)[node.index()]
    }

    /// Returns whether a zone only receives items.
    pub fn is_observer(&self, zone: NodeId) -> bool {
        self.hub != Some(zone) && !self.workload.is_source(zone)
    }

    /// The number of zones that are not observers.
    fn acting_zones(&self) -> u32 {
        (0..self.zones).filter(|&zone| !self.is_observer(NodeId(zone))).count() as u32
    }

    /// What a node knows of the scenario.
    pub fn node_view(&self, me: NodeId) -> NodeView {
        NodeView { me, zones: self.zones, hub: self.hub, deputy: self.deputy }
    }

    /// Draws everything that depends on the seed: items, faults, clocks.
    pub fn realize(&self, seed: u64) -> Realization {
        let schedule = self.schedule(seed);
        let clocks = self.clocks(seed, &schedule);
        let mut realization = self.workload.realize(seed, self.horizon, (schedule, clocks));
        realization.graph = self.overlay_graph(seed);
        realization
    }

    /// The graph of the overlay in the run of a seed, if each run draws one.
    pub fn overlay_graph(&self, seed: u64) -> Option<Graph> {
        self.overlay.drawn(self.zones, seed)
    }

    /// Whether the overlay does not connect all zones in the run of a seed.
    pub fn is_overlay_unconnected(&self, seed: u64) -> bool {
        self.overlay.is_unconnected(self.zones, seed)
    }

    /// What is true in the run of a seed, if nodes may not have all items.
    pub fn ground_truth_with_rules(&self, seed: u64) -> Option<Arc<GroundTruth>> {
        let truth = self.workload.has_release_rules().then(|| self.realize(seed).ground_truth);
        truth.filter(|truth| truth.has_release_rules())
    }

    /// Draws the clocks of all nodes, stepped by the faults of `schedule`; empty if all are true.
    pub fn clocks(&self, seed: u64, schedule: &Schedule) -> Vec<Clock> {
        self.clocks.draw(seed, &self.names, schedule)
    }

    /// Returns whether no zone's clock shows `time` before the horizon, for a strike decided at
    /// `decided`. `clocks` are those of the run ([`Plan::clocks`]).
    pub fn is_beyond_horizon(&self, clocks: &[Clock], decided: SimTime, time: LocalTime) -> bool {
        let zones = clocks.iter().take(self.zones as usize);
        match clocks {
            [] => Clock::default().at(decided, time) >= self.horizon,
            _ => zones.map(|clock| clock.at(decided, time)).all(|at| at >= self.horizon),
        }
    }

    /// The faults that the scenario lists, in the order of the file, each occurrence by itself. Those of
    /// a random share of nodes have all of these nodes.
    pub fn listed_faults(&self) -> &[Fault] {
        self.faults.faults()
    }

    /// Returns the faults of a run: those that the scenario lists, then those of the nemesis.
    pub fn schedule(&self, seed: u64) -> Arc<Schedule> {
        if !self.draws_faults() {
            return Arc::clone(&self.faults);
        }
        let mut faults = self.faults.faults().to_vec();
        self.fault_shares.iter().for_each(|share| share.draw(&mut faults[share.fault], seed));
        faults.extend(self.nemesis.iter().flat_map(|nemesis| nemesis.draw(seed)));
        Arc::new(Schedule::new(faults, self.horizon))
    }

    /// Whether the faults of a run depend on its seed.
    pub fn draws_faults(&self) -> bool {
        self.nemesis.is_some() || !self.fault_shares.is_empty()
    }

    /// Random number streams of the machines of a node after a number of restarts.
    pub fn rngs(&self, seed: u64, node: NodeId, restarts: u64) -> NodeRngs {
        let name = &self.names[node.index()];
        // Other streams have lower numbers: a zone may be called `workload` or `network`.
        let part = |machine: u64| stream(seed, name, (1 << 63) | (restarts * 4 + machine));
        NodeRngs { exchange: part(1), desk: part(2), coordination: part(3) }
    }

    /// Warns of items and faults that the run never reaches.
    fn warn_late(&self, warnings: &mut Vec<String>) {
        let items = self.workload.late(self.horizon);
        if items > 0 {
            let are = if items == 1 { "item is" } else { "items are" };
            warnings.push(format!("{items} {are} due at the horizon or later and never come"));
        }
        let faults =
            self.listed_faults().iter().filter(|fault| fault.start >= self.horizon).count();
        if faults > 0 {
            let begin = if faults == 1 { "fault begins" } else { "faults begin" };
            warnings.push(format!("{faults} {begin} at the horizon or later: never"));
        }
    }

    /// Converts ticks to milliseconds.
    pub fn ms(&self, span: SimDuration) -> f64 {
        span.0 as f64 * self.resolution.ns as f64 / 1e6
    }

    /// Returns the plan with the horizon brought forward to `horizon`, at least one tick.
    pub fn truncated(mut self, horizon: NanoDuration) -> Self {
        self.horizon = self.horizon.min(SimTime(horizon.ticks(self.resolution).0.max(1)));
        self.faults = Arc::new(Schedule::new(self.faults.faults().to_vec(), self.horizon));
        self
    }

    /// Builds a node in its initial state.
    pub fn node<P>(&self, me: NodeId, realization: &Realization, seed: u64) -> Node<P>
    where
        E: Clone,
        P: Protocols<Exchange: ProtocolSet<Params = E>, Coordination: ProtocolSet<Params = C>>,
    {
        let procedure = Arc::clone(&self.workload.procedure);
        let truth = &realization.ground_truth;
        let desk = (procedure, Arc::clone(truth));
        let node = Node::new(
            self.node_view(me),
            self.machines::<P>(me, realization),
            desk,
            self.rngs(seed, me, 0),
        );
        let node = match &self.clock_sync {
            Some(params) => {
                let machine =
                    clock_sync::Builtin::build(params, &self.node_view(me), self.resolution);
                node.with_clock_sync(machine, self.resolution)
            }
            None => node,
        };
        if truth.has_release_rules() {
            return node.with_direct(Direct::new(Arc::clone(truth), self.resolution));
        }
        node
    }

    /// Builds the exchange and the coordination of a node in their initial state.
    pub fn machines<P>(
        &self,
        me: NodeId,
        realization: &Realization,
    ) -> (P::Exchange, P::Coordination)
    where
        E: Clone,
        P: Protocols<Exchange: ProtocolSet<Params = E>, Coordination: ProtocolSet<Params = C>>,
    {
        let view = self.node_view(me);
        let exchange = match &realization.graph {
            None => P::Exchange::build(&self.exchange, &view, self.resolution),
            Some(graph) => {
                let mut params = self.exchange.clone();
                if let Some((_, topology)) = P::Exchange::overlay(&mut params) {
                    *topology = Topology::Graph(graph.clone());
                }
                P::Exchange::build(&params, &view, self.resolution)
            }
        };
        (exchange, P::Coordination::build(&self.coordination, &view, self.resolution))
    }
}

/// What the policy on release needs to know of the chosen exchange, whose overlay is compiled.
fn exchange_facts<P: Protocols>(
    stated: &ExchangeParams<P>,
    compiled: &mut ExchangeParams<P>,
) -> ExchangeFacts {
    let chosen = P::Exchange::chosen(stated);
    let info = P::Exchange::entries().iter().find(|entry| entry.name == chosen);
    ExchangeFacts {
        name: chosen,
        release: info.map(|info| info.release).unwrap_or_default(),
        routing: P::Exchange::routing(compiled),
        overlay: P::Exchange::overlay(compiled).map(|(_, topology)| topology.clone()),
    }
}

/// The warning that leads do not reach the hub that assesses them.
fn unassessed(exchange: &str) -> String {
    format!(
        "no lead is ever assessed: `desk.fusion` is \"hub\", and exchange `{exchange}` tells the hub \
         nothing"
    )
}

/// Checks the settings of the protocols in use.
fn check_protocols<P: Protocols>(
    scenario: &scenario::Scenario<ExchangeParams<P>, CoordinationParams<P>>,
    view: &NodeView,
) -> Result<(), ConfigError> {
    P::Exchange::check(&scenario.exchange, view)?;
    P::Coordination::check(&scenario.coordination, view)?;
    if let Some(params) = &scenario.clocks.sync {
        clock_sync::Builtin::check(params, view)?;
    }
    check_deputy::<P>(&scenario.coordination, view)
}

/// Refuses a deputy where the coordination has none.
fn check_deputy<P: Protocols>(
    coordination: &CoordinationParams<P>,
    view: &NodeView,
) -> Result<(), ConfigError> {
    let has_deputy = P::Coordination::safety(coordination).decisions == Decisions::OnePerNode;
    if view.deputy.is_none() || has_deputy {
        return Ok(());
    }
    let chosen = P::Coordination::chosen(coordination);
    let message =
        format!("a deputy commands nothing under `{chosen}`; expected coordination `order`");
    Err(ConfigError::new("hub.deputy", message))
}

/// What a coordination is told of a run for its warnings; `extremes` are those of the clocks with
/// the listed faults ([`clocks::Clocks::extremes`]).
fn run_bounds<E, C>(
    scenario: &scenario::Scenario<E, C>,
    nemesis: Option<&fault::nemesis::Nemesis>,
    extremes: [SimDuration; 2],
    acting_zones: u32,
) -> RunBounds {
    // The number of steps that a nemesis draws has no bound.
    let is_bounded = !nemesis.is_some_and(fault::nemesis::Nemesis::steps_clocks);
    let length =
        |span: SimDuration| NanoDuration::from_ns(span.0.saturating_mul(scenario.resolution.ns));
    let [max_ahead, max_behind] = extremes.map(|span| is_bounded.then(|| length(span)));
    RunBounds { horizon: scenario.horizon, max_ahead, max_behind, acting_zones }
}

/// Warns of a section that has settings, but neither a `use` nor settings of the default.
fn warn_unused<E, C>(loaded: &Loaded<E, C>, exchange: &str, warnings: &mut Vec<String>) {
    let says = |path: &str| loaded.source.says(path);
    let workload = settings::workload(loaded.scenario.workload.chosen);
    if loaded.scenario.workload.chosen == WorkloadKind::Items {
        for table in ["desk", "release", "law"].into_iter().filter(|table| says(table)) {
            warnings.push(format!("[{table}] has no effect on plain items"));
        }
    }
    for (section, chosen) in [("workload", workload), ("exchange", exchange)] {
        let is_implicit = says(section) && !says(&format!("{section}.use"));
        if is_implicit && !says(&format!("{section}.{chosen}")) {
            warnings.push(format!("[{section}] does not say what to use; {chosen} is used"));
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
        let max = rounding::rounded_down(resolution.ns.saturating_mul(MAX_TICKS - 1));
        let label = format!("expected at most \"{max}\", or a coarser resolution");
        return Err(source.diagnostic(path, title).label(label));
    }
    Ok(SimTime(ticks))
}
