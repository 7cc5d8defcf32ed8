//! Display units: durations measured in ms are shown in s, min or h if they are long.

use super::number::number;
use crate::metrics::{MetricInfo, Unit};

/// A unit for display.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DisplayUnit {
    /// Empty for numbers without a dimension.
    pub unit: &'static str,
    /// One display unit in units of the metric; above 0.
    pub scale: f64,
}

impl DisplayUnit {
    /// Chooses the unit by the largest of the values of a metric.
    pub fn new(metric: &MetricInfo, values: impl IntoIterator<Item = f64>) -> Self {
        match metric.unit {
            Unit::Ms => Self::from_ms(values),
            unit if unit.is_dimensionless() => Self { unit: "", scale: 1.0 },
            // A metric that is named after its unit: the unit is not repeated.
            unit if unit.name() == metric.name => Self { unit: "", scale: 1.0 },
            unit => Self { unit: unit.name(), scale: 1.0 },
        }
    }

    /// Chooses the unit by the largest of some durations in ms.
    pub fn from_ms(values: impl IntoIterator<Item = f64>) -> Self {
        let max = values.into_iter().map(f64::abs).fold(0.0, f64::max);
        // Unit, its length in ms, and the smallest number of it to show.
        let units = [("h", 3.6e6, 2.0), ("min", 6e4, 5.0), ("s", 1e3, 20.0)];
        let fits = |&(_, scale, min): &(_, f64, f64)| max >= min * scale;
        let found = units.into_iter().find(fits);
        found.map_or(Self { unit: "ms", scale: 1.0 }, |(unit, scale, _)| Self { unit, scale })
    }

    /// Returns a finer unit of time if the largest of the values, in the unit of the metric, is below
    /// a hundredth of this unit.
    pub fn refined(self, values: [f64; 2]) -> Self {
        let is_time = ["h", "min", "s"].contains(&self.unit);
        let max = values.into_iter().map(f64::abs).fold(0.0, f64::max);
        if is_time && max < self.scale / 100.0 { Self::from_ms(values) } else { self }
    }
}

/// Formats a duration in ms as `6 h 43 min`, `12 min 5 s`, `42.5 s` or `176.5 ms`.
pub fn duration(ms: f64) -> String {
    let DisplayUnit { unit, scale } = DisplayUnit::from_ms([ms]);
    let sign = if ms < 0.0 { "-" } else { "" };
    let two_units = |(large, large_ms): (&str, f64), (small, small_ms): (&str, f64)| {
        let total = (ms.abs() / small_ms).round();
        let count = (total * small_ms / large_ms).floor();
        let rest = total % (large_ms / small_ms);
        if rest == 0.0 {
            format!("{sign}{count} {large}")
        } else {
            format!("{sign}{count} {large} {rest} {small}")
        }
    };
    match unit {
        "h" => two_units(("h", 3.6e6), ("min", 6e4)),
        "min" => two_units(("min", 6e4), ("s", 1e3)),
        unit => format!("{} {unit}", number(ms / scale)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unit_follows_the_largest_value() {
        for (max, unit) in [
            (0.0, "ms"),
            (19_999.0, "ms"),
            (20_000.0, "s"),
            (299_999.0, "s"),
            (300_000.0, "min"),
            (-7_200_000.0, "h"),
        ] {
            assert_eq!(DisplayUnit::from_ms([1.0, max]).unit, unit, "{max}");
        }
    }

    #[test]
    fn durations_have_two_units_at_most() {
        for (ms, text) in [
            (24_201_750.0, "6 h 43 min"),
            (7_170_001.0, "119 min 30 s"),
            (7_200_000.0, "2 h"),
            (10_799_999.0, "3 h"),
            (360_000_000.0, "100 h"),
            (725_400.0, "12 min 5 s"),
            (3_599_600.0, "60 min"),
            (42_500.0, "42.5 s"),
            (176.5, "176.5 ms"),
            (0.0, "0 ms"),
            (-0.0, "0 ms"),
            (-9_000_000.0, "-2 h 30 min"),
        ] {
            assert_eq!(duration(ms), text, "{ms}");
        }
    }

    #[test]
    fn small_values_refine_the_unit() {
        let hours = DisplayUnit { unit: "h", scale: 3.6e6 };
        for (values, unit) in [
            ([-18.72, 3.0], "ms"),
            ([1e5, 4e3], "h"),
            ([20_000.0, 35_000.0], "s"),
            ([0.0, 36_001.0], "h"),
        ] {
            assert_eq!(hours.refined(values).unit, unit, "{values:?}");
        }
        let shares = DisplayUnit { unit: "", scale: 1.0 };
        assert_eq!(shares.refined([1e-9, 0.0]), shares);
    }
}
