//! Access links, as both engines run them: which messages wait, when they leave and are received, and
//! when timers start that wait for them.
//!
//! While a node with an uplink handles an input, what it sends is collected. At the end it enters the
//! uplink in random order: the first messages to each receiver, then the second ones, and so on. A fixed
//! order would favour some zones.
//!
//! Messages that are not bulk have a known fate when they are sent or arrive. Bulk messages wait in a
//! queue; when one leaves, its node has an event, which comes first in its instant.

use std::collections::{BTreeMap, BTreeSet};

use crate::id::NodeId;
use crate::network::access::{AccessQueue, Entered, Limits, Transmission};
use crate::network::egress::{PacketInfo, SendOutcome};
use crate::network::{AccessLinks, Network};
use crate::time::{SimDuration, SimTime};

/// What a node has sent while it handles an input, and timers that wait for it.
#[derive(Debug)]
pub struct FanOut<M, T> {
    sends: Vec<Outgoing<M>>,
    timers: Vec<(Sent, SimDuration, T)>,
}

#[derive(Debug)]
struct Outgoing<M> {
    packet: PacketInfo,
    number: u64,
    message: M,
    /// In the order of sending.
    index: usize,
}

/// The messages that a timer waits for.
#[derive(Clone, Copy, Debug)]
enum Sent {
    Nothing,
    Message(usize),
    AllTo(NodeId),
}

impl<M, T> Default for FanOut<M, T> {
    fn default() -> Self {
        Self { sends: Vec::new(), timers: Vec::new() }
    }
}

impl<M, T> FanOut<M, T> {
    /// Collects a message; `number` orders the messages and timers of its sender.
    pub fn send(&mut self, packet: PacketInfo, number: u64, message: M) {
        let index = self.sends.len();
        self.sends.push(Outgoing { packet, number, message, index });
    }

    /// Collects a timer ([`crate::protocol::Effects::timer_after_sent`]).
    pub fn set_timer(&mut self, to: Option<NodeId>, delay: SimDuration, timer: T) {
        let last = self.sends.len().checked_sub(1);
        let sent = to.map(Sent::AllTo).or(last.map(Sent::Message)).unwrap_or(Sent::Nothing);
        self.timers.push((sent, delay, timer));
    }

    /// Whether nothing is collected.
    pub fn is_empty(&self) -> bool {
        self.sends.is_empty() && self.timers.is_empty()
    }

    /// Puts the messages into random order, in rounds with one message to each receiver.
    fn shuffle(&mut self, rank: impl Fn(PacketInfo) -> u64) {
        let mut first: BTreeMap<NodeId, u32> = BTreeMap::new();
        let rounds = self.sends.iter().map(|outgoing| {
            let PacketInfo { link: [_, to], seq, .. } = outgoing.packet;
            seq - *first.entry(to).or_insert(seq)
        });
        let rounds: Vec<_> = rounds.collect();
        let key = |outgoing: &Outgoing<M>| {
            (rounds[outgoing.index], rank(outgoing.packet), outgoing.packet.link[1])
        };
        self.sends.sort_by_cached_key(key);
    }
}

/// The access link of a node.
#[derive(Debug)]
pub struct NodeAccess<M, T> {
    uplink: Option<Uplink<M, T>>,
    downlink: Option<AccessQueue<Arrived<M>>>,
    /// When the event is due that lets bulk messages leave the uplink and the downlink.
    scheduled: [Option<SimTime>; 2],
}

#[derive(Debug)]
struct Uplink<M, T> {
    queue: AccessQueue<Waiting<M, T>>,
    /// By receiver, when all messages to it that are not bulk have left.
    left: BTreeMap<NodeId, SimTime>,
    /// The receivers of bulk messages that never leave.
    stuck: BTreeSet<NodeId>,
}

/// A bulk message that waits in the uplink.
#[derive(Debug)]
struct Waiting<M, T> {
    packet: PacketInfo,
    number: u64,
    message: M,
    /// The timers that start when it has left.
    timers: Vec<(SimDuration, T)>,
}

/// A message that has reached its receiver.
#[derive(Debug)]
pub struct Arrived<M> {
    /// The sender.
    pub from: NodeId,
    /// The number that its sender gave it.
    pub number: u64,
    /// Its content.
    pub message: M,
}

impl<M, T> Default for NodeAccess<M, T> {
    fn default() -> Self {
        Self { uplink: None, downlink: None, scheduled: [None; 2] }
    }
}

