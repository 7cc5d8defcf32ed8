//! The `[exchange.gossip]` table.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, MapAccess, Unexpected, Visitor, value::MapAccessDeserializer};
use serde::{Deserialize, Deserializer, Serialize};

use crate::protocol::params::ParamValue;
use crate::protocol::{ConfigError, NodeView, Params as _, Range, SendBound, StableBounds};
use crate::time::{NanoDuration, SimDuration};

/// Partners are not drawn by distance among more zones: every zone knows how far all others are.
const MAX_SPATIAL_ZONES: u32 = 4096;
/// The steepest fall with distance.
const MAX_SPATIAL_EXPONENT: f64 = 10.0;
/// A refused zone turns to no more others than this.
const MAX_HUNTS: u32 = 1000;

crate::params! {
    /// The `[exchange.gossip]` table.
    pub struct Params in "a table such as [exchange.gossip]" {
        /// Who tells whom: zones send what they have (push), ask for it (pull), or both in one call.
        pub mode: Mode = "push-pull", Range::OneOf(&["push", "pull", "push-pull"]),
            "Demers 1987, 1.3: the fastest of the three";
        /// Time from one cycle of a zone to its next.
        pub interval: NanoDuration = "1s",
            Range::AboveZero { also: "", otherwise: "an interval of nothing" }, "a guess";
        /// Longest addition to each interval, uniform, drawn for each cycle.
        pub interval_jitter: NanoDuration = "0s", Range::Text("0s or more, staggered only"),
            "a guess";
        /// Distinct partners in a cycle, in random order.
        pub fanout: u32 = 1, Range::Peers, "Demers 1987, 1.3";
        /// When cycles begin: at multiples of the interval on the zone's clock (synchronous); at a
        /// random point of a cycle, the stationary residual, and then regularly (staggered); or as a
        /// Poisson process with the interval as mean.
        pub start: Start = "staggered",
            Range::OneOf(&["synchronous", "staggered", "poisson"]), "a guess";
        /// When a zone loses interest in an item: on telling a zone that has it, or any zone; at the
        /// k-th contact, or with probability 1/k per contact. With feedback, counter and pull or
        /// push-pull, all contacts of a cycle are one.
        pub forget: Forget = "never",
            Range::Text(
                "never, or { on = \"feedback\" or \"blind\", by = \"counter\" or \"coin\", k = 1 or more }",
            ),
            "Demers 1987, 1.3; tables as in 1.4";
        /// Calls that a zone accepts in a cycle, drawn from those of one instant. It rejects the
        /// others.
        pub connection_limit: ConnectionLimit = "none", Range::Text("none, or 1 or more"),
            "Demers 1987, 1.4";
        /// Other zones that a zone calls in turn after a rejection.
        pub hunt: u32 = 0, Range::Text("0 to 1000, above 0 with a connection_limit only"),
            "Demers 1987, 1.4";
        /// Partners are drawn with weight d^-a: this is a, and d is the latency to the partner in
        /// ticks. 0 is uniform.
        pub spatial_exponent: f64 = 0, Range::Text("0 to 10, above 0 up to 4096 zones only"),
            "Demers 1987, 3";
    }
}

/// Who tells whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Who has something to tell tells.
    Push,
    /// Everybody asks.
    Pull,
    /// Both in one call.
    PushPull,
}

/// When cycles begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Start {
    /// At multiples of the interval on the zone's clock, from the first: synchronous cycles.
    Synchronous,
    /// The first at a random point of a cycle, each zone its own, then regularly. The first wait is
    /// stationary: uniform over the interval without jitter, else the residual of a cycle drawn in
    /// proportion to its length.
    Staggered,
    /// At the rings of a Poisson clock with the interval as its mean.
    Poisson,
}

/// When a zone loses interest in an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Forget {
    /// Never: what is known is told for ever.
    Never,
    /// As rumours do.
    #[serde(untagged)]
    WhenUnneeded(LossOfInterest),
}

