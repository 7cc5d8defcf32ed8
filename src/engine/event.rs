//! The event engine: a discrete-event simulation.
//!
//! Faults are known in advance, so whether a message is dropped is decided when it is sent: dropped
//! messages never enter the queue, and departures are not events.

mod access;

use super::access::{AccessHost, FanOut, NodeAccess};
use super::livelock::LivelockDetector;
use super::published::Published;
use super::queue::{Key, Kind, Queue};
use super::run_end::{RunEnd, StopReason};
use super::run_state::RunState;
use super::send_counter::SendCounter;
use super::trace::{Event, TraceSink};
use crate::id::{Item, Lead, NodeId};
use crate::network::Link;
use crate::network::egress::{Egress, PacketInfo, Queues, SendOutcome};
use crate::network::fault::{Memory, Schedule};
use crate::plan::{PlanOf, Realization};
use crate::protocol::coordination::Output;
use crate::protocol::exchange::Deliver;
use crate::protocol::node::{Builtin, EnvelopeOf, Node, NodeInput, NodeOutput, Protocols, TimerOf};
use crate::protocol::{Effects, ItemInfo};
use crate::rng::{CounterRng, RngStream};
use crate::time::{LocalTime, SimDuration, SimTime};

/// Runs a plan with a seed.
pub fn run<P, O>(plan: &PlanOf<P>, seed: u64, sink: &mut O) -> RunEnd
where
    P: Protocols,
    O: TraceSink<EnvelopeOf<P>>,
{
    let realization = plan.realize(seed);
    let nodes = (0..plan.nodes() as u32).map(NodeId);
    let mut zones: Vec<Node<P>> =
        nodes.clone().map(|node| plan.node(node, &realization, seed)).collect();
    let mut engine = EventEngine {
        plan,
        realization: &realization,
        schedule: &realization.schedule,
        rng: CounterRng::network(seed),
        queues: Queues::default(),
        access: idle_access::<P>(plan),
        fan_out: FanOut::default(),
        state: RunState::new(plan, &realization, sink),
        queue: Queue::default(),
        now: SimTime(0),
        node: NodeId(0),
        via: None,
        next_crash: SimTime::NEVER,
        numbers: vec![0; plan.nodes()],
        sent: SendCounter::default(),
        visits: 0,
        seed,
        livelock: LivelockDetector::default(),
        published: Published::default(),
    };
    for node in nodes {
        engine.push_starts(node);
    }
    engine.push_publication(0);
    let has_access = plan.network.access.is_some();
    engine.state.begin::<EnvelopeOf<P>>(&realization);
    engine.state.advance::<EnvelopeOf<P>>(SimTime(0), |_| {});
    let why = 'run: loop {
        let next = engine.queue.advance();
        if next != Some(engine.now)
            && let Some(why) = engine.stop_before(next)
        {
            break why;
        }
        // Events beyond the horizon are pending but not queued.
        let Some(next) = next else { break StopReason::Horizon };
        engine.state.advance::<EnvelopeOf<P>>(next, |_| {});
        while let Some((key, slot)) = engine.queue.pop() {
            engine.enter(key.at(), key.node());
            engine.handle(&mut zones[key.node().index()], key, slot);
            if has_access {
                engine.end_input();
            }
            if let Some((node, part)) = engine.state.livelock() {
                break 'run StopReason::Livelock(node, part);
            }
        }
    };
    let now = engine.now;
    engine.state.end::<EnvelopeOf<P>>(now, why)
}

/// The idle access links of all nodes; empty if no node has one.
fn idle_access<P: Protocols>(plan: &PlanOf<P>) -> Vec<NodeAccess<EnvelopeOf<P>, TimerOf<P>>> {
    let nodes = if plan.network.access.is_some() { plan.nodes() as u32 } else { 0 };
    (0..nodes).map(|node| NodeAccess::new(&plan.network, NodeId(node))).collect()
}

enum Payload<M, T> {
    Message(M),
    Timer(T),
    Nothing,
}

/// Every event in the queue takes the space of the largest message.
const _: () = assert!(
    size_of::<Option<Payload<EnvelopeOf<Builtin>, TimerOf<Builtin>>>>() <= 48,
    "box a message of more than 32 bytes: `boxed` in the registry of its role"
);

