//! Observables: the values that targets read from a run.

use super::desk_times::DeskTimes;
use super::light_bound::LightBound;
use super::spread::SpreadRecorder;
use crate::metrics::invariants::ClockRounds;
use crate::metrics::{MetricId, MetricRow};
use crate::protocol::desk::{LeadKind, LeadSource};

/// The cycle of synchronous gossip in ms. The messages of a cycle arrive at the start of the next.
pub const CYCLE_MS: f64 = 1000.0;

/// The unit of continuous time in ms: at a resolution of 1 ms, rounding is a millionth of it.
pub const UNIT_MS: f64 = 1_000_000.0;

/// A value of a run. The unit of times is in ms, where it is a parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Observable {
    /// Cycles until all zones have the item.
    Cycles,
    /// 1 if all zones have the item after this many cycles, else 0.
    AllWithin(u32),
    /// The cycle of the first receipt, mean over all zones; the origin counts 0.
    CycleOfAll,
    /// The cycle of the first receipt, mean over the zones with one.
    CycleOfArrivals,
    /// The cycle of the last first receipt, complete or not.
    LastCycle,
    /// The share of all zones that never receive the item.
    Residue,
    /// Items received per zone.
    Traffic,
    /// The time until all zones have the item.
    ToAll(f64),
    /// The time until a zone has the item, mean over all but the origin.
    OfOthers(f64),
    /// The time until the origin has received this many messages without items: replies.
    Reply(u32, f64),
    /// Messages sent that carry items.
    Tellings,
    /// Messages sent that carry no items.
    Replies,
    /// Items received per item published, from this time in ms on.
    PayloadsLate(f64),
    /// Items received over first receipts, less 1, from this time in ms on.
    RedundancyLate(f64),
    /// The great-circle distance of the first two zones, in km.
    Distance,
    /// Milliseconds per 1000 km of that distance until all zones have the item.
    Per1000Km,
    /// Links, each way, that are faster than light in fibre.
    LinksBelowBound,
    /// First receipts earlier than light in fibre from the origin.
    ReceiptsBelowBound,
    /// The time from when a lead is seen until it is assessed, mean over leads.
    ToAssessed(f64),
    /// The time from when a lead is seen until it is translated, mean over the translated leads.
    ToTranslated(f64),
    /// The time from when a lead is seen until an item that tells it is published, mean over items.
    ToPublished(f64),
    /// The time from the sign of a lead until the zone that it points to has it, mean over leads.
    LeadToHome(f64),
    /// The time that a lead waits for a lab, mean over leads.
    LabWait(f64),
    /// The share of leads that wait for a lab.
    LabWaits,
    /// The mean number of leads seen and not yet assessed over their rate and mean time (Little's law).
    LittlesRatio,
    /// Leads seen of a kind.
    LeadsOfKind(LeadKind),
    /// Leads seen from a source.
    LeadsFrom(LeadSource),
    /// Leads seen that are false.
    FalseLeads,
    /// The time until the last member that was located was.
    Located(f64),
    /// Members captured.
    Captured,
    /// Cells that attack.
    Attacks,
    /// A metric, in this unit.
    Metric(MetricId, f64),
    /// 1 if a metric has a value and it is this one or less, else 0.
    AtMost(MetricId, f64),
    /// 1 if a metric has a value and it is this one or more, else 0.
    AtLeast(MetricId, f64),
    /// 1 if the first leader was elected in this term, else 0.
    ElectedInTerm(u64),
    /// The largest difference of two clocks after a round that was judged, in ms.
    ClockSkewMs,
    /// 1 if that difference is this many ms or less, else 0.
    ClockSkewWithin(f64),
}

/// The measurements of a run.
pub struct Run<'a> {
    pub zones: u32,
    pub row: &'a MetricRow,
    pub spread: &'a SpreadRecorder<'a>,
    pub desk: &'a DeskTimes,
    pub light_bound: &'a LightBound,
    pub clock_rounds: Option<ClockRounds>,
}

impl Run<'_> {
    fn metric(&self, metric: MetricId) -> Option<f64> {
        self.row.values().nth(metric.index()).flatten()
    }

    fn skew_ms(&self) -> Option<f64> {
        let rounds = self.clock_rounds.filter(|rounds| rounds.judged > 0);
        rounds.map(|rounds| rounds.max_skew_ns as f64 / 1e6)
    }
}

