//! The bandwidth of links and the size of their egress queues.

use crate::network::Bandwidth;
use crate::scenario::{Bytes, Diagnostic, LinkSettings, Loaded, Rate};

/// Default egress queue of a link that has a bandwidth. A guess.
const DEFAULT_QUEUE: Bytes = Bytes(1 << 20);

/// Returns the bandwidth of a link with these overrides, highest priority first.
///
/// # Errors
/// A queue without a bandwidth.
pub fn compile<E, C>(
    loaded: &Loaded<E, C>,
    overrides: &[&(String, &LinkSettings)],
) -> Result<Option<Bandwidth>, Diagnostic> {
    let network = &loaded.scenario.network;
    let rate = overrides.iter().find_map(|(_, link)| link.bandwidth).or(network.bandwidth);
    let own = overrides.iter().find_map(|(path, link)| Some((link.queue?, path.as_str())));
    let queue = own.or(network.queue.map(|queue| (queue, "network")));
    match (rate, queue) {
        (Some(Rate(bits_per_s)), queue) => {
            let Bytes(queue) = queue.map_or(DEFAULT_QUEUE, |(queue, _)| queue);
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
