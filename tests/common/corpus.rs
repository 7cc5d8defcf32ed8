//! Data files of many cases, each an input and the output that is expected for it.
//!
//! ```text
//! # A comment on the file or on the case below it.
//! -- matrix.csv --
//! ,a,b
//!
//! case name-of-the-case
//! the input, in whole lines
//! -- another.csv --
//! a file of this case only
//! ----
//! the expected output
//!
//! case next
//! ```
//!
//! Files before the first case belong to all cases. `escaped` after `case NAME` or `-- FILE --` says that
//! `\\` and `\x0d` stand for bytes. An output has no blank line and ends with one.
//! `ZONESIM_BLESS=1` replaces the outputs; read what changed.

use std::fs;
use std::path::{Path, PathBuf};

/// A file of cases.
pub struct Corpus {
    path: PathBuf,
    /// What stands before the first case, as it is written.
    head: String,
    /// The files of all cases, each a name and its bytes.
    shared: Vec<(String, Vec<u8>)>,
    pub cases: Vec<Case>,
}

/// One case of a corpus.
pub struct Case {
    pub name: String,
    input: Vec<u8>,
    files: Vec<(String, Vec<u8>)>,
    expected: String,
    /// The case up to the output, as it is written.
    head: String,
}

/// The line before an output.
const OUTPUT: &str = "----\n";

impl Corpus {
    /// Reads the files of cases in a folder of `tests/data`, in order, but for those named.
    pub fn read_all(folder: &str, but: &[&str]) -> Vec<Self> {
        let folder = super::root().join("tests/data").join(folder);
        let entries = fs::read_dir(folder).expect("the corpus is there");
        let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.retain(|path| !but.iter().any(|name| path.file_stem().unwrap() == *name));
        paths.sort();
        paths.iter().map(|path| Self::read(path)).collect()
    }

    /// Reads one file of cases of `tests/data`.
    pub fn named(name: &str) -> Self {
        Self::read(&super::root().join("tests/data").join(name).with_extension("txt"))
    }

    fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).expect("the corpus is there");
        let first = text.find("\ncase ").expect("a comment, then cases") + 1;
        let (head, mut rest) = text.split_at(first);
        let mut cases = Vec::new();
        while !rest.is_empty() {
            let (input, output) =
                rest.split_once(OUTPUT).unwrap_or_else(|| panic!("no output:\n{rest}"));
            let end = output.find("\n\n").map_or(output.len(), |at| at + 1);
            cases.push(Case::new(input, &output[..end]));
            rest = output[end..].trim_start_matches('\n');
        }
        let shared = sections(head).1;
        let corpus = Self { path: path.to_owned(), head: head.to_owned(), shared, cases };
        assert_eq!(corpus.text(None), text, "{} is not written as it is read", path.display());
        corpus
    }

    /// The file, with other outputs if there are some.
    fn text(&self, outputs: Option<&[String]>) -> String {
        let output = |at: usize, case: &Case| match outputs {
            Some(outputs) => outputs[at].clone(),
            None => case.expected.clone(),
        };
        let case =
            |(at, case): (usize, &Case)| format!("{}{OUTPUT}{}", case.head, output(at, case));
        let cases: Vec<_> = self.cases.iter().enumerate().map(case).collect();
        self.head.clone() + &cases.join("\n")
    }

    /// Writes the files of a case into a folder, its input as a file of this name.
    pub fn write_files(&self, case: &Case, folder: &Path, name: &str) {
        let input = (name.to_owned(), case.input.clone());
        for (name, bytes) in self.shared.iter().chain(&case.files).chain([&input]) {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
    }

    /// Compares the output of every case with what is expected, or replaces it if the environment says
    /// so. Returns what is wrong, and `None` for an output where the case is not refused.
    pub fn check(&self, mut output: impl FnMut(&Case) -> Option<String>) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut outputs = Vec::new();
        for case in &self.cases {
            let Some(found) = output(case) else {
                wrong.push(format!("{} is accepted", case.name));
                outputs.push(case.expected.clone());
                continue;
            };
            let found = found.trim_end().to_owned() + "\n";
            assert!(!found.contains("\n\n"), "{}: a blank line in an output:\n{found}", case.name);
            if found != case.expected && !is_blessed() {
                let (name, expected) = (&case.name, &case.expected);
                wrong.push(format!("{name}: expected:\n{expected}\nfound:\n{found}"));
            }
            outputs.push(found);
        }
        if is_blessed() {
            fs::write(&self.path, self.text(Some(&outputs))).expect("a corpus can be written");
        }
        wrong
    }
}

fn is_blessed() -> bool {
    std::env::var_os("ZONESIM_BLESS").is_some()
}

impl Case {
    fn new(head: &str, expected: &str) -> Self {
        let at = if head.starts_with("case ") { 0 } else { head.find("\ncase ").unwrap() + 1 };
        let (line, body) = head[at..].split_once('\n').unwrap();
        let name = line.trim_start_matches("case ").trim_end_matches(" escaped");
        let (input, files) = sections(body);
        Self {
            name: name.to_owned(),
            input: bytes(input, line.ends_with(" escaped")),
            files,
            expected: expected.to_owned(),
            head: head.to_owned(),
        }
    }

    /// The lines of the input; an escaped line may contain line ends.
    pub fn lines(&self) -> Vec<String> {
        let body = self.head.lines().skip_while(|line| !line.starts_with("case "));
        let is_escaped = body.clone().next().is_some_and(|line| line.ends_with(" escaped"));
        body.skip(1).map(|line| String::from_utf8(bytes(line, is_escaped)).unwrap()).collect()
    }

    /// The input as text, with a replacement for what is none.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.input).into_owned()
    }
}

/// What stands before the first file, and the files.
fn sections(text: &str) -> (&str, Vec<(String, Vec<u8>)>) {
    let mut starts = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let name = line.trim_end().strip_prefix("-- ");
        if let Some((name, flag)) = name.and_then(|name| name.split_once(" --")) {
            starts.push((at, at + line.len(), name, flag == " escaped"));
        }
        at += line.len();
    }
    let ends = starts.iter().skip(1).map(|start| start.0).chain([text.len()]);
    let file = |(&(_, begin, name, is_escaped), end): (&(_, usize, &str, bool), usize)| {
        (name.to_owned(), bytes(&text[begin..end], is_escaped))
    };
    let files = starts.iter().zip(ends).map(file).collect();
    (&text[..starts.first().map_or(text.len(), |start| start.0)], files)
}

/// The bytes that a text stands for.
fn bytes(text: &str, is_escaped: bool) -> Vec<u8> {
    if !is_escaped {
        return text.as_bytes().to_vec();
    }
    let mut parts = text.split('\\');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    while let Some(part) = parts.next() {
        match part.as_bytes() {
            [b'x', high, low, rest @ ..] => {
                let digit = |byte: u8| char::from(byte).to_digit(16).expect("a digit") as u8;
                bytes.push(16 * digit(*high) + digit(*low));
                bytes.extend_from_slice(rest);
            }
            // A doubled backslash leaves an empty part.
            _ => {
                bytes.push(b'\\');
                bytes.extend_from_slice(parts.next().unwrap_or_default().as_bytes());
            }
        }
    }
    bytes
}
