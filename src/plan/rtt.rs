//! A file of measured round trips: columns `zone_a`, `zone_b` and `rtt_avg_ms`, optionally
//! `rtt_min_ms`, `samples` and `distance_km`; other columns are ignored.

use std::collections::BTreeMap;

use super::csv_record::CsvRecord;
use super::csv_table::CsvTable;
use super::node_table::NodeTable;
use crate::geo::fibre_lower_bound;
use crate::id::NodeId;
use crate::scenario::{Diagnostic, Loaded, printable};
use crate::time::NanoDuration;

/// Measured round trips between zones and within them, by ordered pair.
pub struct RttTable {
    pub(super) file: String,
    rtts: BTreeMap<(NodeId, NodeId), NanoDuration>,
}

const PATH: &str = "network.latency.rtt";

/// Pairs with fewer samples cause a warning. A guess.
const MIN_SAMPLES: u64 = 200;

/// Largest plausible distance: half the circumference of the Earth, rounded up.
const MAX_KM: f64 = 20_100.0;

impl RttTable {
    /// Returns half the round trip between two nodes. A hub has the round trips of its seat; between
    /// hub and seat it is half the round trip within the seat.
    ///
    /// # Errors
    /// A missing row, or a hub without a seat.
    pub fn one_way<E, C>(
        &self,
        from: NodeId,
        to: NodeId,
        loaded: &Loaded<E, C>,
        node_table: &NodeTable,
    ) -> Result<NanoDuration, Diagnostic> {
        let (Some(a), Some(b)) = (node_table.seated(from), node_table.seated(to)) else {
            let title = "the hub has no seat: no row of the round trips is about it";
            let label = format!("expected seat = \"{}\", say", &node_table.ids[0]);
            return Err(loaded.source.key_diagnostic("hub", title).label(label));
        };
        if let Some(rtt) = self.rtts.get(&(a.min(b), a.max(b))) {
            return Ok(NanoDuration::from_ns(rtt.ns / 2));
        }
        let name = |node: NodeId| &node_table.ids[node.index()];
        let title = format!("{} has no row for {} and {}", self.file, name(a), name(b));
        let (a, b) = (name(from), name(to));
        let help = format!(
            "add the row, or say the latency: [network.link] \"{a}-{b}\" = {{ latency = \"40ms\" }}"
        );
        let diagnostic = loaded.source.diagnostic(PATH, title).help(help);
        Err(diagnostic.label("expected a row for each pair of zones"))
    }

    /// Reads the file. Rows of other zones are skipped; round trips below the bound of light in fibre
    /// and pairs with few samples are added to `warnings`.
    ///
    /// # Errors
    /// An unreadable file, a missing column, a malformed number or a second row for a pair.
    pub fn read<E, C>(
        file: &str,
        loaded: &Loaded<E, C>,
        node_table: &NodeTable,
        warnings: &mut Vec<String>,
    ) -> Result<Self, Diagnostic> {
        let csv = CsvTable::read(file, PATH, loaded)?;
        Reader { csv, node_table }.table(file, warnings)
    }
}

struct Reader<'a> {
    csv: CsvTable,
    node_table: &'a NodeTable,
}

const REQUIRED: [&str; 3] = ["zone_a", "zone_b", "rtt_avg_ms"];

const QUANTITY: &str = "round trip";

/// Indices of the columns.
struct Columns {
    distance: Option<usize>,
    a: usize,
    b: usize,
    average: usize,
    minimum: Option<usize>,
    samples: Option<usize>,
}

