//! A host of turmoil: a task that reads its socket, keeps the timers of its node and sends messages at
//! their departure.

mod access;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::rc::Rc;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use turmoil::net::UdpSocket;

use super::host_event::HostEvent;
use crate::engine::access::{AccessHost, Arrived, FanOut, NodeAccess};
use crate::engine::livelock::LivelockDetector;
use crate::engine::published::Published;
use crate::id::{Item, Lead, NodeId};
use crate::network::egress::{Egress, PacketInfo, Queues};
use crate::network::fault::Memory;
use crate::plan::{PlanOf, Realization};
use crate::protocol::coordination::Output;
use crate::protocol::exchange::Deliver;
use crate::protocol::node::{EnvelopeOf, Node, NodeInput, NodeOutput, Protocols, TimerOf};
use crate::protocol::{Effects, ItemInfo};
use crate::rng::{CounterRng, RngStream};
use crate::time::{LocalTime, SimDuration, SimTime};

const PORT: u16 = 1000;

/// Minimum size of the receive buffer, the largest UDP datagram. It is larger where a message may name
/// every item and member.
const MAX_BYTES: usize = 1 << 16;
/// Largest encoded size of a number in a list.
const NUMBER_BYTES: usize = 10;

/// The events of all hosts in a step; hosts run in order of number.
pub type HostEvents<P> = Rc<RefCell<Vec<HostEvent<EnvelopeOf<P>>>>>;

/// What the driver and all hosts share.
pub struct Shared<P: Protocols> {
    /// The events of a step.
    pub events: HostEvents<P>,
    /// The items that were published.
    pub accepted: Rc<RefCell<Published>>,
    /// By member, the first instant at which it leaves no signs; the driver sets it before each step.
    pub silent_from: Rc<RefCell<Vec<SimTime>>>,
}

impl<P: Protocols> Clone for Shared<P> {
    fn clone(&self) -> Self {
        let Self { events, accepted, silent_from } = self;
        Self {
            events: Rc::clone(events),
            accepted: Rc::clone(accepted),
            silent_from: Rc::clone(silent_from),
        }
    }
}

impl<P: Protocols> Default for Shared<P> {
    fn default() -> Self {
        Self { events: Rc::default(), accepted: Rc::default(), silent_from: Rc::default() }
    }
}

/// A node with the state of its host that survives crashes.
pub struct Host<P: Protocols> {
    zone: Option<Node<P>>,
    state: HostState<P>,
    starts: u64,
}

/// The state of a host without the node.
struct HostState<P: Protocols> {
    node: NodeId,
    plan: Rc<PlanOf<P>>,
    realization: Rc<Realization>,
    seed: u64,
    rng: CounterRng,
    queues: Queues,
    access: NodeAccess<EnvelopeOf<P>, TimerOf<P>>,
    fan_out: FanOut<EnvelopeOf<P>, TimerOf<P>>,
    livelock: LivelockDetector,
    shared: Shared<P>,
    now: SimTime,
    via: Option<NodeId>,
    /// Timers by instant and order of setting.
    timers: BTreeMap<(SimTime, u64), TimerOf<P>>,
    /// Encoded messages that have not departed, by departure and order of sending.
    egress: BTreeMap<(SimTime, u64), (NodeId, Vec<u8>)>,
    /// Messages that are received at an instant, by sender and order of sending.
    ingress: BTreeMap<(SimTime, NodeId, u64), EnvelopeOf<P>>,
    /// The items of this node in the order of publication, and the number published.
    items: Vec<(SimTime, Item)>,
    published: usize,
    number: u64,
    /// Upper bound of the size of a message in bytes.
    max_bytes: usize,
    /// Receivers of messages sent in this instant, for sequence numbers.
    sent: Vec<NodeId>,
}

