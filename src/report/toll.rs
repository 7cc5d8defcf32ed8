//! What each fault did to messages: told from what was sent and from the plan, on any engine.
//!
//! A message that several faults would have taken, or held, counts for each of them: that one of
//! them touched nothing is said only where it is so. In the account of all it counts once.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::chance::Keyed;
use crate::engine::{Ending, Event, Observer};
use crate::fault::FaultId;
use crate::id::NodeId;
use crate::plan::Plan;
use crate::time::Tick;

/// What a fault took and held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Toll {
    /// Messages taken.
    pub took: u64,
    /// Messages that had to wait.
    pub held: u64,
}

/// The tolls of all faults of a run.
pub struct Tolls<'a, E, C> {
    plan: &'a Plan<E, C>,
    chance: Keyed,
    tolls: Vec<Toll>,
    /// Messages that will be taken: when, and by which fault; the last of a message also ends it.
    doomed: BinaryHeap<Reverse<(Tick, FaultId, bool)>>,
    sent: u64,
    arrived: u64,
    lost: u64,
    taken: u64,
}

impl<'a, E, C> Tolls<'a, E, C> {
    /// No tolls yet.
    pub fn new(plan: &'a Plan<E, C>, seed: u64) -> Self {
        Self {
            plan,
            chance: Keyed::network(seed),
            tolls: vec![Toll::default(); plan.schedule.faults().len()],
            doomed: BinaryHeap::new(),
            sent: 0,
            arrived: 0,
            lost: 0,
            taken: 0,
        }
    }

    /// What became of all messages: each is accounted for.
    pub fn account(&self) -> String {
        let Self { sent, arrived, lost, taken, .. } = self;
        let under_way = sent.saturating_sub(arrived + lost + taken);
        format!(
            "{sent} messages sent: {arrived} arrived, {lost} lost by chance, {taken} taken by \
             faults, {under_way} under way"
        )
    }

    /// The toll of a fault so far.
    pub fn of(&self, fault: FaultId) -> Toll {
        self.tolls[fault.0 as usize]
    }

    /// Counts what was taken by an instant.
    fn pass(&mut self, to: Tick) {
        while let Some(&Reverse((at, fault, is_first))) = self.doomed.peek()
            && at <= to
        {
            self.doomed.pop();
            self.tolls[fault.0 as usize].took += 1;
            self.taken += u64::from(is_first);
        }
    }

    fn send(&mut self, at: Tick, way: [NodeId; 2], nth: u32, departs: Option<Tick>) {
        self.sent += 1;
        let Some(departs) = departs else {
            self.lost += 1;
            return;
        };
        let schedule = &self.plan.schedule;
        if let Some(due) = self.plan.network.egress(self.chance, way, at, nth) {
            for fault in schedule.holders(way, [due, departs]) {
                self.tolls[fault.0 as usize].held += 1;
            }
        }
        let arrives = departs + self.plan.network.base(way[0], way[1]);
        let mut takers: Vec<_> = schedule.takers(way, [at, departs, arrives]).collect();
        takers.sort_by_key(|&(fault, at)| (at, fault));
        for (place, (fault, at)) in takers.into_iter().enumerate() {
            self.doomed.push(Reverse((at, fault, place == 0)));
        }
    }
}

impl<M, E, C> Observer<M> for Tolls<'_, E, C> {
    fn record(&mut self, at: Tick, event: &Event<'_, M>) {
        self.pass(at);
        match *event {
            Event::Deliver { .. } => self.arrived += 1,
            Event::Send { from, to, nth, departs, .. } => self.send(at, [from, to], nth, departs),
            _ => {}
        }
    }

    fn end(&mut self, ending: Ending) {
        self.pass(ending.at);
    }
}
