//! Reads a formula of an entry: what it comes to, with numbers for its letters.

use std::collections::BTreeMap;

use zonesim::protocol::ProtocolSet as _;
use zonesim::protocol::coordination;
use zonesim::protocol::exchange;

/// Numbers by letter or key.
pub type Given<'a> = BTreeMap<&'a str, f64>;

/// The formula of a built-in protocol, by what it is of.
pub fn formula(protocol: &str, of: &str) -> &'static str {
    let exchanges = exchange::Builtin::entries().iter();
    let mut entries = exchanges.chain(coordination::Builtin::entries());
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
