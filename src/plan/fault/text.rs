//! The nodes and magnitudes of a fault as text.

use super::reader::OTHERS;
use crate::id::NodeId;
use crate::network::fault::{LinkSet, NodeSet};
use crate::plan::Plan;
use crate::scenario::FaultKind;
use crate::time::{NanoDuration, SignedDuration, SimDuration};

impl<E, C> Plan<E, C> {
    /// A time in ticks as a duration.
    pub(super) fn length(&self, span: SimDuration) -> NanoDuration {
        NanoDuration::from_ns(span.0.saturating_mul(self.resolution.ns))
    }

    pub(super) fn shift(&self, step: i64) -> SignedDuration {
        SignedDuration {
            is_negative: step < 0,
            magnitude: self.length(SimDuration(step.unsigned_abs())),
        }
    }

    fn ids(&self, nodes: &NodeSet) -> Vec<&str> {
        nodes.iter().map(|node: NodeId| &self.names[node.index()]).collect()
    }

    /// The ids of nodes; [`OTHERS`] for all.
    pub(super) fn ids_or_all(&self, nodes: &NodeSet) -> Vec<&str> {
        if nodes.len() as usize == self.nodes() { vec![OTHERS] } else { self.ids(nodes) }
    }

    pub(super) fn list(&self, nodes: &NodeSet) -> String {
        match &self.ids_or_all(nodes)[..] {
            [OTHERS] => "all nodes".into(),
            ids => ids.join(", "),
        }
    }

    /// The ids of the nodes on each side; [`OTHERS`] for the larger side if the two are all nodes.
    fn sides(&self, links: &LinkSet) -> [Vec<&str>; 2] {
        let (from, to) = (self.ids(&links.from), self.ids(&links.to));
        let is_all = from.len() + to.len() == self.nodes();
        if is_all && to.len() > 1 && to.len() >= from.len() {
            [from, vec![OTHERS]]
        } else if is_all && from.len() > 1 {
            [vec![OTHERS], to]
        } else {
            [from, to]
        }
    }

    pub(super) fn between(&self, kind: FaultKind, links: &LinkSet) -> String {
        let [from, to] = self.sides(links).map(|side| match side[..] {
            [OTHERS] => "all others".into(),
            _ => side.join(", "),
        });
        let kind = kind.key();
        if links.one_way {
            format!("{kind} from {from} to {to}")
        } else {
            format!("{kind} between {from} and {to}")
        }
    }

    pub(super) fn groups(&self, links: &LinkSet) -> String {
        let [from, to] = self.sides(links);
        format!("[{from:?}, {to:?}]")
    }
}
