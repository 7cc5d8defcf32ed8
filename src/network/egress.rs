//! What a message waits at its sender, and what becomes of it there.
//!
//! In this order: it waits for the link of its direction to be free and is put on it, where that
//! has a bandwidth; then chance may lose it; then it waits the jitter; then a hold may keep it. Then
//! it departs. The network may have made a copy of what chance did not lose: it has a jitter of its
//! own, and takes no room in the queue.
//!
//! One piece of code for all engines. From the departure on each engine goes its own way: the message
//! is under way until [`Schedule::arrival`], where no fault takes it.

use std::collections::BTreeMap;

use crate::id::NodeId;
use crate::network::fault::Schedule;
use crate::network::{Bandwidth, Link, LinkModel, Network};
use crate::rng::CounterRng;
use crate::time::{SimDuration, SimTime};

/// What became of a message at its sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SendOutcome {
    /// Ticks it waited for others before it, until the link was free.
    pub queued: SimDuration,
    /// Whether and when it departs.
    pub departure: Departure,
    /// When a copy departs that the network made, if it made one.
    pub copy: Option<SimTime>,
}

/// Whether and when a message departs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Departure {
    /// It would depart at `due` and does at `departs`, later where something holds it:
    /// [`SimTime::NEVER`] if for ever.
    Departs {
        /// When it has waited all but the hold.
        due: SimTime,
        /// When it leaves.
        departs: SimTime,
    },
    /// Chance lost it.
    Lost,
    /// There was no room in the queue.
    Dropped,
}

impl SendOutcome {
    /// What waits for nobody and leaves at an instant.
    pub fn plain(departs: SimTime) -> Self {
        Self {
            queued: SimDuration(0),
            departure: Departure::Departs { due: departs, departs },
            copy: None,
        }
    }

    /// When it departs, if it ever does.
    #[inline]
    pub fn departs(&self) -> Option<SimTime> {
        match self.departure {
            Departure::Departs { departs, .. } if departs != SimTime::NEVER => Some(departs),
            _ => None,
        }
    }
}

/// A message that is handed to the network.
#[derive(Clone, Copy, Debug)]
pub struct PacketInfo {
    /// From whom to whom.
    pub link: [NodeId; 2],
    /// When.
    pub now: SimTime,
    /// How manyth on this link in this instant.
    pub seq: u32,
}

/// The queues of links that have a bandwidth: when each is free again, in ns of true time.
#[derive(Clone, Debug, Default)]
pub struct Queues {
    free: BTreeMap<[NodeId; 2], u64>,
}

impl Queues {
    /// Empties the queues of a node that is back after a crash: what was in them is lost.
    pub fn clear(&mut self, sender: NodeId) {
        self.free.retain(|&[from, _], _| from != sender);
    }

    /// Puts a message on its link: when it has waited for the link, and when it is through, in ns;
    /// none if there is no room.
    fn join(
        &mut self,
        sending: PacketInfo,
        ns: u64,
        bytes: u64,
        to: Bandwidth,
    ) -> Option<[u64; 2]> {
        let free = self.free.entry(sending.link).or_default();
        let begins = ns.max(*free);
        // What is being sent takes room until it is through; what finds the link free needs none.
        let waiting = to.bytes_in(begins - ns);
        if waiting > 0 && waiting.saturating_add(bytes) > to.queue {
            return None;
        }
        *free = begins.saturating_add(to.ns_for(bytes));
        Some([begins, *free])
    }
}

/// The network and what goes wrong in it, as a sender meets them.
#[derive(Clone, Copy)]
pub struct Egress<'a> {
    /// The network.
    pub network: &'a Network,
    /// The faults.
    pub schedule: &'a Schedule,
    /// The draws of the network.
    pub rng: CounterRng,
}

/// Numbers of copies are apart from those of messages.
const COPY: u32 = 1 << 31;

