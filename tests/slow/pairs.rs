//! Every exchange with every coordination, in 20,000 random scenarios with faults, crashes that lose memory
//! among them: no invariant is violated. What is found is shrunk to a file of at most 25 lines.

use std::fs;

use crate::common::program::{text, zonesim};
use zonesim::protocol::ProtocolSet as _;
use zonesim::protocol::coordination::Builtin as Coordination;
use zonesim::protocol::exchange::Builtin as Exchange;

const CASES: usize = 20_000;
const MOST_LINES: usize = 25;

#[test]
fn no_pair_violates_an_invariant() {
    let pairs = Exchange::entries().len() * Coordination::entries().len();
    let cases = CASES.div_ceil(pairs).to_string();
    let file = scratch!().join("counterexample.toml");
    let mut violated = Vec::new();
    for (number, exchange) in Exchange::entries().iter().enumerate() {
        for (place, coordination) in Coordination::entries().iter().enumerate() {
            let seed = (1_000_000 + 1_000 * (100 * number + place)).to_string();
            let chosen = [
                format!("exchange.use={}", exchange.name),
                format!("coordination.use={}", coordination.name),
            ];
            let _ = fs::remove_file(&file);
            let out = file.display().to_string();
            let output = zonesim(&[
                "fuzz", "--cases", &cases, "--seed", &seed, "--set", &chosen[0], "--set",
                &chosen[1], "--out", &out,
            ]);
            assert!(matches!(output.status.code(), Some(0 | 8 | 10)), "{}", text(&output.stderr));
            println!("{} {}: {}", exchange.name, coordination.name, text(&output.stdout).trim());
            if let Ok(found) = fs::read_to_string(&file) {
                let lines = found.lines().filter(|line| !line.starts_with('#')).count();
                assert!(lines <= MOST_LINES, "{lines} lines:\n{found}");
                violated.push(found);
            }
        }
    }
    assert!(violated.is_empty(), "{}", violated.join("\n"));
}
