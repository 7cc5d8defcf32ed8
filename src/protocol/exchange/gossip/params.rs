//! The `[exchange.gossip]` table.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, MapAccess, Unexpected, Visitor, value::MapAccessDeserializer};
use serde::{Deserialize, Deserializer, Serialize};

use crate::protocol::params::ParamValue;
use crate::protocol::{ConfigError, NodeView, Params as _, Range, SendBound, StableBounds};
use crate::time::{NanoDuration, SimDuration};

/// Limit with a spatial exponent, where each zone stores the distances to all others.
const MAX_SPATIAL_ZONES: u32 = 4096;
const MAX_SPATIAL_EXPONENT: f64 = 10.0;
const MAX_HUNTS: u32 = 1000;

crate::params! {
    /// The `[exchange.gossip]` table.
    pub struct Params in "a table such as [exchange.gossip]" {
        /// Direction: zones send what they have (push), ask for what others have (pull), or both in
        /// one call.
        pub mode: Mode = "push-pull", Range::OneOf(&["push", "pull", "push-pull"]),
            "Demers 1987, 1.3: the fastest of the three";
        /// Time between the cycles of a zone.
        pub interval: NanoDuration = "1s",
            Range::AboveZero { also: "", otherwise: "an interval of nothing" }, "a guess";
        /// Upper bound of a uniform addition to each interval, drawn for each cycle.
        pub interval_jitter: NanoDuration = "0s", Range::Text("0s or more, staggered only"),
            "a guess";
        /// Number of distinct partners per cycle, called in random order.
        pub fanout: u32 = 1, Range::Peers, "Demers 1987, 1.3";
        /// When cycles begin: at multiples of the interval on the zone's clock (synchronous); at a
        /// random point of a cycle, the stationary residual, and then regularly (staggered); or as a
        /// Poisson process with the interval as mean.
        pub start: Start = "staggered",
            Range::OneOf(&["synchronous", "staggered", "poisson"]), "a guess";
        /// When a zone loses interest in an item: contacts count if the other zone knew the item
        /// (feedback), or always (blind); the k-th contact ends interest (counter), or each does
        /// with probability 1/k (coin). With feedback, counter and pull or push-pull, all contacts
        /// of a cycle count as one.
        pub forget: Forget = "never",
            Range::Text(
                "never, or { on = \"feedback\" or \"blind\", by = \"counter\" or \"coin\", k = 1 or more }",
            ),
            "Demers 1987, 1.3; tables as in 1.4";
        /// Number of calls that a zone accepts per cycle, drawn from those of one instant. It
        /// rejects the others.
        pub connection_limit: ConnectionLimit = "none", Range::Text("none, or 1 or more"),
            "Demers 1987, 1.4";
        /// Number of other zones that a zone calls in turn after a rejection.
        pub hunt: u32 = 0, Range::Text("0 to 1000, above 0 with a connection_limit only"),
            "Demers 1987, 1.4";
        /// The exponent a of the weight d^-a with which partners are drawn; d is the latency to the
        /// partner in ticks. 0 is uniform.
        pub spatial_exponent: f64 = 0, Range::Text("0 to 10, above 0 up to 4096 zones only"),
            "Demers 1987, 3";
    }
}

/// The direction in which items travel in a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// The caller sends items.
    Push,
    /// The caller asks for items.
    Pull,
    /// The caller sends items and asks for items.
    PushPull,
}

/// When cycles begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Start {
    /// At multiples of the interval on the zone's clock.
    Synchronous,
    /// The first at a random point of a cycle, drawn for each zone, then regularly. The first wait
    /// is stationary: uniform over the interval without jitter, else the residual of a cycle that
    /// is drawn with probability proportional to its length.
    Staggered,
    /// As a Poisson process with the interval as mean.
    Poisson,
}

/// When a zone loses interest in an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Forget {
    /// Never: a zone spreads every item that it knows.
    Never,
    /// Interest is lost (rumor mongering).
    #[serde(untagged)]
    WhenUnneeded(LossOfInterest),
}

/// How a zone loses interest in an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LossOfInterest {
    /// Which contacts count.
    pub on: Trigger,
    /// How many counted contacts end interest.
    pub by: Removal,
    /// Interest is lost at the k-th contact that counts, or at each with probability 1/k; at least
    /// 1. With a counter, feedback, and pull or push-pull, all contacts of a cycle count as one.
    pub k: u32,
}

/// Which contacts count towards loss of interest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Trigger {
    /// Contacts with a zone that already knew the item.
    Feedback,
    /// All contacts.
    Blind,
}

/// How many counted contacts end interest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Removal {
    /// The k-th; with feedback, a recipient that needed the item resets the count.
    Counter,
    /// Each with probability 1/k.
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

