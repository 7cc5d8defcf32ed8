//! One node: an exchange, a desk and a coordination that work together.
//!
//! What the exchange learns goes to the desk; whom the desk locates goes to the coordination. To an
//! engine it is one machine: it is told, it sends, it is woken.

mod panicking;

use std::marker::PhantomData;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use crate::id::{Item, Member, NodeId};
use crate::protocol::coordination::{self, Abort, Coordination, Output as CoordinationDeed};
use crate::protocol::desk::{self, Desk, DeskEffect, GroundTruth};
use crate::protocol::exchange::{self, Deliver, Exchange};
use crate::protocol::{Effects, NodePart, NodeView, OutOf, WireMessage};
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

/// What a node does beyond talking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeOutput {
    /// It has learnt an item, from a node or from the sender of the message that is being handled.
    Learn(Item, Option<NodeId>),
    /// It has located a member.
    Locate(Member),
    /// It has decided that all strike when clocks show this.
    Decide(LocalTime),
    /// It goes to capture a member.
    Strike(Member),
    /// It has aborted a round.
    Abort(Abort),
}

/// The messages of a node that runs `X` and `C`.
pub type EnvelopeOf<X, C> = Envelope<<X as Exchange>::Message, <C as Coordination>::Message>;
/// The timers of a node that runs `X` and `C`.
pub type TimerOf<X, C> = NodeTimer<<X as Exchange>::Timer, <C as Coordination>::Timer>;

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

/// What a node is told.
#[derive(Debug)]
pub enum Input<W, A> {
    /// The run begins for it.
    Start,
    /// It has found out something.
    Publish(Item),
    /// A message has arrived.
    Message {
        /// From this node.
        from: NodeId,
        /// It says this.
        message: W,
    },
    /// A timer has run out.
    Alarm(A),
    /// It is back after a crash.
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
        (desk, ledger): (desk::Params, Rc<GroundTruth>),
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
        input: Input<EnvelopeOf<X, C>, TimerOf<X, C>>,
        world: &mut impl NodeEffects<X, C>,
    ) {
        use coordination::Input as C;
        use exchange::Input as X;
        match input {
            Input::Start => self.start(now, world),
            Input::Publish(item) => self.publish(now, item, world),
            Input::Message { from, message: Envelope::Exchange(message) } => {
                self.run_exchange(now, X::Message { from, message }, world);
            }
            Input::Message { from, message: Envelope::Coordination(message) } => {
                self.run_coordination(now, C::Message { from, message }, world);
            }
            Input::Alarm(NodeTimer::Exchange(timer)) => {
                self.run_exchange(now, X::Timer(timer), world);
            }
            Input::Alarm(NodeTimer::Desk(timer)) => {
                self.run_desk(now, world, |desk, rng, work| desk.on_timer(timer, rng, work));
            }
            Input::Alarm(NodeTimer::Coordination(timer)) => {
                self.run_coordination(now, C::Timer(timer), world);
            }
            Input::Restart => self.restart(now, world),
        }
    }

    fn start(&mut self, now: LocalTime, world: &mut impl NodeEffects<X, C>) {
        self.run_exchange(now, exchange::Input::Start, world);
        self.run_coordination(now, coordination::Input::Start, world);
    }

    fn publish(&mut self, now: LocalTime, item: Item, world: &mut impl NodeEffects<X, C>) {
        self.run_desk(now, world, |desk, _, work| desk.arrive(item, work));
        self.run_exchange(now, exchange::Input::Publish(item), world);
    }

    fn restart(&mut self, now: LocalTime, world: &mut impl NodeEffects<X, C>) {
        self.run_exchange(now, exchange::Input::Restart, world);
        self.run_desk(now, world, |desk, rng, work| desk.restart(rng, work));
        self.run_coordination(now, coordination::Input::Restart, world);
    }

    #[inline(always)]
    fn run_exchange(
        &mut self,
        now: LocalTime,
        input: exchange::Input<X>,
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
        input: coordination::Input<C>,
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
            self.run_coordination(now, coordination::Input::Located(member), world);
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
    fn emit(&mut self, Deliver { item, from }: Deliver) {
        self.world.emit(NodeOutput::Learn(item, from));
        let world = &mut *self.world;
        if let Some(desk) = &mut self.desk {
            // A lead that comes in locates nobody: that takes an assessment.
            desk.arrive(item, &mut |work| {
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

impl<M, T, W, X> Effects<M, T, CoordinationDeed> for CoordinationEffects<'_, W, X>
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
    fn emit(&mut self, deed: CoordinationDeed) {
        self.world.emit(match deed {
            CoordinationDeed::Decide(at) => NodeOutput::Decide(at),
            CoordinationDeed::Strike(member) => NodeOutput::Strike(member),
            CoordinationDeed::Abort(abort) => NodeOutput::Abort(abort),
        });
    }
    fn distance(&self, to: NodeId) -> SimDuration {
        self.world.distance(to)
    }
    fn is_observer(&self, zone: NodeId) -> bool {
        self.world.is_observer(zone)
    }
}
