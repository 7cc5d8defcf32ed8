//! Errors at the door: every file in `tests/broken` is refused with exactly the message beside it.
//!
//! `ZONESIM_BLESS=1 cargo test --test broken` writes the messages anew; read what changed.

use std::fs;
use std::path::{Path, PathBuf};

use zonesim::coordination::Builtin as Coordination;
use zonesim::exchange::Builtin as Exchange;
use zonesim::plan::Plan;
use zonesim::scenario::{self, Diagnostic};

const FOLDER: &str = "tests/broken";

/// Messages about what is not there at all: they name the file and no place in it.
const WITHOUT_A_PLACE: [&str; 1] = ["zones-none"];

/// What is wrong with a file and the overrides over it.
fn refusal(path: &Path, overrides: &[String]) -> Option<Diagnostic> {
    let plan = scenario::load(path, overrides)
        .and_then(|loaded| Plan::new::<Exchange, Coordination>(&loaded).map(drop));
    plan.err()
}

/// Holds a message to the golden file; returns what is wrong with it.
fn compare(golden: &Path, message: &str) -> Option<String> {
    if std::env::var_os("ZONESIM_BLESS").is_some() {
        fs::write(golden, message).expect("a golden file can be written");
        return None;
    }
    match fs::read_to_string(golden) {
        Ok(expected) if expected == message => None,
        Ok(expected) => Some(format!("expected:\n{expected}\nfound:\n{message}")),
        Err(_) => Some(format!("no {}; the message is:\n{message}", golden.display())),
    }
}

/// The names of the files in the folder with this ending, in order, without it.
fn names(ending: &str) -> Vec<String> {
    let files = fs::read_dir(FOLDER).expect("the corpus is there");
    let name = |file: std::io::Result<fs::DirEntry>| file.ok()?.file_name().into_string().ok();
    let mut names: Vec<_> =
        files.filter_map(|file| Some(name(file)?.strip_suffix(ending)?.to_owned())).collect();
    names.sort();
    names
}

/// Whether a message points at a line and a column of a file, or of the command line.
fn points(message: &str) -> bool {
    let place = message.lines().find_map(|line| line.trim_start().strip_prefix("--> "));
    let digits = |text: Option<&str>| text.is_some_and(|text| text.parse::<u32>().is_ok());
    let mut parts = place.unwrap_or_default().rsplitn(3, ':');
    digits(parts.next()) && digits(parts.next()) && parts.next().is_some()
}

/// Words of the machine that say nothing to a reader.
fn machine_words(message: &str) -> Vec<&'static str> {
    let words = [
        "struct",
        "enum",
        "variant",
        "visitor",
        "map",
        "sequence",
        "u16",
        "u32",
        "u64",
        "i64",
        "f64",
        "floating point",
        "tuple",
        "field `",
        "boolean",
        "None",
        "Some(",
        "recurs",
    ];
    words.into_iter().filter(|word| message.contains(word)).collect()
}