/// How interest wanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LossOfInterest {
    /// On what.
    pub on: Trigger,
    /// How it is measured.
    pub by: Removal,
    /// Interest is lost at the k-th contact that counts, or at each with probability 1/k; at least 1.
    /// Contacts are counted and not cycles, but for a counter with feedback where others ask: there
    /// all contacts of a cycle are one.
    pub k: u32,
}

/// On what interest wanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Trigger {
    /// On telling who knew already.
    Feedback,
    /// On telling anybody.
    Blind,
}

/// How waning is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Removal {
    /// By a count up to k; with feedback, one who needed the item sets it back.
    Counter,
    /// By a coin that falls so once in k times.
    Coin,
}

impl<'de> Deserialize<'de> for Forget {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ForgetVisitor;
        impl<'de> Visitor<'de> for ForgetVisitor {
            type Value = Forget;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("\"never\" or a table such as ")?;
                f.write_str("{ on = \"feedback\", by = \"counter\", k = 3 }")
            }
            fn visit_str<E: de::Error>(self, word: &str) -> Result<Forget, E> {
                let wrong = || E::invalid_value(Unexpected::Str(word), &self);
                (word == "never").then_some(Forget::Never).ok_or_else(wrong)
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Forget, A::Error> {
                LossOfInterest::deserialize(MapAccessDeserializer::new(map))
                    .map(Forget::WhenUnneeded)
            }
        }
        deserializer.deserialize_any(ForgetVisitor)
    }
}

/// How many calls a zone takes in a cycle: any number, or at least 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ConnectionLimit(pub Option<u32>);

/// For editors.
impl JsonSchema for ConnectionLimit {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "ConnectionLimit".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let calls = json_schema!({ "type": "integer", "minimum": 1, "maximum": u32::MAX });
        json_schema!({ "anyOf": [{ "const": "none" }, calls] })
    }
}

impl<'de> Deserialize<'de> for ConnectionLimit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct LimitVisitor;
        impl Visitor<'_> for LimitVisitor {
            type Value = ConnectionLimit;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("\"none\" or a whole number of calls from 1 to 4294967295")
            }
            fn visit_str<E: de::Error>(self, word: &str) -> Result<ConnectionLimit, E> {
                let wrong = || E::invalid_value(Unexpected::Str(word), &self);
                (word == "none").then_some(ConnectionLimit(None)).ok_or_else(wrong)
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<ConnectionLimit, E> {
                let limit = u32::try_from(number).ok().filter(|&limit| limit > 0);
                let wrong = || E::invalid_value(Unexpected::Signed(number), &self);
                limit.map(|limit| ConnectionLimit(Some(limit))).ok_or_else(wrong)
            }
        }
        deserializer.deserialize_any(LimitVisitor)
    }
}

impl Params {
    /// How long it takes where nothing is forgotten, nobody refuses and all are as likely partners.
    ///
    /// A zone that asks or is told has a partner who knows, or is one of the last, with a chance of
    /// no less than a half in a cycle: 1 - 1/e of all are called, and while few know each of them
    /// calls. So the number of those who know, and then of those who do not, changes by a factor of
    /// two in two cycles or so (Demers 1987, 1.3); the rest of the cycles is for one run in 10^9.
    pub fn delivery_bound(&self, calm: &StableBounds) -> Option<SimDuration> {
        let plain = self.forget == Forget::Never
            && self.connection_limit.0.is_none()
            && self.spatial_exponent == 0.0;
        if !plain || calm.amnesia || calm.loss >= 1.0 {
            return None;
        }
        let kept = (1.0 - calm.loss) * (1.0 - calm.loss);
        let stages = 4.0 * libm::log2(f64::from(calm.zones)) + 60.0;
        // Calls at random come as irregularly as they may.
        let irregular = if self.start == Start::Poisson { 3.0 } else { 1.0 };
        let cycles = (2.0 * stages * irregular / kept).ceil() as u64;
        let interval =
            NanoDuration::from_ns(self.interval.ns.saturating_add(self.interval_jitter.ns));
        let talk = SimDuration(calm.max_delay.0.saturating_mul(2).saturating_mul(stages as u64));
        Some(
            SimDuration(calm.slowest_timer(interval).0.saturating_mul(cycles))
                + talk
                + calm.max_skew,
        )
    }

