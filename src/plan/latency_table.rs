//! A file with a latency in each row: round trips or one way, with columns of any names. Optional
//! columns are `rtt_min_ms`, `samples` and `distance_km`; others are ignored.

use std::collections::{BTreeMap, BTreeSet};

use super::csv_record::CsvRecord;
use super::csv_table::{CsvTable, MISSING, closest};
use super::node_table::NodeTable;
use crate::geo::fibre_lower_bound;
use crate::id::NodeId;
use crate::scenario::{Diagnostic, LatencyColumns, Loaded, path_key, printable};
use crate::time::NanoDuration;

/// What the rows of a file state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows {
    /// Times to the other zone and back; one way is half of it.
    RoundTrips,
    /// Times to the other zone.
    OneWay,
}

impl Rows {
    /// The path at which a scenario names the file.
    pub const fn path(self) -> &'static str {
        match self {
            Self::RoundTrips => "network.latency.rtt",
            Self::OneWay => "network.latency.one_way",
        }
    }

    /// The keys of the required columns, each with its usual name.
    const fn columns(self) -> [(&'static str, &'static str); 3] {
        match self {
            Self::RoundTrips => [("from", "zone_a"), ("to", "zone_b"), ("ms", "rtt_avg_ms")],
            Self::OneWay => [("from", "from"), ("to", "to"), ("ms", "ms")],
        }
    }

    const fn quantity(self) -> &'static str {
        match self {
            Self::RoundTrips => "round trip",
            Self::OneWay => "latency",
        }
    }

    /// How often a message crosses the distance in the stated time.
    const fn crossings(self) -> u64 {
        match self {
            Self::RoundTrips => 2,
            Self::OneWay => 1,
        }
    }
}

/// Latencies between zones and within them, by ordered pair, as stated in a file.
pub struct LatencyTable {
    pub(super) file: String,
    rows: Rows,
    times: BTreeMap<(NodeId, NodeId), NanoDuration>,
    /// The value of pairs without a row.
    missing: Option<NanoDuration>,
    /// Some names in the file that are no zone of the scenario.
    unknown: BTreeSet<String>,
}

/// Pairs with fewer samples cause a warning. A guess.
const MIN_SAMPLES: u64 = 200;

/// Largest plausible distance: half the circumference of the Earth, rounded up.
const MAX_KM: f64 = 20_100.0;

/// Most pairs listed in one message. A guess.
const MAX_LISTED: usize = 12;

impl LatencyTable {
    /// The latency from one node to another: by the row of that direction, else by that of the opposite
    /// one. A hub without rows has those of its seat; between hub and seat it is the latency within the
    /// seat.
    pub fn one_way(
        &self,
        from: NodeId,
        to: NodeId,
        node_table: &NodeTable,
    ) -> Option<NanoDuration> {
        let stated = self.stated(from, to, node_table).or(self.missing)?;
        Some(NanoDuration::from_ns(stated.ns / self.rows.crossings()))
    }

    fn stated(&self, from: NodeId, to: NodeId, node_table: &NodeTable) -> Option<NanoDuration> {
        let row = |from, to| self.times.get(&(from, to)).or_else(|| self.times.get(&(to, from)));
        let seats = || node_table.seated(from).zip(node_table.seated(to));
        row(from, to).or_else(|| seats().and_then(|(from, to)| row(from, to))).copied()
    }

