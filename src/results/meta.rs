//! `sweep.json`: what the tables are of, and how they came about.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use serde::Serialize;
use serde::ser::Serializer;
use xxhash_rust::xxh3::Xxh3;

use super::files::{unwritable, write_whole};
use super::table::{Column, Rows};
use crate::design::{Design, Value};
use crate::measure::COLUMNS;
use crate::scenario::Diagnostic;

/// Axes with more levels are in the tables only.
const MOST_LEVELS: usize = 1000;

/// What is said of a sweep. It depends on the points and seeds alone.
#[derive(Debug, Serialize)]
pub struct Meta<'a> {
    zonesim: &'static str,
    command: &'a str,
    about: &'a str,
    /// Of all that made the points: who goes on with a sweep must have the same.
    identity: String,
    scenarios: Vec<String>,
    set: &'a [String],
    seeds: Seeds,
    points: u32,
    rows: u64,
    axes: Vec<Axis<'a>>,
    columns: Vec<Described<'a>>,
    /// Runs in which a promise did not hold.
    broken: u64,
    digests: Digests,
}

#[derive(Debug, Serialize)]
struct Seeds {
    base: u64,
    count: u64,
}

#[derive(Debug, Serialize)]
struct Axis<'a> {
    name: &'a str,
    column: &'a str,
    levels: Option<Vec<Plain<'a>>>,
}

/// A value of an axis as JSON has it.
#[derive(Debug)]
struct Plain<'a>(&'a Value);

impl Serialize for Plain<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Whole(number) => serializer.serialize_i64(*number),
            Value::Number(number) => serializer.serialize_f64(*number),
            Value::Text(text) => serializer.serialize_str(text),
            Value::Truth(truth) => serializer.serialize_bool(*truth),
        }
    }
}

#[derive(Debug, Serialize)]
struct Described<'a> {
    #[serde(flatten)]
    column: &'a Column,
    unit: Option<&'static str>,
    definition: Option<&'static str>,
}

/// Of the tables' bytes (XXH3, 128 bits).
#[derive(Debug, Serialize)]
struct Digests {
    #[serde(rename = "runs.csv")]
    csv: String,
    #[serde(rename = "runs.parquet")]
    parquet: String,
}

impl<'a> Meta<'a> {
    /// What is said of a sweep whose tables stand in a folder.
    ///
    /// # Errors
    /// A table that cannot be read.
    pub fn new(
        folder: &Path,
        command: &'a str,
        identity: u128,
        rows: &Rows<'a>,
        broken: u64,
    ) -> Result<Self, Diagnostic> {
        let Design { about, scenarios, set, seeds, axes, points, .. } = rows.design;
        let columns = &rows.schema.columns;
        let axis = |(axis, column): (&'a crate::design::Axis, &'a Column)| {
            let levels = axis.levels.iter().map(|level| Plain(&level.value));
            let levels = (axis.levels.len() <= MOST_LEVELS).then(|| levels.collect());
            Axis { name: &axis.name, column: &column.name, levels }
        };
        let describe = |column: &'a Column| {
            let metric = COLUMNS.iter().find(|metric| metric.name == column.name);
            let (unit, definition) = (metric.map(|m| m.unit), metric.map(|m| m.definition));
            Described { column, unit, definition }
        };
        let digests = Digests {
            csv: digest(&folder.join("runs.csv"))?,
            parquet: digest(&folder.join("runs.parquet"))?,
        };
        Ok(Self {
            zonesim: env!("CARGO_PKG_VERSION"),
            command,
            about,
            identity: format!("{identity:032x}"),
            scenarios: scenarios.iter().map(|path| path.display().to_string()).collect(),
            set,
            seeds: Seeds { base: seeds.first(), count: seeds.count() },
            points: points.count(),
            rows: rows.count(),
            axes: axes.iter().zip(&columns[1..]).map(axis).collect(),
            columns: columns.iter().map(describe).collect(),
            broken,
            digests,
        })
    }

    /// Writes it.
    ///
    /// # Errors
    /// What the system says.
    pub fn write(&self, path: &Path) -> Result<(), Diagnostic> {
        write_whole(path, &mut |file| {
            let written = serde_json::to_writer_pretty(&mut *file, self).map_err(io::Error::from);
            written.and_then(|()| file.write_all(b"\n")).map_err(|error| unwritable(path, &error))
        })
    }
}

fn digest(path: &Path) -> Result<String, Diagnostic> {
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
