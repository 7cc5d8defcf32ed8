//! No import cycles between files: who reads a file can read what it uses first.
//!
//! A use counts where the name is defined: `super::Name` is a use of the file that defines `Name`,
//! not of the module that exports it again. A path without an import counts too, as `child::name` in
//! the file of a module. Unit tests inside files do not count.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

type Names = Vec<String>;

struct File {
    text: String,
    defined: BTreeSet<String>,
}

struct Tree {
    files: BTreeMap<String, File>,
    /// By module and name, the path that a `pub use` gives that name.
    exports: BTreeMap<(String, String), Names>,
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a pattern")
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn module_of(path: &Path) -> Option<String> {
    let parts: Names =
        path.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect();
    match &parts[..] {
        [only] if only == "lib" || only == "main" => None,
        [folder @ .., last] if last == "mod" => Some(folder.join("::")),
        all => Some(all.join("::")),
    }
}

/// The paths that a use tree names, each with its `as`.
fn expand(tree: &str, prefix: &str, paths: &mut Names) {
    let tree = tree.trim();
    let Some((head, list)) = tree.split_once('{') else {
        paths.push(format!("{prefix}{tree}"));
        return;
    };
    let list = list.strip_suffix('}').unwrap_or(list);
    let (mut depth, mut start) = (0, 0);
    for (at, letter) in list.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                expand(&list[start..at], &format!("{prefix}{head}"), paths);
                start = at + 1;
            }
            _ => {}
        }
    }
    if !list[start..].trim().is_empty() {
        expand(&list[start..], &format!("{prefix}{head}"), paths);
    }
}

/// What a definition begins with. A line is looked at closely only if it does: expressions are slow in
/// an unoptimised build.
const DEFINES: [&str; 11] = [
    "pub",
    "const",
    "unsafe",
    "async",
    "struct",
    "enum",
    "trait",
    "type",
    "fn",
    "static",
    "macro_rules",
];

/// A `use`.
struct Import<'t> {
    tree: &'t str,
    is_public: bool,
}

/// The imports of a text, and its other lines.
fn imports(text: &str) -> (Vec<Import<'_>>, Vec<&str>) {
    let (mut imports, mut others) = (Vec::new(), Vec::new());
    let (mut start, mut import_end) = (0, 0);
    for line in text.split_inclusive('\n') {
        let (end, code) = (start + line.len(), line.trim_start());
        let is_public = code.starts_with("pub ") || code.starts_with("pub(");
        let head = match is_public {
            true => code.split_once(' ').map_or("", |(_, rest)| rest),
            false => code,
        };
        if let Some(tree) = head.strip_prefix("use ") {
            let begin = end - tree.len();
            let tree = text[begin..].split(';').next().unwrap_or_default();
            import_end = begin + tree.len();
            imports.push(Import { tree, is_public });
        } else if start >= import_end {
            others.push(line);
        }
        start = end;
    }
    (imports, others)
}

