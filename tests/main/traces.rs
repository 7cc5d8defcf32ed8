//! The scenarios of `sims/protocols`: each shows in a few zones what a protocol is for, and beside
//! each stands every event of it in words.
//!
//! `ZONESIM_BLESS=1 cargo test --test main traces::` writes the traces anew; read what changed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::common::{plan_of_file, root};
use zonesim::experiment::statistics::Summary;
use zonesim::metrics::{METRICS, MetricRow};
use zonesim::protocol::ProtocolSet as _;
use zonesim::protocol::coordination::Builtin as Coordination;
use zonesim::protocol::exchange::Builtin as Exchange;

const FOLDER: &str = "sims/protocols";
/// Lines of a scenario, and of its trace beside the table.
const MOST_LINES: usize = 70;

/// The names of the scenarios, in order.
fn names() -> Vec<String> {
    let files = crate::common::scenarios_in(FOLDER).into_iter();
    files.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect()
}

fn file(name: &str) -> PathBuf {
    Path::new(FOLDER).join(format!("{name}.toml"))
}

/// The comment that a scenario opens with, line by line.
fn comment(name: &str) -> Vec<String> {
    let text = fs::read_to_string(root().join(file(name))).unwrap();
    let lines = text.lines().map_while(|line| line.strip_prefix('#'));
    lines.map(|line| line.trim().to_owned()).collect()
}

/// The command whose output is the trace: the one that the comment names, if it names one.
fn command(name: &str) -> String {
    let usual = format!("zonesim run {FOLDER}/{name}.toml --events");
    let lines = comment(name);
    let mut named = lines.iter().filter_map(|line| Some(&line[line.find("zonesim run ")?..]));
    named.next().map_or(usual, str::to_owned)
}

fn zonesim(arguments: &str) -> String {
    let mut program = Command::new(env!("CARGO_BIN_EXE_zonesim"));
    let output = program.args(arguments.split(' ')).current_dir(root()).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "zonesim {arguments}\n{said}{complaint}");
    said
}

/// The lines of two texts, those of one of them only marked as such: the longest common subsequence.
fn difference(old: &str, new: &str) -> String {
    let (old, new): (Vec<_>, Vec<_>) = (old.lines().collect(), new.lines().collect());
    let mut common = vec![vec![0; new.len() + 1]; old.len() + 1];
    for (i, left) in old.iter().enumerate().rev() {
        for (j, right) in new.iter().enumerate().rev() {
            common[i][j] = match left == right {
                true => common[i + 1][j + 1] + 1,
                false => common[i + 1][j].max(common[i][j + 1]),
            };
        }
    }
    let (mut i, mut j, mut text) = (0, 0, String::new());
    while i < old.len() || j < new.len() {
        let (mark, line) = if i < old.len() && j < new.len() && old[i] == new[j] {
            (i, j) = (i + 1, j + 1);
            (' ', new[j - 1])
        } else if j == new.len() || i < old.len() && common[i + 1][j] >= common[i][j + 1] {
            i += 1;
            ('-', old[i - 1])
        } else {
            j += 1;
            ('+', new[j - 1])
        };
        text += &format!("{mark} {line}\n");
    }
    text
}

#[test]
fn differences_are_told_line_by_line() {
    assert_eq!(difference("a\nb\nc\n", "a\nX\nc\nd\n"), "  a\n- b\n+ X\n  c\n+ d\n");
    assert_eq!(difference("", "a\n"), "+ a\n");
}

