//! Times of travel from zone to zone: a CSV with a row and a column for each, or a table of the
//! scenario.

use std::ops::Range;

use super::csv_table::{CsvTable, like};
use super::node_table::NodeTable;
use crate::id::NodeId;
use crate::scenario::{self, Diagnostic, Entries, Loaded};
use crate::time::NanoDuration;

/// Times of travel one way between nodes, and within them.
pub struct Matrix {
    nodes: usize,
    /// Row by sender; no time at all where nothing is said.
    times: Vec<Option<NanoDuration>>,
    file: Option<File>,
}

/// The file it came from.
struct File {
    name: String,
    rows: CsvTable,
    /// Zones of other scenarios, or misspelt, and where the file names them.
    strangers: Vec<(String, Range<usize>)>,
}

/// Where a scenario says it.
const PATH: &str = "network.latency.matrix";

impl Matrix {
    /// Reads what a scenario says.
    pub fn read<E, C>(
        matrix: &scenario::Matrix,
        loaded: &Loaded<E, C>,
        names: &NodeTable,
    ) -> Result<Self, Diagnostic> {
        let nodes = names.ids.len();
        let mut read = Self { nodes, times: vec![None; nodes * nodes], file: None };
        match matrix {
            scenario::Matrix::Table(table) => read.take_table(table, loaded, names)?,
            scenario::Matrix::File(name) => {
                let rows = CsvTable::read(name, PATH, loaded)?;
                let strangers = read.take_rows(&rows, names)?;
                read.file = Some(File { name: name.clone(), rows, strangers });
            }
        }
        Ok(read)
    }

    /// Its file, or where the scenario says it.
    pub fn name(&self) -> &str {
        self.file.as_ref().map_or(PATH, |file| &file.name)
    }

    fn set(&mut self, from: NodeId, to: NodeId, time: NanoDuration) -> Option<NanoDuration> {
        self.times[from.index() * self.nodes + to.index()].replace(time)
    }

    /// What is said of a way, or else of the way back.
    fn said(&self, from: NodeId, to: NodeId) -> Option<NanoDuration> {
        let way = |from: NodeId, to: NodeId| self.times[from.index() * self.nodes + to.index()];
        way(from, to).or_else(|| way(to, from))
    }

    fn take_table<E, C>(
        &mut self,
        table: &Entries<Entries<NanoDuration>>,
        loaded: &Loaded<E, C>,
        names: &NodeTable,
    ) -> Result<(), Diagnostic> {
        let node = |name: &str, path: &str| {
            let unknown = || names.unknown(name, loaded.source.key_diagnostic(path, ""));
            names.find(name).ok_or_else(unknown)
        };
        for (row, ways) in &table.0 {
            let path = format!("{PATH}.{row}");
            let from = node(row, &path)?;
            for (column, time) in &ways.0 {
                let to = node(column, &format!("{path}.{column}"))?;
                self.set(from, to, *time);
            }
        }
        Ok(())
    }

    /// Takes in the rows of a file; those about other zones are passed over, and returned.
    fn take_rows(
        &mut self,
        rows: &CsvTable,
        names: &NodeTable,
    ) -> Result<Vec<(String, Range<usize>)>, Diagnostic> {
        let mut strangers = Vec::new();
        let columns = columns(rows, names, &mut strangers)?;
        let mut has_row = vec![false; self.nodes];
        for record in rows.records() {
            let record = record?;
            let name = record.get(0).unwrap_or_default();
            let at = || rows.at(&record, Some(0), String::new());
            let Some(from) = names.find_in_table(name, at)? else {
                strangers.push((name.into(), rows.place(&record, Some(0))));
                continue;
            };
            if std::mem::replace(&mut has_row[from.index()], true) {
                let diagnostic = rows.at(&record, Some(0), format!("a second row for {name}"));
                return Err(diagnostic.label("expected one row for each zone"));
            }
            for &(column, to) in &columns {
                if !matches!(record.get(column), None | Some("" | "-")) {
                    let time = rows.milliseconds(&record, column, "time of travel")?;
                    self.set(from, to, time);
                }
            }
        }
        Ok(strangers)
    }

