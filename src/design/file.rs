//! The sweep file: scenarios, axes, seeds.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::axis::{self, Axis, Level, Reader, Value};
use super::line::Line;
use super::points::{Points, Spread};
use crate::scenario::{Diagnostic, Source, Whole, path_key, read};

/// What a sweep file may say.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sheet {
    #[serde(default)]
    about: String,
    scenario: Option<String>,
    #[serde(default)]
    scenarios: Vec<String>,
    #[serde(default)]
    set: Vec<String>,
    #[serde(default)]
    seeds: Seeds,
    #[serde(default)]
    axes: toml::Table,
    #[serde(default)]
    zip: Vec<Vec<String>>,
    #[serde(default)]
    exclude: Vec<toml::Table>,
    #[serde(default)]
    design: Spread,
    #[serde(default)]
    metrics: Vec<String>,
}

/// The seeds of every point: so many from the first on.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(default, deny_unknown_fields)]
pub struct Seeds {
    /// The first.
    base: i64,
    /// How many.
    count: Whole<1, 100_000_000>,
}

impl Default for Seeds {
    /// A guess: ten runs show how much chance matters.
    fn default() -> Self {
        Self { base: 1, count: Whole(10) }
    }
}

impl Seeds {
    /// The first seed.
    pub fn first(&self) -> u64 {
        self.base.cast_unsigned()
    }

    /// How many runs there are of each point.
    pub fn count(&self) -> u64 {
        u64::from(self.count.0)
    }
}

/// A sweep as its file and the command line have it.
#[derive(Clone, Debug)]
pub struct Design {
    /// What it is about.
    pub about: String,
    /// The scenarios, from the folder of the file.
    pub scenarios: Vec<PathBuf>,
    /// What is put over the scenario at every point.
    pub set: Vec<String>,
    /// The seeds of every point.
    pub seeds: Seeds,
    /// What is varied; the scenarios first, if there are several.
    pub axes: Vec<Axis>,
    /// The points.
    pub points: Points,
    /// The metrics to show, unchecked; if none are named, those that suit the scenario.
    pub metrics: Vec<String>,
    /// Where the file says it.
    pub source: Source,
}

/// What the axis of scenarios is called.
pub const SCENARIO: &str = "scenario";

impl Design {
    /// Reads a sweep file, and puts over it what the command line says: the levels of an axis, an
    /// override for every point, or `seeds.count`.
    ///
    /// # Errors
    /// What is wrong, at its place.
    pub fn read(file: &Path, lines: &[String]) -> Result<Self, Diagnostic> {
        let lines: Vec<_> = lines.iter().map(|line| Line::read(line)).collect::<Result<_, _>>()?;
        let (own, lines): (Vec<_>, Vec<_>) =
            lines.into_iter().partition(|line| line.name.starts_with("seeds."));
        let own: Vec<_> = own.into_iter().map(|line| line.written).collect();
        let name = file.display().to_string();
        let (source, sheet) = Source::read::<Sheet>(&name, read(file)?, &own)?;
        let folder = file.parent().unwrap_or(Path::new(""));
        let scenarios = scenarios(&sheet, &source, folder)?;
        let mut axes = Vec::new();
        gather(&sheet.axes, (String::new(), "axes".into()), &source, &mut axes)?;
        let mut set = sheet.set;
        for line in &lines {
            match axes.iter_mut().find(|axis| axis.name == line.name) {
                Some(axis) => axis.replace(line)?,
                None if line.values.len() == 1 => set.push(line.written.clone()),
                None => axes.push(line.axis(&line.name)),
            }
        }
        if scenarios.len() > 1 {
            axes.insert(0, scenario_axis(&sheet.scenarios));
        }
        let said = (&sheet.design, &sheet.zip[..], &sheet.exclude[..]);
        let points = Points::new(&mut axes, said, &source)?;
        let Sheet { about, seeds, metrics, .. } = sheet;
        Ok(Self { about, scenarios, set, seeds, axes, points, metrics, source })
    }

    /// The levels of a point, one of each axis.
    pub fn levels(&self, point: u32) -> impl Iterator<Item = &Level> {
        self.axes
            .iter()
            .zip(self.points.get(point))
            .map(|(axis, &level)| &axis.levels[level as usize])
    }

