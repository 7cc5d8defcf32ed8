//! Durations that a tick does not carry: each that changes by more than 1 % is told, with the
//! resolution that would carry it.

use std::cell::RefCell;

use crate::network::Jitter;
use crate::protocol::{ParamInfo, ProtocolInfo, Range};
use crate::scenario::{Kind, Loaded, Organisation, WorkloadKind};
use crate::time::NanoDuration;

/// Changes up to this share of a duration are not told.
const TOLD: f64 = 0.01;

/// Keys below which texts are names, not durations: a zone may be called `5m`.
const NAMES: [&str; 14] = [
    "about",
    "name",
    "use",
    "seat",
    "from",
    "cut",
    "hold",
    "slow",
    "lose",
    "isolate",
    "crash",
    "edges",
    "resolution",
    "horizon",
];

/// What becomes of a duration in whole ticks, at least so many, and the share by which it changes.
fn rounded(time: NanoDuration, resolution: NanoDuration, least: u64) -> (NanoDuration, f64) {
    let ticks = time.ticks(resolution).0.max(least);
    let became = NanoDuration::from_ns(ticks.saturating_mul(resolution.ns));
    let change = became.ns.abs_diff(time.ns) as f64;
    (became, if change == 0.0 { 0.0 } else { change / time.ns as f64 })
}

/// The round parts of a resolution, from the coarsest on.
fn parts(resolution: NanoDuration) -> impl Iterator<Item = NanoDuration> {
    let powers = (0..10).rev().flat_map(|exponent| [5, 2, 1].map(|n| n * 10_u64.pow(exponent)));
    let finer = powers.filter(move |&ns| ns < resolution.ns && resolution.ns.is_multiple_of(ns));
    finer.map(NanoDuration::from_ns)
}

/// The coarsest round part of a resolution for which a test holds.
fn carrying(
    resolution: NanoDuration,
    carries: impl Fn(NanoDuration) -> bool,
) -> Option<NanoDuration> {
    parts(resolution).find(|&finer| carries(finer))
}

/// A time that was computed, to the microsecond if it is a millisecond or more.
fn readable(time: NanoDuration) -> NanoDuration {
    if time.ns < 1_000_000 { time } else { NanoDuration::from_ns((time.ns + 500) / 1000 * 1000) }
}

/// The end of a notice.
fn advice(resolution: NanoDuration, carrying: Option<NanoDuration>) -> String {
    match carrying {
        Some(finer) => format!("in ticks of {resolution}; resolution = \"{finer}\" would carry it"),
        None => {
            format!(
                "in ticks of {resolution}; no resolution carries it, a finer one changes it less"
            )
        }
    }
}

/// The table of a protocol that is used, such as `exchange.gossip`, and what it says of its settings.
pub struct Table {
    path: String,
    settings: &'static [ParamInfo],
}

impl Table {
    /// The table of the protocol that is chosen among the entries of a section.
    pub fn chosen(section: &str, name: &str, entries: &'static [ProtocolInfo]) -> Self {
        let entry = entries.iter().find(|entry| entry.name == name);
        Self {
            path: format!("{section}.{name}"),
            settings: entry.map_or(&[], |entry| entry.settings),
        }
    }

    /// The key at a path in it.
    fn key<'p>(&self, path: &'p str) -> Option<&'p str> {
        path.strip_prefix(self.path.as_str())?.strip_prefix('.')
    }

    /// The least ticks that a duration at a path takes if it is not zero.
    fn least(&self, path: &str) -> u64 {
        let setting = self.settings.iter().find(|setting| self.key(path) == Some(setting.key));
        setting.map_or(0, least)
    }
}

/// The least ticks that a setting takes if it is not zero.
fn least(setting: &ParamInfo) -> u64 {
    u64::from(matches!(setting.range, Range::Timer(_)))
}

/// Notices every duration that the scenario states for what it uses, but for those of pairs, of
/// files, of geography and of jitter, which are told where they are read. `chosen` are the tables of
/// the protocols that are used.
pub fn stated<E, C>(loaded: &Loaded<E, C>, chosen: &[Table], notices: &mut Vec<String>) {
    let resolution = loaded.scenario.resolution;
    for (path, text) in loaded.source.values() {
        let is_name = path.split('.').any(|key| NAMES.contains(&key))
            || (path.starts_with("fault.") && path.contains(".clock."));
        let is_elsewhere = path.contains(".jitter.")
            || path.contains(".geo.")
            || path.starts_with("network.latency.matrix.");
        let is_protocol = path.starts_with("exchange.") || path.starts_with("coordination.");
        let is_used = !is_protocol || chosen.iter().any(|table| table.key(path).is_some());
        if is_name || is_elsewhere || !is_used {
            continue;
        }
        let Ok(mut time) = text.trim_start_matches(['-', '+']).parse::<NanoDuration>() else {
            continue;
        };
        // What is travelled one way is half of it.
        let is_half = path.ends_with(".round_trip");
        if is_half {
            time.ns /= 2;
        }
        let least = chosen.iter().map(|table| table.least(path)).max().unwrap_or(0);
        let way = if is_half { " one way" } else { "" };
        one(&format!("`{path}` of {time}{way}"), time, (resolution, least), notices);
    }
}

