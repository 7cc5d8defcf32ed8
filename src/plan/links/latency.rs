//! The latency of a link in ticks.

use super::Builder;
use super::latency_source::{LatencySource, UniformLatency};
use crate::id::NodeId;
use crate::plan::latency_table::LatencyTable;
use crate::scenario::Diagnostic;
use crate::time::{NanoDuration, SimDuration};

impl<E, C> Builder<'_, E, C> {
    /// The latency from one node to another, of a source that is stated at `path`.
    ///
    /// # Errors
    /// A missing entry, a node without a place, or a stated latency below one tick.
    pub(super) fn one_way(
        &self,
        source: &LatencySource<'_>,
        [from, to]: [NodeId; 2],
        path: &str,
    ) -> Result<SimDuration, Diagnostic> {
        let (loaded, node_table) = (self.loaded, self.node_table);
        match source {
            LatencySource::Uniform(latency) => self.stated_latency(latency, path),
            LatencySource::File(table) => {
                let time = table.one_way(from, to, node_table);
                let time = time.ok_or_else(|| self.missing_rows(table, [from, to]))?;
                Ok(self.measured_latency(time, [from, to]))
            }
            LatencySource::Matrix(matrix) => {
                Ok(self.measured_latency(matrix.one_way(from, to, loaded, node_table)?, [from, to]))
            }
            LatencySource::Geo(geo) => self.by_distance([from, to], geo, path),
        }
    }

    /// The diagnostic for a pair without a row, which lists all others of the kind.
    fn missing_rows(&self, table: &LatencyTable, [from, to]: [NodeId; 2]) -> Diagnostic {
        let node_table = self.node_table;
        let has_own = |a, b| self.overrides(a, b).iter().any(|(_, link)| link.latency.is_some());
        let is_missing = |&(a, b): &(NodeId, NodeId)| {
            table.one_way(a, b, node_table).is_none() && !(has_own(a, b) && has_own(b, a))
        };
        let zones = (0..node_table.zones).map(NodeId);
        let others = zones.clone().flat_map(|a| zones.clone().map(move |b| (a, b)));
        let others = others.filter(|&(a, b)| a < b && (a, b) != (from, to) && (a, b) != (to, from));
        let pairs: Vec<_> = std::iter::once((from, to)).chain(others.filter(is_missing)).collect();
        table.missing_rows(&pairs, self.loaded, node_table)
    }

    /// Converts a latency that the scenario states; below one tick it is an error.
    pub(super) fn stated_latency(
        &self,
        &UniformLatency { one_way, key, min }: &UniformLatency,
        path: &str,
    ) -> Result<SimDuration, Diagnostic> {
        let resolution = self.loaded.scenario.resolution;
        if one_way < resolution {
            let title = format!("a latency of {one_way} one way is below one tick of {resolution}");
            // If the latency is the default, the error is in the resolution.
            let paths = [&format!("{path}.{key}"), path, "resolution"];
            let diagnostic = self.diagnostic(self.loaded.source.first_said(&paths), title);
            let label = format!("expected {min}: a longer time or a finer resolution");
            return Err(diagnostic.label(label));
        }
        if self.loaded.source.paths_below(path).next().is_none() {
            self.defaults.borrow_mut().insert(path.into(), one_way);
        }
        Ok(one_way.ticks(resolution))
    }

    /// Converts a listed latency to the nearest tick, at least one.
    fn measured_latency(&self, time: NanoDuration, [from, to]: [NodeId; 2]) -> SimDuration {
        let resolution = self.loaded.scenario.resolution;
        let name = |node: NodeId| &self.node_table.ids[node.index()];
        let pair = || format!("{} to {}", name(from), name(to));
        self.entries.borrow_mut().add(time, (resolution, 1), pair);
        time.ticks(resolution).max(SimDuration(1))
    }
}
