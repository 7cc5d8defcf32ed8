//! The README is true: its outputs are real, its table is the code's, its scenario can be read.

mod common;

use std::process::Command;

use common::{example, plan_of, plan_of_file, root};
use zonesim::experiment::design::Design;
use zonesim::metrics::METRICS;

fn readme() -> String {
    std::fs::read_to_string(root().join("README.md")).unwrap()
}

/// The fenced blocks of a language.
fn blocks(language: &str) -> Vec<String> {
    let readme = readme();
    let fence = format!("```{language}\n");
    readme.split(&fence).skip(1).map(|rest| rest.split("\n```").next().unwrap().into()).collect()
}

/// Whether an output is as shown, to the letter; a line `...` stands for any lines.
fn is_as_shown(shown: &[&str], output: &[&str]) -> bool {
    match shown {
        [] => output.is_empty(),
        ["...", rest @ ..] => {
            (0..=output.len()).any(|skipped| is_as_shown(rest, &output[skipped..]))
        }
        [line, rest @ ..] => {
            let Some((first, others)) = output.split_first() else { return false };
            first == line && is_as_shown(rest, others)
        }
    }
}

#[test]
fn outputs_are_real() {
    let mut commands = 0;
    for block in blocks("console") {
        let mut lines = block.lines();
        let command = lines.next().unwrap_or_default();
        let output = if let Some(arguments) = command.strip_prefix("$ zonesim ") {
            let mut program = Command::new(env!("CARGO_BIN_EXE_zonesim"));
            program.args(arguments.split(' ')).current_dir(root()).output().unwrap()
        } else if let Some(rest) = command.strip_prefix("$ cargo run --release --example ") {
            let (name, arguments) = rest.split_once(" -- ").unwrap();
            example(name, &arguments.split(' ').collect::<Vec<_>>())
        } else {
            continue;
        };
        commands += 1;
        let shown: Vec<_> = lines.collect();
        let output = String::from_utf8(output.stdout).unwrap();
        let got: Vec<_> = output.lines().collect();
        assert!(is_as_shown(&shown, &got), "{command}\n{output}");
    }
    assert!(commands >= 5);
}

#[test]
fn the_table_of_metrics_is_the_codes() {
    let rows: Vec<_> = METRICS
        .iter()
        .map(|column| format!("| `{}` | {} | {} |", column.name, column.unit, column.definition))
        .collect();
    let table = rows.join("\n");
    assert!(readme().contains(&table), "the README's table should be:\n{table}");
}

#[test]
fn the_scenario_can_be_read() {
    let [block, _] = &blocks("toml")[..] else { panic!("a scenario and a sweep") };
    let plan = plan_of(block);
    assert_eq!((plan.zones, plan.listed_faults().len()), (2, 1));
}

#[test]
fn the_sweep_can_be_read_and_has_every_key() {
    let [_, block] = &blocks("toml")[..] else { panic!("a scenario and a sweep") };
    let read = |text: &str| Design::parse("README.md", text, &root().join("sims"), &[]);
    let design = read(block).unwrap_or_else(|error| panic!("{error}"));
    // 2 protocols, 4 losses, 4 latencies with their horizons, 2 choices; two losses less for one.
    assert_eq!(design.points.count(), 2 * 4 * 4 * 2 - 2 * 4 * 2);
    for point in 0..design.points.count() {
        let (path, sets) = design.scenario(point);
        plan_of_file(path, &sets.iter().map(String::as_str).collect::<Vec<_>>());
    }
    // What it says of defaults is so.
    for default in ["seeds = { base = 1, count = 10 }", "design = \"grid\""] {
        assert!(block.contains(default));
        let without: Vec<_> = block.lines().filter(|line| !line.starts_with(default)).collect();
        let without = read(&without.join("\n")).unwrap();
        assert_eq!((without.seeds, &without.points), (design.seeds, &design.points), "{default}");
    }
    let linear = read(&block.replace("scale = \"log\"", "scale = \"linear\"")).unwrap();
    let silent = read(&block.replace(", scale = \"log\"", "")).unwrap();
    assert_eq!(linear.axes[3].levels, silent.axes[3].levels);
    // Whoever adds a key writes it here: the reader tells all that it knows.
    let message = read("scenario = \"rounds.toml\"\nqqq = 1\n").unwrap_err().in_short();
    let keys: Vec<_> = message.split('`').skip(3).step_by(2).collect();
    assert!(keys.len() >= 10, "{message}");
    for key in keys {
        assert!(block.contains(key), "{key} is not in the README's sweep");
    }
}

#[test]
fn the_first_command_is_the_main_job() {
    let output = Command::new(env!("CARGO_BIN_EXE_zonesim"))
        .args(["run", "sims/xiamen-2019.toml"])
        .current_dir(root())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success());
    assert!((40..120).contains(&text.lines().count()), "{text}");
    for word in ["learns item 0", "cut pk, in", "it took", "locates", "decides", "captures"] {
        assert!(text.contains(word), "{word}");
    }
    assert!(readme().contains("cargo run --release -- run sims/xiamen-2019.toml\ncargo test\n"));
}
