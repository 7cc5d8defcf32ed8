//! Reads a formula of an entry: what it comes to, with numbers for its letters.

use std::collections::BTreeMap;

use zonesim::protocol::clock_sync;
use zonesim::protocol::coordination;
use zonesim::protocol::exchange;
use zonesim::protocol::{ProtocolSet, StableBounds};
use zonesim::time::{NanoDuration, SimDuration};

/// Numbers by letter or key.
pub type Given<'a> = BTreeMap<&'a str, f64>;

/// The formula of a built-in protocol, by what it is of.
pub fn formula(protocol: &str, of: &str) -> &'static str {
    let exchanges = exchange::Builtin::entries().iter();
    let others = coordination::Builtin::entries().iter().chain(clock_sync::Builtin::entries());
    let mut entries = exchanges.chain(others);
    let entry = entries.find(|entry| entry.name == protocol).expect("an entry");
    let found = entry.formulas.iter().find(|formula| formula.what == of);
    found.unwrap_or_else(|| panic!("{protocol} has no formula of {of:?}")).formula
}

/// What a formula comes to.
pub fn value(text: &str, given: &Given<'_>) -> f64 {
    let mut rest = Rest { text, given };
    let value = rest.sum();
    assert_eq!(rest.text, "", "{text}");
    value
}

/// A stable network of so many zones, with the longest delay and the largest difference of clocks in
/// ticks of 1 ms, and a loss rate.
pub fn stable(zones: u32, longest: u64, clocks: u64, loss: f64) -> StableBounds {
    StableBounds {
        zones,
        max_delay: SimDuration(longest),
        loss,
        max_skew: SimDuration(clocks),
        amnesia: false,
        resolution: NanoDuration::from_ms(1),
    }
}

/// That a formula for the time to all, with more numbers for its letters, is what runs are judged by.
#[track_caller]
pub fn assert_bound(
    at_most: &str,
    settings: &<exchange::Builtin as ProtocolSet>::Params,
    bounds: &StableBounds,
    more: &[(&'static str, f64)],
) {
    let SimDuration(checked) =
        exchange::Builtin::delivery_bound(settings, bounds).expect("a bound");
    let mut given = Given::from([
        ("n", f64::from(bounds.zones)),
        ("L", bounds.max_delay.0 as f64),
        ("C", bounds.max_skew.0 as f64),
    ]);
    given.extend(more.iter().copied());
    let ratio = checked as f64 / value(at_most, &given);
    // Rounds are whole, rounded up.
    assert!((0.999..1.01).contains(&ratio), "{bounds:?}: {ratio}");
}

/// What has not been read yet.
struct Rest<'a> {
    text: &'a str,
    given: &'a Given<'a>,
}

impl Rest<'_> {
    fn takes(&mut self, sign: char) -> bool {
        self.text = self.text.trim_start();
        let taken = self.text.strip_prefix(sign);
        self.text = taken.unwrap_or(self.text).trim_start();
        taken.is_some()
    }

    fn sum(&mut self) -> f64 {
        let mut value = self.product();
        loop {
            if self.takes('+') {
                value += self.product();
            } else if self.takes('-') {
                value -= self.product();
            } else {
                return value;
            }
        }
    }

    fn product(&mut self) -> f64 {
        let mut value = self.factor();
        loop {
            if self.takes('*') {
                value *= self.factor();
            } else if self.takes('/') {
                value /= self.factor();
            } else {
                return value;
            }
        }
    }

    fn factor(&mut self) -> f64 {
        if self.takes('(') {
            let value = self.sum();
            assert!(self.takes(')'), "no ) before {:?}", self.text);
            return value;
        }
        let end = self.text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let (word, rest) = self.text.split_at(end.unwrap_or(self.text.len()));
        self.text = rest;
        if let Ok(number) = word.parse() {
            return number;
        }
        if !self.text.starts_with('(') {
            return *self.given.get(word).unwrap_or_else(|| panic!("{word:?} is not given"));
        }
        let inner = self.factor();
        match word {
            "ln" => libm::log(inner),
            "log2" => libm::log2(inner),
            "log3" => libm::log(inner) / libm::log(3.0),
            "H" => (1..=inner as u32).map(|k| 1.0 / f64::from(k)).sum(),
            _ => panic!("no function {word:?}"),
        }
    }
}

#[test]
fn formulas_are_read_as_they_are_written() {
    let given = Given::from([("n", 8.0), ("a_b", 2.0)]);
    for (text, expected) in [
        ("2*(n - 1)", 14.0),
        ("n - 1 - a_b", 5.0),
        ("n/2/a_b + 1", 3.0),
        ("log2(n) + H(a_b)", 4.5),
        ("log3(n + 1)", 2.0),
        ("ln(n/n)", 0.0),
    ] {
        assert!((value(text, &given) - expected).abs() < 1e-12, "{text}");
    }
}
