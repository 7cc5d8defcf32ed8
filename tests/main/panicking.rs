//! A protocol of one's own that panics in some runs: each is a failure of its seed, told once, with a
//! line that reproduces it; all other runs are there.

use std::path::PathBuf;
use std::process::{Command, Output};

use crate::common::this_program;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use zonesim::cli;
use zonesim::engine::{self, Digest, Engine};
use zonesim::id::{Item, ItemSet};
use zonesim::plan::Plan;
use zonesim::protocol::coordination;
use zonesim::protocol::exchange::{Deliver, Publish};
use zonesim::protocol::{
    ConfigError, Input, Items, NamedProtocol, NodeView, Out, Protocol, ProtocolInfo, WireMessage,
    WithBuiltin,
};
use zonesim::scenario;
use zonesim::time::NanoDuration;

/// Sends each item once to all others, and panics at the second copy of one; or, with patience, when it
/// learns so many items after a restart.
struct Touchy {
    known: ItemSet,
    patience: u32,
    /// Items learnt since the last restart, if there was one.
    since: Option<u32>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Pass(Item);

impl WireMessage for Pass {
    fn items(&self) -> Items<'_> {
        Items::One(self.0)
    }
}

#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    panics_in_check: bool,
    /// In a word, which no number that is simpler takes the place of.
    patience: Patience,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Patience {
    #[default]
    None = 0,
    One = 1,
    Three = 3,
}

impl Protocol for Touchy {
    type Message = Pass;
    type Timer = ();
    type Input = Publish;
    type Output = Deliver;

    fn handle(&mut self, input: Input<Self>, out: &mut Out<'_, Self>) {
        match input {
            Input::Local(Publish(item)) => {
                self.known.insert(item);
                out.view().peers().for_each(|peer| out.send(peer, Pass(item)));
            }
            Input::Message { message: Pass(item), .. } => {
                if !self.known.insert(item) {
                    assert!(self.patience > 0, "item {} comes twice", item.0);
                    return;
                }
                out.deliver(item);
                self.since = self.since.map(|count| count + 1);
                assert!(self.patience == 0 || self.since < Some(self.patience), "it is tired");
            }
            Input::Restart => self.since = Some(0),
            Input::Start | Input::Timer(()) => {}
        }
    }
}

impl NamedProtocol for Touchy {
    type Params = Settings;
    const INFO: ProtocolInfo =
        ProtocolInfo { name: "touchy", about: "panics", ..ProtocolInfo::EMPTY };

    fn new(settings: &Settings, _site: &NodeView, _resolution: NanoDuration) -> Self {
        Self { known: ItemSet::EMPTY, patience: settings.patience as u32, since: None }
    }

    fn check(settings: &Settings, _site: &NodeView) -> Result<(), ConfigError> {
        assert!(!settings.panics_in_check, "no such check");
        Ok(())
    }
}

type Exchanges = WithBuiltin<Touchy>;

/// Set in the process that runs the program: its arguments, a line each.
const CHILD: &str = "ZONESIM_TOUCHY";

#[test]
#[ignore = "the program of the other tests"]
fn program() {
    if let Ok(arguments) = std::env::var(CHILD) {
        let exit = cli::run_on::<(Exchanges, coordination::Builtin)>(
            arguments.lines().map(|argument| argument.into()),
        );
        std::process::exit(exit as i32);
    }
}

