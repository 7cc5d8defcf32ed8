//! How far the nodes of a world are from each other, and what light in fibre takes from one to the
//! other.

use crate::geo::{Place, fibre_lower_bound};
use crate::id::NodeId;
use crate::plan::Plan;
use crate::scenario::Loaded;
use crate::time::SimDuration;

/// The places of the nodes, where a scenario tells them all.
pub struct LightBound {
    /// By node: the zones, then the hub; nothing if one of them has no place.
    places: Vec<Place>,
    /// Ordered pairs of nodes whose link is faster than light in fibre.
    faster_than_light: u64,
}

impl LightBound {
    /// The places of a scenario, and its links held against them.
    pub fn new<E, C>(loaded: &Loaded<E, C>, plan: &Plan<E, C>) -> Self {
        let mut reach = Self { places: places(loaded).unwrap_or_default(), faster_than_light: 0 };
        let nodes = || (0..reach.places.len() as u32).map(NodeId);
        let pairs = nodes().flat_map(|from| nodes().map(move |to| (from, to)));
        let is_below = |&(from, to): &(NodeId, NodeId)| {
            let SimDuration(ticks) = plan.network.links.get(from, to).latency();
            from != to && ticks.saturating_mul(plan.resolution.ns) < reach.floor_ns(from, to)
        };
        reach.faster_than_light = pairs.filter(is_below).count() as u64;
        reach
    }

    /// Whether places are known.
    pub fn is_known(&self) -> bool {
        !self.places.is_empty()
    }

    /// How far the first two zones are from each other, in km along the great circle.
    pub fn first_km(&self) -> Option<f64> {
        match self.places[..] {
            [a, b, ..] => Some(a.distance_km(b)),
            _ => None,
        }
    }

    /// Links, each way, that are faster than light in fibre; nothing where places are not known.
    pub fn faster_than_light(&self) -> Option<u64> {
        self.is_known().then_some(self.faster_than_light)
    }

    /// Whether light in fibre takes longer than an age in ms.
    pub fn is_too_soon(&self, from: NodeId, to: NodeId, age_ms: f64) -> bool {
        self.is_known() && age_ms * 1e6 < self.floor_ns(from, to) as f64
    }

    fn floor_ns(&self, from: NodeId, to: NodeId) -> u64 {
        fibre_lower_bound(self.places[from.index()].distance_km(self.places[to.index()])).ns
    }
}

fn places<E, C>(loaded: &Loaded<E, C>) -> Option<Vec<Place>> {
    let scenario = &loaded.scenario;
    let place = |id: &str| {
        let (_, zone) = scenario.zones.named.iter().find(|(name, _)| name == id)?;
        zone.at.map(|at| at.0)
    };
    let named = scenario.zones.named.iter();
    let mut places: Vec<Place> = named.map(|(id, _)| place(id)).collect::<Option<_>>()?;
    if let Some(hub) = &scenario.hub {
        let own = hub.at.map(|at| at.0);
        places.push(own.or_else(|| place(hub.seat.as_deref()?))?);
    }
    Some(places)
}
