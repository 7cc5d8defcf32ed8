//! Zones that differ only in their number do equally well.
//!
//! In each world here all zones are exchangeable but those with a declared role: the origin of an
//! item, the seat of the hub, the coordinator. If numbers make no difference, the scores of a run
//! have the same distribution under every permutation of these zones. Two statistics over many runs
//! judge each score: Friedman's chi-square with the scores as they are, and the trend along the
//! numbers. Then the role moves from the first zone to the last, and the total of each score over a
//! run must keep its mean.
//!
//! A statistic exceeds its bound with probability 1e-6 if numbers make no difference. There are fewer
//! than 1000: with other seeds this file would fail by chance with probability below 1e-3.

use crate::common::{BuiltinPlan, plan_of};
use zonesim::engine::{self, Engine, Event, TraceSink};
use zonesim::experiment::sweep;
use zonesim::id::NodeId;
use zonesim::protocol::WireMessage;
use zonesim::protocol::node::Builtin;
use zonesim::time::SimTime;

/// What a standard normal variable exceeds with probability 1e-6: on both sides, and on one.
const TWO_SIDED: f64 = 4.892;
const ONE_SIDED: f64 = 4.753;

/// What chi-square exceeds with probability 1e-6 (E. B. Wilson and M. M. Hilferty 1931).
fn chi_square_bound(freedom: f64) -> f64 {
    let ninth = 2.0 / (9.0 * freedom);
    let root = 1.0 - ninth + ONE_SIDED * ninth.sqrt();
    freedom * root * root * root
}

/// What is scored of a zone in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Score {
    /// Sum over items of the rank of its arrival; ties share a rank, and what never arrives is last.
    Rank,
    /// Sum over items of the age at arrival: the horizon, if it never arrives.
    Age,
    /// Sum of the ages at which the others learnt its own items.
    AgeElsewhere,
    /// First receipts of other zones from it.
    Told,
    Sent,
    Received,
    /// Sum of the instants at which it located members, and at which it struck.
    Located,
    Struck,
    /// How often it was elected.
    Elected,
}

const SCORES: [Score; 9] = {
    use Score::*;
    [Rank, Age, AgeElsewhere, Told, Sent, Received, Located, Struck, Elected]
};

type Scores = Vec<[f64; SCORES.len()]>;

/// What is observed in one run.
struct Run {
    scores: Scores,
    /// By item: its origin, when it was published, and when zones learnt it.
    items: Vec<(usize, SimTime, Vec<Option<SimTime>>)>,
}

impl Run {
    /// The scores of all zones in a run.
    fn scores(plan: &BuiltinPlan, seed: u64) -> Scores {
        let scores = vec![[0.0; SCORES.len()]; plan.zones as usize];
        let mut run = Self { scores, items: Vec::new() };
        engine::run::<Builtin, _>(Engine::Event, plan, seed, &mut run);
        for (origin, published, learnt) in std::mem::take(&mut run.items) {
            let age = |zone: usize| learnt[zone].unwrap_or(plan.horizon).0 - published.0;
            let others: Vec<usize> = (0..learnt.len()).filter(|&zone| zone != origin).collect();
            for &zone in &others {
                let rank = |other: &usize| match age(*other).cmp(&age(zone)) {
                    std::cmp::Ordering::Less => 1.0,
                    std::cmp::Ordering::Equal => 0.5,
                    std::cmp::Ordering::Greater => 0.0,
                };
                let rank = others.iter().map(rank).sum();
                run.add(NodeId(zone as u32), Score::Rank, rank);
                run.add(NodeId(zone as u32), Score::Age, age(zone) as f64);
                run.add(NodeId(origin as u32), Score::AgeElsewhere, age(zone) as f64);
            }
            // Where every zone has an item of its own, none must be apart by that.
            run.add(NodeId(origin as u32), Score::Rank, others.len() as f64 / 2.0);
        }
        run.scores
    }

    fn add(&mut self, node: NodeId, score: Score, value: f64) {
        // The hub is no zone.
        if let Some(zone) = self.scores.get_mut(node.index()) {
            zone[score as usize] += value;
        }
    }
}

