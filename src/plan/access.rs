//! The access links of the nodes.

use super::node_table::NodeTable;
use crate::network::AccessLinks;
use crate::scenario::{Bytes, Diagnostic, Loaded, Rate};

/// Default size from which messages are bulk. A guess.
const DEFAULT_BULK_FROM: Bytes = Bytes(1_000_000);

/// Compiles the uplinks and downlinks; `None` if no node has one.
///
/// # Errors
/// A size of bulk messages without an uplink or a downlink.
pub fn compile<E, C>(
    loaded: &Loaded<E, C>,
    node_table: &NodeTable,
) -> Result<Option<AccessLinks>, Diagnostic> {
    let network = &loaded.scenario.network;
    let zones = &loaded.scenario.zones.named;
    let hub = loaded.scenario.hub.as_ref();
    let bits = |rate: Option<Rate>| rate.map(|Rate(bits_per_s)| bits_per_s);
    let rates = |default: Option<Rate>, of_zones: Vec<Option<Rate>>, of_hub: Option<Rate>| {
        let mut rates = vec![bits(default); node_table.ids.len()];
        for (rate, own) in rates.iter_mut().zip(of_zones) {
            *rate = bits(own).or(*rate);
        }
        if let Some(hub) = node_table.hub {
            rates[hub.index()] = bits(of_hub).or(bits(default));
        }
        rates
    };
    let uplinks = zones.iter().map(|(_, zone)| zone.uplink).collect();
    let uplinks = rates(network.uplink, uplinks, hub.and_then(|hub| hub.uplink));
    let downlinks = zones.iter().map(|(_, zone)| zone.downlink).collect();
    let downlinks = rates(network.downlink, downlinks, hub.and_then(|hub| hub.downlink));
    if uplinks.iter().chain(&downlinks).any(Option::is_some) {
        let Bytes(bulk_from) = network.bulk_from.unwrap_or(DEFAULT_BULK_FROM);
        return Ok(Some(AccessLinks { uplinks, downlinks, bulk_from }));
    }
    if network.bulk_from.is_some() {
        let title = "bulk messages without an uplink or a downlink on which they wait";
        let diagnostic = loaded.source.key_diagnostic("network.bulk_from", title);
        return Err(diagnostic.label("expected uplink = \"20Mbit/s\" beside it, say"));
    }
    Ok(None)
}
