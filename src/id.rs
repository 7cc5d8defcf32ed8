//! Identifiers of nodes, items, leads, members and cells, and sets of items and of nodes.
//!
//! Identifiers count from 0 in the order of the scenario file. Zones come first; the hub, if there is
//! one, is the node after the last zone.

mod item_set;
mod node_set;
mod number;

pub use item_set::{ItemSet, varint_size};
pub use node_set::NodeSet;
pub use number::{Cell, Item, Lead, Member, NodeId};
