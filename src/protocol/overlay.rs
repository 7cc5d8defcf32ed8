//! Who is whose neighbour, for the protocols that tell neighbours and not everybody.
//!
//! An overlay is a connected graph of the zones without loops and double edges; the hub is no zone
//! and has no part in it. It is the same in every zone and does not change. A grid, a line, a tree
//! and a complete overlay are formulas of the numbers of the zones; whatever else there is (a star
//! around a zone that is named, a random graph, edges that are listed) the plan makes a [`Graph`] of,
//! one for all machines.

mod graph;
mod params;
mod regular;

pub use graph::Graph;
pub use params::{Grid, Regular, Shape, Star, Topology, Tree};

use crate::id::NodeId;
use crate::protocol::{ConfigError, NodeView};

/// Every zone of a complete overlay has a table of all others: no more zones than this.
const MAX_COMPLETE: u32 = 4096;
/// Nobody has more neighbours in a random regular graph.
const MAX_DEGREE: u32 = 100;

impl Topology {
    /// Whether there is such an overlay of so many zones; `path` is where a scenario says it.
    ///
    /// # Errors
    /// A parameter out of its range.
    pub fn check(&self, path: &str, zones: u32) -> Result<(), ConfigError> {
        let refuse =
            |key: &str, message: String| Err(ConfigError::new(format!("{path}{key}"), message));
        match self {
            Self::Plain(Shape::Complete) if zones > MAX_COMPLETE => {
                let expected = format!("expected {MAX_COMPLETE} zones at the most");
                refuse("", format!("{zones} neighbours of every zone; {expected}"))
            }
            Self::Grid(Grid { columns: Some(columns) }) if *columns == 0 || *columns > zones => {
                let expected = format!("expected 1 to {zones} among {zones} zones");
                refuse(".grid.columns", format!("{columns} columns; {expected}"))
            }
            Self::Tree(Tree { arity }) if *arity == 0 || *arity >= zones => {
                let expected = format!("expected 1 to {} among {zones} zones", zones - 1);
                refuse(".tree.arity", format!("{arity} children of a zone; {expected}"))
            }
            Self::Regular(Regular { degree: Some(degree), .. }) => {
                let least = if zones > 2 { 2 } else { 1 };
                let most = MAX_DEGREE.min(zones - 1);
                if !(least..=most).contains(degree) {
                    let expected = format!("expected {least} to {most} among {zones} zones");
                    return refuse(".regular.degree", format!("{degree} neighbours; {expected}"));
                }
                if u64::from(*degree) * u64::from(zones) % 2 == 1 {
                    let expected = "expected an even number for an odd number of zones";
                    let message = format!("{zones} zones have no {degree} ends each; {expected}");
                    return refuse(".regular.degree", message);
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The neighbours of a node, in order: none of the hub. What the plan is to make whole is
    /// made here where it has not been: a star around the first zone, a random graph; edges have no
    /// names here, and there are none.
    pub fn neighbours(&self, site: &NodeView) -> Vec<NodeId> {
        let (me, zones) = (site.me.0, site.zones);
        if site.is_hub() {
            return Vec::new();
        }
        let near: Vec<u32> = match self {
            Self::Graph(graph) => return graph.neighbours(site.me).to_vec(),
            Self::Regular(settings) => {
                let graph = Graph::regular(zones, settings);
                return graph.map_or(Vec::new(), |graph| graph.neighbours(site.me).to_vec());
            }
            Self::Plain(Shape::Regular) => {
                return Self::Regular(Regular::default()).neighbours(site);
            }
            Self::Plain(Shape::Complete) => return site.peers().collect(),
            Self::Plain(Shape::Line) => line(me).collect(),
            Self::Plain(Shape::Grid) => grid(me, square(zones)),
            Self::Grid(Grid { columns }) => grid(me, columns.unwrap_or_else(|| square(zones))),
            Self::Plain(Shape::Tree) => tree(me, Tree::default().arity),
            Self::Tree(Tree { arity }) => tree(me, *arity),
            Self::Plain(Shape::Star) | Self::Star(_) if me == 0 => return site.peers().collect(),
            Self::Plain(Shape::Star) | Self::Star(_) => vec![0],
            Self::Edges(_) | Self::File(_) => Vec::new(),
        };
        near.into_iter().filter(|&zone| zone < zones).map(NodeId).collect()
    }
}

fn line(me: u32) -> impl Iterator<Item = u32> {
    [me.checked_sub(1), Some(me + 1)].into_iter().flatten()
}

/// Row by row, the last of them maybe not full. A neighbour below the last row is beyond the zones.
fn grid(me: u32, columns: u32) -> Vec<u32> {
    let column = me % columns;
    let left = (column > 0).then(|| me - 1);
    let right = (column + 1 < columns).then_some(me + 1);
    [me.checked_sub(columns), left, right, me.checked_add(columns)].into_iter().flatten().collect()
}

/// As a heap: level by level.
fn tree(me: u32, arity: u32) -> Vec<u32> {
    let parent = me.checked_sub(1).map(|before| before / arity);
    let children = (1..=arity).map_while(|child| me.checked_mul(arity)?.checked_add(child));
    parent.into_iter().chain(children).collect()
}

/// Columns of a grid that is as good as square: the root, rounded up.
fn square(zones: u32) -> u32 {
    let root = zones.isqrt();
    root + u32::from(root * root < zones)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(topology: &Topology, zones: u32) -> Vec<Vec<u32>> {
        let near = |me| {
            let site = NodeView { me: NodeId(me), zones, hub: Some(NodeId(zones)) };
            topology.neighbours(&site).into_iter().map(|zone| zone.0).collect()
        };
        (0..=zones).map(near).collect()
    }

    /// Both ways, in order, nobody with itself, everybody reached; how many edges.
    fn edges(topology: &Topology, zones: u32) -> usize {
        let all = all(topology, zones);
        assert!(all[zones as usize].is_empty(), "the hub has no part");
        let edges = (0..zones).flat_map(|a| {
            let near = &all[a as usize];
            assert!(near.is_sorted_by(|a, b| a < b), "{topology:?}: {near:?}");
            assert!(near.iter().all(|&b| b != a && all[b as usize].contains(&a)));
            near.iter().filter(move |&&b| a < b).map(move |&b| (NodeId(a), NodeId(b)))
        });
        let graph = Graph::new(zones, edges);
        assert_eq!(graph.unreached(), None, "{topology:?} of {zones}");
        all.iter().map(Vec::len).sum::<usize>() / 2
    }

    #[test]
    fn formulas_have_the_edges_they_should() {
        for (topology, of_25, of_2) in [
            (Topology::Plain(Shape::Complete), 300, 1),
            (Topology::Plain(Shape::Line), 24, 1),
            (Topology::Plain(Shape::Grid), 40, 1),
            (Topology::Plain(Shape::Star), 24, 1),
            (Topology::Plain(Shape::Tree), 24, 1),
            (Topology::Tree(Tree { arity: 1 }), 24, 1),
            (Topology::Plain(Shape::Regular), 50, 1),
            (Topology::Grid(Grid { columns: Some(1) }), 24, 1),
            (Topology::Grid(Grid { columns: Some(4) }), 18 + 21, 1),
        ] {
            assert_eq!((edges(&topology, 25), edges(&topology, 2)), (of_25, of_2), "{topology:?}");
            for zones in [3, 4, 5, 23, 24, 26] {
                edges(&topology, zones);
            }
        }
    }

    #[test]
    fn every_zone_of_a_regular_graph_has_its_degree() {
        for zones in 2..24 {
            for degree in 1..zones {
                let settings = Regular { degree: Some(degree), seed: zones * degree };
                let topology = Topology::Regular(settings);
                if topology.check("t", zones).is_err() {
                    continue;
                }
                assert_eq!(edges(&topology, zones), (zones * degree / 2) as usize);
                let all = all(&topology, zones);
                assert!(all[..zones as usize].iter().all(|near| near.len() == degree as usize));
            }
        }
    }

    #[test]
    fn parameters_out_of_range_are_refused() {
        for (topology, zones, path) in [
            (Topology::Plain(Shape::Complete), 4097, "t"),
            (Topology::Grid(Grid { columns: Some(0) }), 9, "t.grid.columns"),
            (Topology::Tree(Tree { arity: 9 }), 9, "t.tree.arity"),
            (Topology::Regular(Regular { degree: Some(1), seed: 1 }), 4, "t.regular.degree"),
            (Topology::Regular(Regular { degree: Some(3), seed: 1 }), 9, "t.regular.degree"),
        ] {
            assert_eq!(topology.check("t", zones).unwrap_err().path, path);
        }
    }
}
