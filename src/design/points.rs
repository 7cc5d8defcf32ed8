//! The points that axes make: their grid, or a sample of it.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::axis::{Axis, Value, few};
use super::cube::latin;
use super::sobol::{self, sobol};
use crate::scenario::{Diagnostic, Source, Whole, nearest};

/// How points lie on the axes.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Spread {
    /// Every level of each with every level of all others.
    #[default]
    Grid,
    /// So many points, each in a slice of its own of each axis.
    LatinHypercube(Latin),
    /// So many points of Sobol's sequence.
    Sobol(Sobol),
}

/// A Latin hypercube.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Latin {
    points: Whole<1, MOST_POINTS>,
    #[serde(default = "first")]
    seed: Whole<0, { u32::MAX }>,
}

fn first() -> Whole<0, { u32::MAX }> {
    Whole(1)
}

/// A part of Sobol's sequence.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sobol {
    points: Whole<1, MOST_POINTS>,
}

/// No sweep has more points. A guess: each is read and checked before the first run.
pub const MOST_POINTS: u32 = 200_000;

/// Points, each the number of a level on each axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Points {
    axes: usize,
    count: u32,
    levels: Vec<u32>,
}

/// Axes that go together: the numbers of those of each group, and how many levels they have.
type Groups = Vec<(Vec<usize>, u32)>;

impl Points {
    /// The grid of axes.
    ///
    /// # Errors
    /// Too many.
    pub fn grid(axes: &[Axis]) -> Result<Self, Diagnostic> {
        let groups =
            axes.iter().enumerate().map(|(axis, one)| (vec![axis], one.levels.len() as u32));
        let groups: Groups = groups.collect();
        let count =
            groups.iter().fold(1u64, |count, (_, levels)| count.saturating_mul(u64::from(*levels)));
        if count > u64::from(MOST_POINTS) {
            return Err(too_many(count));
        }
        Ok(cross(axes.len(), &groups, count as u32))
    }

    /// The points that a file describes: a spread, axes that go together, and what is excluded.
    pub(super) fn new(
        axes: &mut [Axis],
        (spread, zip, exclude): (&Spread, &[Vec<String>], &[toml::Table]),
        source: &Source,
    ) -> Result<Self, Diagnostic> {
        if matches!(spread, Spread::Grid)
            && let Some(axis) = axes.iter().find(|axis| axis.levels.is_empty())
        {
            let place = axis.place.clone().unwrap_or_default();
            let title = format!("the range of `{}` has no steps", axis.name);
            let label = "expected { from = .., to = .., steps = 5 }, or a design that samples it";
            return Err(source.key_diagnostic(&place, title).label(label));
        }
        let zipped = zipped(axes, zip, source)?;
        let excluded = excluded(axes, exclude, source)?;
        let mut points = match spread {
            Spread::Grid => {
                let groups = equal(axes, zipped, source)?;
                let size =
                    |count: u64, (_, levels): &(_, u32)| count.saturating_mul(u64::from(*levels));
                let count = groups.iter().fold(1u64, size);
                if count > u64::from(MOST_POINTS) {
                    return Err(source.moved(too_many(count), "axes"));
                }
                cross(axes.len(), &groups, count as u32)
            }
            Spread::LatinHypercube(Latin { points, seed }) => {
                let names = zipped.iter().map(|group| axes[group[0]].name.as_str());
                let shares = latin(points.0, u64::from(seed.0), names);
                sample(axes, &zipped, &shares, points.0)
            }
            Spread::Sobol(Sobol { points }) => {
                if zipped.len() > sobol::MOST_AXES {
                    let title = format!("{} axes of a Sobol design", zipped.len());
                    let label = format!("expected at most {}", sobol::MOST_AXES);
                    return Err(source.diagnostic("design", title).label(label));
                }
                let shares = sobol(points.0, zipped.len());
                sample(axes, &zipped, &shares, points.0)
            }
        };
        points.exclude(axes, &excluded, source)?;
        Ok(points)
    }

    /// How many.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// The level of a point on each axis.
    pub fn get(&self, point: u32) -> &[u32] {
        let start = point as usize * self.axes;
        &self.levels[start..start + self.axes]
    }

    fn exclude(
        &mut self,
        axes: &[Axis],
        rules: &[Rule],
        source: &Source,
    ) -> Result<(), Diagnostic> {
        let mut met = vec![false; rules.len()];
        let mut kept = Vec::new();
        for point in 0..self.count {
            let levels = self.get(point);
            let matches = |rule: &Rule| {
                rule.iter().all(|(axis, values)| {
                    values.contains(&axes[*axis].levels[levels[*axis] as usize].value)
                })
            };
            let rule = rules.iter().position(matches);
            match rule {
                Some(rule) => met[rule] = true,
                None => kept.extend_from_slice(levels),
            }
        }
        if let Some(rule) = met.iter().position(|met| !met) {
            let title = "an exclusion that excludes nothing more";
            let label = "expected levels that meet at a point that is not excluded yet";
            return Err(source.diagnostic(&format!("exclude.{rule}"), title).label(label));
        }
        if kept.is_empty() && !rules.is_empty() {
            let title = "all points are excluded";
            return Err(source.diagnostic("exclude", title).label("expected one that is left"));
        }
        if !rules.is_empty() {
            self.count = (kept.len() / self.axes.max(1)) as u32;
            self.levels = kept;
        }
        Ok(())
    }
}

