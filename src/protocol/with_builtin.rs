//! A protocol of your own beside the built-in ones of its role, in the same scenario files: `use`
//! takes one more name. It serves exchanges and coordinations alike.
//!
//! ```no_run
//! use zonesim::cli::{self, Exit};
//! use zonesim::protocol::{WithBuiltin, coordination};
//! # use zonesim::protocol::*;
//! # use zonesim::time::NanoDuration;
//! # struct Ring;
//! # impl Protocol for Ring {
//! #     type Message = zonesim::id::ItemSet;
//! #     type Timer = ();
//! #     type Input = exchange::Publish;
//! #     type Output = exchange::Deliver;
//! #     fn handle(&mut self, _: Input<Self>, _: &mut Out<'_, Self>) {}
//! # }
//! # impl NamedProtocol for Ring {
//! #     type Params = NoParams;
//! #     const INFO: ProtocolInfo = exchange::mesh::INFO;
//! #     fn new(_: &NoParams, _: &NodeView, _: NanoDuration) -> Self { Self }
//! # }
//!
//! fn main() -> Exit {
//!     cli::run_with::<(WithBuiltin<Ring>, coordination::Builtin)>()
//! }
//! ```

mod role;
mod schema;
mod table;

pub use role::Role;
use role::{BuiltinOf, BuiltinParams};
use schemars::{Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
pub use table::CustomParams;

use super::overlay::Topology;
use super::{
    ConfigError, Input, Items, NamedProtocol, NodeView, Out, OutOf, Protocol, ProtocolInfo,
    ProtocolSet, Routing, RunBounds, Safety, SendBound, StableBounds, WireMessage,
};
use crate::time::{NanoDuration, SimDuration};

/// The protocol `P`, or any built-in one of its role.
#[allow(clippy::large_enum_variant, reason = "a box would cost every message a step")]
pub enum WithBuiltin<P>
where
    P: NamedProtocol,
    P::Input: Role<Output = P::Output>,
{
    /// A user-defined protocol.
    Custom(P),
    /// A built-in protocol.
    Builtin(BuiltinOf<P>),
}

/// A message or a timer of either. A message is one byte longer on the wire than its content.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Either<C, B> {
    /// Of the user-defined protocol.
    Own(C),
    /// Of a built-in protocol.
    Builtin(B),
}

impl<C: WireMessage, B: WireMessage> WireMessage for Either<C, B> {
    fn size(&self) -> usize {
        1 + match self {
            Self::Own(message) => message.size(),
            Self::Builtin(message) => message.size(),
        }
    }

    fn items(&self) -> Items<'_> {
        match self {
            Self::Own(message) => message.items(),
            Self::Builtin(message) => message.items(),
        }
    }

    fn for_each_name(&self, visit: &mut dyn FnMut(Items<'_>)) {
        match self {
            Self::Own(message) => message.for_each_name(visit),
            Self::Builtin(message) => message.for_each_name(visit),
        }
    }

    fn describe(&self, tick: NanoDuration) -> String {
        match self {
            Self::Own(message) => message.describe(tick),
            Self::Builtin(message) => message.describe(tick),
        }
    }
}

impl<C, B> Either<C, B> {
    fn own(self) -> Option<C> {
        if let Self::Own(own) = self { Some(own) } else { None }
    }

    fn builtin(self) -> Option<B> {
        if let Self::Builtin(builtin) = self { Some(builtin) } else { None }
    }
}

impl<P> Protocol for WithBuiltin<P>
where
    P: NamedProtocol,
    P::Input: Role<Output = P::Output>,
{
    type Message = Either<P::Message, <BuiltinOf<P> as Protocol>::Message>;
    type Timer = Either<P::Timer, <BuiltinOf<P> as Protocol>::Timer>;
    type Input = P::Input;
    type Output = P::Output;

    #[inline]
    fn handle(&mut self, input: Input<Self>, out: &mut Out<'_, Self>) {
        // A run has one protocol: no message or timer of the other can come.
        match self {
            Self::Custom(own) => {
                let Some(input) = input.map::<P>(Either::own, Either::own) else { return };
                own.handle_within(input, out, Either::Own, Either::Own);
            }
            Self::Builtin(builtin) => {
                let input = input.map::<BuiltinOf<P>>(Either::builtin, Either::builtin);
                let Some(input) = input else { return };
                out.inner(Either::Builtin, Either::Builtin, |out: &mut OutOf<'_, _, _, _>| {
                    builtin.handle(input, out);
                });
            }
        }
    }

    fn recover(&mut self, lost: Self) {
        match (self, lost) {
            (Self::Custom(own), Self::Custom(lost)) => own.recover(lost),
            (Self::Builtin(builtin), Self::Builtin(lost)) => builtin.recover(lost),
            _ => {}
        }
    }
}

/// Calls a function of the chosen protocol.
macro_rules! of_chosen {
    ($P:ident, $params:ident, $function:ident($($arg:ident)?)) => {
        match $params.is_own {
            true => $P::$function(&$params.own $(, $arg)?),
            false => BuiltinOf::<$P>::$function(&$params.builtin $(, $arg)?),
        }
    };
}

impl<P> ProtocolSet for WithBuiltin<P>
where
    P: NamedProtocol,
    P::Input: Role<Output = P::Output>,
{
    type Params = CustomParams<P, BuiltinParams<P>>;

    fn entries() -> &'static [ProtocolInfo] {
        let all: Vec<_> = [&[P::INFO], BuiltinOf::<P>::entries()].concat();
        // A program asks a few times, to print them.
        all.leak()
    }

    fn own_entry() -> Option<ProtocolInfo> {
        Some(P::INFO)
    }

    fn chosen(params: &Self::Params) -> &'static str {
        if params.is_own { P::INFO.name } else { BuiltinOf::<P>::chosen(&params.builtin) }
    }

    fn check(params: &Self::Params, view: &NodeView) -> Result<(), ConfigError> {
        of_chosen!(P, params, check(view))
    }

    fn delivery_bound(params: &Self::Params, bounds: &StableBounds) -> Option<SimDuration> {
        of_chosen!(P, params, delivery_bound(bounds))
    }

    fn send_bound(params: &Self::Params, resolution: NanoDuration) -> Option<SendBound> {
        of_chosen!(P, params, send_bound(resolution))
    }

    fn routing(params: &Self::Params) -> Routing {
        of_chosen!(P, params, routing())
    }

    fn has_total_order(params: &Self::Params) -> bool {
        of_chosen!(P, params, has_total_order())
    }

    fn overlay(params: &mut Self::Params) -> Option<(&'static str, &mut Topology)> {
        match params.is_own {
            true => P::overlay(&mut params.own),
            false => BuiltinOf::<P>::overlay(&mut params.builtin),
        }
    }

    fn safety(params: &Self::Params) -> Safety {
        of_chosen!(P, params, safety())
    }

    fn warnings(params: &Self::Params, bounds: &RunBounds) -> Vec<String> {
        of_chosen!(P, params, warnings(bounds))
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        schema::schema::<P, BuiltinOf<P>>(generator)
    }

    fn build(params: &Self::Params, view: &NodeView, resolution: NanoDuration) -> Self {
        if params.is_own {
            Self::Custom(P::new(&params.own, view, resolution))
        } else {
            Self::Builtin(BuiltinOf::<P>::build(&params.builtin, view, resolution))
        }
    }
}
