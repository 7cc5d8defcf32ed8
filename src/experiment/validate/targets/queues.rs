//! Section 7: the desk of one zone as queues with exponential times under Poisson leads.
//!
//! M/M/c: a lead waits with the probability C(c, a) of Erlang (1917), where a is the load, and then for
//! 1/(c - a) services on average. The output of such a queue in its steady state is Poisson (Burke 1956),
//! so that translation and assessment in series are independent M/M/c (Jackson 1957), and the mean time
//! is the sum of theirs. Leads that need no translation merge with those that have one.
//!
//! Officers decide once per lead where the exchange is collective, and once per recipient where it is
//! bilateral: the decisions of a lead come in at once, as a batch. A delay after the decision and the
//! network add to the time in that queue.

use super::series::Series;
use crate::experiment::validate::{Aggregate, Observable, Target, Tolerance, ValidationWorld};

/// The runs of a world.
const RUNS: u64 = 30;

/// The mean time of an assessment in ms, at a resolution of 1 ms: rounding is a ten-thousandth of it.
const SERVICE_MS: f64 = 10_000.0;

/// The leads seen in a run, the first eleventh of which are not measured.
const LEADS: f64 = 22_000.0;

/// All leads arise at the home of the only member, who is never located.
const TEXT: &str = r#"
stop = "horizon"
[network]
latency = "1ms"
[workload]
use = "organisation"
[workload.organisation]
members = 1
homes = ["z0"]
away = 0
corroboration = 1_000_000
assessment = "10s"
[workload.organisation.languages]
kg = 0.5
ru = 0.5
[desk]
fusion = "home"
[coordination]
use = "independent"
"#;

/// A desk with so many labs at this load in services per service time.
fn world(labs: u32, load: f64) -> ValidationWorld {
    // A whole number of nanoseconds, as times must be.
    let interval = (SERVICE_MS * 1e6 / load).round();
    ValidationWorld::new(2, "mesh", TEXT, RUNS)
        .set("desk.labs", labs)
        .set("workload.organisation.lead_interval", format!("{interval}ns"))
        .set("horizon", format!("{}ns", interval * LEADS))
}

/// The probability that an arrival waits in M/M/c (Erlang C).
fn erlang_c(servers: u32, load: f64) -> f64 {
    let (mut term, mut sum) = (1.0, 0.0);
    for k in 0..servers {
        sum += term;
        term *= load / f64::from(k + 1);
    }
    let all_busy = term * f64::from(servers) / (f64::from(servers) - load);
    all_busy / (sum + all_busy)
}

/// The mean wait in M/M/c, in mean services.
fn mean_wait(servers: u32, load: f64) -> f64 {
    erlang_c(servers, load) / (f64::from(servers) - load)
}

/// The mean time in a queue at which batches of this size arrive, `load` in services per service time: in
/// mean services. The flow up across each number of jobs is that down across it.
fn batch_sojourn(servers: u32, batch: u32, load: f64) -> f64 {
    let batches = load / f64::from(batch);
    let mut shares = vec![1.0];
    let (mut sum, mut jobs) = (1.0, 0.0);
    while shares[shares.len() - 1] > 1e-15 * sum {
        let next = shares.len();
        let up: f64 = shares[next.saturating_sub(batch as usize)..].iter().sum();
        let share = batches * up / f64::from(servers.min(next as u32));
        shares.push(share);
        sum += share;
        jobs += share * next as f64;
    }
    jobs / sum / load
}

/// The targets of the section.
pub fn targets() -> Vec<Target> {
    let mut targets = Vec::new();
    for (labs, load) in [(1, 0.5), (2, 1.0), (5, 4.0), (8, 6.0)] {
        let world = world(labs, load);
        let id = format!("labs.{labs}");
        let series = Series { id: &id, section: 7, source: "exact: Erlang C", world: &world };
        let exact = Tolerance::Errors(0.0);
        let mean = |observable| (observable, Aggregate::Mean);
        let wait = mean(Observable::LabWait(SERVICE_MS));
        let words = ("wait", "mean wait for a lab, in mean assessments");
        // A lead that comes in the tick in which a lab becomes free does not wait.
        let ticks = Tolerance::Errors(1.0 / SERVICE_MS);
        let waits = ("waits", "share of leads that wait for a lab");
        let series_of = |source| Series { source, ..series };
        let ratio = (Observable::LittlesRatio, Aggregate::Each);
        let little = ("little", "mean number of leads over rate times mean time");
        targets.extend([
            series.target(waits, mean(Observable::LabWaits), erlang_c(labs, load), ticks),
            series.target(words, wait, mean_wait(labs, load), exact),
            series_of("exact: Little 1961").target(little, ratio, 1.0, Tolerance::Within(0.01)),
        ]);
    }
    targets.extend(tandem());
    targets.extend(officers());
    targets.extend(release());
    targets
}

