//! A file of measured round trips: columns `zone_a`, `zone_b`, `rtt_avg_ms`, others allowed.

use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;
use std::path::Path;

use super::names::Names;
use crate::geo::fibre_floor;
use crate::id::NodeId;
use crate::scenario::{self, Diagnostic, Loaded, nearest};
use crate::time::Length;

/// Measured round trips between zones, and within them.
pub struct Table {
    file: String,
    rtts: BTreeMap<(NodeId, NodeId), Length>,
}

/// Pairs with fewer samples are weak.
const FEW_SAMPLES: u64 = 200;

/// No two places are further apart: half the way round the Earth, generously.
const EARTH_KM: f64 = 20_100.0;

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
            if error.is_unreadable() { unreadable(file, &path, loaded, &error) } else { error }
        })?;
        Reader { name: path.display().to_string(), text: &text, names }.table(file, notices)
    }
}

/// A file that cannot be read: the message points at its name, and tells the nearest that is there.
fn unreadable<E, C>(
    file: &str,
    path: &Path,
    loaded: &Loaded<E, C>,
    error: &Diagnostic,
) -> Diagnostic {
    let diagnostic = loaded.source.diagnostic("network.latency.rtt", error.what()).about_a_file();
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let files = fs::read_dir(folder.unwrap_or(Path::new("."))).into_iter().flatten();
    let mut there: Vec<_> =
        files.filter_map(|file| file.ok()?.file_name().into_string().ok()).collect();
    there.sort();
    there.retain(|name| name.ends_with(".csv"));
    match nearest(file, there.iter().map(String::as_str)) {
        Some(name) => diagnostic.label(format!("did you mean \"{name}\"?")),
        None => diagnostic.label("expected the name of a file beside the scenario"),
    }
}

struct Reader<'a> {
    name: String,
    text: &'a str,
    names: &'a Names,
}

/// The columns that must be there.
const NEEDED: [&str; 3] = ["zone_a", "zone_b", "rtt_avg_ms"];

