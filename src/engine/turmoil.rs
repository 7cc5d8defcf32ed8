//! The turmoil engine: every zone is a host with its own tokio runtime, a task, a UDP socket and
//! real encoding. Cuts and crashes are turmoil's own: it keeps what is under way, and takes what they
//! take. What a message waits at its sender is waited in its host. When what is under way arrives is
//! decided here (`in_flight`): turmoil knows one latency for both directions of a link.
//!
//! One tick of the plan is one step of turmoil, 1 ms of its time. In step t+1 a host's clock stands
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

use host::Host;
use host_event::HostEvent;
use in_flight::InFlight;
use tracing::info_span;
use tracing::span::EnteredSpan;
use turmoil::{Builder, Sim};

use super::log;
use super::run_state::{RunEnd, RunState, StopReason};
use super::trace::TraceSink;
use crate::id::NodeId;
use crate::network::Network;
use crate::network::fault::{FaultId, Schedule};
use crate::plan::{Plan, PlanOf};
use crate::protocol::node::{EnvelopeOf, Protocols};
use crate::rng::CounterRng;
use crate::time::{NanoDuration, SimTime};

/// Turmoil walks every link once per host and tick: its cost grows with the cube of the hosts.
const MAX_HOSTS: usize = 16;

/// Why a plan should not run on turmoil, if there is a reason.
pub fn refusal<E, C>(plan: &Plan<E, C>) -> Option<String> {
    let hosts = plan.nodes();
    (hosts > MAX_HOSTS).then(|| {
        format!(
            "turmoil is refused above {MAX_HOSTS} hosts (here {hosts}): it walks every link once \
             per host and tick, so its cost grows with the cube of the hosts; --force runs it"
        )
    })
}

/// Runs a plan from a seed.
pub fn run<P, O>(plan: &PlanOf<P>, seed: u64, observer: &mut O) -> RunEnd
where
    P: Protocols,
    O: TraceSink<EnvelopeOf<P>>,
{
    let drawn = Rc::new(plan.realize(seed));
    let shared = Rc::new(plan.clone());
    let notes = Rc::new(RefCell::new(Vec::new()));
    let mut record = RunState::new(plan, &drawn, observer);
    let mut network = TurmoilNetwork::new(plan, seed, &drawn.schedule);
    for node in (0..plan.nodes() as u32).map(NodeId) {
        let host = Host::<P>::new(node, &shared, &drawn, (seed, CounterRng::network(seed)), &notes);
        (0..host.expected()).for_each(|_| record.add_pending());
        let host = Rc::new(RefCell::new(host));
        network.add(plan, move || host::serve(Rc::clone(&host)));
    }
    network.connect();
    record.begin::<EnvelopeOf<P>>();
    let mut last = SimTime(0);
    for tick in (0..plan.horizon.0).map(SimTime) {
        network.enter(tick);
        record.apply_faults::<EnvelopeOf<P>>(tick, |transition| {
            network.fault(tick, transition.fault, transition.starts);
        });
        network.crashes(tick);
        network.step(tick);
        // The first instant closes too, even if every node is down in it.
        let mut handled = tick == SimTime(0) || record.warning() == Some(tick);
        for note in notes.borrow_mut().drain(..) {
            handled |= matches!(note, HostEvent::Handled);
            note.apply(tick, &mut record);
        }
        if let Some((node, part)) = record.livelock() {
            return record.end::<EnvelopeOf<P>>(tick, StopReason::Livelock(node, part));
        }
        if handled {
            last = tick;
            if let Some(why) = record.stop_reason(tick) {
                return record.end::<EnvelopeOf<P>>(last, why);
            }
        }
    }
    record.end::<EnvelopeOf<P>>(last, StopReason::Horizon)
}

/// No message arrives by turmoil's own latency: it is beyond every horizon.
const BEYOND: Duration = Duration::from_millis(1 << 50);

