//! Bounds on the messages that a protocol sends over a link, known before a run.

use crate::time::SimDuration;

/// Upper bounds on the messages that a protocol sends over one link, by cause. A message carries
/// no item twice. To a coordination, a located member is what an item is to an exchange.
///
/// Limited bandwidth excuses a late delivery only if the exchange and the coordination keep to their
/// bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SendBound {
    /// Per item that the sender publishes or learns.
    pub per_item: u64,
    /// Replies per message that arrived over the link in the other direction.
    pub replies: u64,
    /// Length of a chain of replies: with 1, there is no reply to a reply.
    pub reply_depth: u32,
    /// Per start and restart of the sender.
    pub per_start: u64,
    /// One message of each timer per interval, on the sender's clock.
    pub interval: Option<SimDuration>,
    /// The number of these timers.
    pub timers: u64,
    /// One message per missing item and interval, on the sender's clock.
    pub item_interval: Option<SimDuration>,
    /// Whether the intervals are exponential with that mean.
    pub is_poisson: bool,
    /// Bytes of a message besides the items, members and zones that it carries or names.
    pub other_bytes: u64,
}

/// The causes of messages of a sender so far.
#[derive(Clone, Copy, Debug)]
pub struct SendCauses {
    /// Items that it has published or learnt, or members that it has located; one that is learnt or
    /// located again counts again.
    pub items: u64,
    /// Items published by all zones.
    pub published: u64,
    /// Starts and restarts.
    pub starts: u64,
    /// Upper bound of the time its clock has covered, forward and back, in ticks.
    pub elapsed: SimDuration,
    /// The same for the times in which it may have missed items, summed over items.
    pub missed: SimDuration,
    /// Steps of its clock.
    pub steps: u64,
}

impl SendBound {
    /// A bound without timers.
    pub const fn of_causes(per_item: u64, replies: u64, per_start: u64) -> Self {
        Self {
            per_item,
            replies,
            reply_depth: 1,
            per_start,
            interval: None,
            timers: 1,
            item_interval: None,
            is_poisson: false,
            other_bytes: 128,
        }
    }

    /// Bound on the messages that are not replies.
    pub fn unprompted(&self, causes: &SendCauses) -> u64 {
        let SendCauses { items, published, starts, elapsed, missed, steps } = *causes;
        let timer_messages = |time: SimDuration, interval: SimDuration, timers: u64| {
            let regular = time.0 / interval.0.max(1) + timers * (1 + steps);
            // A Poisson count exceeds twice its mean plus 64 with probability below 1e-12.
            if self.is_poisson { 2 * regular + 64 } else { regular }
        };
        let caused = self.per_item * items + self.per_start * starts;
        let timed =
            self.interval.map_or(0, |interval| self.timers * timer_messages(elapsed, interval, 1));
        let of_items =
            self.item_interval.map_or(0, |interval| timer_messages(missed, interval, published));
        caused + timed + of_items
    }

    /// Bound on the messages from one end of a link to the other, after `received` messages arrived
    /// in the other direction. The network may make up to `copies` copies of each.
    ///
    /// Received messages count only up to their own bound. Otherwise two nodes that answer each
    /// other without end would keep to the bound.
    pub fn messages(&self, ends: [&SendCauses; 2], received: u64, copies: u64) -> u64 {
        let unprompted = ends.map(|causes| self.unprompted(causes));
        let max_replies = |messages: u64| self.replies.saturating_mul(messages);
        let [mut here, mut there] = unprompted;
        for _ in 1..self.reply_depth {
            let [from_here, from_there] =
                [here, there].map(|all| max_replies(all.saturating_mul(copies)));
            here = unprompted[0].saturating_add(from_there);
            there = unprompted[1].saturating_add(from_here);
        }
        unprompted[0].saturating_add(max_replies(received.min(there.saturating_mul(copies))))
    }
}
