//! Compiles the overlay of an exchange to a graph: draws random graphs, resolves zone names.

use std::collections::BTreeSet;

use super::csv_table::CsvTable;
use super::node_table::NodeTable;
use crate::id::NodeId;
use crate::protocol::overlay::{Graph, Regular, Shape, Star, Topology};
use crate::scenario::{Diagnostic, Loaded};

/// The graph of an overlay where it depends on the seed, or is not connected.
#[derive(Clone, Debug, Default)]
pub struct Overlay {
    /// The settings of a graph that each run draws for itself.
    redrawn: Option<Topology>,
    /// A graph that is the same in every run and not connected.
    unconnected: Option<Graph>,
}

impl Overlay {
    /// The graph of a run that has one of its own.
    pub fn drawn(&self, zones: u32, seed: u64) -> Option<Graph> {
        self.redrawn.as_ref()?.draw(zones, seed)
    }

    /// Whether the graph of a run is not connected.
    pub fn is_unconnected(&self, zones: u32, seed: u64) -> bool {
        match self.drawn(zones, seed) {
            Some(graph) => graph.unreached().is_some(),
            None => self.unconnected.is_some(),
        }
    }
}

/// Replaces a topology, given with its path, by its graph, unless its neighbours follow from a formula or
/// each run draws a graph. What cannot be reached is reported.
///
/// # Errors
/// An unknown zone, a malformed edge, listed edges that do not connect all zones, or no regular graph
/// found.
pub fn compile<E, C>(
    topology: Option<(&str, &mut Topology)>,
    loaded: &Loaded<E, C>,
    node_table: &NodeTable,
    warnings: &mut Vec<String>,
) -> Result<Overlay, Diagnostic> {
    let Some((path, topology)) = topology else { return Ok(Overlay::default()) };
    if topology.is_redrawn() {
        if loaded.scenario.release.is_some() {
            let message = "release rules need an overlay that is known before the run; expected \
                           redraw = false";
            return Err(loaded.source.refusal(path, message));
        }
        if !matches!(topology, Topology::BarabasiAlbert(_)) {
            warnings.push(format!(
                "`{path}` is drawn for each seed: some of these graphs may not connect all zones"
            ));
        }
        return Ok(Overlay { redrawn: Some(topology.clone()), unconnected: None });
    }
    if let Some(graph) = topology.draw(node_table.zones, 0) {
        let parts = graph.parts();
        *topology = Topology::Graph(graph.clone());
        let unconnected = (parts.len() > 1).then_some(graph);
        warnings.extend(unconnected.as_ref().map(|_| separated(path, &parts, node_table)));
        return Ok(Overlay { redrawn: None, unconnected });
    }
    let graph = match topology {
        Topology::Plain(Shape::Regular) => regular(Regular::default(), path, loaded, node_table)?,
        Topology::Regular(settings) => regular(*settings, path, loaded, node_table)?,
        Topology::Star(Star { centre: Some(centre) }) => {
            let centre = node_table.zone(centre, &format!("{path}.star.centre"), &loaded.source)?;
            Graph::star(centre, node_table.zones)
        }
        Topology::Edges(edges) => {
            let path = format!("{path}.edges");
            let graph =
                Graph::new(node_table.zones, parse_edges(edges, &path, loaded, node_table)?);
            check_connected(&graph, node_table, loaded.source.diagnostic(&path, ""))?;
            graph
        }
        Topology::File(file) => from_file(file, &format!("{path}.file"), loaded, node_table)?,
        _ => return Ok(Overlay::default()),
    };
    *topology = Topology::Graph(graph);
    Ok(Overlay::default())
}

/// The most zones that a warning names.
const MAX_NAMED: usize = 8;

