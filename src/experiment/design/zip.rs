//! Zipped axes, which vary together, level by level.

use super::axis::{Axis, find_axis};
use crate::scenario::{Diagnostic, Source};

/// Axes that vary together; most groups have one axis.
#[derive(Clone, Debug)]
pub struct ZipGroup {
    /// The indices of the axes, at least one.
    pub axes: Vec<usize>,
    /// The index of the group in the file. None for an axis that is not zipped.
    pub number: Option<usize>,
}

impl ZipGroup {
    /// The number of levels of each axis.
    ///
    /// # Errors
    /// Axes with different numbers of levels.
    pub fn size(&self, axes: &[Axis], source: &Source) -> Result<u32, Diagnostic> {
        let first = &axes[self.axes[0]];
        let size = first.levels.len();
        let others = self.axes.iter().map(|&axis| &axes[axis]);
        match others.into_iter().find(|axis| axis.levels.len() != size) {
            None => Ok(size as u32),
            Some(other) => {
                let count = other.levels.len();
                let title =
                    format!("`{}` has {size} levels, `{}` has {count}", first.name, other.name);
                let place = format!("zip.{}", self.number.unwrap_or_default());
                let label = "expected axes with as many levels as each other";
                Err(source.diagnostic(&place, title).label(label))
            }
        }
    }
}

/// The groups of all axes, in the order of their first axes.
///
/// # Errors
/// A group of fewer than two axes, an unknown axis, or an axis listed twice.
pub fn zip_groups(
    axes: &[Axis],
    zip: &[Vec<String>],
    source: &Source,
) -> Result<Vec<ZipGroup>, Diagnostic> {
    let mut group_of: Vec<Option<usize>> = vec![None; axes.len()];
    for (group, names) in zip.iter().enumerate() {
        for (number, name) in names.iter().enumerate() {
            let place = format!("zip.{group}.{number}");
            let axis = find_axis(axes, name, |title| source.diagnostic(&place, title))?;
            if group_of[axis].replace(group).is_some() {
                let title = format!("axis `{name}` goes together twice");
                return Err(source.diagnostic(&place, title).label("expected each axis once"));
            }
        }
        if names.len() < 2 {
            let title = match &names[..] {
                [] => "nothing goes together".to_owned(),
                names => format!("axis `{}` goes together with no other", names[0]),
            };
            let label = "expected two axes or more, such as [\"a\", \"b\"]";
            return Err(source.diagnostic(&format!("zip.{group}"), title).label(label));
        }
    }
    let mut zip_groups: Vec<ZipGroup> = Vec::new();
    for (axis, number) in group_of.into_iter().enumerate() {
        match zip_groups.iter_mut().find(|group| number.is_some() && group.number == number) {
            Some(group) => group.axes.push(axis),
            None => zip_groups.push(ZipGroup { axes: vec![axis], number }),
        }
    }
    Ok(zip_groups)
}
