//! The coordinations that come with zonesim.
//!
//! Those with much state are boxed: a million zones that act alone have no room for it.

use super::{Located, Output, independent, order, two_phase};
use crate::protocol::Role;
use crate::protocol::registry::protocols;

protocols! {
    input Located, output Output, default Independent,
    expecting "a table such as { use = \"order\" }";

    /// Each for itself.
    independent: Independent(independent::Independent) silent,
    /// The hub commands a time.
    order: Order(Box<order::Order>),
    /// All go if all are ready.
    two_phase: TwoPhase(Box<two_phase::TwoPhase>),
}

impl Role for Located {
    type Output = Output;
    type Builtin = Builtin;
}
