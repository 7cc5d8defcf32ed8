//! Random overlays against closed forms: degrees, the giant component, connectivity; and what a run says
//! of an overlay that does not connect all zones.

use std::collections::BTreeSet;

use crate::common::{BuiltinPlan, binomial, digest, plan_of};
use zonesim::engine::{Engine, Event};
use zonesim::id::NodeId;
use zonesim::metrics::invariants::Reason;
use zonesim::protocol::overlay::{BarabasiAlbert, ErdosRenyi, Graph, Topology, WattsStrogatz};
use zonesim::scenario::Diagnostic;
use zonesim::testing::{Scenario, Simulation};

fn erdos_renyi(degree: f64) -> Topology {
    Topology::ErdosRenyi(ErdosRenyi { degree: Some(degree), redraw: true, seed: 1 })
}

/// The share of zones with each degree, over graphs of several seeds, and the number of zones.
fn degrees(topology: &Topology, zones: u32, seeds: u64) -> (Vec<f64>, f64) {
    let mut counts = vec![0.0; zones as usize];
    for seed in 0..seeds {
        let graph = topology.draw(zones, seed).unwrap();
        for zone in (0..zones).map(NodeId) {
            let near = graph.neighbours(zone);
            assert!(near.is_sorted_by(|a, b| a < b) && !near.contains(&zone));
            assert!(near.iter().all(|&other| graph.neighbours(other).contains(&zone)));
            counts[near.len()] += 1.0;
        }
    }
    let all = f64::from(zones) * seeds as f64;
    (counts.into_iter().map(|count| count / all).collect(), all)
}

/// Compares shares with a closed form, which holds for many zones, so that the allowance is for that too.
fn assert_close(
    what: &str,
    found: &(Vec<f64>, f64),
    expected: impl Fn(usize) -> f64,
    allowance: f64,
) {
    let (shares, all) = found;
    for (degree, &share) in shares.iter().enumerate().take(30) {
        let expected = expected(degree);
        // Degrees of neighbours are not independent: half as much again.
        let within = 6.0 * (expected * (1.0 - expected) / all).sqrt() + allowance;
        assert!(
            (share - expected).abs() <= within,
            "{what}, {degree}: {share}, {expected} ± {within}"
        );
    }
}

#[test]
fn degrees_of_a_binomial_graph_are_binomial() {
    const ZONES: u32 = 400;
    for degree in [0.7, 4.0, 12.0] {
        let shares = binomial(ZONES - 1, degree / f64::from(ZONES - 1));
        let found = degrees(&erdos_renyi(degree), ZONES, 60);
        assert_close("erdos_renyi", &found, |degree| shares[degree], 0.0);
    }
    // The ends: none, and all.
    assert_eq!(degrees(&erdos_renyi(0.0), 9, 1).0[0], 1.0);
    assert_eq!(degrees(&erdos_renyi(8.0), 9, 1).0[8], 1.0);
}

/// Barrat and Weigt 2000: K/2 kept links of its own, a binomial number of kept links of others and a
/// Poisson number of new ones.
#[test]
fn degrees_of_a_small_world_are_those_of_barrat_and_weigt() {
    for (neighbours, rewire) in [(4, 0.1), (6, 0.5), (2, 1.0)] {
        let settings =
            WattsStrogatz { neighbours: Some(neighbours), rewire, redraw: true, seed: 1 };
        let found = degrees(&Topology::WattsStrogatz(settings), 1500, 20);
        let half = neighbours as usize / 2;
        let (kept, mean) = (binomial(half as u32, 1.0 - rewire), half as f64 * rewire);
        let poisson = |count: usize| {
            let factorial: f64 = (1..=count).map(|k| k as f64).product();
            libm::exp(-mean) * libm::pow(mean, count as f64) / factorial
        };
        let expected = |degree: usize| {
            let Some(more) = degree.checked_sub(half) else { return 0.0 };
            (0..=half.min(more)).map(|others| kept[others] * poisson(more - others)).sum()
        };
        assert_close("watts_strogatz", &found, expected, 0.002);
        let edges: f64 =
            found.0.iter().enumerate().map(|(degree, share)| degree as f64 * share).sum();
        assert!((edges - f64::from(neighbours)).abs() < 1e-9, "no link is lost: {edges}");
    }
    let ring = WattsStrogatz { neighbours: Some(6), rewire: 0.0, redraw: false, seed: 1 };
    assert_eq!(degrees(&Topology::WattsStrogatz(ring), 20, 1).0[6], 1.0);
}

