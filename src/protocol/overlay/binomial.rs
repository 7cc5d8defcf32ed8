//! Binomial random graphs: each two zones are neighbours with the same probability, independently.
//!
//! P. Erdos and A. Renyi: "On the evolution of random graphs" (1960); this form, G(n, p), is that of
//! E. Gilbert: "Random graphs" (1959). Degrees are binomial. With a mean degree c above 1, a share S of all
//! zones is in one component, S = 1 - exp(-c S); below 1 no component is large. All are connected with
//! a probability that tends to exp(-exp(-x)) if c = ln(n) + x.
//!
//! V. Batagelj and U. Brandes: "Efficient generation of large random networks" (2005), 2.1: the gaps between
//! edges are geometric, so the time grows with the number of edges.

use rand::Rng;

use super::graph::Graph;
use super::params::ErdosRenyi;
use crate::id::NodeId;
use crate::rng::{RngStream, exponential};

/// Draws a graph of so many zones.
pub fn draw(zones: u32, settings: &ErdosRenyi, rng: &mut RngStream) -> Graph {
    let probability = settings.degree_among(zones) / f64::from(zones - 1);
    if probability <= 0.0 {
        return Graph::new(zones, []);
    }
    let mean = exponential(probability);
    // Pairs (a, b) with b < a in order; `b` may run beyond the pairs of `a`.
    let (mut a, mut b) = (1_u64, 0_u64);
    let mut edges = Vec::new();
    loop {
        // All pairs if the probability is 1.
        let gap = if probability < 1.0 { exponential(rng.random()) / mean } else { 0.0 };
        b = b.saturating_add(gap as u64);
        while b >= a {
            b -= a;
            a += 1;
            if a >= u64::from(zones) {
                return Graph::new(zones, edges);
            }
        }
        edges.push((NodeId(b as u32), NodeId(a as u32)));
        b += 1;
    }
}
