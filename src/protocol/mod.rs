//! The seam between minds and engines.
//!
//! A mind (an exchange protocol, a coordination protocol) is a state machine: one input goes in,
//! effects are pushed out through a [`OutOf`], nothing is left to poll. It has no clock, no socket
//! and no chance of its own: the port tells the time of its zone's clock and lends it random
//! numbers. It cannot fail: what comes out of the network is data.
//!
//! Three verbs, as foca has them: an engine *tells* a machine its input, a machine *sends*
//! messages and asks to be *woken*.

pub mod coordination;
pub mod desk;
pub mod exchange;
mod info;
pub mod node;
mod only_key;

use std::fmt::Debug;

pub use info::{Cost, NoParams, ParamInfo, ProtocolInfo, Range};
pub(crate) use info::{bound_letters, describe_params, time_letters};
pub(crate) use only_key::only_key;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::id::{ItemSet, NodeId};
use crate::rng::RngStream;
use crate::time::{LocalTime, NanoDuration, SimDuration};

/// The parts of a node: what sends a message, sets a timer or panics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NodePart {
    /// Its exchange protocol.
    Exchange,
    /// Its desk.
    Desk,
    /// Its coordination protocol.
    Coordination,
}

/// What travels between machines.
///
/// Messages are typed; an engine encodes them only where there is a socket. The bytes counted are
/// the same on every engine.
pub trait WireMessage: Clone + Debug + Serialize + DeserializeOwned + 'static {
    /// Bytes on the wire (postcard), without the headers of IP and UDP. Override it where a formula
    /// is faster than encoding; a test must hold it to the encoding.
    fn size(&self) -> usize {
        postcard::experimental::serialized_size(self).expect("a message can be encoded")
    }

    /// How many items it carries: each is one payload where it is received.
    fn payloads(&self) -> u32 {
        0
    }

    /// Which part of a node sends it. Only what is made of the messages of several parts overrides
    /// it.
    fn part(&self) -> NodePart {
        NodePart::Exchange
    }

    /// What it says, to people who read every event of a run (`--events`). Instants in it are ticks
    /// of this length. It is never asked for otherwise.
    fn describe(&self, _tick: NanoDuration) -> String {
        format!("{self:?}")
    }
}

/// A message that carries items and nothing else.
impl WireMessage for ItemSet {
    fn payloads(&self) -> u32 {
        self.len()
    }

    fn describe(&self, _tick: NanoDuration) -> String {
        self.to_string()
    }
}

/// What a machine knows of the world it stands in: who it is, and whom it can reach. How far they
/// are, its [`OutOf`] tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeView {
    /// This node.
    pub me: NodeId,
    /// How many zones there are; they are the nodes from 0.
    pub zones: u32,
    /// The co-ordinating body, if there is one.
    pub hub: Option<NodeId>,
}

impl NodeView {
    /// Whether this node is the hub.
    pub fn is_hub(&self) -> bool {
        self.hub == Some(self.me)
    }

    /// All zones but this node, in order.
    pub fn peers(&self) -> impl Iterator<Item = NodeId> + use<> {
        let me = self.me;
        (0..self.zones).map(NodeId).filter(move |&node| node != me)
    }
}

/// Where the effects of a machine go. Engines implement it; a vector of [`Effect`] does too, for
/// tests of a machine by itself.
pub trait Effects<M, T, D> {
    /// A message to a node.
    fn send(&mut self, to: NodeId, message: M);
    /// A timer after a time on the zone's clock.
    fn wake_after(&mut self, delay: SimDuration, timer: T);
    /// A timer at an instant of the zone's clock; at once if it is past.
    fn wake_at(&mut self, at: LocalTime, timer: T);
    /// A deed: what the machine does beyond talking.
    fn emit(&mut self, deed: D);
    /// How far a node is, as [`OutOf::distance`] says.
    fn distance(&self, to: NodeId) -> SimDuration;
    /// Whether a zone is an observer, as [`OutOf::is_observer`] says.
    fn is_observer(&self, _zone: NodeId) -> bool {
        false
    }
}

/// What a machine is given while it handles an input.
///
/// `M` are its messages, `T` its timers, `D` its deeds: an exchange learns, a coordination decides
/// and strikes.
pub struct OutOf<'a, M, T, D> {
    site: &'a NodeView,
    now: LocalTime,
    rng: &'a mut RngStream,
    sink: &'a mut dyn Effects<M, T, D>,
}

