//! One host of turmoil: a task that reads its socket, keeps the timers of its node, and sends what
//! is ready.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::rc::Rc;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use turmoil::net::UdpSocket;

use super::host_event::HostEvent;
use crate::engine::livelock::LivelockDetector;
use crate::id::{Item, NodeId};
use crate::network::egress::{Egress, PacketInfo, Queues};
use crate::network::fault::Memory;
use crate::plan::{PlanOf, Realization};
use crate::protocol::Effects;
use crate::protocol::coordination::Output;
use crate::protocol::exchange::Deliver;
use crate::protocol::node::{EnvelopeOf, Node, NodeInput, NodeOutput, Protocols, TimerOf};
use crate::rng::CounterRng;
use crate::time::{LocalTime, SimDuration, SimTime};

const PORT: u16 = 1000;

/// The largest datagram of the internet; a host makes room for more where a message may name every
/// item and every member.
const MAX_BYTES: usize = 1 << 16;
/// Bytes of a number in a list, at the most.
const NUMBER_BYTES: usize = 10;

/// The notes of all hosts in a step: hosts take their turn in order of number.
pub type HostEvents<P> = Rc<RefCell<Vec<HostEvent<EnvelopeOf<P>>>>>;

/// What of a host survives a crash, and what its engine knows.
pub struct Host<P: Protocols> {
    zone: Option<Node<P>>,
    world: HostState<P>,
    starts: u64,
}

/// The surroundings of the zone.
struct HostState<P: Protocols> {
    node: NodeId,
    plan: Rc<PlanOf<P>>,
    drawn: Rc<Realization>,
    seed: u64,
    chance: CounterRng,
    queues: Queues,
    spins: LivelockDetector,
    notes: HostEvents<P>,
    now: SimTime,
    via: Option<NodeId>,
    /// Timers by instant and order of setting.
    timers: BTreeMap<(SimTime, u64), TimerOf<P>>,
    /// Datagrams that have not departed, by instant and order of sending.
    egress: BTreeMap<(SimTime, u64), (NodeId, Vec<u8>)>,
    /// Own items in the order of publication, and how many are out.
    items: Vec<(SimTime, Item)>,
    published: usize,
    number: u64,
    /// Bytes that the largest message may take.
    room: usize,
    /// Receivers of this instant, for counting.
    sent: Vec<NodeId>,
}

impl<P: Protocols> Host<P> {
    /// A host that has not started.
    pub fn new(
        node: NodeId,
        plan: &Rc<PlanOf<P>>,
        drawn: &Rc<Realization>,
        (seed, chance): (u64, CounterRng),
        notes: &HostEvents<P>,
    ) -> Self {
        let mut items: Vec<_> = drawn
            .items
            .iter()
            .zip((0..).map(Item))
            .filter(|(item, _)| item.origin == node && item.due < plan.horizon)
            .map(|(item, number)| (item.due, number))
            .collect();
        items.sort();
        let world = HostState {
            node,
            plan: Rc::clone(plan),
            drawn: Rc::clone(drawn),
            seed,
            chance,
            queues: Queues::default(),
            spins: LivelockDetector::default(),
            notes: Rc::clone(notes),
            now: SimTime(0),
            via: None,
            timers: BTreeMap::new(),
            egress: BTreeMap::new(),
            items,
            published: 0,
            number: 0,
            room: MAX_BYTES
                + NUMBER_BYTES
                    * (drawn.items.len() + drawn.ground_truth.homes.len() + plan.nodes()),
            sent: Vec::new(),
        };
        Self { zone: Some(plan.node(node, drawn, seed)), world, starts: 0 }
    }

    /// How many things it will handle before any message: its starts and its publications.
    pub fn expected(&self) -> usize {
        let horizon = self.world.plan.horizon;
        let schedule = &self.world.drawn.schedule;
        let up = |&(due, _): &(SimTime, Item)| schedule.up_from(self.world.node, due);
        schedule.starts(self.world.node).filter(|&at| at < horizon).count()
            + self.world.items.iter().filter(|&item| up(item) < horizon).count()
    }

    /// Lets the zone handle an input.
    fn handle(&mut self, input: NodeInput<EnvelopeOf<P>, TimerOf<P>>) {
        // The zone is taken out while it handles, since it pushes into the world beside it.
        if let Some(mut zone) = self.zone.take() {
            zone.handle(self.world.local(), input, &mut self.world);
            self.zone = Some(zone);
        }
    }

