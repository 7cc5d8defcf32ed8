//! One host of turmoil: a task that reads its socket, keeps the timers of its node, and sends what
//! is ready.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::rc::Rc;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use turmoil::net::UdpSocket;

use super::note::Note;
use crate::chance::Keyed;
use crate::coordination;
use crate::egress::{Egress, Queues, Sending};
use crate::engine::spins::Spins;
use crate::exchange;
use crate::fault::Memory;
use crate::id::{Item, NodeId};
use crate::plan::{Drawn, PlanOf};
use crate::seam::Sink;
use crate::time::{Local, Span, Tick};
use crate::zone::{AlarmOf, Deed, Input, WireOf, Zone};

const PORT: u16 = 1000;

/// The largest datagram of the internet; a host makes room for more where a message may name every
/// item and every member.
const MOST_BYTES: usize = 1 << 16;
/// Bytes of a number in a list, at the most.
const NUMBER_BYTES: usize = 10;

/// The notes of all hosts in a step: hosts take their turn in order of number.
pub type Notes<X, C> = Rc<RefCell<Vec<Note<WireOf<X, C>>>>>;

/// What of a host survives a crash, and what its engine knows.
pub struct Host<X: exchange::Catalogue, C: coordination::Catalogue> {
    zone: Option<Zone<X, C>>,
    world: World<X, C>,
    starts: u64,
}

/// The surroundings of the zone.
struct World<X: exchange::Catalogue, C: coordination::Catalogue> {
    node: NodeId,
    plan: Rc<PlanOf<X, C>>,
    drawn: Rc<Drawn>,
    seed: u64,
    chance: Keyed,
    queues: Queues,
    spins: Spins,
    notes: Notes<X, C>,
    now: Tick,
    via: Option<NodeId>,
    /// Timers by instant and order of setting.
    timers: BTreeMap<(Tick, u64), AlarmOf<X, C>>,
    /// Datagrams that have not departed, by instant and order of sending.
    egress: BTreeMap<(Tick, u64), (NodeId, Vec<u8>)>,
    /// Own items in the order of publication, and how many are out.
    items: Vec<(Tick, Item)>,
    published: usize,
    number: u64,
    /// Bytes that the largest message may take.
    room: usize,
    /// Receivers of this instant, for counting.
    sent: Vec<NodeId>,
}

