//! Latencies by pair of zones: a CSV with a row for each sender and a column for each receiver, or a
//! table in the scenario.

use std::ops::Range;

use super::csv_table::{CsvTable, MISSING, closest};
use super::node_table::NodeTable;
use crate::id::NodeId;
use crate::scenario::{self, Diagnostic, Entries, Loaded};
use crate::time::NanoDuration;

/// One-way latencies between nodes, and within them.
pub struct Matrix {
    nodes: usize,
    /// Row-major, row by sender; `None` where the matrix has no entry.
    times: Vec<Option<NanoDuration>>,
    file: Option<File>,
}

struct File {
    name: String,
    csv: CsvTable,
    /// Names of no zone of the scenario, possibly misspelt, with their byte ranges.
    unknown: Vec<(String, Range<usize>)>,
}

const PATH: &str = "network.latency.matrix";

impl Matrix {
    /// Reads the matrix of a scenario.
    ///
    /// # Errors
    /// An unreadable file, an unknown zone in a table, a misspelt one in a file, or a malformed latency.
    pub fn read<E, C>(
        matrix: &scenario::Matrix,
        loaded: &Loaded<E, C>,
        node_table: &NodeTable,
    ) -> Result<Self, Diagnostic> {
        let nodes = node_table.ids.len();
        let mut read = Self { nodes, times: vec![None; nodes * nodes], file: None };
        match matrix {
            scenario::Matrix::Table(table) => read.add_table(table, loaded, node_table)?,
            scenario::Matrix::File(name) => {
                let csv = CsvTable::read(name, PATH, loaded)?;
                let unknown = read.add_rows(&csv, node_table)?;
                read.file = Some(File { name: name.clone(), csv, unknown });
            }
        }
        Ok(read)
    }

    /// The file name, or the path in the scenario.
    pub fn name(&self) -> &str {
        self.file.as_ref().map_or(PATH, |file| &file.name)
    }

    fn set(&mut self, from: NodeId, to: NodeId, time: NanoDuration) -> Option<NanoDuration> {
        self.times[from.index() * self.nodes + to.index()].replace(time)
    }

    /// The entry of a direction, else that of the reverse direction.
    fn get(&self, from: NodeId, to: NodeId) -> Option<NanoDuration> {
        let entry = |from: NodeId, to: NodeId| self.times[from.index() * self.nodes + to.index()];
        entry(from, to).or_else(|| entry(to, from))
    }

    fn add_table<E, C>(
        &mut self,
        table: &Entries<Entries<NanoDuration>>,
        loaded: &Loaded<E, C>,
        node_table: &NodeTable,
    ) -> Result<(), Diagnostic> {
        let node = |name: &str, path: &str| {
            let unknown = || node_table.unknown(name, loaded.source.key_diagnostic(path, ""));
            node_table.find(name).ok_or_else(unknown)
        };
        for (row, entries) in &table.0 {
            let path = format!("{PATH}.{row}");
            let from = node(row, &path)?;
            for (column, time) in &entries.0 {
                let to = node(column, &format!("{path}.{column}"))?;
                self.set(from, to, *time);
            }
        }
        Ok(())
    }

    /// Adds the rows of a file; returns the names of no zone of the scenario, which are skipped.
    fn add_rows(
        &mut self,
        csv: &CsvTable,
        node_table: &NodeTable,
    ) -> Result<Vec<(String, Range<usize>)>, Diagnostic> {
        let mut unknown = Vec::new();
        let columns = columns(csv, node_table, &mut unknown)?;
        let mut has_row = vec![false; self.nodes];
        for record in csv.records() {
            let record = record?;
            let name = record.get(0).unwrap_or_default();
            let at = || csv.at(&record, Some(0), String::new());
            let Some(from) = node_table.find_in_table(name, at)? else {
                unknown.push((name.into(), csv.span(&record, Some(0))));
                continue;
            };
            if std::mem::replace(&mut has_row[from.index()], true) {
                let diagnostic = csv.at(&record, Some(0), format!("a second row for {name}"));
                return Err(diagnostic.label("expected one row for each zone"));
            }
            for &(column, to) in &columns {
                if record.get(column).is_some_and(|field| !MISSING.contains(&field)) {
                    let time = csv.milliseconds(&record, column, "time of travel")?;
                    self.set(from, to, time);
                }
            }
        }
        Ok(unknown)
    }

