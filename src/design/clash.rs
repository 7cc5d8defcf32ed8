//! What is said twice: two axes of a name, and values that something else would put aside.

use super::axis::{Axis, Said};
use super::line::Line;
use crate::scenario::{Diagnostic, Source, override_keys, path_keys};

/// Something that sets values of the scenario.
struct Setter {
    /// What it is to people: "`set`", "axis `a`".
    name: String,
    paths: Vec<Vec<String>>,
    said: Said,
    /// Whether the file gave it to all points.
    is_set: bool,
}

/// Refuses axes of one name, and a value that is set and then set again: who reads the first would
/// believe it. The command line may put aside what the file sets at every point.
///
/// # Errors
/// The first that is so.
pub fn refuse(
    set: &[String],
    lines: &[Line],
    axes: &[Axis],
    source: &Source,
) -> Result<(), Diagnostic> {
    let mut setters: Vec<Setter> = Vec::new();
    for (number, line) in set.iter().enumerate() {
        let place = format!("set.{number}");
        let keys = override_keys(line).map_err(|wrong| source.moved(wrong, &place))?;
        let said = Said::File(place);
        setters.push(Setter { name: "`set`".into(), paths: vec![keys], said, is_set: true });
    }
    for line in lines {
        let paths = path_keys(&line.name).into_iter().collect();
        let (name, said) = ("the command line".into(), Said::Line(line.clone()));
        setters.push(Setter { name, paths, said, is_set: false });
    }
    for (number, axis) in axes.iter().enumerate() {
        if axes[..number].iter().any(|other| other.name == axis.name) {
            let wrong = axis.said.wrong(source, format!("two axes called `{}`", axis.name));
            return Err(wrong.label("expected each axis once"));
        }
        let (name, said) = (format!("axis `{}`", axis.name), axis.said.clone());
        setters.push(Setter { name, paths: axis.paths(), said, is_set: false });
    }
    for (number, later) in setters.iter().enumerate() {
        for earlier in &setters[..number] {
            if earlier.is_set && matches!(later.said, Said::Line(_)) {
                continue;
            }
            let Some(title) = clash(earlier, later) else { continue };
            // The file is as it is; what was just typed can be mended.
            let is_line = matches!(earlier.said, Said::Line(_));
            let said = if is_line { &earlier.said } else { &later.said };
            return Err(said.wrong(source, title).label(ONCE));
        }
    }
    Ok(())
}

/// What people should do.
const ONCE: &str = "expected every value to be set in one place";

/// Refuses axes of the command line that vary what an override there, or another axis, sets too.
/// Overrides and axes come with their flags.
///
/// # Errors
/// The first that is so, or an override that cannot be read.
pub fn refuse_lines(
    (set_flag, sets): (&str, &[String]),
    (axis_flag, axes): (&str, &[Axis]),
) -> Result<(), Diagnostic> {
    let mut setters: Vec<Setter> = Vec::new();
    for written in sets {
        let paths = vec![override_keys(written)?];
        let line = Line { written: written.clone(), name: String::new(), values: Vec::new() };
        let name = format!("`{set_flag}`");
        setters.push(Setter { name, paths, said: Said::Line(line), is_set: true });
    }
    for axis in axes {
        let (name, said) = (format!("`{axis_flag}`"), axis.said.clone());
        let later = Setter { name, paths: axis.paths(), said, is_set: false };
        if let Some(title) = setters.iter().find_map(|earlier| clash(earlier, &later)) {
            let wrong = Diagnostic::new(title);
            let Said::Line(line) = &later.said else { return Err(wrong) };
            return Err(line.shown(wrong).label(ONCE));
        }
        setters.push(later);
    }
    Ok(())
}

/// What is wrong with two setters, if the later puts aside what the earlier sets.
fn clash(earlier: &Setter, later: &Setter) -> Option<String> {
    later.paths.iter().find_map(|path| {
        let lost = earlier.paths.iter().find(|other| other.starts_with(path))?;
        let (lost, path) = (lost.join("."), path.join("."));
        Some(if lost != path {
            format!("{} would put aside `{lost}`, set by {}", later.name, earlier.name)
        } else if earlier.name == later.name {
            format!("`{path}` is set by {} twice", earlier.name)
        } else {
            format!("`{path}` is set by {} and by {}", earlier.name, later.name)
        })
    })
}
