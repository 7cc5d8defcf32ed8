//! Golden messages: what is refused, held to a file that says exactly how.
//!
//! `ZONESIM_BLESS=1` writes the messages anew; read what changed.

use std::fs;
use std::path::{Path, PathBuf};

/// Holds a message to the golden file; returns what is wrong with it.
pub fn compare(golden: &Path, message: &str) -> Option<String> {
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

/// The names of the files in a folder with this ending, in order, without it.
pub fn names(folder: &str, ending: &str) -> Vec<String> {
    let files = fs::read_dir(folder).expect("the corpus is there");
    let name = |file: std::io::Result<fs::DirEntry>| file.ok()?.file_name().into_string().ok();
    let mut names: Vec<_> =
        files.filter_map(|file| Some(name(file)?.strip_suffix(ending)?.to_owned())).collect();
    names.sort();
    names
}

/// Whether a message points at a line and a column of a file, or of the command line.
pub fn points(message: &str) -> bool {
    let place = message.lines().find_map(|line| line.trim_start().strip_prefix("--> "));
    let digits = |text: Option<&str>| text.is_some_and(|text| text.parse::<u32>().is_ok());
    let mut parts = place.unwrap_or_default().rsplitn(3, ':');
    digits(parts.next()) && digits(parts.next()) && parts.next().is_some()
}

/// Words of the machine that say nothing to a reader.
pub fn machine_words(message: &str) -> Vec<&'static str> {
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

/// Holds every file of a folder to the message beside it; messages of `without_a_place` name a file
/// and no line.
pub fn hold(
    folder: &str,
    without_a_place: &[&str],
    refusal: impl Fn(&Path) -> Option<String>,
) -> usize {
    let mut wrong = Vec::new();
    let files = names(folder, ".toml");
    for name in &files {
        let path: PathBuf = [folder, &format!("{name}.toml")].iter().collect();
        let Some(message) = refusal(&path) else {
            wrong.push(format!("{name} is accepted"));
            continue;
        };
        let message = message + "\n";
        if !message.contains(&format!("{folder}/")) {
            wrong.push(format!("{name} names no file:\n{message}"));
        }
        if points(&message) == without_a_place.contains(&name.as_str()) {
            wrong.push(format!("{name} points nowhere, or is listed so in vain:\n{message}"));
        }
        let machine = machine_words(&message);
        if !machine.is_empty() {
            wrong.push(format!("{name} speaks of {machine:?}:\n{message}"));
        }
        let golden = path.with_extension("txt");
        wrong.extend(compare(&golden, &message).map(|what| format!("{name}: {what}")));
    }
    let goldens = names(folder, ".txt").into_iter().filter(|name| name != LINES);
    let orphans: Vec<_> = goldens.filter(|name| !files.contains(name)).collect();
    assert!(orphans.is_empty(), "messages of no file: {orphans:?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    files.len()
}

/// The golden file of what a command line says wrongly.
pub const LINES: &str = "overrides";

/// Holds what is wrong with some command lines to one golden file; each is shown behind `flag`.
pub fn hold_lines(
    folder: &str,
    flag: &str,
    cases: &[&[&str]],
    refusal: impl Fn(&[String]) -> Option<String>,
) {
    let mut messages = String::new();
    let mut wrong = Vec::new();
    for &case in cases {
        let lines: Vec<_> = case.iter().map(|line| (*line).to_owned()).collect();
        let Some(message) = refusal(&lines) else {
            wrong.push(format!("{case:?} is accepted"));
            continue;
        };
        if !points(&message) || !machine_words(&message).is_empty() {
            wrong.push(format!("{case:?} points nowhere or speaks of machines:\n{message}"));
        }
        for line in lines {
            messages += &format!("{flag}{line:?}\n");
        }
        messages += &format!("{message}\n\n");
    }
    let golden: PathBuf = [folder, &format!("{LINES}.txt")].iter().collect();
    wrong.extend(compare(&golden, &messages));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
