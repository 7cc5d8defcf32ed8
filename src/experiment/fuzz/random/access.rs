//! The uplinks and downlinks of a random scenario.

use std::collections::BTreeMap;

use super::draw::ScenarioRng;

/// Keys of access links.
#[derive(Default)]
pub struct RandomAccess {
    /// Those of the network.
    pub of_network: String,
    /// Those of nodes, by id. For generated zones they are not used.
    of_nodes: BTreeMap<String, String>,
}

impl RandomAccess {
    /// Draws the access links; none in most scenarios. `grain` is the length of a tick in microseconds.
    pub fn draw(draw: &mut ScenarioRng, nodes: &[String], (grain, is_judged): (u64, bool)) -> Self {
        let mut access = Self::default();
        if draw.percent(70) {
            return access;
        }
        let share = draw.pick(&[0, 30, 80]);
        for node in nodes {
            let keys = keys(draw, share, (grain, is_judged));
            access.of_nodes.insert(node.clone(), keys);
        }
        access.of_network = keys(draw, 70, (grain, is_judged));
        // Without an uplink or a downlink it is refused.
        if !access.of_network.is_empty() && draw.percent(70) {
            let bytes = draw.pick(&[0, 8, 20, 60, 200]);
            access.of_network += &format!("bulk_from = \"{bytes}B\"\n");
        }
        access
    }

    /// The keys of a zone or of the hub.
    pub fn of_node(&self, id: &str) -> &str {
        self.of_nodes.get(id).map_or("", String::as_str)
    }
}

/// An uplink and a downlink, each with a probability in percent, at which a message takes some ticks or a
/// fraction of one.
fn keys(draw: &mut ScenarioRng, share: u64, (grain, is_judged): (u64, bool)) -> String {
    let mut text = String::new();
    for key in ["uplink", "downlink"] {
        if draw.percent(share) {
            // Bytes per tick.
            let bytes = draw.pick(if is_judged { &[20, 100, 1000] } else { &[2, 10, 50, 300] });
            let rate = (bytes * 8_000_000 / grain).max(1);
            text += &format!("{key} = \"{rate}bit/s\"\n");
        }
    }
    text
}
