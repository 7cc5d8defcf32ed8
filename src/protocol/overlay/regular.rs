//! Random regular graphs.
//!
//! A. Steger, N. C. Wormald: "Generating random regular graphs quickly" (1999): every zone has as
//! many ends as it is to have neighbours; ends are paired at random, and a pair that would make a
//! loop or a double edge is put back, until all are paired or no pair is left that would do; then
//! all begins anew. A graph that is not connected is thrown away too.
//!
//! For the degree it is asymptotically uniform. Two special cases: of two neighbours each it is a
//! ring in random order, since hardly one pairing in many would be connected; and where a zone is
//! to know more than half of the others, the graph is that of those who are *not* neighbours.

use rand::Rng;
use rand::seq::SliceRandom;

use super::graph::Graph;
use super::params::Regular;
use crate::id::NodeId;
use crate::rng::stream;

/// Beginnings until it is given up. One in a few does, for any number of zones.
const MAX_ATTEMPTS: u32 = 1000;
/// Rounds of a beginning in which no pair would do until it is taken for stuck.
const MAX_REJECTED: u32 = 10;

impl Graph {
    /// A random one in which all have the same number of neighbours, if one was found.
    pub fn regular(zones: u32, settings: &Regular) -> Option<Self> {
        draw(zones, settings.degree_among(zones), settings.seed)
    }
}

/// A connected graph in which each of so many zones has so many neighbours, drawn from a seed.
fn draw(zones: u32, degree: u32, seed: u32) -> Option<Graph> {
    let mut rng = stream(u64::from(seed), "regular graph", 0);
    if degree == 2 && zones > 2 {
        return Some(ring(zones, &mut rng));
    }
    let sparse = degree <= (zones - 1) / 2;
    let ends = if sparse { degree } else { zones - 1 - degree };
    (0..MAX_ATTEMPTS).find_map(|_| {
        let near = pair(zones, ends, &mut rng)?;
        let is_near = |a: u32, b: u32| near[a as usize].contains(&b);
        let graph = if sparse {
            let of = |a: u32| near[a as usize].iter().map(move |&b| (NodeId(a), NodeId(b)));
            Graph::new(zones, (0..zones).flat_map(of).filter(|(a, b)| a < b))
        } else {
            let of = |a: u32| (a + 1..zones).map(move |b| (a, b));
            let missing = (0..zones).flat_map(of).filter(|&(a, b)| !is_near(a, b));
            Graph::new(zones, missing.map(|(a, b)| (NodeId(a), NodeId(b))))
        };
        graph.unreached().is_none().then_some(graph)
    })
}

/// Pairs ends; the neighbours of each zone, unless it got stuck.
fn pair(zones: u32, ends: u32, rng: &mut impl Rng) -> Option<Vec<Vec<u32>>> {
    let mut near: Vec<Vec<u32>> = vec![Vec::new(); zones as usize];
    let mut left: Vec<u32> = (0..zones).flat_map(|zone| (0..ends).map(move |_| zone)).collect();
    let mut vain = 0;
    while !left.is_empty() {
        left.shuffle(rng);
        let mut back = Vec::new();
        for two in left.chunks_exact(2) {
            let (a, b) = (two[0], two[1]);
            if a == b || near[a as usize].contains(&b) {
                back.extend([a, b]);
            } else {
                near[a as usize].push(b);
                near[b as usize].push(a);
            }
        }
        vain = if back.len() == left.len() { vain + 1 } else { 0 };
        if vain == MAX_REJECTED {
            return None;
        }
        left = back;
    }
    Some(near)
}

fn ring(zones: u32, rng: &mut impl Rng) -> Graph {
    let mut order: Vec<u32> = (0..zones).collect();
    order.shuffle(rng);
    let next = order.iter().cycle().skip(1);
    Graph::new(zones, order.iter().zip(next).map(|(&a, &b)| (NodeId(a), NodeId(b))))
}