    /// Returns the one-way latency between two nodes. A hub without an entry of its own has those of
    /// its seat; between hub and seat it is the latency within the seat.
    ///
    /// # Errors
    /// A missing entry.
    pub fn one_way<E, C>(
        &self,
        from: NodeId,
        to: NodeId,
        loaded: &Loaded<E, C>,
        node_table: &NodeTable,
    ) -> Result<NanoDuration, Diagnostic> {
        let seats = node_table.seated(from).zip(node_table.seated(to));
        let entry = self.get(from, to).or_else(|| seats.and_then(|(a, b)| self.get(a, b)));
        entry.ok_or_else(|| match seats {
            Some((a, b)) => self.misspelt([a, b], node_table).unwrap_or_else(|| {
                let title = self.missing(a, b, node_table);
                let diagnostic = loaded.source.diagnostic(PATH, title);
                diagnostic
                    .label("expected a time for each pair of zones, one way or both")
                    .help(self.advice([from, to], [a, b], node_table))
            }),
            None => {
                let title = "the hub has no seat, and nothing in the matrix is about it";
                let label = format!("expected seat = \"{}\", say", &node_table.ids[0]);
                let help = "a matrix may have a row and a column `hub` too";
                loaded.source.key_diagnostic("hub", title).label(label).help(help)
            }
        })
    }

    fn missing(&self, a: NodeId, b: NodeId, node_table: &NodeTable) -> String {
        let what = self.file.as_ref().map_or("the matrix", |file| &file.name);
        let name = |node: NodeId| &node_table.ids[node.index()];
        if a == b {
            return format!("{what} has no time within {}, where the hub is", name(a));
        }
        format!("{what} has no time between {} and {}", name(a), name(b))
    }

    fn advice(
        &self,
        [from, to]: [NodeId; 2],
        [a, b]: [NodeId; 2],
        node_table: &NodeTable,
    ) -> String {
        let name = |node: NodeId| &node_table.ids[node.index()];
        let (from, to, a, b) = (name(from), name(to), name(a), name(b));
        let add = match self.file {
            Some(_) => format!("milliseconds in row {a}, column {b}"),
            None => format!("{a} = {{ {b} = \"40ms\" }}"),
        };
        format!(
            "add {add}; or say the latency: [network.link] \"{from}-{to}\" = {{ latency = \"40ms\" }}"
        )
    }

    /// A diagnostic for a name in the file that resembles a zone without any entry.
    fn misspelt(&self, ends: [NodeId; 2], node_table: &NodeTable) -> Option<Diagnostic> {
        let File { name, csv, unknown } = self.file.as_ref()?;
        ends.into_iter().find_map(|node| {
            let mut others = (0..self.nodes as u32).map(NodeId);
            if others.any(|other| self.get(node, other).is_some()) {
                return None;
            }
            let id = &node_table.ids[node.index()];
            let meant = closest(id, unknown.iter().map(|(word, _)| word.as_str()))?;
            let (_, span) = unknown.iter().find(|(word, _)| word == meant)?;
            let diagnostic = csv.show(span.clone(), format!("{name} says nothing of {id}"));
            Some(diagnostic.label(format!("did you mean `{id}`?")))
        })
    }
}

/// The columns of the nodes, as (column, node).
fn columns(
    csv: &CsvTable,
    node_table: &NodeTable,
    unknown: &mut Vec<(String, Range<usize>)>,
) -> Result<Vec<(usize, NodeId)>, Diagnostic> {
    let header = &csv.header;
    let mut columns: Vec<(usize, NodeId)> = Vec::new();
    for (column, name) in header.iter().enumerate().skip(1) {
        match node_table.find_in_table(name, || csv.at(header, Some(column), String::new()))? {
            Some(to) => columns.push((column, to)),
            None => unknown.push((name.into(), csv.span(header, Some(column)))),
        }
    }
    if columns.is_empty() {
        let title = "no column is about a zone of the scenario".into();
        let ids: Vec<_> = node_table.ids.iter().take(3).collect();
        let label = format!("expected the ids of zones behind the first comma: ,{}", ids.join(","));
        return Err(csv.at(header, None, title).label(label));
    }
    Ok(columns)
}
