//! The sweep file: scenarios, axes, seeds.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::axis::{Axis, find_axis};
use super::axis_arg::AxisArg;
use super::conflicts;
use super::job_seeds::JobSeeds;
use super::points::Points;
use super::reader;
use super::sampling::Sampling;
use super::scenarios::{self, SCENARIO};
use crate::scenario::{
    BoundedU32, Diagnostic, Inputs, Source, choice_path, display, folder, path_keys, top_keys,
};

/// The keys of a sweep file.
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
    goal: Option<String>,
}

/// The largest number of runs of a sweep: their store has some 200 GB.
pub const MAX_RUNS: u64 = 1_000_000_000;

/// The largest number of seeds of a point. A guess.
pub(super) const MAX_SEEDS: u32 = 100_000_000;

/// The seeds of the runs: consecutive numbers, the same for every point unless they are independent.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(default, deny_unknown_fields, expecting = "a table, such as { base = 1, count = 10 }")]
pub struct Seeds {
    base: i64,
    count: BoundedU32<1, MAX_SEEDS>,
    independent: bool,
}

impl Default for Seeds {
    /// Ten runs from seed 1 on. A guess: ten runs show how much the values vary.
    fn default() -> Self {
        Self { base: 1, count: BoundedU32(10), independent: false }
    }
}

impl Seeds {
    /// The seeds of jobs.
    pub fn jobs(&self) -> JobSeeds {
        JobSeeds { first: self.first(), is_independent: self.independent }
    }

    /// The last seed of a sweep over so many points.
    pub fn last(&self, points: u32) -> u64 {
        let points = u64::from(points.max(1));
        self.jobs().seed((points * self.count()).saturating_sub(1), points)
    }

    /// The seed of the first run.
    pub fn first(&self) -> u64 {
        self.base.cast_unsigned()
    }

    /// The number of runs of each point.
    pub fn count(&self) -> u64 {
        u64::from(self.count.0)
    }

    /// Checks that all seeds are integers of TOML and of tables, up to 2^63 - 1.
    fn check(self, source: &Source) -> Result<Self, Diagnostic> {
        let runs = if self.independent { MAX_RUNS as i64 } else { self.count.0.into() };
        let max = i64::MAX - runs + 1;
        if (0..=max).contains(&self.base) {
            return Ok(self);
        }
        let wrong =
            source.diagnostic("seeds.base", format!("`seeds.base` cannot be {}", self.base));
        Err(wrong.label(format!("expected a whole number from 0 to {max}")))
    }
}

/// A sweep as its file and the command line describe it.
#[derive(Clone, Debug)]
pub struct Design {
    /// A line that describes the sweep; may be empty.
    pub about: String,
    /// The scenario files, joined to the folder of the sweep file.
    pub scenarios: Vec<PathBuf>,
    /// The overrides of every point, in the form of `--set`.
    pub set: Vec<String>,
    /// The seeds.
    pub seeds: Seeds,
    /// The axes; that of the scenarios is the first, if there are several.
    pub axes: Vec<Axis>,
    /// The points that the axes form.
    pub points: Points,
    /// The names of the metrics to show, not checked. If empty, those that suit the scenario.
    pub metrics: Vec<String>,
    /// The condition by which every run is judged, not checked.
    pub goal: Option<String>,
    /// Warnings that do not prevent the sweep.
    pub warnings: Vec<String>,
    /// The text of the file, for diagnostics.
    pub source: Source,
}

impl Design {
    /// Reads a sweep file and applies the arguments of the command line: levels of an axis, an override
    /// for every point, or values of `seeds`.
    ///
    /// # Errors
    /// The first error, at its place in the file or the argument.
    pub fn read(inputs: &Inputs, file: &Path, lines: &[String]) -> Result<Self, Diagnostic> {
        Self::parse_from(inputs, (&display(file), &inputs.read(file)?), folder(file), lines)
    }

    /// Reads a sweep from a text. Its scenario files are relative to `folder`.
    ///
    /// # Errors
    /// The first error, at its place in the text or the argument.
    pub fn parse(
        name: &str,
        text: &str,
        folder: &Path,
        args: &[String],
    ) -> Result<Self, Diagnostic> {
        Self::parse_from(&Inputs::default(), (name, text), folder, args)
    }

    fn parse_from(
        inputs: &Inputs,
        (name, text): (&str, &str),
        folder: &Path,
        args: &[String],
    ) -> Result<Self, Diagnostic> {
        let args: Vec<_> = args.iter().map(|arg| AxisArg::read(arg)).collect::<Result<_, _>>()?;
        let (of_sweep, args): (Vec<_>, Vec<_>) = args.into_iter().partition(AxisArg::is_for_sweep);
        let of_sweep: Vec<_> = of_sweep.into_iter().map(|arg| arg.written).collect();
        let read = Source::read::<SweepFile>(name, text, &of_sweep);
        let (source, file_keys) = read.map_err(|wrong| add_hint(wrong, text))?;
        let seeds = file_keys.seeds.check(&source)?;
        let stated = (file_keys.scenario.as_deref(), file_keys.scenarios.as_deref());
        let mut scenarios = scenarios::scenarios(stated, &source, (folder, inputs))?;
        let mut axes = Vec::new();
        if scenarios.len() > 1 {
            axes.push(scenarios::axis(file_keys.scenarios.as_deref().unwrap_or_default()));
        }
        reader::gather(&file_keys.axes, ("", "axes"), &source, &mut axes)?;
        let fixed = apply_args(&args, &mut axes, &mut scenarios)?;
        conflicts::refuse_conflicts(&file_keys.set, &fixed, &axes, &source)?;
        let sampling = Sampling::read(file_keys.design.as_ref(), &source)?;
        let points =
            Points::new(&mut axes, (sampling, &file_keys.zip, &file_keys.exclude), &source)?;
        refuse_duplicates(&file_keys.metrics, &source)?;
        let SweepFile { about, mut set, metrics, goal, .. } = file_keys;
        set.extend(fixed.into_iter().map(|arg| arg.written));
        let warnings = warnings(sampling);
        Ok(Self { about, scenarios, set, seeds, axes, points, metrics, goal, warnings, source })
    }

