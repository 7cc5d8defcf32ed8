//! How a protocol is described to people and editors: the source of `zonesim list`, and of what
//! `zonesim schema` says of settings.

use schemars::Schema;
use serde::Serialize;
use serde_json::Value;

/// How a protocol is described to people. What one has nothing to say of is left to
/// [`Entry::EMPTY`].
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Entry {
    /// The word in a scenario file.
    pub name: &'static str,
    /// What it does, in a sentence.
    pub about: &'static str,
    /// Where it comes from: paper, year, section.
    pub source: &'static str,
    /// Where it departs from that.
    pub departs: &'static [&'static str],
    /// What it costs and how long it takes, on constant latencies, without loss.
    pub formulas: &'static [Formula],
    /// What the letters in the formulas stand for; the keys of settings stand for themselves.
    pub letters: &'static str,
    /// What it promises once nothing goes wrong any more, and what a crash leaves.
    pub promises: &'static str,
    /// Its settings.
    pub settings: &'static [Setting],
}

impl Entry {
    /// One that says nothing.
    pub const EMPTY: Self = Self {
        name: "",
        about: "",
        source: "",
        departs: &[],
        formulas: &[],
        letters: "",
        promises: "",
        settings: &[],
    };
}

/// The letters of a bound: [`Calm::wait`](super::Calm::wait), [`Calm::off`](super::Calm::off),
/// [`Calm::slowest`](super::Calm::slowest).
macro_rules! time_letters {
    () => {
        "L the longest that a message takes, with jitter, queues and faults that stay; C how far clocks are off at the start and are stepped, added up over the worst of them, and \
         9/8 what a drift may make of a wait"
    };
}

/// The letters of a bound in which all is sent until it is acknowledged, over so many hops
/// ([`Calm::attempts`](super::Calm::attempts)).
macro_rules! bound_letters {
    ($hops:literal) => {
        concat!(
            "K the attempts of which ",
            $hops,
            " succeed, but for one time in 10^12: ",
            $hops,
            " without loss; ",
            $crate::seam::time_letters!()
        )
    };
}

pub(crate) use {bound_letters, time_letters};

/// What something costs, or how long it takes. `tests/formulas.rs` reads the built-in ones and holds
/// runs to them.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Formula {
    /// What it is of, and when it holds: `messages per item, acknowledged`.
    pub of: &'static str,
    /// Numbers, letters and keys with `+ - * / ( )`; `ln`, `log2` and `log3`, and `H`, the sum of
    /// 1/1, 1/2 and so on to 1/x.
    pub is: &'static str,
}

/// One setting of a protocol.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Setting {
    /// Its key.
    pub key: &'static str,
    /// Its default, as it would stand in a file.
    pub default: &'static str,
    /// What it may be.
    pub range: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// Where the default comes from: paper and section, or `a guess`.
    pub origin: &'static str,
}

impl Setting {
    /// One whose default is a guess.
    pub const fn guess(
        key: &'static str,
        default: &'static str,
        range: &'static str,
        meaning: &'static str,
    ) -> Self {
        Self { key, default, range, meaning, origin: "a guess" }
    }
}

/// Tells editors of the settings what people are told: `schema` is that of a table which has a table
/// for each entry.
pub(crate) fn describe(schema: &mut Schema, entries: &[Entry]) {
    for Entry { name, settings, .. } in entries {
        for Setting { key, default, range, meaning, origin } in *settings {
            let text = format!("{meaning}: {range}; {default} where nothing is said ({origin})");
            let path = format!("/properties/{name}/properties/{key}");
            if let Some(Value::Object(property)) = schema.pointer_mut(&path) {
                property.insert("description".into(), text.into());
            }
        }
    }
}
