//! Numbers as they stand on an axis or in a cell: the same text on every machine.

/// The power of ten of a number's first digit; of zero, the least there is.
pub(super) fn exponent(value: f64) -> i32 {
    if value == 0.0 {
        return -300;
    }
    let text = format!("{value:e}");
    text.split_once('e').and_then(|(_, exponent)| exponent.parse().ok()).unwrap_or(0)
}

/// 10^`exponent`, to the nearest: read, not computed.
pub(super) fn power(exponent: i32) -> f64 {
    format!("1e{exponent}").parse().unwrap_or(f64::MAX)
}

/// How the numbers of one axis are written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Notation {
    /// The power of ten of the last digit shown.
    pub last: i32,
    /// As a multiple of a power of ten.
    pub powers: bool,
}

impl Notation {
    /// For numbers up to `most` in size, whose last digit worth showing is 10^`last`.
    pub fn new(most: f64, last: i32) -> Self {
        Self { last, powers: exponent(most) >= 7 || last < -6 }
    }

    /// For a number alone, to so many digits.
    pub fn digits(value: f64, digits: i32) -> Self {
        let last = exponent(value) - digits + 1;
        Self { last, powers: exponent(value) >= 7 || (value != 0.0 && exponent(value) < -4) }
    }

    pub fn write(&self, value: f64) -> String {
        // Anything below half of the last digit is zero, without a sign.
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

/// Commas between thousands, from five digits on.
fn grouped(text: &str) -> String {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |digits| ("-", digits));
    let (whole, rest) = digits.split_once('.').map_or((digits, None), |(a, b)| (a, Some(b)));
    let mut out = String::from(sign);
    for (place, digit) in whole.chars().enumerate() {
        let left = whole.len() - place;
        if place > 0 && left.is_multiple_of(3) && whole.len() > 4 {
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
