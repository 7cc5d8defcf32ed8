//! The points that axes make: their grid, or a sample of it.

use super::axis::{Axis, Origin};
use super::exclude::{self, Rule};
use super::latin_hypercube::latin_hypercube;
use super::sampling::Sampling;
use super::sobol::{self, sobol};
use super::zip::{self, ZipGroup};
use crate::scenario::{Diagnostic, Source};

/// No sweep has more points. A guess: each is read and checked before the first run.
pub const MAX_POINTS: u32 = 200_000;

/// Points, each the number of a level on each axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Points {
    axes: usize,
    together: Vec<Vec<usize>>,
    count: u32,
    levels: Vec<u32>,
}

impl Points {
    /// The grid of axes, the first the slowest.
    ///
    /// # Errors
    /// Too many.
    pub fn grid(axes: &[Axis]) -> Result<Self, Diagnostic> {
        let groups = axes.iter().enumerate();
        let groups: Vec<_> =
            groups.map(|(axis, one)| (vec![axis], one.levels.len() as u32)).collect();
        cross(axes.len(), &groups).map_err(too_many)
    }

    /// The points that a file describes: a spread, axes that go together, and what is excluded.
    /// Ranges that are sampled get their levels.
    pub(super) fn new(
        axes: &mut [Axis],
        (spread, zip, exclude): (Sampling, &[Vec<String>], &[toml::Table]),
        source: &Source,
    ) -> Result<Self, Diagnostic> {
        let is_sampled = spread != Sampling::Grid;
        steps(axes, is_sampled, source)?;
        let groups = zip::zip_groups(axes, zip, source)?;
        let rules = exclude::rules(exclude, (axes, source), is_sampled)?;
        let mut points = match spread {
            Sampling::Grid => grid(axes, &groups, source)?,
            Sampling::Latin { points, seed } => {
                let names = groups.iter().map(|group| axes[group.axes[0]].name.as_str());
                let shares = latin_hypercube(points, u64::from(seed), names);
                sample(axes, (&groups, &shares), points, source)?
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

    /// How many.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// The axes in groups that go together, each by its number; most often one alone.
    pub fn together(&self) -> &[Vec<usize>] {
        &self.together
    }

    /// The level of a point on each axis.
    pub fn get(&self, point: u32) -> &[u32] {
        let start = point as usize * self.axes;
        &self.levels[start..start + self.axes]
    }

    fn exclude(&mut self, rules: &[Rule], source: &Source) -> Result<(), Diagnostic> {
        if rules.is_empty() {
            return Ok(());
        }
        let mut met = vec![false; rules.len()];
        let mut kept = Vec::new();
        for point in 0..self.count {
            let levels = self.get(point);
            match rules.iter().position(|rule| rule.meets(levels)) {
                Some(rule) => met[rule] = true,
                None => kept.extend_from_slice(levels),
            }
        }
        if kept.is_empty() {
            let title = "all points are excluded";
            return Err(source.diagnostic("exclude", title).label("expected one that is left"));
        }
        if let Some(rule) = met.iter().position(|met| !met) {
            let title = "an exclusion that excludes nothing more";
            let label = "expected levels that meet at a point that is not excluded yet";
            return Err(source.diagnostic(&format!("exclude.{rule}"), title).label(label));
        }
        self.count = (kept.len() / self.axes) as u32;
        self.levels = kept;
        Ok(())
    }
}

/// Ranges have steps on a grid, and none where they are sampled.
fn steps(axes: &[Axis], is_sampled: bool, source: &Source) -> Result<(), Diagnostic> {
    if is_sampled && axes.is_empty() {
        let title = "a design without an axis to sample";
        return Err(source.key_diagnostic("design", title).label("expected axes in [axes]"));
    }
    let wrong = |axis: &&Axis| axis.range.is_some() && axis.levels.is_empty() != is_sampled;
    let Some(axis) = axes.iter().find(wrong) else { return Ok(()) };
    Err(match (&axis.said, is_sampled) {
        (Origin::File(place), true) => {
            let title = format!("`steps` of axis `{}` beside a design that samples", axis.name);
            let wrong = source.key_diagnostic(&format!("{place}.steps"), title);
            wrong.label("expected a range without it").help("`points` of the design says how many")
        }
        (said, _) => {
            let wrong = said.wrong(source, format!("`steps` is missing in axis `{}`", axis.name));
            let wrong = wrong.label("expected `steps`, as in { from = 0.0, to = 0.2, steps = 5 }");
            wrong.help("or a design that samples: design = { sobol = { points = 64 } }")
        }
    })
}

/// The grid of axes that go together in groups.
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

/// All levels of each group, axes that have so many, with all of the others, the last fastest; or how
/// many points that were, if they are too many.
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
    let together = groups.iter().map(|(axes, _)| axes.clone()).collect();
    Ok(Points { axes: width, together, count, levels })
}

/// Points by their shares along each group: a range gets the levels that the points want, a list
/// keeps its own, each for as much of the way.
fn sample(
    axes: &mut [Axis],
    (groups, shares): (&[ZipGroup], &[Vec<f64>]),
    count: u32,
    source: &Source,
) -> Result<Points, Diagnostic> {
    let width = axes.len();
    let mut levels = vec![0; width * count as usize];
    for (group, shares) in groups.iter().zip(shares) {
        let lists = group.axes.iter().copied().filter(|&axis| axes[axis].range.is_none()).collect();
        let lists = ZipGroup { axes: lists, ..group.clone() };
        let size = if lists.axes.is_empty() { 0 } else { lists.size(axes, source)? };
        for &axis in &group.axes {
            let here = &mut axes[axis];
            if let Some(range) = &here.range {
                here.levels = shares.iter().map(|&share| range.sample(share)).collect();
            }
            let is_range = here.range.is_some();
            for (point, share) in (0..count).zip(shares) {
                let level = (share * f64::from(size)) as u32;
                levels[point as usize * width + axis] = if is_range { point } else { level };
            }
        }
    }
    let together = groups.iter().map(|group| group.axes.clone()).collect();
    Ok(Points { axes: width, together, count, levels })
}
