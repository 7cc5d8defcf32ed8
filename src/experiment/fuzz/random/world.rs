//! The zones, the hub, and the resolution of a random scenario. Durations are drawn in ticks, so that traffic
//! is equally dense at any resolution.

use std::fmt::Write;

use super::access::RandomAccess;
use super::draw::ScenarioRng;

/// Zones and time of a scenario.
pub struct RandomWorld {
    /// The ids of zones.
    pub zones: Vec<String>,
    /// The zones that publish items.
    pub members: Vec<String>,
    /// The zones, and the hub if there is one.
    pub nodes: Vec<String>,
    /// Whether zones are named in the file instead of generated.
    pub named: bool,
    /// Whether every zone has a place.
    pub placed: bool,
    /// The kind of hub.
    pub hub: Hub,
    /// One tick in microseconds.
    pub grain: u64,
    /// The horizon without `rest`, in ticks: all drawn events are before it.
    pub horizon: u64,
    /// The ticks after the drawn horizon, without further publications and faults.
    pub rest: u64,
    /// Whether liveness is to be judged: with fewer conditions that make delivery impossible.
    pub is_judged: bool,
    /// Whether the run is short and many events share an instant.
    pub crowded: bool,
    /// Starts and ends of faults, at which other events may happen too.
    pub moments: Vec<u64>,
    /// The uplinks and downlinks.
    pub access: RandomAccess,
}

/// The kind of hub.
#[derive(Clone, Copy, PartialEq)]
pub enum Hub {
    None,
    Seat,
    Place,
    Nowhere,
}

const IDS: [&str; 9] = ["kg", "cn", "uz", "in", "tj", "pk", "ru", "kz", "zone_9"];

/// In runs of more ticks, elections and their heartbeats are slower.
const MAX_TICKS: u64 = 20_000;

impl RandomWorld {
    /// Draws the zones, the hub and the times.
    pub fn draw(
        draw: &mut ScenarioRng,
        access: &mut ScenarioRng,
        (rest, is_judged): (u64, bool),
    ) -> Self {
        let count = draw.between(2, 9) as usize;
        let named = draw.percent(60);
        let placed = named || draw.percent(50);
        let ids = IDS.map(String::from).to_vec();
        let mut zones = if named { draw.shuffled(ids) } else { (0..9).map(generated).collect() };
        zones.truncate(count);
        let hub = match draw.between(1, 10) {
            1..=3 => Hub::None,
            4..=7 => Hub::Seat,
            8..=9 if placed => Hub::Place,
            _ => Hub::Nowhere,
        };
        let mut members = zones.clone();
        if named && draw.percent(40) {
            members.truncate(draw.between(1, count as u64) as usize);
        }
        let mut nodes = zones.clone();
        nodes.extend((hub != Hub::None).then(|| "hub".into()));
        let grain =
            if draw.percent(50) { 1_000 } else { draw.pick(&[40, 500, 3_000, 10_000, 100_000]) };
        let crowded = draw.percent(40);
        let horizon = if crowded { draw.between(60, 600) } else { draw.between(3_000, 8_000) };
        let moments = vec![0];
        let access = RandomAccess::draw(access, &nodes, (grain, is_judged));
        Self {
            zones,
            members,
            nodes,
            named,
            placed,
            hub,
            grain,
            horizon,
            rest,
            is_judged,
            crowded,
            moments,
            access,
        }
    }

    /// The tables of the zones and the hub.
    pub fn tables(&self, draw: &mut ScenarioRng) -> String {
        let mut text = String::new();
        if self.named {
            for zone in &self.zones {
                let _ = writeln!(text, "[zones.{zone}]\nat = {}", place(draw));
                text.push_str(self.access.of_node(zone));
                if draw.percent(30) {
                    let _ = writeln!(text, "labs = {}", draw.between(1, 3));
                }
                if draw.percent(15) {
                    let _ = writeln!(text, "clock = {}", self.clock(draw));
                }
                if !self.members.contains(zone) {
                    text.push_str("role = \"observer\"\n");
                }
            }
        } else {
            let _ = writeln!(text, "[zones]\ngenerate = {}", self.zones.len());
            if self.placed {
                let _ = writeln!(text, "place = {}", placement(draw));
            }
        }
        match self.hub {
            Hub::None => {}
            Hub::Seat => {
                let _ = writeln!(text, "[hub]\nseat = {:?}", draw.pick(&self.zones));
            }
            Hub::Place => {
                let _ = writeln!(text, "[hub]\nat = {}", place(draw));
            }
            Hub::Nowhere => text.push_str("[hub]\n"),
        }
        text.push_str(self.access.of_node("hub"));
        if self.hub != Hub::None && draw.percent(15) {
            let _ = writeln!(text, "clock = {}", self.clock(draw));
        }
        if draw.percent(20) {
            let within = self.time_in(draw, 0, 200);
            let drift = draw.pick(&["0.0", "50.0", "20000.0"]);
            let _ = writeln!(text, "[clocks]\nmax_offset = {within}\nmax_drift_ppm = {drift}");
        }
        text
    }

