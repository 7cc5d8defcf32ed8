//! The exchanges that come with zonesim, as one closed enum.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use super::overlay::Topology;
use super::retransmitter;
use super::shuffled_instant::{self, ShuffledInstant};
use super::{
    Deliver, Input, Out, Protocol, ProtocolSet, Publish, Routing, SendBound, flood, gossip, hub,
    mesh, plumtree,
};
use crate::protocol::{
    ConfigError, NodeView, ProtocolInfo, StableBounds, WireMessage, describe_params,
};
use crate::time::{NanoDuration, SimDuration};

/// Any of the exchanges that come with zonesim.
#[derive(Clone, Debug)]
pub enum Builtin {
    /// Direct exchange.
    Mesh(mesh::Mesh),
    /// Exchange through the hub.
    Hub(ShuffledInstant<hub::Hub>),
    /// Gossip in which the order of messages makes no difference.
    Gossip(gossip::Gossip),
    /// Gossip in which it does.
    Mongering(ShuffledInstant<gossip::Gossip>),
    /// Flooding.
    Flood(ShuffledInstant<flood::Flood>),
    /// Epidemic broadcast trees.
    Plumtree(ShuffledInstant<plumtree::Plumtree>),
}

/// A message of any of them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum BuiltinMessage {
    /// Of mesh, hub and flood.
    Parcel(retransmitter::Message),
    /// Of gossip.
    Gossip(gossip::Message),
    /// Of plumtree.
    Talk(plumtree::Message),
}

/// A timer of any of them.
#[derive(Clone, Debug)]
pub enum BuiltinTimer {
    /// Of mesh.
    Retry(retransmitter::Timer),
    /// Of hub.
    Hub(shuffled_instant::Timer<retransmitter::Timer>),
    /// Of gossip in which the order of messages makes no difference.
    Cycle(gossip::Timer),
    /// Of gossip in which it does.
    Mongering(shuffled_instant::Timer<gossip::Timer>),
    /// Of flood.
    Alarm(shuffled_instant::Timer<flood::Timer>),
    /// Of plumtree.
    Plumtree(shuffled_instant::Timer<plumtree::Timer>),
}

impl WireMessage for BuiltinMessage {
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

    fn describe(&self, tick: NanoDuration) -> String {
        match self {
            Self::Parcel(message) => message.describe(tick),
            Self::Gossip(message) => message.describe(tick),
            Self::Talk(message) => message.describe(tick),
        }
    }
}

/// The `[exchange]` table: which one, and the settings of any.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table such as { use = \"gossip\" }")]
pub struct Params {
    /// The protocol of this scenario.
    #[serde(rename = "use")]
    pub chosen: Name,
    /// Settings of direct exchange.
    pub mesh: mesh::Params,
    /// Settings of exchange through the hub.
    pub hub: hub::Params,
    /// Settings of gossip.
    pub gossip: gossip::Params,
    /// Settings of flooding.
    pub flood: flood::Params,
    /// Settings of epidemic broadcast trees.
    pub plumtree: plumtree::Params,
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

impl Protocol for Builtin {
    type Message = BuiltinMessage;
    type Timer = BuiltinTimer;
    type Input = Publish;
    type Output = Deliver;

    #[inline(always)]
    fn handle(&mut self, input: Input<Self>, out: &mut Out<'_, Self>) {
        use {BuiltinMessage as M, BuiltinTimer as T};
        // A message or timer of another protocol cannot come: a run has one.
        match self {
            Self::Mesh(mesh) => {
                let Some(input) = input.map(M::parcel, T::retry) else { return };
                out.inner(M::Parcel, T::Retry, |out| mesh.handle(input, out));
            }
            Self::Hub(hub) => {
                let Some(input) = input.map(M::parcel, T::hub) else { return };
                out.inner(M::Parcel, T::Hub, |out| hub.handle(input, out));
            }
            Self::Gossip(gossip) => {
                let Some(input) = input.map(M::rumour, T::cycle) else { return };
                out.inner(M::Gossip, T::Cycle, |out| gossip.handle(input, out));
            }
            Self::Mongering(gossip) => {
                let Some(input) = input.map(M::rumour, T::mongering) else { return };
                out.inner(M::Gossip, T::Mongering, |out| gossip.handle(input, out));
            }
            Self::Flood(flood) => {
                let Some(input) = input.map(M::parcel, T::alarm) else { return };
                out.inner(M::Parcel, T::Alarm, |out| flood.handle(input, out));
            }
            Self::Plumtree(plumtree) => {
                let Some(input) = input.map(M::talk, T::plumtree) else { return };
                out.inner(M::Talk, T::Plumtree, |out| plumtree.handle(input, out));
            }
        }
    }

