//! Conflicts: two axes of one name, and values that are set twice.

use super::axis::{Axis, Origin};
use super::axis_arg::AxisArg;
use crate::scenario::{Assignment, Diagnostic, Source};

/// A source of assignments to values of the scenario.
struct Setter {
    /// The name in messages, such as "axis `a`".
    name: String,
    assignments: Vec<Assignment>,
    origin: Origin,
    /// Whether it is an override of the file for all points, which an argument may replace.
    is_global: bool,
}

/// Checks that no two axes have one name and that no value is set twice: the earlier value would have
/// no effect. The command line may override what the file sets at every point.
///
/// # Errors
/// The first conflict.
pub fn refuse_conflicts(
    set: &[String],
    args: &[AxisArg],
    axes: &[Axis],
    source: &Source,
) -> Result<(), Diagnostic> {
    let mut setters: Vec<Setter> = Vec::new();
    for (number, arg) in set.iter().enumerate() {
        let place = format!("set.{number}");
        let assignment = Assignment::read(arg).map_err(|wrong| source.moved(wrong, &place))?;
        let (name, origin) = ("`set`".into(), Origin::File(place));
        setters.push(Setter { name, assignments: vec![assignment], origin, is_global: true });
    }
    for arg in args {
        let assignments = vec![Assignment::read(&arg.written)?];
        let (name, origin) = ("the command line".into(), Origin::CommandLine(arg.clone()));
        setters.push(Setter { name, assignments, origin, is_global: false });
    }
    for (number, axis) in axes.iter().enumerate() {
        if axes[..number].iter().any(|other| other.name == axis.name) {
            let wrong = axis.origin.diagnostic(source, format!("two axes called `{}`", axis.name));
            return Err(wrong.label("expected each axis once"));
        }
        let (name, origin) = (format!("axis `{}`", axis.name), axis.origin.clone());
        setters.push(Setter { name, assignments: axis.assignments(), origin, is_global: false });
    }
    for (number, later) in setters.iter().enumerate() {
        for earlier in &setters[..number] {
            if earlier.is_global && matches!(later.origin, Origin::CommandLine(_)) {
                continue;
            }
            let Some(title) = conflict(earlier, later) else { continue };
            // If one of the two is on the command line, point there: it is easier to change.
            let is_line = matches!(earlier.origin, Origin::CommandLine(_));
            let origin = if is_line { &earlier.origin } else { &later.origin };
            return Err(origin.diagnostic(source, title).label(ONCE));
        }
    }
    Ok(())
}

const ONCE: &str = "expected every value to be set in one place";

/// Checks that no two overrides or axes of the command line set one value. The flags are those of the
/// overrides and of the axes, for messages.
///
/// # Errors
/// The first conflict, or an override that is not valid.
pub fn refuse_conflicting_args(
    (set_flag, sets): (&str, &[String]),
    (axis_flag, axes): (&str, &[Axis]),
) -> Result<(), Diagnostic> {
    let override_ = |written: &String| {
        let arg = AxisArg { written: written.clone(), name: String::new(), values: Vec::new() };
        let (name, assignments) = (format!("`{set_flag}`"), vec![Assignment::read(written)?]);
        Ok(Setter { name, assignments, origin: Origin::CommandLine(arg), is_global: true })
    };
    let axis = |axis: &Axis| {
        let (name, origin) = (format!("`{axis_flag}`"), axis.origin.clone());
        Ok(Setter { name, assignments: axis.assignments(), origin, is_global: false })
    };
    let mut setters: Vec<Setter> = Vec::new();
    for later in sets.iter().map(override_).chain(axes.iter().map(axis)) {
        let later = later?;
        if let Some(title) = setters.iter().find_map(|earlier| conflict(earlier, &later)) {
            let wrong = Diagnostic::new(title);
            let Origin::CommandLine(arg) = &later.origin else { return Err(wrong) };
            return Err(arg.locate(wrong).label(ONCE));
        }
        setters.push(later);
    }
    Ok(())
}

/// The message for two setters of which the later replaces a value of the earlier.
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
