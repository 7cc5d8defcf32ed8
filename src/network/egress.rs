//! The path of a message at its sender, shared by all engines.
//!
//! The steps are, in this order: the uplink of the sender, if it has one ([`super::access`]); queueing
//! and transmission, if the link has a bandwidth; random loss; jitter; holds. Then the message departs.
//! A duplicate of a message that was not lost has a jitter of its own and takes no space in a queue.
//!
//! On a link with an order ([`LinkModel::fifo`]), a message that would overtake the one before it waits
//! until it arrives together with it, in the order of sending. The one before it is the last that entered
//! the link and was not lost at random or dropped; a duplicate comes behind its message. A message that a
//! fault takes keeps its place, unless its sender crashes before it departs.
//!
//! After the departure the engine takes over: the message arrives at [`Schedule::arrival`] unless a
//! fault drops it.

use std::collections::BTreeMap;

use crate::id::NodeId;
use crate::network::access::{Transmission, nearest, waited};
use crate::network::fault::Schedule;
use crate::network::{Bandwidth, Link, LinkModel, Network};
use crate::rng::CounterRng;
use crate::time::{SimDuration, SimTime};

/// The outcome of a send at the sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SendOutcome {
    /// The wait until the uplink and the link were idle.
    pub queued: SimDuration,
    /// Whether and when it departs.
    pub departure: Departure,
    /// When the duplicate departs, if the network made one.
    pub copy: Option<SimTime>,
}

/// Whether and when a message departs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Departure {
    /// It departs.
    Departs {
        /// The departure without holds.
        due: SimTime,
        /// The departure; [`SimTime::NEVER`] if a hold has no end.
        departs: SimTime,
    },
    /// Lost at random.
    Lost,
    /// Dropped by a full queue.
    Dropped,
    /// It waits in the uplink as a bulk message, which smaller ones may delay. The engine reports when
    /// it leaves, unless a crash of the sender loses it before.
    Waits,
}

impl SendOutcome {
    /// A bulk message that waits in the uplink.
    pub const WAITS: Self =
        Self { queued: SimDuration(0), departure: Departure::Waits, copy: None };

    /// A message that departs at `departs` without queueing or a hold.
    pub fn plain(departs: SimTime) -> Self {
        Self {
            queued: SimDuration(0),
            departure: Departure::Departs { due: departs, departs },
            copy: None,
        }
    }

    /// The departure; `None` if it never departs.
    #[inline]
    pub fn departs(&self) -> Option<SimTime> {
        match self.departure {
            Departure::Departs { departs, .. } if departs != SimTime::NEVER => Some(departs),
            _ => None,
        }
    }
}

/// Identifies a message at the egress.
#[derive(Clone, Copy, Debug)]
pub struct PacketInfo {
    /// Sender and receiver.
    pub link: [NodeId; 2],
    /// The instant of packet.
    pub now: SimTime,
    /// Sequence number on this link in this instant, from 0.
    pub seq: u32,
}

/// The queues of links with a bandwidth, and the last arrivals on links with an order.
#[derive(Clone, Debug, Default)]
pub struct Queues {
    /// By link, the instant from which it is idle, in ns of true time.
    idle_from: BTreeMap<[NodeId; 2], u64>,
    last: BTreeMap<[NodeId; 2], LastArrival>,
}

/// The arrival of the last message that entered a link with an order.
#[derive(Clone, Copy, Debug, Default)]
struct LastArrival {
    all: SimTime,
    /// Of those messages only that depart before the next crash of the sender.
    departed: SimTime,
}

impl Queues {
    /// Empties the queues of a node that restarts: a crash loses them.
    pub fn clear(&mut self, sender: NodeId) {
        self.idle_from.retain(|&[from, _], _| from != sender);
        let links = self.last.range_mut([sender, NodeId(0)]..=[sender, NodeId(u32::MAX)]);
        links.for_each(|(_, last)| last.all = last.departed);
    }

    /// Enqueues a message: the instants at which its transmission begins and ends, in ns; `None` if the
    /// queue is full.
    fn enqueue(
        &mut self,
        link: [NodeId; 2],
        now_ns: u64,
        bytes: u64,
        bandwidth: Bandwidth,
    ) -> Option<[u64; 2]> {
        let idle_from = self.idle_from.entry(link).or_default();
        let begins = now_ns.max(*idle_from);
        // A message occupies the queue until its transmission ends.
        let queued = bandwidth.bytes_in(begins - now_ns);
        if queued > 0 && queued.saturating_add(bytes) > bandwidth.queue {
            return None;
        }
        *idle_from = begins.saturating_add(bandwidth.ns_for(bytes));
        Some([begins, *idle_from])
    }
}

