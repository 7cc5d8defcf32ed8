//! The points of a sweep: a line each, with the means of a few metrics.

use super::table::estimate;
use super::units::Shown;
use crate::experiment::compare;
use crate::experiment::design::Design;
use crate::experiment::results::{Cell, POINTS, PointTotals, Rows, Target, Total, Totals};
use crate::experiment::statistics::Moments;
use crate::metrics::{METRICS, MetricInfo};
use crate::scenario::Diagnostic;

/// Lines that a terminal bears; the rest are in the files. A guess.
const MAX_POINTS: u32 = 60;

/// A line for each point: its levels, and for each metric, given by its place, the mean and half of
/// its 95 % interval. `moments` are by point, then by metric.
pub fn points(design: &Design, metrics: &[usize], moments: &[Vec<Moments>]) -> String {
    let count = design.points.count();
    let lines = count.min(MAX_POINTS);
    let mut rows = vec![vec!["point".to_owned()]];
    rows[0].extend(design.axes.iter().map(|axis| axis.name.clone()));
    let units: Vec<_> =
        (0..metrics.len()).map(|metric| shown(metrics[metric], metric, moments)).collect();
    let head = metrics.iter().zip(&units).map(|(&place, shown)| {
        let MetricInfo { name, unit, .. } = METRICS[place];
        if shown.unit.is_empty() || shown.unit == unit {
            name.into()
        } else {
            format!("{name} ({})", shown.unit)
        }
    });
    rows[0].extend(head);
    for point in 0..lines {
        let mut row = vec![point.to_string()];
        row.extend(design.levels(point).map(|level| level.value.to_string()));
        let cells = metrics.iter().zip(&moments[point as usize]).zip(&units);
        let runs = design.seeds.count();
        row.extend(cells.map(|((&place, one), &shown)| cell(place, one, runs, shown)));
        rows.push(row);
    }
    let width = |column: usize| {
        rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default()
    };
    let widths: Vec<_> = (0..rows[0].len()).map(width).collect();
    let mut text = String::new();
    for row in &rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        text += cells.collect::<Vec<_>>().join("  ").trim_end();
        text += "\n";
    }
    if count > lines {
        text += &format!("and {} points more\n", count - lines);
    }
    text
}

/// Writes `points.csv`: a row for each point and metric.
///
/// # Errors
/// What the system says.
pub fn points_csv(target: &Target, rows: &Rows<'_>, totals: &Totals) -> Result<(), Diagnostic> {
    target.write(&mut |file| {
        let failed = |error: csv::Error| target.unwritable(&error);
        let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(file);
        let columns = &rows.schema.columns[..=rows.design.axes.len()];
        let names = columns.iter().map(|column| column.name.as_str());
        writer.write_record(names.chain(POINTS)).map_err(failed)?;
        for (point, of) in (0..).zip(&totals.points) {
            for (column, total) in METRICS.iter().zip(&of.metrics) {
                let cells: Vec<_> =
                    rows.point(point).chain(aggregate(rows, of, column, total)).collect();
                writer.serialize(cells).map_err(failed)?;
            }
        }
        writer.flush().map_err(|error| target.unwritable(&error))
    })
}

/// The cells of [`POINTS`].
fn aggregate<'a>(
    rows: &Rows<'_>,
    of: &PointTotals,
    column: &'a MetricInfo,
    Total { moments, range }: &Total,
) -> [Cell<'a>; POINTS.len()] {
    let number = |value: Option<f64>| value.map_or(Cell::Nothing, Cell::Number);
    let ci95 = compare::interval(column, moments);
    [
        Cell::Text(column.name),
        Cell::Text(column.unit),
        Cell::Whole(rows.design.seeds.count() as i64),
        Cell::Whole(of.broken as i64),
        Cell::Whole(moments.n() as i64),
        number(moments.mean()),
        number(ci95.map(|ci95| ci95.low)),
        number(ci95.map(|ci95| ci95.high)),
        number(moments.sd()),
        number(range.map(|(min, _)| min)),
        number(range.map(|(_, max)| max)),
    ]
}

/// The unit that suits a metric at all points.
fn shown(place: usize, metric: usize, moments: &[Vec<Moments>]) -> Shown {
    Shown::of(&METRICS[place], moments.iter().filter_map(|point| point[metric].mean()))
}

fn cell(place: usize, moments: &Moments, runs: u64, shown: Shown) -> String {
    let of = if moments.n() < runs { format!(" of {}", moments.n()) } else { String::new() };
    let ci95 = compare::interval(&METRICS[place], moments);
    let cell = estimate(moments.mean(), ci95, shown.scale);
    if moments.n() == 0 { cell } else { format!("{cell}{of}") }
}
