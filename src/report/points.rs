//! The points of a sweep, as a table with the means of some metrics and as CSV.

use super::table::estimate;
use super::units::DisplayUnit;
use crate::experiment::compare;
use crate::experiment::design::Design;
use crate::experiment::results::{Cell, POINTS, PointTotals, Rows, Target, Total, Totals};
use crate::experiment::statistics::Moments;
use crate::metrics::{self, MetricInfo};
use crate::scenario::Diagnostic;

/// Most points in a table for the terminal; all are in the files. A guess.
const MAX_POINTS: u32 = 60;

/// Formats a line for each point: its levels and, for each metric, the mean with its 95 % interval.
/// `shown` are indices of columns ([`metrics::column`]); `moments` are by point, then in the order of `metrics`.
pub fn points(design: &Design, shown: &[usize], moments: &[Vec<Moments>]) -> String {
    let count = design.points.count();
    let lines = count.min(MAX_POINTS);
    let mut rows = vec![vec!["point".to_owned()]];
    rows[0].extend(design.axes.iter().map(|axis| axis.name.clone()));
    let units: Vec<_> =
        (0..shown.len()).map(|column| display_unit(shown[column], column, moments)).collect();
    let headings = shown.iter().zip(&units).map(|(&index, display)| {
        let MetricInfo { name, unit, .. } = *metrics::column(index);
        if display.unit.is_empty() || display.unit == unit.name() {
            name.into()
        } else {
            format!("{name} ({})", display.unit)
        }
    });
    rows[0].extend(headings);
    for point in 0..lines {
        let mut row = vec![point.to_string()];
        row.extend(design.levels(point).map(|level| level.value.to_string()));
        let cells = shown.iter().zip(&moments[point as usize]).zip(&units);
        let runs = design.seeds.count();
        row.extend(cells.map(|((&index, moments), &unit)| cell(index, moments, runs, unit)));
        rows.push(row);
    }
    let mut text = aligned(&rows);
    if count > lines {
        text += &format!("and {} points more\n", count - lines);
    }
    text
}

/// Pads the cells of each column to its widest cell.
fn aligned(rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default()
    };
    let widths: Vec<_> = (0..rows[0].len()).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        text += cells.collect::<Vec<_>>().join("  ").trim_end();
        text += "\n";
    }
    text
}

/// Writes `points.csv`: a row for each point and metric.
///
/// # Errors
/// A file that cannot be written.
pub fn points_csv(target: &Target, rows: &Rows<'_>, totals: &Totals) -> Result<(), Diagnostic> {
    target.write(&mut |file| {
        let failed = |error: csv::Error| target.unwritable(&error);
        let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(file);
        let columns = &rows.schema.columns[..=rows.design.axes.len()];
        let names = columns.iter().map(|column| column.name.as_str());
        writer.write_record(names.chain(POINTS)).map_err(failed)?;
        for (point, totals) in (0..).zip(&totals.points) {
            let columns = metrics::columns(rows.design.goal.is_some());
            for (metric, total) in columns.zip(&totals.metrics) {
                let cells: Vec<_> =
                    rows.point(point).chain(aggregate(rows, totals, metric, total)).collect();
                writer.serialize(cells).map_err(failed)?;
            }
        }
        writer.flush().map_err(|error| target.unwritable(&error))
    })
}

/// The cells of [`POINTS`].
fn aggregate<'a>(
    rows: &Rows<'_>,
    totals: &PointTotals,
    metric: &'a MetricInfo,
    Total { moments, range }: &Total,
) -> [Cell<'a>; POINTS.len()] {
    let number = |value: Option<f64>| value.map_or(Cell::Null, Cell::Number);
    let ci95 = compare::interval(metric, moments);
    [
        Cell::Text(metric.name),
        Cell::Text(metric.unit.name()),
        Cell::Integer(rows.design.seeds.count() as i64),
        Cell::Integer(totals.failed as i64),
        Cell::Integer(moments.n() as i64),
        number(moments.mean()),
        number(ci95.map(|ci95| ci95.low)),
        number(ci95.map(|ci95| ci95.high)),
        number(moments.sd()),
        number(range.map(|(min, _)| min)),
        number(range.map(|(_, max)| max)),
    ]
}

/// The common unit of a column of the table.
fn display_unit(index: usize, column: usize, moments: &[Vec<Moments>]) -> DisplayUnit {
    DisplayUnit::new(
        metrics::column(index),
        moments.iter().filter_map(|point| point[column].mean()),
    )
}

fn cell(index: usize, moments: &Moments, runs: u64, unit: DisplayUnit) -> String {
    let count = if moments.n() < runs { format!(" of {}", moments.n()) } else { String::new() };
    let ci95 = compare::interval(metrics::column(index), moments);
    let cell = estimate(moments.mean(), ci95, unit.scale);
    if moments.n() == 0 { cell } else { format!("{cell}{count}") }
}
