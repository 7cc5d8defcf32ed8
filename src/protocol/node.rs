//! One node: an exchange, a desk and a coordination that work together.
//!
//! What the exchange learns goes to the desk; whom the desk locates goes to the coordination, which sees
//! the clock of the node, corrected if clocks are synchronized. To an engine it is one machine: it is
//! told, it sends, it is woken.

mod corrected_clock;
mod direct;
mod panicking;

use std::marker::PhantomData;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::id::{Item, Lead, Member, NodeId};
use crate::protocol::clock_sync::{self, Adjustment};
use crate::protocol::coordination::{self, Coordination, Located, Output};
use crate::protocol::desk::{self, Desk, DeskEffect, Fusion, GroundTruth, Procedure, Stage};
use crate::protocol::exchange::{self, Deliver, Exchange, Publish};
use crate::protocol::{
    Effect, Effects, Input, ItemInfo, Items, NodePart, NodeView, OutOf, Protocol, ProtocolSet,
    WireMessage,
};
use crate::rng::RngStream;
use crate::time::{LocalTime, NanoDuration, SimDuration};
use corrected_clock::{CorrectedClock, CorrectedEffects};
use panicking::Guard;

pub use direct::Direct;
pub(crate) use panicking::replace_panicked;

/// What travels between nodes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Envelope<E, C> {
    /// Of the exchange.
    Exchange(E),
    /// Of the coordination.
    Coordination(C),
    /// Of an originator, beside the exchange.
    Direct(DirectMessage),
    /// Of the synchronization of clocks.
    ClockSync(clock_sync::BuiltinMessage),
}

type DirectMessage = <Direct as Protocol>::Message;
type DirectTimer = <Direct as Protocol>::Timer;

impl<E: WireMessage, C: WireMessage> WireMessage for Envelope<E, C> {
    #[inline]
    fn size(&self) -> usize {
        1 + match self {
            Self::Exchange(message) => message.size(),
            Self::Coordination(message) => message.size(),
            Self::Direct(message) => message.size(),
            Self::ClockSync(message) => message.size(),
        }
    }

