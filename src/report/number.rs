//! Numbers as text.

/// Formats a number: integers exactly, others to six significant digits without trailing zeros.
pub(super) fn number(value: f64) -> String {
    if value == value.trunc() && value.abs() < 1e15 {
        return unsigned_zero(&format!("{value:.0}")).into();
    }
    rounded(value, 6)
}

/// Formats a number to three significant digits without trailing zeros, one above 1,000 to a whole.
pub(super) fn three_digits(value: f64) -> String {
    rounded(value, 3)
}

fn rounded(value: f64, digits: usize) -> String {
    let magnitude = value.abs();
    let powers = [1e5, 1e4, 1e3, 1e2, 1e1, 1e0, 1e-1, 1e-2];
    let decimals = powers[6 - digits..].iter().position(|&power| magnitude >= power);
    let text = format!("{value:.*}", decimals.unwrap_or(digits + 2));
    let text =
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    unsigned_zero(text).into()
}

/// Removes the sign of a number whose digits are all zero.
pub(super) fn unsigned_zero(text: &str) -> &str {
    let is_zero = text.bytes().all(|digit| matches!(digit, b'-' | b'0' | b'.'));
    if is_zero { text.trim_start_matches('-') } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_six_digits() {
        for (value, text) in [
            (5378.0, "5378"),
            (5377.9112, "5377.91"),
            (0.1428571428, "0.142857"),
            (0.05, "0.05"),
            (-2.5, "-2.5"),
            (123456.789, "123457"),
            (0.0, "0"),
            (0.00012345, "0.00012345"),
            (-0.0, "0"),
            (-1e-12, "0"),
        ] {
            assert_eq!(number(value), text);
        }
    }

    #[test]
    fn quantiles_have_three_digits() {
        for (value, text) in [
            (5377.9, "5378"),
            (542.486, "542"),
            (46.1012, "46.1"),
            (0.958333, "0.958"),
            (0.16, "0.16"),
            (1.0, "1"),
            (0.0123456, "0.0123"),
            (0.0, "0"),
        ] {
            assert_eq!(three_digits(value), text);
        }
    }
}