impl<M: WireMessage> TraceSink<M> for Run {
    fn record(&mut self, at: SimTime, event: &Event<'_, M>) {
        match *event {
            Event::Publish { node, item, .. } => {
                let never = (usize::MAX, SimTime(0), Vec::new());
                self.items.resize(self.items.len().max(item.index() + 1), never);
                self.items[item.index()] = (node.index(), at, vec![None; self.scores.len()]);
            }
            Event::Learn { node, item, via, again: false } => {
                if let Some(learnt) = self.items[item.index()].2.get_mut(node.index()) {
                    *learnt = Some(at);
                    via.into_iter().for_each(|via| self.add(via, Score::Told, 1.0));
                }
            }
            Event::Send { from, .. } => self.add(from, Score::Sent, 1.0),
            Event::Deliver { to, .. } => self.add(to, Score::Received, 1.0),
            Event::Locate { node, again: false, .. } => {
                self.add(node, Score::Located, at.0 as f64);
            }
            Event::Strike { node, .. } => self.add(node, Score::Struck, at.0 as f64),
            Event::Elected { node, .. } => self.add(node, Score::Elected, 1.0),
            _ => {}
        }
    }
}

/// A world, in which `ROLE` is the zone with the declared role; it is judged by these scores, all of
/// which must vary.
struct World {
    text: String,
    scores: Vec<Score>,
    /// Zone 0 coordinates.
    has_coordinator: bool,
}

const RUNS: u64 = 200;

/// The scores of runs by zone, those of the zones that are exchangeable with the role at one of them.
fn runs(world: &World, role: usize) -> (Vec<Scores>, Vec<usize>) {
    let plan = plan_of(&world.text.replace("ROLE", &format!("z{role}")));
    let has_role = world.text.contains("ROLE");
    let is_apart = |zone| has_role && zone == role || world.has_coordinator && zone == 0;
    let alike = (0..plan.zones as usize).filter(|&zone| !is_apart(zone)).collect();
    let run = |seed| Run::scores(&plan, seed);
    (sweep::par_map((1, RUNS), 1, &|_| {}, &run), alike)
}

/// Chi-square with its degrees of freedom, and the trend as a standard normal variable; nothing
/// where the score never varies.
fn statistics(runs: &[Scores], alike: &[usize], score: Score) -> Option<(f64, f64, f64)> {
    let freedom = alike.len() as f64 - 1.0;
    let (mut sums, mut squares) = (vec![0.0; alike.len()], 0.0);
    for run in runs {
        let of = |&zone: &usize| run[zone][score as usize];
        let mean = alike.iter().map(of).sum::<f64>() / alike.len() as f64;
        for (sum, value) in sums.iter_mut().zip(alike.iter().map(of)) {
            *sum += value - mean;
            squares += (value - mean) * (value - mean);
        }
    }
    if squares < 1e-9 {
        return None;
    }
    let chi = freedom * sums.iter().map(|sum| sum * sum).sum::<f64>() / squares;
    let weight = |place: usize| place as f64 - freedom / 2.0;
    let trend: f64 = sums.iter().enumerate().map(|(place, sum)| weight(place) * sum).sum();
    let weights: f64 = (0..alike.len()).map(|place| weight(place) * weight(place)).sum();
    Some((chi, freedom, trend / (weights * squares / freedom).sqrt()))
}

/// How far the means of the totals of two samples are apart, in standard errors.
fn difference(samples: [&[Scores]; 2], score: Score) -> f64 {
    let moments = samples.map(|runs| {
        let total = |run: &Scores| run.iter().map(|zone| zone[score as usize]).sum::<f64>();
        let n = runs.len() as f64;
        let mean = runs.iter().map(total).sum::<f64>() / n;
        let squares: f64 = runs.iter().map(|run| (total(run) - mean) * (total(run) - mean)).sum();
        (mean, squares / n / (n - 1.0))
    });
    let (apart, error) = (moments[0].0 - moments[1].0, (moments[0].1 + moments[1].1).sqrt());
    if apart.abs() < 1e-9 { 0.0 } else { apart / error }
}

/// What shows that a world does not treat zones alike.
fn complaints(world: &World) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut samples = vec![runs(world, 0)];
    if world.text.contains("ROLE") {
        samples.push(runs(world, samples[0].1.len()));
    }
    for &score in &world.scores {
        for (runs, alike) in &samples {
            let Some((chi, freedom, trend)) = statistics(runs, alike, score) else {
                complaints.push(format!("{score:?} never varies"));
                continue;
            };
            let bound = chi_square_bound(freedom);
            println!("  {score:?}: chi-square {chi:.1} of {bound:.1}, trend {trend:.2}");
            if chi > bound || trend.abs() > TWO_SIDED {
                complaints.push(format!("{score:?}: chi-square {chi}, trend {trend}"));
            }
        }
        if let [(first, _), (last, _)] = &samples[..] {
            let apart = difference([first, last], score);
            if apart.abs() > TWO_SIDED {
                complaints.push(format!("{score:?}: {apart} errors from first to last zone"));
            }
        }
    }
    complaints
}

