//! Errors in scenarios: every case of `tests/data/scenarios` is refused with exactly its message.
//!
//! `ZONESIM_BLESS=1 cargo test --test main broken::` writes the messages anew; read what changed.

use std::path::Path;

use crate::common::corpus::Corpus;
use crate::common::golden;
use zonesim::plan::Plan;
use zonesim::protocol::node::Builtin;
use zonesim::scenario::{self, Diagnostic};

/// Messages about what is not there at all: they name the file and no place in it.
const WITHOUT_A_PLACE: [&str; 1] = ["zones-none"];

/// What is wrong with a file and the overrides over it.
fn refusal(path: &Path, overrides: &[String]) -> Option<Diagnostic> {
    let plan =
        scenario::load(path, overrides).and_then(|loaded| Plan::new::<Builtin>(&loaded).map(drop));
    plan.err()
}

#[test]
fn every_broken_file_is_refused_with_its_message() {
    let corpora = Corpus::read_all("scenarios", &["overrides"]);
    let folder = scratch!().join("broken");
    let cases = golden::check_files(&corpora, &folder, &WITHOUT_A_PLACE, |path| {
        refusal(path, &[]).map(|wrong| wrong.render(false))
    });
    assert!(cases >= 430, "only {cases} cases");
}

/// Overrides over `sims/leads-2019.toml`; several are put over it in turn.
#[test]
fn every_broken_override_is_refused_with_its_message() {
    let cases = golden::check_lines("scenarios/overrides", |lines| {
        refusal(Path::new("sims/leads-2019.toml"), lines).map(|wrong| wrong.render(false))
    });
    assert!(cases >= 45, "only {cases} cases");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let diagnostic = refusal(Path::new("sims/nowhere.toml"), &[]).expect("there is no such file");
    assert!(diagnostic.is_unreadable());
    assert!(diagnostic.render(false).starts_with("error: cannot read sims/nowhere.toml: "));
    let device = refusal(Path::new("/dev/zero"), &[]).expect("no scenario is without end");
    assert!(device.is_unreadable(), "{device}");
}
