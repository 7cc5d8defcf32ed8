//! Exchanges over an overlay, of all topologies.

use std::fmt::Write;

use super::draw::{ScenarioRng, list};
use super::world::RandomWorld;

/// The name of the file of edges.
const FILE: &str = "edges.csv";

/// The table of a protocol that runs over an overlay, and the file that it names.
pub fn exchange(
    draw: &mut ScenarioRng,
    world: &RandomWorld,
    name: &str,
) -> (String, Option<(String, String)>) {
    let edges = edges(draw, world);
    let topology = topology(draw, world, &edges);
    let slowest = draw.pick(&[150, 400]);
    let mut text = format!(
        "[exchange]\nuse = \"{name}\"\n[exchange.{name}]\ntopology = {topology}\nretry = {}\n\
         retry_max = {}\n",
        world.wait(draw, 80, slowest),
        world.wait(draw, slowest + 8, 2 * slowest),
    );
    if name == "relay" {
        let _ = writeln!(text, "probe = {}", world.wait(draw, 160, 160 + slowest));
    } else if draw.percent(50) {
        // Shorter than any retransmission.
        let _ = writeln!(text, "batch = {}", world.wait(draw, 0, 70));
    }
    if name == "flood" {
        let _ = writeln!(
            text,
            "acknowledged = {}",
            draw.percent(if world.is_judged { 90 } else { 75 })
        );
    } else if name == "plumtree" {
        for timeout in ["timeout_1", "timeout_2"] {
            let _ = writeln!(text, "{timeout} = {}", world.wait(draw, 5, 300));
        }
        let threshold = draw.pick(&["1", "2", "\"none\""]);
        let _ = writeln!(text, "threshold = {threshold}");
    }
    (text, topology.contains(FILE).then(|| (FILE.into(), file(draw, &edges))))
}

fn topology(draw: &mut ScenarioRng, world: &RandomWorld, edges: &[[String; 2]]) -> String {
    let zones = world.zones.len() as u64;
    let table = draw.percent(50);
    match draw.between(1, 8) {
        1 => "\"complete\"".into(),
        2 => "\"line\"".into(),
        3 if table => format!("{{ grid = {{ columns = {} }} }}", draw.between(1, zones)),
        3 => "\"grid\"".into(),
        4 if table => format!("{{ tree = {{ arity = {} }} }}", draw.between(1, zones - 1)),
        4 => "\"tree\"".into(),
        5 if table => format!("{{ star = {{ centre = {:?} }} }}", draw.pick(&world.zones)),
        5 => "{ star = {} }".into(),
        6 if table => {
            let degree = draw.between(2.min(zones - 1), zones - 1);
            // The sum of degrees is even.
            let degree = if degree * zones % 2 == 1 { degree - 1 } else { degree };
            format!("{{ regular = {{ degree = {degree}, seed = {} }} }}", draw.between(0, 99))
        }
        6 => "\"regular\"".into(),
        7 => format!(
            "{{ edges = {} }}",
            list(&edges.iter().map(|ends| ends.join("-")).collect::<Vec<_>>())
        ),
        _ => format!("{{ file = \"{FILE}\" }}"),
    }
}

/// A random tree and some more edges.
fn edges(draw: &mut ScenarioRng, world: &RandomWorld) -> Vec<[String; 2]> {
    let zones = draw.shuffled(world.zones.clone());
    let mut edges = Vec::new();
    for place in 1..zones.len() {
        let other = draw.between(0, place as u64 - 1) as usize;
        for before in 0..place {
            if before == other || draw.percent(15) {
                edges.push([zones[place].clone(), zones[before].clone()]);
            }
        }
    }
    draw.shuffled(edges)
}

fn file(draw: &mut ScenarioRng, edges: &[[String; 2]]) -> String {
    let mut text = "zone_b,since,zone_a\n".to_owned();
    for [a, b] in edges {
        let _ = writeln!(text, "{a},{},{b}", draw.between(1991, 2019));
        if draw.percent(10) {
            text.push_str("# a comment\n\n");
        }
    }
    text
}
