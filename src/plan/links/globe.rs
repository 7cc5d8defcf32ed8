//! Links by distance in worlds too large for a table of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Builder;
use crate::geo::Place;
use crate::id::NodeId;
use crate::network::{GeoLinks, Links};
use crate::plan::distance;
use crate::scenario::{Diagnostic, Geo};

/// Where the latency is said.
const PATH: &str = "network.latency";

impl<E, C> Builder<'_, E, C> {
    /// Every link takes what its distance makes it, but those of which something else is said.
    pub(super) fn globe(&mut self, geo: &Geo) -> Result<Links, Diagnostic> {
        let nodes = (0..self.names.ids.len() as u32).map(NodeId);
        let point = |node| distance::place(node, PATH, self.loaded, self.names).map(Place::point);
        let points = nodes.map(point).collect::<Result<_, _>>()?;
        let cable = distance::cable(geo, self.loaded);
        let globe = GeoLinks::new(points, cable, self.model(None)?);
        self.fits(globe.longest(), PATH)?;
        self.sample_distant(geo, PATH)?;
        let mut exceptions = BTreeMap::new();
        for (a, b) in self.exceptional() {
            let (there, back) = self.pair(a, b)?;
            exceptions.extend([((a, b), there), ((b, a), back)]);
        }
        Ok(Links::Globe(Arc::new(globe.with_exceptions(exceptions))))
    }
}
