//! Sections 5, 6, 9, 14, 16 and 17: what coordinations and clocks achieve, exact.

use super::series::Series;
use crate::experiment::validate::{Aggregate, Observable, Target, Tolerance, ValidationWorld};
use crate::metrics::MetricId;

/// The runs of a world in which little happens.
const RUNS: u64 = 20_000;

/// An exchange that tells nobody anything within a run.
const SILENT: &str = "[exchange.gossip]\ninterval = \"1000h\"\n\
                      forget = { on = \"blind\", by = \"counter\", k = 1 }\n";

/// So many zones, each with a member that is located in the first second.
fn ready(zones: u32, warning: &str, rest: &str, runs: u64) -> ValidationWorld {
    let list = |each: &dyn Fn(u32) -> String| {
        let all: Vec<_> = (0..zones).map(each).collect();
        all.join(", ")
    };
    let homes = list(&|zone| format!("\"z{zone}\""));
    let leads = list(&|zone| format!("{{ at = \"0s\", from = \"z{zone}\", about = {zone} }}"));
    let text = format!(
        "horizon = \"90s\"\n{rest}\n{SILENT}[workload]\nuse = \"organisation\"\n\
         [workload.organisation]\nmembers = {zones}\nhomes = [{homes}]\nleads = [{leads}]\n\
         corroboration = 1\nassessment = {{ constant = \"10ms\" }}\nwarning = \"{warning}\"\n"
    );
    ValidationWorld::new(zones, "gossip", &text, runs)
}

/// The targets of sections 5 and 6.
pub fn attacks_and_clocks() -> Vec<Target> {
    [attacks(), patterns(), clocks()].concat()
}

/// The targets of section 9.
pub fn two_phase_commit() -> Vec<Target> {
    let world = two_phase("3s", "", 20);
    let series = Series {
        id: "two-phase",
        section: 9,
        source: "exact: Gray and Lamport 2006",
        world: &world,
    };
    let exact = Tolerance::Within(0.0);
    let decided = Observable::Metric(MetricId::DecidedMs, 1000.0);
    let messages = Observable::Metric(MetricId::Messages, 1.0);
    vec![
        // A second each for the question and the answers, which go out at 60 s.
        series.target(
            ("decided", "latencies from the question to the decision"),
            (decided, Aggregate::Each),
            62.0,
            exact,
        ),
        // Seven each of prepare, vote, decision and acknowledgement; of probe, echo, report and its
        // acknowledgement.
        series.target(
            ("messages", "messages of 8 zones: 28, and 28 before the question"),
            (messages, Aggregate::Each),
            56.0,
            exact,
        ),
    ]
}

/// Zones a second apart. The first asks the others at 60 s, and all are to strike at 79.1 s.
fn two_phase(resend: &str, fault: &str, runs: u64) -> ValidationWorld {
    let rest = format!(
        "{fault}[network]\nlatency = \"1s\"\n[coordination]\nuse = \"two-phase\"\n\
         [coordination.two-phase]\nquiet = \"1h\"\ndeadline = \"60s\"\nvote = \"5s\"\n\
         margin = \"10s\"\nresend = \"{resend}\"\nprobe = \"1h\"\n"
    );
    ready(8, "1s", &rest, runs).set("resolution", "10ms").set("horizon", "2min")
}

/// The targets of section 14.
pub fn splits() -> Vec<Target> {
    let split = (Observable::Metric(MetricId::Split, 1.0), Aggregate::Share);
    let source = "exact: 1 - (1 - q^k)^7";
    let mut targets = Vec::new();
    for (resend, k, q, expected) in [("500ms", 6, 0.6, 0.284273), ("2s", 4, 0.8, 0.974995)] {
        // From before the decision on, at 62 s. The waits between its copies double: so many come in time.
        let fault = format!(
            "[[fault]]\nat = \"61500ms\"\nloss = [[\"z0\"], [\"*\"]]\nrate = {q}\none_way = true\n"
        );
        let world = two_phase(resend, &fault, RUNS);
        let id = format!("two-phase.{k}-copies");
        let series = Series { id: &id, section: 14, source, world: &world };
        let words = ("split", "P(split), each copy lost with probability q");
        targets.push(series.target(words, split, expected, Tolerance::Errors(5e-7)));
    }
    // Clocks within a second of true time: 2w (n - 1)/(n + 1).
    let rest = "[clocks]\nmax_offset = \"1s\"\n[coordination]\nuse = \"rendezvous\"\n\
                [coordination.rendezvous]\nfirst = \"30s\"\nmargin = \"1s\"\n";
    let world = ready(8, "10s", rest, RUNS);
    let source = "exact: range of uniform variables";
    let series = Series { id: "clocks", section: 14, source, world: &world };
    let spread = Observable::Metric(MetricId::SpreadMs, 1000.0);
    let words = ("spread", "spread of strikes of 8 clocks within 1 s, mean");
    let expected = 2.0 * 7.0 / 9.0;
    let reading = (spread, Aggregate::Mean);
    targets.push(series.target(words, reading, expected, Tolerance::Errors(5e-4)));
    targets
}

