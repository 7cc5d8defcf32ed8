//! The parameters of `two-phase`.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::protocol::coordination::min_acknowledged::MinAcknowledged;
use crate::protocol::coordination::patience::Patience;
use crate::protocol::coordination::timing::Timing;
use crate::protocol::params::ParamValue;
use crate::protocol::{ConfigError, Params as _, Range, RunBounds, Safety, SendBound, Strikes};
use crate::time::{NanoDuration, SimDuration};

/// What a prepared zone does at the strike time if it knows no decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Silent {
    /// It stands down: an abort is presumed.
    StandDown,
    /// It strikes.
    Go,
}

crate::params! {
    /// The `[coordination.two-phase]` table.
    pub struct Params in "a table such as [coordination.two-phase]" {
        /// Time for all zones to be prepared, beyond the worst round trip.
        pub vote: NanoDuration = "1min", Range::Text("0s or more"), "a guess";
        /// Largest difference between two clocks.
        pub clock_bound: NanoDuration = "100ms", Range::Text("0s or more"),
            "a guess; NTP over the internet does better";
        /// Time for the decision to reach the zones, beyond the worst round trip.
        pub margin: NanoDuration = "10min", Range::Text("0s or more"), "a guess";
        /// What a prepared zone does at the strike time if it has received no decision.
        pub silent: Silent = "stand-down", Range::OneOf(&["stand-down", "go"]),
            "presumed abort: Mohan and Lindsay 1983";
        /// Time from an abort to the next round.
        pub pause: NanoDuration = "10min",
            Range::AboveZero { also: "", otherwise: "a time of 0 would send without end" },
            "a guess";
        /// How long after the first round another may begin. With never, the coordinator keeps asking.
        pub give_up: GiveUp = "never", Range::Text("0s or more, or never"),
            "a commit protocol waits for ever";
        ..pub patience: Patience;
        ..pub timing: Timing;
        ..pub acknowledged: MinAcknowledged;
    }
}

impl Params {
    /// At most one round is committed, and no zone strikes before its time or once it is void. With
    /// `silent = "go"` a prepared zone may strike without any commit.
    pub fn safety(&self) -> Safety {
        let strikes = match self.silent {
            Silent::StandDown => Strikes::FromDecidedTime,
            Silent::Go => Strikes::Unconditional,
        };
        Safety {
            strikes,
            valid_for: Some(self.timing.valid_for),
            waits: Some(self.patience.wait_rule()),
            ..Safety::default()
        }
    }

    /// Bound on the messages over a link: a round begins and ends once in each pause, with a new timer
    /// each.
    pub fn send_bound(&self, resolution: NanoDuration) -> SendBound {
        let bound = self.timing.send_bound(resolution);
        let pause = SimDuration(self.pause.ticks(resolution).0.max(1));
        let interval = bound.interval.map(|interval| interval.min(pause));
        SendBound { interval, timers: bound.timers + 3, ..bound }
    }

    /// Warnings about these values, for the user before a run.
    pub fn warnings(&self, bounds: &RunBounds) -> Vec<String> {
        let lead = [self.vote, self.clock_bound, self.margin];
        let lead = lead.iter().fold(0, |sum: u64, duration| sum.saturating_add(duration.ns));
        let lead = NanoDuration::from_ns(lead);
        let mut warnings = self.patience.warnings(lead, self.timing.probe, bounds);
        warnings.extend(self.acknowledged.warnings(bounds));
        warnings
    }

    /// Checks the table for a number of zones.
    ///
    /// # Errors
    /// The first value out of its range, or settings that contradict each other.
    pub fn check(&self, zones: u32) -> Result<(), ConfigError> {
        self.check_ranges("coordination.two-phase", zones)?;
        self.acknowledged.check("coordination.two-phase", zones)?;
        self.timing.check("coordination.two-phase")?;
        if self.silent == Silent::Go && self.acknowledged.min_acknowledged > 0 {
            let message = "a zone that strikes without a decision cannot wait for acknowledgements; \
                           expected 0 beside silent = \"go\"";
            return Err(ConfigError::new("coordination.two-phase.min_acknowledged", message));
        }
        Ok(())
    }
}

/// How long after the first round another may begin: `"8h"`, or `"never"` for no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GiveUp {
    /// There is no limit.
    #[default]
    Never,
    /// No round begins later than this after the first one.
    After(NanoDuration),
}

impl GiveUp {
    /// The limit, if there is one.
    pub fn after(self) -> Option<NanoDuration> {
        if let Self::After(duration) = self { Some(duration) } else { None }
    }
}

impl<'de> Deserialize<'de> for GiveUp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct GiveUpVisitor;
        impl Visitor<'_> for GiveUpVisitor {
            type Value = GiveUp;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time such as \"8h\", or \"never\"")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<GiveUp, E> {
                match text.trim() {
                    "never" => Ok(GiveUp::Never),
                    // A word is not a duration that lacks its number.
                    word if word.starts_with(char::is_alphabetic) => {
                        Err(E::invalid_value(de::Unexpected::Str(word), &self))
                    }
                    time => time.parse().map(GiveUp::After).map_err(E::custom),
                }
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<GiveUp, E> {
                Err(E::custom(crate::time::without_unit(number)))
            }
        }
        deserializer.deserialize_any(GiveUpVisitor)
    }
}

impl JsonSchema for GiveUp {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "GiveUp".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let time = NanoDuration::json_schema(generator);
        json_schema!({ "anyOf": [time, { "const": "never" }] })
    }
}

impl ParamValue for Silent {}
impl ParamValue for GiveUp {}
