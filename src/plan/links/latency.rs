//! Where the latency of a link comes from: one for all, a list by pair, or geography.

use super::{Builder, TABLE_NODES};
use crate::id::NodeId;
use crate::plan::matrix::Matrix;
use crate::plan::node_table::NodeTable;
use crate::plan::rtt::RttTable;
use crate::scenario::{Diagnostic, Geo, Latency, Loaded};
use crate::time::{NanoDuration, SimDuration};

/// The path of the latency of the whole network.
pub(super) const NETWORK: &str = "network.latency";

/// Where latencies come from.
pub(super) enum LatencySource<'a> {
    /// One latency for all links.
    Uniform(UniformLatency),
    /// A file of measured round trips.
    Rtt(RttTable),
    /// A list by pair of nodes.
    Matrix(Matrix),
    /// The places of the nodes.
    Geo(&'a Geo),
}

/// A latency that the scenario states.
pub(super) struct UniformLatency {
    one_way: NanoDuration,
    /// The key that states it, below the path of the latency.
    key: &'static str,
    /// The smallest value of the key, in words.
    min: &'static str,
}

impl<'a> LatencySource<'a> {
    /// Reads the source of a latency that is stated at `path`.
    ///
    /// # Errors
    /// An unreadable file, a list by pair for a single link, or one for too many nodes.
    pub(super) fn read<E, C>(
        latency: &'a Latency,
        path: &str,
        loaded: &Loaded<E, C>,
        node_table: &NodeTable,
        warnings: &mut Vec<String>,
    ) -> Result<Self, Diagnostic> {
        let check = |what| check_list(what, path, loaded, node_table);
        Ok(match latency {
            Latency::OneWay(time) => Self::Uniform(UniformLatency {
                one_way: *time,
                key: "one_way",
                min: "one tick or more",
            }),
            Latency::RoundTrip(time) => Self::Uniform(UniformLatency {
                one_way: NanoDuration::from_ns(time.ns / 2),
                key: "round_trip",
                min: "two ticks or more",
            }),
            Latency::Rtt(file) => {
                check("a file of round trips")?;
                Self::Rtt(RttTable::read(file, loaded, node_table, warnings)?)
            }
            Latency::Matrix(matrix) => {
                check("a matrix")?;
                Self::Matrix(Matrix::read(matrix, loaded, node_table)?)
            }
            Latency::Geo(geo) => Self::Geo(geo),
        })
    }

    /// The file name, or the path in the scenario, of latencies that are listed by pair.
    pub(super) fn list_name(&self) -> Option<&str> {
        match self {
            Self::Rtt(table) => Some(&table.file),
            Self::Matrix(matrix) => Some(matrix.name()),
            Self::Uniform(_) | Self::Geo(_) => None,
        }
    }
}

/// Rejects a list by pair that is for one link, or too large, before it is read.
fn check_list<E, C>(
    what: &str,
    path: &str,
    loaded: &Loaded<E, C>,
    node_table: &NodeTable,
) -> Result<(), Diagnostic> {
    if path != NETWORK {
        let title = format!("{what} is for the whole network");
        let label = "expected a time such as \"40ms\", or { geo = {} }";
        return Err(loaded.source.diagnostic(path, title).label(label));
    }
    let nodes = node_table.ids.len();
    if nodes <= TABLE_NODES {
        return Ok(());
    }
    let title = format!("{nodes} nodes with a latency for each pair");
    let label =
        format!("expected at most {TABLE_NODES} nodes, one latency for all, or {{ geo = {{}} }}");
    Err(loaded.source.diagnostic(path, title).label(label))
}

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
            LatencySource::Rtt(table) => {
                Ok(self.measured_latency(table.one_way(from, to, loaded, node_table)?, [from, to]))
            }
            LatencySource::Matrix(matrix) => {
                Ok(self.measured_latency(matrix.one_way(from, to, loaded, node_table)?, [from, to]))
            }
            LatencySource::Geo(geo) => self.by_distance([from, to], geo, path),
        }
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
