//! The values that a metric is compared with, in units that people read.

use crate::metrics::row::Unit;
use crate::scenario::Bytes;
use crate::time::NanoDuration;

/// What is expected of a value of a unit.
pub fn expected(unit: Unit) -> &'static str {
    match unit {
        Unit::Count => "a whole number",
        Unit::Share => "a share from 0 to 1, such as 0.9 or 90%",
        Unit::Indicator => "0 or 1",
        Unit::Ratio => "a number",
        Unit::Ms => "a time, such as 10min",
        Unit::Bytes => "an amount of data, such as 64kB",
    }
}

/// Reads a value in a unit.
///
/// # Errors
/// What is wrong; what was expected.
pub fn parse(text: &str, unit: Unit) -> Result<f64, String> {
    let refuse = || format!("`{text}` is no such value; expected {}", expected(unit));
    // A number has digits: `inf` and `nan` are none.
    let number = |text: &str| text.trim().parse::<f64>().map_err(|_| refuse());
    let number_in = |range: std::ops::RangeInclusive<f64>| {
        let found = match (text.strip_suffix('%'), unit) {
            (Some(percent), Unit::Share) => number(percent)? / 100.0,
            _ => number(text)?,
        };
        if range.contains(&found) { Ok(found) } else { Err(refuse()) }
    };
    match unit {
        Unit::Share => number_in(0.0..=1.0),
        Unit::Ratio => number_in(f64::MIN..=f64::MAX),
        Unit::Count => {
            let whole = text.parse::<u64>().map_err(|_| refuse())?;
            Ok(whole as f64)
        }
        Unit::Indicator => match text {
            "0" => Ok(0.0),
            "1" => Ok(1.0),
            _ => Err(refuse()),
        },
        Unit::Ms if text == "0" => Ok(0.0),
        Unit::Ms => text.parse().map(NanoDuration::as_ms),
        Unit::Bytes if text == "0" => Ok(0.0),
        Unit::Bytes => text.parse().map(|Bytes(bytes)| bytes as f64),
    }
}
