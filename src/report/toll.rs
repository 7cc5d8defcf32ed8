//! What each fault did to messages: told from what was sent and from the plan, on any engine.

use crate::chance::Keyed;
use crate::engine::{Event, Observer};
use crate::fault::FaultId;
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
    sent: u64,
    arrived: u64,
    lost: u64,
}

impl<'a, E, C> Tolls<'a, E, C> {
    /// No tolls yet.
    pub fn new(plan: &'a Plan<E, C>, seed: u64) -> Self {
        let tolls = vec![Toll::default(); plan.schedule.faults().len()];
        Self { plan, chance: Keyed::network(seed), tolls, sent: 0, arrived: 0, lost: 0 }
    }

    /// What became of all messages: each is accounted for.
    pub fn account(&self) -> String {
        let Self { sent, arrived, lost, .. } = self;
        let took: u64 = self.tolls.iter().map(|toll| toll.took).sum();
        let under_way = sent.saturating_sub(arrived + lost + took);
        format!(
            "{sent} messages sent: {arrived} arrived, {lost} lost by chance, {took} taken by \
             faults, {under_way} under way"
        )
    }

    /// The toll of a fault so far.
    pub fn of(&self, fault: FaultId) -> Toll {
        self.tolls[fault.0 as usize]
    }
}

impl<M, E, C> Observer<M> for Tolls<'_, E, C> {
    fn record(&mut self, at: Tick, event: &Event<'_, M>) {
        self.arrived += u64::from(matches!(event, Event::Deliver { .. }));
        let Event::Send { from, to, nth, departs, .. } = *event else { return };
        self.sent += 1;
        let Some(departs) = departs else {
            self.lost += 1;
            return;
        };
        let way = [from, to];
        let ready = self.plan.network.egress(self.chance, way, at, nth);
        let held = ready.and_then(|ready| self.plan.schedule.release(from, to, ready).1);
        if let Some(fault) = held {
            self.tolls[fault.0 as usize].held += 1;
        }
        let arrives = departs + self.plan.network.base(from, to);
        if let Some(fault) = self.plan.schedule.taken(way, [at, departs, arrives]) {
            self.tolls[fault.0 as usize].took += 1;
        }
    }
}