/// The engine without the nodes, which it lends to [`EventEngine::handle`].
struct EventEngine<'a, P, O>
where
    P: Protocols,
{
    plan: &'a PlanOf<P>,
    realization: &'a Realization,
    schedule: &'a Schedule,
    rng: CounterRng,
    queues: Queues,
    /// By node; empty if no node has an access link.
    access: Vec<NodeAccess<EnvelopeOf<P>, TimerOf<P>>>,
    fan_out: FanOut<EnvelopeOf<P>, TimerOf<P>>,
    state: RunState<'a, &'a mut O>,
    queue: Queue<Payload<EnvelopeOf<P>, TimerOf<P>>>,
    now: SimTime,
    /// The node that handles an event, and the sender if the event is a message.
    node: NodeId,
    via: Option<NodeId>,
    /// The next crash of this node, which cancels timers due then or later.
    next_crash: SimTime,
    /// By node, the number of timers set and messages sent.
    numbers: Vec<u64>,
    sent: SendCounter,
    /// The number of visits; a visit is the handling of one instant at one node.
    visits: u64,
    seed: u64,
    livelock: LivelockDetector,
    published: Published,
}

impl<P, O> EventEngine<'_, P, O>
where
    P: Protocols,
    O: TraceSink<EnvelopeOf<P>>,
{
    /// Why the run is over before the next event, if it is: at the current instant, or when the
    /// remaining members escape, which is not an event of a node.
    fn stop_before(&mut self, next: Option<SimTime>) -> Option<StopReason> {
        self.state.close::<EnvelopeOf<P>>(self.now);
        if self.state.is_full::<EnvelopeOf<P>>() {
            return Some(StopReason::Full);
        }
        if let Some(why) = self.state.stop_reason() {
            return Some(why);
        }
        let next = next.unwrap_or(self.plan.horizon);
        while let Some(at) = self.state.next_in_world().filter(|&at| at < next) {
            self.state.advance::<EnvelopeOf<P>>(at, |_| {});
            self.now = at;
            if let Some(why) = self.state.stop_reason() {
                return Some(why);
            }
        }
        None
    }

    /// The local time of the current node.
    #[inline]
    fn local(&self) -> LocalTime {
        match self.realization.clock(self.node) {
            None => LocalTime(self.now.0 as i64),
            Some(clock) => clock.local(self.now),
        }
    }

    /// Queues the starts of a node: the first (number 0), and one at the end of each crash.
    fn push_starts(&mut self, node: NodeId) {
        let starts = self.schedule.starts(node);
        for (number, at) in starts.filter(|&at| at < self.plan.horizon).enumerate() {
            self.state.add_pending();
            self.queue.push(Key::new(at, node, Kind::Start, node, number as u64), Payload::Nothing);
        }
    }

    /// Queues the publication at an index of their order. One at a time suffices, and keeps the order.
    fn push_publication(&mut self, index: usize) {
        if let Some(&(at, node, _)) = self.realization.order.get(index) {
            self.state.add_pending();
            self.queue
                .push(Key::new(at, node, Kind::Publication, node, index as u64), Payload::Nothing);
        }
    }

    #[inline]
    fn enter(&mut self, at: SimTime, node: NodeId) {
        if at != self.now || node != self.node || self.visits == 0 {
            self.visits += 1;
            self.next_crash = self.schedule.next_crash(node, at);
        }
        self.now = at;
        self.node = node;
        self.via = None;
        self.state.remove_pending();
    }

    /// Handles an event. The payload is taken after the match on the kind, so that it is moved once.
    #[inline]
    fn handle(&mut self, zone: &mut Node<P>, key: Key, slot: u32) {
        match key.kind() {
            Kind::Message => {
                if let Some(Payload::Message(message)) = self.queue.take(slot) {
                    self.deliver(zone, key.sender(), message);
                }
            }
            Kind::Timer => {
                if let Some(Payload::Timer(timer)) = self.queue.take(slot) {
                    zone.handle(self.local(), NodeInput::Timer(timer), self);
                }
            }
            Kind::Publication => {
                self.queue.take(slot);
                self.publish(zone, key.number() as usize);
            }
            Kind::Start => {
                self.queue.take(slot);
                self.start(zone, key.number());
            }
            Kind::Uplink | Kind::Downlink | Kind::Arrival => self.handle_access(key, slot),
        }
    }

    /// Starts a node (number 0) or restarts it.
    fn start(&mut self, zone: &mut Node<P>, number: u64) {
        if number == 0 {
            return zone.handle(self.local(), NodeInput::Start, self);
        }
        zone.reseed(self.plan.rngs(self.seed, self.node, number));
        self.queues.clear(self.node);
        self.access.get_mut(self.node.index()).into_iter().for_each(NodeAccess::clear);
        if self.schedule.memory(self.node, self.now) == Memory::Lost {
            zone.crash_with_amnesia(self.plan.machines::<P>(self.node, self.realization));
        }
        self.state.record(self.now, &Event::Restart { node: self.node });
        zone.handle(self.local(), NodeInput::Restart, self);
    }

    #[inline]
    fn deliver(&mut self, zone: &mut Node<P>, from: NodeId, message: EnvelopeOf<P>) {
        self.via = Some(from);
        self.state
            .record_message(self.now, &Event::Deliver { from, to: self.node, message: &message });
        zone.handle(self.local(), NodeInput::Message { from, message }, self);
    }

    fn publish(&mut self, zone: &mut Node<P>, index: usize) {
        let (_, node, item) = self.realization.order[index];
        let due = self.realization.items[item.index()].due;
        self.push_publication(index + 1);
        if self.realization.has_procedure() {
            return self.see(zone, Lead(item.0));
        }
        if !self.published.accept(item, &self.realization.items) {
            return;
        }
        self.state.publish(self.now, node, item, due);
        zone.handle(self.local(), NodeInput::Publish(item), self);
    }

    /// A zone sees a lead, if the member left the sign.
    fn see(&mut self, zone: &mut Node<P>, lead: Lead) {
        if self.state.arises(lead) {
            self.state.see(self.now, self.node, lead);
            zone.handle(self.local(), NodeInput::See(lead), self);
        }
    }

    /// The sequence number of the next message to a node in this instant.
    #[inline]
    fn next_seq(&mut self, to: NodeId) -> u32 {
        self.sent.count(self.visits, to, self.plan.nodes())
    }

    #[inline]
    fn number(&mut self) -> u64 {
        let number = &mut self.numbers[self.node.index()];
        *number += 1;
        *number
    }

    /// Queues the arrival of a message with a departure and a latency, unless a fault drops it or holds
    /// it without end.
    #[inline(always)]
    fn depart(
        &mut self,
        to: NodeId,
        (departs, latency): (SimTime, SimDuration),
        (kind, number): (Kind, u64),
        message: impl FnOnce() -> EnvelopeOf<P>,
    ) {
        let link = [self.node, to];
        let arrives = self.schedule.arrival(link, departs, latency);
        let is_dropped = || self.schedule.is_dropped(link, [self.now, departs, arrives]);
        if departs == SimTime::NEVER || is_dropped() {
            return;
        }
        self.state.add_pending();
        if arrives < self.plan.horizon {
            let key = Key::new(arrives, to, kind, self.node, number);
            self.queue.push(key, Payload::Message(message()));
        }
    }

    fn egress(&self) -> Egress<'_> {
        Egress { network: &self.plan.network, schedule: self.schedule, rng: self.rng }
    }

    /// Sends over a link without a fast path; not inlined, to keep the fast path short.
    #[inline(never)]
    fn send_slow_path(
        &mut self,
        packet: PacketInfo,
        link: Link,
        number: u64,
        message: EnvelopeOf<P>,
    ) {
        if self.has_uplink() {
            return self.fan_out.send(packet, number, message);
        }
        let Self { plan, realization, schedule, rng, .. } = *self;
        let egress = Egress { network: &plan.network, schedule, rng };
        let bytes = || realization.bytes(&message);
        let outcome = egress.slow_path(link, packet, &mut self.queues, bytes);
        let kind = self.kind_of_arrival(packet.link[1]);
        self.finish_send(packet, link, (kind, number), outcome, message);
    }

    /// Records a send and queues the arrivals.
    #[inline(always)]
    fn finish_send(
        &mut self,
        PacketInfo { link: [from, to], now, seq }: PacketInfo,
        link: Link,
        (kind, number): (Kind, u64),
        outcome: SendOutcome,
        message: EnvelopeOf<P>,
    ) {
        self.state.record_message(now, &Event::Send { from, to, seq, outcome, message: &message });
        self.queue_arrivals((to, link), (kind, number), outcome, message);
    }

    #[inline(always)]
    fn queue_arrivals(
        &mut self,
        (to, link): (NodeId, Link),
        (kind, number): (Kind, u64),
        outcome: SendOutcome,
        message: EnvelopeOf<P>,
    ) {
        if let Some(copy) = outcome.copy {
            let number = self.number();
            self.depart(to, (copy, link.latency()), (kind, number), || message.clone());
        }
        if let Some(departs) = outcome.departs() {
            self.depart(to, (departs, link.latency()), (kind, number), || message);
        }
    }

    #[inline(always)]
    fn set_timer(&mut self, due: SimTime, timer: TimerOf<P>) {
        let number = self.number();
        if due >= self.next_crash {
            return;
        }
        if due == self.now && self.livelock.count(self.node, self.now) {
            return self.state.set_livelock(self.node, timer.part());
        }
        self.state.add_pending();
        if due < self.plan.horizon {
            let key = Key::new(due, self.node, Kind::Timer, self.node, number);
            self.queue.push(key, Payload::Timer(timer));
        }
    }
}

