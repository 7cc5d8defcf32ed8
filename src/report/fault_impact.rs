//! The effect of each fault on messages, computed from the messages sent and the plan, so that it does
//! not depend on the engine.
//!
//! A message that several faults drop or hold counts for each of them, so that a fault without any
//! effect has no counts. In the totals a message counts once.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::sync::Arc;

use crate::engine::{Event, RunEnd, TraceSink};
use crate::id::NodeId;
use crate::network::Network;
use crate::network::egress::{Departure, Egress, PacketInfo, SendOutcome};
use crate::network::fault::{Effect, FaultId, Schedule};
use crate::plan::Plan;
use crate::rng::CounterRng;
use crate::time::SimTime;

/// Number of messages that a fault affected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FaultImpact {
    pub dropped: u64,
    pub held: u64,
    pub delayed: u64,
}

/// Attributes the fate of messages to faults.
pub struct Attribution<'a> {
    network: &'a Network,
    schedule: Arc<Schedule>,
    rng: CounterRng,
}

impl<'a> Attribution<'a> {
    /// `schedule` is that of the run with this seed.
    pub fn new<E, C>(plan: &'a Plan<E, C>, schedule: &Arc<Schedule>, seed: u64) -> Self {
        let (network, rng) = (&plan.network, CounterRng::network(seed));
        Self { network, schedule: Arc::clone(schedule), rng }
    }

    /// The faults that lost a message at its sender at the instant `at`; empty if the link loses it without
    /// them.
    pub fn losing(&self, packet: PacketInfo, at: SimTime) -> Vec<FaultId> {
        let egress = Egress { network: self.network, schedule: &self.schedule, rng: self.rng };
        let [draw, limit] = egress.loss_draw(packet, at);
        if draw < limit {
            return Vec::new();
        }
        self.schedule.losing(packet.link, at, [draw, limit])
    }

    /// Whether what reaches a node shares a downlink.
    pub fn has_downlink(&self, node: NodeId) -> bool {
        self.network.access.as_ref().is_some_and(|access| access.downlink(node).is_some())
    }

    /// The crashes of a node, each with its instant, that lose what reaches the downlink at an instant and
    /// would be received at another.
    pub fn crashing(
        &self,
        node: NodeId,
        [arrives, received]: [SimTime; 2],
    ) -> Vec<(FaultId, SimTime)> {
        let crashed = self.schedule.next_crash(node, arrives);
        if received < crashed { Vec::new() } else { self.schedule.crashes_at(node, crashed) }
    }

    /// The arrival of a message that departs at an instant, unless a fault drops it.
    pub fn arrival(&self, link: [NodeId; 2], departs: SimTime) -> SimTime {
        self.schedule.arrival(link, departs, self.network.latency(link[0], link[1]))
    }

    /// The faults that drop a message sent and departing at these instants, each with the instant at
    /// which it would drop it, in order of time.
    pub fn dropping(
        &self,
        link: [NodeId; 2],
        [sent, departs]: [SimTime; 2],
    ) -> Vec<(FaultId, SimTime)> {
        let arrives = self.arrival(link, departs);
        let mut dropping = self.schedule.dropping(link, [sent, departs, arrives]);
        dropping.sort_by_key(|&(fault, at)| (at, fault));
        dropping
    }
}

/// Counts the impacts of all faults of a run.
pub struct FaultImpacts<'a> {
    attribution: Attribution<'a>,
    impacts: Vec<FaultImpact>,
    /// Future drops: instant, fault, and whether it is the first fault to drop the message.
    pending_drops: BinaryHeap<Reverse<(SimTime, FaultId, bool)>>,
    sent: u64,
    copies: u64,
    arrived: u64,
    lost: u64,
    dropped_at_queues: u64,
    dropped_by_faults: u64,
    waiting: Waiting,
}

/// The messages in access links whose departure or reception is still to come, which a crash loses.
#[derive(Default)]
struct Waiting {
    count: BTreeMap<NodeId, u64>,
    /// What the last crash of a node has lost, and when.
    lost: BTreeMap<NodeId, (SimTime, u64)>,
}

impl Waiting {
    fn add(&mut self, node: NodeId) {
        *self.count.entry(node).or_default() += 1;
    }

    fn remove(&mut self, node: NodeId) {
        self.count.entry(node).and_modify(|count| *count = count.saturating_sub(1));
    }

    /// What a crash of a node loses, and how much of it no other crash of the same instant has lost.
    fn lose(&mut self, at: SimTime, node: NodeId) -> [u64; 2] {
        let new = self.count.remove(&node).unwrap_or(0);
        let lost = self.lost.entry(node).or_insert((at, 0));
        if lost.0 != at {
            *lost = (at, 0);
        }
        lost.1 += new;
        [lost.1, new]
    }
}