/// Where the columns are.
struct Columns {
    distance: Option<usize>,
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
        let mut doubts = Doubts::default();
        for record in reader.records() {
            let record = record.map_err(|error| self.unreadable(&error))?;
            let node = |column| self.names.find(record.get(column).unwrap_or_default());
            let (Some(a), Some(b)) = (node(columns.a), node(columns.b)) else { continue };
            let rtt = self.milliseconds(&record, columns.average)?;
            if table.rtts.insert((a.min(b), a.max(b)), rtt).is_some() {
                let (a, b) = (&self.names.ids[a.index()], &self.names.ids[b.index()]);
                let title = format!("a second row for {a} and {b}");
                let diagnostic = self.at(&record, None, title);
                return Err(diagnostic.label("expected one row for each pair, either way round"));
            }
            self.doubt(&record, &columns, (a, b), &mut doubts)?;
        }
        doubts.tell(file, notices);
        Ok(table)
    }

    /// Notes figures that light in fibre does not allow, and pairs with few samples.
    fn doubt(
        &self,
        record: &csv::StringRecord,
        columns: &Columns,
        (a, b): (NodeId, NodeId),
        doubts: &mut Doubts,
    ) -> Result<(), Diagnostic> {
        let field = |column: usize| record.get(column).unwrap_or_default();
        let pair = format!("{}-{}", field(columns.a), field(columns.b));
        for (name, column) in
            [("rtt_avg_ms", Some(columns.average)), ("rtt_min_ms", columns.minimum)]
        {
            let Some(column) = column else { continue };
            let figure = self.milliseconds(record, column)?;
            let stated = columns.distance.and_then(|column| field(column).parse().ok());
            if let Some(floor) = self.floor(a, b, stated).filter(|floor| figure < *floor) {
                let figure = field(column);
                doubts.impossible.push(format!("{pair} {name} {figure} < {:.1}", floor.as_ms()));
            }
        }
        let samples = columns.samples.and_then(|column| field(column).parse::<u64>().ok());
        if let Some(few) = samples.filter(|&samples| samples < FEW_SAMPLES && a != b) {
            doubts.weak.push(format!("{pair} {few}"));
        }
        Ok(())
    }

    fn columns(&self, header: &csv::StringRecord) -> Result<Columns, Diagnostic> {
        let column = |name: &str| header.iter().position(|field| field == name);
        let needed = |name: &str| {
            column(name).ok_or_else(|| {
                let title = format!("there is no column `{name}`");
                let help = "columns zone_a, zone_b and rtt_avg_ms are needed, with commas between; \
                            others are allowed";
                let others = header.iter().filter(|field| !NEEDED.contains(field));
                let place = nearest(name, others).and_then(column);
                let diagnostic = self.at(header, place, title).help(help);
                diagnostic.label(match place {
                    // One column alone was not taken apart.
                    _ if header.len() <= 1 => format!("expected {}", NEEDED.join(",")),
                    Some(_) => format!("did you mean `{name}`?"),
                    None => format!("expected `{name}` among these"),
                })
            })
        };
        Ok(Columns {
            a: needed(NEEDED[0])?,
            b: needed(NEEDED[1])?,
            average: needed(NEEDED[2])?,
            minimum: column("rtt_min_ms"),
            samples: column("samples"),
            distance: column("distance_km"),
        })
    }

    /// The least round trip that light in fibre allows between two zones: for the distance of their
    /// places, else for the one that the file states.
    fn floor(&self, a: NodeId, b: NodeId, stated_km: Option<f64>) -> Option<Length> {
        let place = |node: NodeId| self.names.places[node.index()];
        let distance = match place(a).zip(place(b)) {
            Some((here, there)) => here.distance_km(there),
            None => stated_km.filter(|km| (0.0..=EARTH_KM).contains(km))?,
        };
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
            _ => {
                let diagnostic =
                    self.at(record, Some(column), format!("`{field}` is no round trip"));
                Err(diagnostic.label("expected milliseconds, 0 or more, such as 39.033"))
            }
        }
    }

    /// A message about a row, or about one of its fields.
    fn at(&self, record: &csv::StringRecord, column: Option<usize>, title: String) -> Diagnostic {
        let row = self.row(record.position());
        let text = &self.text[row.clone()];
        let mut fields = text.split(',');
        let span = match column {
            // Quotes may hide commas: then it is the whole row.
            Some(column) if !text.contains('"') => {
                let before: usize = fields.by_ref().take(column).map(|field| field.len() + 1).sum();
                let field = fields.next().unwrap_or_default();
                let start = row.start + before + (field.len() - field.trim_start().len());
                start..start + field.trim().len()
            }
            _ => row,
        };
        Diagnostic::new(title).at(&self.name, self.text, span)
    }

    /// Where the row stands that the reader began to look for at a position: blank lines and
    /// comments may come before it.
    fn row(&self, position: Option<&csv::Position>) -> Range<usize> {
        let mut start = position.map_or(0, |position| position.byte() as usize);
        for line in self.text.get(start..).unwrap_or_default().split_inclusive('\n') {
            if !line.trim().is_empty() && !line.starts_with('#') {
                return start..start + line.trim_end().len();
            }
            start += line.len();
        }
        self.text.len()..self.text.len()
    }

    fn unreadable(&self, error: &csv::Error) -> Diagnostic {
        let title = match error.kind() {
            csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                format!("a row of {len} fields where the header has {expected_len}")
            }
            _ => error.to_string(),
        };
        let diagnostic = Diagnostic::new(title);
        let diagnostic = diagnostic.at(&self.name, self.text, self.row(error.position()));
        diagnostic.label("expected a field for each column, with commas between")
    }
}

/// What people should know of the figures.
#[derive(Default)]
struct Doubts {
    impossible: Vec<String>,
    weak: Vec<String>,
}

impl Doubts {
    fn tell(&self, file: &str, notices: &mut Vec<String>) {
        let impossible = "below what light in fibre allows for the distance".to_owned();
        let weak = format!("fewer than {FEW_SAMPLES} samples");
        for (what, list) in [(impossible, &self.impossible), (weak, &self.weak)] {
            if !list.is_empty() {
                notices.push(format!("{file}: {what}: {}", list.join(", ")));
            }
        }
    }
}
