//! A protocol of one's own beside those that come with zonesim: a program that runs [`Beside`] reads
//! the same scenario files, `use = "..."` of all of them, and one name more.
//!
//! ```no_run
//! use zonesim::cli::{self, Exit};
//! use zonesim::{coordination, exchange};
//! # use zonesim::exchange::mesh;
//! # use zonesim::{id::ItemSet, seam::*, time::Length};
//! # struct Ring;
//! # impl exchange::Exchange for Ring {
//! #     type Message = Pass;
//! #     type Timer = ();
//! #     fn handle(&mut self, _: exchange::Input<Self>, _: &mut exchange::Out<'_, Self>) {}
//! # }
//! # #[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
//! # struct Pass;
//! # impl Message for Pass {}
//! # #[derive(Clone, Debug, Default, serde::Deserialize)]
//! # struct Settings;
//! # impl exchange::Own for Ring {
//! #     type Settings = Settings;
//! #     const ENTRY: Entry = mesh::ENTRY;
//! #     fn new(_: &Settings, _: &Site, _: Length) -> Self { Self }
//! # }
//!
//! fn main() -> Exit {
//!     cli::run_with::<exchange::Beside<Ring>, coordination::Builtin>()
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
use super::{Builtin, Catalogue, Exchange, Input, Out, Routing, SendBound, builtin};
use crate::seam::{Calm, Entry, Message, Refusal, Site};
use crate::time::{Length, Span};

/// A protocol that a program brings along.
pub trait Own: Exchange {
    /// Its table in a scenario file: `[exchange.NAME]`, NAME being that of its entry. The default
    /// is what holds where a file says nothing.
    type Settings: Clone + Debug + Default + DeserializeOwned + Send + Sync + 'static;

    /// What `list exchange` says of it. Its name is the word in a file; none of the built-in ones. From
    /// the ranges of its settings `hunt` and `verify --random` draw them
    /// ([`Range`](crate::seam::Range)).
    const ENTRY: Entry;

    /// Whether it can work at a site with these settings. All can, unless it says otherwise.
    ///
    /// # Errors
    /// The setting that it cannot work with, by its path such as `exchange.NAME.key`, and a message
    /// of the form "what is wrong; expected what would be right".
    fn check(_settings: &Self::Settings, _site: &Site) -> Result<(), Refusal> {
        Ok(())
    }

    /// What it promises: how long it takes, in a world where nothing goes wrong any more, until every
    /// zone has every item, but for one run in 10^9. Nothing, where it does not say.
    fn delivers_within(_settings: &Self::Settings, _calm: &Calm) -> Option<Span> {
        None
    }

    /// The most that it sends over a link, `resolution` being a tick. Nothing, where it does not say:
    /// then it may be late for want of bandwidth whatever it sends.
    fn sends_at_most(_settings: &Self::Settings, _resolution: Length) -> Option<SendBound> {
        None
    }

    /// By which links it delivers; it matters where a fault never ends.
    fn routing(_settings: &Self::Settings) -> Routing {
        Routing::Unknown
    }

    /// The machine of one node; the settings have been checked. `resolution` is a tick:
    /// [`Length::ticks`] makes a span of a length.
    fn new(settings: &Self::Settings, site: &Site, resolution: Length) -> Self;
}

/// A protocol of one's own, or any of the built-in ones.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant, reason = "one for each node, and a step less to each of them")]
pub enum Beside<P> {
    /// The own.
    Own(P),
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

impl<O: Message, B: Message> Message for Either<O, B> {
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

    fn words(&self, tick: Length) -> String {
        match self {
            Self::Own(message) => message.words(tick),
            Self::Builtin(message) => message.words(tick),
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

impl<P: Exchange> Exchange for Beside<P> {
    type Message = Either<P::Message, builtin::BuiltinMessage>;
    type Timer = Either<P::Timer, builtin::BuiltinTimer>;

    fn handle(&mut self, input: Input<Self>, out: &mut Out<'_, Self>) {
        // A message or timer of another protocol cannot come: a run has one.
        match self {
            Self::Own(own) => {
                let Some(input) = input.of(Either::own, Either::own) else { return };
                out.inner(Either::Own, Either::Own, |out| own.handle(input, out));
            }
            Self::Builtin(other) => {
                let Some(input) = input.of(Either::builtin, Either::builtin) else { return };
                out.inner(Either::Builtin, Either::Builtin, |out| other.handle(input, out));
            }
        }
    }

    fn salvage(&mut self, lost: Self) {
        match (self, lost) {
            (Self::Own(own), Self::Own(lost)) => own.salvage(lost),
            (Self::Builtin(other), Self::Builtin(lost)) => other.salvage(lost),
            // A run has one.
            _ => {}
        }
    }
}

impl<P: Own + 'static> Catalogue for Beside<P> {
    type Settings = Settings<P>;

    fn entries() -> &'static [Entry] {
        let all: Vec<_> = [&[P::ENTRY], Builtin::entries()].concat();
        // Asked for once in a program, to be printed.
        all.leak()
    }

    fn own_entry() -> Option<Entry> {
        Some(P::ENTRY)
    }

    fn chosen(settings: &Settings<P>) -> &'static str {
        if settings.is_own { P::ENTRY.name } else { Builtin::chosen(&settings.builtin) }
    }

    fn check(settings: &Settings<P>, site: &Site) -> Result<(), Refusal> {
        if settings.is_own {
            P::check(&settings.own, site)
        } else {
            Builtin::check(&settings.builtin, site)
        }
    }

    fn delivers_within(settings: &Settings<P>, calm: &Calm) -> Option<Span> {
        if settings.is_own {
            P::delivers_within(&settings.own, calm)
        } else {
            Builtin::delivers_within(&settings.builtin, calm)
        }
    }

    fn sends_at_most(settings: &Settings<P>, resolution: Length) -> Option<SendBound> {
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

    fn build(settings: &Settings<P>, site: &Site, resolution: Length) -> Self {
        if settings.is_own {
            Self::Own(P::new(&settings.own, site, resolution))
        } else {
            Self::Builtin(Builtin::build(&settings.builtin, site, resolution))
        }
    }
}