/// Dorogovtsev, Mendes and Samukhin 2000.
#[test]
fn degrees_by_preferential_attachment_follow_the_power_law() {
    for links in [1, 2, 5] {
        let settings = BarabasiAlbert { links: Some(links), redraw: true, seed: 1 };
        let topology = Topology::BarabasiAlbert(settings);
        let found = degrees(&topology, 3000, 12);
        let m = f64::from(links);
        let expected = |degree: usize| {
            let k = degree as f64;
            if k < m { 0.0 } else { 2.0 * m * (m + 1.0) / (k * (k + 1.0) * (k + 2.0)) }
        };
        assert_close("barabasi_albert", &found, expected, 0.003);
        assert_eq!(topology.draw(3000, 1).unwrap().unreached(), None);
    }
}

fn largest(graph: &Graph) -> usize {
    graph.parts().iter().map(Vec::len).max().unwrap_or(0)
}

/// With a mean degree c a share S = 1 - exp(-c S) is connected; fewer than one neighbour connect few.
#[test]
fn the_giant_component_has_the_size_of_its_equation() {
    const ZONES: u32 = 2000;
    const SEEDS: u64 = 20;
    for (degree, share) in [(1.5, 0.582812), (2.0, 0.796812), (4.0, 0.980173)] {
        assert!((share - 1.0 + libm::exp(-degree * share)).abs() < 1e-5);
        let sizes = (0..SEEDS).map(|seed| largest(&erdos_renyi(degree).draw(ZONES, seed).unwrap()));
        let mean = sizes.sum::<usize>() as f64 / (SEEDS * u64::from(ZONES)) as f64;
        // The variance of the size is n S (1 - S) / (1 - c (1 - S))^2.
        let deviation = (share * (1.0 - share)).sqrt() / (1.0 - degree * (1.0 - share));
        let within = 4.0 * deviation / (f64::from(ZONES) * SEEDS as f64).sqrt();
        assert!((mean - share).abs() < within, "{degree}: {mean}, {share} ± {within}");
    }
    let small = (0..SEEDS).map(|seed| largest(&erdos_renyi(0.5).draw(ZONES, seed).unwrap()));
    assert!(small.max().unwrap() < 60, "logarithmic in the number of zones");
}

/// All zones are connected with probability exp(-exp(-x)) at a mean degree of ln(n) + x.
#[test]
fn a_binomial_graph_is_connected_as_often_as_erdos_and_renyi_say() {
    const ZONES: u32 = 1000;
    const SEEDS: u64 = 300;
    for x in [0.0, 1.0, 2.0] {
        let topology = erdos_renyi(libm::log(f64::from(ZONES)) + x);
        let connected = (0..SEEDS)
            .filter(|&seed| topology.draw(ZONES, seed).unwrap().unreached().is_none())
            .count() as f64;
        let expected = libm::exp(-libm::exp(-x));
        let within = 4.0 * (expected * (1.0 - expected) / SEEDS as f64).sqrt() + 0.01;
        let share = connected / SEEDS as f64;
        assert!((share - expected).abs() < within, "{x}: {share}, {expected} ± {within}");
    }
}

fn plan(zones: u32, topology: &str) -> BuiltinPlan {
    plan_of(&text(zones, topology))
}

fn text(zones: u32, topology: &str) -> String {
    format!(
        "zones.generate = {zones}\n[workload.items]\nat = [\"0s\"]\nfrom = [\"z0\"]\n[exchange]\n\
         use = \"flood\"\n[exchange.flood]\ntopology = {{ {topology} }}\n"
    )
}

/// The links over which something is sent: a flood takes all links of the part where it begins.
fn links(plan: &BuiltinPlan, seed: u64) -> BTreeSet<[NodeId; 2]> {
    let run = <Simulation>::new(plan.clone()).run(seed);
    let sent = run.events().filter_map(|(_, event)| match event {
        Event::Send { from, to, .. } => Some([from.min(to), from.max(to)]),
        _ => None,
    });
    sent.collect()
}

