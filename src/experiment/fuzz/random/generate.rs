//! Draws a scenario file from a seed.

use std::fmt::Write;

use super::draw::{ScenarioRng, list};
use super::world::{Hub, RandomWorld};
use super::{
    Scenario, clock_sync, deputy, item_sources, latency_table, link_order, network, overlay, own,
    process, random_graph, recurring,
};
use crate::protocol::node::{self, CoordinationParams, ExchangeParams};
use crate::protocol::{ProtocolInfo, ProtocolSet};

/// The names of the protocols that scenarios are drawn with.
#[derive(Clone, Debug)]
pub struct Protocols {
    exchanges: Vec<&'static str>,
    coordinations: Vec<&'static str>,
    own: Option<ProtocolInfo>,
}

impl Protocols {
    /// The names of two protocol sets. Parameters of built-in protocols are drawn, and those of a custom
    /// exchange from the ranges of its info; other protocols keep their defaults.
    pub fn new<P: node::Protocols>() -> Self {
        // A set without a list has its default protocol.
        let names = |chosen, entries: &[ProtocolInfo]| {
            let mut names: Vec<_> = entries.iter().map(|entry| entry.name).collect();
            if names.is_empty() {
                names.push(chosen);
            }
            names
        };
        Self {
            exchanges: names(
                P::Exchange::chosen(&ExchangeParams::<P>::default()),
                P::Exchange::entries(),
            ),
            coordinations: names(
                P::Coordination::chosen(&CoordinationParams::<P>::default()),
                P::Coordination::entries(),
            ),
            own: P::Exchange::own_entry(),
        }
    }
}

/// Draws the scenario of a seed.
pub fn scenario(seed: u64, protocols: &Protocols) -> Scenario {
    drawn(seed, protocols, (0, false))
}

/// Draws the scenario of a seed for fuzzing: liveness can be judged in more of them, and the run lasts `rest`
/// ticks after the last drawn event.
pub fn lasting(seed: u64, protocols: &Protocols, rest: u64) -> Scenario {
    drawn(seed, protocols, (rest, true))
}

fn drawn(seed: u64, protocols: &Protocols, (rest, is_judged): (u64, bool)) -> Scenario {
    let mut draw = ScenarioRng::new(seed);
    let draw = &mut draw;
    let access = &mut ScenarioRng::of_access_links(seed);
    let mut world = RandomWorld::draw(draw, access, (rest, is_judged));
    // Running to the horizon is slow if a protocol never becomes quiet.
    let to_the_end = draw.percent(50) && rest <= MAX_REST_TO_THE_END * world.horizon;
    let stop = if to_the_end { "stop = \"horizon\"\n" } else { "" };
    let (grain, horizon) = (world.grain, (world.horizon + rest) * world.grain);
    let head = format!("resolution = \"{grain}us\"\nhorizon = \"{horizon}us\"\n{stop}");
    let zones = world.tables(draw);
    let (network, mut files) = network::network(draw, &world);
    let faults = network::faults(draw, &mut world) + &network::nemesis(draw, &world);
    let workload = workload(draw, &world);
    let (exchange, file) = exchange(draw, &world, &protocols.exchanges);
    files.extend(file);
    let coordination = coordination(draw, &world, &protocols.coordinations);
    let own = protocols.own.map_or_else(String::new, |entry| own::table(draw, &world, &entry));
    let toml = [head, zones, network, faults, workload, exchange, coordination, own].concat();
    let toml = deputy::add(seed, &world, process::add(seed, &world, toml));
    let toml = latency_table::add(seed, &world, toml, &mut files);
    let toml = recurring::add(seed, &world, link_order::add(seed, toml));
    let toml = item_sources::add(seed, &world, toml);
    let toml = clock_sync::add(seed, &world, toml);
    let toml = random_graph::add(seed, &world, toml);
    Scenario { toml, files }
}

/// Faults start and end at most this many ticks after the drawn horizon.
pub const FAULTS_END: u64 = 510;

/// Runs whose rest is more than this many times their drawn horizon end when they are settled.
const MAX_REST_TO_THE_END: u64 = 4;

