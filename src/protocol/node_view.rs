//! What a machine knows of the nodes.

use crate::id::NodeId;

/// What a machine knows of its surroundings: its own number and which nodes there are.
/// [`OutOf::distance`](super::OutOf::distance) gives their latencies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeView {
    /// This node.
    pub me: NodeId,
    /// The number of zones; they are the nodes from 0.
    pub zones: u32,
    /// The hub (the coordinating body), if there is one.
    pub hub: Option<NodeId>,
    /// The zone that acts for the hub if the hub is gone, in a scenario that names one.
    pub deputy: Option<NodeId>,
}

impl NodeView {
    /// Whether this node is the hub.
    pub fn is_hub(&self) -> bool {
        self.hub == Some(self.me)
    }

    /// Whether this node is the deputy of the hub.
    pub fn is_deputy(&self) -> bool {
        self.deputy == Some(self.me)
    }

    /// All zones except this node, in order of number.
    pub fn peers(&self) -> impl Iterator<Item = NodeId> + use<> {
        let me = self.me;
        (0..self.zones).map(NodeId).filter(move |&node| node != me)
    }
}
