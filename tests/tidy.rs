//! The house in order: floors, rooms, and what may not stand in them. Style enforced as a test, as
//! tigerbeetle does it.

use std::fs;
use std::path::{Path, PathBuf};

/// The modules from the ground up; a module may use what stands below it, and itself.
const FLOORS: &[&[&str]] = &[
    &["id", "time", "chance", "statistics", "geo"],
    &["network", "fault"],
    &["egress"],
    &["seam"],
    &["exchange", "coordination", "desk"],
    &["zone"],
    &["scenario"],
    &["plan", "design"],
    &["engine"],
    &["measure", "promise"],
    &["sweep", "random"],
    &["hunt", "validate", "results", "compare"],
    &["report"],
    &["cli"],
];

/// Modules on the ground may use each other in this order: time and id first.
const GROUND: &[&str] = &["id", "time", "chance", "statistics", "geo"];
const MINDS: &[&str] = &["seam", "exchange", "coordination", "desk", "zone"];
const PHYSICS: &[&str] = &["network", "fault", "egress", "geo"];

/// Lines of a file, and of a function.
const MOST_LINES: usize = 400;
const MOST_LINES_OF_A_FUNCTION: usize = 70;

struct Source {
    path: PathBuf,
    module: String,
    text: String,
}

fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&root, &mut files);
    let source = |path: PathBuf| {
        let inside = path.strip_prefix(&root).unwrap();
        let first = inside.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
        let module = first.trim_end_matches(".rs").to_owned();
        let text = fs::read_to_string(&path).unwrap();
        Source { path, module, text }
    };
    files.into_iter().map(source).collect()
}

/// The modules of the crate that a source names, with the line.
fn used(text: &str) -> Vec<(usize, String)> {
    let mut used = Vec::new();
    for (at, path) in text.match_indices("crate::") {
        let line = text[..at].matches('\n').count() + 1;
        if text[..at].rsplit('\n').next().unwrap_or_default().trim_start().starts_with("//") {
            continue;
        }
        let rest = &text[at + path.len()..];
        let Some(list) = rest.strip_prefix('{') else {
            used.push((line, first_word(rest)));
            continue;
        };
        // The words at the top of a list: those inside inner lists are behind a module.
        let mut depth = 0;
        let mut at_word = true;
        for (place, c) in list.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => at_word = true,
                c if c.is_ascii_lowercase() && at_word => {
                    used.push((line, first_word(&list[place..])));
                    at_word = false;
                }
                _ => {}
            }
        }
    }
    used
}

fn first_word(text: &str) -> String {
    let end = text.find(|c: char| !c.is_ascii_lowercase() && c != '_').unwrap_or(text.len());
    text[..end].to_owned()
}

fn floor(module: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&module))
}

#[test]
fn imports_only_go_down() {
    for source in sources() {
        let path = source.path.display();
        if matches!(source.module.as_str(), "lib" | "main") {
            continue;
        }
        let own = floor(&source.module).unwrap_or_else(|| panic!("{path}: on no floor"));
        for (line, module) in used(&source.text) {
            let Some(other) = floor(&module) else { continue };
            let ground = |name: &str| GROUND.iter().position(|ground| *ground == name);
            let lower = other < own || (own == 0 && ground(&module) < ground(&source.module));
            assert!(
                lower || module == source.module,
                "{path}:{line}: {} may not use {module}",
                source.module
            );
        }
    }
}

#[test]
fn minds_and_physics_do_not_know_each_other() {
    for source in sources() {
        let (path, module) = (source.path.display(), source.module.as_str());
        for (line, other) in used(&source.text) {
            let breach = MINDS.contains(&module) && PHYSICS.contains(&other.as_str())
                || PHYSICS.contains(&module) && MINDS.contains(&other.as_str());
            assert!(!breach, "{path}:{line}: {module} uses {other}");
        }
    }
}

#[test]
fn only_its_engine_knows_turmoil_and_tokio() {
    for source in sources() {
        let path = source.path.display().to_string();
        if path.contains("engine/turmoil") {
            continue;
        }
        for (number, line) in source.text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            let outside = code.contains("tokio::")
                || code.contains("use turmoil::")
                || code.contains("::net::UdpSocket");
            assert!(!outside, "{path}:{}: {line}", number + 1);
        }
    }
}

#[test]
fn every_select_is_biased() {
    for source in sources() {
        let path = source.path.display();
        for (at, _) in source.text.match_indices("select! {") {
            let body = source.text[at..].trim_start_matches("select! {").trim_start();
            assert!(body.starts_with("biased;"), "{path}: a select! without biased;");
        }
    }
}

#[test]
fn names_of_no_meaning_are_not_used() {
    for source in sources() {
        let path = source.path.display();
        for word in ["Manager", "Helper", "Util", "Context"] {
            for line in source.text.lines().filter(|line| !line.trim_start().starts_with("//")) {
                let defines = ["struct ", "enum ", "trait ", "mod "]
                    .iter()
                    .any(|kind| line.contains(&format!("{kind}{word}")));
                assert!(!defines, "{path}: {line}");
            }
        }
    }
}

#[test]
fn files_and_functions_are_small() {
    for source in sources() {
        let path = source.path.display();
        let lines: Vec<_> = source.text.lines().collect();
        assert!(lines.len() <= MOST_LINES, "{path}: {} lines", lines.len());
        let mut start = None;
        for (number, line) in lines.iter().enumerate() {
            let indent = line.len() - line.trim_start().len();
            let code = line.trim_start();
            let begins = [
                "fn ",
                "pub fn ",
                "pub(crate) fn ",
                "pub(super) fn ",
                "pub async fn ",
                "pub const fn ",
            ]
            .iter()
            .any(|head| code.starts_with(head));
            if begins && start.is_none() {
                start = Some((number, indent));
            }
            if let Some((first, depth)) = start
                && indent == depth
                && (code == "}" || code.ends_with("{}") || code.ends_with(';'))
            {
                let length = number - first + 1;
                let name = lines[first].trim();
                assert!(length <= MOST_LINES_OF_A_FUNCTION, "{path}: {length} lines: {name}");
                start = None;
            }
        }
    }
}

#[test]
fn every_file_says_what_it_is() {
    for source in sources() {
        let first = source.text.lines().next().unwrap_or_default();
        assert!(first.starts_with("//! "), "{}: no first line", source.path.display());
    }
}
