//! What happened in a run, counted, and every message accounted for.

use std::collections::BTreeMap;
use std::sync::Arc;

use zonesim::engine::{Event, RunEnd, TraceSink};
use zonesim::id::NodeId;
use zonesim::network::egress::{Departure, SendOutcome};
use zonesim::network::fault::{Effect, Schedule};
use zonesim::plan::Plan;
use zonesim::time::SimTime;

/// How often things happened, by name.
pub type Counts = BTreeMap<&'static str, u64>;

/// Counts what happens in a run.
pub struct Tally<'a, E, C> {
    plan: &'a Plan<E, C>,
    schedule: Arc<Schedule>,
    counts: Counts,
    /// When messages are due that nothing takes.
    due: Vec<SimTime>,
}

impl<'a, E, C> Tally<'a, E, C> {
    /// A count of a run of this plan.
    pub fn new(plan: &'a Plan<E, C>, seed: u64) -> Self {
        Self { plan, schedule: plan.schedule(seed), counts: Counts::new(), due: Vec::new() }
    }

    /// The counts of a run that has ended.
    ///
    /// # Panics
    /// If more or fewer messages were delivered than were sent, not lost, not taken, and due.
    pub fn close(self, ending: RunEnd) -> Counts {
        let due = |at: &&SimTime| **at <= ending.at && **at < self.plan.horizon;
        let expected = self.due.iter().filter(due).count() as u64;
        let delivered = self.counts.get("deliveries").copied().unwrap_or(0);
        assert_eq!(delivered, expected, "deliveries, and messages that were due");
        self.counts
    }

    fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    /// What becomes of a message by the plan alone, once it departs.
    fn sent(&mut self, now: SimTime, link: [NodeId; 2], outcome: SendOutcome) {
        self.count("messages");
        if outcome.queued.0 > 0 {
            self.count("queued");
        }
        let schedule = Arc::clone(&self.schedule);
        if schedule.loss_limit(link, now, 0) > 0 {
            self.count("sent over lossy links");
        }
        let (due, departs) = match outcome.departure {
            Departure::Departs { due, departs } => (due, departs),
            Departure::Lost => return self.count("losses"),
            Departure::Dropped => return self.count("dropped"),
        };
        assert_eq!(departs, schedule.release(link[0], link[1], due), "the instant of departure");
        if !schedule.holding(link, [due, departs]).is_empty() {
            self.count("held");
        }
        self.departs(now, link, departs);
        if let Some(copy) = outcome.copy {
            self.count("copies");
            self.departs(now, link, copy);
        }
    }

    fn departs(&mut self, now: SimTime, link: [NodeId; 2], departs: SimTime) {
        let schedule = Arc::clone(&self.schedule);
        let latency = self.plan.network.latency(link[0], link[1]);
        if !schedule.delaying(link, departs, latency).is_empty() {
            self.count("slowed");
        }
        let arrives = schedule.arrival(link, departs, latency);
        let taken = schedule.dropping(link, [now, departs, arrives]).first().copied();
        match taken.map(|(fault, _)| &schedule.fault(fault).effect) {
            Some(Effect::Partition(_)) => self.count("taken by partitions"),
            Some(Effect::Isolate(_)) => self.count("taken by isolation"),
            Some(Effect::Crash(..)) => self.count("taken by crashes"),
            Some(other) => panic!("{other:?} takes nothing in transit"),
            None => self.due.push(arrives),
        }
    }
}

impl<M, E, C> TraceSink<M> for Tally<'_, E, C> {
    fn record(&mut self, at: SimTime, event: &Event<'_, M>) {
        match *event {
            Event::Send { from, to, outcome, .. } => self.sent(at, [from, to], outcome),
            Event::Hidden { .. } => self.count("members hidden"),
            Event::Fault { .. } => self.count("starts and ends of faults"),
            Event::Deliver { .. } => self.count("deliveries"),
            Event::Restart { .. } => self.count("restarts"),
            Event::Publish { due, .. } if due < at => self.count("late publications"),
            Event::Publish { .. } => self.count("publications"),
            Event::Learn { again: true, .. } => self.count("learnt again"),
            Event::Learn { .. } => self.count("learns"),
            Event::Locate { again: true, .. } => self.count("located again"),
            Event::Locate { .. } => self.count("members located"),
            Event::Decide { .. } => self.count("decisions"),
            Event::Strike { .. } => self.count("strikes"),
            Event::Abort { .. } => self.count("aborted rounds"),
            Event::World { .. } | Event::See { .. } | Event::Stage { .. } => {}
        }
    }
}
