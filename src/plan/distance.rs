//! Times of travel from the places of the zones.

use super::links::at_least_a_tick;
use super::names::Names;
use crate::geo::fibre_floor;
use crate::id::NodeId;
use crate::scenario::{Diagnostic, Geo, Loaded};
use crate::time::{Length, Span};

/// The time between two nodes by distance, as said at `path`: to the nearest tick, at least one,
/// and never below what light in fibre takes.
pub fn travel<E, C>(
    [from, to]: [NodeId; 2],
    geo: &Geo,
    path: &str,
    loaded: &Loaded<E, C>,
    names: &Names,
) -> Result<Span, Diagnostic> {
    let place = |node: NodeId| {
        let seat = names.seated(node).unwrap_or(node);
        names.places[seat.index()].ok_or_else(|| no_place(seat, path, loaded, names))
    };
    let resolution = loaded.scenario.resolution;
    let distance = place(from)?.distance_km(place(to)?);
    let light = fibre_floor(distance * geo.inflation.0);
    let ends = geo.fixed.ns.saturating_mul(2);
    let time = Length::from_ns(light.ns.saturating_add(ends));
    let floor = Span(fibre_floor(distance).ns.div_ceil(resolution.ns));
    Ok(at_least_a_tick(time.ticks(resolution).max(floor)))
}

/// A latency from geography, and a node of which it is not said where it is.
fn no_place<E, C>(node: NodeId, path: &str, loaded: &Loaded<E, C>, names: &Names) -> Diagnostic {
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
        .label("expected a time such as \"40ms\"")
        .help(help)
}
