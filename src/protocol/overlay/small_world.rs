//! Small worlds: a ring of zones some of whose links lead elsewhere.
//!
//! D. Watts and S. Strogatz: "Collective dynamics of 'small-world' networks" (Nature 393, 1998). Every
//! zone has links to half of its neighbours on each side of a ring. Round by round, nearest first, each zone
//! keeps its link to the next zone at that distance with probability 1 - `rewire`, and otherwise has a link
//! to a zone drawn uniformly from those that it has none to.
//!
//! A. Barrat and M. Weigt: "On the properties of small-world network models" (2000), give the distribution
//! of degrees: with K neighbours and probability p, K/2 of them kept by the zone itself, a binomial number
//! of the other K/2 (1 - p) and a Poisson number of mean p K/2.

use std::collections::BTreeSet;

use rand::Rng;

use super::graph::Graph;
use super::params::WattsStrogatz;
use crate::id::NodeId;
use crate::rng::RngStream;

/// Draws a small world of so many zones.
pub fn draw(zones: u32, settings: &WattsStrogatz, rng: &mut RngStream) -> Graph {
    let mut near = vec![BTreeSet::new(); zones as usize];
    let connect = |near: &mut Vec<BTreeSet<u32>>, a: u32, b: u32| {
        near[a as usize].insert(b);
        near[b as usize].insert(a);
    };
    let half = settings.neighbours_among(zones) / 2;
    let next = |zone: u32, distance: u32| {
        ((u64::from(zone) + u64::from(distance)) % u64::from(zones)) as u32
    };
    for distance in 1..=half {
        (0..zones).for_each(|zone| connect(&mut near, zone, next(zone, distance)));
    }
    for distance in 1..=half {
        for zone in 0..zones {
            let is_rewired = rng.random::<f64>() < settings.rewire;
            // Who has a link to all others keeps it.
            if !is_rewired || near[zone as usize].len() as u32 + 1 >= zones {
                continue;
            }
            let other = loop {
                let other = rng.random_range(0..zones);
                if other != zone && !near[zone as usize].contains(&other) {
                    break other;
                }
            };
            let old = next(zone, distance);
            near[zone as usize].remove(&old);
            near[old as usize].remove(&zone);
            connect(&mut near, zone, other);
        }
    }
    let edges = (0..zones).zip(&near).flat_map(|(zone, near)| {
        near.range(zone + 1..).map(move |&other| (NodeId(zone), NodeId(other)))
    });
    Graph::new(zones, edges)
}
