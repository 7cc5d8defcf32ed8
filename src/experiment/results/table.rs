//! One tidy row per run: the point, what it varies, the seed, what was measured.

use std::collections::BTreeSet;

use serde::{Serialize, Serializer};

use super::file_mark::POINTS;
use super::{RunRecord, Store};
use crate::experiment::design::{Axis, Design, Value};
use crate::metrics::METRICS;
use crate::scenario::Diagnostic;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Whole numbers.
    Whole,
    /// Numbers.
    Number,
    /// Words.
    Text,
    /// Yes or no.
    Truth,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
    /// Whether it may hold nothing.
    pub is_optional: bool,
}

/// A value in a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell<'a> {
    /// A whole number.
    Whole(i64),
    /// A number.
    Number(f64),
    /// A word.
    Text(&'a str),
    /// Yes or no.
    Truth(bool),
    /// Nothing.
    Nothing,
}

impl Serialize for Cell<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            Self::Whole(number) => serializer.serialize_i64(number),
            // Most numbers are whole, and those are written ten times as fast.
            Self::Number(number) if is_whole(number) => serializer.serialize_i64(number as i64),
            Self::Number(number) => serializer.serialize_f64(number),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Truth(truth) => serializer.serialize_bool(truth),
            Self::Nothing => serializer.serialize_none(),
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
    /// What stands in the columns of the axes, by axis and level.
    levels: Vec<Vec<Level>>,
}

/// A value of an axis as its column has it.
#[derive(Clone, Debug)]
enum Level {
    Plain(Cell<'static>),
    Text(String),
}

impl Schema {
    /// The columns of a design. An axis of times is one of milliseconds, and its name says so.
    ///
    /// # Errors
    /// An axis that is called as another column.
    pub fn new(axes: &[Axis]) -> Result<Self, Diagnostic> {
        let column =
            |name: &str, kind, is_optional| Column { name: name.into(), kind, is_optional };
        let mut columns = vec![column(POINT, Kind::Whole, false)];
        let mut levels = Vec::new();
        for axis in axes {
            let (suffix, kind) = kind(axis);
            columns.push(column(&format!("{}{suffix}", axis.name), kind, false));
            levels.push(axis.levels.iter().map(|one| level(&one.value, kind)).collect());
        }
        columns.push(column(SEED, Kind::Whole, false));
        columns.push(column(BROKEN, Kind::Truth, false));
        for metric in METRICS {
            let kind = if metric.is_whole() { Kind::Whole } else { Kind::Number };
            columns.push(column(metric.name, kind, true));
        }
        let mut names = BTreeSet::new();
        match columns.iter().find(|column| !names.insert(&column.name)) {
            None => Ok(Self { columns, levels }),
            Some(Column { name, .. }) => {
                let title = format!("two columns called `{name}`");
                let help =
                    "an axis may have a name of its own: name = { path = \"..\", values = [..] }";
                Err(Diagnostic::new(title).help(help))
            }
        }
    }
}

const POINT: &str = "point";
const SEED: &str = "seed";
const BROKEN: &str = "broken";

/// The columns that every table has, beside those of the axes.
pub fn columns() -> impl Iterator<Item = &'static str> {
    let metrics = METRICS.iter().map(|column| column.name);
    [POINT, SEED, BROKEN].into_iter().chain(metrics).chain(POINTS)
}

/// What a column of an axis holds, and what is added to its name.
fn kind(axis: &Axis) -> (&'static str, Kind) {
    let all = |is: fn(&Value) -> bool| axis.levels.iter().all(|level| is(&level.value));
    if all(|value| matches!(value, Value::Integer(_))) {
        ("", Kind::Whole)
    } else if all(|value| matches!(value, Value::Integer(_) | Value::Number(_))) {
        ("", Kind::Number)
    } else if all(|value| matches!(value, Value::Bool(_))) {
        ("", Kind::Truth)
    } else if all(|value| value.duration().is_some()) {
        ("_ms", Kind::Number)
    } else {
        ("", Kind::Text)
    }
}

fn level(value: &Value, kind: Kind) -> Level {
    Level::Plain(match (kind, value) {
        (Kind::Whole, Value::Integer(number)) => Cell::Whole(*number),
        (Kind::Number, Value::Integer(number)) => Cell::Number(*number as f64),
        (Kind::Number, Value::Number(number)) => Cell::Number(*number),
        (Kind::Truth, Value::Bool(truth)) => Cell::Truth(*truth),
        (Kind::Number, value) => {
            value.duration().map_or(Cell::Nothing, |length| Cell::Number(length.as_ms()))
        }
        (_, value) => return Level::Text(value.to_string()),
    })
}

/// All rows of a sweep, in the order of its jobs.
#[derive(Debug)]
pub struct Rows<'a> {
    /// What was varied.
    pub design: &'a Design,
    /// The columns.
    pub schema: &'a Schema,
    /// The runs.
    pub store: &'a Store,
}

/// How many runs a design has.
///
/// # Errors
/// More than a disk holds.
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

/// No sweep has more runs: a store of them has some 200 GB.
const MAX_RUNS: u64 = 1_000_000_000;

/// A run that was there is not.
pub(super) fn gone(job: u64) -> Diagnostic {
    Diagnostic::unreadable(format!("run {job} is gone from the store"))
}

impl<'a> Rows<'a> {
    /// How many.
    pub fn count(&self) -> u64 {
        u64::from(self.design.points.count()) * self.design.seeds.count()
    }

    /// Gives each row to `take`.
    ///
    /// # Errors
    /// A run that is not there, what the system says, or `take`.
    pub fn each(
        &self,
        take: &mut dyn FnMut(&[Cell<'_>]) -> Result<(), Diagnostic>,
    ) -> Result<(), Diagnostic> {
        let points = u64::from(self.design.points.count());
        let mut row = Vec::with_capacity(self.schema.columns.len());
        self.store.read(self.count(), &mut |job, record| {
            let Some(record) = record else { return Err(gone(job)) };
            self.fill((job % points) as u32, job / points, record, &mut row);
            take(&row)
        })
    }

    /// The first cells of a row: the point, and its levels.
    pub fn point(&self, point: u32) -> impl Iterator<Item = Cell<'a>> {
        let levels = self.schema.levels.iter().zip(self.design.points.get(point));
        let levels = levels.map(|(levels, &level)| match &levels[level as usize] {
            Level::Plain(cell) => *cell,
            Level::Text(text) => Cell::Text(text),
        });
        [Cell::Whole(i64::from(point))].into_iter().chain(levels)
    }

    fn fill(&self, point: u32, repetition: u64, record: RunRecord, row: &mut Vec<Cell<'a>>) {
        row.clear();
        row.extend(self.point(point));
        let seed = self.design.seeds.first().wrapping_add(repetition);
        row.push(Cell::Whole(seed.cast_signed()));
        row.push(Cell::Truth(record.is_broken));
        for (column, value) in METRICS.iter().zip(record.values) {
            row.push(match value {
                None => Cell::Nothing,
                Some(number) if column.is_whole() => Cell::Whole(number as i64),
                Some(number) => Cell::Number(number),
            });
        }
    }
}
