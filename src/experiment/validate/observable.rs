//! What is read of a run.

use super::light_bound::LightBound;
use super::spread::SpreadRecorder;
use crate::metrics::MetricRow;

/// A cycle of synchronous gossip in ms: what comes of it arrives in the first milliseconds of the next.
pub const CYCLE_MS: f64 = 1000.0;

/// The unit of continuous time in ms: at a resolution of 1 ms, rounding is a millionth of it.
pub const UNIT_MS: f64 = 1_000_000.0;

/// What is read of a run. Times are in units of so many ms where they are given one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Observable {
    /// Whole cycles until all know.
    Cycles,
    /// 1 if all know after so many cycles, else 0.
    AllWithin(u32),
    /// The cycle in which a zone first knows, mean over all, the origin counting 0.
    CycleOfAll,
    /// The cycle in which a zone first knows, mean over those that learnt, complete or not.
    CycleOfArrivals,
    /// The cycle of the last arrival, complete or not.
    LastCycle,
    /// Of all zones, the share that never learns.
    Residue,
    /// Items received by zone.
    Traffic,
    /// Until all know.
    ToAll(f64),
    /// Until a zone knows, mean over all but the origin.
    OfOthers(f64),
    /// Until the origin has so many messages without items: replies.
    Reply(u32, f64),
    /// Messages sent with items in them.
    Tellings,
    /// Messages sent without items.
    Replies,
    /// Items received for each published, of what comes so many ms after the start or later.
    PayloadsLate(f64),
    /// Items received over first receipts, less 1, as late.
    RedundancyLate(f64),
    /// The great circle between the first two zones, in km.
    Distance,
    /// Milliseconds for 1000 km of it, until all know.
    Per1000Km,
    /// Links, each way, that are faster than light in fibre.
    LinksBelowFloor,
    /// First receipts sooner than light in fibre comes from the origin.
    ReceiptsBelowFloor,
}

/// A run that has ended.
pub struct Run<'a> {
    pub zones: u32,
    pub row: &'a MetricRow,
    pub spread: &'a SpreadRecorder<'a>,
    pub reach: &'a LightBound,
}

impl Observable {
    /// What a run shows; nothing if it does not.
    pub fn read(self, run: &Run<'_>) -> Option<f64> {
        let Run { zones, row, spread, reach } = *run;
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
            Self::Distance => reach.first_km(),
            Self::Per1000Km => row.to_all_ms.zip(reach.first_km()).map(|(ms, km)| ms / km * 1e3),
            Self::LinksBelowFloor => reach.faster_than_light().map(|links| links as f64),
            Self::ReceiptsBelowFloor => {
                (reach.is_known() && learnt > 0.0).then_some(spread.too_soon as f64)
            }
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
