//! The clock that the coordination of a node sees, if clocks are synchronized: the clock of the node with
//! a correction that changes.
//!
//! An engine sets a timer by the clock of the node. So the node keeps the timers that its coordination
//! sets for a time of the corrected clock, and sets them again when the correction changes.

use std::collections::BTreeMap;

use crate::id::{Item, NodeId};
use crate::protocol::clock_sync::{Adjustment, Builtin};
use crate::protocol::{Effects, ItemInfo};
use crate::rng::RngStream;
use crate::time::{LocalTime, NanoDuration, SimDuration};

/// The clock synchronization of a node, its correction, and the timers of its coordination.
pub struct CorrectedClock<T> {
    pub machine: Builtin,
    /// The machine as it begins, for a crash that takes its memory.
    initial: Builtin,
    resolution: NanoDuration,
    adjustment: Adjustment,
    /// Whether a crash has taken the correction since the last restart.
    pub is_lost: bool,
    /// Timers for times of the corrected clock, by that time and the order of setting.
    timers: BTreeMap<(LocalTime, u64), T>,
    timers_set: u64,
}

impl<T> CorrectedClock<T> {
    pub fn new(machine: Builtin, resolution: NanoDuration) -> Self {
        Self {
            initial: machine.clone(),
            machine,
            resolution,
            adjustment: Adjustment::LOST,
            is_lost: false,
            timers: BTreeMap::new(),
            timers_set: 0,
        }
    }

    /// What the corrected clock reads when the clock of the node reads `local`.
    pub fn corrected(&self, LocalTime(local): LocalTime) -> LocalTime {
        LocalTime(local.saturating_add(self.adjustment.ticks(self.resolution)))
    }

    /// The inverse of [`Self::corrected`].
    fn local(&self, LocalTime(corrected): LocalTime) -> LocalTime {
        LocalTime(corrected.saturating_sub(self.adjustment.ticks(self.resolution)))
    }

    pub fn adjust(&mut self, adjustment: Adjustment) {
        self.adjustment = adjustment;
    }

    /// When the timers are due on the clock of the node, one for each.
    pub fn dues(&self) -> impl Iterator<Item = LocalTime> {
        self.timers.keys().map(|&(at, _)| self.local(at))
    }

    /// Takes the first timer that is due. Each timer wakes the node at its time; one that was set before an
    /// adjustment may find nothing.
    pub fn due(&mut self, now: LocalTime) -> Option<T> {
        let entry = self.timers.first_entry()?;
        (entry.key().0 <= now).then(|| entry.remove())
    }

    /// Loses the timers, as every crash does.
    pub fn crash(&mut self) {
        self.timers.clear();
    }

    /// Loses the correction.
    pub fn crash_with_amnesia(&mut self) {
        self.machine = self.initial.clone();
        self.is_lost = self.adjustment.correction_ns != 0;
        self.adjustment = Adjustment::LOST;
    }
}

/// The effects of a node whose coordination sees a corrected clock.
pub struct CorrectedEffects<'a, W, T, N> {
    pub effects: &'a mut W,
    pub clock: &'a mut CorrectedClock<T>,
    /// The timer of the coordination, or that of another part.
    pub split: fn(N) -> Result<T, N>,
    /// What wakes the node for a timer that it keeps.
    pub due: fn() -> N,
}

impl<M, N, O, T, W> Effects<M, N, O> for CorrectedEffects<'_, W, T, N>
where
    W: Effects<M, N, O>,
{
    fn wake_at(&mut self, at: LocalTime, timer: N) {
        match (self.split)(timer) {
            Ok(timer) => {
                let clock = &mut *self.clock;
                clock.timers.insert((at, clock.timers_set), timer);
                clock.timers_set += 1;
                self.effects.wake_at(clock.local(at), (self.due)());
            }
            Err(timer) => self.effects.wake_at(at, timer),
        }
    }
    fn send(&mut self, to: NodeId, message: M) {
        self.effects.send(to, message);
    }
    fn wake_after(&mut self, delay: SimDuration, timer: N) {
        self.effects.wake_after(delay, timer);
    }
    fn timer_after_sent(&mut self, to: Option<NodeId>, delay: SimDuration, timer: N) {
        self.effects.timer_after_sent(to, delay, timer);
    }
    fn emit(&mut self, output: O) {
        self.effects.emit(output);
    }
    fn distance(&self, to: NodeId) -> SimDuration {
        self.effects.distance(to)
    }
    fn is_observer(&self, zone: NodeId) -> bool {
        self.effects.is_observer(zone)
    }
    fn publish(&mut self, item: Item) -> bool {
        self.effects.publish(item)
    }
    fn about(&self, item: Item) -> ItemInfo {
        self.effects.about(item)
    }
    fn clerks(&self) -> Option<u32> {
        self.effects.clerks()
    }
    fn has_clerks(&self) -> bool {
        self.effects.has_clerks()
    }
    fn handling(&self, rng: &mut RngStream) -> SimDuration {
        self.effects.handling(rng)
    }
    fn has_release_rules(&self) -> bool {
        self.effects.has_release_rules()
    }
    fn may_tell(&self, item: Item, to: NodeId) -> bool {
        self.effects.may_tell(item, to)
    }
}
