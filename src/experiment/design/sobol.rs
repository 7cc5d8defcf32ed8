//! Sobol's sequence: points that fill a cube evenly, for any number of points (Sobol 1967, in the order
//! of the Gray code by Antonov and Saleev 1979; direction numbers of Joe and Kuo 2008,
//! new-joe-kuo-6.21201, not scrambled). The points are those of `scipy.stats.qmc.Sobol` (d,
//! scramble=False), in its order. Powers of two fill the cube best.

/// The number of axes with direction numbers.
pub const MAX_AXES: usize = 20;

/// The bits of a coordinate.
const BITS: usize = 32;

/// The primitive polynomial with all its bits and the first direction numbers, from the second axis on.
const NUMBERS: [(u32, [u32; 7]); MAX_AXES - 1] = [
    (3, [1, 0, 0, 0, 0, 0, 0]),
    (7, [1, 3, 0, 0, 0, 0, 0]),
    (11, [1, 3, 1, 0, 0, 0, 0]),
    (13, [1, 1, 1, 0, 0, 0, 0]),
    (19, [1, 1, 3, 3, 0, 0, 0]),
    (25, [1, 3, 5, 13, 0, 0, 0]),
    (37, [1, 1, 5, 5, 17, 0, 0]),
    (41, [1, 1, 5, 5, 5, 0, 0]),
    (47, [1, 1, 7, 11, 19, 0, 0]),
    (55, [1, 1, 5, 1, 1, 0, 0]),
    (59, [1, 1, 1, 3, 11, 0, 0]),
    (61, [1, 3, 5, 5, 31, 0, 0]),
    (67, [1, 3, 3, 9, 7, 49, 0]),
    (91, [1, 1, 1, 15, 21, 21, 0]),
    (97, [1, 3, 1, 13, 27, 49, 0]),
    (103, [1, 1, 1, 15, 7, 5, 0]),
    (109, [1, 3, 1, 15, 13, 25, 0]),
    (115, [1, 1, 5, 5, 19, 61, 0]),
    (131, [1, 3, 7, 11, 23, 15, 103]),
];

/// The coordinates of points in [0, 1), by axis. There are at most [`MAX_AXES`] axes.
pub fn sobol(points: u32, axes: usize) -> Vec<Vec<f64>> {
    (0..axes.min(MAX_AXES)).map(|axis| coordinates(points, &directions(axis))).collect()
}

fn coordinates(points: u32, directions: &[u32; BITS]) -> Vec<f64> {
    let mut bits = 0u32;
    let mut coordinates = Vec::with_capacity(points as usize);
    for point in 0..points {
        coordinates.push(f64::from(bits) / (1u64 << BITS) as f64);
        bits ^= directions[(point.trailing_ones() as usize).min(BITS - 1)];
    }
    coordinates
}

fn directions(axis: usize) -> [u32; BITS] {
    // All numbers of the first axis are 1: van der Corput's sequence.
    let Some((polynomial, first)) = axis.checked_sub(1).map(|axis| NUMBERS[axis]) else {
        return std::array::from_fn(|bit| 1 << (BITS - 1 - bit));
    };
    let degree = polynomial.ilog2() as usize;
    let mut numbers = [0; BITS];
    for bit in 0..BITS {
        numbers[bit] = if bit < degree {
            first[bit] << (BITS - 1 - bit)
        } else {
            let before: u32 = numbers[bit - degree];
            let inner = (1..degree).filter(|back| polynomial >> (degree - back) & 1 == 1);
            inner.fold(before ^ (before >> degree), |sum, back| sum ^ numbers[bit - back])
        };
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    /// scipy 1.17.1, `qmc.Sobol(d=16, scramble=False, bits=30).random(64)`, rows 37 and 63.
    const SCIPY: [(usize, [f64; 16]); 2] = [
        (
            37,
            [
                0.921875, 0.640625, 0.578125, 0.921875, 0.765625, 0.296875, 0.171875, 0.796875,
                0.609375, 0.171875, 0.015625, 0.078125, 0.578125, 0.859375, 0.109375, 0.484375,
            ],
        ),
        (
            63,
            [
                0.015625, 0.796875, 0.359375, 0.453125, 0.859375, 0.140625, 0.578125, 0.140625,
                0.828125, 0.578125, 0.421875, 0.671875, 0.546875, 0.765625, 0.328125, 0.765625,
            ],
        ),
    ];

    #[test]
    fn points_are_those_of_scipy() {
        let axes = sobol(64, 16);
        for (row, expected) in SCIPY {
            let found: Vec<_> = axes.iter().map(|axis| axis[row]).collect();
            assert_eq!(found, expected);
        }
    }

    /// scipy 1.17.1, `qmc.Sobol(d=3, scramble=False).random(16)`, the third axis.
    #[test]
    fn the_third_axis_is_that_of_scipy() {
        let expected = [
            0.0, 0.5, 0.25, 0.75, 0.625, 0.125, 0.875, 0.375, 0.9375, 0.4375, 0.6875, 0.1875,
            0.3125, 0.8125, 0.0625, 0.5625,
        ];
        assert_eq!(sobol(16, 3)[2], expected);
    }

    #[test]
    fn every_slice_of_every_axis_holds_one_point() {
        for axis in sobol(1024, MAX_AXES) {
            let mut slices: Vec<_> = axis.iter().map(|x| (x * 1024.0) as u32).collect();
            slices.sort_unstable();
            assert_eq!(slices, (0..1024).collect::<Vec<_>>());
        }
    }
}
