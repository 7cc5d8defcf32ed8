//! The points of a design: the grid of its axes, or a sample.

use super::axis::{Axis, Origin};
use super::exclude::{self, Rule};
use super::latin_hypercube::latin_hypercube;
use super::sampling::{MAX_POINTS, Sampling};
use super::sobol::{self, sobol};
use super::zip::{self, ZipGroup};
use crate::scenario::{Diagnostic, Source};

/// Points, each with the index of a level on each axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Points {
    axes: usize,
    zip_groups: Vec<Vec<usize>>,
    count: u32,
    levels: Vec<u32>,
}

impl Points {
    /// The grid of axes; the last axis varies fastest.
    ///
    /// # Errors
    /// More than [`MAX_POINTS`] points.
    pub fn grid(axes: &[Axis]) -> Result<Self, Diagnostic> {
        let groups = axes.iter().enumerate();
        let groups: Vec<_> =
            groups.map(|(axis, one)| (vec![axis], one.levels.len() as u32)).collect();
        cross(axes.len(), &groups).map_err(too_many)
    }

    /// The points of a file: a sampling, zipped axes, and exclusions. Sets the levels of sampled ranges.
    pub(super) fn new(
        axes: &mut [Axis],
        (sampling, zip, exclude): (Sampling, &[Vec<String>], &[toml::Table]),
        source: &Source,
    ) -> Result<Self, Diagnostic> {
        let is_sampled = sampling != Sampling::Grid;
        check_steps(axes, is_sampled, source)?;
        let groups = zip::zip_groups(axes, zip, source)?;
        let rules = exclude::rules(exclude, (axes, source), is_sampled)?;
        let mut points = match sampling {
            Sampling::Grid => grid(axes, &groups, source)?,
            Sampling::Latin { points, seed } => {
                let names = groups.iter().map(|group| axes[group.axes[0]].name.as_str());
                let coordinates = latin_hypercube(points, u64::from(seed), names);
                sample(axes, (&groups, &coordinates), points, source)?
            }
            Sampling::Sobol { .. } if groups.len() > sobol::MAX_AXES => {
                let title = format!("a Sobol design of {} axes", groups.len());
                let label = format!("expected at most {}", sobol::MAX_AXES);
                return Err(source.diagnostic("design", title).label(label));
            }
            Sampling::Sobol { points } => {
                sample(axes, (&groups, &sobol(points, groups.len())), points, source)?
            }
        };
        points.exclude(&rules, source)?;
        Ok(points)
    }

    /// The number of points.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// The zip groups, each a list of axis indices. An axis that is not zipped is a group of its own.
    pub fn zip_groups(&self) -> &[Vec<usize>] {
        &self.zip_groups
    }

    /// The index of a point's level on each axis.
    pub fn get(&self, point: u32) -> &[u32] {
        let start = point as usize * self.axes;
        &self.levels[start..start + self.axes]
    }

    fn exclude(&mut self, rules: &[Rule], source: &Source) -> Result<(), Diagnostic> {
        if rules.is_empty() {
            return Ok(());
        }
        let mut matched = vec![false; rules.len()];
        let mut kept = Vec::new();
        for point in 0..self.count {
            let levels = self.get(point);
            match rules.iter().position(|rule| rule.matches(levels)) {
                Some(rule) => matched[rule] = true,
                None => kept.extend_from_slice(levels),
            }
        }
        if kept.is_empty() {
            let title = "all points are excluded";
            return Err(source.diagnostic("exclude", title).label("expected one that is left"));
        }
        if let Some(rule) = matched.iter().position(|matched| !matched) {
            let title = "an exclusion that excludes nothing more";
            let label = "expected levels that meet at a point that is not excluded yet";
            return Err(source.diagnostic(&format!("exclude.{rule}"), title).label(label));
        }
        self.count = (kept.len() / self.axes) as u32;
        self.levels = kept;
        Ok(())
    }
}

