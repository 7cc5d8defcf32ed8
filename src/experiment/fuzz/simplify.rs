//! Reductions that make the values of a scenario simpler: earlier instants, rounder numbers.
//!
//! Each new value has fewer digits than the old one, or as many and is smaller, so that simplification
//! terminates.

use toml::{Table, Value};

use super::reductions::{PathStep, Reduction, walk};
use crate::time::NanoDuration;

/// The simplifications of a table.
pub fn simplifications(table: &Table) -> Vec<Reduction> {
    let tick = table.get("resolution").cloned().unwrap_or_else(|| Value::String("1ms".into()));
    let mut paths = Vec::new();
    let table = Value::Table(table.clone());
    walk(&table, &mut Vec::new(), &mut paths);
    let mut reductions = Vec::new();
    for (path, value) in paths {
        let values = match value {
            // A table of latencies (geography, a matrix, a file) becomes one latency: a tick, since
            // the default may be shorter than that.
            Value::Table(_) if is_latency(&path) => vec![tick.clone()],
            Value::String(text) => times(text, &path),
            Value::Integer(number) if *number > 0 => integers(*number),
            Value::Float(number) => floats(*number),
            _ => Vec::new(),
        };
        reductions.extend(values.into_iter().map(|value| Reduction::Put(path.clone(), value)));
    }
    reductions
}

fn is_latency(path: &[PathStep]) -> bool {
    matches!(path, [PathStep::Key(network), PathStep::Key(latency)]
        if network == "network" && latency == "latency")
}

/// Keys of the instants and durations of events.
const EVENT_TIMES: [&str; 3] = ["at", "for", "until"];

fn times(text: &str, path: &[PathStep]) -> Vec<Value> {
    let key = path.iter().rev().find_map(|step| match step {
        PathStep::Key(key) => Some(key.as_str()),
        PathStep::Index(_) => None,
    });
    let Ok(NanoDuration { ns }) = text.parse() else { return Vec::new() };
    let found = match key {
        // Another resolution makes the run longer, or the times of the scenario invalid.
        Some("resolution") => Vec::new(),
        Some("horizon") => vec![rounded(ns, 1), rounded(ns, 2)],
        Some(key) if EVENT_TIMES.contains(&key) => {
            vec![0, rounded(ns / 2, 1), rounded(ns, 1), rounded(ns, 2)]
        }
        _ => vec![rounded(ns, 1), rounded(ns, 2)],
    };
    let simpler = found.into_iter().filter(|&other| (digits(other), other) < (digits(ns), ns));
    simpler.map(|ns| Value::String(NanoDuration::from_ns(ns).to_string())).collect()
}

fn integers(number: i64) -> Vec<Value> {
    let mut found = vec![0, 1, number / 2, number - (number / 8).max(1)];
    found.retain(|&other| other < number);
    found.dedup();
    found.into_iter().map(Value::Integer).collect()
}

fn floats(number: f64) -> Vec<Value> {
    let length = |number: f64| format!("{number:?}").len();
    let mut found = vec![0.0, 1.0];
    found.extend((1..4).filter_map(|places| format!("{number:.places$}").parse::<f64>().ok()));
    found.retain(|&other| (length(other), other.abs()) < (length(number), number.abs()));
    found.into_iter().map(Value::Float).collect()
}

/// Rounds down to a number of significant digits.
fn rounded(number: u64, digits: u32) -> u64 {
    let grain = 10u64.pow((number.max(1).ilog10() + 1).saturating_sub(digits));
    number / grain * grain
}

/// The number of digits without trailing zeros.
fn digits(number: u64) -> usize {
    number.to_string().trim_end_matches('0').len()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Applying any simplification again and again terminates.
    #[test]
    fn simplification_terminates() {
        let text = "a = 917\nb = 0.7391\nhorizon = \"1.234s\"\nresolution = \"7us\"\n\
                    fault = [{ at = \"987654us\", for = \"1ms\", isolate = [\"z0\"] }]\n";
        for taken in [0, 1, 2, 5] {
            let mut table: Table = text.parse().unwrap();
            let mut steps = 0;
            loop {
                let reductions = simplifications(&table);
                let Some(reduction) = reductions.get(taken.min(reductions.len().saturating_sub(1)))
                else {
                    break;
                };
                let simpler = reduction.apply(&table);
                assert_ne!(simpler, table, "{reduction:?}");
                (table, steps) = (simpler, steps + 1);
                assert!(steps < 2_000, "{table}");
            }
            assert_eq!(table["resolution"].as_str(), Some("7us"));
            assert_eq!(table["fault"][0]["at"].as_str(), Some("0s"));
        }
    }
}