    /// The key `until`, this many ticks after the drawn horizon. Empty without `rest`.
    pub fn until(&self, after: u64) -> String {
        if self.rest == 0 {
            return String::new();
        }
        format!("until = \"{}us\"\n", (self.horizon + after) * self.grain)
    }

    /// The offset and drift of a clock: large, because runs are short.
    fn clock(&self, draw: &mut ScenarioRng) -> String {
        let drift = draw.pick(&["-30000.0", "-20.0", "0.0", "7.5", "100000.0"]);
        format!("{{ offset = {}, drift_ppm = {drift} }}", self.shift(draw, 300))
    }

    /// A duration of up to `max` ticks, forward or back.
    pub fn shift(&self, draw: &mut ScenarioRng, max: u64) -> String {
        let sign = draw.pick(&["", "-"]);
        format!("\"{sign}{}us\"", draw.between(0, max) * self.grain)
    }

    /// A duration in ticks, sometimes with a fraction, which is rounded.
    pub fn time(&self, draw: &mut ScenarioRng, ticks: u64) -> String {
        let more = if draw.percent(10) { draw.between(0, self.grain / 2 - 1) } else { 0 };
        format!("\"{}us\"", ticks * self.grain + more)
    }

    /// A duration between two numbers of ticks.
    pub fn time_in(&self, draw: &mut ScenarioRng, min: u64, max: u64) -> String {
        let ticks = draw.between(min, max);
        self.time(draw, ticks)
    }

    /// A duration of a protocol or workload, shorter in a crowded scenario.
    pub fn wait(&self, draw: &mut ScenarioRng, min: u64, max: u64) -> String {
        let pace = if self.crowded { 8 } else { 1 };
        self.time_in(draw, min.div_ceil(pace), max.div_ceil(pace))
    }

    /// A wait of elections. It is longer in a run that goes on for long after the last drawn event: its
    /// heartbeats, which have no end, would take most of the time of a fuzz.
    pub fn endless_wait(&self, draw: &mut ScenarioRng, min: u64, max: u64) -> String {
        let slower = ((self.horizon + self.rest) / MAX_TICKS).max(1);
        self.wait(draw, min * slower, max * slower)
    }

    /// An instant: often one of `moments`, seldom beyond the horizon.
    pub fn moment(&self, draw: &mut ScenarioRng) -> u64 {
        let again = if self.crowded { 50 } else { 30 };
        match draw.between(1, 100) {
            1..=3 => self.horizon + draw.between(0, 9),
            4..=8 => 0,
            chance if chance <= again => draw.pick(&self.moments),
            _ => draw.between(0, self.horizon - 1),
        }
    }
}

fn generated(number: u32) -> String {
    format!("z{number}")
}

/// The placement of generated zones, often in a small area, for short links.
fn placement(draw: &mut ScenarioRng) -> String {
    let seed = draw.between(0, 99);
    match draw.between(1, 6) {
        1 => "\"sphere\"".into(),
        2 => format!("{{ sphere = {{ seed = {seed} }} }}"),
        3 | 4 => {
            let (south, west) = (draw.between(0, 60), draw.between(0, 359));
            let (north, east) = (south + draw.between(1, 20), (west + draw.between(1, 50)) % 360);
            let [west, east] = [west, east].map(|degrees| degrees as i64 - 180);
            format!(
                "{{ box = {{ south = {south}, west = {west}, north = {north}.5, east = {east}, seed = \
                 {seed} }} }}"
            )
        }
        _ => {
            let seats: Vec<_> = (0..draw.between(1, 3)).map(|_| place(draw)).collect();
            let spread = draw.pick(&["0", "50.0", "900"]);
            format!(
                "{{ near = {{ at = [{}], spread_km = {spread}, seed = {seed} }} }}",
                seats.join(", ")
            )
        }
    }
}

/// Degrees in Asia: latencies of up to some 100 ms, many below the horizon.
fn place(draw: &mut ScenarioRng) -> String {
    format!("[{}.{}, {}.5]", draw.between(0, 60), draw.between(0, 9), draw.between(30, 130))
}