impl Reader<'_> {
    fn table(&self, file: &str, warnings: &mut Vec<String>) -> Result<RttTable, Diagnostic> {
        let columns = self.columns()?;
        let mut table = RttTable { file: file.into(), rtts: BTreeMap::new() };
        let mut suspect = SuspectRows::default();
        for record in self.csv.records() {
            let record = record?;
            let node = |column| {
                let at = || self.csv.at(&record, Some(column), String::new());
                self.node_table.find_in_table(record.get(column).unwrap_or_default(), at)
            };
            let (Some(a), Some(b)) = (node(columns.a)?, node(columns.b)?) else { continue };
            let rtt = self.csv.milliseconds(&record, columns.average, QUANTITY)?;
            if table.rtts.insert((a.min(b), a.max(b)), rtt).is_some() {
                let (a, b) = (&self.node_table.ids[a.index()], &self.node_table.ids[b.index()]);
                let title = format!("a second row for {a} and {b}");
                let diagnostic = self.csv.at(&record, None, title);
                return Err(diagnostic.label("expected one row for each pair, either way round"));
            }
            self.check_plausible(&record, &columns, (a, b), &mut suspect)?;
        }
        suspect.warn(file, warnings);
        Ok(table)
    }

    /// Records round trips below the bound of light in fibre, and pairs with few samples.
    fn check_plausible(
        &self,
        record: &CsvRecord,
        columns: &Columns,
        (a, b): (NodeId, NodeId),
        suspect: &mut SuspectRows,
    ) -> Result<(), Diagnostic> {
        let field = |column: usize| record.get(column).unwrap_or_default();
        let pair = format!("{}-{}", field(columns.a), field(columns.b));
        for (name, column) in
            [("rtt_avg_ms", Some(columns.average)), ("rtt_min_ms", columns.minimum)]
        {
            let Some(column) = column else { continue };
            let rtt = self.csv.milliseconds(record, column, QUANTITY)?;
            let stated = columns.distance.and_then(|column| field(column).parse().ok());
            if let Some(min) = self.min_rtt(a, b, stated).filter(|min| rtt < *min) {
                let rtt = field(column);
                suspect.impossible.push(format!("{pair} {name} {rtt} < {:.1}", min.as_ms()));
            }
        }
        let samples = columns.samples.and_then(|column| field(column).parse::<u64>().ok());
        if let Some(few) = samples.filter(|&samples| samples < MIN_SAMPLES && a != b) {
            suspect.few_samples.push(format!("{pair} {few}"));
        }
        Ok(())
    }

    fn columns(&self) -> Result<Columns, Diagnostic> {
        let help = "columns zone_a, zone_b and rtt_avg_ms are needed, with commas between; \
                    others are allowed";
        let required = |name: &str| self.csv.require(name, &REQUIRED, help);
        Ok(Columns {
            a: required(REQUIRED[0])?,
            b: required(REQUIRED[1])?,
            average: required(REQUIRED[2])?,
            minimum: self.csv.column("rtt_min_ms"),
            samples: self.csv.column("samples"),
            distance: self.csv.column("distance_km"),
        })
    }

    /// The shortest round trip of light in fibre between two zones, by the distance of their places,
    /// else by the distance in the file.
    fn min_rtt(&self, a: NodeId, b: NodeId, stated_km: Option<f64>) -> Option<NanoDuration> {
        let place = |node: NodeId| self.node_table.places[node.index()];
        let distance = match place(a).zip(place(b)) {
            Some((here, there)) => here.distance_km(there),
            None => stated_km.filter(|km| (0.0..=MAX_KM).contains(km))?,
        };
        Some(NanoDuration::from_ns(2 * fibre_lower_bound(distance).ns))
    }
}

#[derive(Default)]
struct SuspectRows {
    impossible: Vec<String>,
    few_samples: Vec<String>,
}

impl SuspectRows {
    fn warn(&self, file: &str, warnings: &mut Vec<String>) {
        let impossible = "below what light in fibre allows for the distance".to_owned();
        let few_samples = format!("fewer than {MIN_SAMPLES} samples");
        for (what, list) in [(impossible, &self.impossible), (few_samples, &self.few_samples)] {
            if !list.is_empty() {
                let file = printable(file);
                warnings.push(format!("{file}: {what}: {}", list.join(", ")));
            }
        }
    }
}
