//! Where the latency of a link comes from: one for all, a list by pair, or geography.

use crate::plan::latency_table::{LatencyTable, Rows};
use crate::plan::matrix::Matrix;
use crate::plan::node_table::NodeTable;
use crate::scenario::{Diagnostic, Geo, Latency, Loaded};
use crate::time::NanoDuration;

/// Largest number of nodes whose links are a table; above, links must be equal with few
/// exceptions, or by distance.
pub(super) const TABLE_NODES: usize = 4096;

/// The path of the latency of the whole network.
pub(super) const NETWORK: &str = "network.latency";

/// Where latencies come from.
pub(super) enum LatencySource<'a> {
    /// One latency for all links.
    Uniform(UniformLatency),
    /// A file with a latency in each row.
    File(LatencyTable),
    /// A list by pair of nodes.
    Matrix(Matrix),
    /// The places of the nodes.
    Geo(&'a Geo),
}

/// A latency that the scenario states.
pub(super) struct UniformLatency {
    pub(super) one_way: NanoDuration,
    /// The key that states it, below the path of the latency.
    pub(super) key: &'static str,
    /// The smallest value of the key, in words.
    pub(super) min: &'static str,
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
                let (columns, rows) = (file.columns(), Rows::RoundTrips);
                Self::File(LatencyTable::read(&columns, rows, loaded, node_table, warnings)?)
            }
            Latency::OneWayFile(columns) => {
                check("a file of latencies")?;
                let rows = Rows::OneWay;
                Self::File(LatencyTable::read(columns, rows, loaded, node_table, warnings)?)
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
            Self::File(table) => Some(&table.file),
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
