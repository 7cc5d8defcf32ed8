//! The `[exchange.relay]` table.

use crate::protocol::exchange::retransmitter;
use crate::protocol::overlay::Topology;
use crate::protocol::{ConfigError, NodeView, Params as _, Range, SendBound, StableBounds};
use crate::time::{NanoDuration, SimDuration};

/// Every zone keeps a map of all links.
const MAX_ZONES: u32 = 128;
/// Bytes of a map of all links, at most: a link takes a number of up to two bytes and a cost of up to
/// ten, a row as much and its length.
const MAX_MAP: u64 = MAX_ZONES as u64 * (MAX_ZONES as u64 * 12 + 16);

crate::params! {
    /// The `[exchange.relay]` table.
    pub struct Params in "a table such as [exchange.relay]" {
        /// Which zones send to each other: the graph of agreements. As in flood.
        pub topology: Topology = "complete", Range::Text("as in flood; up to 128 zones"), "a guess";
        /// Time between the probes of a link.
        pub probe: NanoDuration = "10s",
            Range::AboveZero { also: "", otherwise: "a wait of 0 would probe without end" },
            "about the 12 s of Andersen 2001, 5";
        ..pub waits: retransmitter::Params;
    }
}

impl Params {
    /// Bound on the delivery time if no zone loses its memory, whatever the paths. On each hop a probe
    /// names the item; in a later round another one does, the echo asks for it, and it is sent: two
    /// attempts of up to three messages. Up to three rounds more pass on each: until the round ends in
    /// which the item was named, and around the one in which another zone was asked for it.
    pub fn delivery_bound(&self, bounds: &StableBounds) -> Option<SimDuration> {
        if bounds.amnesia {
            return None;
        }
        let hops = u64::from(bounds.zones) - 1;
        let attempts = bounds.attempts_for(2 * hops, 3)?.saturating_add(hops.saturating_mul(3));
        let SimDuration(probe) = bounds.slowest_timer(self.probe);
        let per_attempt = probe.saturating_add(bounds.max_delay.0.saturating_mul(3));
        Some(SimDuration(per_attempt.saturating_mul(attempts)) + bounds.max_skew)
    }

    /// Bound on the messages over a link: items once and after each wait, a probe in each round, both
    /// after a restart; and an echo, the items asked for, and their acknowledgement. None if a wait is
    /// as short as a tick.
    pub fn send_bound(&self, resolution: NanoDuration) -> Option<SendBound> {
        let ticks = |time: NanoDuration| time.ticks(resolution).0;
        // In any time there are as many of each.
        let shortest = ticks(self.probe).min(ticks(self.waits.retry)) / 2;
        let interval = Some(SimDuration(shortest));
        let bound = SendBound {
            interval,
            reply_depth: 3,
            other_bytes: MAX_MAP + 128,
            ..SendBound::of_causes(1, 1, 2)
        };
        (shortest > 0).then_some(bound)
    }

    /// Checks the table.
    ///
    /// # Errors
    /// Too many zones, a topology that this number of zones cannot have, or a wait out of its range.
    pub fn check(&self, view: &NodeView) -> Result<(), ConfigError> {
        if view.zones > MAX_ZONES {
            let message = format!(
                "every zone would keep a map of the links of {} zones; expected {MAX_ZONES} at the most",
                view.zones
            );
            return Err(ConfigError::new("exchange.relay.topology", message));
        }
        self.topology.check("exchange.relay.topology", view.zones)?;
        self.check_ranges("exchange.relay", view.zones)?;
        self.waits.check("exchange.relay", view.zones)
    }
}
