//! The descriptions of protocols, for `zonesim list` and for the descriptions of settings in
//! `zonesim schema`.

use std::fmt;

use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use super::ConfigError;
use crate::time::NanoDuration;

/// The parameters of a protocol without parameters: an empty table.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "an empty table: it has no settings")]
pub struct NoParams {}

/// How many decisions on release an exchange needs for an item.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Release {
    /// One for each recipient.
    Bilateral,
    /// One for all recipients of a class.
    #[default]
    Collective,
}

impl Release {
    /// In words.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Bilateral => "bilateral: a decision for each recipient",
            Self::Collective => "collective: a decision for all recipients of a class",
        }
    }
}

/// The description of a protocol. Omitted fields are taken from [`ProtocolInfo::EMPTY`].
#[derive(Clone, Copy, Debug, Serialize)]
pub struct ProtocolInfo {
    /// The name in a scenario file.
    pub name: &'static str,
    /// What it does, in one sentence without a period.
    pub about: &'static str,
    /// Where it comes from: paper, year, section.
    pub source: &'static str,
    /// How it differs from the source.
    pub deviations: &'static [&'static str],
    /// Message and time costs, for constant latencies and without loss.
    pub formulas: &'static [Cost],
    /// The letters in the formulas. Keys of settings stand for their values.
    pub variables: &'static str,
    /// What it guarantees once faults have ended, and what survives a crash.
    pub guarantees: &'static str,
    /// Which decisions on release it needs; of an exchange.
    pub release: Release,
    /// The description of each parameter.
    pub settings: &'static [ParamInfo],
}

impl ProtocolInfo {
    /// An empty description.
    pub const EMPTY: Self = Self {
        name: "",
        about: "",
        source: "",
        deviations: &[],
        formulas: &[],
        variables: "",
        guarantees: "",
        release: Release::Collective,
        settings: &[],
    };
}

/// The variables of a bound: [`max_delay`](super::StableBounds::max_delay),
/// [`max_skew`](super::StableBounds::max_skew) and [`slowest_timer`](super::StableBounds::slowest_timer).
macro_rules! time_letters {
    () => {
        "L the highest latency of a message, with jitter, queues and permanent faults; C the \
         largest difference between clocks at the start, plus their steps; 9/8 the effect of clock \
         drift on a timer"
    };
}

/// The variables of a bound on a protocol that retransmits until acknowledgement over some number
/// of hops ([`attempts_for`](super::StableBounds::attempts_for)).
macro_rules! bound_letters {
    ($hops:literal) => {
        concat!(
            "K the attempts of which ",
            $hops,
            " succeed, except with probability 10^-12: ",
            $hops,
            " without loss; ",
            $crate::protocol::time_letters!()
        )
    };
}

pub(crate) use {bound_letters, time_letters};

/// A formula for a number of messages or a time. `tests/main/formulas.rs` compares the formulas of
/// the built-in protocols with runs.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Cost {
    /// The quantity and the condition under which the formula holds: `messages per item,
    /// acknowledged`.
    pub what: &'static str,
    /// Numbers, letters and keys with `+ - * / ( )`; `ln`, `log2` and `log3`, and `H`, the sum of
    /// 1/1, 1/2 and so on to 1/x.
    pub formula: &'static str,
}

/// The range of a setting. The fuzzer draws the settings of user-defined protocols from it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Range {
    /// A description only; the fuzzer does not draw from it.
    Text(&'static str),
    /// A duration with a description only; a timer of such a duration takes at least one tick,
    /// unless it is 0. The fuzzer does not draw from it.
    Timer(&'static str),
    /// A duration above 0. A timer takes at least one tick.
    AboveZero {
        /// A condition that the protocol checks itself, such as `, up to retry_max`.
        also: &'static str,
        /// What 0 would do, for the error message.
        otherwise: &'static str,
    },
    /// An integer of at least `min`.
    AtLeast {
        /// The lower bound.
        min: u32,
        /// What a smaller value would do, for the error message.
        otherwise: &'static str,
    },
    /// `true` or `false`.
    Bool,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// An integer in an inclusive range.
    Integer(i64, i64),
    /// A number of other zones, at least 1.
    Peers,
    /// A number in an inclusive range.
    Number(f64, f64),
    /// A duration in an inclusive range.
    Time(NanoDuration, NanoDuration),
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) | Self::Timer(text) => f.write_str(text),
            Self::AboveZero { also, .. } => write!(f, "above 0s{also}"),
            Self::AtLeast { min, .. } => write!(f, "{min} or more"),
            Self::Bool => f.write_str("true or false"),
            Self::OneOf([others @ .., last]) if !others.is_empty() => {
                write!(f, "{} or {last}", others.join(", "))
            }
            Self::OneOf(words) => f.write_str(&words.join(", ")),
            Self::Integer(min, max) => write!(f, "{min} to {max}"),
            Self::Peers => f.write_str("1 to n-1"),
            Self::Number(min, max) => write!(f, "{min} to {max}"),
            Self::Time(min, max) => write!(f, "{min} to {max}"),
        }
    }
}

impl Serialize for Range {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The description of a setting of a protocol.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct ParamInfo {
    /// The key in the table of the protocol.
    pub key: &'static str,
    /// The default, as written in a file.
    pub default: &'static str,
    /// The valid values.
    pub range: Range,
    /// The meaning, in sentences.
    pub meaning: &'static str,
    /// Where the default comes from: paper and section, or `a guess`.
    pub origin: &'static str,
}

impl ParamInfo {
    /// A placeholder where a list is built at compile time.
    pub(super) const EMPTY: Self =
        Self { key: "", default: "", range: Range::Bool, meaning: "", origin: "" };

    /// Checks a number against the range, for a number of zones; times are in nanoseconds.
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

    /// A setting whose default is a guess.
    pub const fn guess(
        key: &'static str,
        default: &'static str,
        range: Range,
        meaning: &'static str,
    ) -> Self {
        Self { key, default, range, meaning, origin: "a guess" }
    }
}

/// The text that an editor shows.
impl fmt::Display for ParamInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { default, range, meaning, origin, .. } = self;
        write!(f, "{meaning} Range: {range}. Default: {default} ({origin}).")
    }
}

/// Adds the descriptions of settings to a schema with one table per protocol.
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