/// The network and its faults, as a sender meets them.
#[derive(Clone, Copy)]
pub struct Egress<'a> {
    /// Links and their models.
    pub network: &'a Network,
    /// The faults of the run.
    pub schedule: &'a Schedule,
    /// The generator of the network.
    pub rng: CounterRng,
}

/// Marks the sequence number of a duplicate, so that it draws numbers of its own.
const DUPLICATE: u32 = 1 << 31;
/// Marks the sequence number in draws for the order in which messages enter an uplink.
const FAN_OUT: u32 = 1 << 30;

impl Egress<'_> {
    /// Sends a message over its link; `bytes` is its size, computed only if the link has a bandwidth.
    #[inline]
    pub fn send(
        self,
        link: Link,
        packet: PacketInfo,
        queues: &mut Queues,
        bytes: impl FnOnce() -> u64,
    ) -> SendOutcome {
        match self.fast_path(link, packet) {
            Some(departure) => SendOutcome { queued: SimDuration(0), departure, copy: None },
            None => self.slow_path(link, packet, queues, bytes),
        }
    }

    /// The outcome for a link with at most one draw for loss and one for jitter, as most have; `None`
    /// for other links.
    ///
    /// Inlined, since most of it is then optimized away.
    #[inline(always)]
    pub fn fast_path(
        self,
        link: Link,
        PacketInfo { link: [from, to], now, seq }: PacketInfo,
    ) -> Option<Departure> {
        let model = &self.network.models[usize::from(link.model)];
        let is_fast = || !self.schedule.has_lossy_links() && self.network.access.is_none();
        let loss = model.fast_path_loss().filter(|_| is_fast())?;
        let mut due = now;
        if !model.is_ideal() {
            let [wait, lost] = self.rng.draw(self.network.link_key([from, to]), now.0, seq);
            if lost < loss {
                return Some(Departure::Lost);
            }
            due = due + model.jitter.draw(wait, &mut || wait);
        }
        Some(Departure::Departs { due, departs: self.schedule.release(from, to, due) })
    }

    /// The outcome for any link: with bandwidth, duplicates, bursts of loss, any jitter, or faults that
    /// make it lossy; of a message that meets no uplink.
    #[inline(never)]
    pub fn slow_path(
        self,
        link: Link,
        packet: PacketInfo,
        queues: &mut Queues,
        bytes: impl FnOnce() -> u64,
    ) -> SendOutcome {
        let now = packet.now;
        let model = &self.network.models[usize::from(link.model)];
        let (mut queued, mut transmitted) = (SimDuration(0), now);
        if let Some(bandwidth) = model.bandwidth {
            let tick = self.network.resolution.ns;
            let Some([begins, ends]) =
                queues.enqueue(packet.link, now.0 * tick, bytes(), bandwidth)
            else {
                return SendOutcome { queued, departure: Departure::Dropped, copy: None };
            };
            queued = SimTime(begins.div_ceil(tick)) - now;
            transmitted = SimTime(ends.div_ceil(tick));
        }
        self.apply_loss_and_jitter(link, (packet, now), [queued, transmitted - now], queues)
    }

    /// The outcome for a message of `bytes` that leaves the uplink of its sender. Losses in bursts and
    /// those of faults are those in effect at the instant `at`: of a bulk message when it leaves, of
    /// another when it is sent.
    pub fn after_uplink(
        self,
        (link, packet, at): (Link, PacketInfo, SimTime),
        uplink: Transmission,
        queues: &mut Queues,
        bytes: u64,
    ) -> SendOutcome {
        let (model, tick) =
            (&self.network.models[usize::from(link.model)], self.network.resolution.ns);
        let (mut idle_ns, mut transmitted) = (uplink.waited, nearest(uplink.ends, tick));
        if let Some(bandwidth) = model.bandwidth {
            let Some([begins, ends]) = queues.enqueue(packet.link, uplink.ends, bytes, bandwidth)
            else {
                let queued = waited(idle_ns, tick);
                return SendOutcome { queued, departure: Departure::Dropped, copy: None };
            };
            idle_ns = idle_ns.saturating_add(begins - uplink.ends);
            transmitted = SimTime(ends.div_ceil(tick));
        }
        let queued = waited(idle_ns, tick);
        self.apply_loss_and_jitter(link, (packet, at), [queued, transmitted - packet.now], queues)
    }

    /// Loss, jitter, holds and duplication, after `waited` for queueing and transmission. Whether the
    /// message is lost depends on the losses in effect at the instant `at`.
    fn apply_loss_and_jitter(
        self,
        link: Link,
        (packet, at): (PacketInfo, SimTime),
        [queued, waited]: [SimDuration; 2],
        queues: &mut Queues,
    ) -> SendOutcome {
        let PacketInfo { now, seq, .. } = packet;
        let model = &self.network.models[usize::from(link.model)];
        let key = self.network.link_key(packet.link);
        let [wait, loss] = self.rng.draw(key, now.0, seq);
        if loss < self.loss_limit(model, packet.link, at) {
            return SendOutcome { queued, departure: Departure::Lost, copy: None };
        }
        let transmitted = now + waited;
        let due = transmitted + self.jitter(model, key, packet, [wait, u64::from(seq)]);
        let [due, departs] = self.release(link, (packet.link, at), due, queues);
        let mut copy = None;
        if model.duplicate > 0 {
            let [wait, copied] = self.rng.draw(key, now.0, seq | DUPLICATE);
            if copied < model.duplicate {
                let wait = self.jitter(model, key, packet, [wait, u64::from(seq | DUPLICATE)]);
                let due = transmitted + wait;
                let [_, departs] = self.release(link, (packet.link, at), due, queues);
                copy = Some(departs);
            }
        }
        SendOutcome { queued, departure: Departure::Departs { due, departs }, copy }
    }

    /// When a message that is due to depart at `due` departs without holds and with them. `at` is an
    /// instant up to which its sender has not crashed since it was sent.
    #[inline]
    fn release(
        self,
        Link { latency, model }: Link,
        (link, at): ([NodeId; 2], SimTime),
        due: SimTime,
        queues: &mut Queues,
    ) -> [SimTime; 2] {
        let [from, to] = link;
        if self.network.models[usize::from(model)].fifo {
            let latency = SimDuration(u64::from(latency));
            return self.release_in_order(link, (due, at), latency, queues);
        }
        [due, self.schedule.release(from, to, due)]
    }

    /// [`Self::release`] on a link with an order. Each round ends at a later instant, until no fault
    /// makes a difference.
    #[inline(never)]
    fn release_in_order(
        self,
        link @ [from, to]: [NodeId; 2],
        (mut due, at): (SimTime, SimTime),
        latency: SimDuration,
        queues: &mut Queues,
    ) -> [SimTime; 2] {
        let last = queues.last.entry(link).or_default();
        let (departs, arrives) = loop {
            let departs = self.schedule.release(from, to, due);
            if departs == SimTime::NEVER || last.all == SimTime::NEVER {
                break (SimTime::NEVER, SimTime::NEVER);
            }
            let arrives = self.schedule.arrival(link, departs, latency);
            if arrives >= last.all {
                break (departs, arrives);
            }
            due = departs + (last.all - arrives);
        };
        last.all = arrives;
        if departs < self.schedule.next_crash(from, at) {
            last.departed = arrives;
        }
        [due, departs]
    }

    /// A number for the rank of a message among those that its sender sends at once.
    pub fn fan_out_rank(self, PacketInfo { link, now, seq }: PacketInfo) -> u64 {
        self.rng.draw(self.network.link_key(link), now.0, seq | FAN_OUT)[0]
    }

    #[inline]
    fn jitter(
        self,
        model: &LinkModel,
        key: u64,
        packet: PacketInfo,
        [wait, seq]: [u64; 2],
    ) -> SimDuration {
        let mut block = 0;
        let mut more = || {
            block += 1;
            self.rng.block(key, packet.now.0, seq as u32, block)[0]
        };
        model.jitter.draw(wait, &mut more)
    }

    /// A message is lost if its draw is below this limit.
    #[inline]
    fn loss_limit(self, model: &LinkModel, link: [NodeId; 2], at: SimTime) -> u64 {
        let own = model.loss.at(self.rng, self.network.link_key(link), at);
        self.schedule.loss_limit(link, at, own)
    }

    /// The draw for the loss of a message, and the limit of its link without faults at the instant `at`.
    pub fn loss_draw(self, packet: PacketInfo, at: SimTime) -> [u64; 2] {
        let PacketInfo { link: [from, to], now, seq } = packet;
        let link = self.network.links.get(from, to);
        let key = self.network.link_key([from, to]);
        let [_, draw] = self.rng.draw(key, now.0, seq);
        [draw, self.network.models[usize::from(link.model)].loss.at(self.rng, key, at)]
    }
}

#[cfg(test)]
mod tests;