#[test]
fn traces_are_as_they_were_on_both_engines() {
    let bless = std::env::var_os("ZONESIM_BLESS").is_some();
    let mut wrong = Vec::new();
    for name in names() {
        let command = command(&name);
        let arguments = command.strip_prefix("zonesim ").unwrap();
        let event = zonesim(arguments);
        let turmoil = zonesim(&format!("{arguments} --engine turmoil"));
        let turmoil = turmoil.replacen("engine turmoil", "engine event", 1);
        if event != turmoil {
            wrong.push(format!("{name}, event to turmoil:\n{}", difference(&event, &turmoil)));
        }
        let trace = format!("$ {command}\n{event}");
        let golden = root().join(FOLDER).join(format!("{name}.trace"));
        if bless {
            fs::write(&golden, &trace).unwrap();
        }
        let stored = fs::read_to_string(&golden).unwrap_or_default();
        if stored != trace {
            wrong.push(format!("{name}, as stored to now:\n{}", difference(&stored, &trace)));
        }
        let told = trace.split("\n\n").nth(1).unwrap().lines().count();
        let scenario = fs::read_to_string(root().join(file(&name))).unwrap().lines().count();
        assert!(told <= MOST_LINES && scenario <= MOST_LINES, "{name}: {told}, {scenario} lines");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_protocol_has_its_scenario() {
    let exchanges = Exchange::entries().iter().map(|entry| (entry.name, true));
    let coordinations = Coordination::entries().iter().map(|entry| (entry.name, false));
    let names = names();
    for (name, is_exchange) in exchanges.chain(coordinations) {
        assert!(names.iter().any(|other| other == name), "no {}", file(name).display());
        let plan = plan_of_file(&root().join(file(name)), &[]);
        let chosen = match is_exchange {
            true => Exchange::chosen(&plan.exchange),
            false => Coordination::chosen(&plan.coordination),
        };
        assert_eq!(chosen, name, "{name}.toml is of another protocol");
    }
    for path in fs::read_dir(root().join(FOLDER)).unwrap().map(|entry| entry.unwrap().path()) {
        assert!(path.with_extension("toml").exists(), "{} is of no scenario", path.display());
    }
}

#[test]
fn both_engines_agree_and_the_invariants_hold() {
    let files: Vec<_> = names().iter().map(|name| file(name).display().to_string()).collect();
    let said = zonesim(&format!("verify {}", files.join(" ")));
    assert_eq!(said.lines().filter(|line| line.starts_with("equal ")).count(), files.len());
}

/// What a prediction says: of how many runs if not of one, and what is measured, as it is written.
type Prediction = (Option<u64>, Vec<(String, String)>);

fn predictions(name: &str) -> Vec<Prediction> {
    let lines = comment(name);
    let told = lines.iter().filter_map(|line| line.strip_prefix("Prediction")?.split_once(": "));
    let parse = |(runs, values): (&str, &str)| {
        let runs = runs.strip_prefix(", of ").map(|runs| {
            runs.strip_suffix(" runs").and_then(|runs| runs.parse().ok()).expect("a number of runs")
        });
        let values = values.split(", ").map(|value| value.split_once(' ').expect("metric value"));
        (runs, values.map(|(metric, value)| (metric.into(), value.into())).collect())
    };
    told.map(parse).collect()
}

/// Half a unit of the last digit of a number as it is written.
fn half_a_digit(value: &str) -> f64 {
    let digits = value.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    format!("5e-{}", digits + 1).parse().unwrap()
}

/// The mean of a column over runs with the seeds from 1 on, and four standard errors of it; nothing,
/// if there is one run.
fn measured(rows: &[MetricRow], metric: &str) -> (f64, f64) {
    let place = METRICS.iter().position(|column| column.name == metric);
    let place = place.unwrap_or_else(|| panic!("{metric} is not measured"));
    let values: Vec<_> = rows.iter().filter_map(|row| row.values().nth(place).flatten()).collect();
    let Summary { n, mean, sd, .. } = Summary::new(values);
    let mean = mean.unwrap_or_else(|| panic!("{metric} has no value"));
    (mean, 4.0 * sd.unwrap_or(0.0) / (n as f64).sqrt())
}

#[test]
fn predictions_come_out() {
    for name in names() {
        let plan = plan_of_file(&root().join(file(&name)), &[]);
        let predictions = predictions(&name);
        assert!(!predictions.is_empty(), "{name} predicts nothing");
        for (runs, values) in predictions {
            let seeds = (1, runs.unwrap_or(1));
            let rows = crate::common::rows(plan.clone(), seeds);
            for (metric, value) in values {
                let expected: f64 = value.parse().unwrap_or_else(|_| panic!("{name}: {value}"));
                let (found, error) = measured(&rows, &metric);
                let within = error + half_a_digit(&value);
                let is_right = (found - expected).abs() <= within;
                assert!(is_right, "{name}: {metric} {value} predicted, {found} ± {within}");
            }
        }
    }
}
