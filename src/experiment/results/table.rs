//! The table of runs: a row per run with the point, its levels, the seed, and the metrics.

use std::collections::BTreeSet;

use serde::{Serialize, Serializer};

use super::file_mark::POINTS;
use super::{RunRecord, Store};
use crate::experiment::design::{Axis, Design, MAX_RUNS, Value};
use crate::metrics;
use crate::scenario::Diagnostic;

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Integers of 64 bits.
    #[serde(rename = "whole")]
    Integer,
    /// Floating-point numbers of 64 bits.
    Number,
    /// Strings.
    Text,
    /// Booleans.
    #[serde(rename = "truth")]
    Bool,
}

/// A column of the table.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Column {
    /// The name, unique in the table.
    pub name: String,
    /// The type of its values.
    pub kind: Kind,
    /// Whether values may be null.
    pub is_optional: bool,
}

/// A value in a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell<'a> {
    /// An integer.
    Integer(i64),
    /// A floating-point number.
    Number(f64),
    /// A string.
    Text(&'a str),
    /// A Boolean.
    Bool(bool),
    /// No value.
    Null,
}

impl Serialize for Cell<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            Self::Integer(number) => serializer.serialize_i64(number),
            // Most numbers are integers, which are written ten times as fast.
            Self::Number(number) if is_whole(number) => serializer.serialize_i64(number as i64),
            Self::Number(number) => serializer.serialize_f64(number),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Bool(truth) => serializer.serialize_bool(truth),
            Self::Null => serializer.serialize_none(),
        }
    }
}

fn is_whole(number: f64) -> bool {
    number.abs() < 1e15 && ((number as i64) as f64).to_bits() == number.to_bits()
}

/// The columns of a sweep's tables.
#[derive(Clone, Debug)]
pub struct Schema {
    /// All columns, in order.
    pub columns: Vec<Column>,
    /// The cells of the axes, by axis and level.
    levels: Vec<Vec<Level>>,
}

/// The cell of a level.
#[derive(Clone, Debug)]
enum Level {
    Plain(Cell<'static>),
    Text(String),
}

impl Schema {
    /// The columns of a design, with that of the goal if there is one. The column of an axis of
    /// durations is in milliseconds, with the suffix `_ms`.
    ///
    /// # Errors
    /// An axis with the name of another column.
    pub fn new(axes: &[Axis], has_goal: bool) -> Result<Self, Diagnostic> {
        let column =
            |name: &str, kind, is_optional| Column { name: name.into(), kind, is_optional };
        let mut columns = vec![column(POINT, Kind::Integer, false)];
        let mut levels = Vec::new();
        for axis in axes {
            let (suffix, kind) = kind(axis);
            columns.push(column(&format!("{}{suffix}", axis.name), kind, false));
            levels.push(axis.levels.iter().map(|one| level(&one.value, kind)).collect());
        }
        columns.push(column(SEED, Kind::Integer, false));
        columns.push(column(FAILED, Kind::Bool, false));
        for metric in metrics::columns(has_goal) {
            let kind = if metric.unit.is_whole() { Kind::Integer } else { Kind::Number };
            columns.push(column(metric.name, kind, true));
        }
        let mut names = BTreeSet::new();
        match columns.iter().find(|column| !names.insert(&column.name)) {
            None => Ok(Self { columns, levels }),
            Some(Column { name, .. }) => {
                let title = format!("two columns called `{name}`");
                let help = "an axis may have another name: name = { path = \"..\", values = [..] }";
                Err(Diagnostic::new(title).help(help))
            }
        }
    }
}

const POINT: &str = "point";
const SEED: &str = "seed";
const FAILED: &str = "failed";

/// The names of the columns of all tables, without those of the axes.
pub fn columns(has_goal: bool) -> impl Iterator<Item = &'static str> {
    let metrics = metrics::columns(has_goal).map(|column| column.name);
    [POINT, SEED, FAILED].into_iter().chain(metrics).chain(POINTS)
}

