//! The required width of an interval.

use serde::Serialize;

/// The largest half width of an interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Precision {
    /// Relative to the mean: 0.02 is 2 %.
    Relative(f64),
    /// In the unit of the metric.
    Absolute(f64),
}

impl Precision {
    /// Parses `±2%` of the mean, or `±5 ms` in the unit of the metric. The sign may be left out or
    /// written `+-` or `+/-`; the unit may be left out if `is_optional`.
    ///
    /// # Errors
    /// No width, a width of 0, or another unit: a message with what was expected.
    pub fn parse(text: &str, unit: &str, is_optional: bool) -> Result<Self, String> {
        let expected = if is_optional {
            "`±2%` of the mean, or a number such as `±0.1`".to_owned()
        } else {
            format!("`±2%` of the mean, or `±5 {unit}`")
        };
        let signs = ["±", "+-", "+/-"];
        let bare = text.trim();
        let bare = signs.iter().find_map(|sign| bare.strip_prefix(sign)).unwrap_or(bare).trim();
        let end = bare.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(bare.len());
        let (number, own) = (&bare[..end], bare[end..].trim());
        if bare.is_empty() {
            return Err(format!("no width is said; expected {expected}"));
        }
        let Ok(number) = number.parse::<f64>() else {
            return Err(format!("`{text}` begins with no number; expected {expected}"));
        };
        if number == 0.0 || number.is_infinite() {
            return Err(format!("no number of runs gives `{text}`; expected {expected}"));
        }
        match own {
            "%" => Ok(Self::Relative(number / 100.0)),
            "" if is_optional => Ok(Self::Absolute(number)),
            "" => Err(format!("`{text}` has no unit; expected {expected}")),
            own if own == unit => Ok(Self::Absolute(number)),
            own => Err(format!("`{own}` is not the unit of the metric; expected {expected}")),
        }
    }

    /// Formats it, such as `1 %` or `5 ms`; without the unit if that is optional.
    pub fn describe(self, unit: &str, is_optional: bool) -> String {
        match self {
            Self::Relative(share) => format!("{} %", share * 100.0),
            Self::Absolute(half) if is_optional => half.to_string(),
            Self::Absolute(half) => format!("{half} {unit}"),
        }
    }

    /// The largest half width of an interval about a mean, in the unit of the metric.
    pub fn half(self, mean: f64) -> f64 {
        match self {
            Self::Relative(share) => share * mean.abs(),
            Self::Absolute(half) => half,
        }
    }
}
