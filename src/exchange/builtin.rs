//! The exchanges that come with zonesim, as one closed enum.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use super::outbox::{Parcel, Retry};
use super::overlay::Topology;
use super::shuffled::{Shuffled, Timer};
use super::{
    Catalogue, Exchange, Input, Out, Routing, SendBound, flood, gossip, hub, mesh, plumtree,
};
use crate::seam::{Calm, Entry, Message, Refusal, Site, describe};
use crate::time::{Length, Span};

/// Any of the exchanges that come with zonesim.
#[derive(Clone, Debug)]
pub enum Builtin {
    /// Direct exchange.
    Mesh(mesh::Mesh),
    /// Exchange through the hub.
    Hub(Shuffled<hub::Hub>),
    /// Gossip in which the order of messages makes no difference.
    Gossip(gossip::Gossip),
    /// Gossip in which it does.
    Mongering(Shuffled<gossip::Gossip>),
    /// Flooding.
    Flood(Shuffled<flood::Flood>),
    /// Epidemic broadcast trees.
    Plumtree(Shuffled<plumtree::Plumtree>),
}

/// A message of any of them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum BuiltinMessage {
    /// Of mesh, hub and flood.
    Parcel(Parcel),
    /// Of gossip.
    Gossip(gossip::Rumour),
    /// Of plumtree.
    Talk(plumtree::Talk),
}

/// A timer of any of them.
#[derive(Clone, Debug)]
pub enum BuiltinTimer {
    /// Of mesh.
    Retry(Retry),
    /// Of hub.
    Hub(Timer<Retry>),
    /// Of gossip in which the order of messages makes no difference.
    Cycle(gossip::Cycle),
    /// Of gossip in which it does.
    Mongering(Timer<gossip::Cycle>),
    /// Of flood.
    Alarm(Timer<flood::Alarm>),
    /// Of plumtree.
    Plumtree(Timer<plumtree::Alarm>),
}

impl Message for BuiltinMessage {
    #[inline]
    fn size(&self) -> usize {
        1 + match self {
            Self::Parcel(message) => message.size(),
            Self::Gossip(message) => message.size(),
            Self::Talk(message) => message.size(),
        }
    }

    #[inline]
    fn payloads(&self) -> u32 {
        match self {
            Self::Parcel(message) => message.payloads(),
            Self::Gossip(message) => message.payloads(),
            Self::Talk(message) => message.payloads(),
        }
    }

    fn words(&self, tick: Length) -> String {
        match self {
            Self::Parcel(message) => message.words(tick),
            Self::Gossip(message) => message.words(tick),
            Self::Talk(message) => message.words(tick),
        }
    }
}

/// The `[exchange]` table: which one, and the settings of any.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table such as { use = \"gossip\" }")]
pub struct Settings {
    /// The protocol of this scenario.
    #[serde(rename = "use")]
    pub chosen: Name,
    /// Settings of direct exchange.
    pub mesh: mesh::Settings,
    /// Settings of exchange through the hub.
    pub hub: hub::Settings,
    /// Settings of gossip.
    pub gossip: gossip::Settings,
    /// Settings of flooding.
    pub flood: flood::Settings,
    /// Settings of epidemic broadcast trees.
    pub plumtree: plumtree::Settings,
}

/// The names of the exchanges that come with zonesim.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Name {
    /// Direct exchange.
    #[default]
    Mesh,
    /// Exchange through the hub.
    Hub,
    /// Gossip.
    Gossip,
    /// Flooding.
    Flood,
    /// Epidemic broadcast trees.
    Plumtree,
}

impl Exchange for Builtin {
    type Message = BuiltinMessage;
    type Timer = BuiltinTimer;