    /// Checks that no axis has the name of another column of the results.
    ///
    /// # Errors
    /// The first axis that has one.
    pub fn refuse_names<'n>(
        &self,
        taken: impl IntoIterator<Item = &'n str>,
    ) -> Result<(), Diagnostic> {
        let is_duration =
            |axis: &Axis| axis.levels.iter().all(|level| level.value.duration().is_some());
        for name in taken {
            let has_name = |axis: &&Axis| {
                axis.name == name || (is_duration(axis) && format!("{}_ms", axis.name) == name)
            };
            if let Some(axis) = self.axes.iter().find(has_name) {
                let title = format!("axis `{}` has the name of a column of the results", axis.name);
                let wrong = axis.origin.diagnostic(&self.source, title);
                let help = "such as my_name = { path = \"network.loss\", values = [0.0, 0.1] }";
                return Err(wrong.label("expected another name").help(help));
            }
        }
        Ok(())
    }
}

/// Applies arguments to the axes. Returns those that set a value at every point.
fn apply_args(
    args: &[AxisArg],
    axes: &mut Vec<Axis>,
    scenarios: &mut Vec<PathBuf>,
) -> Result<Vec<AxisArg>, Diagnostic> {
    let mut fixed = Vec::new();
    for (number, arg) in args.iter().enumerate() {
        let keys = |arg: &AxisArg| path_keys(&choice_path(&arg.name).unwrap_or(arg.name.clone()));
        if args[..number].iter().any(|other| keys(other) == keys(arg)) {
            let wrong = arg.locate(Diagnostic::new(format!("`{}` is given twice", arg.name)));
            return Err(wrong.label("expected it once, with commas between its values"));
        }
        let choice = || find_axis(axes, &choice_path(&arg.name)?, Diagnostic::new).ok();
        match find_axis(axes, &arg.name, Diagnostic::new).ok().or_else(choice) {
            Some(0) if axes[0].name == SCENARIO && scenarios.len() > 1 => {
                let before = axes[0].levels.clone();
                axes[0].replace(arg)?;
                let file = |level| before.iter().position(|other| other == level);
                let chosen = axes[0].levels.iter().filter_map(file);
                *scenarios = chosen.map(|number| scenarios[number].clone()).collect();
            }
            Some(axis) => axes[axis].replace(arg)?,
            None if arg.values.len() == 1 => fixed.push(arg.clone()),
            None => axes.push(arg.axis(&arg.name)),
        }
    }
    Ok(fixed)
}

/// Refuses metrics that are listed twice.
fn refuse_duplicates(metrics: &[String], source: &Source) -> Result<(), Diagnostic> {
    let twice = (1..metrics.len()).find(|&number| metrics[..number].contains(&metrics[number]));
    twice.map_or(Ok(()), |number| {
        let title = format!("metric `{}` twice", metrics[number]);
        Err(source.diagnostic(&format!("metrics.{number}"), title).label("expected each once"))
    })
}

fn warnings(sampling: Sampling) -> Vec<String> {
    match sampling {
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

/// Examples of keys, for hints.
const EXAMPLES: [(&str, &str); 6] = [
    ("`set", "set = [\"horizon=2h\", \"network.loss=0.1\"]"),
    ("`axes", "[axes] and then \"network.loss\" = [0.0, 0.1]"),
    ("`zip", "zip = [[\"a\", \"b\"]]: axes a and b go together"),
    ("`exclude", "exclude = [{ \"network.loss\" = 0.1, \"exchange.use\" = \"mesh\" }]"),
    ("`scenarios", "scenarios = [\"one.toml\", \"two.toml\"]"),
    ("`metrics", "metrics = [\"to_all_ms\", \"messages\"]"),
];

/// Adds a hint to the diagnostic of a file that is a scenario, or that sets values of a scenario.
fn add_hint(wrong: Diagnostic, text: &str) -> Diagnostic {
    let own = ["scenario", "scenarios", "axes"];
    let is_scenario = top_keys(text)
        .is_some_and(|keys| keys.contains("zones") && !own.iter().any(|&key| keys.contains(key)));
    if is_scenario {
        let wrong = wrong.title("a scenario where a sweep file belongs");
        let help = "`zonesim run` runs a scenario; a sweep file names it: scenario = \"file.toml\"";
        return wrong.label("no sweep file has this").help(help);
    }
    let what = wrong.what();
    if let Some((_, written)) = EXAMPLES.iter().find(|(key, _)| what.starts_with(key)) {
        return wrong.help(format!("it is written {written}"));
    }
    if wrong.unknown_key().is_some_and(|key| key.is_top && !key.has_suggestion) {
        let help = "settings of the scenario go into `set`, such as \
                    set = [\"horizon=2h\"]; what varies, in [axes]";
        return wrong.help(help);
    }
    wrong
}
