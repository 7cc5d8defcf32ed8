//! The event engine: a loop that jumps from one instant to the next.
//!
//! Faults are known, so the fate of a message is told when it is sent: what is taken never enters
//! the queue, and a departure is no event.

use super::queue::{Key, Kind, Queue};
use super::record::{Ending, Record, Why};
use super::sent::Sent;
use super::spins::Spins;
use super::trace::{Event, Observer};
use crate::chance::Keyed;
use crate::coordination;
use crate::egress::{Egress, Passage, Queues, Sending};
use crate::exchange;
use crate::fault::{Memory, Schedule};
use crate::id::NodeId;
use crate::network::Link;
use crate::plan::{Drawn, Plan, PlanOf};
use crate::seam::Sink;
use crate::time::{Local, Span, Tick};
use crate::zone::{AlarmOf, Deed, Input, WireOf, Zone};

/// Runs a plan from a seed.
pub fn run<X, C, O>(plan: &PlanOf<X, C>, seed: u64, observer: &mut O) -> Ending
where
    X: exchange::Catalogue,
    C: coordination::Catalogue,
    O: Observer<WireOf<X, C>>,
{
    let drawn = plan.draw(seed);
    let nodes = (0..plan.nodes() as u32).map(NodeId);
    let mut zones: Vec<Zone<X, C>> =
        nodes.clone().map(|node| plan.node(node, &drawn, seed)).collect();
    let mut world = World {
        plan,
        drawn: &drawn,
        schedule: &drawn.schedule,
        chance: Keyed::network(seed),
        queues: Queues::default(),
        record: Record::new(plan, &drawn, observer),
        queue: Queue::default(),
        now: Tick(0),
        node: NodeId(0),
        via: None,
        next_crash: Tick::NEVER,
        numbers: vec![0; plan.nodes()],
        sent: Sent::default(),
        visit: 0,
        seed,
        spins: Spins::default(),
    };
    for node in nodes {
        world.plan_starts(node);
    }
    world.plan_publication(0);
    world.record.begin::<WireOf<X, C>>();
    world.record.faults::<WireOf<X, C>>(Tick(0), |_| {});
    let why = 'run: loop {
        let next = world.queue.advance();
        if next != Some(world.now)
            && let Some(why) = world.over_before(next)
        {
            break why;
        }
        // What is beyond the horizon is pending still.
        let Some(next) = next else { break Why::Horizon };
        world.record.faults::<WireOf<X, C>>(next, |_| {});
        while let Some((key, slot)) = world.queue.pop() {
            world.visit(key.at(), key.node());
            world.handle(&mut zones[key.node().index()], key, slot);
            if let Some((node, part)) = world.record.stuck() {
                break 'run Why::Stuck(node, part);
            }
        }
    };
    let now = world.now;
    world.record.end::<WireOf<X, C>>(now, why)
}

/// What an event carries.
enum Load<M, A> {
    Message(M),
    Alarm(A),
    Nothing,
}

/// Everything but the nodes.
struct World<'a, X, C, O>
where
    X: exchange::Catalogue,
    C: coordination::Catalogue,
{
    plan: &'a Plan<X::Settings, C::Settings>,
    drawn: &'a Drawn,
    schedule: &'a Schedule,
    chance: Keyed,
    queues: Queues,
    record: Record<'a, &'a mut O>,
    queue: Queue<Load<WireOf<X, C>, AlarmOf<X, C>>>,
    now: Tick,
    /// The node that handles something now, and the sender of the message if it is one.
    node: NodeId,
    via: Option<NodeId>,
    /// When this node goes down next: what is due then or later is lost to it.
    next_crash: Tick,
    /// By node, how many timers were set and messages sent.
    numbers: Vec<u64>,
    sent: Sent,
    /// Counts the nodes visited, an instant at a time.
    visit: u64,
    seed: u64,
    spins: Spins,
}

