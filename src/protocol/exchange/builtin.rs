//! The exchanges that come with zonesim.

use super::shuffled_instant::ShuffledInstant;
use super::{
    Deliver, Publish, anti_entropy, bulletin, flood, gossip, hub, hub_with_fallback, log, mesh,
    plumtree, relay,
};
use crate::protocol::Role;
use crate::protocol::registry::protocols;

protocols! {
    input Publish, output Deliver, default Mesh,
    expecting "a table such as { use = \"gossip\" }";

    /// Direct exchange.
    mesh: Mesh(mesh::Mesh),
    /// Exchange through the hub.
    hub: Hub(ShuffledInstant<hub::Hub>) via Mesh,
    /// Gossip.
    gossip: Gossip(ShuffledInstant<gossip::Gossip>),
    /// Flooding.
    flood: Flood(ShuffledInstant<flood::Flood>) via Mesh,
    /// Epidemic broadcast trees.
    plumtree: Plumtree(ShuffledInstant<plumtree::Plumtree>),
    /// Periodic meetings.
    bulletin: Bulletin(ShuffledInstant<bulletin::Bulletin>),
    /// Exchange through the hub, or directly while it is gone.
    hub_with_fallback: HubWithFallback(ShuffledInstant<hub_with_fallback::HubWithFallback>),
    /// Along the fastest paths.
    relay: Relay(ShuffledInstant<relay::Relay>),
    /// By fingerprints of ranges.
    anti_entropy: AntiEntropy(ShuffledInstant<anti_entropy::AntiEntropy>),
    /// One order of all items.
    log: Log(ShuffledInstant<log::Log>),
}

impl Role for Publish {
    type Output = Deliver;
    type Builtin = Builtin;
}
