//! Warnings for durations that rounding to ticks changes by more than 1 %, with the resolution that
//! would preserve them.

use std::cell::RefCell;

use crate::network::Jitter;
use crate::protocol::{ParamInfo, ProtocolInfo, Range};
use crate::scenario::{Delay, FaultKind, Loaded, Organisation, WorkloadKind};
use crate::time::NanoDuration;

/// Largest relative change without a warning. A guess.
const TOLERANCE: f64 = 0.01;

/// Keys whose values and subkeys are no durations to check: a zone may be called `5m`.
const NON_DURATION_KEYS: [&str; 15] = [
    "about",
    "name",
    "use",
    "seat",
    "from",
    "homes",
    "languages",
    "partition",
    "hold",
    "delay",
    "isolate",
    "crash",
    "edges",
    "resolution",
    "horizon",
];

/// Rounds a duration to whole ticks, at least `min_ticks`; returns it with the relative change.
fn round(time: NanoDuration, resolution: NanoDuration, min_ticks: u64) -> (NanoDuration, f64) {
    let ticks = time.ticks(resolution).0.max(min_ticks);
    let rounded = NanoDuration::from_ns(ticks.saturating_mul(resolution.ns));
    let change = rounded.ns.abs_diff(time.ns) as f64;
    (rounded, if change == 0.0 { 0.0 } else { change / time.ns as f64 })
}

/// The finer resolutions of 1, 2 or 5 times a power of ten that divide a resolution, coarsest first.
fn finer_resolutions(resolution: NanoDuration) -> impl Iterator<Item = NanoDuration> {
    let powers = (0..10).rev().flat_map(|exponent| [5, 2, 1].map(|n| n * 10_u64.pow(exponent)));
    let finer = powers.filter(move |&ns| ns < resolution.ns && resolution.ns.is_multiple_of(ns));
    finer.map(NanoDuration::from_ns)
}

/// The coarsest finer resolution that satisfies a predicate.
fn finer_resolution(
    resolution: NanoDuration,
    is_enough: impl Fn(NanoDuration) -> bool,
) -> Option<NanoDuration> {
    finer_resolutions(resolution).find(|&finer| is_enough(finer))
}

/// Rounds a computed time of a millisecond or more to microseconds.
fn readable(time: NanoDuration) -> NanoDuration {
    if time.ns < 1_000_000 { time } else { NanoDuration::from_ns((time.ns + 500) / 1000 * 1000) }
}

/// The end of a warning.
fn advice(resolution: NanoDuration, finer: Option<NanoDuration>) -> String {
    match finer {
        Some(finer) => format!("in ticks of {resolution}; resolution = \"{finer}\" would carry it"),
        None => {
            format!(
                "in ticks of {resolution}; no resolution carries it, a finer one changes it less"
            )
        }
    }
}

/// The scenario table of a protocol in use, such as `exchange.gossip`, and its settings.
pub struct Table {
    path: String,
    settings: &'static [ParamInfo],
}

impl Table {
    /// Returns the table of the protocol `name`, one of the `entries` of a section.
    pub fn chosen(section: &str, name: &str, entries: &'static [ProtocolInfo]) -> Self {
        let entry = entries.iter().find(|entry| entry.name == name);
        Self {
            path: format!("{section}.{name}"),
            settings: entry.map_or(&[], |entry| entry.settings),
        }
    }

    fn key<'p>(&self, path: &'p str) -> Option<&'p str> {
        path.strip_prefix(self.path.as_str())?.strip_prefix('.')
    }

    fn min_ticks(&self, path: &str) -> u64 {
        let setting = self.settings.iter().find(|setting| self.key(path) == Some(setting.key));
        setting.map_or(0, min_ticks)
    }
}

/// The fewest ticks of a setting that is not zero.
fn min_ticks(setting: &ParamInfo) -> u64 {
    u64::from(matches!(setting.range, Range::Timer(_) | Range::AboveZero { .. }))
}

