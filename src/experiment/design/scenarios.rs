//! The scenario files of a sweep, and their axis.

use std::fs;
use std::path::{Component, Path, PathBuf};

use super::axis::{Axis, Origin};
use super::value::{Level, Value};
use crate::scenario::{Diagnostic, Inputs, Source, nearest};

/// The name of the axis of scenarios.
pub const SCENARIO: &str = "scenario";

const LIST: &str = "scenarios";

/// The files that a sweep names by `scenario` or by `scenarios`, joined to its folder.
///
/// # Errors
/// No file, a file listed twice, or one that cannot be read.
pub fn scenarios(
    (one, several): (Option<&str>, Option<&[String]>),
    source: &Source,
    base: (&Path, &Inputs),
) -> Result<Vec<PathBuf>, Diagnostic> {
    let files = match (one, several) {
        (Some(file), None) => return Ok(vec![find(file, SCENARIO, source, base)?]),
        (Some(_), Some(_)) => {
            let wrong = source.key_diagnostic(LIST, "`scenarios` beside `scenario`");
            return Err(wrong.label("expected one of the two"));
        }
        (None, None) => {
            let wrong = source.key_diagnostic(SCENARIO, "a sweep without a scenario");
            let help =
                "expected scenario = \"one.toml\", or scenarios = [\"one.toml\", \"two.toml\"]";
            return Err(wrong.help(help));
        }
        (None, Some([])) => {
            let wrong = source.diagnostic(LIST, "a sweep of no scenarios");
            return Err(wrong.label("expected one file or more, such as [\"one.toml\"]"));
        }
        (None, Some(files)) => files,
    };
    let mut all: Vec<PathBuf> = Vec::new();
    for (number, file) in files.iter().enumerate() {
        let place = format!("{LIST}.{number}");
        let path = find(file, &place, source, base)?;
        if all.iter().any(|other| normalized(other) == normalized(&path)) {
            let wrong = source.diagnostic(&place, format!("scenario {file} twice"));
            return Err(wrong.label("expected each once"));
        }
        all.push(path);
    }
    Ok(all)
}

/// A path without `.` components.
fn normalized(path: &Path) -> PathBuf {
    path.components().filter(|part| *part != Component::CurDir).collect()
}

/// The path of a file that exists.
fn find(
    file: &str,
    place: &str,
    source: &Source,
    (folder, inputs): (&Path, &Inputs),
) -> Result<PathBuf, Diagnostic> {
    let path = folder.join(file);
    let Err(error) = inputs.find(&path) else { return Ok(path) };
    let title = format!("cannot read {}: {error}", path.display());
    let wrong = source.diagnostic(place, title).about_a_file();
    let (before, name) = match file.rfind('/') {
        Some(slash) => file.split_at(slash + 1),
        None => ("", file),
    };
    let existing = files(&folder.join(before));
    Err(match nearest(name, existing.iter().map(String::as_str)) {
        Some(near) => wrong.label(format!("did you mean \"{before}{near}\"?")),
        None => wrong.label("expected the name of a scenario file, from the folder of this file"),
    })
}

/// The names of the TOML files in a folder, sorted.
fn files(folder: &Path) -> Vec<String> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let files = fs::read_dir(folder).into_iter().flatten();
    let names = files.filter_map(|file| file.ok()?.file_name().into_string().ok());
    let mut files: Vec<_> = names.filter(|name| name.ends_with(".toml")).collect();
    files.sort();
    files
}

/// The axis of several scenarios. A level is the name of a file without folder and extension, or the
/// whole path if such names are not unique.
pub fn axis(files: &[String]) -> Axis {
    let stem = |file: &String| {
        let name = file.rsplit('/').next().unwrap_or(file);
        name.strip_suffix(".toml").unwrap_or(name).to_owned()
    };
    let names: Vec<_> = files.iter().map(stem).collect();
    let is_unique = (1..names.len()).all(|number| !names[..number].contains(&names[number]));
    let names = if is_unique { names } else { files.to_vec() };
    let level = |name| Level { value: Value::Text(name), sets: Vec::new() };
    let origin = Origin::File(LIST.into());
    let levels = names.into_iter().map(level).collect();
    Axis { name: SCENARIO.into(), path: None, levels, range: None, origin }
}
