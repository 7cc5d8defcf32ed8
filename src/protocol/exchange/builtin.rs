//! The exchanges that come with zonesim.
//!
//! Those with a large state or large messages are boxed, so that a node of gossip and a message of it
//! stay small.

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
    plumtree: Plumtree(ShuffledInstant<Box<plumtree::Plumtree>>),
    /// Periodic meetings.
    bulletin: Bulletin(ShuffledInstant<Box<bulletin::Bulletin>>) boxed,
    /// Exchange through the hub, or directly while it is gone.
    hub_with_fallback: HubWithFallback(ShuffledInstant<Box<hub_with_fallback::HubWithFallback>>) boxed,
    /// Along the fastest paths.
    relay: Relay(ShuffledInstant<Box<relay::Relay>>) boxed,
    /// By fingerprints of ranges.
    anti_entropy: AntiEntropy(ShuffledInstant<Box<anti_entropy::AntiEntropy>>) boxed,
    /// One order of all items.
    log: Log(ShuffledInstant<Box<log::Log>>) boxed,
}

impl Role for Publish {
    type Output = Deliver;
    type Builtin = Builtin;
}
