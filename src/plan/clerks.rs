//! Compiles the registry of the hub: its clerks, and how long they take.

use crate::protocol::desk::WorkTime;
use crate::scenario::{Diagnostic, Loaded};

/// The clerks of the hub.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Clerks {
    /// Items that they handle at a time; None if there is no limit.
    pub number: Option<u32>,
    /// The time of a clerk for an item.
    pub handling: WorkTime,
}

/// Compiles the clerks; None if items are passed on at once.
///
/// # Errors
/// Clerks without a time that they take.
pub fn compile<E, C>(loaded: &Loaded<E, C>) -> Result<Option<Clerks>, Diagnostic> {
    let Loaded { scenario, source, .. } = loaded;
    let Some(hub) = &scenario.hub else { return Ok(None) };
    let number = hub.clerks.map(|clerks| clerks.0);
    match (number, hub.handling) {
        (None, None) => Ok(None),
        (Some(_), None) => {
            let diagnostic = source.key_diagnostic("hub.clerks", "`clerks` without `handling`");
            Err(diagnostic.label("expected handling = \"15min\" beside it, the time for an item"))
        }
        (number, Some(handling)) => {
            let handling = handling.exponential(scenario.resolution);
            Ok(Some(Clerks { number, handling }))
        }
    }
}
