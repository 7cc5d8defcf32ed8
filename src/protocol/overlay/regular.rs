//! Random regular graphs.
//!
//! A. Steger, N. C. Wormald: "Generating random regular graphs quickly" (1999). Every zone has as
//! many stubs as neighbours. Stubs are paired at random; a pair that would make a loop or a double
//! edge is put back, until all stubs are paired or no valid pair is left, in which case the
//! algorithm starts over. A graph that is not connected is rejected too.
//!
//! The distribution is asymptotically uniform for a given degree. There are two special cases. With
//! two neighbours per zone the graph is a ring in random order, since few pairings are connected.
//! With more neighbours than half of the other zones, the complement graph is drawn.

use rand::Rng;
use rand::seq::SliceRandom;

use super::graph::Graph;
use super::params::Regular;
use crate::id::NodeId;
use crate::rng::stream;

/// Limit on attempts. One in a few succeeds, for any number of zones.
const MAX_ATTEMPTS: u32 = 1000;
/// Rounds without a valid pair after which an attempt is given up.
const MAX_REJECTED: u32 = 10;

impl Graph {
    /// A connected random graph of equal degrees, or None if no attempt succeeds.
    pub fn regular(zones: u32, params: &Regular) -> Option<Self> {
        draw(zones, params.degree_among(zones), params.seed)
    }
}

/// A connected graph of `zones` zones with `degree` neighbours each.
fn draw(zones: u32, degree: u32, seed: u32) -> Option<Graph> {
    let mut rng = stream(u64::from(seed), "regular graph", 0);
    if degree == 2 && zones > 2 {
        return Some(ring(zones, &mut rng));
    }
    let sparse = degree <= (zones - 1) / 2;
    let stubs = if sparse { degree } else { zones - 1 - degree };
    (0..MAX_ATTEMPTS).find_map(|_| {
        let neighbours = pair(zones, stubs, &mut rng)?;
        let is_neighbour = |a: u32, b: u32| neighbours[a as usize].contains(&b);
        let graph = if sparse {
            let of = |a: u32| neighbours[a as usize].iter().map(move |&b| (NodeId(a), NodeId(b)));
            Graph::new(zones, (0..zones).flat_map(of).filter(|(a, b)| a < b))
        } else {
            let of = |a: u32| (a + 1..zones).map(move |b| (a, b));
            let missing = (0..zones).flat_map(of).filter(|&(a, b)| !is_neighbour(a, b));
            Graph::new(zones, missing.map(|(a, b)| (NodeId(a), NodeId(b))))
        };
        graph.unreached().is_none().then_some(graph)
    })
}

/// Pairs ends; the neighbours of each zone, unless it got stuck.
fn pair(zones: u32, stubs: u32, rng: &mut impl Rng) -> Option<Vec<Vec<u32>>> {
    let mut neighbours: Vec<Vec<u32>> = vec![Vec::new(); zones as usize];
    let mut unpaired: Vec<u32> =
        (0..zones).flat_map(|zone| (0..stubs).map(move |_| zone)).collect();
    let mut rejected_rounds = 0;
    while !unpaired.is_empty() {
        unpaired.shuffle(rng);
        let mut put_back = Vec::new();
        for two in unpaired.chunks_exact(2) {
            let (a, b) = (two[0], two[1]);
            if a == b || neighbours[a as usize].contains(&b) {
                put_back.extend([a, b]);
            } else {
                neighbours[a as usize].push(b);
                neighbours[b as usize].push(a);
            }
        }
        rejected_rounds = if put_back.len() == unpaired.len() { rejected_rounds + 1 } else { 0 };
        if rejected_rounds == MAX_REJECTED {
            return None;
        }
        unpaired = put_back;
    }
    Some(neighbours)
}

fn ring(zones: u32, rng: &mut impl Rng) -> Graph {
    let mut order: Vec<u32> = (0..zones).collect();
    order.shuffle(rng);
    let next = order.iter().cycle().skip(1);
    Graph::new(zones, order.iter().zip(next).map(|(&a, &b)| (NodeId(a), NodeId(b))))
}