fn workload(draw: &mut ScenarioRng, world: &RandomWorld) -> String {
    let size = if draw.percent(20) {
        format!("[workload]\nitem_size = \"{}B\"\n", draw.between(0, 90))
    } else {
        "[workload]\n".into()
    };
    if draw.percent(if world.is_judged { 30 } else { 40 }) {
        return size + &organisation(draw, world);
    }
    let items = match draw.between(1, 10) {
        1 => String::new(),
        2..=5 => listed(draw, world),
        6..=7 => format!("interval = {}\n", world.wait(draw, 5, 200)),
        _ => format!("mean_interval = {}\n", world.wait(draw, 5, 200)),
    };
    let is_regular = items.contains("interval");
    let counted = is_regular && draw.percent(30);
    let count = match counted {
        true => format!("count = {}\n", draw.between(0, 30)),
        false if is_regular && world.rest > 0 => "count = 40\n".into(),
        false => String::new(),
    };
    format!("{size}[workload.items]\n{items}{count}")
}

/// Items at listed instants, often several at one, some while their zone is down.
fn listed(draw: &mut ScenarioRng, world: &RandomWorld) -> String {
    let (mut at, mut from) = (Vec::new(), Vec::new());
    for _ in 0..draw.between(1, 12) {
        let moment = world.moment(draw);
        for _ in 0..draw.pick(&[1, 1, 2, 5]) {
            at.push(world.time(draw, moment));
            from.push(draw.pick(&world.members));
        }
    }
    if world.rest > 0 {
        // One item after all faults, which no crash can lose.
        at.push(world.time(draw, world.horizon + FAULTS_END));
        from.push(draw.pick(&world.members));
    }
    format!("at = [{}]\nfrom = {}\n", at.join(", "), list(&from))
}

/// An operation with leads and desks fast enough for strikes before the horizon.
fn organisation(draw: &mut ScenarioRng, world: &RandomWorld) -> String {
    format!(
        "use = \"organisation\"\n[workload.organisation]\nmembers = {}\n\
         lead_interval = {}\naway = {}\ncorroboration = {}\nassessment = {}\nwarning = {}\n{}",
        draw.between(1, 12),
        world.wait(draw, 50, 900),
        draw.share(1.0),
        draw.between(1, 3),
        world.wait(draw, 0, 60),
        world.wait(draw, 0, 4_000),
        world.until(3 * FAULTS_END),
    )
}

fn exchange(
    draw: &mut ScenarioRng,
    world: &RandomWorld,
    names: &[&str],
) -> (String, Option<(String, String)>) {
    // A single protocol need not be named.
    if names.len() == 1 {
        return (String::new(), None);
    }
    let mut fitting: Vec<_> = names
        .iter()
        .copied()
        .filter(|name| !name.starts_with("hub") || world.hub != Hub::None)
        .collect();
    // These have many parameters, so they are drawn twice as often, and gossip three times.
    let frequent = |name: &&&str| matches!(**name, "gossip" | "flood" | "plumtree");
    fitting.extend(names.iter().filter(frequent));
    fitting.extend(names.iter().filter(|&&name| name == "gossip"));
    // If no protocol fits, any is drawn, and the scenario may be refused.
    let table = match draw.pick(if fitting.is_empty() { names } else { &fitting }) {
        name @ ("flood" | "plumtree" | "relay") => return overlay::exchange(draw, world, name),
        "gossip" => gossip(draw, world),
        "bulletin" => bulletin(draw, world),
        "anti-entropy" => anti_entropy(draw, world),
        "log" => log(draw, world),
        name @ ("mesh" | "hub") => retried(draw, world, name),
        name @ "hub-with-fallback" => {
            retried(draw, world, name) + &format!("missed = {}\n", draw.between(1, 4))
        }
        name => format!("[exchange]\nuse = \"{name}\"\n"),
    };
    (table, None)
}

/// The parameters of protocols with retransmissions.
fn retried(draw: &mut ScenarioRng, world: &RandomWorld, name: &str) -> String {
    let slowest = draw.pick(&[150, 400]);
    format!(
        "[exchange]\nuse = \"{name}\"\n[exchange.{name}]\nretry = {}\nretry_max = {}\n",
        world.wait(draw, 50, slowest),
        world.wait(draw, slowest + 8, 2 * slowest),
    )
}

