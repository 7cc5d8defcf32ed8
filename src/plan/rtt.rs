//! A file of measured round trips: columns `zone_a`, `zone_b`, `rtt_avg_ms`, others allowed.

use std::collections::BTreeMap;

use super::csv_record::CsvRecord;
use super::csv_table::CsvTable;
use super::node_table::NodeTable;
use crate::geo::fibre_lower_bound;
use crate::id::NodeId;
use crate::scenario::{Diagnostic, Loaded, printable};
use crate::time::NanoDuration;

/// Measured round trips between zones, and within them.
pub struct RttTable {
    pub(super) file: String,
    rtts: BTreeMap<(NodeId, NodeId), NanoDuration>,
}

/// Where a scenario names the file.
const PATH: &str = "network.latency.rtt";

/// Pairs with fewer samples are weak.
const FEW_SAMPLES: u64 = 200;

/// No two places are further apart: half the way round the Earth, generously.
const EARTH_KM: f64 = 20_100.0;

impl RttTable {
    /// Half the round trip between two nodes; a hub has the round trips of its seat, and at its seat
    /// those within it.
    pub fn one_way<E, C>(
        &self,
        from: NodeId,
        to: NodeId,
        loaded: &Loaded<E, C>,
        names: &NodeTable,
    ) -> Result<NanoDuration, Diagnostic> {
        let (Some(a), Some(b)) = (names.seated(from), names.seated(to)) else {
            let title = "the hub has no seat: no row of the round trips is about it";
            let label = format!("expected seat = \"{}\", say", &names.ids[0]);
            return Err(loaded.source.key_diagnostic("hub", title).label(label));
        };
        if let Some(rtt) = self.rtts.get(&(a.min(b), a.max(b))) {
            return Ok(NanoDuration::from_ns(rtt.ns / 2));
        }
        let name = |node: NodeId| &names.ids[node.index()];
        let title = format!("{} has no row for {} and {}", self.file, name(a), name(b));
        let (a, b) = (name(from), name(to));
        let help = format!(
            "add the row, or say the latency: [network.link] \"{a}-{b}\" = {{ latency = \"40ms\" }}"
        );
        let diagnostic = loaded.source.diagnostic(PATH, title).help(help);
        Err(diagnostic.label("expected a row for each pair of zones"))
    }

    /// Reads the file beside the scenario. Rows about other zones are passed over; figures that
    /// light in fibre does not allow, and pairs with few samples, are noticed.
    pub fn read<E, C>(
        file: &str,
        loaded: &Loaded<E, C>,
        names: &NodeTable,
        notices: &mut Vec<String>,
    ) -> Result<Self, Diagnostic> {
        let rows = CsvTable::read(file, PATH, loaded)?;
        Reader { rows, names }.table(file, notices)
    }
}

struct Reader<'a> {
    rows: CsvTable,
    names: &'a NodeTable,
}

/// The columns that must be there.
const NEEDED: [&str; 3] = ["zone_a", "zone_b", "rtt_avg_ms"];

/// What a figure of the file is.
const FIGURE: &str = "round trip";

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
    fn table(&self, file: &str, notices: &mut Vec<String>) -> Result<RttTable, Diagnostic> {
        let columns = self.columns()?;
        let mut table = RttTable { file: file.into(), rtts: BTreeMap::new() };
        let mut doubts = RttWarnings::default();
        for record in self.rows.records() {
            let record = record?;
            let node = |column| {
                let at = || self.rows.at(&record, Some(column), String::new());
                self.names.find_in_table(record.get(column).unwrap_or_default(), at)
            };
            let (Some(a), Some(b)) = (node(columns.a)?, node(columns.b)?) else { continue };
            let rtt = self.rows.milliseconds(&record, columns.average, FIGURE)?;
            if table.rtts.insert((a.min(b), a.max(b)), rtt).is_some() {
                let (a, b) = (&self.names.ids[a.index()], &self.names.ids[b.index()]);
                let title = format!("a second row for {a} and {b}");
                let diagnostic = self.rows.at(&record, None, title);
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
        record: &CsvRecord,
        columns: &Columns,
        (a, b): (NodeId, NodeId),
        doubts: &mut RttWarnings,
    ) -> Result<(), Diagnostic> {
        let field = |column: usize| record.get(column).unwrap_or_default();
        let pair = format!("{}-{}", field(columns.a), field(columns.b));
        for (name, column) in
            [("rtt_avg_ms", Some(columns.average)), ("rtt_min_ms", columns.minimum)]
        {
            let Some(column) = column else { continue };
            let figure = self.rows.milliseconds(record, column, FIGURE)?;
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

    fn columns(&self) -> Result<Columns, Diagnostic> {
        let help = "columns zone_a, zone_b and rtt_avg_ms are needed, with commas between; \
                    others are allowed";
        let needed = |name: &str| self.rows.needed(name, &NEEDED, help);
        Ok(Columns {
            a: needed(NEEDED[0])?,
            b: needed(NEEDED[1])?,
            average: needed(NEEDED[2])?,
            minimum: self.rows.column("rtt_min_ms"),
            samples: self.rows.column("samples"),
            distance: self.rows.column("distance_km"),
        })
    }

    /// The least round trip that light in fibre allows between two zones: for the distance of their
    /// places, else for the one that the file states.
    fn floor(&self, a: NodeId, b: NodeId, stated_km: Option<f64>) -> Option<NanoDuration> {
        let place = |node: NodeId| self.names.places[node.index()];
        let distance = match place(a).zip(place(b)) {
            Some((here, there)) => here.distance_km(there),
            None => stated_km.filter(|km| (0.0..=EARTH_KM).contains(km))?,
        };
        Some(NanoDuration::from_ns(2 * fibre_lower_bound(distance).ns))
    }
}

/// What people should know of the figures.
#[derive(Default)]
struct RttWarnings {
    impossible: Vec<String>,
    weak: Vec<String>,
}

impl RttWarnings {
    fn tell(&self, file: &str, notices: &mut Vec<String>) {
        let impossible = "below what light in fibre allows for the distance".to_owned();
        let weak = format!("fewer than {FEW_SAMPLES} samples");
        for (what, list) in [(impossible, &self.impossible), (weak, &self.weak)] {
            if !list.is_empty() {
                let file = printable(file);
                notices.push(format!("{file}: {what}: {}", list.join(", ")));
            }
        }
    }
}
