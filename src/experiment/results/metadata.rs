//! `sweep.json`: the description of the tables, and all inputs that are needed to make them again.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Write};
use std::ops::Not;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;
use serde::ser::Serializer;
use xxhash_rust::xxh3::Xxh3;

use super::files::Target;
use super::table::{Column, Rows};
use super::totals::Totals;
use crate::experiment::design::{Design, Value};
use crate::metrics::invariants::JudgedCount;
use crate::metrics::{self, GOAL, MetricId, Unit};
use crate::scenario::Diagnostic;
use crate::scenario::Inputs;

/// The file names of the tables of a sweep.
pub const TABLES: [&str; 3] = ["runs.csv", "runs.parquet", "points.csv"];

/// The file name of the table of leads, which is made on request.
pub const LEADS_TABLE: &str = "leads.csv";

/// The levels of an axis with more than this are not listed; the tables and the sweep file have them.
const MAX_LEVELS: usize = 1000;

/// The description of a sweep. It depends on the points and seeds alone.
#[derive(Debug, Serialize)]
pub struct Meta<'a> {
    zonesim: &'static str,
    command: &'a str,
    about: &'a str,
    /// The digest of all inputs: a sweep is continued only with the same.
    identity: String,
    sweep: SweepInputs<'a>,
    scenarios: Vec<String>,
    set: &'a [String],
    seeds: Seeds,
    points: u32,
    rows: u64,
    axes: Vec<Axis<'a>>,
    columns: Vec<ColumnInfo<'a>>,
    /// The texts of all files that were read, by path.
    #[serde(serialize_with = "by_path")]
    files: Vec<(PathBuf, Arc<str>)>,
    /// The number of runs with a violation.
    #[serde(skip_serializing_if = "Option::is_none")]
    failed: Option<u64>,
    /// The number of runs in which deliveries were judged, and the reasons of the others.
    #[serde(skip_serializing_if = "Option::is_none")]
    liveness: Option<JudgedCount>,
    /// The number of runs that decided a strike for a time beyond the horizon.
    #[serde(skip_serializing_if = "Option::is_none")]
    strikes_beyond: Option<u64>,
    /// The digests of the tables (XXH3, 128 bits). Empty until the tables are complete.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    digests: BTreeMap<&'static str, String>,
}

/// The sweep file and its arguments.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct SweepInputs<'a> {
    /// The path of the file.
    pub file: &'a str,
    /// The arguments of the command line, each `path=values`.
    pub lines: &'a [String],
}

#[derive(Debug, Serialize)]
struct Seeds {
    base: u64,
    count: u64,
    #[serde(skip_serializing_if = "Not::not")]
    independent: bool,
}

#[derive(Debug, Serialize)]
struct Axis<'a> {
    name: &'a str,
    column: &'a str,
    /// None if the levels are choices.
    path: Option<&'a str>,
    levels: Option<Vec<Plain<'a>>>,
    /// The overrides of each choice.
    #[serde(skip_serializing_if = "Option::is_none")]
    sets: Option<Vec<&'a [String]>>,
}

/// Serializes a value of an axis as a plain JSON value.
#[derive(Debug)]
struct Plain<'a>(&'a Value);

impl Serialize for Plain<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Integer(number) => serializer.serialize_i64(*number),
            Value::Number(number) => serializer.serialize_f64(*number),
            Value::Text(text) => serializer.serialize_str(text),
            Value::Bool(truth) => serializer.serialize_bool(*truth),
        }
    }
}

#[derive(Debug, Serialize)]
struct ColumnInfo<'a> {
    #[serde(flatten)]
    column: &'a Column,
    unit: Option<Unit>,
    /// Of a goal, as it was written.
    definition: Option<&'a str>,
    /// [`crate::metrics::Population::counted_by`].
    counted_by: Option<MetricId>,
}