fn bulletin(draw: &mut ScenarioRng, world: &RandomWorld) -> String {
    let slowest = draw.pick(&[100, 500]);
    // Meetings have no end: those of a few ticks would take most of the time of a fuzz.
    format!(
        "[exchange]\nuse = \"bulletin\"\n[exchange.bulletin]\ninterval = {}\noffset = {}\nlength = {}\n\
         retry = {}\n",
        world.wait(draw, 160, 160 + slowest),
        world.wait(draw, 0, 600),
        world.wait(draw, 20, slowest),
        world.wait(draw, 8, 150),
    )
}

fn anti_entropy(draw: &mut ScenarioRng, world: &RandomWorld) -> String {
    let slowest = draw.pick(&[50, 500]);
    format!(
        "[exchange]\nuse = \"anti-entropy\"\n[exchange.anti-entropy]\nmode = \"{}\"\ninterval = {}\n\
         staggered = {}\nbranching = {}\nthreshold = {}\n",
        draw.pick(&["push", "pull", "push-pull"]),
        world.wait(draw, 20, slowest),
        draw.percent(50),
        draw.between(2, 5),
        draw.between(1, 4),
    )
}

fn log(draw: &mut ScenarioRng, world: &RandomWorld) -> String {
    let entries = draw.pick(&[1, 2, 100]);
    let waits = elections(draw, world) + &waits(draw, world, &[("retry", 20, 300)]);
    format!("[exchange]\nuse = \"log\"\n[exchange.log]\n{waits}max_entries = {entries}\n")
}

fn gossip(draw: &mut ScenarioRng, world: &RandomWorld) -> String {
    let start = draw.pick(&["synchronous", "staggered", "poisson"]);
    let jitter = if start == "staggered" && draw.percent(60) {
        format!("interval_jitter = {}\n", world.wait(draw, 0, 100))
    } else {
        String::new()
    };
    let slowest = draw.pick(&[50, 500]);
    format!(
        "[exchange]\nuse = \"gossip\"\n[exchange.gossip]\nmode = \"{}\"\ninterval = {}\n\
         fanout = {}\nstart = \"{start}\"\n{jitter}{}",
        draw.pick(&["push", "pull", "push-pull"]),
        world.wait(draw, 20, slowest),
        draw.between(1, world.zones.len() as u64 - 1),
        mongering(draw, world),
    )
}

/// Rumor mongering, connection limits, and spatial distributions.
fn mongering(draw: &mut ScenarioRng, world: &RandomWorld) -> String {
    let mut text = String::new();
    // Only a simple epidemic has a delivery bound.
    if draw.percent(if world.is_judged { 75 } else { 50 }) {
        return text;
    }
    if draw.percent(if world.is_judged { 50 } else { 85 }) {
        let (on, by) = (draw.pick(&["feedback", "blind"]), draw.pick(&["counter", "coin"]));
        let k = draw.between(1, 4);
        let _ = writeln!(text, "forget = {{ on = \"{on}\", by = \"{by}\", k = {k} }}");
    }
    if draw.percent(40) {
        let _ = writeln!(text, "connection_limit = {}", draw.between(1, 3));
        let _ = writeln!(text, "hunt = {}", draw.between(0, 4));
    }
    if draw.percent(40) {
        let _ = writeln!(text, "spatial_exponent = {}.5", draw.between(0, 4));
    }
    text
}

fn coordination(draw: &mut ScenarioRng, world: &RandomWorld, names: &[&str]) -> String {
    // Without a hub, the first zone coordinates two-phase, and order and quorum are not possible.
    let fits = |name: &&str| !matches!(*name, "order" | "quorum") || world.hub != Hub::None;
    let fitting: Vec<_> = names.iter().copied().filter(fits).collect();
    let name = draw.pick(if fitting.is_empty() { names } else { &fitting });
    if names.len() == 1 {
        return String::new();
    }
    let settings = match name {
        "order" | "two-phase" | "quorum" => coordinator(draw, world, name),
        "consensus" => consensus(draw, world),
        "rendezvous" => rendezvous(draw, world),
        "random-attack" => random_attack(draw, world),
        "threshold-gossip" => threshold_gossip(draw, world),
        _ => return format!("[coordination]\nuse = \"{name}\"\n"),
    };
    format!("[coordination]\nuse = \"{name}\"\n[coordination.{name}]\n{settings}")
}

