//! How narrow an interval is to be.

use serde::Serialize;

/// Half the width that an interval may have.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Precision {
    /// As a share of the mean: 0.02 is 2 %.
    Relative(f64),
    /// In the unit of the metric.
    Absolute(f64),
}

/// Units of what may be said without one.
const BARE: [&str; 3] = ["count", "share", "ratio"];

impl Precision {
    /// Reads `±2%` of the mean, or `±5 ms` in the unit of the metric; the sign may be left out or
    /// be `+-`, and so may units that are no more than a name (count, share, ratio).
    ///
    /// # Errors
    /// What was expected.
    pub fn parse(text: &str, unit: &str) -> Result<Self, String> {
        let expected = if BARE.contains(&unit) {
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
            "" if BARE.contains(&unit) => Ok(Self::Absolute(number)),
            "" => Err(format!("`{text}` has no unit; expected {expected}")),
            own if own == unit => Ok(Self::Absolute(number)),
            own => Err(format!("`{own}` is not the unit of the metric; expected {expected}")),
        }
    }

    /// Half the width that an interval about a mean may have.
    pub fn half(self, mean: f64) -> f64 {
        match self {
            Self::Relative(share) => share * mean.abs(),
            Self::Absolute(half) => half,
        }
    }
}