impl<M, T> NodeAccess<M, T> {
    /// The idle access link of a node.
    pub fn new(network: &Network, node: NodeId) -> Self {
        let (access, tick) = (network.access.as_ref(), network.resolution.ns);
        let rate = |of: fn(&AccessLinks, NodeId) -> Option<u64>| of(access?, node);
        let uplink = rate(AccessLinks::uplink).map(|bits_per_s| Uplink {
            queue: AccessQueue::new(bits_per_s, tick),
            left: BTreeMap::new(),
            stuck: BTreeSet::new(),
        });
        let downlink = rate(AccessLinks::downlink).map(|rate| AccessQueue::new(rate, tick));
        Self { uplink, downlink, scheduled: [None; 2] }
    }

    /// Loses all that waits, in a crash.
    pub fn clear(&mut self) {
        self.uplink.iter_mut().for_each(|uplink| {
            uplink.queue.clear();
            uplink.left.clear();
            uplink.stuck.clear();
        });
        self.downlink.iter_mut().for_each(AccessQueue::clear);
        self.scheduled = [None; 2];
    }

    /// When a bulk message may leave the uplink and the downlink.
    pub fn next(&self) -> [Option<SimTime>; 2] {
        let uplink = self.uplink.as_ref().and_then(|uplink| uplink.queue.next());
        [uplink, self.downlink.as_ref().and_then(AccessQueue::next)]
    }

    /// The events for bulk messages that are to be scheduled, for the uplink and for the downlink.
    /// Messages are only ever delayed, so an event that is due already serves.
    pub fn schedule(&mut self) -> [Option<SimTime>; 2] {
        let mut due = self.next();
        for (due, scheduled) in due.iter_mut().zip(&mut self.scheduled) {
            match scheduled {
                Some(_) => *due = None,
                None => *scheduled = *due,
            }
        }
        due
    }

    /// Notes that the event of the uplink (0) or of the downlink (1) has come.
    pub fn begin(&mut self, direction: usize) {
        self.scheduled[direction] = None;
    }
}

/// When the message that has entered the uplink last leaves; `None` if it is bulk.
fn enter_uplink<M, T>(
    host: &mut (impl AccessHost<M, T> + ?Sized),
    Outgoing { packet, number, message, .. }: Outgoing<M>,
) -> Option<SimTime> {
    let (now, limits, size) = (host.now(), host.limits(), host.size(&message));
    let to = packet.link[1];
    let leaves = host.access().uplink.as_mut()?.queue.leaves(now, size);
    if leaves.is_none() {
        host.waits(packet, &message);
    }
    let uplink = host.access().uplink.as_mut()?;
    let waiting = Waiting { packet, number, message, timers: Vec::new() };
    let entered = uplink.queue.enter(now, size, waiting, limits);
    let cut = uplink.queue.cut(limits);
    uplink.stuck.extend(cut.iter().map(|(waiting, _)| waiting.packet.link[1]));
    if let Some(at) = leaves {
        uplink.left.insert(to, at);
    } else if !matches!(entered, Entered::Waits) {
        uplink.stuck.insert(to);
    }
    cut.iter().filter(|(_, is_lost)| *is_lost).for_each(|_| host.remove_pending());
    match entered {
        Entered::Leaves(sent, Waiting { packet, number, message, .. }) => {
            let outcome = host.outcome(packet, sent, size.0);
            host.sent(packet, outcome, number, message);
        }
        Entered::Waits | Entered::Beyond => host.add_pending(),
        Entered::Lost => {}
    }
    leaves
}

/// Sets a timer that waits for messages; `left` says of those of this input, in the order of sending, their
/// number and when they leave.
fn set_timer<M, T>(
    host: &mut (impl AccessHost<M, T> + ?Sized),
    sent: Sent,
    left: &[(u64, Option<SimTime>)],
    (delay, timer): (SimDuration, T),
) {
    let now = host.now();
    let Some(uplink) = host.access().uplink.as_mut() else { return };
    let (from, waiting) = match sent {
        Sent::Nothing => (Some(now), None),
        Sent::Message(index) => {
            let (number, at) = left[index];
            (at, uplink.queue.waiting().find(|waiting| waiting.number == number))
        }
        Sent::AllTo(to) if uplink.stuck.contains(&to) => (None, None),
        Sent::AllTo(to) => {
            let at = uplink.left.get(&to).map_or(now, |&at| at.max(now));
            (Some(at), uplink.queue.waiting().find(|waiting| waiting.packet.link[1] == to))
        }
    };
    if let Some(waiting) = waiting {
        return waiting.timers.push((delay, timer));
    }
    // Otherwise the message never leaves.
    if let Some(from) = from {
        host.start_timer(from, delay, timer);
    }
}

