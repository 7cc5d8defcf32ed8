//! One node: an exchange, a desk and a coordination that work together.
//!
//! What the exchange learns goes to the desk; whom the desk locates goes to the coordination. To an
//! engine it is one machine: it is told, it sends, it is woken.

mod panicking;

use std::marker::PhantomData;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use crate::chance::Stream;
use crate::coordination::{self, Abort, Coordination, Deed as CoordinationDeed};
use crate::desk::{self, Desk, Ledger, Work};
use crate::exchange::{self, Exchange, Learn};
use crate::id::{Item, Member, NodeId};
use crate::seam::{Message, NodePart, Port, Sink, Site};
use crate::time::{Length, Local, Span};
use panicking::Guard;

pub(crate) use panicking::replace_panicked;

/// What travels between nodes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Wire<E, C> {
    /// Of the exchange.
    Exchange(E),
    /// Of the coordination.
    Coordination(C),
}

impl<E: Message, C: Message> Message for Wire<E, C> {
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

    fn words(&self, tick: Length) -> String {
        match self {
            Self::Exchange(message) => message.words(tick),
            Self::Coordination(message) => message.words(tick),
        }
    }
}

/// What wakes a node.
#[derive(Clone, Debug)]
pub enum Alarm<E, C> {
    /// Its exchange.
    Exchange(E),
    /// Its desk.
    Desk(desk::Timer),
    /// Its coordination.
    Coordination(C),
}

impl<E, C> Alarm<E, C> {
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
pub enum Deed {
    /// It has learnt an item, from a node or from the sender of the message that is being handled.
    Learn(Item, Option<NodeId>),
    /// It has located a member.
    Locate(Member),
    /// It has decided that all strike when clocks show this.
    Decide(Local),
    /// It goes to capture a member.
    Strike(Member),
    /// It has aborted a round.
    Abort(Abort),
}

/// The messages of a node that runs `X` and `C`.
pub type WireOf<X, C> = Wire<<X as Exchange>::Message, <C as Coordination>::Message>;
/// The timers of a node that runs `X` and `C`.
pub type AlarmOf<X, C> = Alarm<<X as Exchange>::Timer, <C as Coordination>::Timer>;

/// Where a node that runs `X` and `C` pushes its effects: an engine.
pub trait World<X: Exchange, C: Coordination>: Sink<WireOf<X, C>, AlarmOf<X, C>, Deed> {}

impl<X, C, W> World<X, C> for W
where
    X: Exchange,
    C: Coordination,
    W: Sink<WireOf<X, C>, AlarmOf<X, C>, Deed>,
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
pub struct Streams {
    /// For the exchange.
    pub exchange: Stream,
    /// For the desk.
    pub desk: Stream,
    /// For the coordination.
    pub coordination: Stream,
}

/// One node.
#[derive(Clone, Debug)]
pub struct Zone<X, C> {
    site: Site,
    exchange: X,
    desk: Desk,
    coordination: C,
    streams: Streams,
}

impl<X: Exchange, C: Coordination> Zone<X, C> {
    /// A node made of its parts.
    pub fn new(
        site: Site,
        (exchange, coordination): (X, C),
        (desk, ledger): (desk::Settings, Rc<Ledger>),
        streams: Streams,
    ) -> Self {
        let desk = Desk::new(site.me, desk, ledger);
        Self { site, exchange, desk, coordination, streams }
    }

    /// Gives it new random numbers, at a restart.
    pub fn reseed(&mut self, streams: Streams) {
        self.streams = streams;
    }

    /// Puts fresh machines into the place of those whose memory a crash took. They keep what the
    /// old ones name durable; the desk keeps nothing.
    pub fn forget(&mut self, (exchange, coordination): (X, C)) {
        let lost = std::mem::replace(&mut self.exchange, exchange);
        self.exchange.salvage(lost);
        let lost = std::mem::replace(&mut self.coordination, coordination);
        self.coordination.salvage(lost);
        self.desk.forget();
    }

    /// Takes one input and pushes effects into the world.
    ///
    /// Inlined where it is called: a message is then moved once on its way from the engine to the
    /// protocol, and not once for every layer between them.
    #[inline(always)]
    pub fn handle(
        &mut self,
        now: Local,
        input: Input<WireOf<X, C>, AlarmOf<X, C>>,
        world: &mut impl World<X, C>,
    ) {
        use coordination::Input as C;
        use exchange::Input as X;
        match input {
            Input::Start => self.start(now, world),
            Input::Publish(item) => self.publish(now, item, world),
            Input::Message { from, message: Wire::Exchange(message) } => {
                self.tell_exchange(now, X::Message { from, message }, world);
            }
            Input::Message { from, message: Wire::Coordination(message) } => {
                self.tell_coordination(now, C::Message { from, message }, world);
            }
            Input::Alarm(Alarm::Exchange(timer)) => {
                self.tell_exchange(now, X::Timer(timer), world);
            }
            Input::Alarm(Alarm::Desk(timer)) => {
                self.desk_work(now, world, |desk, rng, work| desk.wake(timer, rng, work));
            }
            Input::Alarm(Alarm::Coordination(timer)) => {
                self.tell_coordination(now, C::Timer(timer), world);
            }
            Input::Restart => self.restart(now, world),
        }
    }

