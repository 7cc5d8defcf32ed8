//! Formats numbers for axes and cells, with the same text on every machine.

/// Decimal exponent of the first digit of a number; -300 for zero.
pub(super) fn exponent(value: f64) -> i32 {
    if value == 0.0 {
        return -300;
    }
    let text = format!("{value:e}");
    text.split_once('e').and_then(|(_, exponent)| exponent.parse().ok()).unwrap_or(0)
}

/// 10^`exponent`, correctly rounded because it is parsed, not computed.
pub(super) fn power(exponent: i32) -> f64 {
    format!("1e{exponent}").parse().unwrap_or(f64::MAX)
}

/// The notation of the numbers of one axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Notation {
    /// Decimal exponent of the last digit.
    pub last: i32,
    /// Scientific notation.
    pub powers: bool,
}

impl Notation {
    /// Notation for numbers up to `max` in absolute value, with 10^`last` as the last digit.
    pub fn new(max: f64, last: i32) -> Self {
        Self { last, powers: exponent(max) >= 7 || last < -6 }
    }

    /// Notation for a single number with this number of significant digits.
    pub fn digits(value: f64, digits: i32) -> Self {
        let last = exponent(value) - digits + 1;
        Self { last, powers: exponent(value) >= 7 || (value != 0.0 && exponent(value) < -4) }
    }

    pub fn write(&self, value: f64) -> String {
        // A number that rounds to zero has no sign.
        if value.abs() < power(self.last) / 2.0 {
            return "0".into();
        }
        if self.powers {
            let digits = (exponent(value) - self.last).clamp(0, 14) as usize;
            let text = format!("{value:.digits$e}");
            let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
            return format!("{}e{exponent}", trim(digits));
        }
        let decimals = (-self.last).max(0) as usize;
        grouped(&format!("{value:.decimals$}"))
    }
}

fn trim(digits: &str) -> &str {
    if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.') } else { digits }
}

/// Inserts commas between thousands if there are five digits or more.
fn grouped(text: &str) -> String {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |digits| ("-", digits));
    let (integer, rest) = digits.split_once('.').map_or((digits, None), |(a, b)| (a, Some(b)));
    let mut out = String::from(sign);
    for (index, digit) in integer.chars().enumerate() {
        let left = integer.len() - index;
        if index > 0 && left.is_multiple_of(3) && integer.len() > 4 {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(rest) = rest {
        out.push('.');
        out.push_str(rest);
    }
    out
}