    /// The diagnostic for pairs of nodes without a row, the first of which is needed.
    pub fn missing_rows<E, C>(
        &self,
        pairs: &[(NodeId, NodeId)],
        loaded: &Loaded<E, C>,
        node_table: &NodeTable,
    ) -> Diagnostic {
        let path = self.rows.path();
        let (from, to) = pairs[0];
        let seats = node_table.seated(from).zip(node_table.seated(to));
        let Some((a, b)) = seats else {
            let what = self.rows.quantity();
            let title = format!("the hub has no seat: no row of the {what}s is about it");
            let label = format!("expected seat = \"{}\", say", &node_table.ids[0]);
            return loaded.source.key_diagnostic("hub", title).label(label);
        };
        let name = |node: NodeId| &node_table.ids[node.index()];
        let title = match pairs.len() {
            1 => format!("{} has no row for {} and {}", self.file, name(a), name(b)),
            count => {
                let listed = listed(pairs, node_table);
                format!("{} has no row for {count} pairs: {listed}", self.file)
            }
        };
        let (a, b) = (name(from), name(to));
        let mut help = format!(
            "add the row, or say the latency: [network.link] \"{a}-{b}\" = {{ latency = \"40ms\" }}; \
             or that of all missing pairs: {path}.missing = \"80ms\""
        );
        if let Some(unknown) = self.unknown.first() {
            let is_one_of = if self.unknown.len() == 1 { "is" } else { "and others are" };
            let name = printable(unknown);
            help += &format!(
                "; in the file `{name}` {is_one_of} no zone: {path}.names gives names their zones"
            );
        }
        let diagnostic = loaded.source.diagnostic(path, title).help(help);
        diagnostic.label("expected a row for each pair of zones")
    }

    /// Notes which pairs of zones have no row if `missing` gives them a value.
    fn warn_missing(&self, node_table: &NodeTable, warnings: &mut Vec<String>) {
        let Some(missing) = self.missing else { return };
        let zones = (0..node_table.zones).map(NodeId);
        let pairs = zones.clone().flat_map(|a| zones.clone().map(move |b| (a, b)));
        let pairs = pairs.filter(|(a, b)| a < b);
        let lacking: Vec<_> =
            pairs.filter(|&(a, b)| self.stated(a, b, node_table).is_none()).collect();
        if !lacking.is_empty() {
            let (file, count) = (printable(&self.file), lacking.len());
            let listed = listed(&lacking, node_table);
            let pairs = if count == 1 { "1 pair has" } else { &format!("{count} pairs have") };
            warnings.push(format!("{file}: {pairs} no row and the value {missing}: {listed}"));
        }
    }

    /// Reads a file. Rows of other zones are skipped; times below the bound of light in fibre and pairs
    /// with few samples are added to `warnings`.
    ///
    /// # Errors
    /// An unreadable file, a missing column, a malformed number, a second row for a direction, or a name
    /// that does not occur.
    pub fn read<E, C>(
        stated: &LatencyColumns,
        rows: Rows,
        loaded: &Loaded<E, C>,
        node_table: &NodeTable,
        warnings: &mut Vec<String>,
    ) -> Result<Self, Diagnostic> {
        let path = rows.path();
        let inner = format!("{path}.file");
        let path = loaded.source.first_said(&[&inner, path]);
        let csv = CsvTable::read(&stated.file, path, loaded)?;
        let names = names(stated, rows, loaded, node_table)?;
        let reader = Reader { csv, stated, rows, loaded, node_table, names };
        let table = reader.table(warnings)?;
        table.warn_missing(node_table, warnings);
        Ok(table)
    }
}

/// The first pairs of a list.
fn listed(pairs: &[(NodeId, NodeId)], node_table: &NodeTable) -> String {
    let name = |node: NodeId| &node_table.ids[node.index()];
    let first = pairs.iter().take(MAX_LISTED);
    let first: Vec<_> = first.map(|&(a, b)| format!("{}-{}", name(a), name(b))).collect();
    let others = if pairs.len() > MAX_LISTED { " and others" } else { "" };
    format!("{}{others}", first.join(", "))
}

/// The nodes that names of a file stand for.
fn names<'a, E, C>(
    stated: &'a LatencyColumns,
    rows: Rows,
    loaded: &Loaded<E, C>,
    node_table: &NodeTable,
) -> Result<BTreeMap<&'a str, NodeId>, Diagnostic> {
    let entries = stated.names.0.iter().map(|(name, id)| {
        let path = format!("{}.names.{}", rows.path(), path_key(name));
        Ok((name.as_str(), node_table.node(id, &path, &loaded.source)?))
    });
    entries.collect()
}

