//! Preferential attachment: zones with many links get more.
//!
//! A. Barabasi and R. Albert: "Emergence of scaling in random networks" (Science 286, 1999). The first
//! `links` + 1 zones have links to each other, which the paper leaves open. Each further zone has `links`
//! links to zones before it, each drawn with a probability proportional to its links; one that is drawn
//! again is drawn anew.
//!
//! S. Dorogovtsev, J. Mendes and A. Samukhin: "Structure of growing networks with preferential linking"
//! (2000): among many zones, the share with k links tends to 2 m (m + 1) / (k (k + 1) (k + 2)), m being
//! `links`. The graph is connected.

use rand::Rng;

use super::graph::Graph;
use super::params::BarabasiAlbert;
use crate::id::NodeId;
use crate::rng::RngStream;

/// Draws a graph of so many zones.
pub fn draw(zones: u32, settings: &BarabasiAlbert, rng: &mut RngStream) -> Graph {
    let links = settings.links_among(zones);
    let mut edges = Vec::new();
    // Each zone as often as it has links.
    let mut ends: Vec<u32> = Vec::new();
    for zone in 0..zones {
        let mut others: Vec<u32> = Vec::new();
        if zone <= links {
            others.extend(0..zone);
        }
        while zone > links && (others.len() as u32) < links {
            let other = ends[rng.random_range(0..ends.len())];
            if !others.contains(&other) {
                others.push(other);
            }
        }
        for other in others {
            ends.extend([zone, other]);
            edges.push((NodeId(other), NodeId(zone)));
        }
    }
    Graph::new(zones, edges)
}
