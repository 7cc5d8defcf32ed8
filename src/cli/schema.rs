//! `zonesim schema`: what an editor may know of a scenario or a sweep file.

use clap::ValueEnum;

use super::{Exit, Failure, print};
use crate::experiment::design;
use crate::protocol::node::Protocols;
use crate::scenario;

/// Files that there is a schema of.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Kind {
    /// Scenario files
    Scenario,
    /// Sweep files
    Sweep,
}

/// Prints the schema of a kind of file.
pub fn schema<P: Protocols>(kind: Kind) -> Result<Exit, Failure> {
    let schema = match kind {
        Kind::Scenario => scenario::schema::<P>(),
        Kind::Sweep => design::schema(),
    };
    print(&format!("{schema:#}\n"))?;
    Ok(Exit::Success)
}
