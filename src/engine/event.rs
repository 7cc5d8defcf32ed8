//! The event engine: a loop that jumps from one instant to the next.
//!
//! Faults are known, so the fate of a message is told when it is sent: what is taken never enters
//! the queue, and a departure is no event.

use super::livelock::LivelockDetector;
use super::queue::{Key, Kind, Queue};
use super::run_state::{RunEnd, RunState, StopReason};
use super::send_counter::SendCounter;
use super::trace::{Event, TraceSink};
use crate::id::NodeId;
use crate::network::Link;
use crate::network::egress::{Egress, PacketInfo, Queues, SendOutcome};
use crate::network::fault::{Memory, Schedule};
use crate::plan::{PlanOf, Realization};
use crate::protocol::Effects;
use crate::protocol::coordination::Output;
use crate::protocol::exchange::Deliver;
use crate::protocol::node::{EnvelopeOf, Node, NodeInput, NodeOutput, Protocols, TimerOf};
use crate::rng::CounterRng;
use crate::time::{LocalTime, SimDuration, SimTime};

/// Runs a plan from a seed.
pub fn run<P, O>(plan: &PlanOf<P>, seed: u64, observer: &mut O) -> RunEnd
where
    P: Protocols,
    O: TraceSink<EnvelopeOf<P>>,
{
    let drawn = plan.realize(seed);
    let nodes = (0..plan.nodes() as u32).map(NodeId);
    let mut zones: Vec<Node<P>> = nodes.clone().map(|node| plan.node(node, &drawn, seed)).collect();
    let mut world = EventEngine {
        plan,
        realization: &drawn,
        schedule: &drawn.schedule,
        rng: CounterRng::network(seed),
        queues: Queues::default(),
        state: RunState::new(plan, &drawn, observer),
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
    };
    for node in nodes {
        world.plan_starts(node);
    }
    world.plan_publication(0);
    world.state.begin::<EnvelopeOf<P>>();
    world.state.apply_faults::<EnvelopeOf<P>>(SimTime(0), |_| {});
    let why = 'run: loop {
        let next = world.queue.advance();
        if next != Some(world.now)
            && let Some(why) = world.stop_before(next)
        {
            break why;
        }
        // What is beyond the horizon is pending still.
        let Some(next) = next else { break StopReason::Horizon };
        world.state.apply_faults::<EnvelopeOf<P>>(next, |_| {});
        while let Some((key, slot)) = world.queue.pop() {
            world.enter(key.at(), key.node());
            world.handle(&mut zones[key.node().index()], key, slot);
            if let Some((node, part)) = world.state.livelock() {
                break 'run StopReason::Livelock(node, part);
            }
        }
    };
    let now = world.now;
    world.state.end::<EnvelopeOf<P>>(now, why)
}

/// What an event carries.
enum Payload<M, A> {
    Message(M),
    Alarm(A),
    Nothing,
}

/// Everything but the nodes.
struct EventEngine<'a, P, O>
where
    P: Protocols,
{
    plan: &'a PlanOf<P>,
    realization: &'a Realization,
    schedule: &'a Schedule,
    rng: CounterRng,
    queues: Queues,
    state: RunState<'a, &'a mut O>,
    queue: Queue<Payload<EnvelopeOf<P>, TimerOf<P>>>,
    now: SimTime,
    /// The node that handles something now, and the sender of the message if it is one.
    node: NodeId,
    via: Option<NodeId>,
    /// When this node goes down next: what is due then or later is lost to it.
    next_crash: SimTime,
    /// By node, how many timers were set and messages sent.
    numbers: Vec<u64>,
    sent: SendCounter,
    /// Counts the nodes visited, an instant at a time.
    visits: u64,
    seed: u64,
    livelock: LivelockDetector,
}

