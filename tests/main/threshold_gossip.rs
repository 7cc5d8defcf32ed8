//! `threshold-gossip` in whole runs, against the exact Markov chain of
//! `zonesim::protocol::coordination::threshold_gossip`: how far a time spreads, and how often zones
//! strike late.

use std::collections::BTreeMap;

use crate::common::formula::{Given, formula, value};
use crate::common::{BuiltinPlan, SILENT_EXCHANGE, digest, lines, plan_of, row, rows};
use zonesim::engine::{self, Engine, Event, TraceSink};
use zonesim::metrics::MetricRow;
use zonesim::protocol::coordination::{BuiltinMessage, threshold_gossip::Message};
use zonesim::protocol::node::{Builtin, Envelope, EnvelopeOf};
use zonesim::time::SimTime;

const ENGINES: [Engine; 2] = [Engine::Event, Engine::Turmoil];

/// A time is for the end of the rounds.
const AT_ONCE: &str = "clock_bound = \"0s\"\nmargin = \"0s\"\n";

/// Zones with a member each, located at these times; rounds of 1 s, links of 20 ms. Who strikes after
/// the others is too late.
fn world(located_ms: &[u64], settings: &str, rest: &str) -> BuiltinPlan {
    let zones = located_ms.len();
    let homes: Vec<_> = (0..zones).map(|zone| format!("\"z{zone}\"")).collect();
    let names: Vec<_> = (0..zones).map(|zone| format!("[zones.z{zone}]")).collect();
    let lead = |(zone, at): (usize, &u64)| {
        format!("{{ at = \"{}ms\", from = \"z{zone}\", about = {zone} }}", at - 10)
    };
    let leads: Vec<_> = located_ms.iter().enumerate().map(lead).collect();
    plan_of(&format!(
        r#"horizon = "25s"
{}
{SILENT_EXCHANGE}[workload]
use = "organisation"
[workload.organisation]
members = {zones}
homes = [{}]
leads = [{}]
corroboration = 1
assessment = {{ constant = "10ms" }}
warning = "10ms"
[coordination]
use = "threshold-gossip"
[coordination.threshold-gossip]
interval = "1s"
{settings}
[network]
latency = "20ms"
{rest}"#,
        names.join("\n"),
        homes.join(", "),
        leads.join(", "),
    ))
}

/// z0 proposes at 1 s; the others are ready just before the time, and know of no other by then.
fn one_proposal(zones: usize, (fanout, rounds): (u32, u32), loss: f64) -> BuiltinPlan {
    let mut located = vec![u64::from(rounds) * 1000 + 700; zones];
    located[0] = 500;
    let settings =
        format!("{AT_ONCE}ready = 1\nfanout = {fanout}\nrounds = {rounds}\nvalid_for = \"1s\"");
    world(&located, &settings, &format!("loss = {loss}\n"))
}

/// The probability that so many know after a round, if `knowing` of `zones` know before it: each tells
/// `fanout` others, and is heard with probability `q`.
fn after_a_round(zones: usize, knowing: usize, fanout: u32, q: f64) -> Vec<f64> {
    let others = zones as f64 - 1.0;
    let unknowing = zones - knowing;
    // By how many have heard so far.
    let mut heard = vec![0.0; unknowing + 1];
    heard[0] = 1.0;
    for _ in 0..knowing {
        // The partners of a zone, one after the other, all different: by how many of them are new, and
        // how many of these hear.
        let mut next = vec![0.0; unknowing + 1];
        for (already, share) in heard.iter().enumerate() {
            let fresh = (unknowing - already) as f64;
            let mut drawn = vec![vec![0.0; fanout as usize + 1]; fanout as usize + 1];
            drawn[0][0] = *share;
            for partner in 0..fanout as usize {
                for new in (0..=partner).rev() {
                    for hearing in (0..=new).rev() {
                        let share = std::mem::take(&mut drawn[new][hearing]);
                        let is_new = ((fresh - new as f64) / (others - partner as f64)).max(0.0);
                        drawn[new + 1][hearing + 1] += share * is_new * q;
                        drawn[new + 1][hearing] += share * is_new * (1.0 - q);
                        drawn[new][hearing] += share * (1.0 - is_new);
                    }
                }
            }
            for (new, shares) in drawn.iter().enumerate() {
                for (hearing, share) in shares.iter().enumerate().filter(|(_, share)| **share > 0.0)
                {
                    assert!(hearing <= new && already + hearing <= unknowing);
                    next[already + hearing] += share;
                }
            }
        }
        heard = next;
    }
    [vec![0.0; knowing], heard].concat()
}

