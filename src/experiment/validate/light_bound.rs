//! The distances between the nodes of a scenario, and the latency of light in fibre over them.

use crate::geo::{Place, fibre_lower_bound};
use crate::id::NodeId;
use crate::plan::Plan;
use crate::scenario::Loaded;
use crate::time::SimDuration;

/// The lower bounds that light in fibre sets on latencies, where all nodes have places.
pub struct LightBound {
    /// By node: the zones, then the hub. Empty if one of them has no place.
    places: Vec<Place>,
    /// The number of ordered pairs of nodes whose link is faster than light in fibre.
    faster_than_light: u64,
}

impl LightBound {
    /// Reads the places of a scenario and checks its links.
    pub fn new<E, C>(loaded: &Loaded<E, C>, plan: &Plan<E, C>) -> Self {
        let mut bound = Self { places: places(loaded).unwrap_or_default(), faster_than_light: 0 };
        let nodes = || (0..bound.places.len() as u32).map(NodeId);
        let pairs = nodes().flat_map(|from| nodes().map(move |to| (from, to)));
        let is_below = |&(from, to): &(NodeId, NodeId)| {
            let SimDuration(ticks) = plan.network.links.get(from, to).latency();
            from != to && ticks.saturating_mul(plan.resolution.ns) < bound.light_ns(from, to)
        };
        bound.faster_than_light = pairs.filter(is_below).count() as u64;
        bound
    }

    /// Whether all nodes have places.
    pub fn is_known(&self) -> bool {
        !self.places.is_empty()
    }

    /// The great-circle distance of the first two zones, in km. None if places are not known.
    pub fn first_km(&self) -> Option<f64> {
        match self.places[..] {
            [a, b, ..] => Some(a.distance_km(b)),
            _ => None,
        }
    }

    /// The number of links, by direction, that are faster than light in fibre. None if places are not known.
    pub fn faster_than_light(&self) -> Option<u64> {
        self.is_known().then_some(self.faster_than_light)
    }

    /// Whether an item of this age, in ms, cannot have come by light in fibre.
    pub fn is_too_soon(&self, from: NodeId, to: NodeId, age_ms: f64) -> bool {
        self.is_known() && age_ms * 1e6 < self.light_ns(from, to) as f64
    }

    fn light_ns(&self, from: NodeId, to: NodeId) -> u64 {
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