    fn start(&mut self, now: Local, world: &mut impl World<X, C>) {
        self.tell_exchange(now, exchange::Input::Start, world);
        self.tell_coordination(now, coordination::Input::Start, world);
    }

    fn publish(&mut self, now: Local, item: Item, world: &mut impl World<X, C>) {
        self.desk_work(now, world, |desk, _, work| desk.take(item, work));
        self.tell_exchange(now, exchange::Input::Publish(item), world);
    }

    fn restart(&mut self, now: Local, world: &mut impl World<X, C>) {
        self.tell_exchange(now, exchange::Input::Restart, world);
        self.desk_work(now, world, |desk, rng, work| desk.restart(rng, work));
        self.tell_coordination(now, coordination::Input::Restart, world);
    }

    #[inline(always)]
    fn tell_exchange(
        &mut self,
        now: Local,
        input: exchange::Input<X>,
        world: &mut impl World<X, C>,
    ) {
        let Self { site, exchange, desk, streams, .. } = self;
        // The hub has no analysts: it passes on.
        let desk = (!site.is_hub()).then_some(desk);
        let mut sink = ExchangeSink { world, desk, beside: PhantomData::<C> };
        let guard = Guard::new(NodePart::Exchange);
        exchange.handle(input, &mut Port::new(site, now, &mut streams.exchange, &mut sink));
        guard.disarm();
    }

    fn tell_coordination(
        &mut self,
        now: Local,
        input: coordination::Input<C>,
        world: &mut impl World<X, C>,
    ) {
        let Self { site, coordination, streams, .. } = self;
        let mut sink = CoordinationSink { world, beside: PhantomData::<X> };
        let guard = Guard::new(NodePart::Coordination);
        coordination.handle(input, &mut Port::new(site, now, &mut streams.coordination, &mut sink));
        guard.disarm();
    }

    /// Lets the desk work; whom it locates is told to the coordination.
    fn desk_work(
        &mut self,
        now: Local,
        world: &mut impl World<X, C>,
        act: impl FnOnce(&mut Desk, &mut Stream, &mut dyn FnMut(Work)),
    ) {
        let mut located = None;
        act(&mut self.desk, &mut self.streams.desk, &mut |work| match work {
            Work::Wake(after, timer) => world.wake_after(after, Alarm::Desk(timer)),
            Work::Locate(member) => located = Some(member),
        });
        if let Some(member) = located {
            world.act(Deed::Locate(member));
            self.tell_coordination(now, coordination::Input::Located(member), world);
        }
    }
}

/// The world as an exchange sees it: what it learns goes to the desk of its zone too.
struct ExchangeSink<'a, W, C> {
    world: &'a mut W,
    desk: Option<&'a mut Desk>,
    beside: PhantomData<C>,
}

impl<M, T, W, C> Sink<M, T, Learn> for ExchangeSink<'_, W, C>
where
    C: Coordination,
    W: Sink<Wire<M, C::Message>, Alarm<T, C::Timer>, Deed>,
{
    #[inline]
    fn send(&mut self, to: NodeId, message: M) {
        self.world.send(to, Wire::Exchange(message));
    }
    #[inline]
    fn wake_after(&mut self, delay: Span, timer: T) {
        self.world.wake_after(delay, Alarm::Exchange(timer));
    }
    #[inline]
    fn wake_at(&mut self, at: Local, timer: T) {
        self.world.wake_at(at, Alarm::Exchange(timer));
    }
    #[inline]
    fn act(&mut self, Learn { item, from }: Learn) {
        self.world.act(Deed::Learn(item, from));
        let world = &mut *self.world;
        if let Some(desk) = &mut self.desk {
            // A lead that comes in locates nobody: that takes an assessment.
            desk.take(item, &mut |work| {
                if let Work::Wake(after, timer) = work {
                    world.wake_after(after, Alarm::Desk(timer));
                }
            });
        }
    }
    #[inline]
    fn distance(&self, to: NodeId) -> Span {
        self.world.distance(to)
    }
    fn is_observer(&self, zone: NodeId) -> bool {
        self.world.is_observer(zone)
    }
}

/// The world as a coordination sees it.
struct CoordinationSink<'a, W, X> {
    world: &'a mut W,
    beside: PhantomData<X>,
}

impl<M, T, W, X> Sink<M, T, CoordinationDeed> for CoordinationSink<'_, W, X>
where
    X: Exchange,
    W: Sink<Wire<X::Message, M>, Alarm<X::Timer, T>, Deed>,
{
    fn send(&mut self, to: NodeId, message: M) {
        self.world.send(to, Wire::Coordination(message));
    }
    fn wake_after(&mut self, delay: Span, timer: T) {
        self.world.wake_after(delay, Alarm::Coordination(timer));
    }
    fn wake_at(&mut self, at: Local, timer: T) {
        self.world.wake_at(at, Alarm::Coordination(timer));
    }
    fn act(&mut self, deed: CoordinationDeed) {
        self.world.act(match deed {
            CoordinationDeed::Decide(at) => Deed::Decide(at),
            CoordinationDeed::Strike(member) => Deed::Strike(member),
            CoordinationDeed::Abort(abort) => Deed::Abort(abort),
        });
    }
    fn distance(&self, to: NodeId) -> Span {
        self.world.distance(to)
    }
    fn is_observer(&self, zone: NodeId) -> bool {
        self.world.is_observer(zone)
    }
}
