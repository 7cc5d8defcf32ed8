//! Sections 10, 11 and 12: order statistics of links, queues on links, and ages of information, exact.
//!
//! The unit of section 10 is 1000 s at a resolution of 1 ms; that of the others a second.

use super::series::Series;
use crate::experiment::validate::{
    Aggregate, Observable, Target, Tolerance, UNIT_MS, ValidationWorld,
};
use crate::metrics::MetricId;

const RUNS: u64 = 20_000;

/// 1 + 1/2 + ... + 1/n.
fn harmonic(n: u32) -> f64 {
    (1..=n).map(|k| 1.0 / f64::from(k)).sum()
}

/// One item over links with this jitter; a retry would draw a second latency.
fn one_item(zones: u32, exchange: &str, jitter: &str) -> ValidationWorld {
    let text =
        format!("horizon = \"99h\"\n[network]\nlatency = \"1ms\"\njitter = {{ {jitter} }}\n");
    let world = ValidationWorld::new(zones, exchange, &text, RUNS);
    world
        .set(&format!("exchange.{exchange}.retry"), "90h")
        .set(&format!("exchange.{exchange}.retry_max"), "90h")
}

/// The targets of section 10.
pub fn order_statistics() -> Vec<Target> {
    [meshes(), floods(), maxima(), bursts(), retries()].concat()
}

const EXPONENTIAL: &str = "exponential = { mean = \"1000s\" }";

fn unit(metric: MetricId) -> Observable {
    Observable::Metric(metric, UNIT_MS)
}

fn mean(metric: MetricId) -> (Observable, Aggregate) {
    (unit(metric), Aggregate::Mean)
}

fn meshes() -> Vec<Target> {
    let world = one_item(17, "mesh", EXPONENTIAL);
    let source = "exact: order statistics of 16 exponentials";
    let series = Series { id: "mesh-17", section: 10, source, world: &world };
    let rounding = Tolerance::Errors(2e-6);
    let squares = (1..=16).map(|i| 1.0 / f64::from(i * i)).sum::<f64>();
    let h16 = harmonic(16);
    vec![
        series.target(
            ("first", "first of 16, mean"),
            mean(MetricId::ToFirstMs),
            1.0 / 16.0,
            rounding,
        ),
        series.target(
            ("half", "8th of 16, mean"),
            mean(MetricId::ToHalfMs),
            h16 - harmonic(8),
            rounding,
        ),
        series.target(("most", "15th of 16, mean"), mean(MetricId::To90Ms), h16 - 1.0, rounding),
        series.target(("all", "all 16, mean"), mean(MetricId::ToAllMs), h16, rounding),
        series.target(
            ("sd", "all 16, deviation"),
            (unit(MetricId::ToAllMs), Aggregate::Deviation),
            squares.sqrt(),
            rounding,
        ),
    ]
}

fn floods() -> Vec<Target> {
    let source = "exact: sums of exponential times";
    let mut targets = Vec::new();
    let root = f64::sqrt;
    for (id, zones, topology, from, expected, deviation) in [
        ("line-8", 8, "line", "z0", 7.0, Some(root(7.0))),
        ("ring-10", 10, "{ regular = { degree = 2 } }", "z0", 4.5, Some(1.5)),
        ("star-8", 8, "star", "z1", 1.0 + harmonic(6), None),
    ] {
        let world = one_item(zones, "flood", EXPONENTIAL)
            .set("exchange.flood.topology", topology)
            .set("workload.items.at", "[\"0s\"]")
            .set("workload.items.from", format!("[\"{from}\"]"));
        let series = Series { id, section: 10, source, world: &world };
        let rounding = Tolerance::Errors(1e-5);
        let words = ("all", "until all know, mean");
        targets.push(series.target(words, mean(MetricId::ToAllMs), expected, rounding));
        targets.extend(deviation.map(|deviation| {
            let reading = (unit(MetricId::ToAllMs), Aggregate::Deviation);
            series.target(("sd", "until all know, deviation"), reading, deviation, rounding)
        }));
    }
    targets
}