    /// The most that goes over a link where nothing is forgotten and nobody refuses: one call in a
    /// cycle, and an answer to each.
    pub fn send_bound(&self, resolution: NanoDuration) -> Option<SendBound> {
        let plain = self.forget == Forget::Never && self.connection_limit.0.is_none();
        let interval = Some(SimDuration(self.interval.ticks(resolution).0.max(1)));
        let is_poisson = self.start == Start::Poisson;
        let bound = SendBound { interval, is_poisson, ..SendBound::of_causes(0, 1, 1) };
        plain.then_some(bound)
    }

    /// Whether the order of the messages of an instant makes a difference: which call is taken, and
    /// where interest wanes, what a zone still tells or says it knew. In synchronous cycles the last two
    /// are what held when the cycle began, and only several replies to one cycle are left, which a
    /// counter takes one by one.
    pub fn depends_on_order(&self) -> bool {
        let Forget::WhenUnneeded(LossOfInterest { on, by, .. }) = self.forget else {
            return self.connection_limit.0.is_some();
        };
        let takes_singly =
            self.mode == Mode::Push && on == Trigger::Feedback && by == Removal::Counter;
        self.connection_limit.0.is_some()
            || self.start != Start::Synchronous
            || takes_singly && self.fanout > 1
    }

    /// Whether these settings work at a site.
    ///
    /// # Errors
    /// A setting out of its range, or one that would change nothing beside the others.
    pub fn check(&self, site: &NodeView) -> Result<(), ConfigError> {
        let refuse = |key: &str, message: &str| {
            Err(ConfigError::new(format!("exchange.gossip.{key}"), message))
        };
        self.check_ranges("exchange.gossip", site.zones)?;
        if self.interval_jitter.ns > 0 && self.start != Start::Staggered {
            let message =
                "only staggered cycles take a jitter; expected it with start = \"staggered\"";
            return refuse("interval_jitter", message);
        }
        if matches!(self.forget, Forget::WhenUnneeded(LossOfInterest { k: 0, .. })) {
            let message = "interest lost at the 0th time is never there; expected 1 or more";
            return refuse("forget.k", message);
        }
        self.check_hunt(refuse)?;
        self.check_distance(site.zones, refuse)
    }

    fn check_hunt(
        &self,
        refuse: impl Fn(&str, &str) -> Result<(), ConfigError>,
    ) -> Result<(), ConfigError> {
        if self.hunt > MAX_HUNTS {
            let message = format!("a hunt after {} zones; expected 0 to {MAX_HUNTS}", self.hunt);
            return refuse("hunt", &message);
        }
        if self.hunt > 0 && self.connection_limit.0.is_none() {
            let message = "a hunt where nobody refuses a call; expected a connection_limit too";
            return refuse("hunt", message);
        }
        Ok(())
    }

    fn check_distance(
        &self,
        zones: u32,
        refuse: impl Fn(&str, &str) -> Result<(), ConfigError>,
    ) -> Result<(), ConfigError> {
        if !(0.0..=MAX_SPATIAL_EXPONENT).contains(&self.spatial_exponent) {
            let message = format!("an exponent of {}; expected 0 to 10", self.spatial_exponent);
            return refuse("spatial_exponent", &message);
        }
        if self.spatial_exponent > 0.0 && zones > MAX_SPATIAL_ZONES {
            let expected = format!("expected {MAX_SPATIAL_ZONES} zones at the most, or 0");
            return refuse(
                "spatial_exponent",
                &format!("{zones} distances to each zone; {expected}"),
            );
        }
        Ok(())
    }
}

impl ParamValue for Mode {}
impl ParamValue for Start {}
impl ParamValue for Forget {}
impl ParamValue for ConnectionLimit {}
