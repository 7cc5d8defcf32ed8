//! The `[exchange.plumtree]` table.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};

use crate::protocol::exchange::retransmitter;
use crate::protocol::overlay::{Shape, Topology};
use crate::protocol::params::ParamValue;
use crate::protocol::{ConfigError, NodeView, Params as _, Range, SendBound, StableBounds};
use crate::time::{NanoDuration, SimDuration};

/// Every zone keeps account of each neighbour: a complete overlay of more zones would be too much.
const MAX_COMPLETE: u32 = 1024;

crate::params! {
    /// The `[exchange.plumtree]` table.
    pub struct Params in "a table such as [exchange.plumtree]" {
        /// Neighbours of each zone, as in flood.
        pub topology: Topology = "regular",
            Range::Text("as in flood; complete up to 1024 zones"), "a guess";
        /// How long an announced item may be missing before it is grafted. Keep it above what the
        /// tree is slower by.
        pub timeout_1: NanoDuration = "500ms",
            Range::AboveZero {
                also: "",
                otherwise: "a wait of nothing asks for what is on its way",
            },
            "a guess; the timer is Leitão 2007's";
        /// How long until the next announcer is asked for it, about a round trip. It doubles up to
        /// retry_max.
        pub timeout_2: NanoDuration = "250ms",
            Range::AboveZero {
                also: "",
                otherwise: "a wait of nothing asks for what is on its way",
            },
            "a guess; the timer is Leitão 2007's";
        /// By how many hops an announcement must be nearer than the payload to replace its link in
        /// the tree.
        pub threshold: Threshold = "none", Range::Text("none, or 1 or more"),
            "a guess; the optimization is Leitão 2007's";
        /// How long announcements and acknowledgements are collected. With 0s they are sent at once.
        pub batch: NanoDuration = "0s", Range::Text("0s or more, below retry"), "a guess";
        ..pub waits: retransmitter::Params;
    }
}

/// From how many hops on the tree is made better: never, or at least 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Threshold(pub Option<u32>);

/// For editors.
impl JsonSchema for Threshold {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Threshold".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let hops = json_schema!({ "type": "integer", "minimum": 1, "maximum": u32::MAX });
        json_schema!({ "anyOf": [{ "const": "none" }, hops] })
    }
}

impl<'de> Deserialize<'de> for Threshold {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ThresholdVisitor;
        impl Visitor<'_> for ThresholdVisitor {
            type Value = Threshold;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("\"none\" or a whole number of hops from 1 to 4294967295")
            }
            fn visit_str<E: de::Error>(self, word: &str) -> Result<Threshold, E> {
                let wrong = || E::invalid_value(Unexpected::Str(word), &self);
                (word == "none").then_some(Threshold(None)).ok_or_else(wrong)
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Threshold, E> {
                let hops = u32::try_from(number).ok().filter(|&hops| hops > 0);
                let wrong = || E::invalid_value(Unexpected::Signed(number), &self);
                hops.map(|hops| Threshold(Some(hops))).ok_or_else(wrong)
            }
        }
        deserializer.deserialize_any(ThresholdVisitor)
    }
}

/// How long things are waited for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timeouts {
    pub(super) retry: SimDuration,
    pub(super) retry_max: SimDuration,
    pub(super) timeout_1: SimDuration,
    pub(super) timeout_2: SimDuration,
    pub(super) batch: SimDuration,
}

impl Params {
    /// How long it takes where nobody forgot: on each way as many announcements and grafts as must
    /// be; no overlay is longer than a line of all zones.
    pub fn delivery_bound(&self, calm: &StableBounds) -> Option<SimDuration> {
        if calm.amnesia {
            return None;
        }
        let waits = [
            self.waits.retry_max,
            self.waits.retry_max,
            self.timeout_1,
            self.timeout_2,
            self.batch,
        ];
        let waits = waits.iter().map(|&wait| calm.slowest_timer(wait).0);
        let each = waits.fold(calm.max_delay.0.saturating_mul(4), u64::saturating_add);
        // An announcement, a graft and the item: if any of them is lost, it may begin anew.
        let hops = u64::from(calm.zones) - 1;
        let tries = calm.attempts_for(hops, 3)?.saturating_add(hops.saturating_mul(3));
        Some(SimDuration(each.saturating_mul(tries)) + calm.max_skew)
    }

    /// The most that goes over a link. For each item it is sent or announced, acknowledged, and may
    /// make two links change places; a message may bring an item and a comparison, or an
    /// acknowledgement and a prune. What is missing is asked for item by item: after a crash, how
    /// often depends on what all others say.
    pub fn send_bound(&self, resolution: NanoDuration) -> SendBound {
        let waits = self.timeouts(resolution);
        SendBound {
            interval: Some(waits.retry),
            item_interval: Some(waits.timeout_1.min(waits.timeout_2).min(waits.retry_max)),
            // A graft, the item, and an acknowledgement or a prune.
            reply_depth: 2,
            holds_with_crashes: false,
            ..SendBound::of_causes(5, 3, 1)
        }
    }

    /// The waits in ticks. Nothing is waited for no time at all, but for a batch.
    pub(super) fn timeouts(&self, resolution: NanoDuration) -> Timeouts {
        let ticks = |length: NanoDuration| SimDuration(length.ticks(resolution).0.max(1));
        Timeouts {
            retry: ticks(self.waits.retry),
            retry_max: ticks(self.waits.retry_max),
            timeout_1: ticks(self.timeout_1),
            timeout_2: ticks(self.timeout_2),
            batch: self.batch.ticks(resolution),
        }
    }

    /// Whether these settings work at a site.
    ///
    /// # Errors
    /// A topology that so many zones cannot have, or a wait that makes no sense.
    pub fn check(&self, site: &NodeView) -> Result<(), ConfigError> {
        let refuse = |key: &str, message: &str| {
            Err(ConfigError::new(format!("exchange.plumtree.{key}"), message))
        };
        let zones = site.zones;
        if self.topology == Topology::Plain(Shape::Complete) && zones > MAX_COMPLETE {
            let expected = format!("expected {MAX_COMPLETE} zones at the most");
            return refuse("topology", &format!("{zones} neighbours of every zone; {expected}"));
        }
        self.topology.check("exchange.plumtree.topology", zones)?;
        self.check_ranges("exchange.plumtree", zones)?;
        self.waits.check("exchange.plumtree", zones)?;
        if self.batch >= self.waits.retry {
            let retry = self.waits.retry;
            let message = format!(
                "acknowledgements collected for {} come after the retry of {retry}; expected a \
                 shorter batch, or a longer retry",
                self.batch
            );
            return refuse("batch", &message);
        }
        Ok(())
    }
}

impl ParamValue for Threshold {}