/// Durations between two numbers of ticks.
fn waits(draw: &mut ScenarioRng, world: &RandomWorld, keys: &[(&str, u64, u64)]) -> String {
    let line = |&(key, min, max): &_| format!("{key} = {}\n", world.wait(draw, min, max));
    keys.iter().map(line).collect()
}

/// The settings that all protocols with a coordinator have.
fn timing(draw: &mut ScenarioRng, world: &RandomWorld, name: &str) -> String {
    // Two-phase needs a vote round more, and all of it before the horizon.
    let margin = if name == "two-phase" { 200 } else { 400 };
    let times = [
        ("clock_bound", 0, 50),
        ("margin", 0, margin),
        ("resend", 10, 200),
        ("probe", 20, 500),
        ("valid_for", 8, 2_000),
    ];
    waits(draw, world, &times)
}

const PATIENCE: [(&str, u64, u64); 3] =
    [("quiet", 0, 800), ("deadline", 0, 3_000), ("heard_within", 50, 1_500)];

/// The times of Raft: of a few elections before the horizon, some with more than one candidate.
fn elections(draw: &mut ScenarioRng, world: &RandomWorld) -> String {
    let elections = [("election", 20, 150), ("election_max", 158, 400), ("heartbeat", 10, 80)];
    let endless =
        |&(key, min, max): &_| format!("{key} = {}\n", world.endless_wait(draw, min, max));
    elections.iter().map(endless).collect()
}

fn consensus(draw: &mut ScenarioRng, world: &RandomWorld) -> String {
    let elections = elections(draw, world);
    let mut text = timing(draw, world, "consensus") + &elections;
    text += &waits(draw, world, &PATIENCE);
    text + &format!("window = {}\n", draw.between(1, 6))
}

/// The settings of a protocol with a fixed coordinator.
fn coordinator(draw: &mut ScenarioRng, world: &RandomWorld, name: &str) -> String {
    let mut text = timing(draw, world, name);
    if name == "quorum" {
        text += &format!("ready = {}\n", draw.between(1, world.members.len() as u64));
    } else {
        text += &waits(draw, world, &PATIENCE);
    }
    if name == "two-phase" {
        text += &waits(draw, world, &[("vote", 0, 800), ("pause", 1, 400)]);
    }
    text += &format!("window = {}\n", draw.between(1, 6));
    let mut min_acknowledged =
        if draw.percent(40) { draw.between(1, world.members.len() as u64) } else { 0 };
    if name == "two-phase" {
        let silent = draw.pick(&["stand-down", "go"]);
        text += &format!("silent = \"{silent}\"\n");
        if silent == "go" {
            min_acknowledged = 0;
        }
        if draw.percent(50) {
            text += &format!("give_up = {}\n", world.wait(draw, 0, 2_000));
        }
    }
    text += &format!("min_acknowledged = {min_acknowledged}\n");
    text
}

/// Several agreed times before the horizon, some of them missed.
fn rendezvous(draw: &mut ScenarioRng, world: &RandomWorld) -> String {
    let times = [("first", 0, 2_000), ("interval", 8, 1_500), ("margin", 0, 400)];
    waits(draw, world, &times) + &waits(draw, world, &[("valid_for", 8, 600)])
}

/// A few rounds before the horizon, some of them shorter than a message takes.
fn random_attack(draw: &mut ScenarioRng, world: &RandomWorld) -> String {
    let times = [("start", 0, 1_500), ("round", 1, 150), ("valid_for", 8, 2_000)];
    let times = waits(draw, world, &times);
    let [rounds, threshold] = [0; 2].map(|_| draw.between(1, 8));
    let levels = draw.pick(&["plain", "modified"]);
    format!("{times}rounds = {rounds}\nthreshold = {threshold}\nlevels = \"{levels}\"\n")
}

/// Few zones needed and few rounds, so that zones decide before the horizon and some hear too late.
fn threshold_gossip(draw: &mut ScenarioRng, world: &RandomWorld) -> String {
    let times = [("clock_bound", 0, 50), ("margin", 0, 200), ("valid_for", 8, 2_000)];
    let times = waits(draw, world, &times);
    format!(
        "{times}interval = {}\nrounds = {}\nfanout = {}\nready = {}\n",
        world.endless_wait(draw, 20, 150),
        draw.between(1, 8),
        draw.between(1, world.zones.len() as u64 - 1),
        draw.between(1, world.members.len() as u64),
    )
}
