//! The README and the guide are true: their outputs are real, their files can be read, and they
//! mention only what exists.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fmt::Debug;
use std::process::Command;

use crate::common::{example, plan_of, plan_of_file, root};
use serde_json::Value;
use zonesim::experiment::design::Design;
use zonesim::guide::{PAGES, Page};

/// The README and the pages of the guide, each with its name.
fn pages() -> Vec<(String, String)> {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let guide = PAGES.iter().map(|page| (page.name.to_owned(), page.text.to_owned()));
    [("README".to_owned(), readme)].into_iter().chain(guide).collect()
}

/// The text of a page.
fn page(name: &str) -> String {
    let pages = pages().into_iter().find(|(known, _)| known == name);
    pages.unwrap_or_else(|| panic!("no page {name}")).1
}

/// The fenced blocks of a language in a page.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    page.split(&fence).skip(1).map(|rest| rest.split("\n```").next().unwrap().into()).collect()
}

/// The only block of a language in a page.
fn block(name: &str, language: &str) -> String {
    let [block] = &blocks(&page(name), language)[..] else {
        panic!("{name}: one {language} block")
    };
    block.clone()
}

/// The arguments of a line of a shell without spaces in its quotes.
fn arguments(line: &str) -> Vec<String> {
    line.split(' ').map(|argument| argument.replace('\'', "")).collect()
}

/// What the program prints for arguments that are right.
fn printed(arguments: &[impl AsRef<OsStr> + Debug]) -> String {
    let mut program = Command::new(env!("CARGO_BIN_EXE_zonesim"));
    let output = program.args(arguments).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
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
    for (name, text) in pages() {
        for block in blocks(&text, "console") {
            let mut lines = block.lines();
            let command = lines.next().unwrap_or_default();
            let output = if let Some(line) = command.strip_prefix("$ zonesim ") {
                printed(&arguments(line))
            } else if let Some(rest) = command.strip_prefix("$ cargo run --release --example ") {
                let (example_name, arguments) = rest.split_once(" -- ").unwrap();
                let output = example(example_name, &arguments.split(' ').collect::<Vec<_>>());
                String::from_utf8(output.stdout).unwrap()
            } else {
                assert!(command.starts_with("cargo "), "{name}: not tried: {command}");
                continue;
            };
            commands += 1;
            let shown: Vec<_> = lines.collect();
            let got: Vec<_> = output.lines().collect();
            assert!(is_as_shown(&shown, &got), "{name}: {command}\n{output}");
        }
    }
    assert!(commands >= 9, "{commands}");
}

/// A block with the key `scenario` or `scenarios` is a sweep file; any other is a scenario.
#[test]
fn every_toml_block_can_be_read() {
    let mut read = 0;
    for (name, text) in pages() {
        for block in blocks(&text, "toml") {
            read += 1;
            if block.lines().any(|line| line.starts_with("scenario")) {
                let design = Design::parse("a page", &block, &root().join("sims"), &[]);
                assert!(design.is_ok(), "{name}: {}", design.unwrap_err());
            } else {
                plan_of(&block);
            }
        }
    }
    assert!(read >= 2, "{read}");
}

#[test]
fn the_scenario_page_has_two_zones_and_a_fault() {
    let plan = plan_of(&block("scenario", "toml"));
    assert_eq!((plan.zones, plan.listed_faults().len()), (2, 1));
}

/// The keys that a schema names at any depth, but for settings of protocols.
fn keys(schema: &Value, keys: &mut BTreeSet<String>) {
    for (key, value) in schema["properties"].as_object().into_iter().flatten() {
        keys.insert(key.clone());
        if !matches!(key.as_str(), "exchange" | "coordination") {
            self::keys(value, keys);
        }
    }
    let parts = schema.as_object().into_iter().flatten().filter(|(part, _)| *part != "properties");
    let parts = parts.map(|(_, value)| value);
    for value in parts.chain(schema.as_array().into_iter().flatten()) {
        self::keys(value, keys);
    }
}

#[test]
fn the_scenario_page_has_every_key() {
    let page = page("scenario");
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let words: BTreeSet<_> = page.split(|c| !is_word(c)).collect();
    let mut known = BTreeSet::new();
    keys(&serde_json::from_str(&printed(&["schema"])).unwrap(), &mut known);
    assert!(known.len() >= 80, "{known:?}");
    for key in &known {
        assert!(words.contains(key.as_str()), "{key} is not in the scenario page");
    }
}

#[test]
fn the_sweep_can_be_read_and_has_every_key() {
    let block = block("sweep", "toml");
    let read = |text: &str| Design::parse("sweep.md", text, &root().join("sims"), &[]);
    let design = read(&block).unwrap_or_else(|error| panic!("{error}"));
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
        assert!(block.contains(key), "{key} is not in the page's sweep file");
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
    assert!((40..160).contains(&text.lines().count()), "{text}");
    for word in ["Phases", "What held things up", "Decision", "Captured", "Not captured", "Attacks"]
    {
        assert!(text.contains(word), "{word}");
    }
    let readme = page("README");
    assert!(readme.contains("cargo run --release -- run sims/xiamen-2019.toml\ncargo test\n"));
    assert!(readme.lines().count() <= 200);
}

