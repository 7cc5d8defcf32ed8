//! Numbers of things: nodes, items, members, and sets of items.
//!
//! Everything is numbered from zero in the order of the scenario file. Zones come first; the hub,
//! where there is one, is the node after the last zone.

mod item_set;

pub use item_set::{ItemSet, varint_size};
use serde::{Deserialize, Serialize};

macro_rules! number {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub u32);

        impl $name {
            /// The number as an index into a table.
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

number! {
    /// A node: a zone, or the hub after the last zone.
    NodeId
}
number! {
    /// A piece of intelligence. Its content stands in the run's ledger; what travels is its number.
    Item
}
number! {
    /// A member of the organisation. Synthetic: a number, never a person.
    Member
}
