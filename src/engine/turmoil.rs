//! The turmoil engine: each node is a host with a tokio runtime, a task, a UDP socket and encoded
//! messages. Partitions and crashes are those of turmoil, which keeps messages in flight and drops
//! them. Hosts apply the egress. Arrivals are scheduled by `in_flight`, since turmoil has one latency
//! for both directions of a link.
//!
//! One tick of the plan is one step of turmoil, 1 ms of its time. In step t+1 the clock of a host is
//! at t when its task runs: what turmoil delivers in that step arrives at tick t.

mod host;
mod host_event;
mod in_flight;

use std::cell::RefCell;
use std::future::Future;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use host::{Host, Shared};
use host_event::HostEvent;
use in_flight::InFlight;
use tracing::info_span;
use tracing::span::EnteredSpan;
use turmoil::{Builder, Sim};

use super::log;
use super::run_end::{RunEnd, StopReason};
use super::run_state::RunState;
use super::trace::TraceSink;
use crate::id::NodeId;
use crate::network::Network;
use crate::network::fault::{FaultId, Schedule};
use crate::plan::{Plan, PlanOf};
use crate::protocol::node::{EnvelopeOf, Protocols};
use crate::rng::CounterRng;
use crate::time::{NanoDuration, SimTime};

/// Turmoil iterates over all links once per host and tick, which is cubic in the number of hosts.
const MAX_HOSTS: usize = 16;

/// The error about a plan with too many nodes for turmoil; `None` if there are not.
pub fn refusal<E, C>(plan: &Plan<E, C>) -> Option<String> {
    let hosts = plan.nodes();
    (hosts > MAX_HOSTS).then(|| {
        format!(
            "turmoil is refused above {MAX_HOSTS} hosts (here {hosts}): it walks every link once \
             per host and tick, so its cost grows with the cube of the hosts; --force runs it"
        )
    })
}

/// Runs a plan with a seed.
pub fn run<P, O>(plan: &PlanOf<P>, seed: u64, sink: &mut O) -> RunEnd
where
    P: Protocols,
    O: TraceSink<EnvelopeOf<P>>,
{
    let realization = Rc::new(plan.realize(seed));
    let shared = Rc::new(plan.clone());
    let hosts = Shared::<P>::default();
    let mut state = RunState::new(plan, &realization, sink);
    let mut network = TurmoilNetwork::new(plan, seed, &realization.schedule);
    for node in (0..plan.nodes() as u32).map(NodeId) {
        let host = Host::<P>::new(
            node,
            &shared,
            &realization,
            (seed, CounterRng::network(seed)),
            hosts.clone(),
        );
        (0..host.expected()).for_each(|_| state.add_pending());
        let host = Rc::new(RefCell::new(host));
        network.add(plan, move || host::serve(Rc::clone(&host)));
    }
    network.connect();
    state.begin::<EnvelopeOf<P>>(&realization);
    let mut last = SimTime(0);
    for tick in (0..plan.horizon.0).map(SimTime) {
        network.enter(tick);
        // The run may end at the first instant although every node is down, and at each instant at which
        // something happens in the world.
        let mut handled = tick == SimTime(0) || state.next_in_world().is_some_and(|at| at <= tick);
        state.advance::<EnvelopeOf<P>>(tick, |transition| {
            network.fault(tick, transition.fault, transition.starts);
        });
        if realization.has_procedure() {
            state.silent_from().clone_into(&mut hosts.silent_from.borrow_mut());
        }
        network.crashes(tick);
        network.step(tick);
        for event in hosts.events.borrow_mut().drain(..) {
            handled |= matches!(event, HostEvent::Handled);
            event.apply(tick, &mut state);
        }
        state.close::<EnvelopeOf<P>>(tick);
        if let Some((node, part)) = state.livelock() {
            return state.end::<EnvelopeOf<P>>(tick, StopReason::Livelock(node, part));
        }
        if handled {
            last = tick;
            if state.is_full::<EnvelopeOf<P>>() {
                return state.end::<EnvelopeOf<P>>(last, StopReason::Full);
            }
            if let Some(why) = state.stop_reason() {
                return state.end::<EnvelopeOf<P>>(last, why);
            }
        }
    }
    state.end::<EnvelopeOf<P>>(last, StopReason::Horizon)
}

/// The latency given to turmoil, beyond every horizon: arrivals are forced by [`InFlight`].
const BEYOND: Duration = Duration::from_millis(1 << 50);

/// The simulated network with its partitions.
pub(crate) struct TurmoilNetwork {
    sim: Sim<'static>,
    resolution: NanoDuration,
    addresses: Vec<IpAddr>,
    network: Network,
    schedule: Arc<Schedule>,
    in_flight: InFlight,
    /// By direction, the number of partitions in effect.
    partitions: Vec<u32>,
}