impl<'a, M, T, D> OutOf<'a, M, T, D> {
    /// A port for one input.
    pub fn new(
        site: &'a NodeView,
        now: LocalTime,
        rng: &'a mut RngStream,
        sink: &'a mut dyn Effects<M, T, D>,
    ) -> Self {
        Self { site, now, rng, sink }
    }

    /// This node.
    pub fn me(&self) -> NodeId {
        self.site.me
    }

    /// Who is there.
    pub fn site(&self) -> &'a NodeView {
        self.site
    }

    /// What the zone's own clock shows.
    pub fn now(&self) -> LocalTime {
        self.now
    }

    /// Random numbers of this machine alone.
    pub fn rng(&mut self) -> &mut RngStream {
        self.rng
    }

    /// Sends a message. It may be lost, delayed, overtaken; it arrives a tick later at the soonest.
    pub fn send(&mut self, to: NodeId, message: M) {
        self.sink.send(to, message);
    }

    /// Asks to be woken once. A timer cannot be cancelled: ignore a stale one. A crash loses it.
    pub fn wake_after(&mut self, delay: SimDuration, timer: T) {
        self.sink.wake_after(delay, timer);
    }

    /// Asks to be woken once, when the zone's clock shows `at`.
    pub fn wake_at(&mut self, at: LocalTime, timer: T) {
        self.sink.wake_at(at, timer);
    }

    /// How far another node is: what a message travels at best from here, in ticks, without jitter
    /// and faults; at least one tick. It is what every zone knows of the map, and does not change.
    pub fn distance(&self, to: NodeId) -> SimDuration {
        self.sink.distance(to)
    }

    /// Whether a zone is an observer: it finds nothing out and nobody hides in it. Every zone knows
    /// it of every other.
    pub fn is_observer(&self, zone: NodeId) -> bool {
        self.sink.is_observer(zone)
    }

    /// Does something beyond talking; protocols use the names of [`crate::protocol::exchange`] and
    /// [`crate::protocol::coordination`].
    pub(crate) fn act(&mut self, deed: D) {
        self.sink.emit(deed);
    }

    /// Runs `body` with a port for a machine inside this one, whose messages and timers are wrapped
    /// into ours; returns what it returns.
    #[inline]
    pub fn inner<M2, T2, R>(
        &mut self,
        message: impl Fn(M2) -> M,
        timer: impl Fn(T2) -> T,
        body: impl FnOnce(&mut OutOf<'_, M2, T2, D>) -> R,
    ) -> R {
        self.inner_with(message, timer, |deed| deed, body)
    }

    /// The same where deeds are wrapped too.
    #[inline]
    pub(crate) fn inner_with<M2, T2, R>(
        &mut self,
        message: impl Fn(M2) -> M,
        timer: impl Fn(T2) -> T,
        deed: impl Fn(D) -> D,
        body: impl FnOnce(&mut OutOf<'_, M2, T2, D>) -> R,
    ) -> R {
        let mut wrapped = Wrapped { outer: &mut *self.sink, message, timer, deed };
        body(&mut OutOf { site: self.site, now: self.now, rng: self.rng, sink: &mut wrapped })
    }
}

/// A sink inside another, for a machine inside a machine.
struct Wrapped<'a, M, T, D, F, G, H> {
    outer: &'a mut dyn Effects<M, T, D>,
    message: F,
    timer: G,
    deed: H,
}

impl<M, T, D, M2, T2, F, G, H> Effects<M2, T2, D> for Wrapped<'_, M, T, D, F, G, H>
where
    F: Fn(M2) -> M,
    G: Fn(T2) -> T,
    H: Fn(D) -> D,
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
    fn emit(&mut self, deed: D) {
        self.outer.emit((self.deed)(deed));
    }
    #[inline]
    fn distance(&self, to: NodeId) -> SimDuration {
        self.outer.distance(to)
    }
    fn is_observer(&self, zone: NodeId) -> bool {
        self.outer.is_observer(zone)
    }
}

/// One effect of a machine, kept for a test to look at.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect<M, T, D> {
    /// A message was sent.
    Send(NodeId, M),
    /// A timer was asked for.
    WakeAfter(SimDuration, T),
    /// A timer was asked for.
    WakeAt(LocalTime, T),
    /// A deed was done.
    Act(D),
}

