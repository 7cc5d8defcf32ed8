//! Points on the Earth and light in fibre.

use crate::time::Length;

/// Mean radius of the Earth, km (IUGG, R1).
const EARTH_RADIUS_KM: f64 = 6371.0088;

/// Light in fibre of refractive index 1.468, km per second.
pub const FIBRE_KM_PER_S: f64 = 204_218.0;

/// A place: degrees north and degrees east.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// Degrees north, -90 to 90.
    pub latitude: f64,
    /// Degrees east, -180 to 180.
    pub longitude: f64,
}

impl Place {
    /// Great-circle distance in km (haversine). Exact to what a sphere can say: 0.5 %.
    pub fn distance_km(self, other: Self) -> f64 {
        let radians = |degrees: f64| degrees * (core::f64::consts::PI / 180.0);
        let half = |a: f64, b: f64| libm::sin(radians(b - a) / 2.0);
        let north = half(self.latitude, other.latitude);
        let east = half(self.longitude, other.longitude);
        let cosines = libm::cos(radians(self.latitude)) * libm::cos(radians(other.latitude));
        let chord = north * north + cosines * east * east;
        2.0 * EARTH_RADIUS_KM * libm::asin(chord.sqrt().min(1.0))
    }
}

/// How long light in fibre takes over a distance, one way: no delay is below it.
pub fn fibre_floor(distance_km: f64) -> Length {
    Length::from_ns((distance_km / FIBRE_KM_PER_S * 1e9).round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(latitude: f64, longitude: f64) -> Place {
        Place { latitude, longitude }
    }

    #[test]
    fn known_distances() {
        for (a, b, km) in [
            (place(40.6, -73.8), place(51.6, -0.5), 5536.8920),
            (place(90.0, 0.0), place(0.0, 77.0), 10007.5572),
            (place(0.0, 10.0), place(0.0, 11.0), 111.1951),
            (place(0.0, 0.0), place(0.0, 180.0), 20015.1144),
        ] {
            assert!((a.distance_km(b) - km).abs() < 1e-4, "{} {km}", a.distance_km(b));
        }
    }

    #[test]
    fn light_in_fibre() {
        assert!((fibre_floor(1000.0).as_ms() - 4.8967).abs() < 1e-4);
    }
}