struct Reader<'a, E, C> {
    csv: CsvTable,
    stated: &'a LatencyColumns,
    rows: Rows,
    loaded: &'a Loaded<E, C>,
    node_table: &'a NodeTable,
    names: BTreeMap<&'a str, NodeId>,
}

/// Indices of the columns.
struct Columns {
    distance: Option<usize>,
    from: usize,
    to: usize,
    time: usize,
    minimum: Option<usize>,
    samples: Option<usize>,
}

impl<E, C> Reader<'_, E, C> {
    fn table(&self, warnings: &mut Vec<String>) -> Result<LatencyTable, Diagnostic> {
        let columns = self.columns()?;
        let (file, missing) = (self.stated.file.clone(), self.stated.missing);
        let mut table = LatencyTable {
            file,
            rows: self.rows,
            times: BTreeMap::new(),
            missing,
            unknown: BTreeSet::new(),
        };
        let mut suspect = SuspectRows::default();
        let mut found = BTreeSet::new();
        for record in self.csv.records() {
            let record = record?;
            let ends = [columns.from, columns.to];
            if !self.names.is_empty() {
                found.extend(ends.map(|end| record.get(end).unwrap_or_default().to_owned()));
            }
            let [from, to] = ends.map(|end| self.node(&record, end));
            let (from, to) = (from?, to?);
            for (end, node) in ends.into_iter().zip([from, to]) {
                if node.is_none() && table.unknown.len() < 2 {
                    table.unknown.insert(record.get(end).unwrap_or_default().into());
                }
            }
            let (Some(from), Some(to)) = (from, to) else { continue };
            if MISSING.contains(&record.get(columns.time).unwrap_or_default()) {
                continue;
            }
            let time = self.csv.milliseconds(&record, columns.time, self.rows.quantity())?;
            if table.times.insert((from, to), time).is_some() {
                return Err(self.second_row(&record, (from, to)));
            }
            self.check_plausible(&record, &columns, (from, to), &mut suspect)?;
        }
        self.check_names(&found)?;
        suspect.warn(&table.file, warnings);
        Ok(table)
    }

    /// The node that a field names; `None` for a zone that the scenario does not have.
    fn node(&self, record: &CsvRecord, column: usize) -> Result<Option<NodeId>, Diagnostic> {
        let name = record.get(column).unwrap_or_default();
        match self.names.get(name) {
            Some(&node) => Ok(Some(node)),
            None => {
                let at = || self.csv.at(record, Some(column), String::new());
                self.node_table.find_in_table(name, at)
            }
        }
    }

    fn second_row(&self, record: &CsvRecord, (from, to): (NodeId, NodeId)) -> Diagnostic {
        let [from, to] = [from, to].map(|node| &self.node_table.ids[node.index()]);
        let title = format!("a second row from {from} to {to}");
        self.csv.at(record, None, title).label("expected at most one row for each direction")
    }

    /// Checks that each of `names` occurs among those found in the file.
    fn check_names(&self, found: &BTreeSet<String>) -> Result<(), Diagnostic> {
        let Some(unused) = self.names.keys().find(|name| !found.contains(**name)) else {
            return Ok(());
        };
        let path = format!("{}.names.{}", self.rows.path(), path_key(unused));
        let title = format!("no row of {} is about `{unused}`", self.stated.file);
        let diagnostic = self.loaded.source.key_diagnostic(&path, title);
        let others = found.iter().map(String::as_str);
        let others = others.filter(|name| !self.names.contains_key(name));
        Err(diagnostic.label(match closest(unused, others) {
            Some(name) => format!("did you mean `{name}`?"),
            None => "expected a name that stands in the file".into(),
        }))
    }

    /// Records times below the bound of light in fibre, and pairs with few samples.
    fn check_plausible(
        &self,
        record: &CsvRecord,
        columns: &Columns,
        (a, b): (NodeId, NodeId),
        suspect: &mut SuspectRows,
    ) -> Result<(), Diagnostic> {
        let field = |column: usize| record.get(column).unwrap_or_default();
        let pair = format!("{}-{}", field(columns.from), field(columns.to));
        for column in [Some(columns.time), columns.minimum].into_iter().flatten() {
            let time = self.csv.milliseconds(record, column, self.rows.quantity())?;
            let stated = columns.distance.and_then(|column| field(column).parse().ok());
            if let Some(min) = self.min_time(a, b, stated).filter(|min| time < *min) {
                let (name, time) = (self.csv.header.get(column).unwrap_or_default(), field(column));
                suspect.impossible.push(format!("{pair} {name} {time} < {:.1}", min.as_ms()));
            }
        }
        let samples = columns.samples.and_then(|column| field(column).parse::<u64>().ok());
        if let Some(few) = samples.filter(|&samples| samples < MIN_SAMPLES && a != b) {
            suspect.few_samples.push(format!("{pair} {few}"));
        }
        Ok(())
    }

    fn columns(&self) -> Result<Columns, Diagnostic> {
        let LatencyColumns { from, to, ms, .. } = self.stated;
        let stated = [from, to, ms].map(Option::as_deref);
        let usual = self.rows.columns();
        let names: [&str; 3] = std::array::from_fn(|at| stated[at].unwrap_or(usual[at].1));
        let required =
            |at: usize| self.required(usual[at].0, (names[at], stated[at].is_some()), &names);
        let (from, to, time) = (required(0)?, required(1)?, required(2)?);
        if let Some(twice) = [(to, from, 1), (time, from, 2), (time, to, 2)]
            .into_iter()
            .find_map(|(one, other, at)| (one == other).then_some(at))
        {
            let path = format!("{}.{}", self.rows.path(), usual[twice].0);
            let title = format!("`{}` is a column of another kind too", names[twice]);
            let diagnostic = self.loaded.source.diagnostic(&path, title);
            return Err(diagnostic.label("expected three different columns"));
        }
        let round_trips = self.rows == Rows::RoundTrips;
        let minimum = self.csv.column("rtt_min_ms").filter(|&min| round_trips && min != time);
        let (samples, distance) = (self.csv.column("samples"), self.csv.column("distance_km"));
        Ok(Columns { from, to, time, minimum, samples, distance })
    }

    /// The index of a required column; the scenario names it at `key`, or it has its usual name.
    fn required(
        &self,
        key: &str,
        (name, is_stated): (&str, bool),
        required: &[&str],
    ) -> Result<usize, Diagnostic> {
        let [from, to, ms] = required else { return Ok(0) };
        if !is_stated {
            let help = format!(
                "columns {from}, {to} and {ms} are needed, with commas between; others are allowed"
            );
            return self.csv.require(name, required, &help);
        }
        self.csv.column(name).ok_or_else(|| {
            let path = format!("{}.{key}", self.rows.path());
            let title = format!("{} has no column `{name}`", self.stated.file);
            let diagnostic = self.loaded.source.diagnostic(&path, title);
            let columns = self.csv.header.iter().filter(|column| !column.is_empty());
            diagnostic.label(match closest(name, columns.clone()) {
                Some(column) => format!("did you mean `{column}`?"),
                None => {
                    let columns: Vec<_> = columns.take(MAX_LISTED).collect();
                    format!("expected one of {}", columns.join(", "))
                }
            })
        })
    }

    /// The shortest time of light in fibre between two zones, by the distance of their places, else by
    /// the distance in the file.
    fn min_time(&self, a: NodeId, b: NodeId, stated_km: Option<f64>) -> Option<NanoDuration> {
        let place = |node: NodeId| self.node_table.places[node.index()];
        let distance = match place(a).zip(place(b)) {
            Some((here, there)) => here.distance_km(there),
            None => stated_km.filter(|km| (0.0..=MAX_KM).contains(km))?,
        };
        let ns = self.rows.crossings() * fibre_lower_bound(distance).ns;
        Some(NanoDuration::from_ns(ns))
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