impl<P, O> EventEngine<'_, P, O>
where
    P: Protocols,
    O: TraceSink<EnvelopeOf<P>>,
{
    /// Whether the run is over before the next instant at which a node does something: now, or when
    /// the warning takes effect, which no node sees.
    fn stop_before(&mut self, next: Option<SimTime>) -> Option<StopReason> {
        if let Some(why) = self.state.stop_reason(self.now) {
            return Some(why);
        }
        let next = next.unwrap_or(self.plan.horizon);
        let warned = self.state.warning().filter(|&at| self.now < at && at < next)?;
        let why = self.state.stop_reason(warned)?;
        self.state.apply_faults::<EnvelopeOf<P>>(warned, |_| {});
        self.now = warned;
        Some(why)
    }

    /// What the clock of the node shows.
    #[inline]
    fn local(&self) -> LocalTime {
        match self.realization.clock(self.node) {
            None => LocalTime(self.now.0 as i64),
            Some(clock) => clock.local(self.now),
        }
    }

    /// The starts of a node: the first (number 0), and one at the end of each crash.
    fn plan_starts(&mut self, node: NodeId) {
        let starts = self.schedule.starts(node);
        for (number, at) in starts.filter(|&at| at < self.plan.horizon).enumerate() {
            self.state.add_pending();
            self.queue.push(Key::new(at, node, Kind::Start, node, number as u64), Payload::Nothing);
        }
    }

    /// The publication at a place of their order; one at a time is enough to keep the order.
    fn plan_publication(&mut self, place: usize) {
        if let Some(&(at, node, _)) = self.realization.order.get(place) {
            self.state.add_pending();
            self.queue
                .push(Key::new(at, node, Kind::Publication, node, place as u64), Payload::Nothing);
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

    /// Handles what is due. The kind is looked at before the load is taken, so that the load goes
    /// straight to where it belongs.
    #[inline]
    fn handle(&mut self, zone: &mut Node<P>, key: Key, slot: u32) {
        match key.kind() {
            Kind::Message => {
                if let Some(Payload::Message(message)) = self.queue.take(slot) {
                    self.deliver(zone, key.sender(), message);
                }
            }
            Kind::Timer => {
                if let Some(Payload::Alarm(alarm)) = self.queue.take(slot) {
                    zone.handle(self.local(), NodeInput::Timer(alarm), self);
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
        }
    }

    /// The first start of a node, or a restart.
    fn start(&mut self, zone: &mut Node<P>, number: u64) {
        if number == 0 {
            return zone.handle(self.local(), NodeInput::Start, self);
        }
        zone.reseed(self.plan.rngs(self.seed, self.node, number));
        self.queues.clear(self.node);
        if self.schedule.memory(self.node, self.now) == Memory::Lost {
            zone.crash_with_amnesia(self.plan.machines::<P>(self.node));
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

    fn publish(&mut self, zone: &mut Node<P>, place: usize) {
        let (_, node, item) = self.realization.order[place];
        let due = self.realization.items[item.index()].due;
        self.plan_publication(place + 1);
        self.state.publish(self.now, node, item, due);
        zone.handle(self.local(), NodeInput::Publish(item), self);
    }

    /// How manyth message this is to a node in this instant.
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

    /// Puts on its way what departs at an instant over a link of a latency, if no fault takes it; what
    /// is held for ever is not pending.
    #[inline(always)]
    fn depart(
        &mut self,
        to: NodeId,
        (departs, latency): (SimTime, SimDuration),
        number: u64,
        message: impl FnOnce() -> EnvelopeOf<P>,
    ) {
        let way = [self.node, to];
        let arrives = self.schedule.arrival(way, departs, latency);
        let taken = || self.schedule.is_dropped(way, [self.now, departs, arrives]);
        if departs == SimTime::NEVER || taken() {
            return;
        }
        self.state.add_pending();
        if arrives < self.plan.horizon {
            let key = Key::new(arrives, to, Kind::Message, self.node, number);
            self.queue.push(key, Payload::Message(message()));
        }
    }

    fn egress(&self) -> Egress<'_> {
        Egress { network: &self.plan.network, schedule: self.schedule, rng: self.rng }
    }

    /// Sends where more is to be met than most messages meet.
    #[inline(never)]
    fn send_slow_path(
        &mut self,
        sending: PacketInfo,
        link: Link,
        number: u64,
        message: EnvelopeOf<P>,
    ) {
        let Self { plan, schedule, rng: chance, .. } = *self;
        let egress = Egress { network: &plan.network, schedule, rng: chance };
        let bytes = || plan.bytes(&message);
        let passage = egress.slow_path(link, sending, &mut self.queues, bytes);
        self.finish_send(sending, link, number, passage, message);
    }

    /// Tells of a message what becomes of it, and puts on its way what is left.
    #[inline(always)]
    fn finish_send(
        &mut self,
        PacketInfo { link: [from, to], now, seq: nth }: PacketInfo,
        link: Link,
        number: u64,
        passage: SendOutcome,
        message: EnvelopeOf<P>,
    ) {
        self.state.record_message(now, &Event::Send { from, to, nth, passage, message: &message });
        if let Some(copy) = passage.copy {
            let number = self.number();
            self.depart(to, (copy, link.latency()), number, || message.clone());
        }
        if let Some(departs) = passage.departs() {
            self.depart(to, (departs, link.latency()), number, || message);
        }
    }

    #[inline(always)]
    fn set_timer(&mut self, due: SimTime, alarm: TimerOf<P>) {
        let number = self.number();
        if due >= self.next_crash {
            return;
        }
        if due == self.now && self.livelock.count(self.node, self.now) {
            return self.state.set_livelock(self.node, alarm.part());
        }
        self.state.add_pending();
        if due < self.plan.horizon {
            let key = Key::new(due, self.node, Kind::Timer, self.node, number);
            self.queue.push(key, Payload::Alarm(alarm));
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
        let sending = PacketInfo { link: [self.node, to], now: self.now, seq: self.next_seq(to) };
        let number = self.number();
        let link = self.plan.network.links.get(self.node, to);
        match self.egress().fast_path(link, sending) {
            Some(fate) => {
                let passage = SendOutcome { queued: SimDuration(0), departure: fate, copy: None };
                self.finish_send(sending, link, number, passage, message);
            }
            None => self.send_slow_path(sending, link, number, message),
        }
    }

    #[inline(always)]
    fn wake_after(&mut self, delay: SimDuration, alarm: TimerOf<P>) {
        let due = match self.realization.clock(self.node) {
            None => self.now + delay,
            Some(clock) => clock.after(self.now, delay),
        };
        self.set_timer(due, alarm);
    }

    #[inline]
    fn wake_at(&mut self, at: LocalTime, alarm: TimerOf<P>) {
        let due = match self.realization.clock(self.node) {
            None => SimTime(at.0.max(0) as u64).max(self.now),
            Some(clock) => clock.at(self.now, at),
        };
        self.set_timer(due, alarm);
    }

    fn emit(&mut self, output: NodeOutput) {
        let node = self.node;
        let event = match output {
            NodeOutput::Exchange(Deliver { item, from }) => {
                Event::Learn { node, item, via: from.or(self.via), again: false }
            }
            NodeOutput::Locate(member) => Event::Locate { node, member, again: false },
            NodeOutput::Coordination(Output::Decide(at)) => Event::Decide { node, at },
            NodeOutput::Coordination(Output::Strike(member)) => Event::Strike { node, member },
            NodeOutput::Coordination(Output::Abort(abort)) => Event::Abort { node, abort },
        };
        self.state.record(self.now, &event);
    }

    fn distance(&self, to: NodeId) -> SimDuration {
        self.plan.network.links.get(self.node, to).latency()
    }

    fn is_observer(&self, zone: NodeId) -> bool {
        self.plan.is_observer(zone)
    }
}
