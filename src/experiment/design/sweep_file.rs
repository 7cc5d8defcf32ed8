//! The sweep file: scenarios, axes, seeds.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::axis::{Axis, named};
use super::axis_arg::AxisArg;
use super::conflicts;
use super::points::Points;
use super::reader;
use super::sampling::Sampling;
use super::scenarios::{self, SCENARIO};
use crate::scenario::{
    BoundedU32, Diagnostic, Inputs, Source, choice_path, display, folder, path_keys, top_keys,
};

/// What a sweep file may say.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SweepFile {
    #[serde(default)]
    about: String,
    scenario: Option<String>,
    scenarios: Option<Vec<String>>,
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
    design: Option<toml::Value>,
    #[serde(default)]
    metrics: Vec<String>,
}

/// No point has more seeds. A guess.
pub(super) const MAX_SEEDS: u32 = 100_000_000;

/// The seeds of every point: so many from the first on.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(default, deny_unknown_fields, expecting = "a table, such as { base = 1, count = 10 }")]
pub struct Seeds {
    /// The first.
    base: i64,
    /// How many.
    count: BoundedU32<1, MAX_SEEDS>,
}

impl Default for Seeds {
    /// A guess: ten runs show how much chance matters.
    fn default() -> Self {
        Self { base: 1, count: BoundedU32(10) }
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

    /// Seeds are told as TOML and tables have whole numbers, up to 2^63 - 1.
    fn check(self, source: &Source) -> Result<Self, Diagnostic> {
        let most = i64::MAX - i64::from(self.count.0) + 1;
        if (0..=most).contains(&self.base) {
            return Ok(self);
        }
        let wrong =
            source.diagnostic("seeds.base", format!("`seeds.base` cannot be {}", self.base));
        Err(wrong.label(format!("expected a whole number from 0 to {most}")))
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
    /// What people should know of it.
    pub notices: Vec<String>,
    /// Where the file says it.
    pub source: Source,
}

impl Design {
    /// Reads a sweep file, and puts over it what the command line says: the levels of an axis, an
    /// override for every point, or `seeds.count`.
    ///
    /// # Errors
    /// What is wrong, at its place.
    pub fn read(inputs: &Inputs, file: &Path, lines: &[String]) -> Result<Self, Diagnostic> {
        Self::parse_from(inputs, (&display(file), &inputs.read(file)?), folder(file), lines)
    }

    /// Reads a sweep from a text; the scenarios it names are looked for in `folder`.
    ///
    /// # Errors
    /// What is wrong, at its place.
    pub fn parse(
        name: &str,
        text: &str,
        folder: &Path,
        lines: &[String],
    ) -> Result<Self, Diagnostic> {
        Self::parse_from(&Inputs::default(), (name, text), folder, lines)
    }

    fn parse_from(
        inputs: &Inputs,
        (name, text): (&str, &str),
        folder: &Path,
        lines: &[String],
    ) -> Result<Self, Diagnostic> {
        let lines: Vec<_> =
            lines.iter().map(|line| AxisArg::read(line)).collect::<Result<_, _>>()?;
        let (own, lines): (Vec<_>, Vec<_>) = lines.into_iter().partition(AxisArg::is_of_the_sweep);
        let own: Vec<_> = own.into_iter().map(|line| line.written).collect();
        let read = Source::read::<SweepFile>(name, text, &own);
        let (source, sheet) = read.map_err(|wrong| explain(wrong, text))?;
        let seeds = sheet.seeds.check(&source)?;
        let said = (sheet.scenario.as_deref(), sheet.scenarios.as_deref());
        let mut scenarios = scenarios::scenarios(said, &source, (folder, inputs))?;
        let mut axes = Vec::new();
        if scenarios.len() > 1 {
            axes.push(scenarios::axis(sheet.scenarios.as_deref().unwrap_or_default()));
        }
        reader::gather(&sheet.axes, ("", "axes"), &source, &mut axes)?;
        let fixed = over(&lines, &mut axes, &mut scenarios)?;
        conflicts::refuse_conflicts(&sheet.set, &fixed, &axes, &source)?;
        let spread = Sampling::read(sheet.design.as_ref(), &source)?;
        let points = Points::new(&mut axes, (spread, &sheet.zip, &sheet.exclude), &source)?;
        once(&sheet.metrics, &source)?;
        let SweepFile { about, mut set, metrics, .. } = sheet;
        set.extend(fixed.into_iter().map(|line| line.written));
        let notices = notices(spread);
        Ok(Self { about, scenarios, set, seeds, axes, points, metrics, notices, source })
    }

    /// Refuses axes that have the name of another column of the results.
    ///
    /// # Errors
    /// The first, where it is said.
    pub fn refuse_names<'n>(
        &self,
        taken: impl IntoIterator<Item = &'n str>,
    ) -> Result<(), Diagnostic> {
        let of_times = |axis: &Axis| axis.levels.iter().all(|level| level.value.length().is_some());
        for name in taken {
            let is = |axis: &&Axis| {
                axis.name == name || (of_times(axis) && format!("{}_ms", axis.name) == name)
            };
            if let Some(axis) = self.axes.iter().find(is) {
                let title = format!("axis `{}` has the name of a column of the results", axis.name);
                let wrong = axis.said.wrong(&self.source, title);
                let help = "such as my_name = { path = \"network.loss\", values = [0.0, 0.1] }";
                return Err(wrong.label("expected another name").help(help));
            }
        }
        Ok(())
    }
}

/// Puts lines over the axes; returns those that hold for every point.
fn over(
    lines: &[AxisArg],
    axes: &mut Vec<Axis>,
    scenarios: &mut Vec<PathBuf>,
) -> Result<Vec<AxisArg>, Diagnostic> {
    let mut fixed = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        let keys =
            |line: &AxisArg| path_keys(&choice_path(&line.name).unwrap_or(line.name.clone()));
        if lines[..number].iter().any(|other| keys(other) == keys(line)) {
            let wrong = line.shown(Diagnostic::new(format!("`{}` is given twice", line.name)));
            return Err(wrong.label("expected it once, with commas between its values"));
        }
        let choice = || named(axes, &choice_path(&line.name)?, Diagnostic::new).ok();
        match named(axes, &line.name, Diagnostic::new).ok().or_else(choice) {
            Some(0) if axes[0].name == SCENARIO && scenarios.len() > 1 => {
                let before = axes[0].levels.clone();
                axes[0].replace(line)?;
                let file = |level| before.iter().position(|other| other == level);
                let chosen = axes[0].levels.iter().filter_map(file);
                *scenarios = chosen.map(|number| scenarios[number].clone()).collect();
            }
            Some(axis) => axes[axis].replace(line)?,
            None if line.values.len() == 1 => fixed.push(line.clone()),
            None => axes.push(line.axis(&line.name)),
        }
    }
    Ok(fixed)
}

