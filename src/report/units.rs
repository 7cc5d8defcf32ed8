//! Units for people: what is measured in ms is shown in hours where it takes hours.

use crate::measure::Column;

/// A unit, and how much of the metric's own it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shown {
    /// Its name; empty for what only counts.
    pub unit: &'static str,
    /// Values are shown divided by this.
    pub scale: f64,
}

impl Shown {
    /// The unit that suits values up to the largest of these.
    pub fn of(column: &Column, values: impl IntoIterator<Item = f64>) -> Self {
        match column.unit {
            "count" | "share" | "ratio" => Self { unit: "", scale: 1.0 },
            "ms" => Self::of_ms(values),
            unit if unit == column.name => Self { unit: "", scale: 1.0 },
            unit => Self { unit, scale: 1.0 },
        }
    }

    /// The unit that suits times, given in ms, up to the largest of these.
    pub fn of_ms(values: impl IntoIterator<Item = f64>) -> Self {
        let most = values.into_iter().map(f64::abs).fold(0.0, f64::max);
        let units = [("h", 3.6e6, 2.0), ("min", 6e4, 5.0), ("s", 1e3, 20.0)];
        let fits = |&(_, scale, least): &(_, f64, f64)| most >= least * scale;
        let found = units.into_iter().find(fits);
        found.map_or(Self { unit: "ms", scale: 1.0 }, |(unit, scale, _)| Self { unit, scale })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_shown_in_what_they_take() {
        for (most, unit) in [
            (0.0, "ms"),
            (19_999.0, "ms"),
            (20_000.0, "s"),
            (299_999.0, "s"),
            (300_000.0, "min"),
            (-7_200_000.0, "h"),
        ] {
            assert_eq!(Shown::of_ms([1.0, most]).unit, unit, "{most}");
        }
    }
}