impl<P: Protocols> Host<P> {
    /// A host that has not started.
    pub fn new(
        node: NodeId,
        plan: &Rc<PlanOf<P>>,
        realization: &Rc<Realization>,
        (seed, rng): (u64, CounterRng),
        shared: Shared<P>,
    ) -> Self {
        let mut items: Vec<_> = realization
            .items
            .iter()
            .zip((0..).map(Item))
            .filter(|(item, _)| item.origin == node && item.due < plan.horizon)
            .map(|(item, number)| (item.due, number))
            .collect();
        items.sort();
        let state = HostState {
            node,
            plan: Rc::clone(plan),
            realization: Rc::clone(realization),
            seed,
            rng,
            queues: Queues::default(),
            access: NodeAccess::new(&plan.network, node),
            fan_out: FanOut::default(),
            livelock: LivelockDetector::default(),
            shared,
            now: SimTime(0),
            via: None,
            timers: BTreeMap::new(),
            egress: BTreeMap::new(),
            ingress: BTreeMap::new(),
            items,
            published: 0,
            number: 0,
            max_bytes: MAX_BYTES
                + NUMBER_BYTES
                    * (realization.items.len()
                        + realization.ground_truth.homes.len()
                        + plan.nodes()),
            sent: Vec::new(),
        };
        Self { zone: Some(plan.node(node, realization, seed)), state, starts: 0 }
    }

    /// The number of starts and publications that it will handle.
    pub fn expected(&self) -> usize {
        let horizon = self.state.plan.horizon;
        let schedule = &self.state.realization.schedule;
        let up = |&(due, _): &(SimTime, Item)| schedule.up_from(self.state.node, due);
        schedule.starts(self.state.node).filter(|&at| at < horizon).count()
            + self.state.items.iter().filter(|&item| up(item) < horizon).count()
    }

    fn handle(&mut self, input: NodeInput<EnvelopeOf<P>, TimerOf<P>>) {
        // The node is taken out, since it borrows the state for its effects.
        if let Some(mut zone) = self.zone.take() {
            zone.handle(self.state.local(), input, &mut self.state);
            self.zone = Some(zone);
            if !self.state.fan_out.is_empty() {
                self.state.flush();
            }
        }
    }

    /// Begins an instant.
    fn enter(&mut self, now: SimTime) {
        if now != self.state.now {
            self.state.sent.clear();
        }
        self.state.now = now;
        self.state.via = None;
    }

    /// Starts or restarts the node.
    fn start(&mut self, now: SimTime) {
        self.state.sent.clear();
        self.enter(now);
        self.state.timers.clear();
        self.state.egress.clear();
        self.state.ingress.clear();
        self.state.queues.clear(self.state.node);
        self.state.access.clear();
        self.state.record(HostEvent::Handled);
        if self.starts > 0 {
            let HostState { plan, realization, seed, node, .. } = &self.state;
            if let Some(zone) = &mut self.zone {
                zone.reseed(plan.rngs(*seed, *node, self.starts));
                if realization.schedule.memory(*node, now) == Memory::Lost {
                    zone.crash_with_amnesia(plan.machines::<P>(*node, realization));
                }
            }
            self.state.record(HostEvent::Restart(self.state.node));
            self.handle(NodeInput::Restart);
        } else {
            self.handle(NodeInput::Start);
        }
        self.starts += 1;
        self.publish_and_wake();
    }

    /// Handles what leaves the access links and the datagrams of an instant in order, then publications
    /// and timers.
    fn receive(&mut self, now: SimTime, mut datagrams: Vec<(NodeId, u64, EnvelopeOf<P>)>) {
        self.enter(now);
        self.state.leave_uplink();
        self.state.leave_downlink();
        datagrams.sort_by_key(|&(from, number, _)| (from, number));
        for (from, number, message) in datagrams {
            if self.state.has_downlink() {
                self.state.record(HostEvent::Handled);
                self.state.arrive(Arrived { from, number, message });
            } else {
                self.state.ingress.insert((now, from, number), message);
            }
        }
        while let Some(entry) = self.state.ingress.first_entry()
            && entry.key().0 <= now
        {
            let ((_, from, _), message) = entry.remove_entry();
            self.state.via = Some(from);
            self.state.record(HostEvent::Handled);
            self.state.record(HostEvent::Deliver(from, self.state.node, message.clone()));
            self.handle(NodeInput::Message { from, message });
        }
        self.state.via = None;
        self.publish_and_wake();
    }