/// Two zones, both ready, and a network that loses each message with probability p. Levels are equal until
/// one of two messages of a round is lost. With modified levels, that of the zone behind is binomial.
fn attacks() -> Vec<Target> {
    let mut targets = Vec::new();
    for (levels, rounds, p, split, both) in [
        ("plain", 10, 0.1, 0.086255, 0.856872),
        ("plain", 4, 0.3, 0.221709, 0.589146),
        ("modified", 10, 0.1, 0.065132, 0.9),
        ("modified", 1, 0.5, 0.5, 0.5),
    ] {
        let setting = ("coordination.random-attack.levels", format!("\"{levels}\""));
        let world = random_attack(rounds, RUNS).set("network.loss", p).set(setting.0, setting.1);
        let id = format!("attack.{levels}-{rounds}-rounds");
        let source = match levels {
            "plain" => "exact: Lynch 1996, 5.2.2, (1 - (p^2 + (1 - p)^2)^r)/r",
            _ => "exact: Varghese and Lynch 1996, protocol S, binomial levels",
        };
        let series = Series { id: &id, section: 5, source, world: &world };
        let one = (Observable::Metric(MetricId::Split, 1.0), Aggregate::Share);
        let all = (Observable::AtLeast(MetricId::CapturedShare, 1.0), Aggregate::Share);
        let exact = Tolerance::Errors(5e-7);
        let words = ("split", "P(one strikes), threshold of as many as rounds");
        targets.push(series.target(words, one, split, exact));
        targets.push(series.target(("both", "P(both strike), the same"), all, both, exact));
    }
    targets
}

fn random_attack(rounds: u32, runs: u64) -> ValidationWorld {
    let rest = format!(
        "[network]\nlatency = \"100ms\"\n[coordination]\nuse = \"random-attack\"\n\
         [coordination.random-attack]\nstart = \"9s\"\nround = \"1s\"\nrounds = {rounds}\n\
         threshold = {rounds}\n"
    );
    ready(2, "5s", &rest, runs)
}

/// All patterns of lost messages in two rounds: no split, or one with probability 1/2.
fn patterns() -> Vec<Target> {
    let source = "exact: enumeration; at most 1/r";
    let mut targets = Vec::new();
    for pattern in 0..16_u32 {
        let arrives = |round: u32, from: usize| pattern >> (2 * round + from as u32) & 1 == 1;
        let mut levels = [0, 0];
        let mut faults = Vec::new();
        for round in 0..2 {
            let before = levels;
            for from in 0..2 {
                let to = 1 - from;
                if !arrives(round, from) {
                    faults.push(format!(
                        "{{ at = \"{}ms\", for = \"500ms\", one_way = true, partition = [[\"z{from}\"], \
                         [\"z{to}\"]] }}",
                        8900 + 1000 * round
                    ));
                } else if before[from] >= before[to] {
                    levels[to] = before[from] + 1;
                }
            }
        }
        let split_by = |threshold| levels.iter().filter(|&&level| level >= threshold).count() == 1;
        let expected = [1, 2].into_iter().filter(|&threshold| split_by(threshold)).count();
        let world = random_attack(2, 1_000).set("fault", format!("[{}]", faults.join(", ")));
        let id = format!("attack.pattern-{pattern:04b}");
        let series = Series { id: &id, section: 5, source, world: &world };
        let split = Observable::Metric(MetricId::Split, 1.0);
        let words = ("split", "P(one strikes), 2 rounds, these messages arrive");
        targets.push(match expected {
            0 => series.target(words, (split, Aggregate::Each), 0.0, Tolerance::Within(0.0)),
            _ => series.target(words, (split, Aggregate::Share), 0.5, Tolerance::Errors(0.0)),
        });
    }
    targets
}

/// Clocks of eight zones after a round, delays between 30 ms and 40 ms.
fn clocks() -> Vec<Target> {
    let source = "exact: Lundelius and Lynch 1984, u (1 - 1/n)";
    let text = |network: &str| {
        format!(
            "stop = \"horizon\"\nhorizon = \"10s\"\n{network}[clocks]\nmax_offset = \"300ms\"\n\
             [clocks.sync.averaging]\nstart = \"1s\"\ninterval = \"5s\"\nmin_delay = \"30ms\"\n\
             max_delay = \"40ms\"\n{SILENT}"
        )
    };
    let into = |from: u32| {
        let to = |to: u32| {
            format!("\"z{from}>z{to}\" = {{ latency = \"{}ms\" }}\n", [40, 30][to as usize])
        };
        (0..2).filter(|&zone| zone != from).map(to).collect::<String>()
    };
    let links: String = (0..8).map(into).collect();
    let worst = text(&format!("[network]\nlatency = \"35ms\"\n[network.link]\n{links}"));
    let drawn = text(
        "[network]\nlatency = \"30ms\"\njitter = { uniform = { min = \"0s\", max = \"10ms\" } }\n",
    );
    let [worst, drawn] = [(worst, 20), (drawn, 2_000)]
        .map(|(text, runs)| ValidationWorld::new(8, "gossip", &text, runs));
    let series = |id, world| Series { id, section: 6, source, world };
    vec![
        series("clocks.worst", &worst).target(
            ("skew", "clocks apart after a round, all delays the worst, in ms"),
            (Observable::ClockSkewMs, Aggregate::Each),
            8.75,
            Tolerance::Within(2e-6),
        ),
        series("clocks.drawn", &drawn).target(
            ("within", "1 if clocks are no further apart, delays drawn"),
            (Observable::ClockSkewWithin(8.750_001), Aggregate::Each),
            1.0,
            Tolerance::Within(0.0),
        ),
    ]
}

