//! What `zonesim list` says of a default is the default.

use std::path::PathBuf;

use zonesim::coordination::{self, Catalogue as _};
use zonesim::exchange::{self, Catalogue as _};
use zonesim::scenario::{self, Scenario};
use zonesim::seam::Entry;

type Whole = Scenario<exchange::Settings, coordination::Settings>;

fn with(overrides: &[String]) -> Whole {
    let text = "[zones]\ngenerate = 3\n".to_owned();
    let loaded = scenario::parse("defaults.toml", text, overrides, PathBuf::new());
    loaded.unwrap_or_else(|error| panic!("{error}")).scenario
}

fn check(section: &str, entries: &[Entry]) {
    for entry in entries {
        for setting in entry.settings {
            let line = format!("{section}.{}.{}={}", entry.name, setting.key, setting.default);
            assert_eq!(
                format!("{:?}", with(std::slice::from_ref(&line))),
                format!("{:?}", with(&[])),
                "{line}"
            );
        }
    }
}

#[test]
fn defaults_are_as_listed() {
    check("exchange", exchange::Builtin::entries());
    check("coordination", coordination::Builtin::entries());
}

#[test]
fn every_setting_is_listed() {
    // A setting that is not listed cannot be known: the names in the debug text are those listed.
    let text = format!("{:?}", exchange::Settings::default().gossip);
    let listed = exchange::Builtin::entries().iter().find(|entry| entry.name == "gossip").unwrap();
    assert_eq!(text.matches(": ").count() - text.matches("ns: ").count(), listed.settings.len());
    let exchange::Settings { flood, plumtree, .. } = exchange::Settings::default();
    for (name, text) in [("flood", format!("{flood:?}")), ("plumtree", format!("{plumtree:?}"))] {
        let listed = exchange::Builtin::entries().iter().find(|entry| entry.name == name).unwrap();
        assert_eq!(
            text.matches(": ").count() - text.matches("ns: ").count(),
            listed.settings.len()
        );
    }
    let text = format!("{:?}", coordination::Settings::default().order);
    let listed =
        coordination::Builtin::entries().iter().find(|entry| entry.name == "order").unwrap();
    assert_eq!(text.matches("ns: ").count(), listed.settings.len());
    let text = format!("{:?}", coordination::Settings::default().two_phase);
    let listed =
        coordination::Builtin::entries().iter().find(|entry| entry.name == "two-phase").unwrap();
    assert_eq!(text.matches(": ").count() - text.matches("ns: ").count(), listed.settings.len());
}
