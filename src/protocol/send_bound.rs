//! How much an exchange sends over a link, known before a run.

use crate::time::SimDuration;

/// The most messages that an exchange sends over one link, by what makes it send. Each of them carries
/// no item twice.
///
/// A delivery may be late for want of bandwidth only as far as the exchange itself keeps to this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SendBound {
    /// For each time that the sender publishes or learns an item.
    pub per_item: u64,
    /// In reply to each message that has come over the link the other way.
    pub replies: u64,
    /// How many times a message may be a reply to a reply, and so on: at 1 nothing is a reply to one.
    pub reply_depth: u32,
    /// For the start of the sender, and for each restart.
    pub per_start: u64,
    /// By timers: one in each such time on the sender's clock.
    pub interval: Option<SimDuration>,
    /// By timers of items that the sender misses: one for each in each such time.
    pub item_interval: Option<SimDuration>,
    /// Whether the intervals are exponential, with that mean.
    pub is_poisson: bool,
    /// Whether the bound holds in a run in which nodes crash.
    pub holds_with_crashes: bool,
}

/// What has made a sender send so far.
#[derive(Clone, Copy, Debug)]
pub struct SendCauses {
    /// How often it has published or learnt an item.
    pub items: u64,
    /// How many items were published by all.
    pub published: u64,
    /// How often it has started and restarted.
    pub starts: u64,
    /// How far its clock has gone at the most, forward and back.
    pub elapsed: SimDuration,
    /// The same of the times in which it missed items, added up over all of them.
    pub missed: SimDuration,
    /// How often its clock was stepped.
    pub steps: u64,
}

impl SendBound {
    /// Nothing but what items, messages and starts cause.
    pub const fn of_causes(per_item: u64, replies: u64, per_start: u64) -> Self {
        Self {
            per_item,
            replies,
            reply_depth: 1,
            per_start,
            interval: None,
            item_interval: None,
            is_poisson: false,
            holds_with_crashes: true,
        }
    }

    /// How many messages there may be that are no replies.
    pub fn unprompted(&self, causes: &SendCauses) -> u64 {
        let SendCauses { items, published, starts, elapsed, missed, steps } = *causes;
        let rings = |time: SimDuration, interval: SimDuration, timers: u64| {
            let usual = time.0 / interval.0.max(1) + timers * (1 + steps);
            // Twice the mean and this more come once in more than 10^12 times.
            if self.is_poisson { 2 * usual + 64 } else { usual }
        };
        let caused = self.per_item * items + self.per_start * starts;
        let timed = self.interval.map_or(0, |interval| rings(elapsed, interval, 1));
        let of_items = self.item_interval.map_or(0, |interval| rings(missed, interval, published));
        caused + timed + of_items
    }

    /// How many messages there may be from one end of a link to the other, after so many came the other
    /// way, each of them maybe `copies` times.
    ///
    /// What came is no excuse beyond what may come: or two that answer each other without end would
    /// keep to it.
    pub fn messages(&self, ends: [&SendCauses; 2], came: u64, copies: u64) -> u64 {
        let unprompted = ends.map(|causes| self.unprompted(causes));
        let most_replies = |messages: u64| self.replies.saturating_mul(messages);
        let [mut here, mut there] = unprompted;
        for _ in 1..self.reply_depth {
            let [from_here, from_there] =
                [here, there].map(|all| most_replies(all.saturating_mul(copies)));
            here = unprompted[0].saturating_add(from_there);
            there = unprompted[1].saturating_add(from_here);
        }
        unprompted[0].saturating_add(most_replies(came.min(there.saturating_mul(copies))))
    }
}