#[test]
fn every_page_is_listed_and_linked() {
    let folder = std::fs::read_dir(root().join("src/guide")).unwrap();
    let mut files: Vec<_> = folder
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    files.sort();
    let (readme, help) = (page("README"), printed(&["--help"]));
    for Page { name, about, .. } in PAGES {
        let row = format!("| [{name}](src/guide/{name}.md) | {about} |");
        assert!(readme.contains(&row), "the README has no {row}");
        let line = |line: &str| line.starts_with(&format!("  {name} ")) && line.ends_with(about);
        assert!(help.lines().any(line), "{name}: {help}");
    }
    let mut names: Vec<_> = PAGES.iter().map(|page| page.name).collect();
    names.sort_unstable();
    assert_eq!(files, names);
}

/// The words of lower-case letters that follow a mark in a text.
fn words_after<'a>(text: &'a str, mark: &str) -> Vec<&'a str> {
    let word = |rest: &'a str| {
        let end = rest.find(|c: char| !c.is_ascii_lowercase() && c != '-').unwrap_or(rest.len());
        &rest[..end]
    };
    text.split(mark).skip(1).map(word).filter(|word| !word.is_empty()).collect()
}

/// What a page runs `zonesim` with, in code spans and in blocks.
fn command_lines(text: &str) -> Vec<String> {
    let spans = text.split("`zonesim ").skip(1).filter_map(|rest| rest.split('`').next());
    let mut lines: Vec<_> = spans.map(str::to_owned).collect();
    for block in [blocks(text, "text"), blocks(text, "console")].concat() {
        let shown = block.lines().map(|line| line.trim_start_matches("$ "));
        lines.extend(shown.filter_map(|line| line.strip_prefix("zonesim ")).map(str::to_owned));
    }
    lines
}

#[test]
fn pages_mention_only_commands_and_options_that_exist() {
    let help = printed(&["--help"]);
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let names = lines.take_while(|line| !line.is_empty());
    let commands: Vec<_> = names.filter_map(|line| line.split_whitespace().next()).collect();
    assert!(commands.contains(&"run") && commands.contains(&"help"), "{help}");
    let mut helps: Vec<_> = commands.iter().map(|command| printed(&[command, "--help"])).collect();
    helps.push(String::from_utf8(example("hosted-service", &["--help"]).stdout).unwrap());
    let options: Vec<_> = helps.iter().flat_map(|help| words_after(help, " --")).collect();
    for (name, text) in pages() {
        for line in command_lines(&text) {
            let mut words = line.split_whitespace();
            let command = words.next().unwrap_or_default();
            let is_known = commands.contains(&command) || matches!(command, "COMMAND" | "--help");
            assert!(is_known, "{name}: zonesim {line}");
            if let ("help", Some(word)) = (command, words.next()) {
                let is_page = PAGES.iter().any(|page| page.name == word);
                let is_known = is_page || commands.contains(&word);
                assert!(is_known || matches!(word, "PAGE" | "WORD"), "{name}: zonesim {line}");
            }
        }
        for line in text.lines().filter(|line| !line.contains("cargo ")) {
            for option in [" --", "`--"].iter().flat_map(|mark| words_after(line, mark)) {
                assert!(options.contains(&option), "{name}: --{option}");
            }
        }
    }
}

#[test]
fn help_prints_commands_pages_or_both() {
    assert_eq!(printed(&["help"]), printed(&["--help"]));
    assert_eq!(printed(&["help", "run"]), printed(&["run", "--help"]));
    assert!(printed(&["help", "scenario"]).starts_with(&page("scenario")));
    let both = format!("{}\n{}", printed(&["sweep", "--help"]), page("sweep"));
    assert_eq!(printed(&["help", "sweep"]), both);
    assert_eq!(printed(&["help", "performance"]), page("performance"));
}

#[test]
fn help_appends_what_the_code_lists() {
    let metrics = printed(&["help", "metrics"]);
    assert!(metrics.ends_with(&printed(&["list", "metrics"])));
    assert!(printed(&["help", "scenario"]).ends_with(&printed(&["list", "faults"])));
    let protocols = printed(&["help", "protocols"]);
    for name in ["mesh", "plumtree", "independent", "two-phase"] {
        assert!(protocols.lines().any(|line| line.starts_with(&format!("{name} "))), "{name}");
    }
}

#[test]
fn an_unknown_word_of_help_gets_the_nearest_one() {
    for (word, nearest) in [("scenarios", "scenario"), ("swep", "sweep"), ("hosting-", "hosting")] {
        let mut program = Command::new(env!("CARGO_BIN_EXE_zonesim"));
        let output = program.args(["help", word]).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{word}");
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.contains(&format!("did you mean `{nearest}`?")), "{error}");
    }
}

#[test]
fn completions_name_commands_options_and_pages() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = printed(&["completions", shell]);
        for word in ["compare", "overwrite", "performance"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
}