/// The probability that so many know after each round, from one that knows, until all do.
struct Chain {
    steps: Vec<Vec<f64>>,
    shares: Vec<f64>,
}

impl Chain {
    fn new(zones: usize, fanout: u32, q: f64) -> Self {
        let step = |knowing| after_a_round(zones, knowing, fanout, q);
        let steps = [vec![]].into_iter().chain((1..=zones).map(step)).collect();
        let mut shares = vec![0.0; zones + 1];
        shares[1] = 1.0;
        Self { steps, shares }
    }

    fn round(&mut self) {
        let mut next = vec![0.0; self.shares.len()];
        for (share, step) in self.shares.iter().zip(&self.steps) {
            for (to, chance) in next.iter_mut().zip(step) {
                *to += share * chance;
            }
        }
        self.shares = next;
    }

    fn all(&self) -> f64 {
        *self.shares.last().expect("zones")
    }

    fn mean(&self) -> f64 {
        self.shares.iter().enumerate().map(|(knowing, share)| knowing as f64 * share).sum()
    }
}

/// Cases that can be told by hand.
#[test]
fn the_chain_is_right() {
    let close = |found: &[f64], expected: &[f64]| {
        assert_eq!(found.len(), expected.len());
        let is_close = |(a, b): (&f64, &f64)| (a - b).abs() < 1e-12;
        assert!(found.iter().zip(expected).all(is_close), "{found:?}, {expected:?}");
    };
    close(&after_a_round(4, 2, 1, 1.0), &[0.0, 0.0, 1.0 / 9.0, 6.0 / 9.0, 2.0 / 9.0]);
    close(&after_a_round(4, 3, 1, 1.0), &[0.0, 0.0, 0.0, 8.0 / 27.0, 19.0 / 27.0]);
    close(&after_a_round(4, 1, 3, 0.5), &[0.0, 0.125, 0.375, 0.375, 0.125]);
    close(&after_a_round(4, 2, 2, 1.0), &[0.0, 0.0, 0.0, 2.0 / 9.0, 7.0 / 9.0]);
    // The mean, given those that know.
    for (zones, knowing, fanout, q) in [(9, 4, 1, 0.7), (9, 5, 3, 1.0), (6, 2, 4, 0.4)] {
        let shares = after_a_round(zones, knowing, fanout, q);
        let mean: f64 = shares.iter().enumerate().map(|(all, share)| all as f64 * share).sum();
        let reached = f64::from(fanout) * q / (zones as f64 - 1.0);
        let missed = (0..knowing).fold(1.0, |missed, _| missed * (1.0 - reached));
        let expected = knowing as f64 + (zones - knowing) as f64 * (1.0 - missed);
        assert!((mean - expected).abs() < 1e-12, "{mean}, {expected}");
    }
}

#[test]
fn zones_strike_late_as_often_as_the_chain_says() {
    const RUNS: u64 = 120;
    for (zones, fanout, loss, rounds) in [(8, 1, 0.3, 6), (5, 2, 0.2, 2), (2, 1, 0.5, 3)] {
        let what = format!("{zones} zones, fanout {fanout}, loss {loss}, {rounds} rounds");
        let plan = one_proposal(zones, (fanout, rounds), loss);
        let [event, turmoil] = ENGINES.map(|engine| digest(&plan, engine, 1));
        assert_eq!(event, turmoil, "{what}");
        let mut chain = Chain::new(zones, fanout, 1.0 - loss);
        (0..rounds).for_each(|_| chain.round());
        let squares =
            chain.shares.iter().enumerate().map(|(all, share)| (all * all) as f64 * share);
        let variance = squares.sum::<f64>() - chain.mean() * chain.mean();
        let all = chain.all();
        let rows = rows(plan, (1, RUNS));
        let mean = |of: fn(&MetricRow) -> Option<f64>| {
            rows.iter().map(|row| of(row).expect("a strike")).sum::<f64>() / RUNS as f64
        };
        let n = RUNS as f64;
        for (name, expected, found, error) in [
            ("split", 1.0 - all, mean(|row| row.split), (all * (1.0 - all) / n).sqrt()),
            ("captured", chain.mean(), mean(|row| row.captured), (variance / n).sqrt()),
        ] {
            println!("{what}, {name}: {found:.4} ± {error:.4}, {expected:.4}");
            assert!((found - expected).abs() <= 4.0 * error, "{what}, {name}: {found}, {expected}");
        }
    }
}