    fn publish_and_wake(&mut self) {
        let now = self.state.now;
        while let Some(&(due, item)) = self.state.items.get(self.state.published)
            && due <= now
        {
            self.state.published += 1;
            self.state.record(HostEvent::Handled);
            if self.state.realization.has_procedure() {
                self.see(Lead(item.0));
            } else if self.state.accept(item) {
                self.state.record(HostEvent::Publish(self.state.node, item, due));
                self.handle(NodeInput::Publish(item));
            }
        }
        while let Some(entry) = self.state.timers.first_entry()
            && entry.key().0 <= now
        {
            let timer = entry.remove();
            self.state.record(HostEvent::Handled);
            self.handle(NodeInput::Timer(timer));
        }
    }

    /// The zone sees a lead, if the member left the sign.
    fn see(&mut self, lead: Lead) {
        let truth = &self.state.realization.ground_truth;
        let arises = truth.arises(lead, &self.state.shared.silent_from.borrow());
        if arises {
            self.state.record(HostEvent::See(self.state.node, lead));
            self.handle(NodeInput::See(lead));
        }
    }

    /// The next instant at which something is due.
    fn next(&self) -> Option<SimTime> {
        let timer = self.state.timers.first_key_value().map(|(&(at, _), _)| at);
        let egress = self.state.egress.first_key_value().map(|(&(at, _), _)| at);
        let ingress = self.state.ingress.first_key_value().map(|(&(at, ..), _)| at);
        let item = self.state.items.get(self.state.published).map(|&(due, _)| due);
        let [uplink, downlink] = self.state.access.next();
        [timer, egress, ingress, item, uplink, downlink].into_iter().flatten().min()
    }
}

/// The task of a host, which ends with the host.
pub async fn serve<P: Protocols>(host: Rc<RefCell<Host<P>>>) -> turmoil::Result {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, PORT)).await?;
    let start = Instant::now();
    // The clock of a runtime starts at 0; turmoil has the time of the run.
    let begun = turmoil::sim_elapsed().map_or(0, millis);
    host.borrow_mut().start(SimTime(begun));
    let mut buffer = vec![0; host.borrow().state.max_bytes];
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

/// Sends the messages that depart by now.
fn depart<P: Protocols>(host: &Rc<RefCell<Host<P>>>, socket: &UdpSocket) -> std::io::Result<()> {
    let state = &mut host.borrow_mut().state;
    while let Some(entry) = state.egress.first_entry()
        && entry.key().0 <= state.now
    {
        let (to, datagram) = entry.remove();
        socket.try_send_to(&datagram, (&state.plan.names[to.index()], PORT))?;
    }
    Ok(())
}

impl<P: Protocols> HostState<P> {
    fn record(&self, event: HostEvent<EnvelopeOf<P>>) {
        self.shared.events.borrow_mut().push(event);
    }

    /// The local time of the node.
    fn local(&self) -> LocalTime {
        match self.realization.clock(self.node) {
            None => LocalTime(self.now.0 as i64),
            Some(clock) => clock.local(self.now),
        }
    }

    /// Encodes a message and keeps it until its departure.
    fn schedule_departure(
        &mut self,
        to: NodeId,
        departs: SimTime,
        number: u64,
        message: &EnvelopeOf<P>,
    ) {
        if departs == SimTime::NEVER {
            return;
        }
        let datagram = postcard::to_stdvec(&(self.node.0, number, message));
        let datagram = datagram.expect("a message can be encoded");
        self.egress.insert((departs, number), (to, datagram));
        // Only for the count of pending events: turmoil decides what arrives.
        let (link, schedule) = ([self.node, to], &self.realization.schedule);
        let arrives = schedule.arrival(link, departs, self.plan.network.latency(self.node, to));
        if !schedule.is_dropped(link, [self.now, departs, arrives]) {
            self.record(HostEvent::Expected);
        }
    }