/// The number of calls that a zone accepts per cycle: unlimited, or at least 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ConnectionLimit(pub Option<u32>);

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
    /// Bound on the delivery time without forgetting and connection limit, for uniform partners.
    ///
    /// In a cycle a zone has an informed partner, or is itself informed, with probability at least
    /// one half: a share of 1 - 1/e of all zones are called, and while few are informed each of
    /// them calls. So the number of informed zones, and later that of uninformed zones, changes by
    /// a factor of two in about two cycles (Demers 1987, 1.3). The remaining cycles leave one run
    /// in 10^9.
    pub fn delivery_bound(&self, bounds: &StableBounds) -> Option<SimDuration> {
        let is_simple = self.forget == Forget::Never
            && self.connection_limit.0.is_none()
            && self.spatial_exponent == 0.0;
        if !is_simple || bounds.amnesia || bounds.loss >= 1.0 {
            return None;
        }
        let round_trip_rate = (1.0 - bounds.loss) * (1.0 - bounds.loss);
        let stages = 4.0 * libm::log2(f64::from(bounds.zones)) + 60.0;
        // The gaps of a Poisson process vary without bound.
        let irregularity = if self.start == Start::Poisson { 3.0 } else { 1.0 };
        let cycles = (2.0 * stages * irregularity / round_trip_rate).ceil() as u64;
        let interval =
            NanoDuration::from_ns(self.interval.ns.saturating_add(self.interval_jitter.ns));
        let transit =
            SimDuration(bounds.max_delay.0.saturating_mul(2).saturating_mul(stages as u64));
        Some(
            SimDuration(bounds.slowest_timer(interval).0.saturating_mul(cycles))
                + transit
                + bounds.max_skew,
        )
    }

    /// Bound on the messages over a link without forgetting and connection limit: one call per
    /// cycle, and one reply to each call.
    pub fn send_bound(&self, resolution: NanoDuration) -> Option<SendBound> {
        let is_simple = self.forget == Forget::Never && self.connection_limit.0.is_none();
        let interval = Some(SimDuration(self.interval.ticks(resolution).0.max(1)));
        let is_poisson = self.start == Start::Poisson;
        let bound = SendBound { interval, is_poisson, ..SendBound::of_causes(0, 1, 1) };
        is_simple.then_some(bound)
    }

    /// Whether the order of the messages of an instant matters. It decides which call the
    /// connection limit accepts and, where interest is lost, what a zone still spreads or reports
    /// as known. In synchronous cycles the latter two are taken from the beginning of the cycle;
    /// only the several replies to the calls of one cycle remain, which a counter counts one by
    /// one.
    pub fn depends_on_order(&self) -> bool {
        let Forget::WhenUnneeded(LossOfInterest { on, by, .. }) = self.forget else {
            return self.connection_limit.0.is_some();
        };
        let counts_replies_singly =
            self.mode == Mode::Push && on == Trigger::Feedback && by == Removal::Counter;
        self.connection_limit.0.is_some()
            || self.start != Start::Synchronous
            || counts_replies_singly && self.fanout > 1
    }

    /// Checks the table.
    ///
    /// # Errors
    /// A value out of its range, or one that has no effect with the other values.
    pub fn check(&self, view: &NodeView) -> Result<(), ConfigError> {
        let error = |key: &str, message: &str| {
            Err(ConfigError::new(format!("exchange.gossip.{key}"), message))
        };
        self.check_ranges("exchange.gossip", view.zones)?;
        if self.interval_jitter.ns > 0 && self.start != Start::Staggered {
            let message =
                "only staggered cycles take a jitter; expected it with start = \"staggered\"";
            return error("interval_jitter", message);
        }
        if matches!(self.forget, Forget::WhenUnneeded(LossOfInterest { k: 0, .. })) {
            let message = "interest would be lost at the 0th contact; expected 1 or more";
            return error("forget.k", message);
        }
        self.check_hunt(error)?;
        self.check_distance(view.zones, error)
    }

    fn check_hunt(
        &self,
        error: impl Fn(&str, &str) -> Result<(), ConfigError>,
    ) -> Result<(), ConfigError> {
        if self.hunt > MAX_HUNTS {
            let message = format!("a hunt after {} zones; expected 0 to {MAX_HUNTS}", self.hunt);
            return error("hunt", &message);
        }
        if self.hunt > 0 && self.connection_limit.0.is_none() {
            let message = "a hunt needs rejections; expected a connection_limit too";
            return error("hunt", message);
        }
        Ok(())
    }

    fn check_distance(
        &self,
        zones: u32,
        error: impl Fn(&str, &str) -> Result<(), ConfigError>,
    ) -> Result<(), ConfigError> {
        if !(0.0..=MAX_SPATIAL_EXPONENT).contains(&self.spatial_exponent) {
            let message = format!("an exponent of {}; expected 0 to 10", self.spatial_exponent);
            return error("spatial_exponent", &message);
        }
        if self.spatial_exponent > 0.0 && zones > MAX_SPATIAL_ZONES {
            let expected = format!("expected {MAX_SPATIAL_ZONES} zones at most, or 0");
            return error(
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
