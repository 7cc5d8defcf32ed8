//! Links by distance where there are too many nodes for a table.

use std::sync::Arc;

use super::Builder;
use super::latency_source::{LatencySource, NETWORK};
use crate::geo::Place;
use crate::id::NodeId;
use crate::network::{GeoLinks, Links};
use crate::plan::distance;
use crate::scenario::{Diagnostic, Geo};

impl<E, C> Builder<'_, E, C> {
    /// Builds links whose latency is computed from the distance for each message, except for those
    /// with settings of their own.
    pub(super) fn geo_links(
        &mut self,
        source: &LatencySource<'_>,
        geo: &Geo,
    ) -> Result<Links, Diagnostic> {
        let nodes = (0..self.node_table.ids.len() as u32).map(NodeId);
        let point =
            |node| distance::place(node, NETWORK, self.loaded, self.node_table).map(Place::point);
        let points = nodes.map(point).collect::<Result<_, _>>()?;
        let cable = distance::cable(geo, self.loaded);
        let links = GeoLinks::new(points, cable, self.model(None)?);
        self.check_latency(links.longest(), NETWORK)?;
        self.sample_distant(geo, NETWORK)?;
        let exceptions = self.exceptions(source)?;
        Ok(Links::Globe(Arc::new(links.with_exceptions(exceptions))))
    }
}