/// Checks every duration that the scenario states and uses. `chosen` are the tables of the protocols
/// in use. The durations of matrices, files, geography and jitter are checked where they are compiled.
pub fn stated<E, C>(loaded: &Loaded<E, C>, chosen: &[Table], warnings: &mut Vec<String>) {
    let resolution = loaded.scenario.resolution;
    for (path, text) in loaded.source.values() {
        let is_name = path.split('.').any(|key| NON_DURATION_KEYS.contains(&key))
            || (path.starts_with("fault.")
                && [".clock.", ".loss."].iter().any(|list| path.contains(list)));
        let is_elsewhere = path.contains(".jitter.")
            || path.contains(".geo.")
            || ["matrix", "rtt", "one_way"].iter().any(|of| {
                path.strip_prefix("network.latency.").is_some_and(|rest| {
                    rest.strip_prefix(of).is_some_and(|rest| rest.starts_with('.'))
                })
            });
        let is_protocol = path.starts_with("exchange.") || path.starts_with("coordination.");
        let is_used = !is_protocol || chosen.iter().any(|table| table.key(path).is_some());
        if is_name || is_elsewhere || !is_used {
            continue;
        }
        let Ok(mut time) = text.trim_start_matches(['-', '+']).parse::<NanoDuration>() else {
            continue;
        };
        // A latency is half of a round trip.
        let is_round_trip = path.ends_with(".round_trip");
        if is_round_trip {
            time.ns /= 2;
        }
        let min_ticks = chosen.iter().map(|table| table.min_ticks(path)).max().unwrap_or(0);
        let one_way = if is_round_trip { " one way" } else { "" };
        check(&format!("`{path}` of {time}{one_way}"), time, (resolution, min_ticks), warnings);
    }
}

/// Checks every default in use that the scenario does not state, except those of links, which are
/// checked where links are compiled.
pub fn defaults<E, C>(loaded: &Loaded<E, C>, chosen: &[Table], warnings: &mut Vec<String>) {
    for table in chosen {
        for setting in table.settings {
            let path = format!("{}.{}", table.path, setting.key);
            // A default that does not parse is no duration.
            if let Ok(time) = setting.default.trim_matches('"').parse() {
                default(loaded, &path, (time, min_ticks(setting)), warnings);
            }
        }
    }
    let scenario = &loaded.scenario;
    if scenario.workload.chosen == WorkloadKind::Organisation {
        let Organisation { assessment, warning, .. } = scenario.workload.organisation;
        if let Delay::Plain(assessment) = assessment {
            default(loaded, "workload.organisation.assessment", (assessment, 0), warnings);
        }
        default(loaded, "workload.organisation.warning", (warning, 0), warnings);
    }
    if let Some(nemesis) =
        scenario.nemesis.as_ref().filter(|all| all.kinds.0.contains(&FaultKind::Clock))
    {
        default(loaded, "nemesis.step", (nemesis.step, 0), warnings);
    }
}

/// Checks the default of a duration, at least `min_ticks`, if the scenario does not state it.
pub fn default<E, C>(
    loaded: &Loaded<E, C>,
    path: &str,
    (time, min_ticks): (NanoDuration, u64),
    warnings: &mut Vec<String>,
) {
    if !loaded.source.says(path) {
        let resolution = loaded.scenario.resolution;
        check(&format!("`{path}`, {time} by default,"), time, (resolution, min_ticks), warnings);
    }
}

/// Adds a warning if rounding changes a duration; `what` is the subject of the sentence.
fn check(
    what: &str,
    time: NanoDuration,
    (resolution, min_ticks): (NanoDuration, u64),
    warnings: &mut Vec<String>,
) {
    let min_ticks = if time.ns > 0 { min_ticks } else { 0 };
    let (rounded, change) = round(time, resolution, min_ticks);
    if change > TOLERANCE {
        let finer = finer_resolution(resolution, |finer| round(time, finer, 0).1 <= TOLERANCE);
        warnings.push(format!("{what} becomes {rounded}, {}", advice(resolution, finer)));
    }
}

