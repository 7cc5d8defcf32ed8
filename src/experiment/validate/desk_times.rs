//! Records how long leads take at the desk of a zone.

use crate::engine::{Event, TraceSink};
use crate::id::Lead;
use crate::plan::Plan;
use crate::protocol::WireMessage;
use crate::protocol::desk::{Content, LeadFacts, Stage};
use crate::time::{SimDuration, SimTime};

/// The mean of what was counted.
#[derive(Clone, Copy, Debug, Default)]
pub struct RunningMean {
    sum: f64,
    count: u64,
}

impl RunningMean {
    fn add(&mut self, value: f64) {
        self.sum += value;
        self.count += 1;
    }

    /// None if nothing was counted.
    pub fn mean(self) -> Option<f64> {
        (self.count > 0).then(|| self.sum / self.count as f64)
    }
}

/// A lead that was seen.
struct Seen {
    facts: LeadFacts,
    at: SimTime,
    /// When it could be assessed.
    readable: SimTime,
    /// Whether a zone has assessed it. Others may do so too, which does not count.
    is_assessed: bool,
}

/// A trace sink that records the times of leads in one run, in ms. Means are over the leads seen after the
/// first eleventh of the run: before, the queues are shorter than in their steady state.
pub struct DeskTimes {
    tick_ms: f64,
    measured_from: SimTime,
    /// The number of members; phantoms have the numbers after them.
    pub members: u32,
    /// By lead.
    seen: Vec<Option<Seen>>,
    /// From when a lead is seen until it is assessed.
    pub to_assessed: RunningMean,
    /// From when a lead is seen until it is translated.
    pub to_translated: RunningMean,
    /// From when a lead can be assessed until a lab begins.
    pub lab_wait: RunningMean,
    /// Whether a lead waits for a lab.
    pub lab_waits: RunningMean,
    /// From when a lead is seen until an item that tells it is published.
    pub to_published: RunningMean,
    /// The leads seen and not yet assessed, since when, and the integral of their number over time.
    open: u64,
    open_since: SimTime,
    open_ticks: f64,
    /// The same integral, as the sum of the times of the leads that were assessed.
    assessed_ticks: f64,
    assessed: u64,
}

impl DeskTimes {
    /// The times of a run before its first event.
    pub fn new<E, C>(plan: &Plan<E, C>) -> Self {
        Self {
            tick_ms: plan.resolution.as_ms(),
            measured_from: SimTime(plan.horizon.0 / 11),
            members: plan.workload.members,
            seen: Vec::new(),
            to_assessed: RunningMean::default(),
            to_translated: RunningMean::default(),
            lab_wait: RunningMean::default(),
            lab_waits: RunningMean::default(),
            to_published: RunningMean::default(),
            open: 0,
            open_since: SimTime(0),
            open_ticks: 0.0,
            assessed_ticks: 0.0,
            assessed: 0,
        }
    }

    /// The number of seen leads of which something is true.
    pub fn leads(&self, is_counted: impl Fn(&LeadFacts) -> bool) -> f64 {
        let counted = |lead: &&Seen| is_counted(&lead.facts);
        self.seen.iter().flatten().filter(counted).count() as f64
    }

    /// The integral of the number of open leads, over the number of leads times their mean time.
    pub fn littles_ratio(&self) -> Option<f64> {
        let seen = self.leads(|_| true);
        let mean = self.assessed_ticks / self.assessed as f64;
        (self.assessed > 0).then(|| self.open_ticks / (seen * mean))
    }

    fn count_open(&mut self, at: SimTime) {
        self.open_ticks += self.open as f64 * (at - self.open_since).0 as f64;
        self.open_since = at;
    }

    fn see(&mut self, at: SimTime, lead: Lead, facts: LeadFacts) {
        self.count_open(at);
        self.open += 1;
        if self.seen.len() <= lead.index() {
            self.seen.resize_with(lead.index() + 1, || None);
        }
        self.seen[lead.index()] = Some(Seen { facts, at, readable: at, is_assessed: false });
    }

    fn translated(&mut self, at: SimTime, lead: Lead) {
        if let Some(Some(seen)) = self.seen.get_mut(lead.index()) {
            seen.readable = at;
            if seen.at >= self.measured_from {
                self.to_translated.add((at - seen.at).0 as f64 * self.tick_ms);
            }
        }
    }

    fn published(&mut self, at: SimTime, lead: Lead) {
        if let Some(Some(seen)) = self.seen.get(lead.index())
            && seen.at >= self.measured_from
        {
            self.to_published.add((at - seen.at).0 as f64 * self.tick_ms);
        }
    }

    fn assessed(&mut self, at: SimTime, lead: Lead, work: SimDuration) {
        self.count_open(at);
        let Some(Some(seen)) = self.seen.get_mut(lead.index()) else { return };
        if std::mem::replace(&mut seen.is_assessed, true) {
            return;
        }
        self.open -= 1;
        self.assessed += 1;
        self.assessed_ticks += (at - seen.at).0 as f64;
        if seen.at >= self.measured_from {
            let wait = (at - seen.readable).0.saturating_sub(work.0);
            self.to_assessed.add((at - seen.at).0 as f64 * self.tick_ms);
            self.lab_wait.add(wait as f64 * self.tick_ms);
            self.lab_waits.add(f64::from(u8::from(wait > 0)));
        }
    }
}

impl<M: WireMessage> TraceSink<M> for DeskTimes {
    fn record(&mut self, at: SimTime, event: &Event<'_, M>) {
        match *event {
            Event::See { lead, facts, .. } => self.see(at, lead, facts),
            Event::Publish { content: Some(Content::Lead(lead)), .. } => self.published(at, lead),
            Event::Stage { stage: Stage::Translated(lead), .. } => self.translated(at, lead),
            Event::Stage { stage: Stage::Assessed(lead), work, .. } => {
                self.assessed(at, lead, work);
            }
            _ => {}
        }
    }
}