/// The simulated network, and what of it is partitioned.
pub(crate) struct TurmoilNetwork {
    sim: Sim<'static>,
    resolution: NanoDuration,
    addresses: Vec<IpAddr>,
    network: Network,
    schedule: Arc<Schedule>,
    in_flight: InFlight,
    /// By direction, how many partitions hold.
    cuts: Vec<u32>,
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
            cuts: vec![0; plan.nodes() * plan.nodes()],
        };
        network.enter(SimTime(0));
        network
    }

    /// An instant begins.
    pub(crate) fn enter(&self, tick: SimTime) {
        log::set_now(Some((tick, self.resolution)));
    }

    /// The host of the next node, and what runs on it: called at the start and at every restart.
    pub(crate) fn add<E, C, F>(&mut self, plan: &Plan<E, C>, software: impl Fn() -> F + 'static)
    where
        F: Future<Output = turmoil::Result> + 'static,
    {
        let name = &plan.names[self.addresses.len()];
        let _span = info_span!(target: log::TARGET, log::NODE, name).entered();
        self.sim.host(name, software);
        self.addresses.push(self.sim.lookup(name));
    }

    /// All hosts are there.
    pub(crate) fn connect(&mut self) {
        self.in_flight = InFlight::new(&self.sim, &self.addresses);
    }

    /// Sees what has departed, before the faults of an instant touch it.
    fn look(&mut self, tick: SimTime) {
        let Self { sim, network, schedule, in_flight, .. } = self;
        in_flight.look(sim, tick, |way, departs| arrival(network, schedule, way, departs));
    }

    /// A fault of links starts or ends. Overlapping ones are counted.
    pub(crate) fn fault(&mut self, tick: SimTime, fault: FaultId, starts: bool) {
        self.look(tick);
        let schedule = Arc::clone(&self.schedule);
        let fault = schedule.fault(fault);
        let nodes = self.addresses.len();
        for (a, &from) in self.addresses.iter().enumerate() {
            for (b, &to) in self.addresses.iter().enumerate() {
                if a == b || !fault.partitions(NodeId(a as u32), NodeId(b as u32)) {
                    continue;
                }
                let count = &mut self.cuts[a * nodes + b];
                if starts {
                    *count += 1;
                    if *count == 1 {
                        self.sim.partition_oneway(from, to);
                        self.in_flight.lose(NodeId(a as u32), NodeId(b as u32));
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

    /// Crashes and restarts of an instant; those that overlap or touch are one.
    pub(crate) fn crashes(&mut self, tick: SimTime) {
        let schedule = Arc::clone(&self.schedule);
        for node in schedule.crashing_nodes() {
            if schedule.goes_down(node, tick) {
                // Streams that it closes tell their other ends, which departs at this instant.
                self.look(tick);
                let _span = self.span(node);
                self.sim.crash(self.addresses[node.index()]);
            } else if schedule.restarts(node, tick) {
                self.bounce(node);
            }
        }
    }

    /// Ends all that runs on a host, closes its sockets, and calls its software again.
    pub(crate) fn bounce(&mut self, node: NodeId) {
        let _span = self.span(node);
        self.sim.bounce(self.addresses[node.index()]);
    }

    /// The span of a node, as turmoil's own while it runs.
    fn span(&self, node: NodeId) -> EnteredSpan {
        let name = self.sim.reverse_lookup(self.addresses[node.index()]);
        info_span!(target: log::TARGET, log::NODE, name).entered()
    }

    pub(crate) fn step(&mut self, tick: SimTime) {
        let Self { sim, network, schedule, in_flight, .. } = self;
        in_flight.deliver(sim, tick, |way, departs| arrival(network, schedule, way, departs));
        // Hosts end with an error only where their own code panics or a socket is bound twice.
        self.sim.step().expect("a host of ours does not fail");
    }
}

impl Drop for TurmoilNetwork {
    fn drop(&mut self) {
        log::set_now(None);
    }
}

/// When what departs at an instant arrives.
fn arrival(network: &Network, schedule: &Schedule, way: [NodeId; 2], departs: SimTime) -> SimTime {
    schedule.arrival(way, departs, network.latency(way[0], way[1]))
}