impl<'a> FaultImpacts<'a> {
    pub fn new<E, C>(plan: &'a Plan<E, C>, schedule: &Arc<Schedule>, seed: u64) -> Self {
        Self {
            attribution: Attribution::new(plan, schedule, seed),
            impacts: vec![FaultImpact::default(); schedule.faults().len()],
            pending_drops: BinaryHeap::new(),
            sent: 0,
            copies: 0,
            arrived: 0,
            lost: 0,
            dropped_at_queues: 0,
            dropped_by_faults: 0,
            waiting: Waiting::default(),
        }
    }

    /// Formats the totals; every message is in one of them.
    pub fn totals(&self) -> String {
        let Self { sent, copies, arrived, lost, .. } = self;
        let (dropped, taken) = (&self.dropped_at_queues, &self.dropped_by_faults);
        let under_way = (sent + copies).saturating_sub(arrived + lost + dropped + taken);
        let copies = if *copies > 0 { format!(" and {copies} copied") } else { String::new() };
        let dropped = if *dropped > 0 {
            format!(" {dropped} dropped at full queues,")
        } else {
            String::new()
        };
        format!(
            "{sent} messages sent{copies}: {arrived} arrived, {lost} lost by chance,{dropped} \
             {taken} taken by faults, {under_way} under way"
        )
    }

    /// The impact of a fault so far.
    pub fn get(&self, fault: FaultId) -> FaultImpact {
        self.impacts[fault.0 as usize]
    }

    /// Counts the drops up to an instant.
    fn advance(&mut self, to: SimTime) {
        while let Some(&Reverse((at, fault, is_first))) = self.pending_drops.peek()
            && at <= to
        {
            self.pending_drops.pop();
            self.impacts[fault.0 as usize].dropped += 1;
            self.dropped_by_faults += u64::from(is_first);
        }
    }

    /// Counts the outcome of a message at its sender, which is decided at an instant.
    fn send(&mut self, packet: PacketInfo, now: SimTime, outcome: SendOutcome) {
        let link = packet.link;
        match outcome.departure {
            Departure::Waits => self.waiting.add(link[0]),
            Departure::Dropped => self.dropped_at_queues += 1,
            Departure::Lost => self.lose(packet, now),
            Departure::Departs { due, departs } => {
                let latency = self.attribution.network.latency(link[0], link[1]);
                let schedule = Arc::clone(&self.attribution.schedule);
                for fault in schedule.delaying(link, departs, latency) {
                    self.impacts[fault.0 as usize].delayed += 1;
                }
                for fault in schedule.holding(link, [due, departs]) {
                    self.impacts[fault.0 as usize].held += 1;
                }
                self.depart(link, [now, departs]);
                if let Some(copy) = outcome.copy {
                    self.copies += 1;
                    self.depart(link, [now, copy]);
                }
            }
        }
    }

    /// Counts a message lost by its link, or by faults that add loss.
    fn lose(&mut self, packet: PacketInfo, at: SimTime) {
        let faults = self.attribution.losing(packet, at);
        let total = if faults.is_empty() { &mut self.lost } else { &mut self.dropped_by_faults };
        *total += 1;
        for fault in faults {
            self.impacts[fault.0 as usize].dropped += 1;
        }
    }

    /// Counts what a crash loses in access links.
    fn crash(&mut self, at: SimTime, fault: FaultId, effect: &Effect) {
        let Some((nodes, _)) = effect.crash() else { return };
        for node in nodes.iter() {
            let [lost, new] = self.waiting.lose(at, node);
            self.impacts[fault.0 as usize].dropped += lost;
            self.dropped_by_faults += new;
        }
    }

    fn depart(&mut self, link: [NodeId; 2], times: [SimTime; 2]) {
        let dropping = self.attribution.dropping(link, times);
        for (index, (fault, at)) in dropping.into_iter().enumerate() {
            self.pending_drops.push(Reverse((at, fault, index == 0)));
        }
    }
}

impl<M> TraceSink<M> for FaultImpacts<'_> {
    fn record(&mut self, at: SimTime, event: &Event<'_, M>) {
        self.advance(at);
        match *event {
            Event::Deliver { to, .. } => {
                self.arrived += 1;
                if self.attribution.has_downlink(to) {
                    self.waiting.remove(to);
                }
            }
            Event::Send { from, to, seq, outcome, .. } => {
                self.sent += 1;
                self.send(PacketInfo { link: [from, to], now: at, seq }, at, outcome);
            }
            Event::Depart { from, to, sent, seq, outcome, .. } => {
                self.waiting.remove(from);
                self.send(PacketInfo { link: [from, to], now: sent, seq }, at, outcome);
            }
            Event::Arrive { to, .. } => self.waiting.add(to),
            Event::Fault { fault, starts: true, effect } => self.crash(at, fault, effect),
            _ => {}
        }
    }

    fn end(&mut self, ending: RunEnd) {
        self.advance(ending.at);
    }
}
