//! Overlays, for protocols that send to neighbours only.
//!
//! An overlay is a simple graph of the zones. The hub is not part of it. It is the same in every zone
//! and does not change. A grid, a line, a tree and a complete overlay are computed from zone numbers.
//! For all others (a star around a named zone, a random graph, listed edges) the plan builds a
//! [`Graph`] that all nodes share; with `redraw` it is drawn from the seed of the run. All are connected,
//! except that a small world or a binomial random graph may not be.

mod binomial;
mod graph;
mod params;
mod preferential;
mod regular;
mod small_world;

pub use graph::Graph;
pub use params::{
    BarabasiAlbert, ErdosRenyi, Grid, Regular, Shape, Star, Topology, Tree, WattsStrogatz,
};

use crate::id::NodeId;
use crate::protocol::{ConfigError, NodeView};
use crate::rng::{RngStream, stream};

/// Limit on a complete overlay, in which every zone stores all others.
const MAX_COMPLETE: u32 = 4096;
/// Limit on the degree of a random regular graph.
const MAX_DEGREE: u32 = 100;

impl Topology {
    /// Checks the overlay for a number of zones; `path` is its key in the scenario.
    ///
    /// # Errors
    /// A parameter out of its range.
    pub fn check(&self, path: &str, zones: u32) -> Result<(), ConfigError> {
        let error =
            |key: &str, message: String| Err(ConfigError::new(format!("{path}{key}"), message));
        match self {
            Self::Plain(Shape::Complete) if zones > MAX_COMPLETE => {
                let expected = format!("expected {MAX_COMPLETE} zones at the most");
                error("", format!("{zones} neighbours of every zone; {expected}"))
            }
            Self::Grid(Grid { columns: Some(columns) }) if *columns == 0 || *columns > zones => {
                let expected = format!("expected 1 to {zones} among {zones} zones");
                error(".grid.columns", format!("{columns} columns; {expected}"))
            }
            Self::Tree(Tree { arity }) if *arity == 0 || *arity >= zones => {
                let expected = format!("expected 1 to {} among {zones} zones", zones - 1);
                error(".tree.arity", format!("{arity} children of a zone; {expected}"))
            }
            Self::Regular(Regular { degree: Some(degree), .. }) => {
                let min = if zones > 2 { 2 } else { 1 };
                let max = MAX_DEGREE.min(zones - 1);
                if !(min..=max).contains(degree) {
                    let expected = format!("expected {min} to {max} among {zones} zones");
                    return error(".regular.degree", format!("{degree} neighbours; {expected}"));
                }
                if u64::from(*degree) * u64::from(zones) % 2 == 1 {
                    let expected = "expected an even number for an odd number of zones";
                    let message = format!("{zones} zones have no {degree} ends each; {expected}");
                    return error(".regular.degree", message);
                }
                Ok(())
            }
            _ => self
                .check_random(zones)
                .map_err(|(key, message)| ConfigError { path: format!("{path}{key}"), message }),
        }
    }

    /// Checks the settings of a random graph of unequal degrees: the key that is wrong, and why.
    fn check_random(&self, zones: u32) -> Result<(), (&'static str, String)> {
        let most = MAX_DEGREE.min(zones - 1);
        match *self {
            Self::WattsStrogatz(WattsStrogatz { rewire, .. }) if !(0.0..=1.0).contains(&rewire) => {
                let message = format!("a share of {rewire}; expected 0 to 1");
                Err((".watts_strogatz.rewire", message))
            }
            Self::WattsStrogatz(settings) => {
                let neighbours = settings.neighbours_among(zones);
                if neighbours % 2 == 0 && (2..=most).contains(&neighbours) {
                    return Ok(());
                }
                let message = match most {
                    0..2 => format!("{zones} zones are no ring; expected at least 3 zones"),
                    _ => format!(
                        "{neighbours} neighbours on a ring of {zones} zones; expected an even number, \
                         2 to {most}"
                    ),
                };
                let key = match settings.neighbours {
                    Some(_) => ".watts_strogatz.neighbours",
                    None => ".watts_strogatz",
                };
                Err((key, message))
            }
            Self::BarabasiAlbert(BarabasiAlbert { links: Some(links), .. })
                if !(1..=most).contains(&links) =>
            {
                let message = format!("{links} links; expected 1 to {most} among {zones} zones");
                Err((".barabasi_albert.links", message))
            }
            Self::ErdosRenyi(ErdosRenyi { degree: Some(degree), .. })
                if !(0.0..=f64::from(most)).contains(&degree) =>
            {
                let message =
                    format!("{degree} neighbours; expected 0 to {most} among {zones} zones");
                Err((".erdos_renyi.degree", message))
            }
            _ => Ok(()),
        }
    }

    /// Whether each run draws a graph of its own.
    pub fn is_redrawn(&self) -> bool {
        match self {
            Self::WattsStrogatz(settings) => settings.redraw,
            Self::BarabasiAlbert(settings) => settings.redraw,
            Self::ErdosRenyi(settings) => settings.redraw,
            _ => false,
        }
    }

