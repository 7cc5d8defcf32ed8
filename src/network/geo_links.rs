//! Links that take what the distance between their ends makes them, reckoned when asked for: of a
//! world of any size nothing is kept but where its nodes are.

use std::collections::BTreeMap;

use super::Link;
use crate::geo::{Point, fibre_lower_bound};
use crate::id::NodeId;
use crate::time::{NanoDuration, SimDuration};

/// What makes a time of a distance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CableModel {
    inflation: f64,
    /// What both ends take together.
    ends: NanoDuration,
    resolution: NanoDuration,
}

impl CableModel {
    /// A cable so many times longer than the great circle, at least once, and a fixed part for each
    /// of its two ends, in ticks of `resolution`.
    pub fn new(inflation: f64, fixed: NanoDuration, resolution: NanoDuration) -> Self {
        Self { inflation, ends: NanoDuration::from_ns(fixed.ns.saturating_mul(2)), resolution }
    }

    /// The time of travel over a distance: to the nearest tick, at least one, and never below what
    /// light in fibre takes.
    #[inline]
    pub fn latency(self, distance_km: f64) -> SimDuration {
        let floor = SimDuration(fibre_lower_bound(distance_km).ns.div_ceil(self.resolution.ns));
        self.exact(distance_km).ticks(self.resolution).max(floor).max(SimDuration(1))
    }

    /// The time of travel over a distance, before it is rounded to ticks.
    #[inline]
    pub fn exact(self, distance_km: f64) -> NanoDuration {
        let light = fibre_lower_bound(distance_km * self.inflation);
        NanoDuration::from_ns(light.ns.saturating_add(self.ends.ns))
    }

    /// Whether no detour is quicker than the way straight, whatever is rounded: a hop more takes its
    /// two ends more, and may save half a tick by being rounded down, as the way straight may lose
    /// one half by being rounded up and as much by the last hop.
    fn is_straight(self) -> bool {
        2 * self.ends.ns >= 3 * self.resolution.ns + 2 * ROUNDING_NS
    }

    /// What no way, over however many hops, is quicker than between places of which the way straight
    /// takes so long.
    ///
    /// Distances obey the triangle inequality; what is rounded does not. Where the ends of a hop take
    /// half a tick or more, each hop more costs at least what its rounding may save, and a tick or
    /// two are left for the way straight and the first hop. Where they take less, a hop of x ticks
    /// still counts one at least and x - 1/2 at least: two thirds of x, and half of it at a
    /// resolution of a nanosecond, in which light itself was rounded.
    fn lower_bound(self, SimDuration(straight): SimDuration) -> SimDuration {
        let least = if self.is_straight() {
            straight
        } else if 2 * self.ends.ns >= self.resolution.ns + 2 * ROUNDING_NS {
            straight.saturating_sub(2)
        } else {
            straight.saturating_sub(3) / 2
        };
        SimDuration(least.max(1))
    }
}

/// What light over a hop may be off by: it is rounded to a nanosecond.
const ROUNDING_NS: u64 = 2;

/// Nodes on the Earth, linked by cables.
#[derive(Clone, Debug)]
pub struct GeoLinks {
    points: Vec<Point>,
    cable: CableModel,
    model: u16,
    exceptions: BTreeMap<(NodeId, NodeId), Link>,
    /// Whether exceptions take what the distance makes them too, and differ in the rest.
    is_even: bool,
    longest: SimDuration,
}

impl GeoLinks {
    /// Nodes at these points, and what their links do to messages.
    pub fn new(points: Vec<Point>, cable: CableModel, model: u16) -> Self {
        let longest = cable.latency(Point::spread_km(&points));
        Self { points, cable, model, exceptions: BTreeMap::new(), is_even: true, longest }
    }

    /// The same, but for these links.
    pub fn with_exceptions(mut self, exceptions: BTreeMap<(NodeId, NodeId), Link>) -> Self {
        let usual = |(from, to)| self.direct(from, to);
        self.is_even = exceptions.iter().all(|(&way, link)| link.latency() == usual(way));
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
        // The plan refuses a world in which the longest does not fit.
        let SimDuration(ticks) = self.direct(from, to);
        Link { latency: ticks as u32, model: self.model }
    }

    /// The time of travel by distance.
    #[inline]
    fn direct(&self, from: NodeId, to: NodeId) -> SimDuration {
        let distance = self.points[from.index()].distance_km(self.points[to.index()]);
        self.cable.latency(distance)
    }

    /// No link takes longer.
    pub fn longest(&self) -> SimDuration {
        self.longest
    }

    /// What no way from one node to another is quicker than, over whatever others; a tick where
    /// links differ from what distance makes them.
    pub fn soonest(&self, from: NodeId, to: NodeId) -> SimDuration {
        match (from == to, self.is_even) {
            (true, _) => SimDuration(0),
            (false, true) => self.cable.lower_bound(self.direct(from, to)),
            (false, false) => SimDuration(1),
        }
    }

    /// Whether the way straight is the shortest between any two nodes.
    pub fn is_straight(&self) -> bool {
        self.is_even && self.cable.is_straight()
    }

    /// How long the way straight from a node to the furthest of the first so many is.
    pub fn farthest(&self, from: NodeId, nodes: u32) -> SimDuration {
        let others = (0..nodes).map(NodeId).filter(|&node| node != from);
        others.map(|to| self.direct(from, to)).max().unwrap_or_default()
    }
}