/// Half of the leads are translated, which takes half as long again as an assessment; then all are
/// assessed.
fn tandem() -> [Target; 2] {
    let (translators, labs, load) = (2, 3, 2.0);
    let world = world(labs, load)
        .set("desk.translators", translators)
        .set("desk.translation", "15s")
        .set("desk.languages", "[\"kg\"]");
    let translation = 1.5 * (1.0 + mean_wait(translators, load * 0.5 * 1.5));
    let assessment = 1.0 + mean_wait(labs, load);
    let source = "exact: Burke 1956, Jackson 1957";
    let series = Series { id: "tandem", section: 7, source, world: &world };
    let target = |words, observable, expected| {
        series.target(words, (observable, Aggregate::Mean), expected, Tolerance::Errors(0.0))
    };
    [
        target(
            ("translated", "mean time until translated, in mean assessments"),
            Observable::ToTranslated(SERVICE_MS),
            translation,
        ),
        target(
            ("assessed", "mean time until assessed, half of the leads translated"),
            Observable::ToAssessed(SERVICE_MS),
            0.5 * translation + assessment,
        ),
    ]
}

/// The zones of an exchange, one of which sees all leads, and how its officers decide on them: so many
/// decisions per lead.
fn deciding(
    zones: u32,
    exchange: &str,
    decisions: u32,
    (servers, load): (u32, f64),
) -> ValidationWorld {
    let interval = (SERVICE_MS * 1e6 * f64::from(decisions) / load).round();
    let hub = if exchange == "hub" { "[hub]\n" } else { "" };
    ValidationWorld::new(zones, exchange, &format!("{TEXT}[release]\n{hub}"), RUNS)
        .set("release.approval", "10s")
        .set("release.officers", servers)
        .set("workload.organisation.lead_interval", format!("{interval}ns"))
        .set("horizon", format!("{}ns", interval * LEADS))
}

/// One decision per lead through the hub, seven in the mesh of eight zones.
fn officers() -> Vec<Target> {
    let mut targets = Vec::new();
    for (id, exchange, decisions, servers, load) in [
        ("officers.hub", "hub", 1, 2, 1.0),
        ("officers.mesh-1", "mesh", 7, 1, 0.5),
        ("officers.mesh-2", "mesh", 7, 2, 1.2),
    ] {
        let world = deciding(8, exchange, decisions, (servers, load));
        let source = "exact: balance of M/M/c with batches";
        let series = Series { id, section: 7, source, world: &world };
        targets.push(series.target(
            ("decided", "mean time until a decision on release, in mean decisions"),
            (Observable::ToPublished(SERVICE_MS), Aggregate::Mean),
            batch_sojourn(servers, decisions, load),
            Tolerance::Errors(0.0),
        ));
    }
    targets
}

/// Half of the leads are released two decisions after the decision, the others after an exponential time
/// that is twice as long on average; the network takes half a decision.
fn release() -> [Target; 2] {
    let (servers, load) = (2, 1.0);
    let rules =
        r#"[{ tlp = "amber", delay = "20s" }, { tlp = "green", delay = { exponential = "40s" } }]"#;
    let world = deciding(2, "mesh", 1, (servers, load))
        .set("workload.organisation.away", 1.0)
        .set("release.tlp", "{ amber = 0.5, green = 0.5 }")
        .set("release.rules", rules)
        .set("network.latency", "5s");
    let published = 1.0 + mean_wait(servers, load) + 0.5 * 2.0 + 0.5 * 4.0;
    let source = "exact: Erlang C, sums of means";
    let series = Series { id: "release", section: 7, source, world: &world };
    let target = |words, observable, expected| {
        series.target(words, (observable, Aggregate::Mean), expected, Tolerance::Errors(0.0))
    };
    [
        target(
            ("published", "mean time until published, in mean decisions"),
            Observable::ToPublished(SERVICE_MS),
            published,
        ),
        target(
            ("home", "mean time until the zone that it points to has a lead"),
            Observable::LeadToHome(SERVICE_MS),
            published + 0.5,
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_figures_of_erlang_c() {
        for (servers, load, waits, wait) in [
            (1, 0.5, 0.5, 1.0),
            (2, 1.0, 1.0 / 3.0, 1.0 / 3.0),
            (5, 4.0, 128.0 / 231.0, 128.0 / 231.0),
            (8, 6.0, 5832.0 / 16337.0, 2916.0 / 16337.0),
        ] {
            assert!((erlang_c(servers, load) - waits).abs() < 1e-12, "{servers}");
            assert!((mean_wait(servers, load) - wait).abs() < 1e-12, "{servers}");
            let single = batch_sojourn(servers, 1, load);
            assert!((single - 1.0 - wait).abs() < 1e-9, "{servers}: {single}");
        }
    }

    /// One server: (1 + b) / (2 (1 - load)). With as many servers as a batch has jobs and hardly any load
    /// none waits.
    #[test]
    fn known_figures_of_batches() {
        for (batch, load) in [(1, 0.5), (7, 0.5), (3, 0.9)] {
            let exact = (1.0 + f64::from(batch)) / (2.0 * (1.0 - load));
            assert!((batch_sojourn(1, batch, load) - exact).abs() < 1e-9, "{batch}");
        }
        assert!((batch_sojourn(7, 7, 1e-9) - 1.0).abs() < 1e-6);
        // Of two jobs before one server, one waits a service; before two servers, none.
        assert!((batch_sojourn(1, 2, 1e-9) - 1.5).abs() < 1e-6);
    }
}
