//! One node: an exchange, a desk and a coordination that work together.
//!
//! What the exchange learns goes to the desk; whom the desk locates goes to the coordination. To an
//! engine it is one machine: it is told, it sends, it is woken.

mod panicking;

use std::marker::PhantomData;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::id::{Item, Member, NodeId};
use crate::protocol::coordination::{Coordination, Located, Output};
use crate::protocol::desk::{self, Desk, DeskEffect, GroundTruth};
use crate::protocol::exchange::{Deliver, Exchange, Publish};
use crate::protocol::{Effects, Input, NodePart, NodeView, OutOf, Protocol, WireMessage};
use crate::rng::RngStream;
use crate::time::{LocalTime, NanoDuration, SimDuration};
use panicking::Guard;

pub(crate) use panicking::replace_panicked;

/// What travels between nodes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Envelope<E, C> {
    /// Of the exchange.
    Exchange(E),
    /// Of the coordination.
    Coordination(C),
}

impl<E: WireMessage, C: WireMessage> WireMessage for Envelope<E, C> {
    #[inline]
    fn size(&self) -> usize {
        1 + match self {
            Self::Exchange(message) => message.size(),
            Self::Coordination(message) => message.size(),
        }
    }

    #[inline]
    fn payloads(&self) -> u32 {
        match self {
            Self::Exchange(message) => message.payloads(),
            Self::Coordination(message) => message.payloads(),
        }
    }

    fn part(&self) -> NodePart {
        match self {
            Self::Exchange(_) => NodePart::Exchange,
            Self::Coordination(_) => NodePart::Coordination,
        }
    }

    fn describe(&self, tick: NanoDuration) -> String {
        match self {
            Self::Exchange(message) => message.describe(tick),
            Self::Coordination(message) => message.describe(tick),
        }
    }
}

/// What wakes a node.
#[derive(Clone, Debug)]
pub enum NodeTimer<E, C> {
    /// Its exchange.
    Exchange(E),
    /// Its desk.
    Desk(desk::Timer),
    /// Its coordination.
    Coordination(C),
}

impl<E, C> NodeTimer<E, C> {
    /// Which part of the node it wakes.
    pub fn part(&self) -> NodePart {
        match self {
            Self::Exchange(_) => NodePart::Exchange,
            Self::Desk(_) => NodePart::Desk,
            Self::Coordination(_) => NodePart::Coordination,
        }
    }
}

/// What a node does beyond sending and setting timers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeOutput {
    /// Its exchange delivers an item.
    Exchange(Deliver),
    /// Its desk has located a member.
    Locate(Member),
    /// Its coordination decides, strikes or aborts.
    Coordination(Output),
}

/// The messages of a node that runs `X` and `C`.
pub type EnvelopeOf<X, C> = Envelope<<X as Protocol>::Message, <C as Protocol>::Message>;
/// The timers of a node that runs `X` and `C`.
pub type TimerOf<X, C> = NodeTimer<<X as Protocol>::Timer, <C as Protocol>::Timer>;

/// Where a node that runs `X` and `C` pushes its effects: an engine.
pub trait NodeEffects<X: Exchange, C: Coordination>:
    Effects<EnvelopeOf<X, C>, TimerOf<X, C>, NodeOutput>
{
}

impl<X, C, W> NodeEffects<X, C> for W
where
    X: Exchange,
    C: Coordination,
    W: Effects<EnvelopeOf<X, C>, TimerOf<X, C>, NodeOutput>,
{
}

/// What a node handles.
#[derive(Debug)]
pub enum NodeInput<M, T> {
    /// The run begins for it.
    Start,
    /// Its zone has found out an item.
    Publish(Item),
    /// A message has arrived.
    Message {
        /// The node that sent it.
        from: NodeId,
        /// Its content.
        message: M,
    },
    /// A timer has fired.
    Timer(T),
    /// It is up again after a crash.
    Restart,
}

/// The random numbers of a node, a sequence for each of its machines.
#[derive(Clone, Debug)]
pub struct NodeRngs {
    /// For the exchange.
    pub exchange: RngStream,
    /// For the desk.
    pub desk: RngStream,
    /// For the coordination.
    pub coordination: RngStream,
}

