//! How a protocol is described to people and editors: the source of `zonesim list`, and of what
//! `zonesim schema` says of settings.

use std::fmt;

use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use super::ConfigError;
use crate::time::NanoDuration;

/// The settings of a protocol that has none: an empty table.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "an empty table: it has no settings")]
pub struct NoParams {}

/// How a protocol is described to people. What one has nothing to say of is left to
/// [`ProtocolInfo::EMPTY`].
#[derive(Clone, Copy, Debug, Serialize)]
pub struct ProtocolInfo {
    /// The word in a scenario file.
    pub name: &'static str,
    /// What it does, in a sentence.
    pub about: &'static str,
    /// Where it comes from: paper, year, section.
    pub source: &'static str,
    /// Where it departs from that.
    pub deviations: &'static [&'static str],
    /// What it costs and how long it takes, on constant latencies, without loss.
    pub formulas: &'static [Cost],
    /// What the letters in the formulas stand for; the keys of settings stand for themselves.
    pub variables: &'static str,
    /// The delivery that it guarantees once faults have ended, and what a crash leaves.
    pub guarantees: &'static str,
    /// Its settings.
    pub settings: &'static [ParamInfo],
}

impl ProtocolInfo {
    /// One that says nothing.
    pub const EMPTY: Self = Self {
        name: "",
        about: "",
        source: "",
        deviations: &[],
        formulas: &[],
        variables: "",
        guarantees: "",
        settings: &[],
    };
}

/// The variables of a bound: [`max_delay`](super::StableBounds::max_delay),
/// [`max_skew`](super::StableBounds::max_skew) and [`slowest_timer`](super::StableBounds::slowest_timer).
macro_rules! time_letters {
    () => {
        "L the longest that a message takes, with jitter, queues and faults that stay; C how far clocks are off at the start and are stepped, added up over the worst of them, and \
         9/8 what a drift may make of a wait"
    };
}

/// The letters of a bound in which all is sent until it is acknowledged, over so many hops
/// ([`attempts_for`](super::StableBounds::attempts_for)).
macro_rules! bound_letters {
    ($hops:literal) => {
        concat!(
            "K the attempts of which ",
            $hops,
            " succeed, but for one time in 10^12: ",
            $hops,
            " without loss; ",
            $crate::protocol::time_letters!()
        )
    };
}

pub(crate) use {bound_letters, time_letters};

/// What something costs, or how long it takes. `tests/main/formulas.rs` reads the built-in ones and holds
/// runs to them.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Cost {
    /// What it is of, and when it holds: `messages per item, acknowledged`.
    pub what: &'static str,
    /// Numbers, letters and keys with `+ - * / ( )`; `ln`, `log2` and `log3`, and `H`, the sum of
    /// 1/1, 1/2 and so on to 1/x.
    pub formula: &'static str,
}

/// What a setting may be. Random worlds draw the settings of a program's own protocol from it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Range {
    /// Said in words alone; it is not drawn from.
    Text(&'static str),
    /// A length of time in words alone, as a timer waits it: one tick at the least, if it is not
    /// zero. It is not drawn from.
    Timer(&'static str),
    /// A length of time above 0. A timer that waits it takes at least one tick.
    AboveZero {
        /// A condition that the protocol checks itself, such as `, up to retry_max`.
        also: &'static str,
        /// What 0 would do, for the message.
        otherwise: &'static str,
    },
    /// A whole number that is not smaller than this.
    AtLeast {
        /// The smallest.
        min: u32,
        /// What a smaller one would do, for the message.
        otherwise: &'static str,
    },
    /// True or false.
    Bool,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A whole number from the first to the second, both included.
    Integer(i64, i64),
    /// A number of other zones, one at the least.
    Peers,
    /// A number from the first to the second, both included.
    Number(f64, f64),
    /// A length of time from the first to the second, both included.
    Time(NanoDuration, NanoDuration),
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) | Self::Timer(text) => f.write_str(text),
            Self::AboveZero { also, .. } => write!(f, "above 0s{also}"),
            Self::AtLeast { min, .. } => write!(f, "{min} or more"),
            Self::Bool => f.write_str("true or false"),
            Self::OneOf([most @ .., last]) if !most.is_empty() => {
                write!(f, "{} or {last}", most.join(", "))
            }
            Self::OneOf(words) => f.write_str(&words.join(", ")),
            Self::Integer(least, most) => write!(f, "{least} to {most}"),
            Self::Peers => f.write_str("1 to n-1"),
            Self::Number(least, most) => write!(f, "{least} to {most}"),
            Self::Time(least, most) => write!(f, "{least} to {most}"),
        }
    }
}

impl Serialize for Range {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// One setting of a protocol.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct ParamInfo {
    /// Its key.
    pub key: &'static str,
    /// Its default, as it would stand in a file.
    pub default: &'static str,
    /// What it may be.
    pub range: Range,
    /// What it means.
    pub meaning: &'static str,
    /// Where the default comes from: paper and section, or `a guess`.
    pub origin: &'static str,
}

impl ParamInfo {
    /// Holds a place where a list is put together.
    pub(super) const EMPTY: Self =
        Self { key: "", default: "", range: Range::Bool, meaning: "", origin: "" };

    /// Checks a number against the range, among so many zones; times are in nanoseconds.
    ///
    /// # Errors
    /// A number out of the range: the path of the setting and what was expected.
    pub fn check(&self, path: &str, number: Option<f64>, zones: u32) -> Result<(), ConfigError> {
        let Some(number) = number else { return Ok(()) };
        let peers = zones.saturating_sub(1);
        let wrong = match self.range {
            Range::AboveZero { otherwise, .. } if number <= 0.0 => {
                format!("{otherwise}; expected a time above 0")
            }
            Range::AtLeast { min, otherwise } if number < min.into() => {
                format!("{otherwise}; expected {min} or more")
            }
            Range::Peers if number < 1.0 || number > peers.into() => {
                format!("{number} of {peers} other zones; expected 1 to {peers}")
            }
            Range::Integer(min, max) if number < min as f64 || number > max as f64 => {
                format!("{number} is out of range; expected {min} to {max}")
            }
            Range::Number(min, max) if !(min..=max).contains(&number) => {
                format!("{number} is out of range; expected {min} to {max}")
            }
            Range::Time(min, max) if number < min.ns as f64 || number > max.ns as f64 => {
                let time = NanoDuration::from_ns(number as u64);
                format!("{time} is out of range; expected {min} to {max}")
            }
            _ => return Ok(()),
        };
        Err(ConfigError::new(format!("{path}.{}", self.key), wrong))
    }

    /// One whose default is a guess.
    pub const fn guess(
        key: &'static str,
        default: &'static str,
        range: Range,
        meaning: &'static str,
    ) -> Self {
        Self { key, default, range, meaning, origin: "a guess" }
    }
}

/// What an editor shows.
impl fmt::Display for ParamInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { default, range, meaning, origin, .. } = self;
        write!(f, "{meaning} Range: {range}. Default: {default} ({origin}).")
    }
}

/// Tells editors of the settings what people are told: `schema` is that of a table which has a table
/// for each entry.
pub(crate) fn describe_params(schema: &mut Schema, entries: &[ProtocolInfo]) {
    for ProtocolInfo { name, settings, .. } in entries {
        for param in *settings {
            let path = format!("/properties/{name}/properties/{}", param.key);
            if let Some(Value::Object(property)) = schema.pointer_mut(&path) {
                property.insert("description".into(), param.to_string().into());
            }
        }
    }
}
