//! Protocols that a scenario file can name, alone and in sets.

use std::fmt::Debug;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::DeserializeOwned;

use super::overlay::Topology;
use super::{
    ConfigError, NodeView, Protocol, ProtocolInfo, Routing, RunBounds, Safety, SendBound,
    StableBounds,
};
use crate::time::{NanoDuration, SimDuration};

/// A protocol that a scenario file can name, built-in or of your own.
///
/// `delivery_bound`, `routing`, `has_total_order` and `overlay` concern an exchange, `safety` a
/// coordination, and the others both.
pub trait NamedProtocol: Protocol {
    /// Its table in a scenario file: `[exchange.NAME]` or `[coordination.NAME]`, NAME being that of
    /// [`Self::INFO`]. Keys that a file omits have the value of `Default`.
    type Params: Clone + Debug + Default + DeserializeOwned + JsonSchema + Send + Sync + 'static;

    /// What `zonesim list` prints of it. `fuzz` and `verify --random` draw the settings of a user's
    /// exchange from the ranges it gives ([`Range`](super::Range)).
    const INFO: ProtocolInfo;

    /// The machine of one node. `params` have passed [`Self::check`]; `resolution` is the length of a
    /// tick, with which [`NanoDuration::ticks`] converts durations.
    fn new(params: &Self::Params, view: &NodeView, resolution: NanoDuration) -> Self;

    /// Whether it can run with these settings on these nodes.
    ///
    /// # Errors
    /// A setting that it cannot work with, by its path such as `exchange.NAME.key`, and a message of
    /// the form "what is wrong; expected what would be right".
    fn check(_params: &Self::Params, _view: &NodeView) -> Result<(), ConfigError> {
        Ok(())
    }

    /// Whether the order of the messages that reach a node in one instant matters to it. Engines
    /// deliver them in order of the senders' numbers;
    /// [`ShuffledInstant`](super::exchange::shuffled_instant::ShuffledInstant) asks whether to shuffle
    /// them.
    fn depends_on_order(_params: &Self::Params, _view: &NodeView) -> bool {
        true
    }

    /// How long it takes, once faults have ended, until every zone has every item. A run may exceed
    /// the bound with a probability of 1e-9. None: no bound, and none is checked.
    fn delivery_bound(_params: &Self::Params, _bounds: &StableBounds) -> Option<SimDuration> {
        None
    }

    /// Upper bound of the messages that it sends over a link. None: no bound; deliveries are then
    /// not checked where bandwidth is limited.
    fn send_bound(_params: &Self::Params, _resolution: NanoDuration) -> Option<SendBound> {
        None
    }

    /// The links by which it delivers; they matter if a fault never ends.
    fn routing(_params: &Self::Params) -> Routing {
        Routing::Unknown
    }

    /// Whether all zones deliver items in one order, and none leaves out an item that another has
    /// delivered before a later one. The order of a zone is that without its own items.
    fn has_total_order(_params: &Self::Params) -> bool {
        false
    }

    /// The overlay on which it runs and the path of that setting. The plan resolves zone names and
    /// files in it. None: no overlay.
    fn overlay(_params: &mut Self::Params) -> Option<(&'static str, &mut Topology)> {
        None
    }

    /// What it guarantees in every run. The default is the strict case.
    fn safety(_params: &Self::Params) -> Safety {
        Safety::default()
    }

    /// Warnings about its settings, printed before a run.
    fn warnings(_params: &Self::Params, _bounds: &RunBounds) -> Vec<String> {
        Vec::new()
    }
}

/// Forwards all of [`NamedProtocol`] except `new` to a protocol inside a wrapper.
macro_rules! forward_named {
    ($P:ident) => {
        type Params = $P::Params;
        const INFO: $crate::protocol::ProtocolInfo = $P::INFO;

        fn check(
            params: &$P::Params,
            view: &$crate::protocol::NodeView,
        ) -> Result<(), $crate::protocol::ConfigError> {
            $P::check(params, view)
        }
        fn depends_on_order(params: &$P::Params, view: &$crate::protocol::NodeView) -> bool {
            $P::depends_on_order(params, view)
        }
        fn delivery_bound(
            params: &$P::Params,
            bounds: &$crate::protocol::StableBounds,
        ) -> Option<$crate::time::SimDuration> {
            $P::delivery_bound(params, bounds)
        }
        fn send_bound(
            params: &$P::Params,
            resolution: $crate::time::NanoDuration,
        ) -> Option<$crate::protocol::SendBound> {
            $P::send_bound(params, resolution)
        }
        fn routing(params: &$P::Params) -> $crate::protocol::Routing {
            $P::routing(params)
        }
        fn has_total_order(params: &$P::Params) -> bool {
            $P::has_total_order(params)
        }
        fn overlay(
            params: &mut $P::Params,
        ) -> Option<(&'static str, &mut $crate::protocol::overlay::Topology)> {
            $P::overlay(params)
        }
        fn safety(params: &$P::Params) -> $crate::protocol::Safety {
            $P::safety(params)
        }
        fn warnings(params: &$P::Params, bounds: &$crate::protocol::RunBounds) -> Vec<String> {
            $P::warnings(params, bounds)
        }
    };
}
pub(crate) use forward_named;

/// A set of protocols of one role, of which a scenario file chooses one.
pub trait ProtocolSet: Protocol {
    /// The `[exchange]` or `[coordination]` table of a scenario file.
    type Params: Clone + Debug + Default + DeserializeOwned + Send + Sync + 'static;

    /// The protocols of the set.
    fn entries() -> &'static [ProtocolInfo];

    /// The protocol that is not built in, if there is one: its settings are the table of its name.
    fn own_entry() -> Option<ProtocolInfo> {
        None
    }

    /// The name of the protocol that is chosen.
    fn chosen(params: &Self::Params) -> &'static str;

    /// [`NamedProtocol::check`] of the chosen one.
    ///
    /// # Errors
    /// Those of [`NamedProtocol::check`].
    fn check(params: &Self::Params, view: &NodeView) -> Result<(), ConfigError>;

    /// [`NamedProtocol::delivery_bound`] of the chosen one.
    fn delivery_bound(_params: &Self::Params, _bounds: &StableBounds) -> Option<SimDuration> {
        None
    }

    /// [`NamedProtocol::send_bound`] of the chosen one.
    fn send_bound(_params: &Self::Params, _resolution: NanoDuration) -> Option<SendBound> {
        None
    }

    /// [`NamedProtocol::routing`] of the chosen one.
    fn routing(_params: &Self::Params) -> Routing {
        Routing::Unknown
    }

    /// [`NamedProtocol::has_total_order`] of the chosen one.
    fn has_total_order(_params: &Self::Params) -> bool {
        false
    }

    /// [`NamedProtocol::overlay`] of the chosen one.
    fn overlay(_params: &mut Self::Params) -> Option<(&'static str, &mut Topology)> {
        None
    }

    /// [`NamedProtocol::safety`] of the chosen one.
    fn safety(_params: &Self::Params) -> Safety {
        Safety::default()
    }

    /// [`NamedProtocol::warnings`] of the chosen one.
    fn warnings(_params: &Self::Params, _bounds: &RunBounds) -> Vec<String> {
        Vec::new()
    }

    /// The JSON schema of the table. The default allows any table.
    fn schema(_generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "object" })
    }

    /// The machine of one node, of the chosen protocol. `params` have passed [`Self::check`].
    fn build(params: &Self::Params, view: &NodeView, resolution: NanoDuration) -> Self;
}
