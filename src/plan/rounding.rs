//! Durations that a tick does not carry: each that changes by more than 1 % is told, with the
//! resolution that would carry it.

use std::cell::RefCell;

use crate::network::Jitter;
use crate::scenario::Loaded;
use crate::time::Length;

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
fn rounded(time: Length, resolution: Length, least: u64) -> (Length, f64) {
    let ticks = time.ticks(resolution).0.max(least);
    let became = Length::from_ns(ticks.saturating_mul(resolution.ns));
    let change = became.ns.abs_diff(time.ns) as f64;
    (became, if change == 0.0 { 0.0 } else { change / time.ns as f64 })
}

/// The coarsest round part of a resolution for which a test holds.
fn carrying(resolution: Length, carries: impl Fn(Length) -> bool) -> Option<Length> {
    let powers = (0..10).rev().flat_map(|exponent| [5, 2, 1].map(|n| n * 10_u64.pow(exponent)));
    let finer = powers.filter(|&ns| ns < resolution.ns && resolution.ns.is_multiple_of(ns));
    finer.map(Length::from_ns).find(|&finer| carries(finer))
}

/// The end of a notice.
fn advice(resolution: Length, carrying: Option<Length>) -> String {
    match carrying {
        Some(finer) => format!("in ticks of {resolution}; resolution = \"{finer}\" would carry it"),
        None => {
            format!(
                "in ticks of {resolution}; no resolution carries it, a finer one changes it less"
            )
        }
    }
}

/// Notices every duration that the scenario states for what it uses, but for those of pairs, of
/// files and of jitter, which are told where they are read. `chosen` are the tables of the
/// protocols that are used.
pub fn stated<E, C>(loaded: &Loaded<E, C>, chosen: [String; 2], notices: &mut Vec<String>) {
    let resolution = loaded.scenario.resolution;
    for (path, text) in loaded.source.values() {
        let is_name = path.split('.').any(|key| NAMES.contains(&key))
            || (path.starts_with("fault.") && path.contains(".clock."));
        let is_elsewhere = path.contains(".jitter.") || path.starts_with("network.latency.matrix.");
        let is_protocol = path.starts_with("exchange.") || path.starts_with("coordination.");
        let is_used = !is_protocol || chosen.iter().any(|table| path.starts_with(table.as_str()));
        if is_name || is_elsewhere || !is_used {
            continue;
        }
        let Ok(mut time) = text.trim_start_matches(['-', '+']).parse::<Length>() else { continue };
        // What is travelled one way is half of it.
        if path.ends_with(".round_trip") {
            time.ns /= 2;
        }
        let least = u64::from(is_at_least_a_tick(path));
        let (became, change) = rounded(time, resolution, least * u64::from(time.ns > 0));
        if change > TOLD {
            let finer = carrying(resolution, |finer| rounded(time, finer, 0).1 <= TOLD);
            let what = if path.ends_with(".round_trip") { " one way" } else { "" };
            let advice = advice(resolution, finer);
            notices.push(format!("`{path}` of {time}{what} becomes {became}, {advice}"));
        }
    }
}

/// Whether a duration that is not zero takes a tick at least.
fn is_at_least_a_tick(path: &str) -> bool {
    const KEYS: [&str; 9] = [
        "interval",
        "retry",
        "retry_max",
        "timeout_1",
        "timeout_2",
        "resend",
        "resend_max",
        "probe",
        "pause",
    ];
    KEYS.contains(&path.rsplit('.').next().unwrap_or_default())
}

/// The entries of a file or a matrix that ticks do not carry: told together.
#[derive(Default)]
pub struct Entries {
    all: u64,
    changed: u64,
    /// The largest change, what changes, and what becomes of it.
    worst: Option<(f64, String, Length, Length)>,
    exact: Option<Vec<Length>>,
}

impl Entries {
    /// Takes an entry in; it takes so many ticks at least.
    pub fn take(
        &mut self,
        time: Length,
        (resolution, least): (Length, u64),
        name: impl FnOnce() -> String,
    ) {
        self.all += 1;
        let (became, change) = rounded(time, resolution, least);
        if change <= TOLD {
            return;
        }
        self.changed += 1;
        self.exact.get_or_insert_default().push(time);
        if self.worst.as_ref().is_none_or(|(worst, ..)| change > *worst) {
            self.worst = Some((change, name(), time, became));
        }
    }

    /// Tells what was taken in, if something changes.
    pub fn tell(&self, what: &str, resolution: Length, notices: &mut Vec<String>) {
        let Some((_, name, time, became)) = &self.worst else { return };
        let changed = self.exact.iter().flatten();
        let finer = carrying(resolution, |finer| {
            changed.clone().all(|&time| rounded(time, finer, 1).1 <= TOLD)
        });
        notices.push(format!(
            "{what}: {} of {} times change by more than 1 %, the worst {name} of {time} becomes \
             {became}, {}",
            self.changed,
            self.all,
            advice(resolution, finer)
        ));
    }
}

/// [`Entries`] that are gathered by those who only read.
pub type Gathered = RefCell<Entries>;

/// Notices a jitter, in ticks of a resolution, whose mean changes as its draws become whole ticks.
pub fn jitter(path: &str, resolution: Length, jitter: &Jitter, notices: &mut Vec<String>) {
    let at = |finer: Length| jitter.scaled(resolution.ns as f64 / finer.ns as f64);
    let [mean, became] = jitter.means();
    let change = |[mean, became]: [f64; 2]| (mean - became).abs() > TOLD * mean;
    if !change([mean, became]) {
        return;
    }
    let finer = carrying(resolution, |finer| !change(at(finer).means()));
    let ms =
        |ticks: f64| Length::from_ns((ticks * resolution.ns as f64 / 1000.0 + 0.5) as u64 * 1000);
    notices.push(format!(
        "`{path}` with a mean of {} becomes one of {}, {}",
        ms(mean),
        ms(became),
        advice(resolution, finer)
    ));
}