    #[inline(always)]
    fn handle(&mut self, input: Input<Self>, out: &mut Out<'_, Self>) {
        use {BuiltinMessage as M, BuiltinTimer as T};
        // A message or timer of another protocol cannot come: a run has one.
        match self {
            Self::Mesh(mesh) => {
                let Some(input) = input.of(M::parcel, T::retry) else { return };
                out.inner(M::Parcel, T::Retry, |out| mesh.handle(input, out));
            }
            Self::Hub(hub) => {
                let Some(input) = input.of(M::parcel, T::hub) else { return };
                out.inner(M::Parcel, T::Hub, |out| hub.handle(input, out));
            }
            Self::Gossip(gossip) => {
                let Some(input) = input.of(M::rumour, T::cycle) else { return };
                out.inner(M::Gossip, T::Cycle, |out| gossip.handle(input, out));
            }
            Self::Mongering(gossip) => {
                let Some(input) = input.of(M::rumour, T::mongering) else { return };
                out.inner(M::Gossip, T::Mongering, |out| gossip.handle(input, out));
            }
            Self::Flood(flood) => {
                let Some(input) = input.of(M::parcel, T::alarm) else { return };
                out.inner(M::Parcel, T::Alarm, |out| flood.handle(input, out));
            }
            Self::Plumtree(plumtree) => {
                let Some(input) = input.of(M::talk, T::plumtree) else { return };
                out.inner(M::Talk, T::Plumtree, |out| plumtree.handle(input, out));
            }
        }
    }

    fn salvage(&mut self, lost: Self) {
        match (self, lost) {
            (Self::Mesh(mesh), Self::Mesh(lost)) => mesh.salvage(lost),
            (Self::Hub(hub), Self::Hub(lost)) => hub.salvage(lost),
            (Self::Gossip(gossip), Self::Gossip(lost)) => gossip.salvage(lost),
            (Self::Mongering(gossip), Self::Mongering(lost)) => gossip.salvage(lost),
            (Self::Flood(flood), Self::Flood(lost)) => flood.salvage(lost),
            (Self::Plumtree(plumtree), Self::Plumtree(lost)) => plumtree.salvage(lost),
            // A run has one.
            _ => {}
        }
    }
}

impl<W: Exchange> Input<W> {
    /// The input as one of the protocols inside takes it.
    #[inline]
    pub(super) fn of<X: Exchange>(
        self,
        message: impl Fn(W::Message) -> Option<X::Message>,
        timer: impl Fn(W::Timer) -> Option<X::Timer>,
    ) -> Option<Input<X>> {
        Some(match self {
            Self::Start => Input::Start,
            Self::Publish(item) => Input::Publish(item),
            Self::Message { from, message: m } => Input::Message { from, message: message(m)? },
            Self::Timer(t) => Input::Timer(timer(t)?),
            Self::Restart => Input::Restart,
        })
    }
}

impl BuiltinMessage {
    #[inline]
    fn parcel(self) -> Option<Parcel> {
        if let Self::Parcel(parcel) = self { Some(parcel) } else { None }
    }
    #[inline]
    fn rumour(self) -> Option<gossip::Rumour> {
        if let Self::Gossip(rumour) = self { Some(rumour) } else { None }
    }
    #[inline]
    fn talk(self) -> Option<plumtree::Talk> {
        if let Self::Talk(talk) = self { Some(talk) } else { None }
    }
}

impl BuiltinTimer {
    #[inline]
    fn retry(self) -> Option<Retry> {
        if let Self::Retry(retry) = self { Some(retry) } else { None }
    }
    #[inline]
    fn cycle(self) -> Option<gossip::Cycle> {
        if let Self::Cycle(cycle) = self { Some(cycle) } else { None }
    }
    #[inline]
    fn hub(self) -> Option<Timer<Retry>> {
        if let Self::Hub(timer) = self { Some(timer) } else { None }
    }
    #[inline]
    fn mongering(self) -> Option<Timer<gossip::Cycle>> {
        if let Self::Mongering(timer) = self { Some(timer) } else { None }
    }
    #[inline]
    fn alarm(self) -> Option<Timer<flood::Alarm>> {
        if let Self::Alarm(alarm) = self { Some(alarm) } else { None }
    }
    #[inline]
    fn plumtree(self) -> Option<Timer<plumtree::Alarm>> {
        if let Self::Plumtree(alarm) = self { Some(alarm) } else { None }
    }
}