/// The targets of section 16: one range of timeouts decides at once.
pub fn elections() -> Vec<Target> {
    let mut targets = Vec::new();
    for (zones, latency) in [(2, 300), (2, 600), (5, 600)] {
        let rest = format!(
            "stop = \"horizon\"\n[network]\nlatency = \"{latency}ms\"\n[coordination]\n\
             use = \"consensus\"\n[coordination.consensus]\nelection = \"6s\"\n\
             election_max = \"9s\"\nheartbeat = \"1s\"\n"
        );
        let world = ready(zones, "1s", &rest, 10_000).set("horizon", "11s");
        let id = format!("raft.{zones}-zones-{latency}-ms");
        let share = f64::from(latency) / 3000.0;
        let (source, expected) = match zones {
            2 => ("exact: (1 - d/W)^n, both votes needed", libm::pow(1.0 - share, 2.0)),
            _ => ("exact: candidates within d, binomial votes", elected(zones, share)),
        };
        let series = Series { id: &id, section: 16, source, world: &world };
        let words = ("first", "P(the first term has a leader)");
        let first = (Observable::ElectedInTerm(1), Aggregate::Share);
        // A timeout is a whole tick of 3000.
        targets.push(series.target(words, first, expected, Tolerance::Errors(1e-3)));
    }
    targets
}

/// The probability that the first of n timeouts, uniform on a range of 1, has its candidate elected: m others
/// come before `share` later and vote for themselves, and the rest vote for the first.
fn elected(n: u32, share: f64) -> f64 {
    let choose = |k: u32| (0..k).map(|i| f64::from(n - 1 - i) / f64::from(i + 1)).product::<f64>();
    // The first at x: n (1 - x)^(n - 1) dx; each other within share of it with probability w.
    const STEPS: u32 = 20_000;
    let most = (n - 1) / 2;
    let at = |x: f64| {
        let (left, within) = (1.0 - x, share.min(1.0 - x));
        let some = |m: u32| {
            choose(m) * libm::pow(within, m.into()) * libm::pow(left - within, f64::from(n - 1 - m))
        };
        f64::from(n) * (0..=most).map(some).sum::<f64>()
    };
    (0..STEPS).map(|step| at((f64::from(step) + 0.5) / f64::from(STEPS))).sum::<f64>()
        / f64::from(STEPS)
}

/// The targets of section 17: zones become ready after an exponential time of 10 s; links take 100 ms.
pub fn quorums() -> Vec<Target> {
    let mut targets = Vec::new();
    for (zones, ready) in [(5_u32, 3_u32), (8, 5)] {
        let homes: Vec<_> = (0..zones).map(|zone| format!("\"z{zone}\"")).collect();
        let text = format!(
            "horizon = \"200s\"\n[hub]\nseat = \"z0\"\n[network]\nlatency = \"100ms\"\n{SILENT}\
             [workload]\nuse = \"organisation\"\n[workload.organisation]\nmembers = {zones}\n\
             homes = [{}]\naway = 0\ncorroboration = 1\nassessment = \"1ms\"\nlead_interval = \"10s\"\n\
             warning = \"2s\"\n[coordination]\nuse = \"quorum\"\n[coordination.quorum]\n\
             ready = {ready}\nmargin = \"1s\"\n",
            homes.join(", ")
        );
        let world = ValidationWorld::new(zones, "gossip", &text, 10_000);
        let id = format!("quorum.{ready}-of-{zones}");
        let source = "exact: binomial";
        let series = Series { id: &id, section: 17, source, world: &world };
        for seconds in [4.0, 10.0] {
            // A report takes 100 ms, an assessment 1 ms.
            let p = 1.0 - libm::exp(-0.1 * (seconds - 0.101));
            let expected = at_least(ready, zones, p);
            let decided = Observable::AtMost(MetricId::DecidedMs, 1000.0 * seconds);
            let (word, what) = (format!("by-{seconds}-s"), format!("P(decided by {seconds} s)"));
            let reading = (decided, Aggregate::Share);
            targets.push(series.target((&word, &what), reading, expected, Tolerance::Errors(1e-3)));
        }
    }
    targets
}

/// The probability of at least k successes among n.
fn at_least(k: u32, n: u32, p: f64) -> f64 {
    let choose = |k: u32| (0..k).map(|i| f64::from(n - i) / f64::from(i + 1)).product::<f64>();
    (k..=n).map(|i| choose(i) * libm::pow(p, i.into()) * libm::pow(1.0 - p, f64::from(n - i))).sum()
}
