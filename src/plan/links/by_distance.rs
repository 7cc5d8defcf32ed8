//! Latencies by distance, and warnings for those that rounding to ticks changes by more than 1 %.

use rand::Rng;

use super::Builder;
use super::latency_source::TABLE_NODES;
use crate::geo::fibre_lower_bound;
use crate::id::NodeId;
use crate::network::CableModel;
use crate::plan::distance;
use crate::rng::stream;
use crate::scenario::{Diagnostic, Geo};
use crate::time::SimDuration;

/// Number of pairs sampled for the warnings where the links are no table.
const SAMPLED_PAIRS: usize = 10_000;

impl<E, C> Builder<'_, E, C> {
    /// Returns the latency between two nodes for the geography at `path`.
    ///
    /// # Errors
    /// A node without a place.
    pub(super) fn by_distance(
        &self,
        pair: [NodeId; 2],
        geo: &Geo,
        path: &str,
    ) -> Result<SimDuration, Diagnostic> {
        let km = distance::km(pair, path, self.loaded, self.node_table)?;
        let cable = distance::cable(geo, self.loaded);
        self.check_rounding(pair, km, cable);
        Ok(cable.latency(km))
    }

    fn check_rounding(&self, pair: [NodeId; 2], km: f64, cable: CableModel) {
        let resolution = self.loaded.scenario.resolution;
        let name = || {
            let [from, to] = pair.map(|node| &self.node_table.ids[node.index()]);
            format!("{from} to {to}")
        };
        let (lower_bound, exact) = (fibre_lower_bound(km), cable.exact(km));
        self.distant.borrow_mut().add_above(lower_bound, exact, (resolution, 1), name);
    }

    /// Checks a sample of pairs, the same for every run: all pairs would take too long.
    pub(super) fn sample_distant(&self, geo: &Geo, path: &str) -> Result<(), Diagnostic> {
        let nodes = self.node_table.ids.len() as u32;
        let mut rng = stream(0, "rounding", 0);
        for _ in 0..SAMPLED_PAIRS {
            let pair = [(); 2].map(|()| NodeId(rng.random_range(0..nodes)));
            if pair[0] != pair[1] {
                let km = distance::km(pair, path, self.loaded, self.node_table)?;
                self.check_rounding(pair, km, distance::cable(geo, self.loaded));
            }
        }
        Ok(())
    }

    /// Adds one warning for all latencies by distance that rounding changes.
    pub(super) fn warn_distant(&mut self) {
        let name = match self.node_table.ids.len() {
            0..=TABLE_NODES => "latencies by distance",
            _ => "latencies by distance, of pairs that are drawn",
        };
        self.distant.borrow().warn(name, self.loaded.scenario.resolution, self.warnings);
    }
}
