//! Links whose latencies are computed from distances on demand: only the places of nodes are stored.

use std::collections::BTreeMap;

use super::Link;
use crate::geo::{Point, fibre_lower_bound};
use crate::id::NodeId;
use crate::time::{NanoDuration, SimDuration};

/// Computes latencies from distances.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CableModel {
    inflation: f64,
    /// The fixed delay of both ends together.
    ends: NanoDuration,
    resolution: NanoDuration,
}

impl CableModel {
    /// A cable `inflation` (at least 1) times as long as the great circle, with the delay `fixed` at
    /// each of its two ends. Latencies are rounded to ticks of `resolution`.
    pub fn new(inflation: f64, fixed: NanoDuration, resolution: NanoDuration) -> Self {
        Self { inflation, ends: NanoDuration::from_ns(fixed.ns.saturating_mul(2)), resolution }
    }

    /// The latency over a distance: rounded to the nearest tick, at least one tick, and never below the
    /// travel time of light in fibre.
    #[inline]
    pub fn latency(self, distance_km: f64) -> SimDuration {
        let lower_bound =
            SimDuration(fibre_lower_bound(distance_km).ns.div_ceil(self.resolution.ns));
        self.exact(distance_km).ticks(self.resolution).max(lower_bound).max(SimDuration(1))
    }

    /// The latency over a distance, not rounded to ticks.
    #[inline]
    pub fn exact(self, distance_km: f64) -> NanoDuration {
        let light = fibre_lower_bound(distance_km * self.inflation);
        NanoDuration::from_ns(light.ns.saturating_add(self.ends.ns))
    }

    /// Whether the direct link is a shortest path in spite of rounding. A further hop adds the delay of
    /// two ends; rounding gains it at most half a tick, and costs the direct link at most half a tick
    /// and the last hop as much.
    fn is_direct_shortest(self) -> bool {
        2 * self.ends.ns >= 3 * self.resolution.ns + 2 * ROUNDING_NS
    }

    /// A lower bound of the latency of any path, over any number of hops, between places whose direct
    /// link has the latency `direct`.
    ///
    /// Distances obey the triangle inequality; rounded latencies do not. Where the ends of a hop take
    /// half a tick or more, each further hop costs at least what its rounding may save, which leaves
    /// two ticks for the direct link and the first hop. Otherwise a hop of x ticks counts at least
    /// 1 and at least x - 1/2, so at least two thirds of x; at a resolution of a nanosecond, to which
    /// the travel time of light itself is rounded, half of x.
    fn lower_bound(self, SimDuration(direct): SimDuration) -> SimDuration {
        let bound = if self.is_direct_shortest() {
            direct
        } else if 2 * self.ends.ns >= self.resolution.ns + 2 * ROUNDING_NS {
            direct.saturating_sub(2)
        } else {
            direct.saturating_sub(3) / 2
        };
        SimDuration(bound.max(1))
    }
}

/// Upper bound of the rounding error of the travel time of light over a hop.
const ROUNDING_NS: u64 = 2;

/// The links between nodes on the Earth.
#[derive(Clone, Debug)]
pub struct GeoLinks {
    points: Vec<Point>,
    cable: CableModel,
    model: u16,
    exceptions: BTreeMap<(NodeId, NodeId), Link>,
    /// Whether exceptions have the latencies of their distances, and differ only in the model.
    is_latency_by_distance: bool,
    longest: SimDuration,
}

impl GeoLinks {
    /// Links between nodes at these points; `model` is the index of their link model.
    pub fn new(points: Vec<Point>, cable: CableModel, model: u16) -> Self {
        let longest = cable.latency(Point::spread_km(&points));
        Self {
            points,
            cable,
            model,
            exceptions: BTreeMap::new(),
            is_latency_by_distance: true,
            longest,
        }
    }

    /// Replaces these links, given by (sender, receiver).
    pub fn with_exceptions(mut self, exceptions: BTreeMap<(NodeId, NodeId), Link>) -> Self {
        let by_distance = |(from, to)| self.direct(from, to);
        self.is_latency_by_distance =
            exceptions.iter().all(|(&pair, link)| link.latency() == by_distance(pair));
        let longest = exceptions.values().map(|link| link.latency()).max();
        self.longest = self.longest.max(longest.unwrap_or_default());
        self.exceptions = exceptions;
        self
    }

    /// The link from one node to another.
    #[inline(never)]
    pub fn link(&self, from: NodeId, to: NodeId) -> Link {
        if !self.exceptions.is_empty()
            && let Some(link) = self.exceptions.get(&(from, to))
        {
            return *link;
        }
        // The plan rejects a scenario whose longest latency exceeds 32 bits.
        let SimDuration(ticks) = self.direct(from, to);
        Link { latency: ticks as u32, model: self.model }
    }

    /// The latency by distance.
    #[inline]
    fn direct(&self, from: NodeId, to: NodeId) -> SimDuration {
        let distance = self.points[from.index()].distance_km(self.points[to.index()]);
        self.cable.latency(distance)
    }

    /// An upper bound of all latencies.
    pub fn longest(&self) -> SimDuration {
        self.longest
    }

    /// A lower bound of the latency of any path between two nodes; one tick if some latencies are not
    /// by distance.
    pub fn soonest(&self, from: NodeId, to: NodeId) -> SimDuration {
        match (from == to, self.is_latency_by_distance) {
            (true, _) => SimDuration(0),
            (false, true) => self.cable.lower_bound(self.direct(from, to)),
            (false, false) => SimDuration(1),
        }
    }

    /// Whether the direct link is a shortest path between any two nodes.
    pub fn is_straight(&self) -> bool {
        self.is_latency_by_distance && self.cable.is_direct_shortest()
    }

    /// The largest latency by distance from a node to one of the first `nodes` nodes.
    pub fn farthest(&self, from: NodeId, nodes: u32) -> SimDuration {
        let others = (0..nodes).map(NodeId).filter(|&node| node != from);
        others.map(|to| self.direct(from, to)).max().unwrap_or_default()
    }
}
