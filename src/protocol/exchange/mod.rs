//! How zones share what they know: one protocol, one file.
//!
//! A protocol implements [`Exchange`]. The built-in ones are the closed enum [`Builtin`], so that
//! engines are compiled once and not once for each of them; a protocol of one's own is an
//! `Exchange` like any other, and [`CustomProtocol`], to be named in a scenario file beside these.

mod builtin;
pub mod flood;
pub mod gossip;
pub mod hub;
pub mod mesh;
pub mod overlay;
pub mod plumtree;
mod retransmitter;
mod send_bound;
pub mod shuffled_instant;
mod with_builtin;

use std::fmt::Debug;

pub use builtin::{Builtin, BuiltinMessage, BuiltinTimer, Params};
use schemars::{Schema, SchemaGenerator, json_schema};
pub use send_bound::{SendBound, SendCauses};
use serde::de::DeserializeOwned;
pub use with_builtin::{CustomProtocol, Either, WithBuiltin};

use crate::id::{Item, ItemSet, NodeId};
use crate::protocol::{
    ConfigError, Input, NodeView, Out, OutOf, Protocol, ProtocolInfo, StableBounds,
};
use crate::time::{NanoDuration, SimDuration};

/// A protocol by which zones share items: every [`Protocol`] that publishes and delivers.
pub trait Exchange: Protocol<Input = Publish, Output = Deliver> {}

impl<P: Protocol<Input = Publish, Output = Deliver>> Exchange for P {}

/// The zone of the machine has found out an item. It knows it already; the others should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Publish(pub Item);

/// This node delivers an item: it has learnt it, for the first time, from another node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deliver {
    /// What it has learnt.
    pub item: Item,
    /// The node it has it from; None: the sender of the message that is being handled, if any.
    pub from: Option<NodeId>,
}

impl<M, T> OutOf<'_, M, T, Deliver> {
    /// Delivers an item that came from another node, for the first time. The node that publishes an
    /// item does not deliver it.
    pub fn deliver(&mut self, item: Item) {
        self.emit(Deliver { item, from: None });
    }

    /// Adds `items` to `known` and delivers those that are new; returns these.
    #[inline]
    pub fn deliver_new(&mut self, known: &mut ItemSet, items: &ItemSet) -> ItemSet {
        let new = known.union_with(items);
        for item in new.iter() {
            self.deliver(item);
        }
        new
    }
}

/// By which links an exchange delivers: what must still be open between two zones, both ways, for an
/// item of one to reach the other where a fault never ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Routing {
    /// Nothing is said. Then all of them must be: each zone's to each other of the group, to the hub
    /// where there is one, and enough of the overlay.
    #[default]
    Unknown,
    /// That from the zone that publishes to the other.
    Direct,
    /// Those of both to the hub.
    Hub,
    /// Some way along the overlay; who has an item passes it on.
    Overlay,
    /// Those of all zones of the group to each other, among which and all others partners are drawn;
    /// who has an item passes it on.
    Uniform,
}

/// A set of exchanges that a scenario file can name.
pub trait ProtocolSet: Exchange {
    /// The `[exchange]` table of a scenario file.
    type Settings: Clone + Debug + Default + DeserializeOwned + Send + Sync + 'static;

    /// What there is, for people.
    fn entries() -> &'static [ProtocolInfo];

    /// What is said of a protocol that a program brings along, if there is one: its settings stand in
    /// the table `[exchange.NAME]`, NAME being that of its entry.
    fn own_entry() -> Option<ProtocolInfo> {
        None
    }

    /// The one that the settings choose.
    fn chosen(settings: &Self::Settings) -> &'static str;

    /// Whether the chosen one can work at a site with these settings.
    ///
    /// # Errors
    /// The setting that it cannot work with, and what it expects.
    fn check(settings: &Self::Settings, site: &NodeView) -> Result<(), ConfigError>;

    /// What the chosen one promises: how long it takes, in a world where nothing goes wrong any more,
    /// until every zone has every item, but for one run in 10^9. Nothing, where it does not say.
    fn delivery_bound(_settings: &Self::Settings, _calm: &StableBounds) -> Option<SimDuration> {
        None
    }

    /// The most that the chosen one sends over a link, `resolution` being a tick. Nothing, where it
    /// does not say: then it may be late for want of bandwidth whatever it sends.
    fn sends_at_most(_settings: &Self::Settings, _resolution: NanoDuration) -> Option<SendBound> {
        None
    }

    /// By which links the chosen one delivers.
    fn routing(_settings: &Self::Settings) -> Routing {
        Routing::Unknown
    }

    /// The overlay that the chosen one runs over and its path in a scenario, for the plan to make
    /// whole: zones are named there, and files stand beside it. None, unless one says otherwise.
    fn overlay(_settings: &mut Self::Settings) -> Option<(&'static str, &mut overlay::Topology)> {
        None
    }

    /// What editors are told of the settings: any table, where nothing more is said.
    fn schema(_generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "object" })
    }

    /// The machine of one node; the settings have been checked.
    fn build(settings: &Self::Settings, site: &NodeView, resolution: NanoDuration) -> Self;
}
