//! A file of measured round trips: columns `zone_a`, `zone_b`, `rtt_avg_ms`, others allowed.

use std::collections::BTreeMap;

use super::names::Names;
use crate::geo::fibre_floor;
use crate::id::NodeId;
use crate::scenario::{self, Diagnostic, Loaded};
use crate::time::Length;

/// Measured round trips between zones, and within them.
pub struct Table {
    file: String,
    rtts: BTreeMap<(NodeId, NodeId), Length>,
}

/// Pairs with fewer samples are weak.
const FEW_SAMPLES: u64 = 200;

impl Table {
    /// Half the round trip between two zones, or within one.
    pub fn one_way(&self, a: NodeId, b: NodeId) -> Option<Length> {
        let rtt = self.rtts.get(&(a.min(b), a.max(b)))?;
        Some(Length::from_ns(rtt.ns / 2))
    }

    /// The name of the file.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Reads the file beside the scenario. Rows about other zones are passed over; figures that
    /// light in fibre does not allow, and pairs with few samples, are noticed.
    pub fn read<E, C>(
        file: &str,
        loaded: &Loaded<E, C>,
        names: &Names,
        notices: &mut Vec<String>,
    ) -> Result<Self, Diagnostic> {
        let path = loaded.folder.join(file);
        let text = scenario::read(&path).map_err(|error| {
            let named = loaded.source.diagnostic("network.latency", "a file that cannot be read");
            if error.is_unreadable() { named.label(error.to_string()) } else { error }
        })?;
        Reader { name: path.display().to_string(), text: &text, names }.table(file, notices)
    }
}

struct Reader<'a> {
    name: String,
    text: &'a str,
    names: &'a Names,
}

/// Where the columns are.
struct Columns {
    a: usize,
    b: usize,
    average: usize,
    minimum: Option<usize>,
    samples: Option<usize>,
}

impl Reader<'_> {
    fn table(&self, file: &str, notices: &mut Vec<String>) -> Result<Table, Diagnostic> {
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .comment(Some(b'#'))
            .from_reader(self.text.as_bytes());
        let header = reader.headers().map_err(|error| self.unreadable(&error))?.clone();
        let columns = self.columns(&header)?;
        let mut table = Table { file: file.into(), rtts: BTreeMap::new() };
        let (mut impossible, mut weak) = (Vec::new(), Vec::new());
        for record in reader.records() {
            let record = record.map_err(|error| self.unreadable(&error))?;
            let field = |column: usize| record.get(column).unwrap_or_default();
            let node = |column| self.names.ids.iter().position(|id| id == field(column));
            let (Some(a), Some(b)) = (node(columns.a), node(columns.b)) else { continue };
            let (a, b) = (NodeId(a as u32), NodeId(b as u32));
            let pair = format!("{}-{}", field(columns.a), field(columns.b));
            let rtt = self.milliseconds(&record, columns.average)?;
            if table.rtts.insert((a.min(b), a.max(b)), rtt).is_some() {
                let title = format!("a second row for {pair}");
                return Err(self.at(&record, title).label("expected one row for each pair"));
            }
            for (name, column) in
                [("rtt_avg_ms", Some(columns.average)), ("rtt_min_ms", columns.minimum)]
            {
                let Some(column) = column else { continue };
                let figure = self.milliseconds(&record, column)?;
                if let Some(floor) = self.floor(a, b).filter(|floor| figure < *floor) {
                    impossible.push(format!(
                        "{pair} {name} {} < {:.1}",
                        field(column),
                        floor.as_ms()
                    ));
                }
            }
            let samples = columns.samples.and_then(|column| field(column).parse::<u64>().ok());
            if let Some(few) = samples.filter(|&samples| samples < FEW_SAMPLES && a != b) {
                weak.push(format!("{pair} {few}"));
            }
        }
        if !impossible.is_empty() {
            notices.push(format!(
                "{file}: below what light in fibre allows for the distance: {}",
                impossible.join(", ")
            ));
        }
        if !weak.is_empty() {
            notices.push(format!("{file}: fewer than {FEW_SAMPLES} samples: {}", weak.join(", ")));
        }
        Ok(table)
    }

    fn columns(&self, header: &csv::StringRecord) -> Result<Columns, Diagnostic> {
        let column = |name: &str| header.iter().position(|field| field == name);
        let needed = |name: &str| {
            column(name).ok_or_else(|| {
                let length = self.text.lines().next().unwrap_or_default().len();
                Diagnostic::new(format!("there is no column `{name}`"))
                    .at(&self.name, self.text, 0..length)
                    .label("expected columns zone_a, zone_b, rtt_avg_ms; others are allowed")
            })
        };
        Ok(Columns {
            a: needed("zone_a")?,
            b: needed("zone_b")?,
            average: needed("rtt_avg_ms")?,
            minimum: column("rtt_min_ms"),
            samples: column("samples"),
        })
    }

    /// The least round trip that light in fibre allows between two zones.
    fn floor(&self, a: NodeId, b: NodeId) -> Option<Length> {
        let place = |node: NodeId| self.names.places[node.index()];
        let distance = place(a)?.distance_km(place(b)?);
        Some(Length::from_ns(2 * fibre_floor(distance).ns))
    }

    fn milliseconds(
        &self,
        record: &csv::StringRecord,
        column: usize,
    ) -> Result<Length, Diagnostic> {
        let field = record.get(column).unwrap_or_default();
        match field.parse::<f64>() {
            Ok(ms) if (0.0..=1e7).contains(&ms) => Ok(Length::from_ns((ms * 1e6).round() as u64)),
            _ => Err(self
                .at(record, format!("`{field}` is no round trip"))
                .label("expected milliseconds from 0, such as 39.033")),
        }
    }

    fn at(&self, record: &csv::StringRecord, title: String) -> Diagnostic {
        let start = record.position().map_or(0, |position| position.byte() as usize);
        let rest = self.text.get(start..).unwrap_or_default();
        // The reader's position may be that of the line's end before it.
        let start = start + (rest.len() - rest.trim_start().len());
        let length = rest.trim_start().lines().next().unwrap_or_default().len();
        Diagnostic::new(title).at(&self.name, self.text, start..start + length)
    }

    fn unreadable(&self, error: &csv::Error) -> Diagnostic {
        let start = error.position().map_or(0, |position| position.byte() as usize);
        let title = match error.kind() {
            csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                format!("a row of {len} fields where the header has {expected_len}")
            }
            _ => error.to_string(),
        };
        let rest = self.text.get(start..).unwrap_or_default();
        let start = start + (rest.len() - rest.trim_start().len());
        let length = rest.trim_start().lines().next().unwrap_or_default().len();
        Diagnostic::new(title).at(&self.name, self.text, start..start + length)
    }
}
