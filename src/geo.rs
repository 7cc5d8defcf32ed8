//! Places on the Earth, distances, and the speed of light in fibre.

use core::f64::consts::PI;

use crate::time::NanoDuration;

/// Mean radius of the Earth, km (IUGG, R1).
const EARTH_RADIUS_KM: f64 = 6371.0088;

/// Light in fibre of refractive index 1.468, km per second.
pub const FIBRE_KM_PER_S: f64 = 204_218.0;

/// A place on the Earth, modelled as a sphere.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// Degrees north, -90 to 90.
    pub latitude: f64,
    /// Degrees east, -180 to 180.
    pub longitude: f64,
}

impl Place {
    /// Great-circle distance in km; within 0.5 % of the distance on the ellipsoid.
    pub fn distance_km(self, other: Self) -> f64 {
        self.point().distance_km(other.point())
    }

    /// The unit vector from the centre of the Earth to this place.
    pub fn point(self) -> Point {
        let (north, east) = (self.latitude.to_radians(), self.longitude.to_radians());
        let (cos_north, sin_north) = (libm::cos(north), libm::sin(north));
        Point([cos_north * libm::cos(east), cos_north * libm::sin(east), sin_north])
    }

    /// The place reached along the great circle that starts towards (`east`, `north`), in km; the
    /// length of that vector is the distance.
    pub fn moved_km(self, east: f64, north: f64) -> Self {
        let length = libm::hypot(east, north);
        if length == 0.0 {
            return self;
        }
        let (latitude, longitude) = (self.latitude.to_radians(), self.longitude.to_radians());
        let [sin_lat, cos_lat] = [libm::sin(latitude), libm::cos(latitude)];
        let [sin_lon, cos_lon] = [libm::sin(longitude), libm::cos(longitude)];
        // At a pole, its longitude defines these directions.
        let easterly = [-sin_lon, cos_lon, 0.0];
        let northerly = [-sin_lat * cos_lon, -sin_lat * sin_lon, cos_lat];
        let Point(here) = self.point();
        let angle = length / EARTH_RADIUS_KM;
        let (along_here, along_tangent) = (libm::cos(angle), libm::sin(angle) / length);
        let at = |axis: usize| {
            along_here * here[axis]
                + along_tangent * (east * easterly[axis] + north * northerly[axis])
        };
        let [x, y, z] = [at(0), at(1), at(2)];
        Self {
            latitude: libm::atan2(z, libm::hypot(x, y)).to_degrees(),
            longitude: libm::atan2(y, x).to_degrees(),
        }
    }
}

/// A place as a unit vector from the centre of the Earth: distances take no trigonometry of angles.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point([f64; 3]);

impl Point {
    /// Great-circle distance in km.
    #[inline]
    pub fn distance_km(self, other: Self) -> f64 {
        EARTH_RADIUS_KM * self.angle(other)
    }

    /// The angle between two points in radians, 0 to pi: from the chord between them or, above a
    /// right angle, from the chord to the antipode, since an arcsine near 1 loses precision.
    #[inline]
    fn angle(self, Self(there): Self) -> f64 {
        let Self(here) = self;
        let squared = |sign: f64| -> f64 {
            let [x, y, z] = [0, 1, 2].map(|axis| here[axis] - sign * there[axis]);
            x * x + y * y + z * z
        };
        let apart = squared(1.0);
        if apart <= 2.0 {
            2.0 * libm::asin(apart.sqrt() / 2.0)
        } else {
            PI - 2.0 * libm::asin(squared(-1.0).sqrt() / 2.0)
        }
    }

    /// An upper bound on the distance in km between any two of these points: twice the distance of
    /// the farthest from their centre, at most half the circumference.
    pub fn spread_km(points: &[Self]) -> f64 {
        let sum = points.iter().fold([0.0; 3], |sum, Self(point)| {
            [sum[0] + point[0], sum[1] + point[1], sum[2] + point[2]]
        });
        let length = (sum[0] * sum[0] + sum[1] * sum[1] + sum[2] * sum[2]).sqrt();
        if length < 1e-6 {
            return HALF_ROUND_KM;
        }
        let centre = Self(sum.map(|part| part / length));
        let widest = points.iter().map(|point| centre.angle(*point)).fold(0.0, f64::max);
        (EARTH_RADIUS_KM * 2.0 * widest + SLACK_KM).min(HALF_ROUND_KM)
    }
}

/// Half the circumference of the Earth in km, the largest distance between two places.
pub const HALF_ROUND_KM: f64 = EARTH_RADIUS_KM * PI;

/// Upper bound of rounding errors, in km.
const SLACK_KM: f64 = 1e-6;

/// The one-way travel time of light in fibre over `distance_km`, a lower bound of any latency.
pub fn fibre_lower_bound(distance_km: f64) -> NanoDuration {
    NanoDuration::from_ns((distance_km / FIBRE_KM_PER_S * 1e9).round() as u64)
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

    /// Moves a point by 5 mm at distances where one of the chords is badly conditioned.
    #[test]
    fn millimetres_count_at_any_distance() {
        let mm = 180.0 / PI / EARTH_RADIUS_KM * 5e-6;
        for far in [0.0, 45.0, 89.9, 90.0, 90.1, 179.0, 180.0 - mm] {
            let from = |degrees: f64| {
                place(0.0, 0.0).distance_km(place(
                    degrees.min(180.0 - degrees),
                    if degrees > 90.0 { 180.0 } else { 0.0 },
                ))
            };
            let moved = (from(far + mm) - from(far)) * 1e6;
            assert!((moved - 5.0).abs() < 1e-2, "{far}: {moved} mm");
        }
    }

    #[test]
    fn moves_follow_the_great_circle() {
        let near = |a: Place, b: Place| a.distance_km(b) < 1e-6;
        let quarter = HALF_ROUND_KM / 2.0;
        assert!(near(place(0.0, 170.0).moved_km(quarter, 0.0), place(0.0, -100.0)));
        assert!(near(place(0.0, 170.0).moved_km(0.0, quarter), place(90.0, 0.0)));
        assert!(near(place(90.0, 20.0).moved_km(0.0, -quarter), place(0.0, 20.0)));
        for (east, north) in [(3.0, 4.0), (-300.0, 400.0), (5000.0, -12000.0)] {
            for from in [place(41.0, 69.0), place(-90.0, 0.0), place(12.0, -179.9)] {
                let km = from.distance_km(from.moved_km(east, north));
                assert!((km - libm::hypot(east, north)).abs() < 1e-6, "{km}");
            }
        }
    }

    #[test]
    fn spread_bounds_all_distances() {
        let all = |places: &[Place]| places.iter().map(|place| place.point()).collect::<Vec<_>>();
        let near = [place(10.0, 179.0), place(12.0, -179.0), place(11.0, -178.0)];
        let (spread, far) = (Point::spread_km(&all(&near)), near[0].distance_km(near[2]));
        assert!((far..2.0 * far).contains(&spread), "{spread} {far}");
        let poles = [place(90.0, 0.0), place(-90.0, 0.0)];
        assert_eq!(Point::spread_km(&all(&poles)), HALF_ROUND_KM);
    }

    #[test]
    fn light_in_fibre() {
        assert!((fibre_lower_bound(1000.0).as_ms() - 4.8967).abs() < 1e-4);
    }
}
