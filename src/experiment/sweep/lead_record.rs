//! What became of a lead in a run of a sweep.

use crate::id::NodeId;
use crate::metrics::LeadTimes;
use crate::plan::Plan;
use crate::protocol::desk::{LeadKind, LeadSource};
use crate::time::SimTime;

/// A lead that was seen in a run. Times are simulated, in milliseconds.
#[derive(Clone, Debug, PartialEq)]
pub struct LeadRecord {
    /// Its number.
    pub lead: u32,
    /// The member that it is about.
    pub member: u32,
    /// Whether it is false.
    pub is_false: bool,
    /// The kind of activity.
    pub kind: LeadKind,
    /// How it was found.
    pub source: LeadSource,
    /// The id of the zone that saw it.
    pub origin: String,
    /// The id of the zone that it points to.
    pub points_to: String,
    /// When the activity took place.
    pub sign_ms: f64,
    /// When its zone saw it.
    pub seen_ms: f64,
    /// When the zone that it points to had it.
    pub home_ms: Option<f64>,
    /// When that zone had assessed it.
    pub assessed_ms: Option<f64>,
}

impl LeadRecord {
    /// The record of a lead in a run of a plan.
    pub fn new<E, C>(times: LeadTimes, plan: &Plan<E, C>) -> Self {
        let LeadTimes { lead, facts, seen, home, assessed } = times;
        let ms = |at: SimTime| at.0 as f64 * plan.resolution.as_ms();
        let name = |node: NodeId| plan.names[node.index()].to_owned();
        Self {
            lead: lead.0,
            member: facts.member.0,
            is_false: facts.member.0 >= plan.workload.members,
            kind: facts.kind,
            source: facts.source,
            origin: name(facts.origin),
            points_to: name(facts.points_to),
            sign_ms: ms(facts.sign),
            seen_ms: ms(seen),
            home_ms: home.map(ms),
            assessed_ms: assessed.map(ms),
        }
    }

    /// From the sign until the zone that it points to had it, as in the metric `lead_to_home_ms`.
    pub fn to_home_ms(&self) -> Option<f64> {
        self.home_ms.map(|home| home - self.sign_ms)
    }
}