#[test]
fn a_time_reaches_all_in_about_as_many_rounds_as_the_formula_says() {
    let is =
        formula("threshold-gossip", "rounds until all know the time, fanout 1, mean to within two");
    for zones in [8, 32, 100] {
        let mut chain = Chain::new(zones, 1, 1.0);
        // Sum of the probabilities that it takes more rounds.
        let mut mean = 0.0;
        while chain.all() < 1.0 - 1e-9 {
            mean += 1.0 - chain.all();
            chain.round();
        }
        let expected = value(is, &Given::from([("n", zones as f64)]));
        println!("{zones} zones: {mean}, {expected}");
        assert!((mean - expected).abs() < 2.0, "{zones} zones: {mean}, {expected}");
    }
}

/// What there is to see of a run, in ms.
#[derive(Debug, Default, PartialEq)]
struct Seen {
    /// Messages by the instant in which they are sent.
    sent: BTreeMap<u64, u32>,
    /// When the first zone told of a time.
    proposed: Option<u64>,
    /// By zone: when it decided, and on what.
    decided: Vec<(u32, u64, i64)>,
    struck: Vec<(u32, u64)>,
}

impl TraceSink<EnvelopeOf<Builtin>> for Seen {
    fn record(&mut self, at: SimTime, event: &Event<'_, EnvelopeOf<Builtin>>) {
        match event {
            Event::Send { message: Envelope::Coordination(message), .. } => {
                *self.sent.entry(at.0).or_default() += 1;
                if let BuiltinMessage::ThresholdGossip(Message::Strike(_)) = message {
                    self.proposed.get_or_insert(at.0);
                }
            }
            Event::Decide { node, at: time, .. } => self.decided.push((node.0, at.0, time.0)),
            Event::Strike { node, .. } => self.struck.push((node.0, at.0)),
            _ => {}
        }
    }
}

/// What is the same on both engines.
fn seen(plan: &BuiltinPlan) -> Seen {
    let [event, turmoil] = ENGINES.map(|engine| {
        let mut seen = Seen::default();
        engine::run::<Builtin, _>(engine, plan, 1, &mut seen);
        seen
    });
    assert_eq!(event, turmoil);
    event
}

#[test]
fn costs_and_times_are_those_of_the_formulas() {
    for (zones, fanout, ready) in [(3_u32, 2, 3), (8, 7, 8), (8, 3, 1)] {
        let located: Vec<u64> = (0..zones).map(|zone| 2_300 + 10 * u64::from(zone)).collect();
        let settings = format!(
            "ready = {ready}\nfanout = {fanout}\nrounds = 9\nmargin = \"2s\"\nvalid_for = \"4s\""
        );
        let text = world(&located, &settings, "");
        let seen = seen(&text);
        let given = Given::from([
            ("n", f64::from(zones)),
            ("fanout", f64::from(fanout)),
            ("rounds", 9.0),
            ("interval", 1_000.0),
            ("clock_bound", 100.0),
            ("margin", 2_000.0),
        ]);
        let is = |formula: &str| value(formula, &given);
        let proposed = seen.proposed.expect("a proposal");
        // Each tells all others of itself in the round at 3 s.
        let learned = if ready == 1 { 2_300 } else { 3_020 };
        let wait = is(formula(
            "threshold-gossip",
            "from learning that enough are ready to the proposal, at most",
        ));
        assert!(proposed > learned && (proposed - learned) as f64 <= wait, "{proposed}");
        let ahead = is(formula("threshold-gossip", "from the proposal to the strikes")) as u64;
        assert!(seen.struck.iter().all(|&(_, at)| at == proposed + ahead), "{seen:?}");
        assert_eq!(seen.struck.len(), zones as usize);
        let messages =
            is(formula("threshold-gossip", "messages of a round, once all have something to tell"));
        let void = proposed + ahead + 4_000;
        for round in seen.sent.range(proposed + ahead..=void) {
            assert_eq!(f64::from(*round.1), messages, "{round:?}");
        }
        assert_eq!(seen.sent.range(void + 1..).count(), 0, "a void time is told to nobody");
        assert_eq!(seen.sent.range(proposed + ahead..=void).count(), 4);
    }
}