impl<M, T, D> Effects<M, T, D> for Vec<Effect<M, T, D>> {
    fn send(&mut self, to: NodeId, message: M) {
        self.push(Effect::Send(to, message));
    }
    fn wake_after(&mut self, delay: SimDuration, timer: T) {
        self.push(Effect::WakeAfter(delay, timer));
    }
    fn wake_at(&mut self, at: LocalTime, timer: T) {
        self.push(Effect::WakeAt(at, timer));
    }
    fn emit(&mut self, deed: D) {
        self.push(Effect::Act(deed));
    }
    /// All are next door.
    fn distance(&self, _to: NodeId) -> SimDuration {
        SimDuration(1)
    }
}

/// What holds of a world in which nothing goes wrong any more, for what a protocol promises of it.
/// All of it but for one message in 10^12.
#[derive(Clone, Copy, Debug)]
pub struct StableBounds {
    /// How many zones.
    pub zones: u32,
    /// The longest that a message takes, in ticks.
    pub max_delay: SimDuration,
    /// The largest share of messages that a link loses.
    pub loss: f64,
    /// How far clocks are off or were stepped, all together: what is awaited by them comes so much
    /// later at the most.
    pub max_skew: SimDuration,
    /// Whether a crash has taken memory.
    pub amnesia: bool,
    /// One tick.
    pub resolution: NanoDuration,
}

impl StableBounds {
    /// How often something must be sent until it has come, but for one time in 10^12: none if it may
    /// never come.
    pub fn attempts(&self) -> Option<u64> {
        const SURE: f64 = 27.7;
        match self.loss {
            0.0 => Some(1),
            loss if loss < 1.0 => Some((SURE / -libm::log(loss)).ceil().max(1.0) as u64),
            _ => None,
        }
    }

    /// How many attempts are enough for so many to succeed one after the other, each of so many messages
    /// all of which must come, but for one time in 10^12: none if they may never come.
    ///
    /// The attempts that succeed of m are binomial: the least m is found whose tail is below that, by
    /// stepping through the attempts and the successes so far.
    pub fn attempts_for(&self, successes: u64, messages: u32) -> Option<u64> {
        const UNSURE: f64 = 1e-12;
        const MAX_STEPPED: u64 = 64;
        let kept = (0..messages).fold(1.0, |kept, _| kept * (1.0 - self.loss));
        if kept <= 0.0 {
            return None;
        }
        let each = Self { loss: 1.0 - kept, ..*self }.attempts()?;
        if kept >= 1.0 || successes > MAX_STEPPED || each > 100_000 {
            return Some(each.saturating_mul(successes));
        }
        let mut so_far = vec![0.0; successes as usize];
        so_far[0] = 1.0;
        for attempts in 1.. {
            for place in (0..so_far.len()).rev() {
                let from = if place > 0 { so_far[place - 1] * kept } else { 0.0 };
                so_far[place] = so_far[place] * (1.0 - kept) + from;
            }
            if so_far.iter().sum::<f64>() < UNSURE {
                return Some(attempts);
            }
        }
        None
    }

    /// A time by a zone's clock, which may lose a tenth, in ticks.
    pub fn slowest_timer(&self, length: NanoDuration) -> SimDuration {
        let SimDuration(ticks) = length.ticks(self.resolution);
        SimDuration(ticks.saturating_add(ticks / 8).saturating_add(1))
    }
}

/// What a protocol says of settings it cannot work with. The door shows it at the setting's line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The setting, as a path: `exchange.gossip.fanout`.
    pub path: String,
    /// What is wrong and what was expected.
    pub message: String,
}

impl ConfigError {
    /// A refusal of the setting at `path`.
    pub fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), message: message.into() }
    }

    /// Whether the longest of the waits of a table, by key, is not below the first.
    ///
    /// # Errors
    /// It is. The first wait is to blame if the longest is the default, which nobody may have written.
    pub fn of_waits(
        path: &str,
        [(first_key, first), (longest_key, longest)]: [(&str, NanoDuration); 2],
        default: NanoDuration,
    ) -> Result<(), Self> {
        if longest >= first {
            return Ok(());
        }
        if longest == default {
            let message = format!(
                "the first wait is above the longest, {longest}; expected {longest_key} = \
                 \"{first}\" or more beside it"
            );
            return Err(Self::new(format!("{path}.{first_key}"), message));
        }
        let message = format!("the longest wait is below the first; expected \"{first}\" or more");
        Err(Self::new(format!("{path}.{longest_key}"), message))
    }
}
