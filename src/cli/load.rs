//! Loads scenarios with their overrides, and notes what of them is not used.

use std::path::Path;

use super::stderr::note;
use crate::experiment::design;
use crate::plan::{Plan, PlanOf, stated_settings};
use crate::protocol::node::{CoordinationParams, ExchangeParams, Protocols};
use crate::scenario::{self, Diagnostic, Inputs, Loaded};

/// A scenario with its overrides, and its plan.
pub type LoadedPlan<P> = (Loaded<ExchangeParams<P>, CoordinationParams<P>>, PlanOf<P>);

/// Loads a scenario with overrides and compiles it.
pub fn load_plan<P: Protocols>(
    inputs: &Inputs,
    file: &Path,
    sets: &[String],
) -> Result<LoadedPlan<P>, Diagnostic> {
    refuse_conflicts(sets)?;
    let loaded = scenario::load_from(inputs, file, sets)?;
    let plan = Plan::new::<P>(&loaded)?;
    Ok((loaded, plan))
}

/// Rejects overrides of which one replaces the value of another.
pub fn refuse_conflicts(sets: &[String]) -> Result<(), Diagnostic> {
    design::refuse_conflicting_args(("--set", sets), ("", &[]))
}

/// Writes a note about settings that no run uses, one for each protocol or workload.
pub fn note_unused(paths: &[String]) {
    let table = |path: &String| Some(path.rsplit_once('.')?.0.to_owned());
    for paths in paths.chunk_by(|one, other| table(one) == table(other)) {
        let paths: Vec<_> = paths.iter().map(|path| format!("`{path}`")).collect();
        let change = if paths.len() == 1 { "changes" } else { "change" };
        let setting = if paths.len() == 1 { "it is a setting" } else { "they are settings" };
        let paths = paths.join(", ");
        note(&format!("{paths} {change} nothing: no run uses what {setting} of"));
    }
}

/// Writes notes about the settings of a scenario that the run does not use.
pub fn note_unused_settings<P: Protocols>(
    loaded: &Loaded<ExchangeParams<P>, CoordinationParams<P>>,
) {
    let unused = stated_settings::<P>(loaded).into_iter().filter(|(_, is_used)| !is_used);
    note_unused(&unused.map(|(path, _)| path).collect::<Vec<_>>());
}