    /// A point in words: `exchange.use=gossip, network.loss=0.02`.
    pub fn name(&self, point: u32) -> String {
        let names = self.axes.iter().map(|axis| &axis.name);
        let parts = names.zip(self.levels(point));
        parts.map(|(name, level)| format!("{name}={}", level.value)).collect::<Vec<_>>().join(", ")
    }

    /// The scenario of a point, and what is put over it.
    pub fn scenario(&self, point: u32) -> (&Path, Vec<String>) {
        let number = match self.axes.first() {
            Some(axis) if self.scenarios.len() > 1 && axis.name == SCENARIO => {
                self.points.get(point)[0] as usize
            }
            _ => 0,
        };
        let levels = self.levels(point).flat_map(|level| &level.sets);
        (&self.scenarios[number], self.set.iter().chain(levels).cloned().collect())
    }

    /// What is wrong with a point, told at the line of this file that says it.
    pub fn blame(&self, point: u32, wrong: Diagnostic) -> Diagnostic {
        let help = format!("at point {point}: {}", self.name(point));
        let place = wrong.blamed_override().and_then(|line| self.place_of(point, line));
        match place {
            Some(place) => self.source.moved(wrong, &place).or_help(help),
            None if self.axes.is_empty() => wrong,
            None => wrong.or_help(help),
        }
    }

    /// Where the file says an override of a point; nothing if the command line does.
    fn place_of(&self, point: u32, line: &str) -> Option<String> {
        if let Some(number) = self.set.iter().position(|set| set.trim() == line) {
            return Some(format!("set.{number}")).filter(|place| self.source.says(place));
        }
        let (axis, level, number) = self
            .axes
            .iter()
            .zip(self.points.get(point))
            .map(|(axis, &number)| (axis, &axis.levels[number as usize], number))
            .find(|(_, level, _)| level.sets.iter().any(|set| set.trim() == line))?;
        let place = axis.place.as_ref()?;
        let (value, name) = (format!("{place}.values.{number}"), &level.value);
        let places = [format!("{place}.{number}"), value, format!("{place}.choices.{name}")];
        places.into_iter().find(|place| self.source.says(place)).or_else(|| Some(place.clone()))
    }
}

fn scenarios(sheet: &Sheet, source: &Source, folder: &Path) -> Result<Vec<PathBuf>, Diagnostic> {
    let expected = "expected scenario = \"one.toml\" or scenarios = [\"one.toml\", \"two.toml\"]";
    match (&sheet.scenario, &sheet.scenarios[..]) {
        (Some(one), []) => Ok(vec![folder.join(one)]),
        (Some(_), _) => Err(source
            .key_diagnostic("scenarios", "`scenarios` beside `scenario`")
            .label("expected one of the two")),
        (None, []) => Err(source
            .key_diagnostic("scenario", "a sweep without a scenario")
            .label(expected)
            .help(expected)),
        (None, several) => Ok(several.iter().map(|file| folder.join(file)).collect()),
    }
}

/// Scenarios are called as their files, without the ending.
fn scenario_axis(files: &[String]) -> Axis {
    let level = |file: &String| {
        let name = file.strip_suffix(".toml").unwrap_or(file);
        Level { value: Value::Text(name.into()), sets: Vec::new() }
    };
    let levels = files.iter().map(level).collect();
    Axis { name: SCENARIO.into(), path: None, levels, range: None, place: None }
}

/// Gathers the axes of a table. A key may be a whole path in quotes, or tables one within another.
fn gather(
    table: &toml::Table,
    (name, place): (String, String),
    source: &Source,
    axes: &mut Vec<Axis>,
) -> Result<(), Diagnostic> {
    for (key, value) in table {
        let written =
            if key.contains(['.', '>']) && name.is_empty() { key.clone() } else { path_key(key) };
        let name = if name.is_empty() { written } else { format!("{name}.{written}") };
        let place = format!("{place}.{key}");
        match value {
            toml::Value::Table(inner) if !axis::is_axis(inner) => {
                gather(inner, (name, place), source, axes)?;
            }
            value => axes.push(Reader { source, name: &name, place: &place }.read(value)?),
        }
    }
    Ok(())
}
