//! Faults of a random share of nodes, drawn for each run.

use rand::seq::index;

use crate::id::NodeId;
use crate::network::fault::{Effect, Fault, NodeSet};
use crate::plan::fault::reader::Reader;
use crate::rng::stream;
use crate::scenario::Diagnostic;

/// A fault whose nodes are drawn.
#[derive(Clone, Copy, Debug)]
pub struct FaultShare {
    /// Its index in the faults that the scenario lists.
    pub fault: usize,
    /// Number of nodes to draw from those that are listed.
    count: u32,
    /// The number of its table, and of its occurrence.
    key: [u32; 2],
}

impl FaultShare {
    /// Draws the nodes of a fault, all sets of its size equally likely. Each occurrence of each fault has
    /// a stream of its own, so that other faults change nothing.
    pub fn draw(&self, fault: &mut Fault, seed: u64) {
        let [table, occurrence] = self.key;
        let key = u64::from(table) << 32 | u64::from(occurrence);
        let mut rng = stream(seed, "nodes of a fault", key);
        if let Some(nodes) = nodes(&mut fault.effect) {
            let listed: Vec<NodeId> = nodes.iter().collect();
            let drawn = index::sample(&mut rng, listed.len(), self.count as usize);
            *nodes = NodeSet::from_iter(drawn.into_iter().map(|index| listed[index]));
        }
    }
}

/// The nodes of a fault of nodes.
fn nodes(effect: &mut Effect) -> Option<&mut NodeSet> {
    match effect {
        Effect::Isolate(nodes) | Effect::Crash(nodes, _) | Effect::Clock(nodes, _) => Some(nodes),
        Effect::Partition(_) | Effect::Hold(_) | Effect::Delay(..) | Effect::Loss(..) => None,
    }
}

impl<E, C> Reader<'_, E, C> {
    /// The shares of the occurrences of a fault, the first of which has an index; none if it affects all
    /// listed nodes.
    ///
    /// # Errors
    /// A share of no node.
    pub(super) fn shares(
        &self,
        occurrences: &mut [Fault],
        (table, first): (u32, usize),
    ) -> Result<Vec<FaultShare>, Diagnostic> {
        let stated = self.fault.parameters.share;
        let listed = occurrences.first_mut().and_then(|fault| nodes(&mut fault.effect));
        let (Some(share), Some(listed)) = (stated, listed) else { return Ok(Vec::new()) };
        let listed = listed.len();
        let count = (share.0 * f64::from(listed)).round() as u32;
        if count == 0 {
            let title = format!("a share of {} of {listed} nodes is none", share.0);
            let least = (500.0 / f64::from(listed)).ceil() / 1000.0;
            let label = format!("expected at least {least}, which is one node");
            return Err(self.diagnostic(".share", title).label(label));
        }
        let share =
            |number| FaultShare { fault: first + number as usize, count, key: [table, number] };
        Ok((0..occurrences.len() as u32).map(share).collect())
    }
}