    /// Draws a random graph of unequal degrees: from the seed of a run if it is redrawn, otherwise from
    /// its own. None for all others.
    pub fn draw(&self, zones: u32, seed: u64) -> Option<Graph> {
        let rng = |name: &str, own: u32| -> RngStream {
            match self.is_redrawn() {
                true => stream(seed, name, own.into()),
                false => stream(own.into(), name, 0),
            }
        };
        Some(match self {
            Self::WattsStrogatz(settings) => {
                small_world::draw(zones, settings, &mut rng("small world", settings.seed))
            }
            Self::BarabasiAlbert(settings) => {
                preferential::draw(zones, settings, &mut rng("preferential", settings.seed))
            }
            Self::ErdosRenyi(settings) => {
                binomial::draw(zones, settings, &mut rng("binomial graph", settings.seed))
            }
            _ => return None,
        })
    }

    /// The neighbours of a node, in order; the hub has none. Without a plan, which replaces them by
    /// a [`Graph`], a star has zone 0 as its centre, a random graph is drawn (as for seed 0 if each run
    /// has its own), and listed edges are missing because zones have no names here.
    pub fn neighbours(&self, view: &NodeView) -> Vec<NodeId> {
        let (me, zones) = (view.me.0, view.zones);
        if view.is_hub() {
            return Vec::new();
        }
        let neighbours: Vec<u32> = match self {
            Self::Graph(graph) => return graph.neighbours(view.me).to_vec(),
            Self::Regular(settings) => {
                let graph = Graph::regular(zones, settings);
                return graph.map_or(Vec::new(), |graph| graph.neighbours(view.me).to_vec());
            }
            Self::Plain(Shape::Regular) => {
                return Self::Regular(Regular::default()).neighbours(view);
            }
            Self::Plain(Shape::Complete) => return view.peers().collect(),
            Self::Plain(Shape::Line) => line(me).collect(),
            Self::Plain(Shape::Grid) => grid(me, square_columns(zones)),
            Self::Grid(Grid { columns }) => {
                grid(me, columns.unwrap_or_else(|| square_columns(zones)))
            }
            Self::Plain(Shape::Tree) => tree(me, Tree::default().arity),
            Self::Tree(Tree { arity }) => tree(me, *arity),
            Self::Plain(Shape::Star) | Self::Star(_) if me == 0 => return view.peers().collect(),
            Self::Plain(Shape::Star) | Self::Star(_) => vec![0],
            Self::WattsStrogatz(_) | Self::BarabasiAlbert(_) | Self::ErdosRenyi(_) => {
                let graph = self.draw(zones, 0);
                return graph.map_or(Vec::new(), |graph| graph.neighbours(view.me).to_vec());
            }
            Self::Edges(_) | Self::File(_) => Vec::new(),
        };
        neighbours.into_iter().filter(|&zone| zone < zones).map(NodeId).collect()
    }
}

fn line(me: u32) -> impl Iterator<Item = u32> {
    [me.checked_sub(1), Some(me + 1)].into_iter().flatten()
}

/// Row by row; the last row may be incomplete. The caller drops numbers beyond the last zone.
fn grid(me: u32, columns: u32) -> Vec<u32> {
    let column = me % columns;
    let left = (column > 0).then(|| me - 1);
    let right = (column + 1 < columns).then_some(me + 1);
    [me.checked_sub(columns), left, right, me.checked_add(columns)].into_iter().flatten().collect()
}

/// The tree is numbered as a binary heap: level by level.
fn tree(me: u32, arity: u32) -> Vec<u32> {
    let parent = me.checked_sub(1).map(|before| before / arity);
    let children = (1..=arity).map_while(|child| me.checked_mul(arity)?.checked_add(child));
    parent.into_iter().chain(children).collect()
}

/// The number of columns of a nearly square grid: the root of `zones`, rounded up.
fn square_columns(zones: u32) -> u32 {
    let root = zones.isqrt();
    root + u32::from(root * root < zones)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(topology: &Topology, zones: u32) -> Vec<Vec<u32>> {
        let neighbours = |me| {
            let view = NodeView { me: NodeId(me), zones, hub: Some(NodeId(zones)), deputy: None };
            topology.neighbours(&view).into_iter().map(|zone| zone.0).collect()
        };
        (0..=zones).map(neighbours).collect()
    }

    /// Checks that the overlay is symmetric, sorted, loop-free and connected, and returns its
    /// number of edges.
    fn edges(topology: &Topology, zones: u32) -> usize {
        let all = all(topology, zones);
        assert!(all[zones as usize].is_empty(), "the hub has no part");
        let edges = (0..zones).flat_map(|a| {
            let neighbours = &all[a as usize];
            assert!(neighbours.is_sorted_by(|a, b| a < b), "{topology:?}: {neighbours:?}");
            assert!(neighbours.iter().all(|&b| b != a && all[b as usize].contains(&a)));
            neighbours.iter().filter(move |&&b| a < b).map(move |&b| (NodeId(a), NodeId(b)))
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
                assert!(
                    all[..zones as usize]
                        .iter()
                        .all(|neighbours| neighbours.len() == degree as usize)
                );
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
