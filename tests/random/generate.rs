//! A scenario file from a number.

use std::fmt::Write;

use crate::draw::{Draw, list};
use crate::network;
use crate::overlay;
use crate::world::{Hub, World};

/// The text of a scenario file, and of the files that it names.
#[derive(Default)]
pub struct Scenario {
    /// The scenario.
    pub toml: String,
    /// The files, each a name and a text.
    pub files: Vec<(String, String)>,
}

/// Draws the scenario of a seed.
pub fn scenario(seed: u64) -> Scenario {
    let mut draw = Draw::new(seed);
    let draw = &mut draw;
    let mut world = World::draw(draw);
    let stop = if draw.percent(50) { "stop = \"horizon\"\n" } else { "" };
    let (grain, horizon) = (world.grain, world.horizon * world.grain);
    let head = format!("resolution = \"{grain}us\"\nhorizon = \"{horizon}us\"\n{stop}");
    let zones = world.tables(draw);
    let (network, mut files) = network::network(draw, &world);
    let faults = network::faults(draw, &mut world) + &network::nemesis(draw, &world);
    let workload = workload(draw, &world);
    let (exchange, file) = exchange(draw, &world);
    files.extend(file);
    let coordination = coordination(draw, &world);
    Scenario {
        toml: [head, zones, network, faults, workload, exchange, coordination].concat(),
        files,
    }
}

fn workload(draw: &mut Draw, world: &World) -> String {
    let size = if draw.percent(20) {
        format!("[workload]\nitem_size = \"{}B\"\n", draw.between(0, 90))
    } else {
        "[workload]\n".into()
    };
    if draw.percent(40) {
        return size + &organisation(draw, world);
    }
    let items = match draw.between(1, 10) {
        1 => String::new(),
        2..=5 => listed(draw, world),
        6..=7 => format!("every = {}\n", world.wait(draw, 5, 200)),
        _ => format!("mean_every = {}\n", world.wait(draw, 5, 200)),
    };
    let counted = items.contains("every") && draw.percent(30);
    let count = if counted { format!("count = {}\n", draw.between(0, 30)) } else { String::new() };
    format!("{size}[workload.items]\n{items}{count}")
}

/// Items at listed instants, many at the same one, some while their zone is down.
fn listed(draw: &mut Draw, world: &World) -> String {
    let (mut at, mut from) = (Vec::new(), Vec::new());
    for _ in 0..draw.between(1, 12) {
        let moment = world.moment(draw);
        for _ in 0..draw.pick(&[1, 1, 2, 5]) {
            at.push(world.time(draw, moment));
            from.push(draw.pick(&world.members));
        }
    }
    format!("at = [{}]\nfrom = {}\n", at.join(", "), list(&from))
}

/// Leads so frequent and desks so quick that zones strike before the horizon.
fn organisation(draw: &mut Draw, world: &World) -> String {
    format!(
        "use = \"organisation\"\n[workload.organisation]\nmembers = {}\n\
         lead_every = {}\naway = {}\ncorroboration = {}\nassessment = {}\nwarning = {}\n",
        draw.between(1, 12),
        world.wait(draw, 50, 900),
        draw.share(1.0),
        draw.between(1, 3),
        world.wait(draw, 0, 60),
        world.wait(draw, 0, 4_000),
    )
}

fn exchange(draw: &mut Draw, world: &World) -> (String, Option<(String, String)>) {
    let all = ["mesh", "hub", "gossip", "gossip", "flood", "flood", "plumtree", "plumtree"];
    let name = draw.pick(&all);
    match name {
        "flood" | "plumtree" => overlay::exchange(draw, world, name),
        "gossip" => (gossip(draw, world), None),
        "hub" if world.hub == Hub::None => (gossip(draw, world), None),
        _ => (acknowledged(draw, world, name), None),
    }
}

fn acknowledged(draw: &mut Draw, world: &World, name: &str) -> String {
    let slowest = draw.pick(&[150, 1_000]);
    format!(
        "[exchange]\nuse = \"{name}\"\n[exchange.{name}]\nretry = {}\nretry_max = {}\n",
        world.wait(draw, 50, slowest),
        world.wait(draw, slowest + 8, 4 * slowest),
    )
}

fn gossip(draw: &mut Draw, world: &World) -> String {
    let start = draw.pick(&["aligned", "staggered", "poisson"]);
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
        mongering(draw),
    )
}

/// What becomes of rumours, of calls, and of those who are far.
fn mongering(draw: &mut Draw) -> String {
    let mut text = String::new();
    if draw.percent(50) {
        let (on, by) = (draw.pick(&["feedback", "blind"]), draw.pick(&["counter", "coin"]));
        let k = draw.between(1, 4);
        let _ = writeln!(text, "forget = {{ on = \"{on}\", by = \"{by}\", k = {k} }}");
    }
    if draw.percent(40) {
        let _ = writeln!(text, "connection_limit = {}", draw.between(1, 3));
        let _ = writeln!(text, "hunt = {}", draw.between(0, 4));
    }
    if draw.percent(40) {
        let _ = writeln!(text, "distance = {}.5", draw.between(0, 4));
    }
    text
}

fn coordination(draw: &mut Draw, world: &World) -> String {
    // Without a hub the first zone co-ordinates in two phases, and nobody orders.
    let name = match draw.between(1, 10) {
        1..=4 => return "[coordination]\nuse = \"independent\"\n".into(),
        5..=7 if world.hub != Hub::None => "order",
        _ => "two-phase",
    };
    let mut text = format!("[coordination]\nuse = \"{name}\"\n[coordination.{name}]\n");
    // In two phases it takes a question and its answers too, and all that before the horizon.
    let margin = if name == "order" { 400 } else { 200 };
    let times = [
        ("quiet", 0, 800),
        ("deadline", 0, 3_000),
        ("clock_bound", 0, 50),
        ("margin", 0, margin),
        ("resend", 10, 200),
        ("probe", 20, 500),
    ];
    let more = [("vote", 0, 800), ("pause", 1, 400)];
    let more = if name == "order" { &more[..0] } else { &more[..] };
    for &(key, least, most) in times.iter().chain(more) {
        text += &format!("{key} = {}\n", world.wait(draw, least, most));
    }
    if name == "two-phase" {
        let silent = draw.pick(&["stand-down", "go"]);
        text += &format!("silent = \"{silent}\"\nrounds = {}\n", draw.between(1, 6));
    }
    text
}
