//! Items of random sizes, and sources with rates of their own.

use crate::common::{digest, plan_of, rows};
use zonesim::engine::Engine;
use zonesim::plan::PublishedItem;

/// The mean over runs of the mean time from a publication to the other zone, in seconds, and its error.
fn sojourn(size: &str) -> [f64; 2] {
    // 1 MB takes 1 s; an item every 2 s. No message is bulk.
    let text = format!(
        "resolution = \"1ms\"\nhorizon = \"300h\"\nnetwork.latency = \"100ms\"\n\
         network.bulk_from = \"1GB\"\nworkload.item_size = {size}\n[zones.a]\nuplink = \"8Mbit/s\"\n\
         [zones.b]\nrole = \"observer\"\n[workload.items]\nmean_interval = \"2s\"\ncount = 3000\n\
         [exchange]\nuse = \"mesh\"\n[exchange.mesh]\nretry = \"10h\"\nretry_max = \"10h\"\n"
    );
    let means = rows(plan_of(&text), (1, 8)).into_iter().map(|row| row.to_all_ms.unwrap() / 1e3);
    let means: Vec<f64> = means.collect();
    let mean = means.iter().sum::<f64>() / 8.0;
    let variance = means.iter().map(|m| (m - mean) * (m - mean)).sum::<f64>() / 7.0;
    [mean, (variance / 8.0).sqrt()]
}

/// M/M/1: a mean wait of ρ/(μ - λ) = 1 s, and a sojourn of 1/(μ - λ) = 2 s. M/G/1 (Pollaczek and
/// Khinchine): with sizes uniform up to 2 MB the wait is λ E(S²) / 2(1 - ρ) = 2/3 s.
#[test]
fn random_sizes_wait_as_in_a_queue() {
    for (size, wait) in
        [("{ exponential = \"1MB\" }", 1.0), ("{ uniform = [\"0B\", \"2MB\"] }", 2.0 / 3.0)]
    {
        let [mean, error] = sojourn(size);
        let expected = wait + 1.1;
        println!("{size}: {mean:.4} s, error {error:.4}, theory {expected:.4}");
        assert!((mean - expected).abs() < 4.5 * error + 0.002, "{mean} {expected} {error}");
        assert!(error < 0.04 * expected, "{error}");
    }
}

const HEAD: &str = "horizon = \"10h\"\n[zones.a]\n[zones.b]\n[zones.c]\n[workload]\n";

fn items(text: &str, seed: u64) -> Vec<PublishedItem> {
    plan_of(&format!("{HEAD}{text}")).realize(seed).items
}

#[test]
fn sources_have_their_rates() {
    let regular = "[[workload.items.sources]]\nfrom = \"a\"\ninterval = \"1min\"\n";
    let poisson = "[[workload.items.sources]]\nfrom = [\"b\", \"c\"]\nmean_interval = \"2min\"\n";
    let of = |items: &[PublishedItem], zone: u32| -> Vec<u64> {
        items.iter().filter(|item| item.origin.0 == zone).map(|item| item.due.0).collect()
    };
    let all = items(&format!("{regular}{poisson}"), 1);
    assert!(all.is_sorted());
    assert_eq!(of(&all, 0), (0..600).map(|minute| minute * 60_000).collect::<Vec<_>>());
    // 300 in 10 hours on average: over 20 runs a standard error of 3.9.
    for zone in [1, 2] {
        let runs = (1..=20).map(|seed| of(&items(poisson, seed), zone).len() as f64);
        let mean = runs.sum::<f64>() / 20.0;
        assert!((mean - 300.0).abs() < 16.0, "{mean}");
    }
    assert_ne!(of(&all, 1), of(&all, 2));
    // A source after it changes nothing.
    assert_eq!(of(&items(poisson, 1), 1), of(&items(&format!("{poisson}{regular}"), 1), 1));
    let counted = items(&format!("{poisson}count = 5\n"), 1);
    assert_eq!(of(&counted, 1), of(&items(poisson, 1), 1)[..5]);
    assert_eq!(counted.len(), 10);
}

#[test]
fn both_engines_agree_on_random_sizes_and_sources() {
    let text = format!(
        "{}item_size = {{ exponential = \"500B\" }}\n[network]\nlatency = \"20ms\"\nuplink = \"10kB/s\"\n\
         bandwidth = \"5kB/s\"\n[[workload.items.sources]]\nfrom = [\"a\", \"c\"]\nmean_interval = \"300ms\"\n\
         [[workload.items.sources]]\nfrom = \"b\"\ninterval = \"200ms\"\ncount = 40\n",
        HEAD.replace("10h", "20s")
    );
    let plan = plan_of(&text);
    for seed in [1, 2] {
        assert_eq!(digest(&plan, Engine::Event, seed), digest(&plan, Engine::Turmoil, seed));
    }
}
