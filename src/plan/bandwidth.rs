//! The bandwidth of links, and the room before them.

use crate::network::Bandwidth;
use crate::scenario::{Bytes, Diagnostic, LinkSettings, Loaded, Rate};

/// Bytes that may wait for a link where nothing is said. A guess.
const USUAL_QUEUE: Bytes = Bytes(1 << 20);

/// The bandwidth of a link of which this is said.
pub fn compile<E, C>(
    loaded: &Loaded<E, C>,
    said: &[&(String, &LinkSettings)],
) -> Result<Option<Bandwidth>, Diagnostic> {
    let network = &loaded.scenario.network;
    let rate = said.iter().find_map(|(_, link)| link.bandwidth).or(network.bandwidth);
    let own = said.iter().find_map(|(path, link)| Some((link.queue?, path.as_str())));
    let queue = own.or(network.queue.map(|queue| (queue, "network")));
    match (rate, queue) {
        (Some(Rate(bits_per_s)), queue) => {
            let Bytes(queue) = queue.map_or(USUAL_QUEUE, |(queue, _)| queue);
            Ok(Some(Bandwidth { bits_per_s, queue }))
        }
        (None, None) => Ok(None),
        (None, Some((_, path))) => {
            let title = "a queue before a link without a bandwidth";
            let path = format!("{path}.queue");
            let diagnostic = loaded.source.key_diagnostic(&path, title);
            Err(diagnostic.label("expected bandwidth = \"2Mbit/s\" beside it, say"))
        }
    }
}
