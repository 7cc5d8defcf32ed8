//! Latin hypercubes: each axis is cut into as many slices as there are points, and each slice holds
//! one point (McKay, Beckman and Conover 1979).

use rand::Rng;
use rand::seq::SliceRandom;

use crate::rng::stream;

/// The shares of so many points along each of `names`' axes, 0 to 1. An axis draws by its name, so
/// that another beside it leaves its own alone.
pub fn latin_hypercube<'a>(
    points: u32,
    seed: u64,
    names: impl IntoIterator<Item = &'a str>,
) -> Vec<Vec<f64>> {
    names.into_iter().map(|name| slices(points, seed, name)).collect()
}

fn slices(points: u32, seed: u64, name: &str) -> Vec<f64> {
    let mut rng = stream(seed, name, LATIN);
    let mut order: Vec<u32> = (0..points).collect();
    order.shuffle(&mut rng);
    let share = |slice: u32, within: f64| (f64::from(slice) + within) / f64::from(points);
    order.into_iter().map(|slice| share(slice, rng.random())).collect()
}

/// The part of a name's stream that belongs to designs.
const LATIN: u64 = 0x6c61_7469;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_slice_holds_one_point() {
        for axis in latin_hypercube(100, 7, ["a", "b", "c"]) {
            let mut slices: Vec<_> = axis.iter().map(|share| (share * 100.0) as u32).collect();
            slices.sort_unstable();
            assert_eq!(slices, (0..100).collect::<Vec<_>>());
        }
    }

    #[test]
    fn axes_do_not_disturb_each_other() {
        assert_eq!(latin_hypercube(20, 7, ["a", "b"])[0], latin_hypercube(20, 7, ["c", "a"])[1]);
        assert_ne!(latin_hypercube(20, 7, ["a"]), latin_hypercube(20, 8, ["a"]));
        assert_ne!(latin_hypercube(20, 7, ["a"])[0], latin_hypercube(20, 7, ["b"])[0]);
    }

    #[test]
    fn two_axes_are_not_correlated() {
        // Of independent uniform shares the correlation is normal with 1/sqrt(n - 1).
        let axes = latin_hypercube(10_000, 3, ["x", "y"]);
        let product: f64 = axes[0].iter().zip(&axes[1]).map(|(x, y)| (x - 0.5) * (y - 0.5)).sum();
        let correlation = product * 12.0 / 10_000.0;
        assert!(correlation.abs() < 4.0 / 100.0, "{correlation}");
    }
}