/// The suffix of the name of an axis' column, and the type of the column.
fn kind(axis: &Axis) -> (&'static str, Kind) {
    let all = |is: fn(&Value) -> bool| axis.levels.iter().all(|level| is(&level.value));
    if all(|value| matches!(value, Value::Integer(_))) {
        ("", Kind::Integer)
    } else if all(|value| matches!(value, Value::Integer(_) | Value::Number(_))) {
        ("", Kind::Number)
    } else if all(|value| matches!(value, Value::Bool(_))) {
        ("", Kind::Bool)
    } else if all(|value| value.duration().is_some()) {
        ("_ms", Kind::Number)
    } else {
        ("", Kind::Text)
    }
}

fn level(value: &Value, kind: Kind) -> Level {
    Level::Plain(match (kind, value) {
        (Kind::Integer, Value::Integer(number)) => Cell::Integer(*number),
        (Kind::Number, Value::Integer(number)) => Cell::Number(*number as f64),
        (Kind::Number, Value::Number(number)) => Cell::Number(*number),
        (Kind::Bool, Value::Bool(truth)) => Cell::Bool(*truth),
        (Kind::Number, value) => {
            value.duration().map_or(Cell::Null, |length| Cell::Number(length.as_ms()))
        }
        (_, value) => return Level::Text(value.to_string()),
    })
}

/// The rows of a sweep, in the order of its jobs.
#[derive(Debug)]
pub struct Rows<'a> {
    /// The design of the sweep.
    pub design: &'a Design,
    /// The columns of the table.
    pub schema: &'a Schema,
    /// The store of the runs.
    pub store: &'a Store,
}

/// The number of runs of a design.
///
/// # Errors
/// More runs than a sweep may have.
pub fn runs(design: &Design) -> Result<u64, Diagnostic> {
    let (points, seeds) = (u64::from(design.points.count()), design.seeds);
    let runs = points * seeds.count();
    if runs > MAX_RUNS {
        let title = format!("{points} points with {} seeds each are {runs} runs", seeds.count());
        let diagnostic = design.source.diagnostic("seeds.count", title);
        return Err(diagnostic.label(format!("expected at most {MAX_RUNS} runs")));
    }
    Ok(runs)
}

/// The diagnostic of a run that is missing in the store.
pub(super) fn missing_run(job: u64) -> Diagnostic {
    Diagnostic::unreadable(format!("run {job} is gone from the store"))
}

impl<'a> Rows<'a> {
    /// The number of rows.
    pub fn count(&self) -> u64 {
        u64::from(self.design.points.count()) * self.design.seeds.count()
    }

    /// Calls `take` with each row, in order.
    ///
    /// # Errors
    /// A run that is missing in the store, a store that cannot be read, or an error of `take`.
    pub fn each(
        &self,
        take: &mut dyn FnMut(&[Cell<'_>]) -> Result<(), Diagnostic>,
    ) -> Result<(), Diagnostic> {
        let points = u64::from(self.design.points.count());
        let mut row = Vec::with_capacity(self.schema.columns.len());
        self.store.read(self.count(), &mut |job, record| {
            let Some(record) = record else { return Err(missing_run(job)) };
            let seed = self.design.seeds.jobs().seed(job, points);
            self.fill((job % points) as u32, seed, record, &mut row);
            take(&row)
        })
    }

    /// The first cells of a row: the point and its levels.
    pub fn point(&self, point: u32) -> impl Iterator<Item = Cell<'a>> {
        let levels = self.schema.levels.iter().zip(self.design.points.get(point));
        let levels = levels.map(|(levels, &level)| match &levels[level as usize] {
            Level::Plain(cell) => *cell,
            Level::Text(text) => Cell::Text(text),
        });
        [Cell::Integer(i64::from(point))].into_iter().chain(levels)
    }

    fn fill(&self, point: u32, seed: u64, record: RunRecord, row: &mut Vec<Cell<'a>>) {
        row.clear();
        row.extend(self.point(point));
        row.push(Cell::Integer(seed.cast_signed()));
        row.push(Cell::Bool(record.has_violation));
        let columns = metrics::columns(self.design.goal.is_some());
        for (column, value) in columns.zip(record.values) {
            row.push(match value {
                None => Cell::Null,
                Some(number) if column.unit.is_whole() => Cell::Integer(number as i64),
                Some(number) => Cell::Number(number),
            });
        }
    }
}
