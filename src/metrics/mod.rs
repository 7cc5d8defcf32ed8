//! The metrics of a run, computed from its trace as it happens.
//!
//! Messages are counted and not kept; an item is kept until all zones have it.

mod age_of_information;
mod goal;
pub mod invariants;
mod items;
mod lower_bounds;
mod operations;
mod process;
mod row;

use age_of_information::AgeOfInformation;
pub use goal::{Goal, GoalError};
use items::ItemMetrics;
pub use lower_bounds::LowerBounds;
use operations::OperationMetrics;
pub use process::{CriticalPath, LeadTimes, PATH_PARTS, PathPart, ProcessMetrics};
pub use row::{
    COLUMNS, Direction, GOAL, METRICS, MetricId, MetricInfo, MetricRow, Population, Unit, column,
    columns,
};

use crate::engine::{Event, RunEnd, TraceSink};
use crate::id::NodeId;
use crate::plan::{ItemSizes, Plan, Realization};
use crate::protocol::WireMessage;
use crate::time::SimTime;

/// Computes the metrics of one run.
pub struct Metrics<'a> {
    hub: Option<NodeId>,
    tick_ms: f64,
    messages: u64,
    payloads: u64,
    bytes: u64,
    sizes: ItemSizes,
    items: ItemMetrics<'a>,
    ages: AgeOfInformation,
    operations: OperationMetrics,
    process: ProcessMetrics,
    end: SimTime,
}

impl<'a> Metrics<'a> {
    /// The metrics of a run of a plan, with the lower bounds of the same plan.
    pub fn new<E, C>(plan: &Plan<E, C>, lower_bounds: &'a LowerBounds) -> Self {
        Self {
            hub: plan.hub,
            tick_ms: plan.resolution.as_ms(),
            messages: 0,
            payloads: 0,
            bytes: 0,
            sizes: ItemSizes::same(plan.workload.item_bytes),
            items: ItemMetrics::new(plan.zones, lower_bounds),
            ages: AgeOfInformation::new(plan.zones),
            operations: OperationMetrics::new(plan.zones, &plan.workload),
            process: ProcessMetrics::default(),
            end: SimTime(0),
        }
    }

    /// The critical paths of the captured members so far, in the order of their captures.
    pub fn critical_paths(&self) -> &[CriticalPath] {
        self.process.paths()
    }

    /// What became of the leads that were seen, by their numbers.
    pub fn leads(&self) -> impl Iterator<Item = LeadTimes> {
        self.process.leads()
    }

    /// The values of all metrics. The run must have ended.
    pub fn row(&self) -> MetricRow {
        let mut row = MetricRow {
            messages: Some(self.messages as f64),
            payloads: Some(self.payloads as f64),
            bytes: Some(self.bytes as f64),
            aoi_ms: self.ages.mean(self.end).map(|ticks| ticks * self.tick_ms),
            aoi_pairs: self.ages.pairs().map(|pairs| pairs as f64),
            ..MetricRow::default()
        };
        let receipts = self.items.fill(&mut row, self.tick_ms);
        let per_receipt = self.payloads as f64 / receipts as f64;
        row.redundancy = (receipts > 0).then_some(per_receipt - 1.0);
        self.operations.fill(&mut row, self.tick_ms);
        self.process.fill(&mut row, self.tick_ms);
        row
    }
}

impl<M: WireMessage> TraceSink<M> for Metrics<'_> {
    fn begin(&mut self, realization: &Realization) {
        self.sizes = realization.sizes.clone();
    }

    #[inline]
    fn record(&mut self, at: SimTime, event: &Event<'_, M>) {
        match *event {
            Event::Send { message, .. } => {
                self.messages += 1;
                self.bytes = self.bytes.saturating_add(self.sizes.of_message(message));
            }
            Event::Deliver { message, .. } => self.payloads += u64::from(message.items().count()),
            Event::Publish { node, item, due, content, audience, .. } => {
                if let Some(content) = content {
                    self.process.publish(at, node, item, content);
                }
                self.items.publish(item, node, due, audience);
            }
            Event::Learn { node, item, .. } if self.hub != Some(node) => {
                self.process.learn(at, node, item);
                if let Some((origin, due)) = self.items.learn(item, node, at) {
                    self.ages.learn(origin, node, due, at);
                }
            }
            Event::Locate { node, member, again: false } => {
                self.operations.locate(at, node);
                self.process.locate(at, node, member);
            }
            Event::See { node, lead, facts } => self.process.see(at, node, lead, facts),
            Event::Stage { node, stage, work } => self.process.stage(at, node, stage, work),
            Event::Decide { at: time, .. } => self.operations.decide(at, time),
            Event::Strike { node, .. } => self.operations.strike(at, node),
            Event::World { event, .. } => {
                self.operations.world(at, event);
                self.process.world(at, event);
            }
            Event::Fault { starts, effect, .. } => {
                if let Some((nodes, _)) = effect.crash() {
                    self.items.crash(nodes, starts);
                }
            }
            Event::Learn { node, item, .. } => self.process.learn(at, node, item),
            Event::Depart { .. }
            | Event::Arrive { .. }
            | Event::Hidden { .. }
            | Event::Locate { .. }
            | Event::Abort { .. }
            | Event::Elected { .. }
            | Event::Adjusted { .. }
            | Event::Restart { .. } => {}
        }
    }

    fn end(&mut self, ending: RunEnd) {
        self.end = ending.at;
    }
}