fn too_many(count: u64) -> Diagnostic {
    let title = format!("{count} points");
    Diagnostic::new(title)
        .label(format!("expected at most {MOST_POINTS}, or a design that samples"))
}

/// All levels of each group with all of the others, the last fastest.
fn cross(axes: usize, groups: &Groups, count: u32) -> Points {
    let mut levels = vec![0; axes * count as usize];
    for point in 0..count {
        let mut rest = point;
        for (members, size) in groups.iter().rev() {
            for &axis in members {
                levels[point as usize * axes + axis] = rest % size;
            }
            rest /= size;
        }
    }
    Points { axes, count, levels }
}

/// Points by their shares along each group: a range gets the levels that the points want, a list
/// keeps its own.
fn sample(axes: &mut [Axis], groups: &[Vec<usize>], shares: &[Vec<f64>], count: u32) -> Points {
    let width = axes.len();
    let mut levels = vec![0; width * count as usize];
    for (group, shares) in groups.iter().zip(shares) {
        for &axis in group {
            let here = &mut axes[axis];
            if let Some(range) = &here.range {
                here.levels = shares.iter().map(|&share| range.at(share)).collect();
            }
            let size = here.levels.len() as f64;
            let from_range = here.range.is_some();
            for (point, share) in shares.iter().enumerate() {
                let level = if from_range { point as u32 } else { (share * size) as u32 };
                levels[point * width + axis] = level;
            }
        }
    }
    Points { axes: width, count, levels }
}

/// The axes in groups that go together, each group where its first stands.
fn zipped(
    axes: &[Axis],
    zip: &[Vec<String>],
    source: &Source,
) -> Result<Vec<Vec<usize>>, Diagnostic> {
    let mut group_of: BTreeMap<usize, usize> = BTreeMap::new();
    for (group, names) in zip.iter().enumerate() {
        for (number, name) in names.iter().enumerate() {
            let place = format!("zip.{group}.{number}");
            let axis = named(axes, name, &place, source)?;
            if group_of.insert(axis, group).is_some() {
                let title = format!("`{name}` goes together twice");
                return Err(source.diagnostic(&place, title).label("expected each axis once"));
            }
        }
    }
    let mut groups: Vec<(Option<usize>, Vec<usize>)> = Vec::new();
    for axis in 0..axes.len() {
        let group = group_of.get(&axis).copied();
        match groups.iter_mut().find(|(other, _)| group.is_some() && *other == group) {
            Some((_, members)) => members.push(axis),
            None => groups.push((group, vec![axis])),
        }
    }
    Ok(groups.into_iter().map(|(_, members)| members).collect())
}

/// Groups with the number of levels that all their axes have.
fn equal(axes: &[Axis], groups: Vec<Vec<usize>>, source: &Source) -> Result<Groups, Diagnostic> {
    let sized = |members: Vec<usize>| {
        let size = axes[members[0]].levels.len();
        match members.iter().find(|&&axis| axes[axis].levels.len() != size) {
            None => Ok((members, size as u32)),
            Some(&other) => {
                let (first, other) = (&axes[members[0]], &axes[other]);
                let title = format!(
                    "`{}` has {size} levels, `{}` {}",
                    first.name,
                    other.name,
                    other.levels.len()
                );
                let label = "expected axes that go together to have as many levels as each other";
                Err(source.diagnostic("zip", title).label(label))
            }
        }
    };
    groups.into_iter().map(sized).collect()
}

/// What is excluded: these values on these axes.
type Rule = Vec<(usize, Vec<Value>)>;

fn excluded(
    axes: &[Axis],
    tables: &[toml::Table],
    source: &Source,
) -> Result<Vec<Rule>, Diagnostic> {
    let rule = |(number, table): (usize, &toml::Table)| {
        let place = format!("exclude.{number}");
        if table.is_empty() {
            let title = "an exclusion of everything";
            return Err(source.diagnostic(&place, title).label("expected an axis and its value"));
        }
        let mut rule = Rule::new();
        gather(table, (String::new(), place), (axes, source), &mut rule)?;
        Ok(rule)
    };
    tables.iter().enumerate().map(rule).collect()
}

fn gather(
    table: &toml::Table,
    (name, place): (String, String),
    (axes, source): (&[Axis], &Source),
    rule: &mut Rule,
) -> Result<(), Diagnostic> {
    for (key, value) in table {
        let name = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
        let place = format!("{place}.{key}");
        let values = match value {
            toml::Value::Table(inner) => {
                gather(inner, (name, place), (axes, source), rule)?;
                continue;
            }
            toml::Value::Array(values) => values.iter().map(Value::of).collect(),
            value => vec![Value::of(value)],
        };
        let axis = named(axes, &name, &place, source)?;
        if axes[axis].range.is_none() || !axes[axis].levels.is_empty() {
            for value in &values {
                axes[axis].choice(value).map_err(|wrong| source.moved(wrong, &place))?;
            }
        }
        rule.push((axis, values));
    }
    Ok(())
}

fn named(axes: &[Axis], name: &str, place: &str, source: &Source) -> Result<usize, Diagnostic> {
    axes.iter().position(|axis| axis.name == name).ok_or_else(|| {
        let names: Vec<_> = axes.iter().map(|axis| axis.name.clone()).collect();
        let diagnostic = source.diagnostic(place, format!("no axis `{name}`"));
        diagnostic.label(match nearest(name, names.iter().map(String::as_str)) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None if names.is_empty() => "expected an axis; there is none".into(),
            None => format!("expected one of {}", few(&names)),
        })
    })
}