impl<X, C, O> World<'_, X, C, O>
where
    X: exchange::Catalogue,
    C: coordination::Catalogue,
    O: Observer<WireOf<X, C>>,
{
    /// Whether the run is over before the next instant at which a node does something: now, or when
    /// the warning takes effect, which no node sees.
    fn over_before(&mut self, next: Option<Tick>) -> Option<Why> {
        if let Some(why) = self.record.over(self.now) {
            return Some(why);
        }
        let next = next.unwrap_or(self.plan.horizon);
        let warned = self.record.warning().filter(|&at| self.now < at && at < next)?;
        let why = self.record.over(warned)?;
        self.record.faults::<WireOf<X, C>>(warned, |_| {});
        self.now = warned;
        Some(why)
    }

    /// What the clock of the node shows.
    #[inline]
    fn local(&self) -> Local {
        match self.drawn.clock(self.node) {
            None => Local(self.now.0 as i64),
            Some(clock) => clock.local(self.now),
        }
    }

    /// The starts of a node: the first (number 0), and one at the end of each crash.
    fn plan_starts(&mut self, node: NodeId) {
        let starts = self.schedule.starts(node);
        for (number, at) in starts.filter(|&at| at < self.plan.horizon).enumerate() {
            self.record.expect_one();
            self.queue.push(Key::new(at, node, Kind::Start, node, number as u64), Load::Nothing);
        }
    }

    /// The publication at a place of their order; one at a time is enough to keep the order.
    fn plan_publication(&mut self, place: usize) {
        if let Some(&(at, node, _)) = self.drawn.order.get(place) {
            self.record.expect_one();
            self.queue
                .push(Key::new(at, node, Kind::Publication, node, place as u64), Load::Nothing);
        }
    }

    #[inline]
    fn visit(&mut self, at: Tick, node: NodeId) {
        if at != self.now || node != self.node || self.visit == 0 {
            self.visit += 1;
            self.next_crash = self.schedule.next_crash(node, at);
        }
        self.now = at;
        self.node = node;
        self.via = None;
        self.record.handle_one();
    }

    /// Handles what is due. The kind is looked at before the load is taken, so that the load goes
    /// straight to where it belongs.
    #[inline]
    fn handle(&mut self, zone: &mut Zone<X, C>, key: Key, slot: u32) {
        match key.kind() {
            Kind::Message => {
                if let Some(Load::Message(message)) = self.queue.take(slot) {
                    self.deliver(zone, key.sender(), message);
                }
            }
            Kind::Timer => {
                if let Some(Load::Alarm(alarm)) = self.queue.take(slot) {
                    zone.handle(self.local(), Input::Alarm(alarm), self);
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
    fn start(&mut self, zone: &mut Zone<X, C>, number: u64) {
        if number == 0 {
            return zone.handle(self.local(), Input::Start, self);
        }
        zone.reseed(self.plan.streams(self.seed, self.node, number));
        self.queues.clear(self.node);
        if self.schedule.memory(self.node, self.now) == Memory::Lost {
            zone.forget(self.plan.machines(self.node));
        }
        self.record.tell(self.now, &Event::Restart { node: self.node });
        zone.handle(self.local(), Input::Restart, self);
    }

    #[inline]
    fn deliver(&mut self, zone: &mut Zone<X, C>, from: NodeId, message: WireOf<X, C>) {
        self.via = Some(from);
        self.record.pass_on(self.now, &Event::Deliver { from, to: self.node, message: &message });
        zone.handle(self.local(), Input::Message { from, message }, self);
    }

    fn publish(&mut self, zone: &mut Zone<X, C>, place: usize) {
        let (_, node, item) = self.drawn.order[place];
        let due = self.drawn.items[item.index()].due;
        self.plan_publication(place + 1);
        self.record.publish(self.now, node, item, due);
        zone.handle(self.local(), Input::Publish(item), self);
    }

    /// How manyth message this is to a node in this instant.
    #[inline]
    fn nth(&mut self, to: NodeId) -> u32 {
        self.sent.count(self.visit, to, self.plan.nodes())
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
        (departs, latency): (Tick, Span),
        number: u64,
        message: impl FnOnce() -> WireOf<X, C>,
    ) {
        let way = [self.node, to];
        let arrives = self.schedule.arrival(way, departs, latency);
        let taken = || self.schedule.takes(way, [self.now, departs, arrives]);
        if departs == Tick::NEVER || taken() {
            return;
        }
        self.record.expect_one();
        if arrives < self.plan.horizon {
            let key = Key::new(arrives, to, Kind::Message, self.node, number);
            self.queue.push(key, Load::Message(message()));
        }
    }

    fn egress(&self) -> Egress<'_> {
        Egress { network: &self.plan.network, schedule: self.schedule, chance: self.chance }
    }

    /// Sends where more is to be met than most messages meet.
    #[inline(never)]
    fn brave(&mut self, sending: Sending, link: Link, number: u64, message: WireOf<X, C>) {
        let Self { plan, schedule, chance, .. } = *self;
        let egress = Egress { network: &plan.network, schedule, chance };
        let bytes = || plan.bytes(&message);
        let passage = egress.storm(link, sending, &mut self.queues, bytes);
        self.pass(sending, link, number, passage, message);
    }

    /// Tells of a message what becomes of it, and puts on its way what is left.
    #[inline(always)]
    fn pass(
        &mut self,
        Sending { way: [from, to], now, nth }: Sending,
        link: Link,
        number: u64,
        passage: Passage,
        message: WireOf<X, C>,
    ) {
        self.record.pass_on(now, &Event::Send { from, to, nth, passage, message: &message });
        if let Some(copy) = passage.copy {
            let number = self.number();
            self.depart(to, (copy, link.latency()), number, || message.clone());
        }
        if let Some(departs) = passage.departs() {
            self.depart(to, (departs, link.latency()), number, || message);
        }
    }

    #[inline(always)]
    fn set(&mut self, due: Tick, alarm: AlarmOf<X, C>) {
        let number = self.number();
        if due >= self.next_crash {
            return;
        }
        if due == self.now && self.spins.count(self.node, self.now) {
            return self.record.stick(self.node, alarm.part());
        }
        self.record.expect_one();
        if due < self.plan.horizon {
            let key = Key::new(due, self.node, Kind::Timer, self.node, number);
            self.queue.push(key, Load::Alarm(alarm));
        }
    }
}

impl<X, C, O> Sink<WireOf<X, C>, AlarmOf<X, C>, Deed> for World<'_, X, C, O>
where
    X: exchange::Catalogue,
    C: coordination::Catalogue,
    O: Observer<WireOf<X, C>>,
{
    #[inline]
    fn send(&mut self, to: NodeId, message: WireOf<X, C>) {
        let sending = Sending { way: [self.node, to], now: self.now, nth: self.nth(to) };
        let number = self.number();
        let link = self.plan.network.links.get(self.node, to);
        match self.egress().calm(link, sending) {
            Some(fate) => {
                let passage = Passage { queued: Span(0), fate, copy: None };
                self.pass(sending, link, number, passage, message);
            }
            None => self.brave(sending, link, number, message),
        }
    }

    #[inline(always)]
    fn wake_after(&mut self, delay: Span, alarm: AlarmOf<X, C>) {
        let due = match self.drawn.clock(self.node) {
            None => self.now + delay,
            Some(clock) => clock.after(self.now, delay),
        };
        self.set(due, alarm);
    }

    #[inline]
    fn wake_at(&mut self, at: Local, alarm: AlarmOf<X, C>) {
        let due = match self.drawn.clock(self.node) {
            None => Tick(at.0.max(0) as u64).max(self.now),
            Some(clock) => clock.at(self.now, at),
        };
        self.set(due, alarm);
    }

    fn act(&mut self, deed: Deed) {
        let node = self.node;
        let event = match deed {
            Deed::Learn(item, from) => {
                Event::Learn { node, item, via: from.or(self.via), again: false }
            }
            Deed::Locate(member) => Event::Locate { node, member, again: false },
            Deed::Decide(at) => Event::Decide { node, at },
            Deed::Strike(member) => Event::Strike { node, member },
            Deed::Abort(abort) => Event::Abort { node, abort },
        };
        self.record.tell(self.now, &event);
    }

    fn distance(&self, to: NodeId) -> Span {
        self.plan.network.links.get(self.node, to).latency()
    }

    fn is_observer(&self, zone: NodeId) -> bool {
        self.plan.is_observer(zone)
    }
}