/// Checks that ranges have steps on a grid, and none where they are sampled.
fn check_steps(axes: &[Axis], is_sampled: bool, source: &Source) -> Result<(), Diagnostic> {
    if is_sampled && axes.is_empty() {
        let title = "a design without an axis to sample";
        return Err(source.key_diagnostic("design", title).label("expected axes in [axes]"));
    }
    let wrong = |axis: &&Axis| axis.range.is_some() && axis.levels.is_empty() != is_sampled;
    let Some(axis) = axes.iter().find(wrong) else { return Ok(()) };
    Err(match (&axis.origin, is_sampled) {
        (Origin::File(place), true) => {
            let title = format!("`steps` of axis `{}` beside a design that samples", axis.name);
            let wrong = source.key_diagnostic(&format!("{place}.steps"), title);
            wrong.label("expected a range without it").help("`points` of the design says how many")
        }
        (origin, _) => {
            let wrong =
                origin.diagnostic(source, format!("`steps` is missing in axis `{}`", axis.name));
            let wrong = wrong.label("expected `steps`, as in { from = 0.0, to = 0.2, steps = 5 }");
            wrong.help("or a design that samples: design = { sobol = { points = 64 } }")
        }
    })
}

/// The grid of groups of zipped axes.
fn grid(axes: &[Axis], groups: &[ZipGroup], source: &Source) -> Result<Points, Diagnostic> {
    let sized = |group: &ZipGroup| Ok((group.axes.clone(), group.size(axes, source)?));
    let groups: Vec<_> = groups.iter().map(sized).collect::<Result<_, _>>()?;
    cross(axes.len(), &groups).map_err(|count| {
        let wrong = source.moved_to_key(too_many(count), "axes");
        wrong.help("a design samples them, such as design = { sobol = { points = 1024 } }")
    })
}

fn too_many(count: u64) -> Diagnostic {
    let wrong = Diagnostic::new(format!("a grid of {count} points, more than {MAX_POINTS}"));
    wrong.label("expected fewer")
}

/// The product of groups of axes with their numbers of levels, the last group varying fastest.
///
/// # Errors
/// The number of points, if it is above [`MAX_POINTS`].
fn cross(width: usize, groups: &[(Vec<usize>, u32)]) -> Result<Points, u64> {
    let all = groups.iter().fold(1u64, |all, &(_, size)| all.saturating_mul(u64::from(size)));
    let count = u32::try_from(all).ok().filter(|&count| count <= MAX_POINTS).ok_or(all)?;
    let mut levels = vec![0; width * count as usize];
    for point in 0..count {
        let mut rest = point;
        for (axes, size) in groups.iter().rev() {
            for &axis in axes {
                levels[point as usize * width + axis] = rest % size;
            }
            rest /= size;
        }
    }
    let zip_groups = groups.iter().map(|(axes, _)| axes.clone()).collect();
    Ok(Points { axes: width, zip_groups, count, levels })
}

/// Points from their coordinates along each group. A range gets a level for each point; the levels of a
/// list have equal shares of the coordinate.
fn sample(
    axes: &mut [Axis],
    (groups, coordinates): (&[ZipGroup], &[Vec<f64>]),
    count: u32,
    source: &Source,
) -> Result<Points, Diagnostic> {
    let width = axes.len();
    let mut levels = vec![0; width * count as usize];
    for (group, coordinates) in groups.iter().zip(coordinates) {
        let lists = group.axes.iter().copied().filter(|&axis| axes[axis].range.is_none()).collect();
        let lists = ZipGroup { axes: lists, ..group.clone() };
        let size = if lists.axes.is_empty() { 0 } else { lists.size(axes, source)? };
        for &axis in &group.axes {
            let axis_mut = &mut axes[axis];
            if let Some(range) = &axis_mut.range {
                axis_mut.levels = coordinates.iter().map(|&x| range.sample(x)).collect();
            }
            let is_range = axis_mut.range.is_some();
            for (point, x) in (0..count).zip(coordinates) {
                let level = (x * f64::from(size)) as u32;
                levels[point as usize * width + axis] = if is_range { point } else { level };
            }
        }
    }
    let zip_groups = groups.iter().map(|group| group.axes.clone()).collect();
    Ok(Points { axes: width, zip_groups, count, levels })
}