/// Refuses metrics that are named twice.
fn once(metrics: &[String], source: &Source) -> Result<(), Diagnostic> {
    let twice = (1..metrics.len()).find(|&number| metrics[..number].contains(&metrics[number]));
    twice.map_or(Ok(()), |number| {
        let title = format!("metric `{}` twice", metrics[number]);
        Err(source.diagnostic(&format!("metrics.{number}"), title).label("expected each once"))
    })
}

fn notices(spread: Sampling) -> Vec<String> {
    match spread {
        Sampling::Sobol { points } if !points.is_power_of_two() => {
            let (below, above) = (1 << points.ilog2(), points.next_power_of_two());
            vec![format!(
                "Sobol's sequence fills best with a power of two: {below} or {above} points rather \
                 than {points}"
            )]
        }
        _ => Vec::new(),
    }
}

/// How some keys are written, for who wrote them otherwise.
const WRITTEN: [(&str, &str); 6] = [
    ("`set", "set = [\"horizon=2h\", \"network.loss=0.1\"]"),
    ("`axes", "[axes] and then \"network.loss\" = [0.0, 0.1]"),
    ("`zip", "zip = [[\"a\", \"b\"]]: axes a and b go together"),
    ("`exclude", "exclude = [{ \"network.loss\" = 0.1, \"exchange.use\" = \"mesh\" }]"),
    ("`scenarios", "scenarios = [\"one.toml\", \"two.toml\"]"),
    ("`metrics", "metrics = [\"to_all_ms\", \"messages\"]"),
];

/// Says more of a file that is no sweep: it may be a scenario, or speak of a scenario's values.
fn explain(wrong: Diagnostic, text: &str) -> Diagnostic {
    let own = ["scenario", "scenarios", "axes"];
    let is_scenario = top_keys(text)
        .is_some_and(|keys| keys.contains("zones") && !own.iter().any(|&key| keys.contains(key)));
    if is_scenario {
        let wrong = wrong.title("a scenario where a sweep file belongs");
        let help = "`zonesim run` runs a scenario; a sweep file names it: scenario = \"file.toml\"";
        return wrong.label("no sweep file has this").help(help);
    }
    let what = wrong.what();
    if let Some((_, written)) = WRITTEN.iter().find(|(key, _)| what.starts_with(key)) {
        return wrong.help(format!("it is written {written}"));
    }
    let is_near = wrong.in_short().contains("did you mean");
    if what.starts_with("unknown key ") && !what.contains("` in `") && !is_near {
        let help = "what the scenario has of its own stands in `set`, such as \
                    set = [\"horizon=2h\"]; what varies, in [axes]";
        return wrong.help(help);
    }
    wrong
}
