//! `zonesim schema`: prints the JSON Schema of scenario or sweep files.

use clap::ValueEnum;

use super::exit::{Exit, Failure};
use super::stdout::print;
use crate::experiment::design;
use crate::protocol::node::Protocols;
use crate::scenario;

/// The kinds of files with a schema.
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
