//! Rules for the source tree that no compiler checks: layers, cycles between files, sizes, what may
//! not be used where.

use std::fs;
use std::path::{Path, PathBuf};

/// The modules from the bottom up. A module may use those in lower layers and itself; modules of one
/// layer do not use each other.
const LAYERS: &[&[&str]] = &[
    &["id"],
    &["time"],
    &["rng"],
    &["geo", "experiment::statistics"],
    &["network"],
    &["network::fault"],
    &["network::egress"],
    &["protocol"],
    &["protocol::exchange", "protocol::coordination", "protocol::desk"],
    &["protocol::node"],
    &["scenario"],
    &["plan", "experiment::design"],
    &["engine"],
    &["hosting", "metrics", "metrics::invariants"],
    &["experiment::run"],
    &["experiment::sweep", "experiment::fuzz::random"],
    &[
        "experiment::fuzz",
        "experiment::validate",
        "experiment::results",
        "experiment::compare",
        "testing",
    ],
    &["report", "guide"],
    &["cli"],
];

/// Modules that declare others and so name what is above them.
const ROOTS: &[&str] = &["lib", "main", "experiment"];

const PROTOCOLS: &[&str] = &["protocol"];
const PHYSICS: &[&str] = &["network", "geo"];

/// Lines of a file and of a function.
const MAX_FILE_LINES: usize = 700;
const MAX_FUNCTION_LINES: usize = 70;

struct Source {
    path: PathBuf,
    /// The path of the module, such as `engine::queue`.
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
        let inside = path.strip_prefix(&root).unwrap().with_extension("");
        let parts: Vec<_> = inside.iter().map(|part| part.to_str().unwrap()).collect();
        let module = parts.join("::").trim_end_matches("::mod").to_owned();
        let text = fs::read_to_string(&path).unwrap();
        Source { path, module, text }
    };
    files.into_iter().map(source).collect()
}

/// The paths of the crate that a source names, each with its line.
fn used(text: &str) -> Vec<(usize, String)> {
    let mut used = Vec::new();
    for (at, path) in text.match_indices("crate::") {
        let line = text[..at].matches('\n').count() + 1;
        if text[..at].rsplit('\n').next().unwrap_or_default().trim_start().starts_with("//") {
            continue;
        }
        let mut names = Vec::new();
        leaves(&text[at + path.len()..], "", &mut names);
        used.extend(names.into_iter().map(|name| (line, name)));
    }
    used
}

/// The paths that a use tree names: `a::{b, c::d}` is `a::b` and `a::c::d`. Returns where it ends.
fn leaves(tree: &str, prefix: &str, names: &mut Vec<String>) -> usize {
    let name = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let end = tree.find(|c: char| !name(c)).unwrap_or(tree.len());
    let path = format!("{prefix}{}", &tree[..end]);
    if !(path.ends_with("::") && tree[end..].starts_with('{')) {
        names.push(path.trim_end_matches(':').to_owned());
        return end;
    }
    let mut at = end + 1;
    while let Some(next) = tree.get(at..)
        && !next.starts_with('}')
        && !next.is_empty()
    {
        let skipped = next.len() - next.trim_start_matches([',', ' ', '\n', '\t']).len();
        if skipped > 0 {
            at += skipped;
            continue;
        }
        at += leaves(next, &path, names).max(1);
    }
    at + 1
}

/// The layer of a path and the module that stands there: the longest that is listed.
fn layer(path: &str) -> Option<(usize, &'static str)> {
    let inside = |module: &&str| path == *module || path.starts_with(&format!("{module}::"));
    let all = LAYERS
        .iter()
        .enumerate()
        .flat_map(|(layer, modules)| modules.iter().copied().map(move |module| (layer, module)));
    all.filter(|(_, module)| inside(module)).max_by_key(|(_, module)| module.len())
}

fn is_in(path: &str, modules: &[&str]) -> bool {
    modules.iter().any(|module| path == *module || path.starts_with(&format!("{module}::")))
}

#[test]
fn imports_only_go_down() {
    for source in sources() {
        let path = source.path.display();
        if ROOTS.contains(&source.module.as_str()) {
            continue;
        }
        let (own, module) = layer(&source.module).unwrap_or_else(|| panic!("{path}: in no layer"));
        for (line, name) in used(&source.text) {
            let Some((other, used)) = layer(&name) else { continue };
            let is_down = other < own || used == module;
            assert!(is_down, "{path}:{line}: {module} may not use {used}");
        }
    }
}

#[test]
fn protocols_and_the_network_do_not_know_each_other() {
    for source in sources() {
        for (line, other) in used(&source.text) {
            let crosses = is_in(&source.module, PROTOCOLS) && is_in(&other, PHYSICS)
                || is_in(&source.module, PHYSICS) && is_in(&other, PROTOCOLS);
            let path = source.path.display();
            assert!(!crosses, "{path}:{line}: {} uses {other}", source.module);
        }
    }
}

#[test]
fn only_its_engine_knows_turmoil_and_tokio() {
    for source in sources() {
        let path = source.path.display().to_string();
        if path.contains("engine/turmoil") || path.contains("src/hosting") {
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
        assert!(lines.len() <= MAX_FILE_LINES, "{path}: {} lines", lines.len());
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
                assert!(length <= MAX_FUNCTION_LINES, "{path}: {length} lines: {name}");
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