    /// An instant begins.
    fn enter(&mut self, now: SimTime) {
        if now != self.world.now {
            self.world.sent.clear();
        }
        self.world.now = now;
        self.world.via = None;
    }

    /// The task has started, for the first time or after a crash.
    fn start(&mut self, now: SimTime) {
        self.world.sent.clear();
        self.enter(now);
        self.world.timers.clear();
        self.world.egress.clear();
        self.world.queues.clear(self.world.node);
        self.world.note(HostEvent::Handled);
        if self.starts > 0 {
            let HostState { plan, drawn, seed, node, .. } = &self.world;
            if let Some(zone) = &mut self.zone {
                zone.reseed(plan.rngs(*seed, *node, self.starts));
                if drawn.schedule.memory(*node, now) == Memory::Lost {
                    zone.crash_with_amnesia(plan.machines::<P>(*node));
                }
            }
            self.world.note(HostEvent::Restart(self.world.node));
            self.handle(NodeInput::Restart);
        } else {
            self.handle(NodeInput::Start);
        }
        self.starts += 1;
        self.publish_and_wake();
    }

    /// The datagrams of an instant, in order; then what is due.
    fn receive(&mut self, now: SimTime, mut datagrams: Vec<(NodeId, u64, EnvelopeOf<P>)>) {
        self.enter(now);
        datagrams.sort_by_key(|&(from, number, _)| (from, number));
        for (from, _, message) in datagrams {
            self.world.via = Some(from);
            self.world.note(HostEvent::Handled);
            self.world.note(HostEvent::Deliver(from, self.world.node, message.clone()));
            self.handle(NodeInput::Message { from, message });
        }
        self.world.via = None;
        self.publish_and_wake();
    }

    fn publish_and_wake(&mut self) {
        let now = self.world.now;
        while let Some(&(due, item)) = self.world.items.get(self.world.published)
            && due <= now
        {
            self.world.published += 1;
            self.world.note(HostEvent::Handled);
            self.world.note(HostEvent::Publish(self.world.node, item, due));
            self.handle(NodeInput::Publish(item));
        }
        while let Some(entry) = self.world.timers.first_entry()
            && entry.key().0 <= now
        {
            let alarm = entry.remove();
            self.world.note(HostEvent::Handled);
            self.handle(NodeInput::Timer(alarm));
        }
    }

    /// When it has to be woken next.
    fn next(&self) -> Option<SimTime> {
        let timer = self.world.timers.first_key_value().map(|(&(at, _), _)| at);
        let egress = self.world.egress.first_key_value().map(|(&(at, _), _)| at);
        let item = self.world.items.get(self.world.published).map(|&(due, _)| due);
        [timer, egress, item].into_iter().flatten().min()
    }
}

/// The task of a host. It ends only with its host.
pub async fn serve<P: Protocols>(host: Rc<RefCell<Host<P>>>) -> turmoil::Result {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, PORT)).await?;
    let start = Instant::now();
    // A runtime counts from its own start; turmoil knows how long the world has run.
    let begun = turmoil::sim_elapsed().map_or(0, millis);
    host.borrow_mut().start(SimTime(begun));
    let mut buffer = vec![0; host.borrow().world.room];
    loop {
        depart(&host, &socket)?;
        let next = host.borrow().next();
        let until = next.map(|next| start + Duration::from_millis(next.0.saturating_sub(begun)));
        tokio::select! {
            biased;
            readable = socket.readable() => readable?,
            () = async { sleep_until(until.unwrap_or(start)).await }, if until.is_some() => {}
        }
        let now = SimTime(begun + millis(start.elapsed()));
        let mut datagrams = Vec::new();
        while let Ok((length, _)) = socket.try_recv_from(&mut buffer) {
            let datagram: (u32, u64, _) = postcard::from_bytes(&buffer[..length])?;
            datagrams.push((NodeId(datagram.0), datagram.1, datagram.2));
        }
        host.borrow_mut().receive(now, datagrams);
    }
}

fn millis(time: Duration) -> u64 {
    time.as_millis() as u64
}

/// Sends what departs by now.
fn depart<P: Protocols>(host: &Rc<RefCell<Host<P>>>, socket: &UdpSocket) -> std::io::Result<()> {
    let world = &mut host.borrow_mut().world;
    while let Some(entry) = world.egress.first_entry()
        && entry.key().0 <= world.now
    {
        let (to, datagram) = entry.remove();
        socket.try_send_to(&datagram, (&world.plan.names[to.index()], PORT))?;
    }
    Ok(())
}

