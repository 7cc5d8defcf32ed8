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
            refuse_pair(earlier, later, source)?;
        }
    }
    Ok(())
}

fn refuse_pair(earlier: &Setter, later: &Setter, source: &Source) -> Result<(), Diagnostic> {
    for path in &later.paths {
        let Some(lost) = earlier.paths.iter().find(|other| other.starts_with(path)) else {
            continue;
        };
        let (lost, path) = (lost.join("."), path.join("."));
        let title = if lost == path {
            format!("`{path}` is set by {} and by {}", earlier.name, later.name)
        } else {
            format!("{} would put aside `{lost}`, set by {}", later.name, earlier.name)
        };
        // The file is as it is; what was just typed can be mended.
        let said = if matches!(earlier.said, Said::Line(_)) { &earlier.said } else { &later.said };
        let wrong = said.wrong(source, title);
        return Err(wrong.label("expected every value to be set in one place"));
    }
    Ok(())
}
