//! The network of a random scenario, and its faults.

use std::fmt::Write;

use super::draw::{ScenarioRng, list};
use super::world::{Hub, RandomWorld};

/// The tables of the network, and the files that they name.
pub fn network(draw: &mut ScenarioRng, world: &RandomWorld) -> (String, Vec<(String, String)>) {
    let mut files = vec![("waits.csv".to_owned(), waits(draw, world))];
    // A list of pairs of zones has no latencies for a hub outside the zones.
    let seated = matches!(world.hub, Hub::None | Hub::Seat);
    let latency = match draw.between(1, 100) {
        1..=18 if seated => {
            files.push(("round-trips.csv".into(), round_trips(draw, world)));
            "{ rtt = \"round-trips.csv\" }".into()
        }
        19..=30 => {
            files.push(("matrix.csv".into(), matrix_file(draw, world)));
            "{ matrix = \"matrix.csv\" }".into()
        }
        31..=40 => format!("{{ matrix = {} }}", matrix_table(draw, world)),
        _ => latency(draw, world),
    };
    let mut text = format!("[network]\nlatency = {latency}\n");
    if draw.percent(70) {
        let _ = writeln!(text, "jitter = {}", jitter(draw, world));
    }
    if draw.percent(60) {
        let _ = writeln!(text, "loss = {}", loss(draw));
    }
    if draw.percent(30) {
        let _ = writeln!(text, "duplicate = {}", draw.share(0.3));
    }
    if draw.percent(30) {
        text.push_str(&bandwidth(draw, world, "\n"));
    }
    text.push_str(&world.access.of_network);
    if draw.percent(60) {
        text.push_str("[network.link]\n");
        links(draw, world, &mut text);
    }
    (text, files)
}

/// A latency of the whole network or of a link.
fn latency(draw: &mut ScenarioRng, world: &RandomWorld) -> String {
    // Short latencies make instants crowded; long ones leave messages in flight when a fault starts.
    let most = draw.pick(&[3, 30, 120]);
    if world.placed && world.hub != Hub::Nowhere && draw.percent(35) {
        let fixed = world.time_in(draw, 0, 20);
        return format!("{{ geo = {{ inflation = 1.{}, fixed = {fixed} }} }}", draw.between(0, 9));
    }
    let time = world.time_in(draw, 1, most);
    match draw.between(1, 3) {
        1 => time,
        2 => format!("{{ one_way = {time} }}"),
        _ => format!("{{ round_trip = {} }}", world.time_in(draw, 2, 2 * most)),
    }
}

fn jitter(draw: &mut ScenarioRng, world: &RandomWorld) -> String {
    let least = draw.between(0, 4);
    let time = |draw: &mut ScenarioRng, most| world.time_in(draw, least, most);
    match draw.between(1, 8) {
        8 => "{ samples = \"waits.csv\" }".into(),
        1 => "\"none\"".into(),
        2 | 3 => {
            let min = least * world.grain;
            let max = time(draw, 40);
            format!("{{ uniform = {{ min = \"{min}us\", max = {max} }} }}")
        }
        6 => {
            let shape = draw.between(3, 40) as f64 / 10.0;
            format!("{{ gamma = {{ mean = {}, shape = {shape:?} }} }}", time(draw, 15))
        }
        7 => {
            let shape = draw.between(if world.is_judged { 25 } else { 12 }, 40) as f64 / 10.0;
            format!("{{ pareto = {{ scale = {}, shape = {shape:?} }} }}", time(draw, 8))
        }
        4 => format!("{{ exponential = {{ mean = {} }} }}", time(draw, 20)),
        _ => {
            let median = time(draw, 12);
            let sigma = draw.between(1, if world.is_judged { 8 } else { 15 }) as f64 / 10.0;
            format!("{{ lognormal = {{ median = {median}, sigma = {sigma:?} }} }}")
        }
    }
}

fn links(draw: &mut ScenarioRng, world: &RandomWorld, text: &mut String) {
    let share = draw.pick(&[10, 30, 60]);
    for (number, a) in world.nodes.iter().enumerate() {
        for b in &world.nodes[number + 1..] {
            let (a, b) = if draw.percent(50) { (a, b) } else { (b, a) };
            for (link, share) in [("-", share), (">", share / 2)] {
                if draw.percent(share) {
                    let _ = writeln!(text, "\"{a}{link}{b}\" = {}", link_params(draw, world));
                }
            }
            if draw.percent(share / 2) {
                let _ = writeln!(text, "\"{b}>{a}\" = {}", link_params(draw, world));
            }
        }
    }
}

