//! `random-attack` in whole runs: how often it splits, against the formulas of
//! `zonesim::protocol::coordination::random_attack`, and every pattern of partitions.

use crate::common::formula::{Given, formula, value};
use crate::common::{BuiltinPlan, binomial, digest, plan_of_file, root, row, rows};
use zonesim::engine::Engine;
use zonesim::metrics::MetricRow;

/// The probabilities that both zones strike and that one does. `low` and `is_even` are the lower level and
/// whether the levels are equal: the zone behind gains two with the next message, and of two that are even
/// both gain one, or one does.
fn two_zones(levels: &str, rounds: u32, threshold: u32, p: f64) -> [f64; 2] {
    let q = 1.0 - p;
    let mut chances = vec![[0.0; 2]; rounds as usize + 2];
    chances[0][usize::from(levels == "plain")] = 1.0;
    for _ in 0..rounds {
        let mut next = vec![[0.0; 2]; rounds as usize + 2];
        for low in 0..=rounds as usize {
            let [uneven, even] = chances[low];
            next[low][0] += uneven * p + even * 2.0 * p * q;
            next[low + 1][0] += uneven * q;
            next[low][1] += even * p * p;
            next[low + 1][1] += even * q * q;
        }
        chances = next;
    }
    let mut both = 0.0;
    let mut split = 0.0;
    let t = f64::from(threshold);
    for (low, [uneven, even]) in chances.into_iter().enumerate() {
        both += (uneven + even) * t.min(low as f64) / t;
        split += if low < threshold as usize { uneven / t } else { 0.0 };
    }
    [both, split]
}

#[test]
fn the_chain_is_right() {
    let near = |found: f64, expected: f64| assert!((found - expected).abs() < 5e-7, "{found}");
    // Lynch 1996: (1 - (p^2 + q^2)^r) / r; the second figure was computed by another program.
    let [both, split] = two_zones("plain", 10, 10, 0.1);
    near(split, 0.086255);
    near(both, 0.856872);
    // Protocol S: binomial levels.
    for (rounds, threshold, p) in [(3, 3, 0.3), (2, 5, 0.4), (6, 3, 0.5)] {
        let shares = binomial(rounds, 1.0 - p);
        let t = f64::from(threshold);
        let [both, split] = two_zones("modified", rounds, threshold, p);
        near(split, shares.iter().take(threshold as usize).sum::<f64>() / t);
        let levels = shares.iter().enumerate().map(|(level, share)| share * t.min(level as f64));
        near(both, levels.sum::<f64>() / t);
    }
}

/// The two zones of `random-attack.toml`, both ready long before the first round at 9 s.
fn two(rounds: u32, threshold: u32, loss: f64, more: &[&str]) -> BuiltinPlan {
    let settings = [
        format!("coordination.random-attack.rounds={rounds}"),
        format!("coordination.random-attack.threshold={threshold}"),
        format!("network.loss={loss}"),
    ];
    let settings: Vec<_> =
        settings.iter().map(String::as_str).chain(more.iter().copied()).collect();
    plan_of_file(&root().join("sims/protocols/random-attack.toml"), &settings)
}

fn check(rows: &[MetricRow], what: &str, expected: f64, is: impl Fn(&MetricRow) -> bool) {
    let n = rows.len() as f64;
    let found = rows.iter().filter(|row| is(row)).count() as f64 / n;
    let error = (expected * (1.0 - expected) / n).sqrt();
    println!("{what}: {found:.4}, expected {expected:.4} ± {error:.4}");
    assert!((found - expected).abs() <= 4.0 * error, "{what}: {found}, expected {expected}");
}

fn all(row: &MetricRow) -> bool {
    row.captured_share == Some(1.0)
}

fn is_split(row: &MetricRow) -> bool {
    row.split == Some(1.0)
}

