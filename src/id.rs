//! Identifiers of nodes, items and members, and sets of items.
//!
//! Identifiers count from 0 in the order of the scenario file. Zones come first; the hub, if there is
//! one, is the node after the last zone.

mod item_set;
mod number;

pub use item_set::{ItemSet, varint_size};
pub use number::{Item, Member, NodeId};