impl Egress<'_> {
    /// Sends a message over its link; `bytes` says how large it is.
    #[inline]
    pub fn send(
        self,
        link: Link,
        sending: PacketInfo,
        queues: &mut Queues,
        bytes: impl FnOnce() -> u64,
    ) -> SendOutcome {
        match self.fast_path(link, sending) {
            Some(fate) => SendOutcome { queued: SimDuration(0), departure: fate, copy: None },
            None => self.slow_path(link, sending, queues, bytes),
        }
    }

    /// What becomes of a message where it meets no more than a draw for loss and one for jitter, as
    /// most do.
    ///
    /// Inlined where it is called: an instant or none is then all that is left of it.
    #[inline(always)]
    pub fn fast_path(
        self,
        link: Link,
        PacketInfo { link: [from, to], now, seq: nth }: PacketInfo,
    ) -> Option<Departure> {
        let model = &self.network.models[usize::from(link.model)];
        let loss = model.fast_path_loss().filter(|_| !self.schedule.has_lossy_links())?;
        let mut due = now;
        if !model.is_ideal() {
            let [wait, lost] = self.rng.draw(self.network.link_key([from, to]), now.0, nth);
            if lost < loss {
                return Some(Departure::Lost);
            }
            due = due + model.jitter.draw(wait, &mut || wait);
        }
        Some(Departure::Departs { due, departs: self.schedule.release(from, to, due) })
    }

    /// The same where links have bandwidths, make copies, lose in bursts or wait as curves say, or
    /// where faults make them lossy.
    #[inline(never)]
    pub fn slow_path(
        self,
        link: Link,
        sending: PacketInfo,
        queues: &mut Queues,
        bytes: impl FnOnce() -> u64,
    ) -> SendOutcome {
        let now = sending.now;
        let model = &self.network.models[usize::from(link.model)];
        let (mut queued, mut through) = (SimDuration(0), now);
        if let Some(bandwidth) = model.bandwidth {
            let tick = self.network.resolution.ns;
            let Some([begins, ends]) = queues.join(sending, now.0 * tick, bytes(), bandwidth)
            else {
                return SendOutcome { queued, departure: Departure::Dropped, copy: None };
            };
            queued = SimTime(begins.div_ceil(tick)) - now;
            through = SimTime(ends.div_ceil(tick));
        }
        self.apply_loss_and_jitter(model, sending, [queued, through - now])
    }

    /// What chance and faults do to a message that has been put on its link.
    fn apply_loss_and_jitter(
        self,
        model: &LinkModel,
        sending: PacketInfo,
        [queued, waited]: [SimDuration; 2],
    ) -> SendOutcome {
        let PacketInfo { link: [from, to], now, seq: nth } = sending;
        let key = self.network.link_key(sending.link);
        let [wait, loss] = self.rng.draw(key, now.0, nth);
        if loss < self.loss_limit(model, sending) {
            return SendOutcome { queued, departure: Departure::Lost, copy: None };
        }
        let through = now + waited;
        let due = through + self.jitter(model, key, sending, [wait, u64::from(nth)]);
        let departs = self.schedule.release(from, to, due);
        let mut copy = None;
        if model.duplicate > 0 {
            let [wait, copied] = self.rng.draw(key, now.0, nth | COPY);
            if copied < model.duplicate {
                let wait = self.jitter(model, key, sending, [wait, u64::from(nth | COPY)]);
                copy = Some(self.schedule.release(from, to, through + wait));
            }
        }
        SendOutcome { queued, departure: Departure::Departs { due, departs }, copy }
    }

    #[inline]
    fn jitter(
        self,
        model: &LinkModel,
        key: u64,
        sending: PacketInfo,
        [wait, nth]: [u64; 2],
    ) -> SimDuration {
        let mut block = 0;
        let mut more = || {
            block += 1;
            self.rng.block(key, sending.now.0, nth as u32, block)[0]
        };
        model.jitter.draw(wait, &mut more)
    }

    /// A message is lost if its draw is below this.
    #[inline]
    fn loss_limit(self, model: &LinkModel, PacketInfo { link: way, now, .. }: PacketInfo) -> u64 {
        let own = model.loss.at(self.rng, self.network.link_key(way), now);
        self.schedule.loss_limit(way, now, own)
    }

    /// What decides whether a message is lost: its draw, and the limit of its link alone.
    pub fn loss_draw(self, sending: PacketInfo) -> [u64; 2] {
        let PacketInfo { link: way, now, seq: nth } = sending;
        let link = self.network.links.get(way[0], way[1]);
        let key = self.network.link_key(way);
        let [_, draw] = self.rng.draw(key, now.0, nth);
        [draw, self.network.models[usize::from(link.model)].loss.at(self.rng, key, now)]
    }
}

#[cfg(test)]
mod tests;
