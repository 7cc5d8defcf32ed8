//! Where a machine pushes its effects, and what it may ask while it handles an input.

use std::borrow::Cow;

use super::{ItemInfo, NodeView};
use crate::id::{Item, ItemSet, NodeId};
use crate::rng::RngStream;
use crate::time::{LocalTime, SimDuration};

/// Receives the effects of a machine with messages `M`, timers `T` and outputs `O`. Engines
/// implement it; so does a vector of [`Effect`], for unit tests of a machine.
pub trait Effects<M, T, O> {
    /// Sends a message.
    fn send(&mut self, to: NodeId, message: M);
    /// Sets a timer that fires after `delay` on the clock of the node.
    fn wake_after(&mut self, delay: SimDuration, timer: T);
    /// Sets a timer that fires when the clock of the node shows `at`; at once if that is past.
    fn wake_at(&mut self, at: LocalTime, timer: T);
    /// Sets a timer that fires `delay` after messages have left the uplink of the node: all that it has
    /// sent to `to`, or the last that it has sent while it handles this input.
    fn timer_after_sent(&mut self, _to: Option<NodeId>, delay: SimDuration, timer: T) {
        self.wake_after(delay, timer);
    }
    /// Performs an output.
    fn emit(&mut self, output: O);
    /// See [`OutOf::distance`].
    fn distance(&self, to: NodeId) -> SimDuration;
    /// See [`OutOf::is_observer`].
    fn is_observer(&self, _zone: NodeId) -> bool {
        false
    }
    /// See [`OutOf::publish`].
    fn publish(&mut self, _item: Item) -> bool {
        false
    }
    /// See [`OutOf::about`].
    fn about(&self, _item: Item) -> ItemInfo {
        ItemInfo::default()
    }
    /// See [`OutOf::clerks`].
    fn clerks(&self) -> Option<u32> {
        None
    }
    /// Whether the hub has clerks, who take time for each item.
    fn has_clerks(&self) -> bool {
        false
    }
    /// See [`OutOf::handling`].
    fn handling(&self, _rng: &mut RngStream) -> SimDuration {
        SimDuration(0)
    }
    /// Whether [`Self::may_tell`] may be false for some item and node in this run.
    fn has_release_rules(&self) -> bool {
        false
    }
    /// See [`OutOf::may_tell`].
    fn may_tell(&self, _item: Item, _to: NodeId) -> bool {
        true
    }
}

/// What a machine is given while it handles an input; [`Out`](super::Out) names it by protocol.
///
/// Each kind of output has methods of its own: an exchange delivers ([`super::exchange::Deliver`]), a
/// coordination decides and strikes ([`super::coordination::Output`]).
pub struct OutOf<'a, M, T, O> {
    view: &'a NodeView,
    now: LocalTime,
    rng: &'a mut RngStream,
    effects: &'a mut dyn Effects<M, T, O>,
    /// Asked once for each input: without rules a message costs no call.
    has_release_rules: bool,
}

impl<'a, M, T, O> OutOf<'a, M, T, O> {
    /// For one input, handled when the clock of the node shows `now`.
    #[inline]
    pub fn new(
        view: &'a NodeView,
        now: LocalTime,
        rng: &'a mut RngStream,
        effects: &'a mut impl Effects<M, T, O>,
    ) -> Self {
        // The type is known here: no call through the vtable for each input.
        let has_release_rules = effects.has_release_rules();
        Self { view, now, rng, effects, has_release_rules }
    }

    /// This node.
    pub fn me(&self) -> NodeId {
        self.view.me
    }