impl Catalogue for Builtin {
    type Settings = Settings;

    fn entries() -> &'static [Entry] {
        &[mesh::ENTRY, hub::ENTRY, gossip::ENTRY, flood::ENTRY, plumtree::ENTRY]
    }

    fn chosen(settings: &Settings) -> &'static str {
        match settings.chosen {
            Name::Mesh => mesh::ENTRY.name,
            Name::Hub => hub::ENTRY.name,
            Name::Gossip => gossip::ENTRY.name,
            Name::Flood => flood::ENTRY.name,
            Name::Plumtree => plumtree::ENTRY.name,
        }
    }

    fn check(settings: &Settings, site: &Site) -> Result<(), Refusal> {
        match settings.chosen {
            Name::Mesh => settings.mesh.check("exchange.mesh"),
            Name::Hub => settings.hub.check_hub(site),
            Name::Gossip => settings.gossip.check(site),
            Name::Flood => settings.flood.check(site),
            Name::Plumtree => settings.plumtree.check(site),
        }
    }

    fn overlay(settings: &mut Settings) -> Option<(&'static str, &mut Topology)> {
        match settings.chosen {
            Name::Flood => Some(("exchange.flood.topology", &mut settings.flood.topology)),
            Name::Plumtree => Some(("exchange.plumtree.topology", &mut settings.plumtree.topology)),
            Name::Mesh | Name::Hub | Name::Gossip => None,
        }
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = generator.subschema_for::<Settings>();
        describe(&mut schema, Self::entries());
        schema
    }

    fn delivers_within(settings: &Settings, calm: &Calm) -> Option<Span> {
        match settings.chosen {
            // What a zone had not sent when it forgot is gone.
            Name::Mesh if calm.forgot => None,
            Name::Mesh => settings.mesh.delivers_within(1, calm),
            Name::Hub => settings.hub.delivers_within(2, calm),
            Name::Gossip => settings.gossip.delivers_within(calm),
            Name::Flood => settings.flood.delivers_within(calm),
            Name::Plumtree => settings.plumtree.delivers_within(calm),
        }
    }

    fn sends_at_most(settings: &Settings, resolution: Length) -> Option<SendBound> {
        match settings.chosen {
            Name::Mesh => Some(settings.mesh.sends_at_most(resolution)),
            Name::Hub => Some(settings.hub.sends_at_most(resolution)),
            Name::Gossip => settings.gossip.sends_at_most(resolution),
            Name::Flood => Some(settings.flood.sends_at_most(resolution)),
            Name::Plumtree => Some(settings.plumtree.sends_at_most(resolution)),
        }
    }

    fn routing(settings: &Settings) -> Routing {
        match settings.chosen {
            Name::Mesh => Routing::Direct,
            Name::Hub => Routing::Hub,
            Name::Gossip => Routing::Uniform,
            Name::Flood | Name::Plumtree => Routing::Overlay,
        }
    }

    fn build(settings: &Settings, site: &Site, resolution: Length) -> Self {
        match settings.chosen {
            Name::Mesh => Self::Mesh(mesh::Mesh::new(&settings.mesh, resolution)),
            // A zone hears from the hub alone.
            Name::Hub => {
                let hub = hub::Hub::new(&settings.hub, resolution);
                Self::Hub(Shuffled::new(hub, site.is_hub()))
            }
            Name::Gossip => {
                let gossip = gossip::Gossip::new(&settings.gossip, site, resolution);
                match settings.gossip.depends_on_order() {
                    true => Self::Mongering(Shuffled::new(gossip, true)),
                    false => Self::Gossip(gossip),
                }
            }
            Name::Flood => {
                let flood = flood::Flood::new(&settings.flood, site, resolution);
                Self::Flood(Shuffled::new(flood, true))
            }
            Name::Plumtree => {
                let tree = plumtree::Plumtree::new(&settings.plumtree, site, resolution);
                Self::Plumtree(Shuffled::new(tree, true))
            }
        }
    }
}
