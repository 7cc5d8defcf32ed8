//! Age of information: the age of the freshest item that one zone has from another.
//!
//! S. Kaul, R. Yates, M. Gruteser: "Real-time status: how often should one update?" (INFOCOM 2012),
//! II: the time average of the age of the freshest update received, here from the first receipt to
//! the end of the run.

use crate::id::NodeId;
use crate::time::SimTime;

/// The ages take memory for every pair of zones, so they are not measured above this many zones.
const MAX_ZONES: u32 = 256;

/// The age of information of every pair (origin, zone).
pub struct AgeOfInformation {
    zones: usize,
    pairs: Vec<Option<PairAge>>,
}

#[derive(Clone, Copy)]
struct PairAge {
    /// When the freshest item received was due.
    freshest: SimTime,
    /// The first receipt.
    first: SimTime,
    /// The last update of `area`.
    since: SimTime,
    /// Twice the integral of the age from `first` to `since`, in ticks squared.
    area: u128,
}

impl PairAge {
    /// Twice the integral of the age from `first` to `at`, in ticks squared.
    fn area_to(&self, at: SimTime) -> u128 {
        let square = |tick: SimTime| {
            let age = u128::from((tick - self.freshest).0);
            age * age
        };
        self.area + square(at) - square(self.since)
    }
}

impl AgeOfInformation {
    /// Ages before the first receipt. Above 256 zones nothing is measured.
    pub fn new(zones: u32) -> Self {
        let zones = if zones > MAX_ZONES { 0 } else { zones as usize };
        Self { zones, pairs: vec![None; zones * zones] }
    }

    /// Records that `zone` receives at `at` an item of `origin` that was due at `due`.
    pub fn learn(&mut self, origin: NodeId, zone: NodeId, due: SimTime, at: SimTime) {
        let Some(pair) = self.pairs.get_mut(origin.index() * self.zones + zone.index()) else {
            return;
        };
        let fresh = PairAge { freshest: due, first: at, since: at, area: 0 };
        *pair = Some(match *pair {
            None => fresh,
            Some(age) if due > age.freshest => {
                PairAge { first: age.first, area: age.area_to(at), ..fresh }
            }
            Some(age) => age,
        });
    }

    /// The number of pairs with a receipt. None if ages are not measured.
    pub fn pairs(&self) -> Option<usize> {
        (self.zones > 0).then(|| self.pairs.iter().flatten().count())
    }

    /// The mean age in ticks up to the end of the run: over time for each pair with a receipt, then
    /// over these pairs. None without such a pair.
    pub fn mean(&self, end: SimTime) -> Option<f64> {
        let means = self.pairs.iter().flatten().filter(|age| end > age.first).map(|age| {
            let time = (end - age.first).0 as f64;
            age.area_to(end) as f64 / 2.0 / time
        });
        let (sum, count) = means.fold((0.0, 0u32), |(sum, count), mean| (sum + mean, count + 1));
        (count > 0).then(|| sum / f64::from(count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saw_tooth_has_the_mean_of_its_closed_form() {
        // An item every 1000 ticks, each with a latency of 40: the age goes from 40 to 1040, mean 540.
        let mut ages = AgeOfInformation::new(2);
        for k in 0..50 {
            ages.learn(NodeId(0), NodeId(1), SimTime(1000 * k), SimTime(1000 * k + 40));
        }
        assert_eq!(ages.mean(SimTime(50_040)), Some(540.0));
    }

    #[test]
    fn a_stale_item_does_not_change_the_age() {
        let mut ages = AgeOfInformation::new(2);
        ages.learn(NodeId(0), NodeId(1), SimTime(100), SimTime(110));
        ages.learn(NodeId(0), NodeId(1), SimTime(50), SimTime(120));
        assert_eq!(ages.mean(SimTime(130)), Some(20.0));
        assert_eq!(ages.mean(SimTime(110)), None);
    }
}