impl<P: Protocols> HostState<P> {
    fn note(&self, note: HostEvent<EnvelopeOf<P>>) {
        self.notes.borrow_mut().push(note);
    }

    /// What the clock of the node shows.
    fn local(&self) -> LocalTime {
        match self.drawn.clock(self.node) {
            None => LocalTime(self.now.0 as i64),
            Some(clock) => clock.local(self.now),
        }
    }

    /// Encodes a message for its departure.
    fn put(&mut self, to: NodeId, departs: SimTime, number: u64, message: &EnvelopeOf<P>) {
        if departs == SimTime::NEVER {
            return;
        }
        let datagram = postcard::to_stdvec(&(self.node.0, number, message));
        let datagram = datagram.expect("a message can be encoded");
        self.egress.insert((departs, number), (to, datagram));
        // Only to know whether anything is pending; what arrives is decided when it does.
        let (way, schedule) = ([self.node, to], &self.drawn.schedule);
        let arrives = schedule.arrival(way, departs, self.plan.network.latency(self.node, to));
        if !schedule.is_dropped(way, [self.now, departs, arrives]) {
            self.note(HostEvent::Expected);
        }
    }

    fn number(&mut self) -> u64 {
        self.number += 1;
        self.number
    }

    fn set(&mut self, due: SimTime, alarm: TimerOf<P>) {
        let number = self.number();
        let in_time = due < self.drawn.schedule.next_crash(self.node, self.now);
        if due == self.now && in_time && self.spins.count(self.node, self.now) {
            return self.note(HostEvent::Livelock(self.node, alarm.part()));
        }
        if in_time {
            self.note(HostEvent::Expected);
        }
        self.timers.insert((due, number), alarm);
    }
}

impl<P: Protocols> Effects<EnvelopeOf<P>, TimerOf<P>, NodeOutput> for HostState<P> {
    fn send(&mut self, to: NodeId, message: EnvelopeOf<P>) {
        let (from, now) = (self.node, self.now);
        let nth = self.sent.iter().filter(|&&earlier| earlier == to).count() as u32;
        self.sent.push(to);
        let number = self.number();
        let (network, schedule) = (&self.plan.network, &self.drawn.schedule);
        let egress = Egress { network, schedule, rng: self.chance };
        let sending = PacketInfo { link: [from, to], now, seq: nth };
        let bytes = || self.plan.bytes(&message);
        let passage = egress.send(network.links.get(from, to), sending, &mut self.queues, bytes);
        if let Some(departs) = passage.departs() {
            self.put(to, departs, number, &message);
        }
        if let Some(copy) = passage.copy {
            let number = self.number();
            self.put(to, copy, number, &message);
        }
        self.note(HostEvent::Send(from, to, nth, passage, message));
    }

    fn wake_after(&mut self, delay: SimDuration, alarm: TimerOf<P>) {
        let due = match self.drawn.clock(self.node) {
            None => self.now + delay,
            Some(clock) => clock.after(self.now, delay),
        };
        self.set(due, alarm);
    }

    fn wake_at(&mut self, at: LocalTime, alarm: TimerOf<P>) {
        let due = match self.drawn.clock(self.node) {
            None => SimTime(at.0.max(0) as u64).max(self.now),
            Some(clock) => clock.at(self.now, at),
        };
        self.set(due, alarm);
    }

    fn emit(&mut self, output: NodeOutput) {
        let node = self.node;
        self.note(match output {
            NodeOutput::Exchange(Deliver { item, from }) => {
                HostEvent::Learn(node, item, from.or(self.via))
            }
            NodeOutput::Locate(member) => HostEvent::Locate(node, member),
            NodeOutput::Coordination(Output::Decide(at)) => HostEvent::Decide(node, at),
            NodeOutput::Coordination(Output::Strike(member)) => HostEvent::Strike(node, member),
            NodeOutput::Coordination(Output::Abort(abort)) => HostEvent::Abort(node, abort),
        });
    }

    fn distance(&self, to: NodeId) -> SimDuration {
        self.plan.network.links.get(self.node, to).latency()
    }

    fn is_observer(&self, zone: NodeId) -> bool {
        self.plan.is_observer(zone)
    }
}