/// The warning that a graph does not connect all zones.
fn separated(path: &str, parts: &[Vec<NodeId>], node_table: &NodeTable) -> String {
    let largest = parts.iter().map(Vec::len).max().unwrap_or(0);
    let main = parts.iter().position(|part| part.len() == largest).unwrap_or(0);
    let others = parts.iter().enumerate().filter(|&(number, _)| number != main);
    let cut_off: Vec<_> = others.flat_map(|(_, part)| part).copied().collect();
    let names: Vec<_> =
        cut_off.iter().take(MAX_NAMED).map(|zone| &node_table.ids[zone.index()]).collect();
    let more = match cut_off.len().saturating_sub(MAX_NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!(
        "`{path}` has {} parts: {largest} of {} zones are connected, and cannot reach {}{more}",
        parts.len(),
        node_table.zones,
        names.join(", ")
    )
}

fn regular<E, C>(
    settings: Regular,
    path: &str,
    loaded: &Loaded<E, C>,
    node_table: &NodeTable,
) -> Result<Graph, Diagnostic> {
    Graph::regular(node_table.zones, &settings).ok_or_else(|| {
        let degree = settings.degree_among(node_table.zones);
        let title = format!("no graph of {degree} neighbours each was found");
        loaded.source.diagnostic(path, title).label("expected another seed, or a smaller degree")
    })
}

fn parse_edges<E, C>(
    edges: &[String],
    path: &str,
    loaded: &Loaded<E, C>,
    node_table: &NodeTable,
) -> Result<BTreeSet<(NodeId, NodeId)>, Diagnostic> {
    let mut parsed = BTreeSet::new();
    for (index, edge) in edges.iter().enumerate() {
        let error = || loaded.source.diagnostic(&format!("{path}.{index}"), "");
        let Some((a, b)) = edge.split_once('-') else {
            let title = format!("`{edge}` is no edge");
            let label = format!(
                "expected two zones, such as \"{}-{}\"",
                &node_table.ids[0], &node_table.ids[1]
            );
            return Err(error().title(title).label(label));
        };
        add_edge(&mut parsed, [a.trim(), b.trim()], node_table, |_| error())?;
    }
    Ok(parsed)
}

const REQUIRED: [&str; 2] = ["zone_a", "zone_b"];

fn from_file<E, C>(
    file: &str,
    path: &str,
    loaded: &Loaded<E, C>,
    node_table: &NodeTable,
) -> Result<Graph, Diagnostic> {
    let csv = CsvTable::read(file, path, loaded)?;
    let help = "an edge is a row with the ids of its two zones: zone_a,zone_b";
    let [a, b] = REQUIRED.map(|column| csv.require(column, &REQUIRED, help));
    let columns = [a?, b?];
    let mut edges = BTreeSet::new();
    for record in csv.records() {
        let record = record?;
        let ends = columns.map(|column| record.get(column).unwrap_or_default());
        let error =
            |end: Option<usize>| csv.at(&record, end.map(|end| columns[end]), String::new());
        add_edge(&mut edges, ends, node_table, error)?;
    }
    let graph = Graph::new(node_table.zones, edges);
    check_connected(&graph, node_table, loaded.source.diagnostic(path, ""))?;
    Ok(graph)
}

/// Adds an edge; `error` builds a diagnostic about it, or about one of its ends (0 or 1).
fn add_edge(
    edges: &mut BTreeSet<(NodeId, NodeId)>,
    ends: [&str; 2],
    node_table: &NodeTable,
    error: impl Fn(Option<usize>) -> Diagnostic,
) -> Result<(), Diagnostic> {
    let zone = |end: usize| match node_table.resolve(ends[end]) {
        Some(node) if node_table.hub == Some(node) => {
            let title = "the hub is not a zone and has no neighbours";
            Err(error(Some(end)).title(title).label("expected a zone"))
        }
        Some(node) => Ok(node),
        None => Err(node_table.unknown(ends[end], error(Some(end)))),
    };
    let (a, b) = (zone(0)?, zone(1)?);
    if a == b {
        let title = format!("an edge from {} to itself", ends[0]);
        return Err(error(None).title(title).label("expected two zones"));
    }
    if !edges.insert((a.min(b), a.max(b))) {
        let title = format!("a second edge between {} and {}", ends[0], ends[1]);
        return Err(error(None).title(title).label("expected each edge once, either way round"));
    }
    Ok(())
}

fn check_connected(
    graph: &Graph,
    node_table: &NodeTable,
    error: Diagnostic,
) -> Result<(), Diagnostic> {
    let Some(zone) = graph.unreached() else { return Ok(()) };
    let (first, zone) = (&node_table.ids[0], &node_table.ids[zone.index()]);
    let title = format!("no way leads from {first} to {zone}");
    Err(error.title(title).label(format!("expected edges that connect all zones, {zone} too")))
}