/// Cut off while there is a proposal: a minority strikes late, or never; with a threshold that both
/// sides reach, each strikes at its own time and keeps it.
#[test]
fn who_is_cut_off_strikes_late_or_at_a_time_of_its_own() {
    let world = |ready: u32, heals: &str, sides: &str| {
        let settings =
            format!("{AT_ONCE}ready = {ready}\nfanout = 3\nrounds = 2\nvalid_for = \"3s\"");
        let partition =
            format!("[[fault]]\nat = \"0s\"\nfor = \"{heals}\"\npartition = [{sides}]\n");
        seen(&world(&[500, 500, 1500, 1500], &settings, &partition))
    };
    let minority = r#"["z3"], ["z0", "z1", "z2"]"#;
    let halves = r#"["z0", "z1"], ["z2", "z3"]"#;
    // z2 hears of z0 and z1 at 1.02 s, is ready at 1.5 s and proposes at 2 s.
    let late = world(3, "5500ms", minority);
    let in_time = |zone| (zone, 4_000, 4_000);
    assert_eq!(late.decided, [in_time(0), in_time(1), in_time(2), (3, 6_020, 4_000)]);
    assert_eq!(late.struck, [(0, 4_000), (1, 4_000), (2, 4_000), (3, 6_020)]);
    let never = world(3, "9s", minority);
    assert_eq!(never.struck, [(0, 4_000), (1, 4_000), (2, 4_000)]);
    // z0 and z1 propose at 2 s, z2 and z3 at 3 s; healed in between, all take the earlier time.
    let two = world(2, "9s", halves);
    assert_eq!(two.struck, [(0, 4_000), (1, 4_000), (2, 5_000), (3, 5_000)]);
    let healed = world(2, "2500ms", halves);
    assert_eq!(healed.struck, [(0, 4_000), (1, 4_000), (2, 4_000), (3, 4_000)]);
    // They hear of it at 4.02 s, when it has come: late, and before their own.
    let between = world(2, "3500ms", halves);
    assert_eq!(between.struck, [(0, 4_000), (1, 4_000), (2, 4_020), (3, 4_020)]);
}

/// A crash with loss of memory makes a zone late if it is down when the time comes, and no more.
#[test]
fn memory_is_durable() {
    let settings = &format!("{AT_ONCE}ready = 3\nfanout = 3\nrounds = 4");
    let crash = "[[fault]]\nat = \"2500ms\"\nfor = \"2s\"\ncrash = [\"z2\"]\nmemory = \"lost\"\n";
    let plan = world(&[500, 500, 500, 500], settings, crash);
    let all: Vec<_> = (0..4).map(|zone| (zone, 6_000)).collect();
    assert_eq!(seen(&plan).struck, all);
    let row = row(&plan, Engine::Event, 1);
    assert_eq!((row.captured_share, row.split), (Some(1.0), Some(0.0)));
    let down = crash.replace("2500ms", "5s");
    let late = seen(&world(&[500, 500, 500, 500], settings, &down));
    assert_eq!(late.struck[3], (2, 7_000), "it decides when it is back");
}

/// Observers neither count nor are told anything.
#[test]
fn observers_are_excluded() {
    let settings = format!("{AT_ONCE}ready = 2\nfanout = 2\nrounds = 2");
    let plan = world(&[500, 500], &settings, "[zones.watcher]\nrole = \"observer\"\n");
    assert_eq!(seen(&plan).struck, [(0, 4_000), (1, 4_000)]);
    let trace = lines(&plan, Engine::Event, 1);
    let told = trace.iter().filter(|line| line.contains("\"Coordination\""));
    let to_observer = told.clone().filter(|line| line.contains("\"to\":\"watcher\"")).count();
    assert!(told.count() > 0 && to_observer == 0);
}
