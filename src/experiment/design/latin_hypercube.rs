//! Latin hypercubes: each axis has as many slices as there are points, and each slice holds one point
//! (McKay, Beckman and Conover 1979).

use rand::Rng;
use rand::seq::SliceRandom;

use crate::rng::stream;

/// The coordinates of points in [0, 1), by axis. The draws of an axis depend on its name and not on the
/// other axes.
pub fn latin_hypercube<'a>(
    points: u32,
    seed: u64,
    names: impl IntoIterator<Item = &'a str>,
) -> Vec<Vec<f64>> {
    names.into_iter().map(|name| slices(points, seed, name)).collect()
}

fn slices(points: u32, seed: u64, name: &str) -> Vec<f64> {
    let mut rng = stream(seed, name, STREAM);
    let mut order: Vec<u32> = (0..points).collect();
    order.shuffle(&mut rng);
    let coordinate = |slice: u32, within: f64| (f64::from(slice) + within) / f64::from(points);
    order.into_iter().map(|slice| coordinate(slice, rng.random())).collect()
}

/// The index of the random streams of designs.
const STREAM: u64 = 0x6c61_7469;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_slice_holds_one_point() {
        for axis in latin_hypercube(100, 7, ["a", "b", "c"]) {
            let mut slices: Vec<_> = axis.iter().map(|x| (x * 100.0) as u32).collect();
            slices.sort_unstable();
            assert_eq!(slices, (0..100).collect::<Vec<_>>());
        }
    }

    #[test]
    fn an_axis_does_not_depend_on_the_others() {
        assert_eq!(latin_hypercube(20, 7, ["a", "b"])[0], latin_hypercube(20, 7, ["c", "a"])[1]);
        assert_ne!(latin_hypercube(20, 7, ["a"]), latin_hypercube(20, 8, ["a"]));
        assert_ne!(latin_hypercube(20, 7, ["a"])[0], latin_hypercube(20, 7, ["b"])[0]);
    }

    #[test]
    fn two_axes_are_not_correlated() {
        // The correlation of independent uniform coordinates is normal with sd 1/sqrt(n - 1).
        let axes = latin_hypercube(10_000, 3, ["x", "y"]);
        let product: f64 = axes[0].iter().zip(&axes[1]).map(|(x, y)| (x - 0.5) * (y - 0.5)).sum();
        let correlation = product * 12.0 / 10_000.0;
        assert!(correlation.abs() < 4.0 / 100.0, "{correlation}");
    }
}
