//! The built-in protocols of clock synchronization.
#![allow(irrefutable_let_patterns, unreachable_patterns, reason = "there is one protocol so far")]

use super::{Adjustment, Nothing, averaging};
use crate::protocol::registry::protocols;

protocols! {
    input Nothing, output Adjustment, default Averaging,
    expecting "a table such as { use = \"averaging\" }";

    /// Each node moves its clock to the mean of all clocks.
    averaging: Averaging(averaging::Averaging),
}
