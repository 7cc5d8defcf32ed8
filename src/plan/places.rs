//! Where generated zones are: drawn once for a scenario, whatever the seed of a run, so that all runs
//! have one map.

use crate::geo::Place;
use crate::rng::{CounterRng, normal_quantile, uniform01};
use crate::scenario::{Near, Placement, Region};

/// The places of so many zones. Each is drawn by its number: one zone more leaves the others where
/// they are.
pub fn places(placement: &Placement, zones: u32) -> impl Iterator<Item = Place> {
    let chance = CounterRng::named(u64::from(placement.seed()), "places");
    (0..u64::from(zones)).map(move |zone| {
        let draw = |block| chance.block(zone, 0, 0, block);
        match placement {
            Placement::Sphere(_) => within([-1.0, 1.0], [-180.0, 360.0], draw(0).map(uniform01)),
            Placement::Box(Region { south, west, north, east, .. }) => {
                let height = |degrees: f64| libm::sin(degrees.to_radians());
                // A box may lie across the date line.
                let turn = if west.0 > east.0 { 360.0 } else { 0.0 };
                let heights = [height(south.0), height(north.0)];
                within(heights, [west.0, east.0 - west.0 + turn], draw(0).map(uniform01))
            }
            Placement::Near(near) => around(near, [draw(0), draw(1)]),
        }
    })
}

/// Uniform by area: by height above the equator's plane and by longitude (Archimedes, "On the sphere
/// and cylinder": a slice of a sphere has the area of that of the cylinder around it).
fn within([least, most]: [f64; 2], [west, width]: [f64; 2], [up, along]: [f64; 2]) -> Place {
    let height = least + up * (most - least);
    let longitude = west + along * width;
    let longitude = if longitude > 180.0 { longitude - 360.0 } else { longitude };
    Place { latitude: libm::asin(height.clamp(-1.0, 1.0)).to_degrees(), longitude }
}

/// About one of the seats, each as likely: normal in kilometres east and north.
fn around(near: &Near, [[seat, _], offsets]: [[u64; 2]; 2]) -> Place {
    let seats = &near.at.0;
    let seat = (u128::from(seat) * seats.len() as u128) >> 64;
    let [east, north] = offsets.map(|bits| near.spread_km.0 * normal_quantile(uniform01(bits)));
    seats[seat as usize].0.moved_km(east, north)
}
