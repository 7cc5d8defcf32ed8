//! A protocol of one's own, from outside the crate: it runs on both engines, in `--runs` and in
//! `verify`; and one that does not repeat the same bytes is found.

use std::sync::atomic::{AtomicU32, Ordering};

use serde::{Deserialize, Serialize};
use zonesim::cli::{self, Exit};
use zonesim::id::{Item, ItemSet, NodeId};
use zonesim::protocol::coordination;
use zonesim::protocol::exchange::{Deliver, Publish};
use zonesim::protocol::{
    ConfigError, Input, Items, NodeView, Out, ParamInfo, Protocol, ProtocolInfo, ProtocolSet,
    Range, WireMessage,
};
use zonesim::time::NanoDuration;

/// Passes every item on to all others when it first comes, as often as the settings say.
#[derive(Clone, Debug)]
struct Flood {
    known: ItemSet,
    copies: u32,
    moody: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Pass(Item);

impl WireMessage for Pass {
    fn items(&self) -> Items<'_> {
        Items::One(self.0)
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    copies: u32,
    moody: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { copies: 1, moody: false }
    }
}

/// What no protocol may have: a memory beyond the run.
static MOOD: AtomicU32 = AtomicU32::new(0);

impl Flood {
    fn pass(&mut self, item: Item, out: &mut Out<'_, Self>) {
        let mood = if self.moody { MOOD.fetch_add(1, Ordering::Relaxed) } else { 0 };
        let skipped = NodeId(mood % 3);
        for peer in out.view().peers().filter(|&peer| !self.moody || peer != skipped) {
            (0..self.copies).for_each(|_| out.send(peer, Pass(item)));
        }
    }
}

impl Protocol for Flood {
    type Message = Pass;
    type Timer = ();
    type Input = Publish;
    type Output = Deliver;

    fn handle(&mut self, input: Input<Self>, out: &mut Out<'_, Self>) {
        match input {
            Input::Local(Publish(item)) => {
                self.known.insert(item);
                self.pass(item, out);
            }
            Input::Message { message: Pass(item), .. } if self.known.insert(item) => {
                out.deliver(item);
                self.pass(item, out);
            }
            Input::Start | Input::Message { .. } | Input::Timer(()) | Input::Restart => {}
        }
    }
}

impl ProtocolSet for Flood {
    type Params = Settings;

    fn entries() -> &'static [ProtocolInfo] {
        const ENTRY: ProtocolInfo = ProtocolInfo {
            name: "flood",
            about: "passes every item on to all others",
            settings: &[ParamInfo::guess("copies", "1", Range::Integer(1, 4), "of each message")],
            ..ProtocolInfo::EMPTY
        };
        &[ENTRY]
    }

    fn chosen(_settings: &Settings) -> &'static str {
        "flood"
    }

    fn check(settings: &Settings, _site: &NodeView) -> Result<(), ConfigError> {
        if settings.copies == 0 {
            return Err(ConfigError::new("exchange.copies", "no copy at all; expected 1 or more"));
        }
        Ok(())
    }

    fn build(settings: &Settings, _site: &NodeView, _resolution: NanoDuration) -> Self {
        Self { known: ItemSet::EMPTY, copies: settings.copies, moody: settings.moody }
    }
}

fn zonesim(arguments: &[&str]) -> Exit {
    let folder = scratch!();
    let file = folder.join(format!("own-{}.toml", arguments.concat().len()));
    let text = r#"[zones]
generate = 5
[network]
latency = "20ms"
loss = 0.1
"#;
    std::fs::write(&file, text).unwrap();
    let file = file.to_str().unwrap();
    let arguments =
        ["zonesim", arguments[0], file].into_iter().chain(arguments[1..].iter().copied());
    cli::run_on::<(Flood, coordination::Builtin)>(arguments.map(Into::into))
}

#[test]
fn it_runs_everywhere() {
    assert_eq!(zonesim(&["run", "--json"]), Exit::Success);
    assert_eq!(zonesim(&["run", "--json", "--engine", "turmoil"]), Exit::Success);
    assert_eq!(zonesim(&["run", "--json", "--runs", "20"]), Exit::Success);
    assert_eq!(zonesim(&["verify", "--set", "exchange.copies=3"]), Exit::Success);
}

#[test]
fn its_settings_are_its_own() {
    assert_eq!(zonesim(&["run", "--set", "exchange.copies=0"]), Exit::Scenario);
    assert_eq!(zonesim(&["run", "--set", "exchange.copy=2"]), Exit::Scenario);
}

#[test]
fn one_that_is_moody_is_found_out() {
    assert_eq!(zonesim(&["verify", "--set", "exchange.moody=true"]), Exit::Difference);
    let random = |more: &[&str]| {
        let arguments = ["zonesim", "verify", "--random", "12"].iter().chain(more);
        cli::run_on::<(Flood, coordination::Builtin)>(arguments.map(Into::into))
    };
    assert_eq!(random(&[]), Exit::Success);
    assert_eq!(random(&["--set", "exchange.moody=true"]), Exit::Difference);
}

#[test]
fn its_settings_need_no_schema() {
    let schema = zonesim::scenario::schema::<(Flood, coordination::Builtin)>();
    let exchange = &schema["properties"]["exchange"];
    assert_eq!(exchange["type"], "object", "any table");
    assert_eq!(exchange.get("additionalProperties"), None);
    assert!(schema["properties"]["coordination"]["properties"].get("order").is_some());
}