    /// Which nodes there are.
    pub fn view(&self) -> &'a NodeView {
        self.view
    }

    /// What the clock of this node shows.
    pub fn now(&self) -> LocalTime {
        self.now
    }

    /// The random stream of this machine.
    pub fn rng(&mut self) -> &mut RngStream {
        self.rng
    }

    /// Sends a message. It may be lost, delayed, duplicated or overtaken; it takes at least one tick.
    pub fn send(&mut self, to: NodeId, message: M) {
        self.effects.send(to, message);
    }

    /// Sets a timer that fires once, after `delay` on the clock of the node. It cannot be cancelled,
    /// and a crash loses it.
    pub fn wake_after(&mut self, delay: SimDuration, timer: T) {
        self.effects.wake_after(delay, timer);
    }

    /// Sets a timer that fires once, when the clock of the node shows `at`.
    pub fn wake_at(&mut self, at: LocalTime, timer: T) {
        self.effects.wake_at(at, timer);
    }

    /// Sets a timer that fires once, `delay` after the message that this node has sent last while it
    /// handles this input has left its uplink: for retries, since a large message may take long to leave.
    /// Like [`Self::wake_after`] if the node has no uplink or has sent nothing. If the message does not
    /// leave, since the node crashes before, the timer does not fire either.
    pub fn timer_after_sent(&mut self, delay: SimDuration, timer: T) {
        self.effects.timer_after_sent(None, delay, timer);
    }

    /// [`Self::timer_after_sent`], after all messages that this node has sent to another so far have left
    /// its uplink.
    pub fn timer_after_sent_to(&mut self, to: NodeId, delay: SimDuration, timer: T) {
        self.effects.timer_after_sent(Some(to), delay, timer);
    }

    /// The latency of the link to another node in ticks, without jitter and faults: at least one
    /// tick, and constant over a run.
    pub fn distance(&self, to: NodeId) -> SimDuration {
        self.effects.distance(to)
    }

    /// Whether a zone is an observer: it publishes nothing and no member hides in it. Every zone
    /// knows the observers.
    pub fn is_observer(&self, zone: NodeId) -> bool {
        self.effects.is_observer(zone)
    }

    /// Publishes an item at this node: the exchange of the node handles it in this instant, after the
    /// current input. False, without effect, if the run has no item of this number or the item is
    /// already published.
    pub fn publish(&mut self, item: Item) -> bool {
        self.effects.publish(item)
    }

    /// The size and the priority of an item, as the workload sets them.
    pub fn about(&self, item: Item) -> ItemInfo {
        self.effects.about(item)
    }

    /// Whether items that reach the hub wait for a clerk before they are passed on.
    pub fn has_clerks(&self) -> bool {
        self.effects.has_clerks()
    }

    /// Number of items that clerks handle at a time; None if there is no limit.
    pub fn clerks(&self) -> Option<u32> {
        self.effects.clerks()
    }

    /// Draws the time that a clerk takes for an item.
    pub fn handling(&mut self) -> SimDuration {
        self.effects.handling(self.rng)
    }

    /// Whether the rules of the run allow this node to tell another of an item. Without rules, always.
    #[inline]
    pub fn may_tell(&self, item: Item, to: NodeId) -> bool {
        !self.has_release_rules || self.effects.may_tell(item, to)
    }

    /// The items among `items` of which this node may tell another ([`Self::may_tell`]).
    #[inline]
    pub fn tellable<'i>(&self, items: &'i ItemSet, to: NodeId) -> Cow<'i, ItemSet> {
        if self.has_release_rules {
            Cow::Owned(self.filter_tellable(items, to))
        } else {
            Cow::Borrowed(items)
        }
    }

    #[inline(never)]
    fn filter_tellable(&self, items: &ItemSet, to: NodeId) -> ItemSet {
        let mut tellable = ItemSet::EMPTY;
        for item in items.iter().filter(|&item| self.effects.may_tell(item, to)) {
            tellable.insert(item);
        }
        tellable
    }

    /// Performs an output. Prefer the named methods of each kind of output.
    pub fn emit(&mut self, output: O) {
        self.effects.emit(output);
    }

    /// Runs `body` for a machine inside this one, whose messages and timers are wrapped into ours.
    #[inline]
    pub fn inner<M2, T2, R>(
        &mut self,
        message: impl Fn(M2) -> M,
        timer: impl Fn(T2) -> T,
        body: impl FnOnce(&mut OutOf<'_, M2, T2, O>) -> R,
    ) -> R {
        self.inner_with(message, timer, |output| output, body)
    }

    /// [`Self::inner`], with outputs rewritten too.
    #[inline]
    pub(crate) fn inner_with<M2, T2, R>(
        &mut self,
        message: impl Fn(M2) -> M,
        timer: impl Fn(T2) -> T,
        output: impl Fn(O) -> O,
        body: impl FnOnce(&mut OutOf<'_, M2, T2, O>) -> R,
    ) -> R {
        let mut wrapped = Wrapped { outer: &mut *self.effects, message, timer, output };
        body(&mut OutOf {
            view: self.view,
            now: self.now,
            rng: self.rng,
            effects: &mut wrapped,
            has_release_rules: self.has_release_rules,
        })
    }
}

/// The effects of a machine inside a machine.
struct Wrapped<'a, M, T, O, F, G, H> {
    outer: &'a mut dyn Effects<M, T, O>,
    message: F,
    timer: G,
    output: H,
}