fn touchy(arguments: &[&str]) -> (Option<i32>, String, String) {
    let arguments = [&["/opt/my programs/touchy ones"], arguments].concat();
    let mut program = this_program(module_path!(), "program");
    let Output { status, stdout, stderr } =
        program.env(CHILD, arguments.join("\n")).output().unwrap();
    let [out, error] = [stdout, stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    (status.code(), out, error)
}

fn folder(name: &str) -> PathBuf {
    let folder = scratch!().join(format!("touchy {name}"));
    drop(std::fs::remove_dir_all(&folder));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Four items of which copies come in some runs.
const SCENARIO: &str = r#"horizon = "2s"
exchange.use = "touchy"
zones.generate = 4
network = { latency = "30ms", duplicate = 0.05 }
[workload.items]
interval = "100ms"
count = 4
"#;

fn file(folder: &str) -> String {
    let path = self::folder(folder).join("a world.toml");
    std::fs::write(&path, SCENARIO).unwrap();
    path.to_str().unwrap().into()
}

/// The seeds up to a number whose runs panic.
fn failing(engine: Engine, most: u64) -> Vec<u64> {
    let loaded = scenario::parse("touchy", SCENARIO.into(), &[], PathBuf::new()).unwrap();
    let plan = Plan::new::<(Exchanges, coordination::Builtin)>(&loaded).unwrap();
    let fails = |&seed: &u64| {
        engine::try_run::<(Exchanges, coordination::Builtin), _>(engine, &plan, seed, &mut ())
            .is_err()
    };
    (1..=most).filter(fails).collect()
}

/// The words of the line that reproduces a failure, as a shell reads them, without the program.
fn reproduced(said: &str) -> Vec<String> {
    let lines: Vec<_> = said.lines().filter_map(|line| line.strip_prefix("reproduce: ")).collect();
    let [line] = lines[..] else { panic!("one line that reproduces it: {said}") };
    assert!(line.starts_with("'touchy ones' "), "{line}");
    let output = Command::new("sh").args(["-c", &format!("printf '%s\\n' {line}")]).output();
    let words = String::from_utf8(output.unwrap().stdout).unwrap();
    words.lines().skip(1).map(str::to_owned).collect()
}

/// The failure is told once, and its line fails again.
fn check((code, out, error): (Option<i32>, String, String)) {
    let said = out + &error;
    assert_eq!(code, Some(8), "{said}");
    assert_eq!(said.matches("comes twice (tests/main/panicking.rs:").count(), 1, "{said}");
    assert!(!said.contains("RUST_BACKTRACE") && !said.contains("panicked at"), "{said}");
    let words = reproduced(&said);
    let again = touchy(&words.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(again.0, Some(8), "{words:?} {}{}", again.1, again.2);
}

#[test]
fn the_same_seeds_fail_on_both_engines_and_are_counted() {
    let failing = [Engine::Event, Engine::Turmoil].map(|engine| self::failing(engine, 60));
    assert_eq!(failing[0], failing[1]);
    let count = failing[0].len();
    assert!((10..50).contains(&count), "{count} of 60");
    let file = file("runs");
    for more in [&["--threads", "1"][..], &["--threads", "3"], &["--engine", "turmoil"]] {
        let runs = [&["run", &file, "--runs", "60", "--json"], more].concat();
        let (code, out, error) = touchy(&runs);
        assert!(error.contains(&format!("error: {count} of 60 runs failed")), "{error}");
        let json = out.lines().find(|line| line.starts_with('{')).unwrap();
        let json: serde_json::Value = serde_json::from_str(json).unwrap();
        assert_eq!(json["failed_runs"], count);
        assert_eq!(json["failed_seed"], failing[0][0]);
        let metrics = &json["metrics"]["messages"];
        assert_eq!(metrics["n"], 60 - count, "{metrics}");
        check((code, out, error));
    }
}

#[test]
fn one_run_tells_what_there_was() {
    let (file, seed) = (file("one"), failing(Engine::Event, 60)[0].to_string());
    for engine in ["event", "turmoil"] {
        let line = ["run", &file, "--seed", &seed, "--engine", engine];
        let (code, out, error) = touchy(&line);
        assert!(out.contains("z1 learns item 0"), "the story goes up to the panic: {out}");
        check((code, out, error));
        let (code, out, error) = touchy(&[&line[..], &["--json"]].concat());
        assert!(out.contains("\"what\":\"a protocol panics: item"), "{out}");
        check((code, String::new(), error));
    }
}

#[test]
fn comparisons_and_sweeps_keep_the_other_runs() {
    let file = file("many");
    check(touchy(&["compare", &file, "--vary", "exchange=mesh,touchy", "--runs", "30"]));
    let here = folder("swept");
    std::fs::write(here.join("world.toml"), SCENARIO).unwrap();
    let sweep = here.join("a sweep.toml");
    let text = r#"scenario = "world.toml"
seeds = { base = 1, count = 60 }
[axes]
exchange = ["touchy", "mesh"]
"#
    .replace("exchange =", "\"exchange.use\" =");
    std::fs::write(&sweep, text).unwrap();
    let out = here.join("out");
    let words = ["sweep", sweep.to_str().unwrap(), "--out", out.to_str().unwrap()];
    check(touchy(&words));
    let meta = std::fs::read_to_string(out.join("sweep.json")).unwrap();
    let meta: serde_json::Value = serde_json::from_str(&meta).unwrap();
    assert_eq!(meta["failed"], failing(Engine::Event, 60).len());
    let command = meta["command"].as_str().unwrap();
    assert!(command.starts_with("'touchy ones' sweep '"), "{command}");
}

#[test]
fn verification_tells_it_too() {
    let file = file("verified");
    check(touchy(&["verify", &file, "--seeds", "60"]));
    let set = ["--set", "exchange.use=touchy", "--set", "network.duplicate=0.5"];
    check(touchy(&[&["verify", "--random", "20"], &set[..]].concat()));
}

#[test]
fn a_panic_is_found_and_shrunk() {
    let here = folder("panic-found");
    let out = here.join("found it.toml");
    let set = ["--set", "exchange.use=touchy"];
    let fuzz = ["fuzz", "--cases", "50", "--out", out.to_str().unwrap()];
    let (code, told, error) = touchy(&[&fuzz, &set[..]].concat());
    assert_eq!(code, Some(8), "{told}{error}");
    assert!(!error.contains("panicked at"), "{error}");
    let words = reproduced(&told);
    assert!(!words.contains(&"--set".to_owned()), "{words:?}");
    let text = std::fs::read_to_string(&out).unwrap();
    assert!(text.contains("comes twice"), "{text}");
    check(touchy(&words.iter().map(String::as_str).collect::<Vec<_>>()));
    // Whatever of the protocol panics, and where it is asked.
    let set = ["--set", "exchange.use=touchy", "--set", "exchange.touchy.panics_in_check=true"];
    let (code, told, error) = touchy(&[&fuzz, &set[..], &["--overwrite"]].concat());
    assert_eq!(code, Some(8), "{told}{error}");
    assert!(told.contains("no such check (tests/main/panicking.rs:"), "{told}");
}

#[test]
fn a_random_scenario_is_printed_as_it_is_run() {
    let here = folder("printed");
    let rtt = here.join("rtt of two.csv");
    std::fs::write(&rtt, "at,ms\n0,3\n1,5.5\n").unwrap();
    let jitter = format!("network.jitter={{ samples = {rtt:?} }}");
    let set = ["--set", "horizon=1230ms", "--set", &jitter];
    let (mut with_files, mut worlds) = (0, Vec::new());
    for seed in ["7", "8", "9", "10", "11", "12"] {
        let print = ["fuzz", "--print", seed];
        let (code, out, error) = touchy(&print);
        assert_eq!(code, Some(0), "{error}");
        let text = &out[out.find("# zonesim ").unwrap()..];
        let table: toml::Table = text.parse().unwrap_or_else(|e| panic!("{e}\n{text}"));
        with_files += usize::from(text.contains("\n#   "));
        worlds.push(table);
        // Into a file, with what is put over it, and what that names beside it.
        let file = if seed.len() == 1 { here.clone() } else { folder("elsewhere") };
        let file = file.join(format!("world {seed}.toml"));
        let out = ["--out", file.to_str().unwrap()];
        let (code, told, error) = touchy(&[&print[..], &set, &out, &["--overwrite"]].concat());
        assert_eq!(code, Some(0), "{error}");
        assert!(told.contains("run it: 'touchy ones' run '"), "{told}");
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.contains("horizon = \"1230ms\""), "{text}");
        assert!(!text.contains(here.to_str().unwrap()), "{text}");
        let run = touchy(&["run", file.to_str().unwrap(), "--seed", seed, "--json"]);
        assert!(matches!(run.0, Some(0 | 8 | 10)), "{}", run.2);
    }
    assert!(with_files > 0);
    worlds.dedup();
    assert_eq!(worlds.len(), 6, "each of its own");
}

#[test]
#[ignore = "slow"]
fn what_is_drawn_is_listed_and_shrunk_one_by_one() {
    let here = folder("tired");
    for (patience, count) in [("one", 1), ("three", 3)] {
        let out = here.join(format!("found-{patience}.toml"));
        let fuzz = ["fuzz", "--cases", "200", "--out", out.to_str().unwrap()];
        let patience_set = format!("exchange.touchy.patience={patience}");
        let nemesis = "nemesis={ kinds = [\"crash\", \"partition\"], mean_between = \"300ms\", \
                       mean_repair = \"90ms\" }";
        // Over a long horizon there are more items than are listed.
        let sets = ["exchange.use=touchy", &patience_set, nemesis, "fault=[]", "horizon=20s"];
        let sets = sets.iter().chain(&["workload={ items = { mean_interval = \"70ms\" } }"]);
        let sets: Vec<_> = sets.flat_map(|set| ["--set", set]).collect();
        let (code, told, error) = touchy(&[&fuzz[..], &sets].concat());
        assert_eq!(code, Some(8), "{told}{error}");
        let text = std::fs::read_to_string(&out).unwrap();
        let table: toml::Table = text.parse().unwrap();
        assert!(text.contains("it is tired"), "{text}");
        assert!(!table.contains_key("nemesis"), "{text}");
        assert_eq!(table["fault"].as_array().unwrap().len(), 1, "{text}");
        // Where the items of a scenario that says nothing of them do as well, none are listed.
        if let Some(workload) = table.get("workload") {
            assert_eq!(workload["items"]["at"].as_array().unwrap().len(), count, "{text}");
        }
        let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).count();
        assert!(lines <= 15, "{lines} lines\n{text}");
        let words = reproduced(&told);
        let seed = words.iter().skip_while(|word| *word != "--seed").nth(1).unwrap();
        let loaded = scenario::parse("tired", text, &[], here.clone()).unwrap();
        let plan = Plan::new::<(Exchanges, coordination::Builtin)>(&loaded).unwrap();
        assert!(plan.zones <= 3, "{} zones", plan.zones);
        let mut digest = Digest::default();
        let seed = seed.parse().unwrap();
        let engine = Engine::Event;
        let ran = engine::try_run::<(Exchanges, coordination::Builtin), _>(
            engine,
            &plan,
            seed,
            &mut digest,
        );
        assert!(ran.is_err() && digest.events() <= 30, "{} events", digest.events());
    }
}
