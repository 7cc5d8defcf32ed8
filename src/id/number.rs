//! Numbers of nodes, items and members.

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
    /// A piece of intelligence. Its content is in the ground truth of the run; messages carry the number.
    Item
}
number! {
    /// A member of the organisation. Synthetic: a number, never a person.
    Member
}
number! {
    /// A sign of a member, as one zone has seen it. The items about it have numbers of their own.
    Lead
}
number! {
    /// A cell of the organisation: members who are warned together and attack together.
    Cell
}