/// The largest of seven delays that are uniform or Pareto.
fn maxima() -> Vec<Target> {
    let gamma = libm::tgamma;
    let pareto = gamma(8.0) * gamma(1.0 - 1.0 / 3.0) / gamma(8.0 - 1.0 / 3.0);
    let mut targets = Vec::new();
    for (id, jitter, expected) in [
        ("uniform", "uniform = { min = \"500s\", max = \"1500s\" }", 0.5 + 7.0 / 8.0),
        ("pareto", "pareto = { scale = \"1000s\", shape = 3.0 }", pareto),
    ] {
        let world = one_item(8, "mesh", jitter);
        let series = Series { id, section: 10, source: "exact: maximum of 7", world: &world };
        let words = ("all", "until all know, mean");
        targets.push(series.target(
            words,
            mean(MetricId::ToAllMs),
            expected,
            Tolerance::Errors(2e-6),
        ));
    }
    targets
}

/// Bursts of loss (Gilbert-Elliott), one message per slot: the share lost, and how often two are lost.
fn bursts() -> Vec<Target> {
    let source = "exact: Gilbert-Elliott chain, stationary";
    let (p, correlation) = (0.18, [1.0, 0.658_537, 0.493_902]);
    let mut targets = Vec::new();
    for (apart, rho) in correlation.into_iter().enumerate() {
        let text = format!(
            "horizon = \"10s\"\nstop = \"horizon\"\n[network]\nlatency = \"1ms\"\n\
             loss = {{ burst = {{ enter = 0.05, leave = 0.2, good = 0.0, bad = 0.9, slot = \"100ms\" }} }}\n\
             [workload.items]\nat = [\"0s\", \"{}ms\"]\nfrom = [\"z0\", \"z0\"]\n",
            100 * apart
        );
        let world =
            ValidationWorld::new(2, "flood", &text, RUNS).set("exchange.flood.acknowledged", false);
        if apart == 0 {
            continue;
        }
        let id = format!("burst.{apart}-apart");
        let series = Series { id: &id, section: 10, source, world: &world };
        let lost = Observable::AtMost(MetricId::Coverage, 0.0);
        let words = ("both", "P(two messages so many slots apart are lost)");
        let both = p * p + rho * p * (1.0 - p);
        targets.push(series.target(words, (lost, Aggregate::Share), both, Tolerance::Errors(1e-6)));
        if apart == 1 {
            let coverage = Observable::Metric(MetricId::Coverage, 1.0);
            let words = ("arrives", "share of messages that arrive");
            let reading = (coverage, Aggregate::Mean);
            targets.push(series.target(words, reading, 1.0 - p, Tolerance::Errors(0.0)));
        }
    }
    targets
}

/// Retries that double from 10 s: R p / (1 - 2 p) beyond the link.
fn retries() -> Vec<Target> {
    let source = "exact: geometric number of doubling waits";
    let mut targets = Vec::new();
    for p in [0.05, 0.1] {
        let text = format!("horizon = \"99h\"\n[network]\nlatency = \"1ms\"\nloss = {p}\n");
        let world = ValidationWorld::new(2, "mesh", &text, 10 * RUNS)
            .set("exchange.mesh.retry", "10s")
            .set("exchange.mesh.retry_max", "90h");
        let id = format!("retry.loss-{p}");
        let series = Series { id: &id, section: 10, source, world: &world };
        let words = ("delay", "delay beyond the link in first waits, mean");
        let delay = (Observable::Metric(MetricId::ToAllMs, 10_000.0), Aggregate::Mean);
        targets.push(series.target(words, delay, p / (1.0 - 2.0 * p), Tolerance::Errors(1e-4)));
    }
    targets
}