impl<'a> Meta<'a> {
    /// The description of a sweep before it is run.
    pub fn new(
        command: &'a str,
        sweep: SweepInputs<'a>,
        identity: u128,
        inputs: &Inputs,
        rows: &Rows<'a>,
    ) -> Self {
        let Design { about, scenarios, set, seeds, axes, points, goal, .. } = rows.design;
        let columns = &rows.schema.columns;
        let axis = |(axis, column): (&'a crate::experiment::design::Axis, &'a Column)| {
            let levels = axis.levels.iter().map(|level| Plain(&level.value));
            let levels = (axis.levels.len() <= MAX_LEVELS).then(|| levels.collect());
            let choices = axis.path.is_none() && levels.is_some();
            let sets = choices.then(|| axis.levels.iter().map(|level| &level.sets[..]).collect());
            let path = axis.path.as_deref();
            Axis { name: &axis.name, column: &column.name, path, levels, sets }
        };
        let describe = |column: &'a Column| {
            let metric = metrics::columns(goal.is_some()).find(|metric| metric.name == column.name);
            let goal = goal.as_deref().filter(|_| column.name == GOAL.name);
            let unit = metric.map(|metric| metric.unit);
            let definition = goal.or(metric.map(|metric| metric.definition));
            let counted_by = metric.and_then(|metric| metric.population.counted_by());
            ColumnInfo { column, unit, definition, counted_by }
        };
        Self {
            zonesim: env!("CARGO_PKG_VERSION"),
            command,
            about,
            identity: format!("{identity:032x}"),
            sweep,
            scenarios: scenarios.iter().map(|path| path.display().to_string()).collect(),
            set,
            seeds: Seeds {
                base: seeds.first(),
                count: seeds.count(),
                independent: seeds.jobs().is_independent,
            },
            points: points.count(),
            rows: rows.count(),
            axes: axes.iter().zip(&columns[1..]).map(axis).collect(),
            columns: columns.iter().map(describe).collect(),
            files: inputs.texts(),
            failed: None,
            liveness: None,
            strikes_beyond: None,
            digests: BTreeMap::new(),
        }
    }

    /// Adds the results: the digests of the tables in a folder, with that of the table of leads if it
    /// was ever made, and the totals.
    ///
    /// # Errors
    /// A table that cannot be read.
    pub fn finished(
        mut self,
        folder: &Path,
        totals: &Totals,
        leads: Option<String>,
    ) -> Result<Self, Diagnostic> {
        for table in TABLES {
            self.digests.insert(table, digest(&folder.join(table))?);
        }
        self.digests.extend(leads.map(|leads| (LEADS_TABLE, leads)));
        self.failed = Some(totals.failed());
        self.liveness = Some(totals.judged);
        self.strikes_beyond = Some(totals.strikes_beyond);
        Ok(self)
    }

    /// Writes the description as JSON.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, target: &Target) -> Result<(), Diagnostic> {
        target.write(&mut |file| {
            let written = serde_json::to_writer_pretty(&mut *file, self).map_err(io::Error::from);
            written.and_then(|()| file.write_all(b"\n")).map_err(|error| target.unwritable(&error))
        })
    }
}

fn by_path<S: Serializer>(files: &[(PathBuf, Arc<str>)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(files.iter().map(|(path, text)| (path.display().to_string(), &**text)))
}

/// The digest of the bytes of a file.
///
/// # Errors
/// The file cannot be read.
pub fn digest(path: &Path) -> Result<String, Diagnostic> {
    let failed = |error: io::Error| {
        Diagnostic::unreadable(format!("cannot read {}: {error}", path.display()))
    };
    let mut file = File::open(path).map_err(failed)?;
    let (mut digest, mut buffer) = (Xxh3::new(), vec![0; 1 << 18]);
    loop {
        match file.read(&mut buffer).map_err(failed)? {
            0 => return Ok(format!("{:032x}", digest.digest128())),
            length => digest.update(&buffer[..length]),
        }
    }
}
