//! Random worlds draw the settings of a program's own protocol from the ranges that it declares.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use zonesim::cli::{self, Exit};
use zonesim::experiment::fuzz::random::{self, Protocols};
use zonesim::id::{Item, ItemSet};
use zonesim::plan::Plan;
use zonesim::protocol::coordination;
use zonesim::protocol::exchange::{Deliver, Publish};
use zonesim::protocol::{
    ConfigError, Input, Items, NamedProtocol, NodeView, Out, ParamInfo, Protocol, ProtocolInfo,
    Range, WireMessage, WithBuiltin,
};
use zonesim::time::NanoDuration;

/// Floods; at one level it learns each item twice.
struct Picky {
    known: ItemSet,
    is_broken: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Way {
    Short,
    Long,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    level: i64,
    wide: i64,
    told: u32,
    share: f64,
    pause: NanoDuration,
    way: Way,
    is_eager: bool,
    said: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            level: 1,
            wide: 0,
            told: 1,
            share: 0.5,
            pause: NanoDuration::from_ms(20),
            way: Way::Short,
            is_eager: false,
            said: 3,
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Pass(Item);

impl WireMessage for Pass {
    fn items(&self) -> Items<'_> {
        Items::One(self.0)
    }
}

impl Protocol for Picky {
    type Message = Pass;
    type Timer = ();
    type Input = Publish;
    type Output = Deliver;

    fn handle(&mut self, input: Input<Self>, out: &mut Out<'_, Self>) {
        let (is_own, item) = match input {
            Input::Local(Publish(item)) => (true, item),
            Input::Message { message: Pass(item), .. } => (false, item),
            Input::Start | Input::Timer(()) | Input::Restart => return,
        };
        let is_new = self.known.insert(item);
        if !is_own && (is_new || self.is_broken) {
            out.deliver(item);
        }
        if is_new {
            for peer in out.view().peers() {
                if out.may_tell(item, peer) {
                    out.send(peer, Pass(item));
                }
            }
        }
    }
}

const PAUSE: Range = Range::Time(NanoDuration::from_ms(5), NanoDuration::from_secs(2));
const WAY: Range = Range::OneOf(&["short", "long"]);

impl NamedProtocol for Picky {
    type Params = Settings;

    const INFO: ProtocolInfo = ProtocolInfo {
        name: "picky",
        about: "floods",
        settings: &[
            ParamInfo::guess("level", "1", Range::Integer(-2, 9), ""),
            ParamInfo::guess("wide", "0", Range::Integer(i64::MIN, i64::MAX), ""),
            ParamInfo::guess("told", "1", Range::Peers, ""),
            ParamInfo::guess("share", "0.5", Range::Number(0.25, 0.75), ""),
            ParamInfo::guess("pause", "\"20ms\"", PAUSE, ""),
            ParamInfo::guess("way", "\"short\"", WAY, ""),
            ParamInfo::guess("is_eager", "false", Range::Bool, ""),
            ParamInfo::guess("said", "3", Range::Text("3 alone"), ""),
        ],
        ..ProtocolInfo::EMPTY
    };

    fn check(settings: &Settings, site: &NodeView) -> Result<(), ConfigError> {
        let Settings { level, told, share, pause, said, .. } = settings;
        let holds = [
            (-2..=9).contains(level),
            (1..site.zones).contains(told),
            (0.25..=0.75).contains(share),
            (5_000_000..=2_000_000_000).contains(&pause.ns),
            *said == 3,
        ];
        let refusal =
            || ConfigError::new("exchange.picky.level", format!("out of range: {settings:?}"));
        holds.iter().all(|&holds| holds).then_some(()).ok_or_else(refusal)
    }

    fn new(settings: &Settings, _site: &NodeView, _resolution: NanoDuration) -> Self {
        Self { known: ItemSet::EMPTY, is_broken: settings.level == 7 }
    }
}

type X = WithBuiltin<Picky>;
type C = coordination::Builtin;

#[test]
fn a_bug_at_one_value_of_a_setting_is_found() {
    let file = scratch!().join("counterexample-picky.toml");
    _ = std::fs::remove_file(&file);
    let path = file.to_str().unwrap();
    let fuzz = |cases: &str, more: &[&str]| {
        let line = ["zonesim", "fuzz", "--cases", cases, "--out", path];
        let line = [&line[..], &["--set", "exchange.use=picky"], more].concat();
        cli::run_on::<(X, C)>(line.into_iter().map(Into::into))
    };
    assert_eq!(fuzz("1000", &[]), Exit::Violation);
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains("level = 7"), "{text}");
    let held = [Exit::Success, Exit::Unjudged];
    assert!(held.contains(&fuzz("40", &["--set", "exchange.picky.level=6"])));
    // So many cases would have found it.
    assert_eq!(fuzz("40", &["--set", "exchange.picky.level=7"]), Exit::Violation);
}

#[test]
fn settings_are_drawn_from_all_of_their_ranges_and_no_more() {
    let protocols = Protocols::new::<(X, C)>();
    let set = ["exchange.use=picky".to_owned()];
    let mut seen: [BTreeSet<String>; 5] = Default::default();
    let mut is_wide = [false; 2];
    for seed in 1..=500 {
        let loaded = random::scenario(seed, &protocols).load("picky.toml", &set);
        let plan = loaded.and_then(|loaded| Plan::new::<(X, C)>(&loaded));
        // A world that is refused may be so for another reason.
        let plan = plan.unwrap_or_else(|wrong| panic!("{seed}: {}", wrong.in_short()));
        let shown = format!("{:?}", plan.exchange);
        let value = |key: &str| {
            let rest = shown.split_once(&format!("{key}: ")).unwrap().1;
            rest.split([',', ' ', '}']).next().unwrap().to_owned()
        };
        for (values, key) in seen.iter_mut().zip(["level", "told", "share", "way", "is_eager"]) {
            values.insert(value(key));
        }
        let wide: i64 = value("wide").parse().unwrap();
        is_wide = [is_wide[0] || wide < -(1 << 60), is_wide[1] || wide > 1 << 60];
    }
    let [level, told, share, way, is_eager] = seen.map(|values| values.len());
    assert_eq!([level, told, way, is_eager, usize::from(share > 50)], [12, 8, 2, 2, 1]);
    assert_eq!(is_wide, [true; 2]);
}
