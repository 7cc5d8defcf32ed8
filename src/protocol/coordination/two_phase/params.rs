//! The settings of `two-phase`.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::protocol::ConfigError;
use crate::protocol::coordination::timing::Timing;
use crate::protocol::coordination::{Safety, Strikes, TimeBounds};
use crate::time::NanoDuration;

/// What a ready zone does that has heard no decision when its clock shows the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Silent {
    /// Nothing: an abort is presumed.
    StandDown,
    /// It goes.
    Go,
}

/// The `[coordination.two-phase]` table.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table such as [coordination.two-phase]")]
pub struct Params {
    /// The coordinator begins when every zone was quiet for so long.
    pub quiet: NanoDuration,
    /// The coordinator begins with what it knows when its clock shows this.
    pub deadline: NanoDuration,
    /// So long beyond the worst round trip it waits for all to be ready.
    pub vote: NanoDuration,
    /// How far two clocks may be apart.
    pub clock_bound: NanoDuration,
    /// Time for the decision to get through, beyond the worst round trip.
    pub margin: NanoDuration,
    /// What a ready zone does that hears nothing.
    pub silent: Silent,
    /// From an abort to the next round, above 0.
    pub pause: NanoDuration,
    /// How long after the first round another may begin.
    pub give_up: GiveUp,
    /// The first wait for an answer to what was sent, before it is sent again.
    pub resend: NanoDuration,
    /// The longest such wait, after doublings.
    pub resend_max: NanoDuration,
    /// From one round of probes to the next.
    pub probe: NanoDuration,
    /// A zone not heard from for longer is not quiet.
    pub heard_within: NanoDuration,
    /// The longest round trip is that of so many last probes of each zone.
    pub window: u32,
    /// For so long after its time a decision may still be carried out.
    pub valid_for: NanoDuration,
}

impl Default for Params {
    fn default() -> Self {
        let Timing { quiet, deadline, resend, resend_max, probe, heard_within, window, valid_for } =
            Timing::default();
        Self {
            quiet,
            deadline,
            vote: NanoDuration::from_secs(60),
            clock_bound: NanoDuration::from_ms(100),
            margin: NanoDuration::from_secs(600),
            silent: Silent::StandDown,
            pause: NanoDuration::from_secs(600),
            give_up: GiveUp::Never,
            resend,
            resend_max,
            probe,
            heard_within,
            window,
            valid_for,
        }
    }
}

impl Params {
    /// At most one round is committed, and nobody strikes before its time or once it is void. With
    /// `silent = "go"` a zone that was ready may strike though nothing was decided.
    pub fn safety(&self) -> Safety {
        let strikes = match self.silent {
            Silent::StandDown => Strikes::FromDecidedTime,
            Silent::Go => Strikes::Unconditional,
        };
        Safety { strikes, valid_for: Some(self.valid_for), ..Safety::default() }
    }

    /// What people should know of these settings before a run.
    pub fn warnings(&self, bounds: &TimeBounds) -> Vec<String> {
        let lead = [self.vote, self.clock_bound, self.margin];
        let lead = lead.iter().fold(0, |sum: u64, length| sum.saturating_add(length.ns));
        self.timing().warnings(NanoDuration::from_ns(lead), bounds)
    }

    /// Those that every protocol with a coordinator has.
    pub fn timing(&self) -> Timing {
        let &Self {
            quiet,
            deadline,
            resend,
            resend_max,
            probe,
            heard_within,
            window,
            valid_for,
            ..
        } = self;
        Timing { quiet, deadline, resend, resend_max, probe, heard_within, window, valid_for }
    }

    /// Whether these settings work, at any site.
    ///
    /// # Errors
    /// The first that cannot ([`Timing::check`]).
    pub fn check(&self) -> Result<(), ConfigError> {
        self.timing().check("coordination.two-phase", &[("pause", self.pause)])
    }
}

/// How long after the first round another may begin: `"8h"`, or `"never"` to give up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GiveUp {
    /// It goes on asking.
    #[default]
    Never,
    /// No round begins later than this after the first.
    After(NanoDuration),
}

impl GiveUp {
    /// The time, if there is one.
    pub fn after(self) -> Option<NanoDuration> {
        if let Self::After(length) = self { Some(length) } else { None }
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
                    // A word is no time that lacks its number.
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