/// Notices every default that the scenario does not state: of the settings of the tables, and of
/// what else is used, but for those of links, which are told where they are read.
pub fn defaults<E, C>(loaded: &Loaded<E, C>, chosen: &[Table], notices: &mut Vec<String>) {
    for table in chosen {
        for setting in table.settings {
            let path = format!("{}.{}", table.path, setting.key);
            // Other defaults are no durations.
            if let Ok(time) = setting.default.trim_matches('"').parse() {
                default(loaded, &path, (time, least(setting)), notices);
            }
        }
    }
    let scenario = &loaded.scenario;
    if scenario.workload.chosen == WorkloadKind::Organisation {
        let Organisation { assessment, warning, .. } = scenario.workload.organisation;
        default(loaded, "workload.organisation.assessment", (assessment, 0), notices);
        default(loaded, "workload.organisation.warning", (warning, 0), notices);
    }
    if let Some(nemesis) =
        scenario.nemesis.as_ref().filter(|all| all.kinds.0.contains(&Kind::Clock))
    {
        default(loaded, "nemesis.step", (nemesis.step, 0), notices);
    }
}

/// Notices the default of a duration of so many ticks at the least, if the scenario does not state it.
pub fn default<E, C>(
    loaded: &Loaded<E, C>,
    path: &str,
    (time, least): (NanoDuration, u64),
    notices: &mut Vec<String>,
) {
    if !loaded.source.says(path) {
        let resolution = loaded.scenario.resolution;
        one(&format!("`{path}`, {time} by default,"), time, (resolution, least), notices);
    }
}

/// Notices one duration.
fn one(
    what: &str,
    time: NanoDuration,
    (resolution, least): (NanoDuration, u64),
    notices: &mut Vec<String>,
) {
    let least = if time.ns > 0 { least } else { 0 };
    let (became, change) = rounded(time, resolution, least);
    if change > TOLD {
        let finer = carrying(resolution, |finer| rounded(time, finer, 0).1 <= TOLD);
        notices.push(format!("{what} becomes {became}, {}", advice(resolution, finer)));
    }
}

/// The entries of a file or a matrix that ticks do not carry: told together.
#[derive(Default)]
pub struct RoundedEntries {
    all: u64,
    changed: u64,
    /// The largest change, what changes, and what becomes of it.
    worst: Option<(f64, String, NanoDuration, NanoDuration)>,
    /// The resolutions that carry all that change, from the coarsest on.
    finer: Option<Vec<NanoDuration>>,
}

impl RoundedEntries {
    /// Takes an entry in; it takes so many ticks at least.
    pub fn take(
        &mut self,
        time: NanoDuration,
        (resolution, least): (NanoDuration, u64),
        name: impl FnOnce() -> String,
    ) {
        self.take_above(NanoDuration::default(), time, (resolution, least), name);
    }

    /// Takes an entry in that is never rounded to less than a floor.
    pub fn take_above(
        &mut self,
        floor: NanoDuration,
        time: NanoDuration,
        (resolution, least): (NanoDuration, u64),
        name: impl FnOnce() -> String,
    ) {
        self.all += 1;
        let above = |resolution: NanoDuration, least| floor.ns.div_ceil(resolution.ns).max(least);
        let (became, change) = rounded(time, resolution, above(resolution, least));
        if change <= TOLD {
            return;
        }
        self.changed += 1;
        let finer = self.finer.get_or_insert_with(|| parts(resolution).collect());
        finer.retain(|&finer| rounded(time, finer, above(finer, 1)).1 <= TOLD);
        if self.worst.as_ref().is_none_or(|(worst, ..)| change > *worst) {
            self.worst = Some((change, name(), time, became));
        }
    }

    /// Tells what was taken in, if something changes.
    pub fn tell(&self, what: &str, resolution: NanoDuration, notices: &mut Vec<String>) {
        let Some((_, name, time, became)) = &self.worst else { return };
        let finer = self.finer.iter().flatten().next().copied();
        let time = readable(*time);
        notices.push(format!(
            "{what}: {} of {} times change by more than 1 %, the worst {name} of {time} becomes \
             {became}, {}",
            self.changed,
            self.all,
            advice(resolution, finer)
        ));
    }
}

/// [`RoundedEntries`] that are gathered by those who only read.
pub type Gathered = RefCell<RoundedEntries>;

/// Notices a jitter, in ticks of a resolution, whose mean changes as its draws become whole ticks.
pub fn jitter(path: &str, resolution: NanoDuration, jitter: &Jitter, notices: &mut Vec<String>) {
    let at = |finer: NanoDuration| jitter.scaled(resolution.ns as f64 / finer.ns as f64);
    let [mean, became] = jitter.means();
    let change = |[mean, became]: [f64; 2]| (mean - became).abs() > TOLD * mean;
    if !change([mean, became]) {
        return;
    }
    let finer = carrying(resolution, |finer| !change(at(finer).means()));
    let ms = |ticks: f64| {
        NanoDuration::from_ns((ticks * resolution.ns as f64 / 1000.0 + 0.5) as u64 * 1000)
    };
    notices.push(format!(
        "`{path}` with a mean of {} becomes one of {}, {}",
        ms(mean),
        ms(became),
        advice(resolution, finer)
    ));
}
