//! The overlay of an exchange made whole: its random graph is drawn, its zones and edges get
//! numbers.

use std::collections::BTreeSet;

use super::csv_table::CsvTable;
use super::node_table::NodeTable;
use crate::id::NodeId;
use crate::protocol::exchange::overlay::{Graph, Regular, Shape, Star, Topology};
use crate::scenario::{Diagnostic, Loaded};

/// Puts a graph in the place of what a scenario says at `path`, where that is no formula.
pub fn compile<E, C>(
    topology: &mut Topology,
    path: &str,
    loaded: &Loaded<E, C>,
    names: &NodeTable,
) -> Result<(), Diagnostic> {
    let graph = match topology {
        Topology::Plain(Shape::Regular) => regular(Regular::default(), path, loaded, names)?,
        Topology::Regular(settings) => regular(*settings, path, loaded, names)?,
        Topology::Star(Star { centre: Some(centre) }) => {
            let centre = names.zone(centre, &format!("{path}.star.centre"), &loaded.source)?;
            Graph::star(centre, names.zones)
        }
        Topology::Edges(edges) => {
            let path = format!("{path}.edges");
            let graph = Graph::new(names.zones, listed(edges, &path, loaded, names)?);
            connected(&graph, names, loaded.source.diagnostic(&path, ""))?;
            graph
        }
        Topology::File(file) => from_file(file, &format!("{path}.file"), loaded, names)?,
        _ => return Ok(()),
    };
    *topology = Topology::Graph(graph);
    Ok(())
}

fn regular<E, C>(
    settings: Regular,
    path: &str,
    loaded: &Loaded<E, C>,
    names: &NodeTable,
) -> Result<Graph, Diagnostic> {
    Graph::regular(names.zones, &settings).ok_or_else(|| {
        let degree = settings.degree_among(names.zones);
        let title = format!("no graph of {degree} neighbours each was found");
        loaded.source.diagnostic(path, title).label("expected another seed, or a smaller degree")
    })
}

/// The edges of a list in the scenario.
fn listed<E, C>(
    edges: &[String],
    path: &str,
    loaded: &Loaded<E, C>,
    names: &NodeTable,
) -> Result<BTreeSet<(NodeId, NodeId)>, Diagnostic> {
    let mut taken = BTreeSet::new();
    for (place, edge) in edges.iter().enumerate() {
        let wrong = || loaded.source.diagnostic(&format!("{path}.{place}"), "");
        let Some((a, b)) = edge.split_once('-') else {
            let title = format!("`{edge}` is no edge");
            let label =
                format!("expected two zones, such as \"{}-{}\"", &names.ids[0], &names.ids[1]);
            return Err(wrong().title(title).label(label));
        };
        take(&mut taken, [a.trim(), b.trim()], names, |_| wrong())?;
    }
    Ok(taken)
}

/// The columns that must be there.
const NEEDED: [&str; 2] = ["zone_a", "zone_b"];

fn from_file<E, C>(
    file: &str,
    path: &str,
    loaded: &Loaded<E, C>,
    names: &NodeTable,
) -> Result<Graph, Diagnostic> {
    let rows = CsvTable::read(file, path, loaded)?;
    let help = "an edge is a row with the ids of its two zones: zone_a,zone_b";
    let [a, b] = NEEDED.map(|column| rows.needed(column, &NEEDED, help));
    let columns = [a?, b?];
    let mut taken = BTreeSet::new();
    for record in rows.records() {
        let record = record?;
        let ends = columns.map(|column| record.get(column).unwrap_or_default());
        let wrong =
            |end: Option<usize>| rows.at(&record, end.map(|end| columns[end]), String::new());
        take(&mut taken, ends, names, wrong)?;
    }
    let graph = Graph::new(names.zones, taken);
    connected(&graph, names, loaded.source.diagnostic(path, ""))?;
    Ok(graph)
}

/// Takes an edge in; `wrong` is a message about it, or about one of its ends.
fn take(
    taken: &mut BTreeSet<(NodeId, NodeId)>,
    ends: [&str; 2],
    names: &NodeTable,
    wrong: impl Fn(Option<usize>) -> Diagnostic,
) -> Result<(), Diagnostic> {
    let zone = |end: usize| match names.resolve(ends[end]) {
        Some(node) if names.hub == Some(node) => {
            let title = "the hub is no zone, and nobody's neighbour";
            Err(wrong(Some(end)).title(title).label("expected a zone"))
        }
        Some(node) => Ok(node),
        None => Err(names.unknown(ends[end], wrong(Some(end)))),
    };
    let (a, b) = (zone(0)?, zone(1)?);
    if a == b {
        let title = format!("an edge from {} to itself", ends[0]);
        return Err(wrong(None).title(title).label("expected two zones"));
    }
    if !taken.insert((a.min(b), a.max(b))) {
        let title = format!("a second edge between {} and {}", ends[0], ends[1]);
        return Err(wrong(None).title(title).label("expected each edge once, either way round"));
    }
    Ok(())
}

/// Refuses a graph in pieces.
fn connected(graph: &Graph, names: &NodeTable, wrong: Diagnostic) -> Result<(), Diagnostic> {
    let Some(zone) = graph.unreached() else { return Ok(()) };
    let (first, zone) = (&names.ids[0], &names.ids[zone.index()]);
    let title = format!("no way leads from {first} to {zone}");
    Err(wrong.title(title).label(format!("expected edges that connect all zones, {zone} too")))
}