#[test]
fn two_zones_split_as_often_as_the_formula_says() {
    for (levels, rounds, threshold, p) in [
        ("plain", 3, 3, 0.3),
        ("plain", 10, 10, 0.1),
        ("plain", 2, 5, 0.4),
        ("plain", 6, 3, 0.5),
        ("modified", 4, 4, 0.1),
        ("modified", 6, 3, 0.5),
        ("modified", 5, 1, 0.4),
    ] {
        let setting = format!("coordination.random-attack.levels={levels}");
        let rows = rows(two(rounds, threshold, p, &[&setting]), (1, 1000));
        let [both, split] = two_zones(levels, rounds, threshold, p);
        let what = format!("{levels} levels, {rounds} rounds, threshold {threshold}, loss {p}");
        check(&rows, &format!("{what}, both"), both, all);
        check(&rows, &format!("{what}, split"), split, is_split);
        let t = f64::from(threshold);
        let most = value(
            formula("random-attack", "probability of a split, at most"),
            &Given::from([("threshold", t)]),
        );
        assert!(split <= most);
    }
}

/// With fewer rounds than thresholds zones strike less often, and never split unless something is lost.
#[test]
fn liveness_is_the_level_over_the_threshold() {
    for (rounds, threshold) in [(2, 2), (2, 4), (3, 10)] {
        let rows = rows(two(rounds, threshold, 0.0, &[]), (1, 600));
        let given = Given::from([("rounds", rounds.into()), ("threshold", threshold.into())]);
        let live = value(
            formula(
                "random-attack",
                "probability that all strike, if nothing is lost and rounds <= threshold",
            ),
            &given,
        );
        check(&rows, &format!("{rounds} of {threshold}"), live, all);
        // All levels are r after the rounds.
        check(&rows, &format!("{rounds} of {threshold}, split"), 0.0, is_split);
    }
}

/// All 16 patterns of partitions in two rounds, each with the same seeds. The pattern cannot know the
/// threshold of a seed: who strikes is a matter of its levels and of the same threshold in all patterns.
#[test]
fn no_pattern_of_partitions_splits_more_than_one_threshold() {
    const SEEDS: u64 = 24;
    let plan = |pattern: u32| {
        let mut faults = Vec::new();
        for round in 0..2 {
            for (from, to) in [("a", "b"), ("b", "a")] {
                if pattern >> (2 * round + u32::from(from == "b")) & 1 == 0 {
                    let at = 8_900 + 1_000 * round;
                    faults.push(format!(
                        "{{ at = \"{at}ms\", for = \"500ms\", one_way = true, partition = \
                         [[\"{from}\"], [\"{to}\"]] }}"
                    ));
                }
            }
        }
        two(2, 2, 0.0, &[&format!("fault=[{}]", faults.join(", "))])
    };
    let levels = |pattern: u32| {
        let mut levels = [0, 0];
        for round in 0..2 {
            let before = levels;
            for from in 0..2 {
                let to = 1 - from;
                if pattern >> (2 * round + from) & 1 == 1
                    && before[from as usize] >= before[to as usize]
                {
                    levels[to as usize] = before[from as usize] + 1;
                }
            }
        }
        levels
    };
    // Only the first message of a arrives: levels 0 and 1, and a threshold of 1 splits.
    let revealing = plan(1);
    assert_eq!(levels(1), [0, 1]);
    let thresholds: Vec<u32> = (1..=SEEDS)
        .map(|seed| if is_split(&row(&revealing, Engine::Event, seed)) { 1 } else { 2 })
        .collect();
    assert!([1, 2].iter().all(|threshold| thresholds.contains(threshold)), "{thresholds:?}");
    for pattern in 0..16 {
        let plan = plan(pattern);
        assert_eq!(
            digest(&plan, Engine::Event, 1),
            digest(&plan, Engine::Turmoil, 1),
            "{pattern:b}"
        );
        for (seed, &threshold) in (1..).zip(&thresholds) {
            let strikers = levels(pattern).iter().filter(|&&level| level >= threshold).count();
            let captured = row(&plan, Engine::Event, seed).captured;
            assert_eq!(captured, Some(strikers as f64), "{pattern:b}, threshold {threshold}");
        }
    }
}
