//! Protocols as state machines without IO, and the interface between them and the engines.
//!
//! A machine takes one [`Input`] at a time and pushes its effects into an [`OutOf`]. It has no clock,
//! no socket and no random numbers of its own: it reads the clock of its node and draws from a
//! random stream through the same value. Handling an input cannot fail, since whatever arrives from
//! the network is data.

mod boxed;
mod config_error;
pub mod coordination;
pub mod desk;
pub mod exchange;
mod info;
mod items;
mod named;
pub mod node;
mod only_key;
mod out;
pub mod overlay;
pub mod params;
mod registry;
mod routing;
mod safety;
mod send_bound;
mod stable_bounds;
mod with_builtin;

use std::fmt::Debug;

pub use config_error::ConfigError;
pub use info::{Cost, NoParams, ParamInfo, ProtocolInfo, Range};
pub(crate) use info::{bound_letters, describe_params, time_letters};
pub use items::{ItemInfo, ItemSets, Items};
pub use named::{NamedProtocol, ProtocolSet};
pub(crate) use only_key::only_key;
pub use out::{Effect, Effects, OutOf};
pub use params::Params;
pub use routing::Routing;
pub use safety::{Decisions, Safety, Strikes, TimeBounds};
pub use send_bound::{SendBound, SendCauses};
use serde::Serialize;
use serde::de::DeserializeOwned;
pub use stable_bounds::StableBounds;
pub use with_builtin::{CustomParams, Either, Role, WithBuiltin};

use crate::id::{ItemSet, NodeId};
use crate::time::NanoDuration;

/// A protocol: the state machine of one node.
///
/// What a protocol is for follows from its `Input` and `Output`: one that publishes and delivers
/// items is an [`exchange::Exchange`], one that agrees on a strike is a
/// [`coordination::Coordination`].
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

/// The part of a node that sends a message, sets a timer or panics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NodePart {
    /// Its exchange protocol.
    Exchange,
    /// Its desk.
    Desk,
    /// Its coordination protocol.
    Coordination,
}

/// A message between nodes.
///
/// Engines pass messages as values and encode them only where there is a socket. The bytes that are
/// counted are the same on every engine.
pub trait WireMessage: Clone + Debug + Serialize + DeserializeOwned + Send + 'static {
    /// Its length on the wire in bytes (postcard), without IP and UDP headers. An override computes
    /// the same number without encoding; test it against the encoding.
    fn size(&self) -> usize {
        postcard::experimental::serialized_size(self).expect("a message can be encoded")
    }

    /// The items it carries, with their bodies: each is one payload where it is received. A message
    /// that only names items, such as an acknowledgement, carries none.
    #[inline]
    fn items(&self) -> Items<'_> {
        Items::None
    }

    /// The part of a node that sends it. Only a union of the messages of several parts overrides it.
    fn part(&self) -> NodePart {
        NodePart::Exchange
    }

    /// Its content in words, for the list of all events of a run (`--events`); `tick` is the length
    /// of one tick, the unit of instants in a message. The default is its `Debug` form.
    fn describe(&self, _tick: NanoDuration) -> String {
        format!("{self:?}")
    }
}

/// A message that carries items and nothing else.
impl WireMessage for ItemSet {
    fn items(&self) -> Items<'_> {
        Items::Set(self)
    }

    fn describe(&self, _tick: NanoDuration) -> String {
        self.to_string()
    }
}

/// What a machine knows of its surroundings: its own number and which nodes there are.
/// [`OutOf::distance`] gives their latencies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeView {
    /// This node.
    pub me: NodeId,
    /// The number of zones; they are the nodes from 0.
    pub zones: u32,
    /// The coordinating body, if there is one.
    pub hub: Option<NodeId>,
}

impl NodeView {
    /// Whether this node is the hub.
    pub fn is_hub(&self) -> bool {
        self.hub == Some(self.me)
    }

    /// All zones except this node, in order of number.
    pub fn peers(&self) -> impl Iterator<Item = NodeId> + use<> {
        let me = self.me;
        (0..self.zones).map(NodeId).filter(move |&node| node != me)
    }
}
