//! Links by distance where there are too many nodes for a table.

use std::sync::Arc;

use super::Builder;
use crate::geo::Place;
use crate::id::NodeId;
use crate::network::{GeoLinks, Links};
use crate::plan::distance;
use crate::scenario::{Diagnostic, Geo};

const PATH: &str = "network.latency";

impl<E, C> Builder<'_, E, C> {
    /// Builds links whose latency is computed from the distance for each message, except for those
    /// with settings of their own.
    pub(super) fn geo_links(&mut self, geo: &Geo) -> Result<Links, Diagnostic> {
        let nodes = (0..self.node_table.ids.len() as u32).map(NodeId);
        let point =
            |node| distance::place(node, PATH, self.loaded, self.node_table).map(Place::point);
        let points = nodes.map(point).collect::<Result<_, _>>()?;
        let cable = distance::cable(geo, self.loaded);
        let links = GeoLinks::new(points, cable, self.model(None)?);
        self.check_latency(links.longest(), PATH)?;
        self.sample_distant(geo, PATH)?;
        let exceptions = self.exceptions()?;
        Ok(Links::Globe(Arc::new(links.with_exceptions(exceptions))))
    }
}
