//! Protocols as state machines without IO, and the interface between them and the engines.
//!
//! A machine takes one [`Input`] at a time and pushes its effects into an [`OutOf`]. It has no clock,
//! no socket and no random numbers of its own: it reads the clock of its node and draws from a
//! random stream through the same value. Handling an input cannot fail, since whatever arrives from
//! the network is data.

mod agreed_times;
mod boxed;
pub mod clock_sync;
mod config_error;
pub mod coordination;
pub mod desk;
pub mod exchange;
mod info;
mod items;
mod machine;
mod message;
mod named;
pub mod node;
mod node_view;
mod only_key;
mod out;
pub mod overlay;
pub mod params;
pub mod raft;
mod registry;
mod routing;
mod safety;
mod send_bound;
mod stable_bounds;
mod with_builtin;

pub use agreed_times::{AgreedTicks, AgreedTimes};
pub use config_error::ConfigError;
pub use info::{Cost, NoParams, ParamInfo, ProtocolInfo, Range, Release};
pub(crate) use info::{bound_letters, describe_params, time_letters};
pub use items::{ItemInfo, ItemSets, Items};
pub use machine::{Input, Out, Protocol};
pub use message::{NodePart, WireMessage};
pub use named::{NamedProtocol, ProtocolSet};
pub use node_view::NodeView;
pub(crate) use only_key::only_key;
pub use out::{Effect, Effects, OutOf};
pub use params::Params;
pub use routing::Routing;
pub use safety::{Decisions, RunBounds, Safety, Strikes, WaitRule};
pub use send_bound::{SendBound, SendCauses};
pub use stable_bounds::StableBounds;
pub use with_builtin::{CustomParams, Either, Role, WithBuiltin};