#[test]
fn a_graph_is_that_of_the_scenario_unless_each_run_draws_its_own() {
    for kind in ["watts_strogatz", "barabasi_albert", "erdos_renyi"] {
        let messages = |more: &str| -> Vec<_> {
            let plan = plan(20, &format!("{kind} = {{ {more} }}"));
            let run = |seed| {
                let digests =
                    [Engine::Event, Engine::Turmoil].map(|engine| digest(&plan, engine, seed));
                assert_eq!(digests[0], digests[1], "{kind} {more}");
                links(&plan, seed)
            };
            (1..=3).map(run).collect()
        };
        let [fixed, other, drawn] =
            ["seed = 3", "seed = 4", "seed = 3, redraw = true"].map(messages);
        assert!(fixed[0] == fixed[1] && fixed[1] == fixed[2], "{kind}");
        assert!(fixed[0] != other[0], "{kind}");
        assert!(drawn[0] != drawn[1] && drawn[1] != drawn[2] && drawn[0] != drawn[2], "{kind}");
    }
}

/// What cannot be reached is said before the run, and what is reached is judged.
#[test]
fn an_unconnected_overlay_is_reported_and_the_rest_is_judged() {
    let acknowledged = |topology: &str| plan_of(&(text(30, topology) + "acknowledged = true\n"));
    let fixed = acknowledged("erdos_renyi = { degree = 1.5, seed = 2 }");
    let drawn = acknowledged("erdos_renyi = { degree = 1.5, seed = 2, redraw = true }");
    let told =
        |plan: &BuiltinPlan, what: &str| plan.warnings.iter().any(|line| line.contains(what));
    assert!(told(&fixed, "of 30 zones are connected, and cannot reach z"), "{:?}", fixed.warnings);
    assert!(told(&drawn, "drawn for each seed"), "{:?}", drawn.warnings);
    assert_eq!(plan(30, "barabasi_albert = { redraw = true }").warnings, Vec::<String>::new());
    let (mut unreached, mut judged) = (0, 0);
    for (plan, seeds) in [(&fixed, 1..2), (&drawn, 1..20)] {
        for seed in seeds {
            let run = <Simulation>::new(plan.clone()).run(seed);
            assert_eq!(run.violation, None);
            let open: u64 = run
                .liveness
                .open
                .iter()
                .map(|(reason, count)| {
                    assert_eq!(reason, Reason::Unconnected);
                    count
                })
                .sum();
            assert_eq!(open + run.liveness.judged(), 29);
            unreached += open;
            judged += run.liveness.judged();
        }
    }
    assert!(unreached > 50 && judged > 50, "{unreached} {judged}");
}

fn refused(text: &str) -> Diagnostic {
    let simulation = Scenario::parse(text).and_then(|scenario| scenario.simulation());
    simulation.err().unwrap_or_else(|| panic!("{text} is taken"))
}

#[test]
fn settings_out_of_range_are_refused() {
    for (topology, why) in [
        ("watts_strogatz = { neighbours = 3 }", "expected an even number, 2 to 8"),
        ("watts_strogatz = { neighbours = 10 }", "expected an even number, 2 to 8"),
        ("watts_strogatz = { rewire = 1.5 }", "expected 0 to 1"),
        ("barabasi_albert = { links = 0 }", "expected 1 to 8"),
        ("barabasi_albert = { links = 9 }", "expected 1 to 8"),
        ("erdos_renyi = { degree = 9.0 }", "expected 0 to 8"),
        ("erdos_renyi = { degree = -1.0 }", "expected 0 to 8"),
    ] {
        let error = refused(&text(9, topology)).to_string();
        assert!(error.contains(why), "{topology}: {error}");
    }
    let error = refused(&text(2, "watts_strogatz = {}")).to_string();
    assert!(error.contains("2 zones are no ring"), "{error}");
    let rules = text(5, "watts_strogatz = { redraw = true }")
        .replace("[workload.items]", "[release]\n[workload.items]");
    let error = refused(&rules).to_string();
    assert!(error.contains("expected redraw = false"), "{error}");
}
