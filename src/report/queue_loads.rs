//! The offered loads of queues as text.

use crate::plan::{NameTable, QueueLoad};

/// Most nodes listed for a queue; of more the highest loads are shown.
const MAX_NODES: usize = 12;

/// The loads of all queues, a line for each queue; None if there are none.
pub fn queue_loads(loads: &[QueueLoad], names: &NameTable) -> Option<String> {
    let mut lines = Vec::new();
    for queue in loads.chunk_by(|a, b| a.queue == b.queue) {
        let mut shown = queue.to_vec();
        if shown.len() > MAX_NODES {
            shown.sort_by(|a, b| b.load.total_cmp(&a.load));
        }
        let text = |load: &QueueLoad| format!("{} {:.2}", &names[load.node.index()], load.load);
        let texts: Vec<_> = shown.iter().take(MAX_NODES).map(text).collect();
        let rest = shown.len().saturating_sub(MAX_NODES);
        let rest = if rest > 0 { format!(", and {rest} with no more") } else { String::new() };
        lines.push(format!("load of {}: {}{rest}", queue[0].queue, texts.join(", ")));
    }
    (!lines.is_empty()).then(|| lines.join("\n"))
}
