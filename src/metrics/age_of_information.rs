//! Age of information: how old what one zone knows of another is.
//!
//! S. Kaul, R. Yates, M. Gruteser: "Real-time status: how often should one update?" (INFOCOM 2012),
//! II: the time average of the age of the freshest update received, here from the first receipt to
//! the end of the run.

use crate::id::NodeId;
use crate::time::SimTime;

/// Above so many zones ages are not followed: they are kept for every pair.
const MAX_ZONES: u32 = 256;

/// The ages at every zone of what comes from every other.
pub struct AgeOfInformation {
    zones: usize,
    pairs: Vec<Option<PairAge>>,
}

/// What one zone knows of another.
#[derive(Clone, Copy)]
struct PairAge {
    /// When the freshest item that has come was due.
    freshest: SimTime,
    /// When the first came, and since when `area` is not counted.
    first: SimTime,
    since: SimTime,
    /// Twice the area below the age, in ticks squared.
    area: u128,
}

impl PairAge {
    /// Twice the area below the age from `since` to an instant.
    fn area_to(&self, at: SimTime) -> u128 {
        let square = |tick: SimTime| {
            let age = u128::from((tick - self.freshest).0);
            age * age
        };
        self.area + square(at) - square(self.since)
    }
}

impl AgeOfInformation {
    /// Nothing is known.
    pub fn new(zones: u32) -> Self {
        let zones = if zones > MAX_ZONES { 0 } else { zones as usize };
        Self { zones, pairs: vec![None; zones * zones] }
    }

    /// A zone learns at an instant an item of another that was due then.
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

    /// The pairs of which one has heard from the other; none where they are not followed.
    pub fn pairs(&self) -> Option<usize> {
        (self.zones > 0).then(|| self.pairs.iter().flatten().count())
    }

    /// The mean age in ticks up to the end of a run: over time for each pair that heard, then over
    /// these pairs.
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
    fn a_saw_tooth_has_its_mean() {
        // An item every 1000 ticks, 40 under way: the age goes from 40 to 1040; its mean is 540.
        let mut ages = AgeOfInformation::new(2);
        for k in 0..50 {
            ages.learn(NodeId(0), NodeId(1), SimTime(1000 * k), SimTime(1000 * k + 40));
        }
        assert_eq!(ages.mean(SimTime(50_040)), Some(540.0));
    }

    #[test]
    fn stale_news_does_not_make_it_older() {
        let mut ages = AgeOfInformation::new(2);
        ages.learn(NodeId(0), NodeId(1), SimTime(100), SimTime(110));
        ages.learn(NodeId(0), NodeId(1), SimTime(50), SimTime(120));
        assert_eq!(ages.mean(SimTime(130)), Some(20.0));
        assert_eq!(ages.mean(SimTime(110)), None);
    }
}
