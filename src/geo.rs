//! Points on the Earth and light in fibre.

use core::f64::consts::PI;

use crate::time::NanoDuration;

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
    /// Great-circle distance in km. Exact to what a sphere can say: 0.5 %.
    pub fn distance_km(self, other: Self) -> f64 {
        self.point().distance_km(other.point())
    }

    /// The same place as a direction.
    pub fn point(self) -> Point {
        let (north, east) = (self.latitude.to_radians(), self.longitude.to_radians());
        let (level, up) = (libm::cos(north), libm::sin(north));
        Point([level * libm::cos(east), level * libm::sin(east), up])
    }

    /// Where one comes from here along the great circle, so many km east and north at its start.
    pub fn moved_km(self, east: f64, north: f64) -> Self {
        let length = libm::hypot(east, north);
        if length == 0.0 {
            return self;
        }
        let (up, along) = (self.latitude.to_radians(), self.longitude.to_radians());
        let [sin_up, cos_up] = [libm::sin(up), libm::cos(up)];
        let [sin_along, cos_along] = [libm::sin(along), libm::cos(along)];
        // The directions east and north of here, which at a pole are those of its longitude.
        let easterly = [-sin_along, cos_along, 0.0];
        let northerly = [-sin_up * cos_along, -sin_up * sin_along, cos_up];
        let Point(here) = self.point();
        let angle = length / EARTH_RADIUS_KM;
        let (stay, go) = (libm::cos(angle), libm::sin(angle) / length);
        let at = |axis: usize| {
            stay * here[axis] + go * (east * easterly[axis] + north * northerly[axis])
        };
        let [x, y, z] = [at(0), at(1), at(2)];
        Self {
            latitude: libm::atan2(z, libm::hypot(x, y)).to_degrees(),
            longitude: libm::atan2(y, x).to_degrees(),
        }
    }
}

/// A place as a direction from the middle of the Earth, of length 1: what is quick to measure from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point([f64; 3]);

impl Point {
    /// Great-circle distance in km.
    #[inline]
    pub fn distance_km(self, other: Self) -> f64 {
        EARTH_RADIUS_KM * self.angle(other)
    }

    /// The angle between two points in radians, 0 to pi: from the chord between them, or, where they
    /// are more than a quarter of the way round apart, from the chord to the antipode, since an
    /// arcsine near 1 tells little.
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

    /// No two of these points are further apart than this, in km: twice as far as the furthest is
    /// from their middle, or half the way round.
    pub fn spread_km(points: &[Self]) -> f64 {
        let sum = points.iter().fold([0.0; 3], |sum, Self(point)| {
            [sum[0] + point[0], sum[1] + point[1], sum[2] + point[2]]
        });
        let length = (sum[0] * sum[0] + sum[1] * sum[1] + sum[2] * sum[2]).sqrt();
        if length < 1e-6 {
            return HALF_ROUND_KM;
        }
        let middle = Self(sum.map(|part| part / length));
        let widest = points.iter().map(|point| middle.angle(*point)).fold(0.0, f64::max);
        (EARTH_RADIUS_KM * 2.0 * widest + SLACK_KM).min(HALF_ROUND_KM)
    }
}

/// Half the way round the Earth in km: no two places are further apart.
pub const HALF_ROUND_KM: f64 = EARTH_RADIUS_KM * PI;

/// What sums of floats may be off by, and more: a millimetre.
const SLACK_KM: f64 = 1e-6;

/// How long light in fibre takes over a distance, one way: no delay is below it.
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

    /// Of 5 mm on a meridian, whatever is between: near, a quarter round, at the antipode.
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
            let grown = (from(far + mm) - from(far)) * 1e6;
            assert!((grown - 5.0).abs() < 1e-2, "{far}: {grown} mm");
        }
    }

    #[test]
    fn ways_along_the_great_circle() {
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
    fn no_two_points_are_further_apart_than_their_spread() {
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