/// Two zones; the first sends items of 1000 bytes, ids and headers included, and none is acknowledged.
fn stream(horizon: &str, rate: &str, network: &str, runs: u64) -> ValidationWorld {
    let text = format!(
        "horizon = \"{horizon}\"\nstop = \"horizon\"\n{network}[workload]\nitem_size = \"980B\"\n\
         id_size = \"16B\"\n[workload.items]\nsources = [{{ from = \"z0\", {rate} }}]\n"
    );
    ValidationWorld::new(2, "flood", &text, runs).set("exchange.flood.acknowledged", false)
}

/// The targets of section 11: a link that takes a second for an item.
pub fn queues() -> Vec<Target> {
    let network = "[network]\nlatency = \"1ms\"\nbandwidth = \"8kbit/s\"\nqueue = \"1GB\"\n";
    let mut targets = Vec::new();
    for (load, gap, horizon, runs) in [
        (0.5, "2s", "20000s", 40),
        (0.7, "1428571us", "20000s", 60),
        (0.9, "1111111us", "100000s", 60),
    ] {
        let world = stream(horizon, &format!("mean_interval = \"{gap}\""), network, runs);
        let id = format!("link-queue.load-{load}");
        let source = "exact: M/D/1; Kaul, Yates and Gruteser 2012";
        let series = Series { id: &id, section: 11, source, world: &world };
        let sojourn = 1.0 + load / (2.0 * (1.0 - load));
        let age = 1.0 / (2.0 * (1.0 - load)) + 0.5 + (1.0 - load) * libm::exp(load) / load;
        for (word, what, metric, expected) in [
            ("sojourn", "time in the queue and on the link, mean", MetricId::ToAllMs, sojourn),
            ("age", "age of information, mean", MetricId::AoiMs, age),
        ] {
            let reading = (Observable::Metric(metric, 1000.0), Aggregate::Mean);
            // A run begins with an empty queue.
            let tolerance = Tolerance::Errors(0.01 * expected);
            targets.push(series.target((word, what), reading, expected, tolerance));
        }
    }
    targets
}

/// The targets of section 12: a constant delay D of half a second; rates of one per second.
pub fn ages() -> Vec<Target> {
    let (periodic, poisson) = ("interval = \"1s\"", "mean_interval = \"1s\"");
    let constant = "[network]\nlatency = \"500ms\"\n";
    let lossy = "[network]\nlatency = \"500ms\"\nloss = 0.3\n";
    let exponential =
        "[network]\nlatency = \"1ms\"\njitter = { exponential = { mean = \"2s\" } }\n";
    let mut targets = Vec::new();
    for (id, what, rate, network, expected) in [
        ("periodic", "items every second", periodic, constant, 0.5 + 0.5),
        ("random", "items at random", poisson, constant, 1.0 + 0.5),
        ("periodic-loss", "the first with loss 0.3", periodic, lossy, 1.3 / 1.4 + 0.5),
        ("random-loss", "the second with loss 0.3", poisson, lossy, 1.0 / 0.7 + 0.5),
        (
            "reordered",
            "the second over exponential links of 2 s",
            poisson,
            exponential,
            reordered(),
        ),
    ] {
        let world = stream("20000s", rate, network, 40);
        let id = format!("age.{id}");
        let series =
            Series { id: &id, section: 12, source: "exact: renewal theory", world: &world };
        let reading = (Observable::Metric(MetricId::AoiMs, 1000.0), Aggregate::Mean);
        targets.push(series.target(
            ("mean", what),
            reading,
            expected,
            Tolerance::Within(0.01 * expected),
        ));
    }
    targets
}

/// The integral of exp(-r (t - (1 - exp(-mu t))/mu)) with r = 1 and mu = 1/2: an item of age t or less has
/// arrived unless none of that age has.
fn reordered() -> f64 {
    const STEP: f64 = 1e-3;
    let at = |t: f64| libm::exp(-(t - 2.0 * (1.0 - libm::exp(-0.5 * t))));
    (0..60_000).map(|step| at((f64::from(step) + 0.5) * STEP) * STEP).sum()
}
