//! The settings that a scenario states of protocols and workloads, and whether anything uses them.

use crate::protocol::coordination;
use crate::protocol::exchange;
use crate::scenario::{Loaded, WorkloadKind};

/// The path of every setting of a protocol or a workload that the file or an override states, and
/// whether the run uses that protocol or workload.
pub fn stated_settings<X, K>(loaded: &Loaded<X::Settings, K::Settings>) -> Vec<(String, bool)>
where
    X: exchange::ProtocolSet,
    K: coordination::ProtocolSet,
{
    let scenario = &loaded.scenario;
    let chosen = [
        ("workload", workload(scenario.workload.chosen)),
        ("exchange", X::chosen(&scenario.exchange)),
        ("coordination", K::chosen(&scenario.coordination)),
    ];
    let in_section = |(section, chosen): (&'static str, &'static str)| {
        loaded.source.paths_below(section).filter_map(move |path| {
            let (name, key) = path[section.len() + 1..].split_once('.')?;
            (!key.contains('.')).then(|| (path.to_owned(), name == chosen))
        })
    };
    chosen.into_iter().flat_map(in_section).collect()
}

/// The table of a kind of workload.
pub(super) fn workload(kind: WorkloadKind) -> &'static str {
    match kind {
        WorkloadKind::Items => "items",
        WorkloadKind::Organisation => "organisation",
    }
}