impl<X, C> Host<X, C>
where
    X: exchange::Catalogue,
    C: coordination::Catalogue,
{
    /// A host that has not started.
    pub fn new(
        node: NodeId,
        plan: &Rc<PlanOf<X, C>>,
        drawn: &Rc<Drawn>,
        (seed, chance): (u64, Keyed),
        notes: &Notes<X, C>,
    ) -> Self {
        let mut items: Vec<_> = drawn
            .items
            .iter()
            .zip((0..).map(Item))
            .filter(|(item, _)| item.origin == node && item.due < plan.horizon)
            .map(|(item, number)| (item.due, number))
            .collect();
        items.sort();
        let world = World {
            node,
            plan: Rc::clone(plan),
            drawn: Rc::clone(drawn),
            seed,
            chance,
            queues: Queues::default(),
            spins: Spins::default(),
            notes: Rc::clone(notes),
            now: Tick(0),
            via: None,
            timers: BTreeMap::new(),
            egress: BTreeMap::new(),
            items,
            published: 0,
            number: 0,
            room: MOST_BYTES
                + NUMBER_BYTES * (drawn.items.len() + drawn.ledger.homes.len() + plan.nodes()),
            sent: Vec::new(),
        };
        Self { zone: Some(plan.node(node, drawn, seed)), world, starts: 0 }
    }

    /// How many things it will handle before any message: its starts and its publications.
    pub fn expected(&self) -> usize {
        let horizon = self.world.plan.horizon;
        let schedule = &self.world.drawn.schedule;
        let up = |&(due, _): &(Tick, Item)| schedule.up_from(self.world.node, due);
        schedule.starts(self.world.node).filter(|&at| at < horizon).count()
            + self.world.items.iter().filter(|&item| up(item) < horizon).count()
    }

    /// Lets the zone handle an input.
    fn handle(&mut self, input: Input<WireOf<X, C>, AlarmOf<X, C>>) {
        // The zone is taken out while it handles, since it pushes into the world beside it.
        if let Some(mut zone) = self.zone.take() {
            zone.handle(self.world.local(), input, &mut self.world);
            self.zone = Some(zone);
        }
    }

    /// An instant begins.
    fn enter(&mut self, now: Tick) {
        if now != self.world.now {
            self.world.sent.clear();
        }
        self.world.now = now;
        self.world.via = None;
    }

    /// The task has started, for the first time or after a crash.
    fn start(&mut self, now: Tick) {
        self.world.sent.clear();
        self.enter(now);
        self.world.timers.clear();
        self.world.egress.clear();
        self.world.queues.clear(self.world.node);
        self.world.note(Note::Handled);
        if self.starts > 0 {
            let World { plan, drawn, seed, node, .. } = &self.world;
            if let Some(zone) = &mut self.zone {
                zone.reseed(plan.streams(*seed, *node, self.starts));
                if drawn.schedule.memory(*node, now) == Memory::Lost {
                    zone.forget(plan.machines(*node));
                }
            }
            self.world.note(Note::Restart(self.world.node));
            self.handle(Input::Restart);
        } else {
            self.handle(Input::Start);
        }
        self.starts += 1;
        self.publish_and_wake();
    }

    /// The datagrams of an instant, in order; then what is due.
    fn receive(&mut self, now: Tick, mut datagrams: Vec<(NodeId, u64, WireOf<X, C>)>) {
        self.enter(now);
        datagrams.sort_by_key(|&(from, number, _)| (from, number));
        for (from, _, message) in datagrams {
            self.world.via = Some(from);
            self.world.note(Note::Handled);
            self.world.note(Note::Deliver(from, self.world.node, message.clone()));
            self.handle(Input::Message { from, message });
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
            self.world.note(Note::Handled);
            self.world.note(Note::Publish(self.world.node, item, due));
            self.handle(Input::Publish(item));
        }
        while let Some(entry) = self.world.timers.first_entry()
            && entry.key().0 <= now
        {
            let alarm = entry.remove();
            self.world.note(Note::Handled);
            self.handle(Input::Alarm(alarm));
        }
    }

    /// When it has to be woken next.
    fn next(&self) -> Option<Tick> {
        let timer = self.world.timers.first_key_value().map(|(&(at, _), _)| at);
        let egress = self.world.egress.first_key_value().map(|(&(at, _), _)| at);
        let item = self.world.items.get(self.world.published).map(|&(due, _)| due);
        [timer, egress, item].into_iter().flatten().min()
    }
}

/// The task of a host. It ends only with its host.
pub async fn serve<X, C>(host: Rc<RefCell<Host<X, C>>>) -> turmoil::Result
where
    X: exchange::Catalogue,
    C: coordination::Catalogue,
{
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, PORT)).await?;
    let start = Instant::now();
    // A runtime counts from its own start; turmoil knows how long the world has run.
    let begun = turmoil::sim_elapsed().map_or(0, millis);
    host.borrow_mut().start(Tick(begun));
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
        let now = Tick(begun + millis(start.elapsed()));
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
fn depart<X, C>(host: &Rc<RefCell<Host<X, C>>>, socket: &UdpSocket) -> std::io::Result<()>
where
    X: exchange::Catalogue,
    C: coordination::Catalogue,
{
    let world = &mut host.borrow_mut().world;
    while let Some(entry) = world.egress.first_entry()
        && entry.key().0 <= world.now
    {
        let (to, datagram) = entry.remove();
        socket.try_send_to(&datagram, (&world.plan.names[to.index()], PORT))?;
    }
    Ok(())
}