impl TurmoilNetwork {
    pub(crate) fn new<E, C>(plan: &Plan<E, C>, seed: u64, schedule: &Arc<Schedule>) -> Self {
        let sim = Builder::new()
            .tick_duration(Duration::from_millis(1))
            .simulation_duration(Duration::MAX)
            .epoch(UNIX_EPOCH)
            .min_message_latency(BEYOND)
            .max_message_latency(BEYOND)
            .udp_capacity(1 << 20)
            .tcp_capacity(1 << 16)
            .rng_seed(seed)
            .build();
        let network = Self {
            sim,
            resolution: plan.resolution,
            addresses: Vec::new(),
            network: plan.network.clone(),
            schedule: Arc::clone(schedule),
            in_flight: InFlight::default(),
            partitions: vec![0; plan.nodes() * plan.nodes()],
        };
        network.enter(SimTime(0));
        network
    }

    /// Sets the time of logs.
    pub(crate) fn enter(&self, tick: SimTime) {
        log::set_now(Some((tick, self.resolution)));
    }

    /// Adds the host of the next node; `software` is called at the start and at each restart.
    pub(crate) fn add<E, C, F>(&mut self, plan: &Plan<E, C>, software: impl Fn() -> F + 'static)
    where
        F: Future<Output = turmoil::Result> + 'static,
    {
        let name = &plan.names[self.addresses.len()];
        let _span = info_span!(target: log::TARGET, log::NODE, name).entered();
        self.sim.host(name, software);
        self.addresses.push(self.sim.lookup(name));
    }

    /// To be called after the last [`TurmoilNetwork::add`].
    pub(crate) fn connect(&mut self) {
        self.in_flight = InFlight::new(&self.sim, &self.addresses);
    }

    /// Schedules what has departed, before the faults of an instant are applied.
    fn observe(&mut self, tick: SimTime) {
        let Self { sim, network, schedule, in_flight, .. } = self;
        in_flight.observe(sim, tick, |link, departs| arrival(network, schedule, link, departs));
    }

    /// Starts or ends a fault of links; overlapping partitions are counted.
    pub(crate) fn fault(&mut self, tick: SimTime, fault: FaultId, starts: bool) {
        self.observe(tick);
        let schedule = Arc::clone(&self.schedule);
        let fault = schedule.fault(fault);
        let nodes = self.addresses.len();
        for (a, &from) in self.addresses.iter().enumerate() {
            for (b, &to) in self.addresses.iter().enumerate() {
                if a == b || !fault.partitions(NodeId(a as u32), NodeId(b as u32)) {
                    continue;
                }
                let count = &mut self.partitions[a * nodes + b];
                if starts {
                    *count += 1;
                    if *count == 1 {
                        self.sim.partition_oneway(from, to);
                        self.in_flight.drop_link(NodeId(a as u32), NodeId(b as u32));
                    }
                } else {
                    *count -= 1;
                    if *count == 0 {
                        self.sim.repair_oneway(from, to);
                    }
                }
            }
        }
    }

    /// Applies the crashes and restarts of an instant.
    pub(crate) fn crashes(&mut self, tick: SimTime) {
        let schedule = Arc::clone(&self.schedule);
        for node in schedule.crashing_nodes() {
            if schedule.goes_down(node, tick) {
                // The streams that it closes send to their other ends.
                self.observe(tick);
                let _span = self.span(node);
                self.sim.crash(self.addresses[node.index()]);
            } else if schedule.restarts(node, tick) {
                self.bounce(node);
            }
        }
    }

    /// Restarts a host: ends its tasks, closes its sockets and calls its software.
    pub(crate) fn bounce(&mut self, node: NodeId) {
        let _span = self.span(node);
        self.sim.bounce(self.addresses[node.index()]);
    }

    /// The span of a node; turmoil enters an equal one while the node runs.
    fn span(&self, node: NodeId) -> EnteredSpan {
        let name = self.sim.reverse_lookup(self.addresses[node.index()]);
        info_span!(target: log::TARGET, log::NODE, name).entered()
    }

    pub(crate) fn step(&mut self, tick: SimTime) {
        let Self { sim, network, schedule, in_flight, .. } = self;
        in_flight.deliver(sim, tick, |link, departs| arrival(network, schedule, link, departs));
        // A host fails only if its code panics or binds a socket twice.
        self.sim.step().expect("a host of ours does not fail");
    }
}

impl Drop for TurmoilNetwork {
    fn drop(&mut self) {
        log::set_now(None);
    }
}

fn arrival(
    network: &Network,
    schedule: &Schedule,
    link @ [from, to]: [NodeId; 2],
    departs: SimTime,
) -> SimTime {
    schedule.arrival(link, departs, network.latency(from, to))
}