/// The parameters of a link that differ from those of the network; may be none.
fn link_params(draw: &mut ScenarioRng, world: &RandomWorld) -> String {
    let mut parts = Vec::new();
    if draw.percent(60) {
        parts.push(format!("latency = {}", latency(draw, world)));
    }
    if draw.percent(40) {
        parts.push(format!("jitter = {}", jitter(draw, world)));
    }
    if draw.percent(40) {
        let loss = if draw.percent(if world.is_judged { 1 } else { 5 }) {
            "1.0".into()
        } else {
            loss(draw)
        };
        parts.push(format!("loss = {loss}"));
    }
    if draw.percent(20) {
        parts.push(format!("duplicate = {}", draw.share(0.5)));
    }
    if draw.percent(20) {
        parts.push(bandwidth(draw, world, ", ").trim_end_matches(", ").into());
    }
    format!("{{ {} }}", parts.join(", "))
}

/// A bandwidth at which a message takes some ticks, sometimes with a short queue.
fn bandwidth(draw: &mut ScenarioRng, world: &RandomWorld, between: &str) -> String {
    // Bytes per tick.
    let bytes = draw.pick(&[1, 5, 20, 100]);
    let rate = (bytes * 8_000_000 / world.grain).max(1);
    let mut parts = format!("bandwidth = \"{rate}bit/s\"{between}");
    if draw.percent(50) {
        let queue = draw.pick(&[30, 100, 400]);
        parts.push_str(&format!("queue = \"{queue}B\"{between}"));
    }
    parts
}

/// A row for each pair, and for each zone with itself, for a hub with a seat.
fn round_trips(draw: &mut ScenarioRng, world: &RandomWorld) -> String {
    let mut text = "zone_a,zone_b,rtt_avg_ms\n".to_owned();
    for (number, a) in world.zones.iter().enumerate() {
        for b in &world.zones[number..] {
            let thousandths = draw.between(0, 100 * world.grain);
            let _ = writeln!(text, "{a},{b},{}.{:03}", thousandths / 1000, thousandths % 1000);
        }
    }
    text
}

/// Samples of a jitter, in any order, some of them equal.
fn waits(draw: &mut ScenarioRng, world: &RandomWorld) -> String {
    let mut text = "at,ms\n".to_owned();
    for at in 0..draw.between(1, 30) {
        let _ = writeln!(text, "{at},{}", milliseconds(draw, 20 * world.grain));
    }
    text
}

/// A number of milliseconds, up to a limit in microseconds.
fn milliseconds(draw: &mut ScenarioRng, max_us: u64) -> String {
    let us = draw.between(0, max_us);
    format!("{}.{:03}", us / 1000, us % 1000)
}

/// The ordered pairs of nodes in a matrix: at least one direction of each pair, except for a hub with a seat;
/// and each zone with itself, for a hub with a seat.
fn matrix_links(draw: &mut ScenarioRng, world: &RandomWorld) -> Vec<(String, String)> {
    let mut links: Vec<_> = world.zones.iter().map(|zone| (zone.clone(), zone.clone())).collect();
    for (number, a) in world.nodes.iter().enumerate() {
        for b in &world.nodes[number + 1..] {
            let (there, back) = ((a.clone(), b.clone()), (b.clone(), a.clone()));
            match draw.between(1, 10) {
                1..=2 if b == "hub" && world.hub == Hub::Seat => {}
                1..=7 => links.extend([there, back]),
                8 => links.push(there),
                _ => links.push(back),
            }
        }
    }
    links
}

fn matrix_file(draw: &mut ScenarioRng, world: &RandomWorld) -> String {
    let links = matrix_links(draw, world);
    let columns = draw.shuffled(world.nodes.clone());
    let mut text = format!("from/to,{}\n", columns.join(","));
    for row in draw.shuffled(world.nodes.clone()) {
        text.push_str(&row);
        for column in &columns {
            let is_stated = links.iter().any(|(from, to)| *from == row && to == column);
            let time = if is_stated {
                milliseconds(draw, 60 * world.grain)
            } else {
                draw.pick(&["", "-"]).into()
            };
            let _ = write!(text, ",{time}");
        }
        text.push('\n');
    }
    text
}

fn matrix_table(draw: &mut ScenarioRng, world: &RandomWorld) -> String {
    let links = matrix_links(draw, world);
    let row = |from: &String| {
        let links = links.iter().filter(|(row, _)| row == from);
        let times: Vec<_> =
            links.map(|(_, to)| format!("{to} = {}", world.time_in(draw, 0, 60))).collect();
        format!("{from} = {{ {} }}", times.join(", "))
    };
    let rows: Vec<_> = world.nodes.iter().map(row).collect();
    format!("{{ {} }}", rows.join(", "))
}