    /// The time one way between two nodes; of a hub, that of its seat where nothing is said of it,
    /// and at its seat the time within it.
    pub fn one_way<E, C>(
        &self,
        from: NodeId,
        to: NodeId,
        loaded: &Loaded<E, C>,
        names: &NodeTable,
    ) -> Result<NanoDuration, Diagnostic> {
        let seats = names.seated(from).zip(names.seated(to));
        let said = self.said(from, to).or_else(|| seats.and_then(|(a, b)| self.said(a, b)));
        said.ok_or_else(|| match seats {
            Some((a, b)) => self.misspelt([a, b], names).unwrap_or_else(|| {
                let title = self.missing(a, b, names);
                let diagnostic = loaded.source.diagnostic(PATH, title);
                diagnostic
                    .label("expected a time for each pair of zones, one way or both")
                    .help(self.advice([from, to], [a, b], names))
            }),
            None => {
                let title = "the hub has no seat, and nothing in the matrix is about it";
                let label = format!("expected seat = \"{}\", say", &names.ids[0]);
                let help = "a matrix may have a row and a column `hub` too";
                loaded.source.key_diagnostic("hub", title).label(label).help(help)
            }
        })
    }

    /// What is missing.
    fn missing(&self, a: NodeId, b: NodeId, names: &NodeTable) -> String {
        let what = self.file.as_ref().map_or("the matrix", |file| &file.name);
        let name = |node: NodeId| &names.ids[node.index()];
        if a == b {
            return format!("{what} has no time within {}, where the hub is", name(a));
        }
        format!("{what} has no time between {} and {}", name(a), name(b))
    }

    fn advice(&self, [from, to]: [NodeId; 2], [a, b]: [NodeId; 2], names: &NodeTable) -> String {
        let name = |node: NodeId| &names.ids[node.index()];
        let (from, to, a, b) = (name(from), name(to), name(a), name(b));
        let add = match self.file {
            Some(_) => format!("milliseconds in row {a}, column {b}"),
            None => format!("{a} = {{ {b} = \"40ms\" }}"),
        };
        format!(
            "add {add}; or say the latency: [network.link] \"{from}-{to}\" = {{ latency = \"40ms\" }}"
        )
    }

    /// A zone of which the file says nothing at all, and a name in it that may have meant that zone.
    fn misspelt(&self, ends: [NodeId; 2], names: &NodeTable) -> Option<Diagnostic> {
        let File { name, rows, strangers } = self.file.as_ref()?;
        ends.into_iter().find_map(|node| {
            let mut others = (0..self.nodes as u32).map(NodeId);
            if others.any(|other| self.said(node, other).is_some()) {
                return None;
            }
            let id = &names.ids[node.index()];
            let words = strangers.iter().map(|(word, _)| word.as_str());
            let meant = like(id, words)?;
            let (_, place) = strangers.iter().find(|(word, _)| word == meant)?;
            let diagnostic = rows.show(place.clone(), format!("{name} says nothing of {id}"));
            Some(diagnostic.label(format!("did you mean `{id}`?")))
        })
    }
}

/// Which columns are about which nodes.
fn columns(
    rows: &CsvTable,
    names: &NodeTable,
    strangers: &mut Vec<(String, Range<usize>)>,
) -> Result<Vec<(usize, NodeId)>, Diagnostic> {
    let header = &rows.header;
    let mut columns: Vec<(usize, NodeId)> = Vec::new();
    for (column, name) in header.iter().enumerate().skip(1) {
        match names.find_in_table(name, || rows.at(header, Some(column), String::new()))? {
            Some(to) => columns.push((column, to)),
            None => strangers.push((name.into(), rows.place(header, Some(column)))),
        }
    }
    if columns.is_empty() {
        let title = "no column is about a zone of the scenario".into();
        let ids: Vec<_> = names.ids.iter().take(3).collect();
        let label = format!("expected the ids of zones behind the first comma: ,{}", ids.join(","));
        return Err(rows.at(header, None, title).label(label));
    }
    Ok(columns)
}