impl Tree {
    fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut paths = Vec::new();
        rust_files(&root, &mut paths);
        let tests = regex(r"#\[cfg\(test\)\]\s*mod \w+ \{");
        let definition = regex(
            r"^\s*(?:pub(?:\([^)]*\))? )?(?:const |unsafe |async )*(?:struct|enum|trait|type|fn|const|static|macro_rules!)\s+(\w+)",
        );
        let mut files = BTreeMap::new();
        for path in paths {
            let Some(module) = module_of(path.strip_prefix(&root).expect("inside")) else {
                continue;
            };
            let text = fs::read_to_string(&path).expect("a source file");
            let code = |line| str::split_once(line, "//").map_or(line, |(code, _)| code);
            let mut text = text.lines().map(code).collect::<Vec<_>>().join("\n");
            if let Some(found) = tests.find(&text) {
                text.truncate(found.start());
            }
            let may_define =
                |line: &&str| DEFINES.iter().any(|word| line.trim_start().starts_with(word));
            let lines = text.lines().filter(may_define);
            let defined = lines.filter_map(|line| Some(definition.captures(line)?[1].to_owned()));
            let defined = defined.collect();
            files.insert(module, File { text, defined });
        }
        let mut tree = Self { files, exports: BTreeMap::new() };
        tree.exports = tree.exported();
        tree
    }

    fn exported(&self) -> BTreeMap<(String, String), Names> {
        let mut exports = BTreeMap::new();
        for (module, file) in &self.files {
            let mut paths = Names::new();
            let (imports, _) = imports(&file.text);
            let public = imports.iter().filter(|import| import.is_public);
            public.for_each(|import| expand(import.tree, "", &mut paths));
            for path in paths {
                let name = path.rsplit([':', ' ']).next().unwrap_or_default();
                if let Some(path) = self.absolute(module, &path) {
                    exports.insert((module.clone(), name.to_owned()), path);
                }
            }
        }
        exports
    }

    /// A path from the root of the crate; none for those of other crates.
    fn absolute(&self, module: &str, path: &str) -> Option<Names> {
        let path = path.split(" as ").next().unwrap_or_default();
        let mut parts: Names = path.split("::").map(str::to_owned).collect();
        let mut base: Names = module.split("::").map(str::to_owned).collect();
        match parts[0].as_str() {
            "crate" => {
                base.clear();
                parts.remove(0);
            }
            "super" | "self" => {
                while parts.first().is_some_and(|part| part == "super" || part == "self") {
                    if parts.remove(0) == "super" {
                        base.pop();
                    }
                }
            }
            first => {
                self.files.get(&format!("{module}::{first}"))?;
            }
        }
        base.extend(parts);
        Some(base)
    }

    /// The module whose file defines what a path names.
    fn defining(&self, mut path: Names) -> Option<String> {
        'export: for _ in 0..5 {
            for length in (1..=path.len()).rev() {
                let module = path[..length].join("::");
                let Some(file) = self.files.get(&module) else { continue };
                let Some(name) = path.get(length) else { return Some(module) };
                if !file.defined.contains(name)
                    && let Some(export) = self.exports.get(&(module.clone(), name.clone()))
                    && *export != path
                {
                    path = export.iter().chain(&path[length + 1..]).cloned().collect();
                    continue 'export;
                }
                return Some(module);
            }
            return None;
        }
        None
    }

    fn uses(&self) -> BTreeMap<&str, BTreeSet<String>> {
        let inline = regex(r"\b[a-z_]\w*(?:::\w+)+");
        let of_file = |(module, file): (&'_ String, &'_ File)| {
            let mut paths = Names::new();
            let (imports, others) = imports(&file.text);
            imports.iter().for_each(|import| expand(import.tree, "", &mut paths));
            let lines = others.into_iter().filter(|line| line.contains("::"));
            let found = lines.flat_map(|line| inline.find_iter(line));
            paths.extend(found.map(|found| found.as_str().to_owned()));
            let used = paths.iter().filter_map(|path| self.defining(self.absolute(module, path)?));
            used.filter(|used| used != module).collect()
        };
        self.files.iter().map(|entry| (entry.0.as_str(), of_file(entry))).collect()
    }
}

/// Whether a file uses each of the files, directly or through others. Files are numbered.
fn reached(uses: &[Vec<usize>], from: usize) -> Vec<bool> {
    let mut reached = vec![false; uses.len()];
    let mut open = vec![from];
    while let Some(file) = open.pop() {
        for &next in &uses[file] {
            if !reached[next] {
                reached[next] = true;
                open.push(next);
            }
        }
    }
    reached
}

#[test]
fn no_file_uses_one_that_uses_it() {
    let tree = Tree::read();
    let uses = tree.uses();
    assert!(uses.len() > 150, "only {} files", uses.len());
    let edges: usize = uses.values().map(BTreeSet::len).sum();
    assert!(edges > 500, "only {edges} imports");
    let files: Vec<&str> = uses.keys().copied().collect();
    let number = |module: &String| files.binary_search(&module.as_str()).ok();
    let used: Vec<Vec<usize>> =
        uses.values().map(|used| used.iter().filter_map(number).collect()).collect();
    let reached: Vec<_> = (0..files.len()).map(|file| reached(&used, file)).collect();
    let mut cycles = BTreeSet::new();
    for file in (0..files.len()).filter(|&file| reached[file][file]) {
        let is_mutual = |&other: &usize| reached[file][other] && reached[other][file];
        let cycle = (0..files.len()).filter(is_mutual).map(|other| files[other]);
        cycles.insert(cycle.collect::<Vec<_>>().join(" "));
    }
    let cycles: Vec<_> = cycles.into_iter().collect();
    assert!(cycles.is_empty(), "{} cycles:\n{}", cycles.len(), cycles.join("\n"));
}