    fn recover(&mut self, lost: Self) {
        match (self, lost) {
            (Self::Mesh(mesh), Self::Mesh(lost)) => mesh.recover(lost),
            (Self::Hub(hub), Self::Hub(lost)) => hub.recover(lost),
            (Self::Gossip(gossip), Self::Gossip(lost)) => gossip.recover(lost),
            (Self::Mongering(gossip), Self::Mongering(lost)) => gossip.recover(lost),
            (Self::Flood(flood), Self::Flood(lost)) => flood.recover(lost),
            (Self::Plumtree(plumtree), Self::Plumtree(lost)) => plumtree.recover(lost),
            // A run has one.
            _ => {}
        }
    }
}

impl BuiltinMessage {
    #[inline]
    fn parcel(self) -> Option<retransmitter::Message> {
        if let Self::Parcel(parcel) = self { Some(parcel) } else { None }
    }
    #[inline]
    fn rumour(self) -> Option<gossip::Message> {
        if let Self::Gossip(rumour) = self { Some(rumour) } else { None }
    }
    #[inline]
    fn talk(self) -> Option<plumtree::Message> {
        if let Self::Talk(talk) = self { Some(talk) } else { None }
    }
}

impl BuiltinTimer {
    #[inline]
    fn retry(self) -> Option<retransmitter::Timer> {
        if let Self::Retry(retry) = self { Some(retry) } else { None }
    }
    #[inline]
    fn cycle(self) -> Option<gossip::Timer> {
        if let Self::Cycle(cycle) = self { Some(cycle) } else { None }
    }
    #[inline]
    fn hub(self) -> Option<shuffled_instant::Timer<retransmitter::Timer>> {
        if let Self::Hub(timer) = self { Some(timer) } else { None }
    }
    #[inline]
    fn mongering(self) -> Option<shuffled_instant::Timer<gossip::Timer>> {
        if let Self::Mongering(timer) = self { Some(timer) } else { None }
    }
    #[inline]
    fn alarm(self) -> Option<shuffled_instant::Timer<flood::Timer>> {
        if let Self::Alarm(alarm) = self { Some(alarm) } else { None }
    }
    #[inline]
    fn plumtree(self) -> Option<shuffled_instant::Timer<plumtree::Timer>> {
        if let Self::Plumtree(alarm) = self { Some(alarm) } else { None }
    }
}

impl ProtocolSet for Builtin {
    type Settings = Params;

    fn entries() -> &'static [ProtocolInfo] {
        &[mesh::INFO, hub::INFO, gossip::INFO, flood::INFO, plumtree::INFO]
    }

    fn chosen(settings: &Params) -> &'static str {
        match settings.chosen {
            Name::Mesh => mesh::INFO.name,
            Name::Hub => hub::INFO.name,
            Name::Gossip => gossip::INFO.name,
            Name::Flood => flood::INFO.name,
            Name::Plumtree => plumtree::INFO.name,
        }
    }

    fn check(settings: &Params, site: &NodeView) -> Result<(), ConfigError> {
        match settings.chosen {
            Name::Mesh => settings.mesh.check("exchange.mesh"),
            Name::Hub => settings.hub.check_hub(site),
            Name::Gossip => settings.gossip.check(site),
            Name::Flood => settings.flood.check(site),
            Name::Plumtree => settings.plumtree.check(site),
        }
    }

    fn overlay(settings: &mut Params) -> Option<(&'static str, &mut Topology)> {
        match settings.chosen {
            Name::Flood => Some(("exchange.flood.topology", &mut settings.flood.topology)),
            Name::Plumtree => Some(("exchange.plumtree.topology", &mut settings.plumtree.topology)),
            Name::Mesh | Name::Hub | Name::Gossip => None,
        }
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = generator.subschema_for::<Params>();
        describe_params(&mut schema, Self::entries());
        schema
    }

    fn delivery_bound(settings: &Params, calm: &StableBounds) -> Option<SimDuration> {
        match settings.chosen {
            // What a zone had not sent when it forgot is gone.
            Name::Mesh if calm.amnesia => None,
            Name::Mesh => settings.mesh.delivery_bound(1, calm),
            Name::Hub => settings.hub.delivery_bound(2, calm),
            Name::Gossip => settings.gossip.delivery_bound(calm),
            Name::Flood => settings.flood.delivery_bound(calm),
            Name::Plumtree => settings.plumtree.delivery_bound(calm),
        }
    }

    fn sends_at_most(settings: &Params, resolution: NanoDuration) -> Option<SendBound> {
        match settings.chosen {
            Name::Mesh => Some(settings.mesh.sends_at_most(resolution)),
            Name::Hub => Some(settings.hub.sends_at_most(resolution)),
            Name::Gossip => settings.gossip.sends_at_most(resolution),
            Name::Flood => Some(settings.flood.sends_at_most(resolution)),
            Name::Plumtree => Some(settings.plumtree.sends_at_most(resolution)),
        }
    }

    fn routing(settings: &Params) -> Routing {
        match settings.chosen {
            Name::Mesh => Routing::Direct,
            Name::Hub => Routing::Hub,
            Name::Gossip => Routing::Uniform,
            Name::Flood | Name::Plumtree => Routing::Overlay,
        }
    }

    fn build(settings: &Params, site: &NodeView, resolution: NanoDuration) -> Self {
        match settings.chosen {
            Name::Mesh => Self::Mesh(mesh::Mesh::new(&settings.mesh, resolution)),
            // A zone hears from the hub alone.
            Name::Hub => {
                let hub = hub::Hub::new(&settings.hub, resolution);
                Self::Hub(ShuffledInstant::new(hub, site.is_hub()))
            }
            Name::Gossip => {
                let gossip = gossip::Gossip::new(&settings.gossip, site, resolution);
                match settings.gossip.depends_on_order() {
                    true => Self::Mongering(ShuffledInstant::new(gossip, true)),
                    false => Self::Gossip(gossip),
                }
            }
            Name::Flood => {
                let flood = flood::Flood::new(&settings.flood, site, resolution);
                Self::Flood(ShuffledInstant::new(flood, true))
            }
            Name::Plumtree => {
                let tree = plumtree::Plumtree::new(&settings.plumtree, site, resolution);
                Self::Plumtree(ShuffledInstant::new(tree, true))
            }
        }
    }
}