#[test]
fn every_broken_file_is_refused_with_its_message() {
    let mut wrong = Vec::new();
    let files = names(".toml");
    assert!(files.len() >= 45, "only {} files", files.len());
    for name in &files {
        let path: PathBuf = [FOLDER, &format!("{name}.toml")].iter().collect();
        let Some(diagnostic) = refusal(&path, &[]) else {
            wrong.push(format!("{name} is accepted"));
            continue;
        };
        let message = diagnostic.render(false) + "\n";
        if !message.contains(&format!("{FOLDER}/")) {
            wrong.push(format!("{name} names no file:\n{message}"));
        }
        if points(&message) == WITHOUT_A_PLACE.contains(&name.as_str()) {
            wrong.push(format!("{name} points nowhere, or is listed so in vain:\n{message}"));
        }
        let machine = machine_words(&message);
        if !machine.is_empty() {
            wrong.push(format!("{name} speaks of {machine:?}:\n{message}"));
        }
        let golden = path.with_extension("txt");
        wrong.extend(compare(&golden, &message).map(|what| format!("{name}: {what}")));
    }
    let goldens = names(".txt").into_iter().filter(|name| name != OVERRIDES);
    let orphans: Vec<_> = goldens.filter(|name| !files.contains(name)).collect();
    assert!(orphans.is_empty(), "messages of no file: {orphans:?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The golden file of the overrides.
const OVERRIDES: &str = "overrides";

/// Overrides that are refused, over `sims/xiamen-2019.toml`; several are put over it in turn.
const BROKEN_OVERRIDES: &[&[&str]] = &[
    &["network.loss"],
    &["=0.05"],
    &["network loss=0.05"],
    &["network..loss=0.05"],
    &["[network]=0.05"],
    &["netwrok.loss=0.05"],
    &["network.los=0.05"],
    &["network.loss=5%"],
    &["network.loss="],
    &["network.loss=-0.1"],
    &["network.loss.good=0.1"],
    &["horizon=12"],
    &["horizon=12 hours"],
    &["horizon=0s"],
    &["resolution=1d"],
    &["exchange.use=gosip"],
    &["exchange.use=gossip", "exchange.gossip.fanout=8"],
    &["exchange.use=gossip", "exchange.gossip.fanout=two"],
    &["zones.generate=8"],
    &["zones.XX.name=Nowhere"],
    &["zones.cn.labs=0"],
    &["zones.cn.at.0=91"],
    &["zones.cn.at.7=91"],
    &["hub.seat=tashkent"],
    &["hub.at=[41.2, 69.2]"],
    &["network.jitter={uniform={min=0ms,max=9ms}}"],
    &["network.jitter.uniform.min=1ms"],
    &["network.latency.geo.inflation=2"],
    &["network.latency={rtt=\"rtt-2052.csv\"}"],
    &["network.link.cn>ru.loss=0.1"],
    &["network.link.\"cn>xx\".loss=0.1"],
    &["network.link.\"cn>ru\".los=0.1"],
    &["fault.at=1h"],
    &["fault.3.at=1h"],
    &["fault.1.at=1h"],
    &["fault.0.for=0s"],
    &["fault.0.crash=[\"tj\"]"],
    &["fault.0.cut.1.0=in"],
    &["fault.0.cut=[[\"in\"], [\"*\"]"],
    &["fault=none"],
    &["workload.organisation.members=1e6"],
    &["coordination.order.quiet=1"],
    &["about=one\nabout=two", "los=1"],
    &["network.\"loss\"=2"],
    &["stop=12:00:00"],
];

#[test]
fn every_broken_override_is_refused_with_its_message() {
    let mut messages = String::new();
    let mut wrong = Vec::new();
    for &overrides in BROKEN_OVERRIDES {
        let lines: Vec<_> = overrides.iter().map(|line| (*line).to_owned()).collect();
        let Some(diagnostic) = refusal(Path::new("sims/xiamen-2019.toml"), &lines) else {
            wrong.push(format!("{overrides:?} is accepted"));
            continue;
        };
        let message = diagnostic.render(false);
        if !points(&message) || !machine_words(&message).is_empty() {
            wrong.push(format!("{overrides:?} points nowhere or speaks of machines:\n{message}"));
        }
        for line in lines {
            messages += &format!("--set {line:?}\n");
        }
        messages += &format!("{message}\n\n");
    }
    let golden: PathBuf = [FOLDER, &format!("{OVERRIDES}.txt")].iter().collect();
    wrong.extend(compare(&golden, &messages));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let diagnostic = refusal(Path::new("sims/nowhere.toml"), &[]).expect("there is no such file");
    assert!(diagnostic.is_unreadable());
    assert!(diagnostic.render(false).starts_with("error: cannot read sims/nowhere.toml: "));
    let device = refusal(Path::new("/dev/zero"), &[]).expect("no scenario is without end");
    assert!(device.is_unreadable(), "{device}");
}
