//! The points of a sweep: a line each, with the means of a few metrics.

use super::table::{around, number};
use crate::design::Design;
use crate::measure::COLUMNS;
use crate::statistics::{LEVEL, Moments};

/// Lines that a terminal bears; the rest are in the files. A guess.
const MOST: u32 = 60;

/// A line for each point: its levels, and for each metric, given by its place, the mean and half of
/// its 95 % interval. `moments` are by point, then by metric.
pub fn points(design: &Design, metrics: &[usize], moments: &[Vec<Moments>]) -> String {
    let count = design.points.count();
    let shown = count.min(MOST);
    let mut rows = vec![vec!["point".to_owned()]];
    rows[0].extend(design.axes.iter().map(|axis| axis.name.clone()));
    rows[0].extend(metrics.iter().map(|&place| COLUMNS[place].name.to_owned()));
    for point in 0..shown {
        let mut row = vec![point.to_string()];
        row.extend(design.levels(point).map(|level| level.value.to_string()));
        row.extend(moments[point as usize].iter().map(|one| cell(one, design.seeds.count())));
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
    if count > shown {
        text += &format!("and {} points more\n", count - shown);
    }
    text
}

fn cell(moments: &Moments, runs: u64) -> String {
    let of = if moments.n() < runs { format!(" of {}", moments.n()) } else { String::new() };
    match (moments.mean(), moments.half(LEVEL)) {
        (None, _) => "no value".into(),
        (Some(mean), None) => format!("{}{of}", number(mean)),
        (Some(mean), Some(half)) => format!("{}{of}", around(mean, half)),
    }
}
