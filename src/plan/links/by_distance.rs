//! Latencies by distance, and those of them that ticks do not carry.

use super::{Builder, TABLE_NODES};
use crate::geo::fibre_lower_bound;
use crate::id::NodeId;
use crate::network::CableModel;
use crate::plan::distance;
use crate::rng::{stream, uniform_below};
use crate::scenario::{Diagnostic, Geo};
use crate::time::SimDuration;

/// In worlds too large for a table, so many pairs of nodes are looked at.
const PAIRS_DRAWN: usize = 10_000;

impl<E, C> Builder<'_, E, C> {
    /// The time of travel between two nodes, by distance as said at a path.
    pub(super) fn by_distance(
        &self,
        way: [NodeId; 2],
        geo: &Geo,
        path: &str,
    ) -> Result<SimDuration, Diagnostic> {
        let km = distance::km(way, path, self.loaded, self.names)?;
        let cable = distance::cable(geo, self.loaded);
        self.take_distant(way, km, cable);
        Ok(cable.latency(km))
    }

    fn take_distant(&self, way: [NodeId; 2], km: f64, cable: CableModel) {
        let resolution = self.loaded.scenario.resolution;
        let name = || {
            let [from, to] = way.map(|node| &self.names.ids[node.index()]);
            format!("{from} to {to}")
        };
        let (floor, exact) = (fibre_lower_bound(km), cable.exact(km));
        self.distant.borrow_mut().take_above(floor, exact, (resolution, 1), name);
    }

    /// Looks at pairs that are drawn, the same whatever the run: nobody has the time for all.
    pub(super) fn sample_distant(&self, geo: &Geo, path: &str) -> Result<(), Diagnostic> {
        let nodes = self.names.ids.len() as u32;
        let mut rng = stream(0, "rounding", 0);
        for _ in 0..PAIRS_DRAWN {
            let way = [(); 2].map(|()| NodeId(uniform_below(&mut rng, nodes)));
            if way[0] != way[1] {
                let km = distance::km(way, path, self.loaded, self.names)?;
                self.take_distant(way, km, distance::cable(geo, self.loaded));
            }
        }
        Ok(())
    }

    /// Tells all latencies by distance that ticks do not carry, together.
    pub(super) fn tell_distant(&mut self) {
        let name = match self.names.ids.len() {
            0..=TABLE_NODES => "latencies by distance",
            _ => "latencies by distance, of pairs that are drawn",
        };
        self.distant.borrow().tell(name, self.loaded.scenario.resolution, self.notices);
    }
}
