//! A protocol of one's own beside those that come with zonesim: a program that runs [`Beside`] reads
//! the same scenario files, `use = "..."` of all of them, and one name more.
//!
//! ```no_run
//! use zonesim::cli::{self, Exit};
//! use zonesim::protocol::coordination;
//! use zonesim::protocol::exchange;
//! # use zonesim::protocol::exchange::mesh;
//! # use zonesim::id::ItemSet;
//! # use zonesim::protocol::*;
//! # use zonesim::time::NanoDuration;
//! # struct Ring;
//! # impl Protocol for Ring {
//! #     type Message = Pass;
//! #     type Timer = ();
//! #     type Input = exchange::Publish;
//! #     type Output = exchange::Deliver;
//! #     fn handle(&mut self, _: Input<Self>, _: &mut Out<'_, Self>) {}
//! # }
//! # #[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
//! # struct Pass;
//! # impl WireMessage for Pass {}
//! # #[derive(Clone, Debug, Default, serde::Deserialize)]
//! # struct Settings;
//! # impl exchange::CustomProtocol for Ring {
//! #     type Settings = Settings;
//! #     const ENTRY: ProtocolInfo = mesh::INFO;
//! #     fn new(_: &Settings, _: &NodeView, _: NanoDuration) -> Self { Self }
//! # }
//!
//! fn main() -> Exit {
//!     cli::run_with::<exchange::WithBuiltin<Ring>, coordination::Builtin>()
//! }
//! ```

mod schema;
mod table;

use std::fmt::Debug;

use schemars::{Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
pub use table::Settings;

use super::overlay::Topology;
use super::{
    Builtin, Deliver, Exchange, Input, Out, Protocol, ProtocolSet, Publish, Routing, SendBound,
    builtin,
};
use crate::protocol::{ConfigError, NodeView, ProtocolInfo, StableBounds, WireMessage};
use crate::time::{NanoDuration, SimDuration};

/// A protocol that a program brings along.
pub trait CustomProtocol: Exchange {
    /// Its table in a scenario file: `[exchange.NAME]`, NAME being that of its entry. The default
    /// is what holds where a file says nothing.
    type Settings: Clone + Debug + Default + DeserializeOwned + Send + Sync + 'static;

    /// What `list exchange` says of it. Its name is the word in a file; none of the built-in ones. From
    /// the ranges of its settings `hunt` and `verify --random` draw them
    /// ([`Range`](crate::protocol::Range)).
    const ENTRY: ProtocolInfo;

    /// Whether it can work at a site with these settings. All can, unless it says otherwise.
    ///
    /// # Errors
    /// The setting that it cannot work with, by its path such as `exchange.NAME.key`, and a message
    /// of the form "what is wrong; expected what would be right".
    fn check(_settings: &Self::Settings, _site: &NodeView) -> Result<(), ConfigError> {
        Ok(())
    }

    /// What it promises: how long it takes, in a world where nothing goes wrong any more, until every
    /// zone has every item, but for one run in 10^9. Nothing, where it does not say.
    fn delivery_bound(_settings: &Self::Settings, _calm: &StableBounds) -> Option<SimDuration> {
        None
    }

    /// The most that it sends over a link, `resolution` being a tick. Nothing, where it does not say:
    /// then it may be late for want of bandwidth whatever it sends.
    fn sends_at_most(_settings: &Self::Settings, _resolution: NanoDuration) -> Option<SendBound> {
        None
    }

    /// By which links it delivers; it matters where a fault never ends.
    fn routing(_settings: &Self::Settings) -> Routing {
        Routing::Unknown
    }

    /// The machine of one node; the settings have been checked. `resolution` is a tick:
    /// [`NanoDuration::ticks`] makes a span of a length.
    fn new(settings: &Self::Settings, site: &NodeView, resolution: NanoDuration) -> Self;
}

/// A protocol of one's own, or any of the built-in ones.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant, reason = "one for each node, and a step less to each of them")]
pub enum WithBuiltin<P> {
    /// The own.
    Custom(P),
    /// A built-in one.
    Builtin(Builtin),
}

/// A message or a timer of either. On the wire it is a byte longer than what is in it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Either<O, B> {
    /// Of the own protocol.
    Own(O),
    /// Of a built-in one.
    Builtin(B),
}