    fn accept(&self, item: Item) -> bool {
        self.shared.accepted.borrow_mut().accept(item, &self.realization.items)
    }

    fn number(&mut self) -> u64 {
        self.number += 1;
        self.number
    }

    fn set_timer(&mut self, due: SimTime, timer: TimerOf<P>) {
        let number = self.number();
        let fires = due < self.realization.schedule.next_crash(self.node, self.now);
        if due == self.now && fires && self.livelock.count(self.node, self.now) {
            return self.record(HostEvent::Livelock(self.node, timer.part()));
        }
        if fires {
            self.record(HostEvent::Expected);
        }
        self.timers.insert((due, number), timer);
    }
}

impl<P: Protocols> Effects<EnvelopeOf<P>, TimerOf<P>, NodeOutput> for HostState<P> {
    fn send(&mut self, to: NodeId, message: EnvelopeOf<P>) {
        let (from, now) = (self.node, self.now);
        let seq = self.sent.iter().filter(|&&earlier| earlier == to).count() as u32;
        self.sent.push(to);
        let number = self.number();
        let packet = PacketInfo { link: [from, to], now, seq };
        if self.has_uplink() {
            return self.fan_out.send(packet, number, message);
        }
        let (network, schedule) = (&self.plan.network, &self.realization.schedule);
        let egress = Egress { network, schedule, rng: self.rng };
        let bytes = || self.realization.bytes(&message);
        let outcome = egress.send(network.links.get(from, to), packet, &mut self.queues, bytes);
        self.sent(packet, outcome, number, message);
    }

    fn wake_after(&mut self, delay: SimDuration, timer: TimerOf<P>) {
        self.start_timer(self.now, delay, timer);
    }

    fn timer_after_sent(&mut self, to: Option<NodeId>, delay: SimDuration, timer: TimerOf<P>) {
        if self.has_uplink() {
            self.fan_out.set_timer(to, delay, timer);
        } else {
            self.wake_after(delay, timer);
        }
    }

    fn wake_at(&mut self, at: LocalTime, timer: TimerOf<P>) {
        let due = match self.realization.clock(self.node) {
            None => SimTime(at.0.max(0) as u64).max(self.now),
            Some(clock) => clock.at(self.now, at),
        };
        self.set_timer(due, timer);
    }

    fn emit(&mut self, output: NodeOutput) {
        let node = self.node;
        self.record(match output {
            NodeOutput::Exchange(Deliver { item, from }) => {
                HostEvent::Learn(node, item, from.or(self.via))
            }
            NodeOutput::Locate(member) => HostEvent::Locate(node, member),
            NodeOutput::Stage(stage, work) => HostEvent::Stage(node, stage, work),
            NodeOutput::Adjust(adjustment) => HostEvent::Adjusted(node, adjustment),
            NodeOutput::Coordination(Output::Decide(at)) => HostEvent::Decide(node, at),
            NodeOutput::Coordination(Output::Strike(member)) => HostEvent::Strike(node, member),
            NodeOutput::Coordination(Output::Abort(abort)) => HostEvent::Abort(node, abort),
            NodeOutput::Coordination(Output::Elected(term)) => HostEvent::Elected(node, term),
        });
    }

    fn distance(&self, to: NodeId) -> SimDuration {
        self.plan.network.links.get(self.node, to).latency()
    }

    fn is_observer(&self, zone: NodeId) -> bool {
        self.plan.is_observer(zone)
    }

    fn publish(&mut self, item: Item) -> bool {
        let is_accepted = self.accept(item);
        if is_accepted {
            self.record(HostEvent::PublishUnplanned(self.node, item));
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

    fn has_release_rules(&self) -> bool {
        self.realization.ground_truth.has_release_rules()
    }

    fn may_tell(&self, item: Item, to: NodeId) -> bool {
        self.realization.ground_truth.may_exchange(item, self.node, to)
    }
}
