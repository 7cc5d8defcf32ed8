//! Units for people: what is measured in ms is shown in hours where it takes hours.

use super::table::number;
use crate::metrics::MetricInfo;

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
    pub fn of(column: &MetricInfo, values: impl IntoIterator<Item = f64>) -> Self {
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

    /// The same unit, or a finer one if the largest of these values, in the metric's own unit, would
    /// be next to nothing in it.
    pub fn fine_enough(self, values: [f64; 2]) -> Self {
        let is_time = ["h", "min", "s"].contains(&self.unit);
        let most = values.into_iter().map(f64::abs).fold(0.0, f64::max);
        if is_time && most < self.scale / 100.0 { Self::of_ms(values) } else { self }
    }
}

/// A time, given in ms, as people say it: `6 h 43 min`, `12 min 5 s`, `42.5 s`, `176.5 ms`. What takes
/// hours is told to the minute.
pub fn duration(ms: f64) -> String {
    let Shown { unit, scale } = Shown::of_ms([ms]);
    let sign = if ms < 0.0 { "-" } else { "" };
    let parts = |unit: &str, whole: f64, least: f64, part: &str| {
        let parts = (ms.abs() / least).round();
        let (wholes, rest) = ((parts * least / whole).floor(), parts % (whole / least));
        if rest == 0.0 {
            format!("{sign}{wholes} {unit}")
        } else {
            format!("{sign}{wholes} {unit} {rest} {part}")
        }
    };
    match unit {
        "h" => parts("h", 3.6e6, 6e4, "min"),
        "min" => parts("min", 6e4, 1e3, "s"),
        unit => format!("{} {unit}", number(ms / scale)),
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

    #[test]
    fn a_duration_is_said_as_people_say_it() {
        for (ms, said) in [
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
            assert_eq!(duration(ms), said, "{ms}");
        }
    }

    #[test]
    fn what_is_next_to_nothing_is_shown_in_a_finer_unit() {
        let hours = Shown { unit: "h", scale: 3.6e6 };
        for (values, unit) in [
            ([-18.72, 3.0], "ms"),
            ([1e5, 4e3], "h"),
            ([20_000.0, 35_000.0], "s"),
            ([0.0, 36_001.0], "h"),
        ] {
            assert_eq!(hours.fine_enough(values).unit, unit, "{values:?}");
        }
        let shares = Shown { unit: "", scale: 1.0 };
        assert_eq!(shares.fine_enough([1e-9, 0.0]), shares);
    }
}