impl<O: WireMessage, B: WireMessage> WireMessage for Either<O, B> {
    fn size(&self) -> usize {
        1 + match self {
            Self::Own(message) => message.size(),
            Self::Builtin(message) => message.size(),
        }
    }

    fn payloads(&self) -> u32 {
        match self {
            Self::Own(message) => message.payloads(),
            Self::Builtin(message) => message.payloads(),
        }
    }

    fn describe(&self, tick: NanoDuration) -> String {
        match self {
            Self::Own(message) => message.describe(tick),
            Self::Builtin(message) => message.describe(tick),
        }
    }
}

impl<O, B> Either<O, B> {
    fn own(self) -> Option<O> {
        if let Self::Own(own) = self { Some(own) } else { None }
    }

    fn builtin(self) -> Option<B> {
        if let Self::Builtin(builtin) = self { Some(builtin) } else { None }
    }
}

impl<P: Exchange> Protocol for WithBuiltin<P> {
    type Message = Either<P::Message, builtin::BuiltinMessage>;
    type Timer = Either<P::Timer, builtin::BuiltinTimer>;
    type Input = Publish;
    type Output = Deliver;

    fn handle(&mut self, input: Input<Self>, out: &mut Out<'_, Self>) {
        // A message or timer of another protocol cannot come: a run has one.
        match self {
            Self::Custom(own) => {
                let Some(input) = input.map(Either::own, Either::own) else { return };
                out.inner(Either::Own, Either::Own, |out| own.handle(input, out));
            }
            Self::Builtin(other) => {
                let Some(input) = input.map(Either::builtin, Either::builtin) else { return };
                out.inner(Either::Builtin, Either::Builtin, |out| other.handle(input, out));
            }
        }
    }

    fn recover(&mut self, lost: Self) {
        match (self, lost) {
            (Self::Custom(own), Self::Custom(lost)) => own.recover(lost),
            (Self::Builtin(other), Self::Builtin(lost)) => other.recover(lost),
            // A run has one.
            _ => {}
        }
    }
}

impl<P: CustomProtocol + 'static> ProtocolSet for WithBuiltin<P> {
    type Settings = Settings<P>;

    fn entries() -> &'static [ProtocolInfo] {
        let all: Vec<_> = [&[P::ENTRY], Builtin::entries()].concat();
        // Asked for once in a program, to be printed.
        all.leak()
    }

    fn own_entry() -> Option<ProtocolInfo> {
        Some(P::ENTRY)
    }

    fn chosen(settings: &Settings<P>) -> &'static str {
        if settings.is_own { P::ENTRY.name } else { Builtin::chosen(&settings.builtin) }
    }

    fn check(settings: &Settings<P>, site: &NodeView) -> Result<(), ConfigError> {
        if settings.is_own {
            P::check(&settings.own, site)
        } else {
            Builtin::check(&settings.builtin, site)
        }
    }

    fn delivery_bound(settings: &Settings<P>, calm: &StableBounds) -> Option<SimDuration> {
        if settings.is_own {
            P::delivery_bound(&settings.own, calm)
        } else {
            Builtin::delivery_bound(&settings.builtin, calm)
        }
    }

    fn sends_at_most(settings: &Settings<P>, resolution: NanoDuration) -> Option<SendBound> {
        if settings.is_own {
            P::sends_at_most(&settings.own, resolution)
        } else {
            Builtin::sends_at_most(&settings.builtin, resolution)
        }
    }

    fn routing(settings: &Settings<P>) -> Routing {
        if settings.is_own {
            P::routing(&settings.own)
        } else {
            Builtin::routing(&settings.builtin)
        }
    }

    fn overlay(settings: &mut Settings<P>) -> Option<(&'static str, &mut Topology)> {
        if settings.is_own { None } else { Builtin::overlay(&mut settings.builtin) }
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        schema::schema(&P::ENTRY, generator)
    }

    fn build(settings: &Settings<P>, site: &NodeView, resolution: NanoDuration) -> Self {
        if settings.is_own {
            Self::Custom(P::new(&settings.own, site, resolution))
        } else {
            Self::Builtin(Builtin::build(&settings.builtin, site, resolution))
        }
    }
}
