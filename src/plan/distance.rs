//! Distances between the places of nodes, for latencies by geography.

use super::node_table::NodeTable;
use crate::geo::Place;
use crate::id::NodeId;
use crate::network::CableModel;
use crate::scenario::{Diagnostic, Geo, Loaded};

/// Returns the distance between two nodes in km, for the latency by distance at `path`.
///
/// # Errors
/// A node without a place.
pub fn km<E, C>(
    [from, to]: [NodeId; 2],
    path: &str,
    loaded: &Loaded<E, C>,
    node_table: &NodeTable,
) -> Result<f64, Diagnostic> {
    let place = |node| place(node, path, loaded, node_table);
    Ok(place(from)?.distance_km(place(to)?))
}

/// Converts the cable settings of a scenario to ticks.
pub fn cable<E, C>(geo: &Geo, loaded: &Loaded<E, C>) -> CableModel {
    CableModel::new(geo.inflation.0, geo.fixed, loaded.scenario.resolution)
}

/// Returns the place of a node, or of the seat of the hub, for the latency by distance at `path`.
///
/// # Errors
/// A node without a place.
pub fn place<E, C>(
    node: NodeId,
    path: &str,
    loaded: &Loaded<E, C>,
    node_table: &NodeTable,
) -> Result<Place, Diagnostic> {
    let seat = node_table.seated(node).unwrap_or(node);
    node_table.places[seat.index()].ok_or_else(|| no_place(seat, path, loaded, node_table))
}

fn no_place<E, C>(
    node: NodeId,
    path: &str,
    loaded: &Loaded<E, C>,
    node_table: &NodeTable,
) -> Diagnostic {
    let source = &loaded.source;
    let id = &node_table.ids[node.index()];
    let help = "a latency from geography needs the place of every zone and of the hub";
    if node_table.hub == Some(node) {
        let label =
            format!("expected seat = \"{}\", say, or at = [north, east]", &node_table.ids[0]);
        return source.key_diagnostic("hub", "the hub has no place").label(label).help(help);
    }
    let zone = format!("zones.{id}");
    if source.says(&zone) {
        let title = format!("zone `{id}` has no place");
        let label = "expected at = [degrees north, degrees east] in it";
        return source.key_diagnostic(&zone, title).label(label).help(help);
    }
    let title = "generated zones have no places";
    source
        .diagnostic(&format!("{path}.geo"), title)
        .label("expected place = \"sphere\", say, in [zones]")
        .help(help)
}
