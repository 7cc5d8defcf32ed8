//! The chance that one timeout range decides at once, against its closed form.

use super::*;

const RUNS: u64 = 4_000;

/// The probability that the first of n timeouts, uniform on `range` ticks, comes at least d before all
/// others.
fn is_alone(n: i32, range: u64, d: u64) -> f64 {
    let share = |x: u64| range.saturating_sub(x + d) as f64 / range as f64;
    let power = |x: u64| (1..n).map(|_| share(x)).product::<f64>();
    (0..range).map(|x| f64::from(n) * power(x)).sum::<f64>() / range as f64
}

fn choose(n: u32, k: u32) -> f64 {
    (0..k).map(|i| f64::from(n - i) / f64::from(i + 1)).product()
}

fn power(base: f64, k: u32) -> f64 {
    (0..k).map(|_| base).product()
}

/// The probability that one of k candidates of the same tick gets a majority of n nodes, if each of so
/// many voters chooses one of them at random. Two cannot.
fn is_majority(n: u32, k: u32, voters: u32) -> f64 {
    let one = 1.0 / f64::from(k);
    let votes = |v: u32| choose(voters, v) * power(one, v) * power(1.0 - one, voters - v);
    f64::from(k) * (n / 2..=voters).map(votes).sum::<f64>()
}

/// The probability that one of the first candidates is elected by the nodes that are not candidates and
/// itself.
fn is_elected(n: u32, range: u64, d: u64) -> f64 {
    let r = range as f64;
    let mut sum = 0.0;
    for x in 0..range {
        // k timeouts are at x, the first; m more come before x + d.
        let within = (range.min(x + d) - x - 1) as f64 / r;
        let later = range.saturating_sub(x + d) as f64 / r;
        for k in 1..=n {
            for m in 0..=n - k {
                sum += choose(n, k)
                    * power(1.0 / r, k)
                    * choose(n - k, m)
                    * power(within, m)
                    * power(later, n - k - m)
                    * is_majority(n, k, n - k - m);
            }
        }
    }
    sum
}

fn check(what: &str, count: u64, expected: f64) {
    let found = count as f64 / RUNS as f64;
    let error = (expected * (1.0 - expected) / RUNS as f64).sqrt();
    println!("{what}: {found:.4}, expected {expected:.4} ± {error:.4}");
    assert!((found - expected).abs() <= 4.0 * error + 1e-9, "{what}: {found}, {expected}");
}

#[test]
fn one_timeout_range_decides_at_once_as_often_as_the_formula_says() {
    for (n, width, d) in
        [(3, 100, 5), (3, 100, 20), (5, 100, 10), (5, 400, 10), (9, 400, 20), (5, 20, 1)]
    {
        let times = Settings {
            election: SimDuration(1_000),
            election_max: SimDuration(1_000 + width - 1),
            heartbeat: SimDuration(300),
            ..SETTINGS
        };
        let (mut alone, mut elected) = (0, 0);
        for seed in 0..RUNS {
            let mut cluster = Cluster::new(n, times, seed);
            // Until everybody's first timeout is past and answered, and long before a second one.
            cluster.post(|_, _| Some(d));
            while cluster.next(1_000 + width + 3 * d).is_some() {
                cluster.post(|_, _| Some(d));
            }
            let own_votes = (0..n).filter(|&node| {
                cluster.nodes[node as usize].stable().voted_for == Some(NodeId(node))
            });
            alone += u64::from(own_votes.count() == 1);
            elected += u64::from(cluster.leaders().len() == 1);
            assert!(cluster.nodes.iter().all(|raft| raft.term() == 1));
        }
        let what = format!("n = {n}, d = {d}, W = {width}");
        check(&format!("{what}, one candidate"), alone, is_alone(n as i32, width, d));
        check(&format!("{what}, one leader"), elected, is_elected(n, width, d));
        let continuous = (0..n).map(|_| 1.0 - d as f64 / width as f64).product::<f64>();
        // Half a tick for each node.
        let most = f64::from(n) / width as f64;
        assert!((is_alone(n as i32, width, d) - continuous).abs() < most, "{what}: {continuous}");
    }
}
