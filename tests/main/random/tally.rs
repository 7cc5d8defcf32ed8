//! What happened in a run, counted, and every message accounted for.

use std::collections::BTreeMap;
use std::sync::Arc;

use zonesim::engine::{Event, Outcome, RunEnd, TraceSink, WorldEvent};
use zonesim::id::NodeId;
use zonesim::network::egress::{Departure, SendOutcome};
use zonesim::network::fault::{Effect, Schedule};
use zonesim::plan::Plan;
use zonesim::protocol::desk::Stage;
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
    /// When messages reach downlinks.
    arrivals: Vec<SimTime>,
}

impl<'a, E, C> Tally<'a, E, C> {
    /// A count of a run of this plan.
    pub fn new(plan: &'a Plan<E, C>, seed: u64) -> Self {
        Self {
            plan,
            schedule: plan.schedule(seed),
            counts: Counts::new(),
            due: Vec::new(),
            arrivals: Vec::new(),
        }
    }

    /// The counts of a run that has ended.
    ///
    /// # Panics
    /// If more or fewer messages were delivered than were sent, not lost, not taken, and due.
    pub fn close(self, ending: RunEnd) -> Counts {
        let due = |at: &&SimTime| **at <= ending.at && **at < self.plan.horizon;
        let count = |what| self.counts.get(what).copied().unwrap_or(0);
        let expected = self.arrivals.iter().filter(due).count() as u64;
        assert_eq!(
            count("arrivals at downlinks"),
            expected,
            "arrivals, and messages that were due"
        );
        // A bulk message that waits may never be received.
        let expected = self.due.iter().filter(due).count() as u64;
        let bulk = count("bulk at downlinks");
        let range = expected..=expected + bulk;
        assert!(range.contains(&count("deliveries")), "deliveries, and messages that were due");
        self.counts
    }

    fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    /// What becomes of a message by the plan alone, once it departs.
    fn sent(&mut self, now: SimTime, link: [NodeId; 2], outcome: SendOutcome) {
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
            Departure::Waits => return self.count("waits in uplinks"),
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
            None if self.has_downlink(link[1]) => self.arrivals.push(arrives),
            None => self.due.push(arrives),
        }
    }

    fn has_downlink(&self, node: NodeId) -> bool {
        self.plan.network.access.as_ref().is_some_and(|access| access.downlink(node).is_some())
    }

    /// What becomes of a message that has reached a downlink.
    fn arrives(&mut self, now: SimTime, to: NodeId, received: Option<SimTime>) {
        self.count("arrivals at downlinks");
        match received {
            None => self.count("bulk at downlinks"),
            Some(at) if at < self.schedule.next_crash(to, now) => self.due.push(at),
            Some(_) => self.count("taken from downlinks"),
        }
    }
}

impl<M, E, C> TraceSink<M> for Tally<'_, E, C> {
    fn record(&mut self, at: SimTime, event: &Event<'_, M>) {
        match *event {
            Event::Send { from, to, outcome, .. } => {
                self.count("messages");
                self.sent(at, [from, to], outcome);
            }
            Event::Depart { from, to, outcome, .. } => {
                self.count("bulk leaves uplinks");
                self.sent(at, [from, to], outcome);
            }
            Event::Arrive { to, received, .. } => self.arrives(at, to, received),
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
            Event::Decide { node, .. } if self.plan.deputy == Some(node) => {
                self.count("decisions of deputies");
            }
            Event::Decide { .. } => self.count("decisions"),
            Event::Strike { .. } => self.count("strikes"),
            Event::Abort { .. } => self.count("aborted rounds"),
            Event::Elected { .. } => self.count("elections"),
            Event::Adjusted { .. } => self.count("adjustments of clocks"),
            Event::World { event, is_traced: true } => self.count(of_world(event)),
            Event::World { .. } => {}
            Event::See { .. } => self.count("leads seen"),
            Event::Stage { stage, .. } => self.count(of_stage(stage)),
        }
    }
}

fn of_stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Translated(_) => "leads translated",
        Stage::Requested(_) => "assessments requested",
        Stage::Assessed(_) => "leads assessed",
        Stage::AssessedFor(_) => "leads assessed for others",
        Stage::Identified(_) => "members identified",
        Stage::Approved(_) => "items approved",
        Stage::Warranted(_) => "warrants",
        Stage::Dispatched(_) => "teams dispatched",
    }
}

fn of_world(event: WorldEvent) -> &'static str {
    match event {
        WorldEvent::Struck { outcome: Outcome::Captured, .. } => "captures",
        WorldEvent::Struck { outcome: Outcome::Escaped, .. } => "escapes",
        WorldEvent::Struck { outcome: Outcome::Again, .. } => "strikes in vain",
        WorldEvent::Struck { outcome: Outcome::Mistaken, .. } => "mistakes",
        WorldEvent::Warned { .. } => "cells warned",
        WorldEvent::Attacked { .. } => "attacks",
        WorldEvent::Prevented { .. } => "attacks prevented",
    }
}