/// One node.
#[derive(Clone, Debug)]
pub struct Node<X, C> {
    site: NodeView,
    exchange: X,
    desk: Desk,
    coordination: C,
    streams: NodeRngs,
}

impl<X: Exchange, C: Coordination> Node<X, C> {
    /// A node made of its parts.
    pub fn new(
        site: NodeView,
        (exchange, coordination): (X, C),
        (desk, ledger): (desk::Params, Arc<GroundTruth>),
        streams: NodeRngs,
    ) -> Self {
        let desk = Desk::new(site.me, desk, ledger);
        Self { site, exchange, desk, coordination, streams }
    }

    /// Gives it new random numbers, at a restart.
    pub fn reseed(&mut self, streams: NodeRngs) {
        self.streams = streams;
    }

    /// Puts fresh machines into the place of those whose memory a crash took. They keep what the
    /// old ones name durable; the desk keeps nothing.
    pub fn crash_with_amnesia(&mut self, (exchange, coordination): (X, C)) {
        let lost = std::mem::replace(&mut self.exchange, exchange);
        self.exchange.recover(lost);
        let lost = std::mem::replace(&mut self.coordination, coordination);
        self.coordination.recover(lost);
        self.desk.crash_with_amnesia();
    }

    /// Takes one input and pushes effects into the world.
    ///
    /// Inlined where it is called: a message is then moved once on its way from the engine to the
    /// protocol, and not once for every layer between them.
    #[inline(always)]
    pub fn handle(
        &mut self,
        now: LocalTime,
        input: NodeInput<EnvelopeOf<X, C>, TimerOf<X, C>>,
        effects: &mut impl NodeEffects<X, C>,
    ) {
        match input {
            NodeInput::Start => self.start(now, effects),
            NodeInput::Publish(item) => self.publish(now, item, effects),
            NodeInput::Message { from, message: Envelope::Exchange(message) } => {
                self.run_exchange(now, Input::Message { from, message }, effects);
            }
            NodeInput::Message { from, message: Envelope::Coordination(message) } => {
                self.run_coordination(now, Input::Message { from, message }, effects);
            }
            NodeInput::Timer(NodeTimer::Exchange(timer)) => {
                self.run_exchange(now, Input::Timer(timer), effects);
            }
            NodeInput::Timer(NodeTimer::Desk(timer)) => {
                self.run_desk(now, effects, |desk, rng, wake| desk.on_timer(timer, rng, wake));
            }
            NodeInput::Timer(NodeTimer::Coordination(timer)) => {
                self.run_coordination(now, Input::Timer(timer), effects);
            }
            NodeInput::Restart => self.restart(now, effects),
        }
    }

    fn start(&mut self, now: LocalTime, effects: &mut impl NodeEffects<X, C>) {
        self.run_exchange(now, Input::Start, effects);
        self.run_coordination(now, Input::Start, effects);
    }

    fn publish(&mut self, now: LocalTime, item: Item, effects: &mut impl NodeEffects<X, C>) {
        self.run_desk(now, effects, |desk, _, wake| desk.arrive(item, wake));
        self.run_exchange(now, Input::Local(Publish(item)), effects);
    }

    fn restart(&mut self, now: LocalTime, effects: &mut impl NodeEffects<X, C>) {
        self.run_exchange(now, Input::Restart, effects);
        self.run_desk(now, effects, |desk, rng, wake| desk.restart(rng, wake));
        self.run_coordination(now, Input::Restart, effects);
    }

    #[inline(always)]
    fn run_exchange(
        &mut self,
        now: LocalTime,
        input: Input<X>,
        world: &mut impl NodeEffects<X, C>,
    ) {
        let Self { site, exchange, desk, streams, .. } = self;
        // The hub has no analysts: it passes on.
        let desk = (!site.is_hub()).then_some(desk);
        let mut sink = ExchangeEffects { world, desk, beside: PhantomData::<C> };
        let guard = Guard::new(NodePart::Exchange);
        exchange.handle(input, &mut OutOf::new(site, now, &mut streams.exchange, &mut sink));
        guard.disarm();
    }

