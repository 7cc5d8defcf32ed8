//! Faults that recur, affect all nodes, or affect a random share of them.

use crate::common::{digest, plan_of};
use zonesim::engine::Engine;
use zonesim::id::NodeId;
use zonesim::network::fault::{Effect, Fault, NodeSet};

const HEAD: &str = "horizon = \"100h\"\nresolution = \"100ms\"\nnetwork.latency = \"100ms\"\n\
                    zones.generate = 8\nexchange.use = \"mesh\"\n";

fn faults(text: &str, seed: u64) -> Vec<Fault> {
    plan_of(&format!("{HEAD}{text}")).schedule(seed).faults().to_vec()
}

#[test]
fn a_fault_recurs_until_the_horizon_or_so_often() {
    let text =
        "[[fault]]\nat = \"1min\"\nfor = \"30s\"\ninterval = \"10min\"\nisolate = [\"z0\"]\n";
    // 100 hours less a minute: 5,999 minutes, so that the last begins at 5,991.
    let all = faults(text, 1);
    assert_eq!(all.len(), 600);
    let starts: Vec<_> = all.iter().map(|fault| fault.start.0).collect();
    assert!(starts.iter().enumerate().all(|(n, &at)| at == 600 + 6_000 * n as u64), "{starts:?}");
    assert!(all.iter().all(|fault| (fault.end - fault.start).0 == 300));
    let three = faults(&format!("{text}count = 3\n"), 1);
    assert_eq!(three, all[..3]);
    // An interval as long as the fault leaves no gap; a clock is stepped each time.
    let endless =
        faults("[[fault]]\nat = \"1h\"\nfor = \"1h\"\ninterval = \"1h\"\ncrash = [\"*\"]\n", 1);
    assert_eq!(endless.len(), 99);
    let steps = "[[fault]]\nat = \"0s\"\ninterval = \"10h\"\nclock = [\"*\"]\nstep = \"1s\"\n";
    assert_eq!(faults(steps, 1).len(), 10);
}

fn crashed(fault: &Fault) -> &NodeSet {
    let Effect::Crash(nodes, _) = &fault.effect else { panic!("{fault:?}") };
    nodes
}

#[test]
fn a_star_is_all_nodes_and_the_hub() {
    let star = "[[fault]]\nat = \"1min\"\ncrash = [\"*\"]\n";
    assert_eq!(crashed(&faults(star, 1)[0]).len(), 8);
    assert_eq!(crashed(&faults(&format!("hub.seat = \"z0\"\n{star}"), 1)[0]).len(), 9);
}

#[test]
fn shares_are_drawn_for_each_run_all_zones_alike() {
    const RUNS: u64 = 4000;
    let text = "[[fault]]\nat = \"1min\"\nfor = \"1s\"\ninterval = \"1min\"\ncount = 2\n\
                crash = [\"*\"]\nshare = 0.25\n";
    let plan = plan_of(&format!("{HEAD}{text}"));
    let mut single = [0u32; 8];
    let mut pairs = [[0u32; 8]; 8];
    let mut common = [0u32; 3];
    for seed in 0..RUNS {
        let schedule = plan.schedule(seed);
        let [first, second] = [0, 1].map(|number| crashed(&schedule.faults()[number]));
        let drawn: Vec<_> = first.iter().map(NodeId::index).collect();
        let [a, b] = drawn[..] else { panic!("two of eight, not {drawn:?}") };
        single[a] += 1;
        single[b] += 1;
        pairs[a][b] += 1;
        common[second.iter().filter(|&node| first.contains(node)).count()] += 1;
    }
    // Hypergeometric: a quarter for each zone, 1 in 28 for each pair, and 15, 12 and 1 in 28 for as many
    // zones in common with the next occurrence. Within 4.5 standard errors.
    let check = |count: u32, chance: f64| {
        let error = (chance * (1.0 - chance) / RUNS as f64).sqrt();
        let share = f64::from(count) / RUNS as f64;
        assert!((share - chance).abs() < 4.5 * error, "{share} {chance} {error}");
    };
    single.iter().for_each(|&count| check(count, 0.25));
    for a in 0..8 {
        pairs[a][a + 1..].iter().for_each(|&count| check(count, 1.0 / 28.0));
    }
    common.iter().zip([15.0, 12.0, 1.0]).for_each(|(&count, ways)| check(count, ways / 28.0));
    // Another fault changes nothing.
    let other = format!("{text}[[fault]]\nat = \"5s\"\nisolate = [\"z1\", \"z2\"]\nshare = 0.5\n");
    assert_eq!(faults(&other, 7)[..2], plan.schedule(7).faults()[..2]);
}

#[test]
fn drawn_shares_as_listed_faults_give_the_same_run() {
    let text = "[[fault]]\nat = \"0s\"\nfor = \"2s\"\ninterval = \"3s\"\ncount = 5\ncrash = [\"*\"]\n\
                share = 0.4\nmemory = \"lost\"\n[[fault]]\nat = \"4s\"\nisolate = [\"*\"]\nfor = \"1s\"\n";
    let head = format!("{HEAD}[workload.items]\ninterval = \"1s\"\ncount = 20\n");
    let plan = plan_of(&format!("{head}{text}"));
    for seed in [1, 2] {
        let schedule = plan.schedule(seed);
        let listed: String = schedule.faults().iter().map(|fault| plan.fault_toml(fault)).collect();
        let again = plan_of(&format!("{head}{listed}"));
        let runs = [digest(&plan, Engine::Event, seed), digest(&plan, Engine::Turmoil, seed)];
        assert_eq!(runs[0], runs[1]);
        assert_eq!(digest(&again, Engine::Event, seed), runs[0], "{listed}");
    }
}
