//! What happened in a run, counted, and every message accounted for.

use std::collections::BTreeMap;

use zonesim::chance::Keyed;
use zonesim::engine::{Ending, Event, Observer};
use zonesim::fault::Effect;
use zonesim::id::NodeId;
use zonesim::plan::Plan;
use zonesim::time::Tick;

/// How often things happened, by name.
pub type Counts = BTreeMap<&'static str, u64>;

/// Counts what happens in a run.
pub struct Tally<'a, E, C> {
    plan: &'a Plan<E, C>,
    chance: Keyed,
    counts: Counts,
    /// When messages are due that nothing takes.
    due: Vec<Tick>,
}

impl<'a, E, C> Tally<'a, E, C> {
    /// A count of a run of this plan.
    pub fn new(plan: &'a Plan<E, C>, seed: u64) -> Self {
        Self { plan, chance: Keyed::network(seed), counts: Counts::new(), due: Vec::new() }
    }

    /// The counts of a run that has ended.
    ///
    /// # Panics
    /// If more or fewer messages were delivered than were sent, not lost, not taken, and due.
    pub fn close(self, ending: Ending) -> Counts {
        let due = |at: &&Tick| **at <= ending.at && **at < self.plan.horizon;
        let expected = self.due.iter().filter(due).count() as u64;
        let delivered = self.counts.get("deliveries").copied().unwrap_or(0);
        assert_eq!(delivered, expected, "deliveries, and messages that were due");
        self.counts
    }

    fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    /// The fate of a message by the plan alone.
    fn sent(&mut self, now: Tick, way: [NodeId; 2], nth: u32, departs: Option<Tick>) {
        self.count("messages");
        let Some(ready) = self.plan.network.egress(self.chance, way, now, nth) else {
            assert_eq!(departs, None, "lost by chance, and yet it departs");
            return self.count("losses");
        };
        let schedule = &self.plan.schedule;
        let released = schedule.release(way[0], way[1], ready);
        assert_eq!(departs, Some(released), "the instant of departure");
        let arrives = released + self.plan.network.base(way[0], way[1]);
        let taken = schedule.takers(way, [now, released, arrives]).next();
        match taken.map(|(fault, _)| &schedule.fault(fault).effect) {
            Some(Effect::Cut(_)) => self.count("taken by cuts"),
            Some(Effect::Isolate(_)) => self.count("taken by isolation"),
            Some(Effect::Crash(_)) => self.count("taken by crashes"),
            Some(Effect::Hold(_)) => panic!("a hold takes nothing"),
            None => self.due.push(arrives),
        }
        if schedule.holders(way, [ready, released]).next().is_some() {
            self.count("held");
        }
    }
}

impl<M, E, C> Observer<M> for Tally<'_, E, C> {
    fn record(&mut self, at: Tick, event: &Event<'_, M>) {
        match *event {
            Event::Send { from, to, nth, departs, .. } => self.sent(at, [from, to], nth, departs),
            Event::Hide { .. } => self.count("members hidden"),
            Event::Fault { .. } => self.count("starts and ends of faults"),
            Event::Deliver { .. } => self.count("deliveries"),
            Event::Restart { .. } => self.count("restarts"),
            Event::Publish { due, .. } if due < at => self.count("late publications"),
            Event::Publish { .. } => self.count("publications"),
            Event::Learn { .. } => self.count("learns"),
            Event::Locate { .. } => self.count("members located"),
            Event::Decide { .. } => self.count("decisions"),
            Event::Strike { .. } => self.count("strikes"),
        }
    }
}
