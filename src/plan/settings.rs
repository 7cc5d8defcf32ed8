//! The settings of protocols and workloads that a scenario states, and whether the run uses them.

use crate::protocol::ProtocolSet;
use crate::protocol::node::{CoordinationParams, ExchangeParams, Protocols};
use crate::scenario::{Loaded, WorkloadKind};

/// Returns the path of every protocol or workload setting that the file or an override states, with
/// whether the run uses that protocol or workload.
pub fn stated_settings<P>(
    loaded: &Loaded<ExchangeParams<P>, CoordinationParams<P>>,
) -> Vec<(String, bool)>
where
    P: Protocols,
{
    let scenario = &loaded.scenario;
    let chosen = [
        ("workload", workload(scenario.workload.chosen)),
        ("exchange", P::Exchange::chosen(&scenario.exchange)),
        ("coordination", P::Coordination::chosen(&scenario.coordination)),
    ];
    let kinds = [WorkloadKind::Items, WorkloadKind::Organisation].map(workload);
    let in_section = |(section, chosen): (&'static str, &'static str)| {
        loaded.source.paths_below(section).filter_map(move |path| {
            let (name, key) = path[section.len() + 1..].split_once('.')?;
            // What else is below a workload concerns each kind.
            let is_table = section != "workload" || kinds.contains(&name);
            (is_table && !key.contains('.')).then(|| (path.to_owned(), name == chosen))
        })
    };
    chosen.into_iter().flat_map(in_section).collect()
}

/// Name of the scenario table of a kind of workload.
pub(super) fn workload(kind: WorkloadKind) -> &'static str {
    match kind {
        WorkloadKind::Items => "items",
        WorkloadKind::Organisation => "organisation",
    }
}