fn check(worlds: impl IntoIterator<Item = World>) {
    let mut wrong = Vec::new();
    for world in worlds {
        println!("{}", world.text);
        let complaints = complaints(&world);
        if !complaints.is_empty() {
            wrong.push(format!("{}\n{}", world.text, complaints.join("\n")));
        }
    }
    assert!(wrong.is_empty(), "zones are not treated alike:\n{}", wrong.join("\n\n"));
}

/// An item of one zone; or one of each zone, all at once.
const ONE: &str = "at = [\"0s\"]\nfrom = [\"ROLE\"]";

fn one_of_each(zones: usize) -> String {
    let names: Vec<_> = (0..zones).map(|zone| format!("\"z{zone}\"")).collect();
    format!("at = [{}]\nfrom = [{}]", vec!["\"0s\""; zones].join(", "), names.join(", "))
}

fn world(horizon: &str, network: &str, items: &str, rest: &str, scores: &[Score]) -> World {
    let text = format!(
        r#"horizon = "{horizon}"
stop = "horizon"
[zones]
generate = 10
[network]
{network}
[workload.items]
{items}
{rest}
"#
    );
    World { text, scores: scores.into(), has_coordinator: false }
}

const SPREAD: [Score; 4] = [Score::Rank, Score::Age, Score::Sent, Score::Received];

/// Gossip in synchronous cycles, or with so many ties that most of what arrives comes with something.
fn gossip(start: &str, settings: &str) -> World {
    let (horizon, interval) = if start == "synchronous" { ("7s", "1s") } else { ("40ms", "5ms") };
    let rest = format!(
        r#"[exchange]
use = "gossip"
[exchange.gossip]
start = "{start}"
interval = "{interval}"
{settings}"#
    );
    world(horizon, "latency = \"1ms\"", ONE, &rest, &SPREAD)
}

fn gossips(start: &str, modes: &[&str], settings: &[&str]) -> Vec<World> {
    let of = |mode: &&str, rest: &&str| gossip(start, &format!("mode = \"{mode}\"\n{rest}"));
    modes.iter().flat_map(|mode| settings.iter().map(move |rest| of(mode, rest))).collect()
}

const MODES: [&str; 3] = ["push", "pull", "push-pull"];
const BLIND: &str = "forget = { on = \"blind\", by = \"counter\", k = 2 }\n";
const FED_BACK: &str = "forget = { on = \"feedback\", by = \"counter\", k = 2 }\n";

#[test]
fn gossip_that_never_forgets() {
    for start in ["synchronous", "staggered", "poisson"] {
        check(gossips(start, &MODES, &["", "fanout = 3"]));
    }
}

#[test]
fn gossip_that_forgets() {
    let coins = ["feedback", "blind"]
        .map(|on| format!("fanout = 2\nforget = {{ on = \"{on}\", by = \"coin\", k = 3 }}"));
    let settings = [
        format!("{BLIND}fanout = 2"),
        format!("{BLIND}fanout = 5"),
        format!("{FED_BACK}fanout = 3"),
        FED_BACK.into(),
    ];
    let settings: Vec<&str> = settings.iter().chain(&coins).map(String::as_str).collect();
    check(gossips("synchronous", &MODES, &settings));
    check(gossips("staggered", &MODES, &settings[1..4]));
}

#[test]
fn gossip_that_refuses_calls() {
    let both = format!("{FED_BACK}connection_limit = 1\nfanout = 2");
    let settings = ["connection_limit = 1", "connection_limit = 2\nhunt = 2\nfanout = 3", &both];
    check(gossips("synchronous", &MODES, &settings));
    check(gossips("staggered", &MODES, &settings[..1]));
}

/// Latencies of which many are the same.
const COARSE: &str =
    "latency = \"10ms\"\njitter = { uniform = { min = \"0ms\", max = \"3ms\" } }\nloss = 0.3";