    #[inline]
    fn items(&self) -> Items<'_> {
        match self {
            Self::Exchange(message) => message.items(),
            Self::Coordination(message) => message.items(),
            Self::Direct(message) => message.items(),
            Self::ClockSync(_) => Items::None,
        }
    }

    fn for_each_name(&self, visit: &mut dyn FnMut(Items<'_>)) {
        match self {
            Self::Exchange(message) => message.for_each_name(visit),
            Self::Coordination(message) => message.for_each_name(visit),
            Self::Direct(message) => message.for_each_name(visit),
            Self::ClockSync(_) => {}
        }
    }

    fn part(&self) -> NodePart {
        match self {
            Self::Exchange(_) => NodePart::Exchange,
            Self::Coordination(_) => NodePart::Coordination,
            Self::Direct(_) => NodePart::Direct,
            Self::ClockSync(_) => NodePart::ClockSync,
        }
    }

    fn reading(&self) -> Option<clock_sync::Reading> {
        match self {
            Self::ClockSync(clock_sync::BuiltinMessage::Averaging(reading)) => Some(*reading),
            _ => None,
        }
    }

    fn describe(&self, tick: NanoDuration) -> String {
        match self {
            Self::Exchange(message) => message.describe(tick),
            Self::Coordination(message) => message.describe(tick),
            Self::Direct(message) => message.describe(tick),
            Self::ClockSync(message) => message.describe(tick),
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
    /// What it tells directly.
    Direct(DirectTimer),
    /// The synchronization of its clock.
    ClockSync(clock_sync::BuiltinTimer),
    /// A timer of its coordination, for a time of its corrected clock.
    Corrected,
}

impl<E, C> NodeTimer<E, C> {
    /// Which part of the node it wakes.
    pub fn part(&self) -> NodePart {
        match self {
            Self::Exchange(_) => NodePart::Exchange,
            Self::Desk(_) => NodePart::Desk,
            Self::Coordination(_) | Self::Corrected => NodePart::Coordination,
            Self::Direct(_) => NodePart::Direct,
            Self::ClockSync(_) => NodePart::ClockSync,
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
    /// A stage of its work is completed, on which its staff worked for so long.
    Stage(Stage, SimDuration),
    /// Its coordination decides, strikes or aborts.
    Coordination(Output),
    /// Its clock is adjusted.
    Adjust(Adjustment),
}

/// The protocols of a node: one exchange and one coordination. A pair of types implements it.
pub trait Protocols: 'static {
    /// How zones share items.
    type Exchange: Exchange + ProtocolSet;
    /// How zones act together.
    type Coordination: Coordination + ProtocolSet;
}

impl<E: Exchange + ProtocolSet, C: Coordination + ProtocolSet> Protocols for (E, C) {
    type Exchange = E;
    type Coordination = C;
}

/// The protocols that come with zonesim.
pub type Builtin = (exchange::Builtin, coordination::Builtin);

type ExchangeOf<P> = <P as Protocols>::Exchange;
type CoordinationOf<P> = <P as Protocols>::Coordination;

/// The `[exchange]` table for `P`.
pub type ExchangeParams<P> = <ExchangeOf<P> as ProtocolSet>::Params;
/// The `[coordination]` table for `P`.
pub type CoordinationParams<P> = <CoordinationOf<P> as ProtocolSet>::Params;
/// The messages of a node that runs `P`.
pub type EnvelopeOf<P> =
    Envelope<<ExchangeOf<P> as Protocol>::Message, <CoordinationOf<P> as Protocol>::Message>;
/// The timers of a node that runs `P`.
pub type TimerOf<P> =
    NodeTimer<<ExchangeOf<P> as Protocol>::Timer, <CoordinationOf<P> as Protocol>::Timer>;

/// Receives the effects of a node that runs `P`: an engine.
pub trait NodeEffects<P: Protocols>: Effects<EnvelopeOf<P>, TimerOf<P>, NodeOutput> {}

impl<P, W> NodeEffects<P> for W
where
    P: Protocols,
    W: Effects<EnvelopeOf<P>, TimerOf<P>, NodeOutput>,
{
}

/// What a node handles.
#[derive(Debug)]
pub enum NodeInput<M, T> {
    /// The run begins for it.
    Start,
    /// Its zone has found out an item.
    Publish(Item),
    /// Its zone has seen a lead.
    See(Lead),
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

/// One node that runs `P`.
pub struct Node<P: Protocols> {
    view: NodeView,
    exchange: P::Exchange,
    desk: Desk,
    /// Whether it has analysts. A hub has none unless it assesses the leads of all: it passes on.
    has_desk: bool,
    coordination: P::Coordination,
    /// None without release rules.
    direct: Option<Box<Direct>>,
    /// None if clocks are not synchronized.
    clock: Option<Box<CorrectedClock<<P::Coordination as Protocol>::Timer>>>,
    rngs: NodeRngs,
}

impl<P: Protocols> Node<P> {
    /// A node made of its parts.
    pub fn new(
        view: NodeView,
        (exchange, coordination): (P::Exchange, P::Coordination),
        (procedure, ground_truth): (Arc<Procedure>, Arc<GroundTruth>),
        rngs: NodeRngs,
    ) -> Self {
        let has_desk = !view.is_hub() || procedure.fusion == Fusion::Hub(view.me);
        let desk = Desk::new(view.me, procedure, ground_truth);
        Self { view, exchange, desk, has_desk, coordination, direct: None, clock: None, rngs }
    }

    /// Gives it what tells items directly, which release rules need.
    pub fn with_direct(mut self, direct: Direct) -> Self {
        self.direct = Some(Box::new(direct));
        self
    }

    /// Gives it what synchronizes its clock.
    pub fn with_clock_sync(
        mut self,
        machine: clock_sync::Builtin,
        resolution: NanoDuration,
    ) -> Self {
        self.clock = Some(Box::new(CorrectedClock::new(machine, resolution)));
        self
    }

    /// Gives it new random numbers, at a restart.
    pub fn reseed(&mut self, rngs: NodeRngs) {
        self.rngs = rngs;
    }

    /// Puts fresh machines into the place of those whose memory a crash took. They keep what the
    /// old ones name durable; the desk keeps nothing.
    pub fn crash_with_amnesia(&mut self, (exchange, coordination): (P::Exchange, P::Coordination)) {
        let lost = std::mem::replace(&mut self.exchange, exchange);
        self.exchange.recover(lost);
        let lost = std::mem::replace(&mut self.coordination, coordination);
        self.coordination.recover(lost);
        self.desk.crash_with_amnesia();
        self.direct.iter_mut().for_each(|direct| direct.crash_with_amnesia());
        self.clock.iter_mut().for_each(|clock| clock.crash_with_amnesia());
    }

    /// Handles one input and pushes the effects into `effects`.
    ///
    /// Inlined where it is called: a message is then moved once on its way from the engine to the
    /// protocol, and not once for every layer between them.
    #[inline(always)]
    pub fn handle(
        &mut self,
        now: LocalTime,
        input: NodeInput<EnvelopeOf<P>, TimerOf<P>>,
        effects: &mut impl NodeEffects<P>,
    ) {
        match input {
            NodeInput::Start => self.start(now, effects),
            NodeInput::Publish(item) => self.publish(now, item, effects),
            NodeInput::See(lead) => {
                self.run_desk(now, effects, |desk, _, wake| desk.see(lead, wake))
            }
            NodeInput::Message { from, message: Envelope::Exchange(message) } => {
                self.run_exchange(now, Input::Message { from, message }, effects);
            }
            NodeInput::Message { from, message: Envelope::Coordination(message) } => {
                self.run_coordination(now, Input::Message { from, message }, effects);
            }
            NodeInput::Message { from, message: Envelope::Direct(message) } => {
                self.run_direct(now, Input::Message { from, message }, effects);
            }
            NodeInput::Message { from, message: Envelope::ClockSync(message) } => {
                self.synchronize(now, Input::Message { from, message }, effects);
            }
            NodeInput::Timer(NodeTimer::ClockSync(timer)) => {
                self.synchronize(now, Input::Timer(timer), effects);
            }
            NodeInput::Timer(NodeTimer::Corrected) => self.wake_corrected(now, effects),
            NodeInput::Timer(NodeTimer::Direct(timer)) => {
                self.run_direct(now, Input::Timer(timer), effects);
            }
            NodeInput::Timer(NodeTimer::Exchange(timer)) => {
                self.run_exchange(now, Input::Timer(timer), effects);
            }
            NodeInput::Timer(NodeTimer::Desk(timer)) => {
                self.run_desk(now, effects, |desk, rng, wake| desk.on_timer(now, timer, rng, wake));
            }
            NodeInput::Timer(NodeTimer::Coordination(timer)) => {
                self.run_coordination(now, Input::Timer(timer), effects);
            }
            NodeInput::Restart => self.restart(now, effects),
        }
    }

    fn start(&mut self, now: LocalTime, effects: &mut impl NodeEffects<P>) {
        self.run_exchange(now, Input::Start, effects);
        self.run_coordination(now, Input::Start, effects);
        self.synchronize(now, Input::Start, effects);
    }

    fn publish(&mut self, now: LocalTime, item: Item, effects: &mut impl NodeEffects<P>) {
        if self.has_desk {
            self.run_desk(now, effects, |desk, _, wake| desk.arrive(item, wake));
        }
        self.tell(now, item, effects);
    }

    /// Tells others of an item that this node has published.
    fn tell(&mut self, now: LocalTime, item: Item, effects: &mut impl NodeEffects<P>) {
        self.run_exchange(now, Input::Local(Publish(item)), effects);
        self.run_direct(now, Input::Local(Publish(item)), effects);
    }

    /// What a protocol has published. Each item is accepted once, so this ends.
    #[cold]
    #[inline(never)]
    fn publish_all(&mut self, now: LocalTime, items: Vec<Item>, effects: &mut impl NodeEffects<P>) {
        for item in items {
            self.publish(now, item, effects);
        }
    }

    fn restart(&mut self, now: LocalTime, effects: &mut impl NodeEffects<P>) {
        self.restart_clock(now, effects);
        self.run_exchange(now, Input::Restart, effects);
        self.run_direct(now, Input::Restart, effects);
        self.run_desk(now, effects, |desk, rng, wake| desk.restart(now, rng, wake));
        self.run_coordination(now, Input::Restart, effects);
    }

    #[inline(always)]
    fn run_exchange<W: NodeEffects<P>>(
        &mut self,
        now: LocalTime,
        input: Input<P::Exchange>,
        effects: &mut W,
    ) {
        let Self { view, exchange, desk, has_desk, direct, rngs, .. } = self;
        let mut desk = has_desk.then_some(desk);
        let mut part = PartEffects {
            effects: &mut *effects,
            message: Envelope::Exchange,
            timer: NodeTimer::Exchange,
            emit: |effects: &mut W, deliver: Deliver| {
                if direct.as_mut().is_some_and(|direct| !direct.note(deliver.item)) {
                    return;
                }
                emit_deliver::<P>(effects, desk.as_deref_mut(), deliver);
            },
            published: None,
            protocols: PhantomData::<P>,
        };
        let guard = Guard::new(NodePart::Exchange);
        exchange.handle(input, &mut OutOf::new(view, now, &mut rngs.exchange, &mut part));
        guard.disarm();
        if let Some(published) = part.published {
            self.publish_all(now, published, effects);
        }
    }

    #[inline]
    fn run_direct(
        &mut self,
        now: LocalTime,
        input: Input<Direct>,
        effects: &mut impl NodeEffects<P>,
    ) {
        if self.direct.is_some() {
            self.tell_directly(now, input, effects);
        }
    }

    #[cold]
    #[inline(never)]
    fn tell_directly(
        &mut self,
        now: LocalTime,
        input: Input<Direct>,
        effects: &mut impl NodeEffects<P>,
    ) {
        let Self { view, direct: Some(direct), rngs, .. } = self else { return };
        let mut seen: Vec<Effect<DirectMessage, DirectTimer, Deliver>> = Vec::new();
        let guard = Guard::new(NodePart::Direct);
        (**direct).handle(input, &mut OutOf::new(view, now, &mut rngs.exchange, &mut seen));
        guard.disarm();
        for effect in seen {
            match effect {
                Effect::Send(to, message) => effects.send(to, Envelope::Direct(message)),
                Effect::WakeAfter(after, timer) => {
                    effects.wake_after(after, NodeTimer::Direct(timer));
                }
                Effect::WakeAt(at, timer) => effects.wake_at(at, NodeTimer::Direct(timer)),
                Effect::Emit(deliver) => {
                    let desk = self.has_desk.then_some(&mut self.desk);
                    emit_deliver::<P>(effects, desk, deliver);
                }
            }
        }
    }

    fn restart_clock(&mut self, now: LocalTime, effects: &mut impl NodeEffects<P>) {
        let Some(clock) = &mut self.clock else { return };
        clock.crash();
        if std::mem::take(&mut clock.is_lost) {
            effects.emit(NodeOutput::Adjust(Adjustment::LOST));
        }
        self.synchronize(now, Input::Restart, effects);
    }

    #[cold]
    #[inline(never)]
    fn synchronize(
        &mut self,
        now: LocalTime,
        input: Input<clock_sync::Builtin>,
        effects: &mut impl NodeEffects<P>,
    ) {
        let Self { view, clock: Some(clock), rngs, .. } = self else { return };
        let mut seen: Vec<Effect<_, _, Adjustment>> = Vec::new();
        let guard = Guard::new(NodePart::ClockSync);
        clock.machine.handle(input, &mut OutOf::new(view, now, &mut rngs.coordination, &mut seen));
        guard.disarm();
        for effect in seen {
            match effect {
                Effect::Send(to, message) => effects.send(to, Envelope::ClockSync(message)),
                Effect::WakeAfter(after, timer) => {
                    effects.wake_after(after, NodeTimer::ClockSync(timer));
                }
                Effect::WakeAt(at, timer) => effects.wake_at(at, NodeTimer::ClockSync(timer)),
                Effect::Emit(adjustment) => {
                    clock.adjust(adjustment);
                    effects.emit(NodeOutput::Adjust(adjustment));
                    clock.dues().for_each(|due| effects.wake_at(due, NodeTimer::Corrected));
                }
            }
        }
    }

    /// Lets the coordination handle a timer that is due on its corrected clock.
    #[cold]
    fn wake_corrected(&mut self, now: LocalTime, effects: &mut impl NodeEffects<P>) {
        let Some(clock) = &mut self.clock else { return };
        if let Some(timer) = clock.due(clock.corrected(now)) {
            self.run_coordination(now, Input::Timer(timer), effects);
        }
    }

    fn run_coordination(
        &mut self,
        now: LocalTime,
        input: Input<P::Coordination>,
        effects: &mut impl NodeEffects<P>,
    ) {
        let published = match self.clock.take() {
            None => self.coordinate(now, input, effects),
            Some(mut clock) => {
                let corrected = clock.corrected(now);
                let mut shown = CorrectedEffects {
                    effects: &mut *effects,
                    clock: &mut *clock,
                    split: |timer: TimerOf<P>| match timer {
                        NodeTimer::Coordination(timer) => Ok(timer),
                        other => Err(other),
                    },
                    due: || NodeTimer::Corrected,
                };
                let published = self.coordinate(corrected, input, &mut shown);
                self.clock = Some(clock);
                published
            }
        };
        if let Some(published) = published {
            self.publish_all(now, published, effects);
        }
    }

    /// Lets the coordination handle an input on the clock that it sees; returns what it publishes.
    fn coordinate<W: NodeEffects<P>>(
        &mut self,
        now: LocalTime,
        input: Input<P::Coordination>,
        effects: &mut W,
    ) -> Option<Vec<Item>> {
        let Self { view, coordination, desk, rngs, .. } = self;
        let mut part = PartEffects {
            effects: &mut *effects,
            message: Envelope::Coordination,
            timer: NodeTimer::Coordination,
            emit: |effects: &mut W, output| match output {
                Output::Strike(member) => {
                    desk.strike(member, &mut |effect| emit_desk::<P>(effects, effect));
                }
                Output::Decide(_) | Output::Abort(_) | Output::Elected(_) => {
                    effects.emit(NodeOutput::Coordination(output));
                }
            },
            published: None,
            protocols: PhantomData::<P>,
        };
        let guard = Guard::new(NodePart::Coordination);
        coordination.handle(input, &mut OutOf::new(view, now, &mut rngs.coordination, &mut part));
        guard.disarm();
        part.published
    }

    /// Lets the desk work; then items that it releases are published, and the coordination hears of the
    /// members at whom the zone may strike.
    fn run_desk(
        &mut self,
        now: LocalTime,
        effects: &mut impl NodeEffects<P>,
        act: impl FnOnce(&mut Desk, &mut RngStream, &mut dyn FnMut(DeskEffect)),
    ) {
        let (mut released, mut authorised) = (Vec::new(), Vec::new());
        act(&mut self.desk, &mut self.rngs.desk, &mut |effect| match effect {
            DeskEffect::Publish(item) => released.push(item),
            DeskEffect::Authorised(member) => authorised.push(member),
            _ => emit_desk::<P>(effects, effect),
        });
        for item in released {
            if effects.publish(item) {
                self.tell(now, item, effects);
            }
        }
        for member in authorised {
            self.run_coordination(now, Input::Local(Located(member)), effects);
        }
    }
}

/// An effect of a desk that the rest of the node need not hear of.
fn emit_desk<P: Protocols>(effects: &mut impl NodeEffects<P>, effect: DeskEffect) {
    match effect {
        DeskEffect::Wake(after, timer) => effects.wake_after(after, NodeTimer::Desk(timer)),
        DeskEffect::WakeAt(at, timer) => effects.wake_at(at, NodeTimer::Desk(timer)),
        DeskEffect::Stage(stage, work) => effects.emit(NodeOutput::Stage(stage, work)),
        DeskEffect::Located(member) => effects.emit(NodeOutput::Locate(member)),
        DeskEffect::Strike(member) => {
            effects.emit(NodeOutput::Coordination(Output::Strike(member)));
        }
        // They lead to inputs of the protocols.
        DeskEffect::Publish(_) | DeskEffect::Authorised(_) => {}
    }
}

/// What an exchange delivers goes to the desk of its zone too.
#[inline]
fn emit_deliver<P: Protocols>(
    effects: &mut impl NodeEffects<P>,
    desk: Option<&mut Desk>,
    deliver: Deliver,
) {
    effects.emit(NodeOutput::Exchange(deliver));
    if let Some(desk) = desk {
        // What comes in is taken up at the end of the instant.
        desk.arrive(deliver.item, &mut |effect| emit_desk::<P>(effects, effect));
    }
}

/// The effects of a node as one of its protocols sees them.
struct PartEffects<'a, P, W, F, G, H> {
    effects: &'a mut W,
    /// Wraps a message, a timer.
    message: F,
    timer: G,
    /// Performs an output.
    emit: H,
    /// Items that the protocol publishes while it handles an input. None costs less than an empty
    /// vector, and nearly every input publishes nothing.
    published: Option<Vec<Item>>,
    protocols: PhantomData<P>,
}

impl<P, M, T, O, W, F, G, H> Effects<M, T, O> for PartEffects<'_, P, W, F, G, H>
where
    P: Protocols,
    W: NodeEffects<P>,
    F: Fn(M) -> EnvelopeOf<P>,
    G: Fn(T) -> TimerOf<P>,
    H: FnMut(&mut W, O),
{
    #[inline]
    fn send(&mut self, to: NodeId, message: M) {
        self.effects.send(to, (self.message)(message));
    }
    #[inline]
    fn wake_after(&mut self, delay: SimDuration, timer: T) {
        self.effects.wake_after(delay, (self.timer)(timer));
    }
    #[inline]
    fn wake_at(&mut self, at: LocalTime, timer: T) {
        self.effects.wake_at(at, (self.timer)(timer));
    }
    fn timer_after_sent(&mut self, to: Option<NodeId>, delay: SimDuration, timer: T) {
        self.effects.timer_after_sent(to, delay, (self.timer)(timer));
    }
    #[inline]
    fn emit(&mut self, output: O) {
        (self.emit)(self.effects, output);
    }
    #[inline]
    fn distance(&self, to: NodeId) -> SimDuration {
        self.effects.distance(to)
    }
    fn is_observer(&self, zone: NodeId) -> bool {
        self.effects.is_observer(zone)
    }
    fn about(&self, item: Item) -> ItemInfo {
        self.effects.about(item)
    }
    fn has_clerks(&self) -> bool {
        self.effects.has_clerks()
    }
    fn clerks(&self) -> Option<u32> {
        self.effects.clerks()
    }
    fn handling(&self, rng: &mut RngStream) -> SimDuration {
        self.effects.handling(rng)
    }
    #[inline]
    fn has_release_rules(&self) -> bool {
        self.effects.has_release_rules()
    }
    fn may_tell(&self, item: Item, to: NodeId) -> bool {
        self.effects.may_tell(item, to)
    }
    fn publish(&mut self, item: Item) -> bool {
        let accepted = self.effects.publish(item);
        if accepted {
            self.published.get_or_insert_default().push(item);
        }
        accepted
    }
}
