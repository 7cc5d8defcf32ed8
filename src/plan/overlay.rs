//! Compiles the overlay of an exchange to a graph: draws random graphs, resolves zone names.

use std::collections::BTreeSet;

use super::csv_table::CsvTable;
use super::node_table::NodeTable;
use crate::id::NodeId;
use crate::protocol::overlay::{Graph, Regular, Shape, Star, Topology};
use crate::scenario::{Diagnostic, Loaded};

/// Replaces the topology at `path` by its graph, unless its neighbours follow from a formula.
///
/// # Errors
/// An unknown zone, a malformed edge, a graph that is not connected, or no regular graph found.
pub fn compile<E, C>(
    topology: &mut Topology,
    path: &str,
    loaded: &Loaded<E, C>,
    node_table: &NodeTable,
) -> Result<(), Diagnostic> {
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
        _ => return Ok(()),
    };
    *topology = Topology::Graph(graph);
    Ok(())
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
