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

/// A complete overlay of more zones is refused: each zone keeps state per neighbour.
const MAX_COMPLETE: u32 = 1024;

crate::params! {
    /// The `[exchange.plumtree]` table.
    pub struct Params in "a table such as [exchange.plumtree]" {
        /// Neighbours of each zone, as in flood.
        pub topology: Topology = "regular",
            Range::Text("as in flood; complete up to 1024 zones"), "a guess";
        /// How long an announced item may be missing before it is grafted. Keep it above the extra
        /// latency of the tree.
        pub timeout_1: NanoDuration = "500ms",
            Range::AboveZero {
                also: "",
                otherwise: "a wait of 0 asks for items that are in transit",
            },
            "a guess; the timer is Leitão 2007's";
        /// How long to wait before asking the next announcer, about a round trip. It doubles up to
        /// retry_max.
        pub timeout_2: NanoDuration = "250ms",
            Range::AboveZero {
                also: "",
                otherwise: "a wait of 0 asks for items that are in transit",
            },
            "a guess; the timer is Leitão 2007's";
        /// By how many hops an announcement must be nearer than the payload for the peers to swap
        /// roles.
        pub threshold: Threshold = "none", Range::Text("none, or 1 or more"),
            "a guess; the optimization is Leitão 2007's";
        /// How long announcements and acknowledgements are collected. With 0s they are sent at once.
        pub batch: NanoDuration = "0s", Range::Text("0s or more, below retry"), "a guess";
        ..pub waits: retransmitter::Params;
    }
}

/// The threshold of the optimization in hops: none, or at least 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Threshold(pub Option<u32>);

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

#[derive(Clone, Copy, Debug)]
pub(super) struct Timeouts {
    pub(super) retry: SimDuration,
    pub(super) retry_max: SimDuration,
    pub(super) timeout_1: SimDuration,
    pub(super) timeout_2: SimDuration,
    pub(super) batch: SimDuration,
}

impl Params {
    /// Bound on the delivery time if no zone loses its memory: announcements and grafts on each
    /// hop, with the attempts that losses require. No overlay has longer paths than a line of all
    /// zones.
    pub fn delivery_bound(&self, bounds: &StableBounds) -> Option<SimDuration> {
        if bounds.amnesia {
            return None;
        }
        let waits = [
            self.waits.retry_max,
            self.waits.retry_max,
            self.timeout_1,
            self.timeout_2,
            self.batch,
        ];
        let waits = waits.iter().map(|&wait| bounds.slowest_timer(wait).0);
        let per_attempt = waits.fold(bounds.max_delay.0.saturating_mul(4), u64::saturating_add);
        // An attempt is an announcement, a graft and the item; if one of them is lost, it starts
        // over.
        let hops = u64::from(bounds.zones) - 1;
        let attempts = bounds.attempts_for(hops, 3)?.saturating_add(hops.saturating_mul(3));
        Some(SimDuration(per_attempt.saturating_mul(attempts)) + bounds.max_skew)
    }

    /// Bound on the messages over a link. Each item is sent or announced, acknowledged, and may
    /// swap two links; a message may cause an item and a rejoin reply, or an acknowledgement and a
    /// prune. Missing items are grafted one by one, each by one timer at a time.
    pub fn send_bound(&self, resolution: NanoDuration) -> SendBound {
        let waits = self.timeouts(resolution);
        SendBound {
            interval: Some(waits.retry),
            item_interval: Some(waits.timeout_1.min(waits.timeout_2).min(waits.retry_max)),
            // A graft, the item, and an acknowledgement or a prune.
            reply_depth: 2,
            ..SendBound::of_causes(5, 3, 1)
        }
    }

    /// The timeouts in ticks, at least 1 except for the batch.
    pub(super) fn timeouts(&self, resolution: NanoDuration) -> Timeouts {
        let ticks = |duration: NanoDuration| SimDuration(duration.ticks(resolution).0.max(1));
        Timeouts {
            retry: ticks(self.waits.retry),
            retry_max: ticks(self.waits.retry_max),
            timeout_1: ticks(self.timeout_1),
            timeout_2: ticks(self.timeout_2),
            batch: self.batch.ticks(resolution),
        }
    }

    /// Checks the table.
    ///
    /// # Errors
    /// A topology that this number of zones cannot have, or timeouts out of their ranges.
    pub fn check(&self, view: &NodeView) -> Result<(), ConfigError> {
        let error = |key: &str, message: &str| {
            Err(ConfigError::new(format!("exchange.plumtree.{key}"), message))
        };
        let zones = view.zones;
        if self.topology == Topology::Plain(Shape::Complete) && zones > MAX_COMPLETE {
            let expected = format!("expected {MAX_COMPLETE} zones at the most");
            return error("topology", &format!("{zones} neighbours of every zone; {expected}"));
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
            return error("batch", &message);
        }
        Ok(())
    }
}

impl ParamValue for Threshold {}