/// Rounding of many durations, such as those of a file, for a single warning.
#[derive(Default)]
pub struct RoundedEntries {
    total: u64,
    changed: u64,
    /// The largest change: relative change, name, duration, rounded duration.
    worst: Option<(f64, String, NanoDuration, NanoDuration)>,
    /// The resolutions that preserve all durations that change, coarsest first.
    finer: Option<Vec<NanoDuration>>,
}

impl RoundedEntries {
    /// Adds a duration that is rounded to at least `min_ticks`.
    pub fn add(
        &mut self,
        time: NanoDuration,
        (resolution, min_ticks): (NanoDuration, u64),
        name: impl FnOnce() -> String,
    ) {
        self.add_above(NanoDuration::default(), time, (resolution, min_ticks), name);
    }

    /// Adds a duration that is rounded to at least `min_ticks` and never below `lower_bound`.
    pub fn add_above(
        &mut self,
        lower_bound: NanoDuration,
        time: NanoDuration,
        (resolution, min_ticks): (NanoDuration, u64),
        name: impl FnOnce() -> String,
    ) {
        self.total += 1;
        let min =
            |resolution: NanoDuration, ticks| lower_bound.ns.div_ceil(resolution.ns).max(ticks);
        let (rounded, change) = round(time, resolution, min(resolution, min_ticks));
        if change <= TOLERANCE {
            return;
        }
        self.changed += 1;
        let finer = self.finer.get_or_insert_with(|| finer_resolutions(resolution).collect());
        finer.retain(|&finer| round(time, finer, min(finer, 1)).1 <= TOLERANCE);
        if self.worst.as_ref().is_none_or(|(worst, ..)| change > *worst) {
            self.worst = Some((change, name(), time, rounded));
        }
    }

    /// Adds a warning if rounding changes a duration; `what` names the file or the kind of duration.
    pub fn warn(&self, what: &str, resolution: NanoDuration, warnings: &mut Vec<String>) {
        let Some((_, name, time, rounded)) = &self.worst else { return };
        let finer = self.finer.iter().flatten().next().copied();
        let time = readable(*time);
        warnings.push(format!(
            "{what}: {} of {} times change by more than 1 %, the worst {name} of {time} becomes \
             {rounded}, {}",
            self.changed,
            self.total,
            advice(resolution, finer)
        ));
    }
}

/// [`RoundedEntries`] behind a shared reference.
pub type SharedEntries = RefCell<RoundedEntries>;

/// Adds a warning for a jitter, in ticks of `resolution`, whose mean changes when samples are rounded.
pub fn jitter(path: &str, resolution: NanoDuration, jitter: &Jitter, warnings: &mut Vec<String>) {
    let at = |finer: NanoDuration| jitter.scaled(resolution.ns as f64 / finer.ns as f64);
    let [mean, rounded] = jitter.means();
    let changes = |[mean, rounded]: [f64; 2]| (mean - rounded).abs() > TOLERANCE * mean;
    if !changes([mean, rounded]) {
        return;
    }
    let finer = finer_resolution(resolution, |finer| !changes(at(finer).means()));
    let ms = |ticks: f64| {
        NanoDuration::from_ns((ticks * resolution.ns as f64 / 1000.0 + 0.5) as u64 * 1000)
    };
    warnings.push(format!(
        "`{path}` with a mean of {} becomes one of {}, {}",
        ms(mean),
        ms(rounded),
        advice(resolution, finer)
    ));
}

/// Rounds down to a multiple of the largest unit that fits, such as whole hours.
pub fn rounded_down(ns: u64) -> NanoDuration {
    let units = [3_600_000_000_000, 60_000_000_000, 1_000_000_000, 1_000_000, 1_000, 1];
    let unit = units.into_iter().find(|unit| ns >= *unit).unwrap_or(1);
    NanoDuration::from_ns(ns / unit * unit)
}