impl<X, C> World<X, C>
where
    X: exchange::Catalogue,
    C: coordination::Catalogue,
{
    fn note(&self, note: Note<WireOf<X, C>>) {
        self.notes.borrow_mut().push(note);
    }

    /// What the clock of the node shows.
    fn local(&self) -> Local {
        match self.drawn.clock(self.node) {
            None => Local(self.now.0 as i64),
            Some(clock) => clock.local(self.now),
        }
    }

    /// Encodes a message for its departure.
    fn put(&mut self, to: NodeId, departs: Tick, number: u64, message: &WireOf<X, C>) {
        if departs == Tick::NEVER {
            return;
        }
        let datagram = postcard::to_stdvec(&(self.node.0, number, message));
        let datagram = datagram.expect("a message can be encoded");
        self.egress.insert((departs, number), (to, datagram));
        // Only to know whether anything is pending; what arrives is decided when it does.
        let (way, schedule) = ([self.node, to], &self.drawn.schedule);
        let arrives = schedule.arrival(way, departs, self.plan.network.latency(self.node, to));
        if !schedule.takes(way, [self.now, departs, arrives]) {
            self.note(Note::Expected);
        }
    }

    fn number(&mut self) -> u64 {
        self.number += 1;
        self.number
    }

    fn set(&mut self, due: Tick, alarm: AlarmOf<X, C>) {
        let number = self.number();
        let in_time = due < self.drawn.schedule.next_crash(self.node, self.now);
        if due == self.now && in_time && self.spins.count(self.node, self.now) {
            return self.note(Note::Stuck(self.node, alarm.part()));
        }
        if in_time {
            self.note(Note::Expected);
        }
        self.timers.insert((due, number), alarm);
    }
}

impl<X, C> Sink<WireOf<X, C>, AlarmOf<X, C>, Deed> for World<X, C>
where
    X: exchange::Catalogue,
    C: coordination::Catalogue,
{
    fn send(&mut self, to: NodeId, message: WireOf<X, C>) {
        let (from, now) = (self.node, self.now);
        let nth = self.sent.iter().filter(|&&earlier| earlier == to).count() as u32;
        self.sent.push(to);
        let number = self.number();
        let (network, schedule) = (&self.plan.network, &self.drawn.schedule);
        let egress = Egress { network, schedule, chance: self.chance };
        let sending = Sending { way: [from, to], now, nth };
        let bytes = || self.plan.bytes(&message);
        let passage = egress.send(network.links.get(from, to), sending, &mut self.queues, bytes);
        if let Some(departs) = passage.departs() {
            self.put(to, departs, number, &message);
        }
        if let Some(copy) = passage.copy {
            let number = self.number();
            self.put(to, copy, number, &message);
        }
        self.note(Note::Send(from, to, nth, passage, message));
    }

    fn wake_after(&mut self, delay: Span, alarm: AlarmOf<X, C>) {
        let due = match self.drawn.clock(self.node) {
            None => self.now + delay,
            Some(clock) => clock.after(self.now, delay),
        };
        self.set(due, alarm);
    }

    fn wake_at(&mut self, at: Local, alarm: AlarmOf<X, C>) {
        let due = match self.drawn.clock(self.node) {
            None => Tick(at.0.max(0) as u64).max(self.now),
            Some(clock) => clock.at(self.now, at),
        };
        self.set(due, alarm);
    }

    fn act(&mut self, deed: Deed) {
        let node = self.node;
        self.note(match deed {
            Deed::Learn(item, from) => Note::Learn(node, item, from.or(self.via)),
            Deed::Locate(member) => Note::Locate(node, member),
            Deed::Decide(at) => Note::Decide(node, at),
            Deed::Strike(member) => Note::Strike(node, member),
            Deed::Abort(abort) => Note::Abort(node, abort),
        });
    }

    fn distance(&self, to: NodeId) -> Span {
        self.plan.network.links.get(self.node, to).latency()
    }

    fn is_observer(&self, zone: NodeId) -> bool {
        self.plan.is_observer(zone)
    }
}
