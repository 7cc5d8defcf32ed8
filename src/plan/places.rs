//! Places of generated zones, drawn once for a scenario from the seed of its placement, so that all
//! runs share one map.

use crate::geo::Place;
use crate::rng::{CounterRng, normal_quantile, uniform01};
use crate::scenario::{Near, Placement, Region};

/// Draws the places of `zones` zones. Each depends on the number of the zone only, so adding a zone
/// does not move the others.
pub fn places(placement: &Placement, zones: u32) -> impl Iterator<Item = Place> {
    let rng = CounterRng::named(u64::from(placement.seed()), "places");
    (0..u64::from(zones)).map(move |zone| {
        let draw = |block| rng.block(zone, 0, 0, block);
        match placement {
            Placement::Sphere(_) => within([-1.0, 1.0], [-180.0, 360.0], draw(0).map(uniform01)),
            Placement::Box(Region { south, west, north, east, .. }) => {
                let height = |degrees: f64| libm::sin(degrees.to_radians());
                // A box may cross the date line.
                let turn = if west.0 > east.0 { 360.0 } else { 0.0 };
                let heights = [height(south.0), height(north.0)];
                within(heights, [west.0, east.0 - west.0 + turn], draw(0).map(uniform01))
            }
            Placement::Near(near) => around(near, [draw(0), draw(1)]),
        }
    })
}

/// Uniform by area, from two uniform draws: uniform in height above the plane of the equator and in
/// longitude (Archimedes, "On the sphere and cylinder": a slice of a sphere has the area of the same
/// slice of the cylinder around it).
fn within([min, max]: [f64; 2], [west, width]: [f64; 2], [u, v]: [f64; 2]) -> Place {
    let height = min + u * (max - min);
    let longitude = west + v * width;
    let longitude = if longitude > 180.0 { longitude - 360.0 } else { longitude };
    Place { latitude: libm::asin(height.clamp(-1.0, 1.0)).to_degrees(), longitude }
}

/// Near one of the seats, chosen uniformly: normally distributed in kilometres east and north.
fn around(near: &Near, [[seat, _], offsets]: [[u64; 2]; 2]) -> Place {
    let seats = &near.at.0;
    let seat = (u128::from(seat) * seats.len() as u128) >> 64;
    let [east, north] = offsets.map(|bits| near.spread_km.0 * normal_quantile(uniform01(bits)));
    seats[seat as usize].0.moved_km(east, north)
}
