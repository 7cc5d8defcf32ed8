//! A protocol as a state machine, and what it handles.

use std::fmt::Debug;

use super::{OutOf, WireMessage};
use crate::id::NodeId;

/// A protocol: the state machine of one node.
///
/// What a protocol is for follows from its `Input` and `Output`: one that publishes and delivers
/// items is an [`Exchange`](super::exchange::Exchange), one that agrees on a strike is a
/// [`Coordination`](super::coordination::Coordination).
pub trait Protocol: Sized + Send + 'static {
    /// What it sends to other nodes.
    type Message: WireMessage;
    /// What its timers carry. A timer fires once and cannot be cancelled: ignore a stale one.
    type Timer: Clone + Debug + Send + 'static;
    /// What its own node tells it beyond messages and timers.
    type Input: Debug + Send + 'static;
    /// What it does beyond sending and setting timers.
    type Output: Debug + Send + 'static;

    /// Handles one input and pushes effects into `out`.
    fn handle(&mut self, input: Input<Self>, out: &mut Out<'_, Self>);

    /// Takes what is in stable storage from `lost`, the machine whose memory a crash took. The
    /// default takes nothing. [`Input::Restart`] comes next.
    fn recover(&mut self, _lost: Self) {}

    /// Handles an input inside another machine, whose messages and timers wrap those of this one.
    /// A machine that is itself a wrapper overrides it to save one indirection for each effect.
    #[inline(always)]
    fn handle_within<M, T>(
        &mut self,
        input: Input<Self>,
        out: &mut OutOf<'_, M, T, Self::Output>,
        message: impl Fn(Self::Message) -> M,
        timer: impl Fn(Self::Timer) -> T,
    ) {
        out.inner(message, timer, |out| self.handle(input, out));
    }
}

/// What a protocol handles.
#[derive(Debug)]
pub enum Input<P: Protocol> {
    /// The run begins for this node. Comes once, before anything else.
    Start,
    /// The node of this machine has something for it: an item to publish, a member it has located.
    Local(P::Input),
    /// A message has arrived. The network may delay, duplicate and reorder messages.
    Message {
        /// The node that sent it.
        from: NodeId,
        /// Its content.
        message: P::Message,
    },
    /// A timer has fired.
    Timer(P::Timer),
    /// The node is up again after a crash. Its timers are lost. Its state is unchanged, or fresh
    /// except for what [`Protocol::recover`] took if the crash took its memory.
    Restart,
}

impl<P: Protocol> Input<P> {
    /// The input for a machine inside this one; None if the message or the timer is not for it.
    #[inline(always)]
    pub fn map<Q: Protocol<Input = P::Input>>(
        self,
        message: impl FnOnce(P::Message) -> Option<Q::Message>,
        timer: impl FnOnce(P::Timer) -> Option<Q::Timer>,
    ) -> Option<Input<Q>> {
        Some(match self {
            Self::Start => Input::Start,
            Self::Local(input) => Input::Local(input),
            Self::Message { from, message: m } => Input::Message { from, message: message(m)? },
            Self::Timer(t) => Input::Timer(timer(t)?),
            Self::Restart => Input::Restart,
        })
    }
}

/// Where protocol `P` pushes its effects.
pub type Out<'a, P> =
    OutOf<'a, <P as Protocol>::Message, <P as Protocol>::Timer, <P as Protocol>::Output>;