impl<P, O> Effects<EnvelopeOf<P>, TimerOf<P>, NodeOutput> for EventEngine<'_, P, O>
where
    P: Protocols,
    O: TraceSink<EnvelopeOf<P>>,
{
    #[inline]
    fn send(&mut self, to: NodeId, message: EnvelopeOf<P>) {
        let packet = PacketInfo { link: [self.node, to], now: self.now, seq: self.next_seq(to) };
        let number = self.number();
        let link = self.plan.network.links.get(self.node, to);
        match self.egress().fast_path(link, packet) {
            Some(departure) => {
                let outcome = SendOutcome { queued: SimDuration(0), departure, copy: None };
                self.finish_send(packet, link, (Kind::Message, number), outcome, message);
            }
            None => self.send_slow_path(packet, link, number, message),
        }
    }

    #[inline(always)]
    fn wake_after(&mut self, delay: SimDuration, timer: TimerOf<P>) {
        self.start_timer(self.now, delay, timer);
    }

    #[inline(always)]
    fn timer_after_sent(&mut self, to: Option<NodeId>, delay: SimDuration, timer: TimerOf<P>) {
        if self.has_uplink() {
            self.fan_out.set_timer(to, delay, timer);
        } else {
            self.wake_after(delay, timer);
        }
    }

    #[inline]
    fn wake_at(&mut self, at: LocalTime, timer: TimerOf<P>) {
        let due = match self.realization.clock(self.node) {
            None => SimTime(at.0.max(0) as u64).max(self.now),
            Some(clock) => clock.at(self.now, at),
        };
        self.set_timer(due, timer);
    }

    fn emit(&mut self, output: NodeOutput) {
        let node = self.node;
        let event = match output {
            NodeOutput::Exchange(Deliver { item, from }) => {
                Event::Learn { node, item, via: from.or(self.via), again: false }
            }
            NodeOutput::Locate(member) => Event::Locate { node, member, again: false },
            NodeOutput::Stage(stage, work) => Event::Stage { node, stage, work },
            NodeOutput::Adjust(adjustment) => Event::Adjusted { node, adjustment },
            NodeOutput::Coordination(Output::Decide(at)) => Event::Decide { node, at },
            NodeOutput::Coordination(Output::Strike(member)) => Event::Strike { node, member },
            NodeOutput::Coordination(Output::Abort(abort)) => Event::Abort { node, abort },
            NodeOutput::Coordination(Output::Elected(term)) => Event::Elected { node, term },
        };
        self.state.record(self.now, &event);
    }

    fn distance(&self, to: NodeId) -> SimDuration {
        self.plan.network.links.get(self.node, to).latency()
    }

    fn is_observer(&self, zone: NodeId) -> bool {
        self.plan.is_observer(zone)
    }

    fn publish(&mut self, item: Item) -> bool {
        let is_accepted = self.published.accept(item, &self.realization.items);
        if is_accepted {
            self.state.publish_unplanned(self.now, self.node, item);
        }
        is_accepted
    }

    fn about(&self, item: Item) -> ItemInfo {
        self.realization.about(item, &self.plan.workload)
    }

    fn has_clerks(&self) -> bool {
        self.plan.clerks.is_some()
    }

    fn clerks(&self) -> Option<u32> {
        self.plan.clerks.and_then(|clerks| clerks.number)
    }

    fn handling(&self, rng: &mut RngStream) -> SimDuration {
        self.plan.clerks.map_or(SimDuration(0), |clerks| clerks.handling.draw(rng))
    }

    #[inline]
    fn has_release_rules(&self) -> bool {
        self.realization.ground_truth.has_release_rules()
    }

    fn may_tell(&self, item: Item, to: NodeId) -> bool {
        self.realization.ground_truth.may_exchange(item, self.node, to)
    }
}