    fn run_coordination(
        &mut self,
        now: LocalTime,
        input: Input<C>,
        world: &mut impl NodeEffects<X, C>,
    ) {
        let Self { site, coordination, streams, .. } = self;
        let mut sink = CoordinationEffects { world, beside: PhantomData::<X> };
        let guard = Guard::new(NodePart::Coordination);
        coordination
            .handle(input, &mut OutOf::new(site, now, &mut streams.coordination, &mut sink));
        guard.disarm();
    }

    /// Lets the desk work; whom it locates is told to the coordination.
    fn run_desk(
        &mut self,
        now: LocalTime,
        world: &mut impl NodeEffects<X, C>,
        act: impl FnOnce(&mut Desk, &mut RngStream, &mut dyn FnMut(DeskEffect)),
    ) {
        let mut located = None;
        act(&mut self.desk, &mut self.streams.desk, &mut |work| match work {
            DeskEffect::Wake(after, timer) => world.wake_after(after, NodeTimer::Desk(timer)),
            DeskEffect::Located(member) => located = Some(member),
        });
        if let Some(member) = located {
            world.emit(NodeOutput::Locate(member));
            self.run_coordination(now, Input::Local(Located(member)), world);
        }
    }
}

/// The world as an exchange sees it: what it learns goes to the desk of its zone too.
struct ExchangeEffects<'a, W, C> {
    world: &'a mut W,
    desk: Option<&'a mut Desk>,
    beside: PhantomData<C>,
}

impl<M, T, W, C> Effects<M, T, Deliver> for ExchangeEffects<'_, W, C>
where
    C: Coordination,
    W: Effects<Envelope<M, C::Message>, NodeTimer<T, C::Timer>, NodeOutput>,
{
    #[inline]
    fn send(&mut self, to: NodeId, message: M) {
        self.world.send(to, Envelope::Exchange(message));
    }
    #[inline]
    fn wake_after(&mut self, delay: SimDuration, timer: T) {
        self.world.wake_after(delay, NodeTimer::Exchange(timer));
    }
    #[inline]
    fn wake_at(&mut self, at: LocalTime, timer: T) {
        self.world.wake_at(at, NodeTimer::Exchange(timer));
    }
    #[inline]
    fn emit(&mut self, deliver: Deliver) {
        self.world.emit(NodeOutput::Exchange(deliver));
        let world = &mut *self.world;
        if let Some(desk) = &mut self.desk {
            // A lead that comes in locates nobody: that takes an assessment.
            desk.arrive(deliver.item, &mut |work| {
                if let DeskEffect::Wake(after, timer) = work {
                    world.wake_after(after, NodeTimer::Desk(timer));
                }
            });
        }
    }
    #[inline]
    fn distance(&self, to: NodeId) -> SimDuration {
        self.world.distance(to)
    }
    fn is_observer(&self, zone: NodeId) -> bool {
        self.world.is_observer(zone)
    }
}

/// The world as a coordination sees it.
struct CoordinationEffects<'a, W, X> {
    world: &'a mut W,
    beside: PhantomData<X>,
}

impl<M, T, W, X> Effects<M, T, Output> for CoordinationEffects<'_, W, X>
where
    X: Exchange,
    W: Effects<Envelope<X::Message, M>, NodeTimer<X::Timer, T>, NodeOutput>,
{
    fn send(&mut self, to: NodeId, message: M) {
        self.world.send(to, Envelope::Coordination(message));
    }
    fn wake_after(&mut self, delay: SimDuration, timer: T) {
        self.world.wake_after(delay, NodeTimer::Coordination(timer));
    }
    fn wake_at(&mut self, at: LocalTime, timer: T) {
        self.world.wake_at(at, NodeTimer::Coordination(timer));
    }
    fn emit(&mut self, output: Output) {
        self.world.emit(NodeOutput::Coordination(output));
    }
    fn distance(&self, to: NodeId) -> SimDuration {
        self.world.distance(to)
    }
    fn is_observer(&self, zone: NodeId) -> bool {
        self.world.is_observer(zone)
    }
}