/// The faults, up to a dozen. Their instants are added to the moments of the scenario.
pub fn faults(draw: &mut ScenarioRng, world: &mut RandomWorld) -> String {
    let mut text = String::new();
    let max = if world.crowded { 12 } else { 8 };
    for _ in 0..draw.between(0, max) {
        let start = world.moment(draw);
        let _ = writeln!(text, "[[fault]]\nat = {}", world.time(draw, start));
        let end = match draw.between(1, 20) {
            1 if draw.percent(70) => None,
            // To an instant of another event, if that is later.
            1..=8 => Some(world.moment(draw)).filter(|&end| end > start),
            9..=10 => Some(world.horizon + draw.between(0, 500)),
            11..=12 => Some(start + draw.between(1, 3)),
            _ => Some(start + draw.between(1, world.horizon / 3)),
        };
        let is_too_late = end.is_some_and(|end| end <= start);
        let end = match end {
            None if world.is_judged && draw.percent(80) => Some(start + draw.between(1, 500)),
            _ if is_too_late => None,
            end => end,
        };
        let Effect { table, has_end } = effect(draw, world);
        if let Some(end) = end.filter(|&end| end > start && has_end) {
            let _ = writeln!(text, "for = \"{}us\"", (end - start) * world.grain);
        }
        text.push_str(&table);
        let moments = [Some(start), end];
        world.moments.extend(moments.into_iter().flatten().filter(|&at| at < world.horizon));
    }
    text
}

/// What a fault does.
struct Effect {
    /// The keys of its table.
    table: String,
    /// Whether it may have a duration: a step of a clock has none.
    has_end: bool,
}

fn effect(draw: &mut ScenarioRng, world: &RandomWorld) -> Effect {
    let mut has_end = true;
    let table = match draw.between(1, 14) {
        1..=3 => groups(draw, world, "partition"),
        4..=5 => groups(draw, world, "hold"),
        6..=7 => format!("isolate = {}\n", list(&draw.some(&world.nodes))),
        8 => {
            let more = if draw.percent(50) {
                format!("factor = {}.{}\n", draw.between(1, 4), draw.between(0, 9))
            } else {
                format!("add = {}\n", world.time_in(draw, 0, 60))
            };
            groups(draw, world, "delay") + &more
        }
        9 => groups(draw, world, "loss") + &format!("rate = {}\n", draw.share(1.0)),
        10 => {
            has_end = false;
            let step = world.shift(draw, 400);
            format!("clock = {}\nstep = {step}\n", list(&draw.some(&world.nodes)))
        }
        _ => {
            let memory = draw.pick(&["", "", "memory = \"kept\"\n", "memory = \"lost\"\n"]);
            format!("crash = {}\n{memory}", list(&draw.some(&world.nodes)))
        }
    };
    Effect { table, has_end }
}

/// A nemesis, which draws faults from the seed of the run.
pub fn nemesis(draw: &mut ScenarioRng, world: &RandomWorld) -> String {
    if draw.percent(75) {
        return String::new();
    }
    let kinds =
        ["partition", "hold", "isolate", "delay", "loss", "crash", "clock"].map(String::from);
    let mut kinds = draw.shuffled(kinds.to_vec());
    kinds.truncate(draw.between(1, 7) as usize);
    let (slowest, longest) = (world.horizon / 5, world.horizon / 8);
    format!(
        "[nemesis]\nkinds = {}\nmean_between = {}\nmean_repair = {}\nmax_concurrent = {}\n\
         start = \"{}\"\none_way = {}\nmemory = \"{}\"\nfactor = {}.5\nloss = {}\nstep = {}\n{}",
        list(&kinds),
        world.time_in(draw, 10, slowest),
        world.time_in(draw, 0, longest),
        draw.between(1, 3),
        draw.pick(&["none", "stationary"]),
        draw.share(1.0),
        draw.pick(&["kept", "lost"]),
        draw.between(1, 3),
        draw.share(1.0),
        world.time_in(draw, 0, 300),
        world.until(0),
    )
}

/// Two disjoint groups of nodes, one of which may be all others.
fn groups(draw: &mut ScenarioRng, world: &RandomWorld, kind: &str) -> String {
    let mut first = draw.some(&world.nodes);
    // At least one node is left for the other group.
    first.truncate(world.nodes.len() - 1);
    let others: Vec<_> = world.nodes.iter().filter(|id| !first.contains(id)).cloned().collect();
    let all_others = draw.percent(40);
    let second = if all_others { vec!["*".into()] } else { draw.some(&others) };
    let mut groups = [list(&first), list(&second)];
    if draw.percent(30) {
        groups.reverse();
    }
    let [from, to] = groups;
    let one_way = draw.pick(&["", "", "one_way = true\n", "one_way = false\n"]);
    format!("{kind} = [{from}, {to}]\n{one_way}")
}

fn loss(draw: &mut ScenarioRng) -> String {
    if draw.percent(70) {
        return draw.share(0.3);
    }
    let (enter, leave) = (draw.share(0.4), draw.between(1, 5) as f64 / 10.0);
    let (good, bad, slot) = (draw.share(0.05), draw.share(1.0), draw.between(100, 900));
    let start = draw.pick(&["", "", ", start = \"good\"", ", start = \"stationary\""]);
    format!(
        "{{ burst = {{ enter = {enter}, leave = {leave:?}, good = {good}, bad = {bad}, \
         slot = \"{slot}ms\"{start} }} }}"
    )
}
