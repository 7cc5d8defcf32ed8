//! Times of travel from the places of the zones.

use super::node_table::NodeTable;
use crate::geo::Place;
use crate::id::NodeId;
use crate::network::CableModel;
use crate::scenario::{Diagnostic, Geo, Loaded};

/// How far two nodes are apart in km, for a latency by distance that is said at `path`.
pub fn km<E, C>(
    [from, to]: [NodeId; 2],
    path: &str,
    loaded: &Loaded<E, C>,
    names: &NodeTable,
) -> Result<f64, Diagnostic> {
    let place = |node| place(node, path, loaded, names);
    Ok(place(from)?.distance_km(place(to)?))
}

/// What a scenario says of cables.
pub fn cable<E, C>(geo: &Geo, loaded: &Loaded<E, C>) -> CableModel {
    CableModel::new(geo.inflation.0, geo.fixed, loaded.scenario.resolution)
}

/// Where a node is, for a latency by distance that is said at `path`.
pub fn place<E, C>(
    node: NodeId,
    path: &str,
    loaded: &Loaded<E, C>,
    names: &NodeTable,
) -> Result<Place, Diagnostic> {
    let seat = names.seated(node).unwrap_or(node);
    names.places[seat.index()].ok_or_else(|| no_place(seat, path, loaded, names))
}

/// A latency from geography, and a node of which it is not said where it is.
fn no_place<E, C>(
    node: NodeId,
    path: &str,
    loaded: &Loaded<E, C>,
    names: &NodeTable,
) -> Diagnostic {
    let source = &loaded.source;
    let id = &names.ids[node.index()];
    let help = "a latency from geography needs the place of every zone and of the hub";
    if names.hub == Some(node) {
        let label = format!("expected seat = \"{}\", say, or at = [north, east]", &names.ids[0]);
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
