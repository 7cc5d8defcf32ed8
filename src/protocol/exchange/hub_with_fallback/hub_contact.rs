//! What a zone has for the hub, and whether the hub answers.

use crate::id::{Item, ItemSet};
use crate::time::{LocalTime, SimDuration};

/// The zone's end of its link to the hub.
#[derive(Clone, Debug)]
pub struct HubContact {
    /// Items found here that the hub has not accepted.
    pub waiting: ItemSet,
    /// Items that it has accepted and not confirmed.
    pub accepted: ItemSet,
    /// Items that were told directly: they go to the hub too, if they are not acknowledged soon.
    pub returned: ItemSet,
    /// Timeouts in a row without an answer.
    missed: u32,
    /// Whether the hub has answered since the last timeout.
    answered: bool,
    /// The hub counts as gone: items are told directly.
    pub gone: bool,
    /// The number of the last timer, and whether it runs.
    timer: u64,
    runs: bool,
    due: LocalTime,
    timeout: SimDuration,
    retry: SimDuration,
}

impl HubContact {
    pub fn new(retry: SimDuration) -> Self {
        Self {
            waiting: ItemSet::EMPTY,
            accepted: ItemSet::EMPTY,
            returned: ItemSet::EMPTY,
            missed: 0,
            answered: false,
            gone: false,
            timer: 0,
            runs: false,
            due: LocalTime(0),
            timeout: retry,
            retry,
        }
    }

    /// Whether something is to be heard from the hub.
    pub fn is_waiting(&self) -> bool {
        let items = [&self.waiting, &self.accepted, &self.returned];
        self.gone || items.into_iter().any(|items| !items.is_empty())
    }

    /// The timer to set, if one is needed and none runs: when, and its number.
    pub fn arm(&mut self, now: LocalTime) -> Option<(SimDuration, u64)> {
        if self.runs || !self.is_waiting() {
            return None;
        }
        self.runs = true;
        self.timer += 1;
        self.due = now + self.timeout;
        Some((self.timeout, self.timer))
    }

    /// A crash has taken the timer, or it is to be set again.
    pub fn disarm(&mut self) {
        (self.runs, self.timeout) = (false, self.retry);
    }

    /// An item is submitted, which need not wait for a timer that was set for others.
    pub fn submit(&mut self, item: Item, now: LocalTime) {
        self.waiting.insert(item);
        if self.due > now + self.retry {
            self.disarm();
        }
    }

    /// A timer fires. Returns whether the hub is gone from now on; none if the timer is stale.
    pub fn timeout(&mut self, number: u64, missed: u32, retry_max: SimDuration) -> Option<bool> {
        if !self.runs || number != self.timer {
            return None;
        }
        self.runs = false;
        self.timeout = if self.is_waiting() { self.timeout.backoff(retry_max) } else { self.retry };
        self.missed = if self.answered { 0 } else { self.missed.saturating_add(1) };
        self.answered = false;
        let is_lost = !self.gone && self.missed >= missed;
        self.gone |= is_lost;
        Some(is_lost)
    }

    /// The hub has answered. Returns whether it was gone.
    pub fn answer(&mut self, accepted: &ItemSet, confirmed: &ItemSet) -> bool {
        self.answered = true;
        self.missed = 0;
        let new = self.waiting.intersection(accepted);
        if !new.is_empty() || !confirmed.is_empty() {
            self.timeout = self.retry;
        }
        self.accepted.union_with(&new);
        self.waiting = self.waiting.difference(accepted);
        self.done(confirmed);
        std::mem::take(&mut self.gone)
    }

    /// All zones have these items.
    pub fn done(&mut self, items: &ItemSet) {
        for left in [&mut self.waiting, &mut self.accepted, &mut self.returned] {
            *left = left.difference(items);
        }
    }

    /// Takes all items that are not known to have reached all zones.
    pub fn take(&mut self) -> ItemSet {
        let mut items = std::mem::replace(&mut self.waiting, ItemSet::EMPTY);
        items.union_with(&std::mem::replace(&mut self.accepted, ItemSet::EMPTY));
        self.returned = ItemSet::EMPTY;
        items
    }
}