impl Observable {
    /// The value of a run. None if the run does not have one.
    pub fn read(self, run: &Run<'_>) -> Option<f64> {
        let Run { zones, row, spread, desk, light_bound, .. } = *run;
        let indicator = |is: bool| f64::from(u8::from(is));
        let zones = f64::from(zones);
        let cycle = |ms: f64| (ms / CYCLE_MS).floor();
        let cycles = || spread.ages.iter().map(|&age| cycle(age)).sum::<f64>();
        let learnt = spread.ages.len() as f64;
        match self {
            Self::Cycles => row.to_all_ms.map(cycle),
            Self::AllWithin(cycles) => row.items.filter(|&items| items > 0.0).map(|_| {
                let in_time = |ms| cycle(ms) <= f64::from(cycles);
                f64::from(u8::from(row.to_all_ms.is_some_and(in_time)))
            }),
            Self::CycleOfAll => row.to_all_ms.map(|_| cycles() / (learnt + 1.0)),
            Self::CycleOfArrivals => (learnt > 0.0).then(|| cycles() / learnt),
            Self::LastCycle => row.last_arrival_ms.map(cycle),
            Self::Residue => row.coverage.map(|share| (1.0 - share) * (zones - 1.0) / zones),
            Self::Traffic => row.payloads.map(|payloads| payloads / zones),
            Self::ToAll(unit) => row.to_all_ms.map(|ms| ms / unit),
            Self::OfOthers(unit) => {
                row.to_all_ms.map(|_| spread.ages.iter().sum::<f64>() / learnt / unit)
            }
            Self::Reply(rank, unit) => {
                spread.answers.get(rank.checked_sub(1)? as usize).map(|ms| ms / unit)
            }
            Self::Tellings => Some(spread.tellings as f64),
            Self::Replies => Some(spread.replies as f64),
            Self::PayloadsLate(from) => {
                let published = late(&spread.publications, from);
                (published > 0.0).then(|| payloads_late(spread, from) / published)
            }
            Self::RedundancyLate(from) => {
                let receipts = late(&spread.receipts, from);
                (receipts > 0.0).then(|| payloads_late(spread, from) / receipts - 1.0)
            }
            Self::Distance => light_bound.first_km(),
            Self::Per1000Km => {
                row.to_all_ms.zip(light_bound.first_km()).map(|(ms, km)| ms / km * 1e3)
            }
            Self::LinksBelowBound => light_bound.faster_than_light().map(|links| links as f64),
            Self::ReceiptsBelowBound => {
                (light_bound.is_known() && learnt > 0.0).then_some(spread.too_soon as f64)
            }
            Self::ToAssessed(unit) => desk.to_assessed.mean().map(|ms| ms / unit),
            Self::ToTranslated(unit) => desk.to_translated.mean().map(|ms| ms / unit),
            Self::ToPublished(unit) => desk.to_published.mean().map(|ms| ms / unit),
            Self::LeadToHome(unit) => row.lead_to_home_ms.map(|ms| ms / unit),
            Self::LabWait(unit) => desk.lab_wait.mean().map(|ms| ms / unit),
            Self::LabWaits => desk.lab_waits.mean(),
            Self::LittlesRatio => desk.littles_ratio(),
            Self::LeadsOfKind(kind) => Some(desk.leads(|lead| lead.kind == kind)),
            Self::LeadsFrom(source) => Some(desk.leads(|lead| lead.source == source)),
            Self::FalseLeads => Some(desk.leads(|lead| lead.member.0 >= desk.members)),
            Self::Located(unit) => row.located_ms.map(|ms| ms / unit),
            Self::Captured => row.captured,
            Self::Attacks => row.attacks,
            Self::Metric(metric, unit) => run.metric(metric).map(|value| value / unit),
            Self::AtMost(metric, most) => {
                Some(indicator(run.metric(metric).is_some_and(|value| value <= most)))
            }
            Self::AtLeast(metric, least) => {
                Some(indicator(run.metric(metric).is_some_and(|value| value >= least)))
            }
            Self::ElectedInTerm(term) => Some(indicator(spread.first_term == Some(term))),
            Self::ClockSkewMs => run.skew_ms(),
            Self::ClockSkewWithin(most) => run.skew_ms().map(|ms| indicator(ms <= most)),
        }
    }
}

fn late(instants: &[f64], from: f64) -> f64 {
    instants.iter().filter(|&&ms| ms >= from).count() as f64
}

fn payloads_late(spread: &SpreadRecorder<'_>, from: f64) -> f64 {
    let late = spread.payloads.iter().filter(|(ms, _)| *ms >= from);
    late.map(|(_, items)| f64::from(*items)).sum()
}