/// What an engine does for the access link of the node that handles an input.
pub trait AccessHost<M, T> {
    /// The access link of the node.
    fn access(&mut self) -> &mut NodeAccess<M, T>;
    /// What it has collected.
    fn fan_out(&mut self) -> &mut FanOut<M, T>;
    /// The current instant.
    fn now(&self) -> SimTime;
    /// The next crash of the node and the end of the run.
    fn limits(&self) -> Limits;
    /// The size of a message, and whether it is bulk.
    fn size(&self, message: &M) -> (u64, bool);
    /// The rank of a message in a fan-out.
    fn rank(&self, packet: PacketInfo) -> u64;
    /// The outcome of a message of a size that leaves the uplink.
    fn outcome(&mut self, packet: PacketInfo, sent: Transmission, bytes: u64) -> SendOutcome;
    /// Records that a message is sent, and that it departs if its outcome is known.
    fn sent(&mut self, packet: PacketInfo, outcome: SendOutcome, number: u64, message: M);
    /// Records that a bulk message waits in the uplink.
    fn waits(&mut self, packet: PacketInfo, message: &M);
    /// Records that a bulk message leaves the uplink, and that it departs.
    fn left(&mut self, packet: PacketInfo, outcome: SendOutcome, number: u64, message: M);
    /// Sets a timer, `delay` after an instant.
    fn start_timer(&mut self, from: SimTime, delay: SimDuration, timer: T);
    /// Records that a message has reached the node.
    fn arrives(&mut self, from: NodeId, received: Option<SimTime>, message: &M);
    /// Hands over a message at an instant.
    fn receive(&mut self, at: SimTime, arrived: Arrived<M>);
    /// Counts a message that will be handled.
    fn add_pending(&mut self);
    /// Counts a message that will not be handled after all.
    fn remove_pending(&mut self);

    /// Sends what is collected, at the end of an input.
    fn flush(&mut self) {
        let mut fan_out = std::mem::take(self.fan_out());
        fan_out.shuffle(|packet| self.rank(packet));
        let mut left = vec![(0, None); fan_out.sends.len()];
        for outgoing in fan_out.sends.drain(..) {
            let (index, number) = (outgoing.index, outgoing.number);
            left[index] = (number, enter_uplink(self, outgoing));
        }
        for (sent, delay, timer) in fan_out.timers.drain(..) {
            set_timer(self, sent, &left, (delay, timer));
        }
        // Keeps the allocation.
        *self.fan_out() = fan_out;
    }

    /// Lets the bulk messages depart that have left the uplink.
    fn leave_uplink(&mut self) {
        let now = self.now();
        while let Some((sent, waiting)) =
            self.access().uplink.as_mut().and_then(|uplink| uplink.queue.leave(now))
        {
            let Waiting { packet, number, message, timers } = waiting;
            let bytes = self.size(&message).0;
            let outcome = self.outcome(packet, sent, bytes);
            self.left(packet, outcome, number, message);
            self.remove_pending();
            for (delay, timer) in timers {
                self.start_timer(now, delay, timer);
            }
        }
    }

    /// Receives a message from the network over the downlink.
    fn arrive(&mut self, arrived: Arrived<M>) {
        let (now, limits, size) = (self.now(), self.limits(), self.size(&arrived.message));
        let Some(downlink) = &mut self.access().downlink else { return };
        let received = downlink.leaves(now, size);
        self.arrives(arrived.from, received, &arrived.message);
        let Some(downlink) = &mut self.access().downlink else { return };
        let entered = downlink.enter(now, size, arrived, limits);
        let cut = downlink.cut(limits);
        cut.iter().filter(|(_, is_lost)| *is_lost).for_each(|_| self.remove_pending());
        match (entered, received) {
            (Entered::Leaves(_, arrived), Some(at)) if at < limits.crash => {
                self.add_pending();
                self.receive(at, arrived);
            }
            (Entered::Leaves(..) | Entered::Lost, _) => {}
            (Entered::Waits | Entered::Beyond, _) => self.add_pending(),
        }
    }

    /// Receives the bulk messages that have left the downlink.
    fn leave_downlink(&mut self) {
        let now = self.now();
        while let Some((_, arrived)) =
            self.access().downlink.as_mut().and_then(|downlink| downlink.leave(now))
        {
            self.receive(now, arrived);
        }
    }
}