impl<M, T, O, M2, T2, F, G, H> Effects<M2, T2, O> for Wrapped<'_, M, T, O, F, G, H>
where
    F: Fn(M2) -> M,
    G: Fn(T2) -> T,
    H: Fn(O) -> O,
{
    #[inline]
    fn send(&mut self, to: NodeId, message: M2) {
        self.outer.send(to, (self.message)(message));
    }
    #[inline]
    fn wake_after(&mut self, delay: SimDuration, timer: T2) {
        self.outer.wake_after(delay, (self.timer)(timer));
    }
    #[inline]
    fn wake_at(&mut self, at: LocalTime, timer: T2) {
        self.outer.wake_at(at, (self.timer)(timer));
    }
    #[inline]
    fn timer_after_sent(&mut self, to: Option<NodeId>, delay: SimDuration, timer: T2) {
        self.outer.timer_after_sent(to, delay, (self.timer)(timer));
    }
    #[inline]
    fn emit(&mut self, output: O) {
        self.outer.emit((self.output)(output));
    }
    #[inline]
    fn distance(&self, to: NodeId) -> SimDuration {
        self.outer.distance(to)
    }
    fn is_observer(&self, zone: NodeId) -> bool {
        self.outer.is_observer(zone)
    }
    fn publish(&mut self, item: Item) -> bool {
        self.outer.publish(item)
    }
    fn about(&self, item: Item) -> ItemInfo {
        self.outer.about(item)
    }
    fn has_clerks(&self) -> bool {
        self.outer.has_clerks()
    }
    fn clerks(&self) -> Option<u32> {
        self.outer.clerks()
    }
    fn handling(&self, rng: &mut RngStream) -> SimDuration {
        self.outer.handling(rng)
    }
    fn has_release_rules(&self) -> bool {
        self.outer.has_release_rules()
    }
    fn may_tell(&self, item: Item, to: NodeId) -> bool {
        self.outer.may_tell(item, to)
    }
}

/// One effect of a machine, recorded for a test.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect<M, T, O> {
    /// By [`OutOf::send`].
    Send(NodeId, M),
    /// By [`OutOf::wake_after`].
    WakeAfter(SimDuration, T),
    /// By [`OutOf::wake_at`].
    WakeAt(LocalTime, T),
    /// By [`OutOf::emit`].
    Emit(O),
}

impl<M, T, O> Effects<M, T, O> for Vec<Effect<M, T, O>> {
    fn send(&mut self, to: NodeId, message: M) {
        self.push(Effect::Send(to, message));
    }
    fn wake_after(&mut self, delay: SimDuration, timer: T) {
        self.push(Effect::WakeAfter(delay, timer));
    }
    fn wake_at(&mut self, at: LocalTime, timer: T) {
        self.push(Effect::WakeAt(at, timer));
    }
    fn emit(&mut self, output: O) {
        self.push(Effect::Emit(output));
    }
    /// One tick to every node.
    fn distance(&self, _to: NodeId) -> SimDuration {
        SimDuration(1)
    }
}
