//! What each fault did to messages: told from what was sent and from the plan, on any engine.
//!
//! A message that several faults would have taken, or held, counts for each of them: that one of
//! them touched nothing is said only where it is so. In the account of all it counts once.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use crate::engine::{Event, RunEnd, TraceSink};
use crate::id::NodeId;
use crate::network::Network;
use crate::network::egress::{Departure, Egress, PacketInfo, SendOutcome};
use crate::network::fault::{FaultId, Schedule};
use crate::plan::Plan;
use crate::rng::CounterRng;
use crate::time::SimTime;

/// What a fault did to messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FaultImpact {
    /// Messages taken.
    pub took: u64,
    /// Messages that had to wait for its end.
    pub held: u64,
    /// Messages that took longer to arrive.
    pub slowed: u64,
}

/// Which faults are to blame for what becomes of a message.
pub struct Attribution<'a> {
    network: &'a Network,
    schedule: Arc<Schedule>,
    chance: CounterRng,
}

impl<'a> Attribution<'a> {
    /// Of a run from a seed.
    pub fn new<E, C>(plan: &'a Plan<E, C>, schedule: &Arc<Schedule>, seed: u64) -> Self {
        let (network, chance) = (&plan.network, CounterRng::network(seed));
        Self { network, schedule: Arc::clone(schedule), chance }
    }

    /// For a message that was lost at its sender: none, if its link loses as much without them.
    pub fn losers(&self, sending: PacketInfo) -> Vec<FaultId> {
        let egress = Egress { network: self.network, schedule: &self.schedule, rng: self.chance };
        let [draw, limit] = egress.loss_draw(sending);
        if draw < limit {
            return Vec::new();
        }
        self.schedule.losing(sending.link, sending.now, [draw, limit])
    }

    /// When a message arrives that departs at an instant, if nothing takes it.
    pub fn arrival(&self, way: [NodeId; 2], departs: SimTime) -> SimTime {
        self.schedule.arrival(way, departs, self.network.latency(way[0], way[1]))
    }

    /// For a message that is sent and would depart at these instants: those that take it, and when,
    /// the first of them first.
    pub fn takers(
        &self,
        way: [NodeId; 2],
        [sent, departs]: [SimTime; 2],
    ) -> Vec<(FaultId, SimTime)> {
        let arrives = self.arrival(way, departs);
        let mut takers = self.schedule.dropping(way, [sent, departs, arrives]);
        takers.sort_by_key(|&(fault, at)| (at, fault));
        takers
    }
}

/// The tolls of all faults of a run.
pub struct FaultImpacts<'a> {
    blame: Attribution<'a>,
    tolls: Vec<FaultImpact>,
    /// Messages that will be taken: when, and by which fault; the last of a message also ends it.
    doomed: BinaryHeap<Reverse<(SimTime, FaultId, bool)>>,
    sent: u64,
    copies: u64,
    arrived: u64,
    lost: u64,
    dropped: u64,
    taken: u64,
}

impl<'a> FaultImpacts<'a> {
    /// No tolls yet.
    pub fn new<E, C>(plan: &'a Plan<E, C>, schedule: &Arc<Schedule>, seed: u64) -> Self {
        Self {
            blame: Attribution::new(plan, schedule, seed),
            tolls: vec![FaultImpact::default(); schedule.faults().len()],
            doomed: BinaryHeap::new(),
            sent: 0,
            copies: 0,
            arrived: 0,
            lost: 0,
            dropped: 0,
            taken: 0,
        }
    }

    /// What became of all messages: each is accounted for.
    pub fn account(&self) -> String {
        let Self { sent, copies, arrived, lost, dropped, taken, .. } = self;
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

    /// The toll of a fault so far.
    pub fn of(&self, fault: FaultId) -> FaultImpact {
        self.tolls[fault.0 as usize]
    }

    /// Counts what was taken by an instant.
    fn pass(&mut self, to: SimTime) {
        while let Some(&Reverse((at, fault, is_first))) = self.doomed.peek()
            && at <= to
        {
            self.doomed.pop();
            self.tolls[fault.0 as usize].took += 1;
            self.taken += u64::from(is_first);
        }
    }

    fn send(&mut self, sending: PacketInfo, passage: SendOutcome) {
        self.sent += 1;
        let PacketInfo { link: way, now, .. } = sending;
        match passage.departure {
            Departure::Dropped => self.dropped += 1,
            Departure::Lost => self.lose(sending),
            Departure::Departs { due, departs } => {
                let latency = self.blame.network.latency(way[0], way[1]);
                let schedule = Arc::clone(&self.blame.schedule);
                for fault in schedule.delaying(way, departs, latency) {
                    self.tolls[fault.0 as usize].slowed += 1;
                }
                for fault in schedule.holding(way, [due, departs]) {
                    self.tolls[fault.0 as usize].held += 1;
                }
                self.depart(way, [now, departs]);
                if let Some(copy) = passage.copy {
                    self.copies += 1;
                    self.depart(way, [now, copy]);
                }
            }
        }
    }

    /// A message is lost: by its link, or by faults that make it lossy.
    fn lose(&mut self, sending: PacketInfo) {
        let losers = self.blame.losers(sending);
        let tally = if losers.is_empty() { &mut self.lost } else { &mut self.taken };
        *tally += 1;
        for fault in losers {
            self.tolls[fault.0 as usize].took += 1;
        }
    }

    fn depart(&mut self, way: [NodeId; 2], times: [SimTime; 2]) {
        let takers = self.blame.takers(way, times);
        for (place, (fault, at)) in takers.into_iter().enumerate() {
            self.doomed.push(Reverse((at, fault, place == 0)));
        }
    }
}

impl<M> TraceSink<M> for FaultImpacts<'_> {
    fn record(&mut self, at: SimTime, event: &Event<'_, M>) {
        self.pass(at);
        match *event {
            Event::Deliver { .. } => self.arrived += 1,
            Event::Send { from, to, nth, passage, .. } => {
                self.send(PacketInfo { link: [from, to], now: at, seq: nth }, passage);
            }
            _ => {}
        }
    }

    fn end(&mut self, ending: RunEnd) {
        self.pass(ending.at);
    }
}