#[test]
fn overlays() {
    let overlay = |rest: &str| {
        let topology = r#"topology = "complete"
retry = "50ms"
retry_max = "50ms"
"#;
        let name = if rest.contains("plumtree") { "plumtree" } else { "flood" };
        let settings = rest.strip_prefix("plumtree").unwrap_or(rest);
        let rest = format!(
            r#"[exchange]
use = "{name}"
[exchange.{name}]
{topology}{settings}"#
        );
        // Several items of one zone: the tree of the first serves the others.
        let items = "at = [\"0s\", \"200ms\", \"400ms\"]\nfrom = [\"ROLE\", \"ROLE\", \"ROLE\"]";
        // Without an answer, all send as often, to all but who told them.
        let answered = rest.contains("acknowledged") || name == "plumtree";
        let sent = if answered { &[Score::Sent][..] } else { &[] };
        let scores = [&[Score::Rank, Score::Age, Score::Received, Score::Told], sent].concat();
        world("600ms", COARSE, items, &rest, &scores)
    };
    check(["", "acknowledged = true", "batch = \"5ms\"", "plumtree"].map(overlay));
    check(["plumtreethreshold = 1", "plumtreebatch = \"4ms\""].map(overlay));
}

#[test]
fn relays() {
    // Links that are alike but for their jitter: whether a third zone seems faster is chance.
    let relay = |topology: &str| {
        format!(
            r#"[exchange]
use = "relay"
[exchange.relay]
topology = "{topology}"
probe = "50ms"
retry = "40ms"
retry_max = "40ms""#
        )
    };
    let all = [&SPREAD[..], &[Score::AgeElsewhere, Score::Told]].concat();
    let items = one_of_each(10).replace("\"0s\"", "\"130ms\"");
    check([
        world("400ms", COARSE, ONE, &relay("complete"), &SPREAD),
        world("500ms", COARSE, &items, &relay("complete"), &all),
    ]);
}

#[test]
fn reconciling() {
    let all = [&SPREAD[..], &[Score::AgeElsewhere, Score::Told]].concat();
    let anti_entropy = |params: &str| {
        format!(
            "[exchange]\nuse = \"anti-entropy\"\n[exchange.anti-entropy]\ninterval = \"50ms\"\n{params}"
        )
    };
    let synchronous = anti_entropy("staggered = false\nthreshold = 1\nbranching = 2");
    check([
        world("400ms", COARSE, ONE, &anti_entropy(""), &SPREAD),
        world("400ms", COARSE, &one_of_each(10), &synchronous, &all),
    ]);
}

/// Leaders are elected among zones that are alike, and items that come at once share messages.
#[test]
fn logs() {
    let all = [&SPREAD[..], &[Score::AgeElsewhere, Score::Told]].concat();
    let log = |entries: u32| {
        format!(
            r#"[exchange]
use = "log"
[exchange.log]
election = "100ms"
election_max = "300ms"
heartbeat = "50ms"
retry = "100ms"
max_entries = {entries}"#
        )
    };
    check([
        world("1500ms", COARSE, ONE, &log(100), &SPREAD),
        world("1500ms", COARSE, &one_of_each(10), &log(2), &all),
    ]);
}

#[test]
fn meetings() {
    let all = [&SPREAD[..], &[Score::AgeElsewhere, Score::Told]].concat();
    // Reports of one instant name what is missing; losses make zones ask.
    let bulletin = |length: &str| {
        format!(
            r#"[exchange]
use = "bulletin"
[exchange.bulletin]
interval = "100ms"
length = "{length}"
retry = "30ms""#
        )
    };
    check([
        world("900ms", COARSE, ONE, &bulletin("1ms"), &SPREAD),
        world("900ms", COARSE, &one_of_each(10), &bulletin("1ms"), &all),
        world("900ms", COARSE, &one_of_each(10), &bulletin("80ms"), &all),
    ]);
}

#[test]
fn direct_and_through_a_hub() {
    let items = one_of_each(10);
    let all = [&SPREAD[..], &[Score::AgeElsewhere]].concat();
    let retry = "retry = \"50ms\"\nretry_max = \"50ms\"";
    let mesh = format!(
        r#"[exchange]
use = "mesh"
[exchange.mesh]
{retry}"#
    );
    let hub = format!(
        r#"[hub]
seat = "ROLE"
[exchange]
use = "hub"
[exchange.hub]
{retry}"#
    );
    let away = "[[fault]]\nat = \"0s\"\nfor = \"400ms\"\ncrash = [\"hub\"]\n";
    let fallback =
        hub.replace("hub\"\n[exchange.hub]", "hub-with-fallback\"\n[exchange.hub-with-fallback]");
    let gone = format!("{away}{fallback}");
    check([
        world("400ms", COARSE, &items, &fallback, &all),
        world("700ms", COARSE, &items, &gone, &all),
        world("400ms", COARSE, ONE, &mesh, &SPREAD),
        world("400ms", COARSE, &items, &mesh, &all),
        world("400ms", COARSE, &items, &hub, &all),
        // What comes at once waits in one queue.
        world("4s", "latency = \"10ms\"\nbandwidth = \"100kbit/s\"", &items, &hub, &all[4..]),
    ]);
}

