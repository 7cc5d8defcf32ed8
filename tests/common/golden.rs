//! Golden messages: what is refused, held to a file that says exactly how.
//!
//! `ZONESIM_BLESS=1` writes the messages anew; read what changed.

use std::fs;
use std::path::Path;

use super::corpus::Corpus;

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

/// Checks the messages of corpora of refused files: each is the expected one, names the file, and
/// points into it unless it is listed in `without_a_place`. Returns how many cases there are.
pub fn check_files(
    corpora: &[Corpus],
    folder: &Path,
    without_a_place: &[&str],
    refusal: impl Fn(&Path) -> Option<String>,
) -> usize {
    let mut wrong = Vec::new();
    for corpus in corpora {
        wrong.extend(corpus.check(|case| {
            drop(fs::remove_dir_all(folder));
            let name = format!("{}.toml", case.name);
            corpus.write_files(case, folder, &name);
            let message = refusal(&folder.join(name))?;
            let message = message.replace(&format!("{}/", folder.display()), "");
            let is_listed = without_a_place.contains(&case.name.as_str());
            assert!(points(&message) != is_listed, "{} points nowhere: {message}", case.name);
            assert_eq!(machine_words(&message), <[&str; 0]>::default(), "{}: {message}", case.name);
            Some(message)
        }));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    corpora.iter().map(|corpus| corpus.cases.len()).sum()
}

/// Checks the messages of a corpus of refused overrides, each case a line or more.
pub fn check_lines(name: &str, refusal: impl Fn(&[String]) -> Option<String>) -> usize {
    let corpus = Corpus::named(name);
    let wrong = corpus.check(|case| {
        let message = refusal(&case.lines())?;
        assert!(points(&message), "{} points nowhere: {message}", case.name);
        assert_eq!(machine_words(&message), <[&str; 0]>::default(), "{}: {message}", case.name);
        Some(message)
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    corpus.cases.len()
}
