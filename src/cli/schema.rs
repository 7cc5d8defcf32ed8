//! `zonesim schema`: what an editor may know of a scenario file, from the code that reads it.

use super::{Exit, Failure, print};
use crate::coordination;
use crate::exchange;
use crate::scenario;

/// Prints the schema.
pub fn schema<X, C>() -> Result<Exit, Failure>
where
    X: exchange::Catalogue,
    C: coordination::Catalogue,
{
    print(&format!("{:#}\n", scenario::schema::<X, C>()))?;
    Ok(Exit::Success)
}
