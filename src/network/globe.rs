//! Links that take what the distance between their ends makes them, reckoned when asked for: of a
//! world of any size nothing is kept but where its nodes are.

use std::collections::BTreeMap;

use super::Link;
use crate::geo::{Point, fibre_floor};
use crate::id::NodeId;
use crate::time::{Length, Span};

/// What makes a time of a distance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cable {
    inflation: f64,
    /// What both ends take together.
    ends: Length,
    resolution: Length,
}

impl Cable {
    /// A cable so many times longer than the great circle, at least once, and a fixed part for each
    /// of its two ends, in ticks of `resolution`.
    pub fn new(inflation: f64, fixed: Length, resolution: Length) -> Self {
        Self { inflation, ends: Length::from_ns(fixed.ns.saturating_mul(2)), resolution }
    }

    /// The time of travel over a distance: to the nearest tick, at least one, and never below what
    /// light in fibre takes.
    #[inline]
    pub fn travel(self, distance_km: f64) -> Span {
        let floor = Span(fibre_floor(distance_km).ns.div_ceil(self.resolution.ns));
        self.exact(distance_km).ticks(self.resolution).max(floor).max(Span(1))
    }

    /// The time of travel over a distance, before it is rounded to ticks.
    #[inline]
    pub fn exact(self, distance_km: f64) -> Length {
        let light = fibre_floor(distance_km * self.inflation);
        Length::from_ns(light.ns.saturating_add(self.ends.ns))
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
    fn soonest(self, Span(straight): Span) -> Span {
        let least = if self.is_straight() {
            straight
        } else if 2 * self.ends.ns >= self.resolution.ns + 2 * ROUNDING_NS {
            straight.saturating_sub(2)
        } else {
            straight.saturating_sub(3) / 2
        };
        Span(least.max(1))
    }
}

/// What light over a hop may be off by: it is rounded to a nanosecond.
const ROUNDING_NS: u64 = 2;

/// Nodes on the Earth, linked by cables.
#[derive(Clone, Debug)]
pub struct Globe {
    points: Vec<Point>,
    cable: Cable,
    model: u16,
    exceptions: BTreeMap<(NodeId, NodeId), Link>,
    /// Whether exceptions take what the distance makes them too, and differ in the rest.
    is_even: bool,
    longest: Span,
}

impl Globe {
    /// Nodes at these points, and what their links do to messages.
    pub fn new(points: Vec<Point>, cable: Cable, model: u16) -> Self {
        let longest = cable.travel(Point::spread_km(&points));
        Self { points, cable, model, exceptions: BTreeMap::new(), is_even: true, longest }
    }

    /// The same, but for these links.
    pub fn except(mut self, exceptions: BTreeMap<(NodeId, NodeId), Link>) -> Self {
        let usual = |(from, to)| self.straight(from, to);
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
        let Span(ticks) = self.straight(from, to);
        Link { latency: ticks as u32, model: self.model }
    }

    /// The time of travel by distance.
    #[inline]
    fn straight(&self, from: NodeId, to: NodeId) -> Span {
        let distance = self.points[from.index()].distance_km(self.points[to.index()]);
        self.cable.travel(distance)
    }

    /// No link takes longer.
    pub fn longest(&self) -> Span {
        self.longest
    }

    /// What no way from one node to another is quicker than, over whatever others; a tick where
    /// links differ from what distance makes them.
    pub fn soonest(&self, from: NodeId, to: NodeId) -> Span {
        match (from == to, self.is_even) {
            (true, _) => Span(0),
            (false, true) => self.cable.soonest(self.straight(from, to)),
            (false, false) => Span(1),
        }
    }

    /// Whether the way straight is the shortest between any two nodes.
    pub fn is_straight(&self) -> bool {
        self.is_even && self.cable.is_straight()
    }

    /// How long the way straight from a node to the furthest of the first so many is.
    pub fn furthest(&self, from: NodeId, nodes: u32) -> Span {
        let others = (0..nodes).map(NodeId).filter(|&node| node != from);
        others.map(|to| self.straight(from, to)).max().unwrap_or_default()
    }
}
