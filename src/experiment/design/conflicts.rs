//! What is said twice: two axes of a name, and values that something else would put aside.

use super::axis::{Axis, Origin};
use super::axis_arg::AxisArg;
use crate::scenario::{Assignment, Diagnostic, Source};

/// Something that sets values of the scenario.
struct Setter {
    /// What it is to people: "`set`", "axis `a`".
    name: String,
    assignments: Vec<Assignment>,
    said: Origin,
    /// Whether the file gave it to all points.
    is_set: bool,
}

/// Refuses axes of one name, and a value that is set and then set again: who reads the first would
/// believe it. The command line may put aside what the file sets at every point.
///
/// # Errors
/// The first that is so.
pub fn refuse_conflicts(
    set: &[String],
    lines: &[AxisArg],
    axes: &[Axis],
    source: &Source,
) -> Result<(), Diagnostic> {
    let mut setters: Vec<Setter> = Vec::new();
    for (number, line) in set.iter().enumerate() {
        let place = format!("set.{number}");
        let assignment = Assignment::read(line).map_err(|wrong| source.moved(wrong, &place))?;
        let (name, said) = ("`set`".into(), Origin::File(place));
        setters.push(Setter { name, assignments: vec![assignment], said, is_set: true });
    }
    for line in lines {
        let assignments = vec![Assignment::read(&line.written)?];
        let (name, said) = ("the command line".into(), Origin::Line(line.clone()));
        setters.push(Setter { name, assignments, said, is_set: false });
    }
    for (number, axis) in axes.iter().enumerate() {
        if axes[..number].iter().any(|other| other.name == axis.name) {
            let wrong = axis.said.wrong(source, format!("two axes called `{}`", axis.name));
            return Err(wrong.label("expected each axis once"));
        }
        let (name, said) = (format!("axis `{}`", axis.name), axis.said.clone());
        setters.push(Setter { name, assignments: axis.assignments(), said, is_set: false });
    }
    for (number, later) in setters.iter().enumerate() {
        for earlier in &setters[..number] {
            if earlier.is_set && matches!(later.said, Origin::Line(_)) {
                continue;
            }
            let Some(title) = conflict(earlier, later) else { continue };
            // The file is as it is; what was just typed can be mended.
            let is_line = matches!(earlier.said, Origin::Line(_));
            let said = if is_line { &earlier.said } else { &later.said };
            return Err(said.wrong(source, title).label(ONCE));
        }
    }
    Ok(())
}

/// What people should do.
const ONCE: &str = "expected every value to be set in one place";

/// Refuses overrides and axes of the command line of which one puts aside what another sets.
/// Overrides and axes come with their flags.
///
/// # Errors
/// The first that is so, or an override that cannot be read.
pub fn refuse_conflicting_args(
    (set_flag, sets): (&str, &[String]),
    (axis_flag, axes): (&str, &[Axis]),
) -> Result<(), Diagnostic> {
    let override_ = |written: &String| {
        let line = AxisArg { written: written.clone(), name: String::new(), values: Vec::new() };
        let (name, assignments) = (format!("`{set_flag}`"), vec![Assignment::read(written)?]);
        Ok(Setter { name, assignments, said: Origin::Line(line), is_set: true })
    };
    let axis = |axis: &Axis| {
        let (name, said) = (format!("`{axis_flag}`"), axis.said.clone());
        Ok(Setter { name, assignments: axis.assignments(), said, is_set: false })
    };
    let mut setters: Vec<Setter> = Vec::new();
    for later in sets.iter().map(override_).chain(axes.iter().map(axis)) {
        let later = later?;
        if let Some(title) = setters.iter().find_map(|earlier| conflict(earlier, &later)) {
            let wrong = Diagnostic::new(title);
            let Origin::Line(line) = &later.said else { return Err(wrong) };
            return Err(line.shown(wrong).label(ONCE));
        }
        setters.push(later);
    }
    Ok(())
}

/// What is wrong with two setters, if the later puts aside a value that the earlier sets.
fn conflict(earlier: &Setter, later: &Setter) -> Option<String> {
    later.assignments.iter().find_map(|one| {
        let lost = earlier.assignments.iter().find_map(|other| other.lost_to(one))?;
        let (lost, path) = (lost.join("."), one.path.join("."));
        Some(if lost != path {
            format!("{} would put aside `{lost}`, set by {}", later.name, earlier.name)
        } else if earlier.name == later.name {
            format!("`{path}` is set by {} twice", earlier.name)
        } else {
            format!("`{path}` is set by {} and by {}", earlier.name, later.name)
        })
    })
}