#[test]
#[ignore = "slow"]
fn coordinations() {
    let all = [Score::Sent, Score::Received, Score::Located, Score::Struck];
    let world = |(name, hub, settings): (&str, bool, &str)| {
        let seat = if hub { "[hub]\nseat = \"ROLE\"\n" } else { "" };
        let text = format!(
            r#"horizon = "20s"
stop = "horizon"
resolution = "100ms"
[zones]
generate = 8
[network]
latency = "100ms"
loss = 0.2
{seat}[workload]
use = "organisation"
[workload.organisation]
members = 6
lead_interval = "1s"
away = 0.5
corroboration = 2
assessment = "500ms"
warning = "5s"
[exchange]
use = "mesh"
[coordination]
use = "{name}"
{settings}"#
        );
        let has_coordinator = name == "random-attack" || name == "two-phase" && !hub;
        // These two send nothing.
        let scores = match name {
            "independent" | "rendezvous" => &all[2..],
            _ => &all[..],
        };
        World { text, scores: scores.into(), has_coordinator }
    };
    let order = r#"[coordination.order]
quiet = "3s"
margin = "1s"
probe = "2s""#;
    let quorum = r#"[coordination.quorum]
ready = 3
margin = "1s"
probe = "2s""#;
    let consensus = r#"[coordination.consensus]
election = "1s"
election_max = "4s"
heartbeat = "500ms"
quiet = "3s"
deadline = "9s"
margin = "1s"
probe = "2s""#;
    let two_phase = r#"[coordination.two-phase]
quiet = "3s"
vote = "1s"
margin = "1s"
pause = "1s"
probe = "2s""#;
    let rendezvous = r#"[coordination.rendezvous]
first = "4s"
interval = "3s"
margin = "1s""#;
    let random_attack = r#"[coordination.random-attack]
start = "8s"
round = "500ms"
rounds = 6
threshold = 6"#;
    let threshold_gossip = r#"[coordination.threshold-gossip]
ready = 3
interval = "500ms"
rounds = 6
margin = "1s""#;
    check(
        [
            ("independent", false, ""),
            ("rendezvous", false, rendezvous),
            ("random-attack", false, random_attack),
            ("order", true, order),
            ("quorum", true, quorum),
            ("consensus", false, consensus),
            ("threshold-gossip", false, threshold_gossip),
            ("two-phase", true, two_phase),
            ("two-phase", false, two_phase),
        ]
        .map(world),
    );
}

/// Several zones ask for votes in the same instant.
#[test]
fn elections() {
    let text = r#"horizon = "3s"
stop = "horizon"
resolution = "100ms"
[zones]
generate = 8
[network]
latency = "100ms"
[workload]
use = "organisation"
[workload.organisation]
members = 1
[exchange]
use = "mesh"
[coordination]
use = "consensus"
[coordination.consensus]
election = "1s"
election_max = "1200ms"
heartbeat = "500ms""#;
    check([World { text: text.into(), scores: vec![Score::Elected], has_coordinator: false }]);
}

/// Leads that are translated, assessed by a zone that has the technique, released and acted on.
#[test]
fn the_process() {
    let all = [Score::Sent, Score::Received, Score::Located, Score::Struck];
    let world = |(fusion, exchange): (&str, &str)| {
        let text = format!(
            r#"horizon = "20s"
stop = "horizon"
resolution = "100ms"
[zones]
generate = 8
[network]
latency = "100ms"
loss = 0.1
[hub]
[workload]
use = "organisation"
[workload.organisation]
members = 8
cells = 4
lead_interval = "2s"
away = 0.8
corroboration = 2
assessment = "1s"
warning = "3s"
warning_others = "8s"
attack = "30s"
[workload.organisation.languages]
kg = 0.5
ru = 0.5
[desk]
fusion = "{fusion}"
labs = 1
languages = ["ru"]
translation = "1s"
[law]
warrant = "500ms"
teams = 1
strike = {{ uniform = ["100ms", "2s"] }}
[exchange]
use = "{exchange}"
[coordination]
use = "independent"
"#
        );
        World { text, scores: all.into(), has_coordinator: false }
    };
    check([("home", "mesh"), ("everywhere", "mesh"), ("home", "hub"), ("hub", "hub")].map(world));
}
