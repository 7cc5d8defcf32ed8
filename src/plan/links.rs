//! Compiles the links of a scenario: latency, jitter, loss and bandwidth for every pair of nodes.

mod by_distance;
mod geo_links;
mod jitter;
mod loss;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::link_keys::{self, LinkOverrides};
use super::matrix::Matrix;
use super::node_table::NodeTable;
use super::{bandwidth, rounded_down, rounding, rtt};
use crate::id::NodeId;
use crate::network::{Link, LinkModel, LinkTable, Links, Network, limit};
use crate::rng::name_key;
use crate::scenario::{Diagnostic, Latency, LinkSettings, Loaded};
use crate::time::{NanoDuration, SimDuration};

/// Largest number of nodes whose links are a table; above, links must be equal with few
/// exceptions, or by distance.
const TABLE_NODES: usize = 4096;

/// Compiles the `[network]` section.
///
/// # Errors
/// An unreadable file, a pair without a latency, a latency out of range, or a table that is too large.
pub fn network<E, C>(
    loaded: &Loaded<E, C>,
    node_table: &NodeTable,
    warnings: &mut Vec<String>,
) -> Result<Network, Diagnostic> {
    check_size(loaded, node_table)?;
    let resolution = loaded.scenario.resolution;
    let mut builder = Builder {
        loaded,
        node_table,
        overrides: link_keys::read(loaded, node_table)?,
        measured: MeasuredLatencies::read(loaded, node_table, warnings)?,
        models: Vec::new(),
        samples: BTreeMap::new(),
        entries: rounding::SharedEntries::default(),
        distant: rounding::SharedEntries::default(),
        defaults: RefCell::default(),
        checked_jitters: BTreeSet::new(),
        warnings,
    };
    let links = builder.links()?;
    if let Some(measured) = &builder.measured {
        builder.entries.borrow().warn(measured.name(), resolution, builder.warnings);
    }
    builder.warn_distant();
    for (path, time) in builder.defaults.take() {
        rounding::default(loaded, &path, (time, 0), builder.warnings);
    }
    let keys = node_table.ids.iter().map(name_key).collect();
    Ok(Network { links, models: builder.models, resolution, keys })
}

/// Rejects a table of links that is too large, before a file is read or memory allocated for it.
fn check_size<E, C>(loaded: &Loaded<E, C>, node_table: &NodeTable) -> Result<(), Diagnostic> {
    let nodes = node_table.ids.len();
    let is_measured =
        matches!(loaded.scenario.network.latency, Latency::Rtt(_) | Latency::Matrix(_));
    if !is_measured || nodes <= TABLE_NODES {
        return Ok(());
    }
    let title = format!("{nodes} nodes with a latency for each pair");
    let label =
        format!("expected at most {TABLE_NODES} nodes, one latency for all, or {{ geo = {{}} }}");
    Err(loaded.source.diagnostic("network.latency", title).label(label))
}

/// Latencies listed by pair.
enum MeasuredLatencies {
    Rtt(rtt::RttTable),
    Matrix(Matrix),
}

impl MeasuredLatencies {
    /// Reads the latencies of the network; `None` if they are not listed by pair.
    fn read<E, C>(
        loaded: &Loaded<E, C>,
        node_table: &NodeTable,
        warnings: &mut Vec<String>,
    ) -> Result<Option<Self>, Diagnostic> {
        Ok(match &loaded.scenario.network.latency {
            Latency::Rtt(file) => {
                Some(Self::Rtt(rtt::RttTable::read(file, loaded, node_table, warnings)?))
            }
            Latency::Matrix(matrix) => {
                Some(Self::Matrix(Matrix::read(matrix, loaded, node_table)?))
            }
            _ => None,
        })
    }

    /// The file name, or the path in the scenario.
    fn name(&self) -> &str {
        match self {
            Self::Rtt(table) => &table.file,
            Self::Matrix(matrix) => matrix.name(),
        }
    }
}

struct Builder<'a, E, C> {
    loaded: &'a Loaded<E, C>,
    node_table: &'a NodeTable,
    measured: Option<MeasuredLatencies>,
    overrides: LinkOverrides<'a>,
    models: Vec<LinkModel>,
    /// Rounding of the measured latencies.
    entries: rounding::SharedEntries,
    /// Rounding of the latencies by distance.
    distant: rounding::SharedEntries,
    /// Durations in use, by path, that are defaults unless the scenario states the path.
    defaults: RefCell<BTreeMap<String, NanoDuration>>,
    /// Paths of the jitters whose rounding is checked.
    checked_jitters: BTreeSet<String>,
    warnings: &'a mut Vec<String>,
    /// Samples of jitter, in ticks, by file.
    samples: BTreeMap<&'a str, Arc<[u64]>>,
}

impl<'a, E, C> Builder<'a, E, C> {
    fn links(&mut self) -> Result<Links, Diagnostic> {
        match &self.loaded.scenario.network.latency {
            Latency::Geo(geo) if self.node_table.ids.len() > TABLE_NODES => self.geo_links(geo),
            Latency::Rtt(_) | Latency::Matrix(_) | Latency::Geo(_) => self.measured_links(),
            Latency::OneWay(_) | Latency::RoundTrip(_) => self.equal_links(),
        }
    }

    /// Builds equal links, except for those with settings of their own.
    fn equal_links(&mut self) -> Result<Links, Diagnostic> {
        let nodes = self.node_table.ids.len();
        let exceptions = self.exceptions()?;
        // If every link is an exception, the default is not used and may not even be valid.
        let usual = match exceptions.values().next() {
            Some(any) if exceptions.len() == nodes * (nodes - 1) => *any,
            _ => self.default_link()?,
        };
        if exceptions.is_empty() {
            return Ok(Links::Uniform(usual));
        }
        if nodes > TABLE_NODES {
            return Ok(Links::Sparse { usual, exceptions });
        }
        let mut links = vec![usual; nodes * nodes];
        for ((from, to), link) in exceptions {
            links[from.index() * nodes + to.index()] = link;
        }
        Ok(Links::Table(LinkTable::new(nodes, &links)))
    }

    /// Builds a table in which every pair has a latency of its own.
    fn measured_links(&mut self) -> Result<Links, Diagnostic> {
        let nodes = self.node_table.ids.len();
        // No node sends to itself.
        let mut links = vec![Link { latency: 1, model: 0 }; nodes * nodes];
        for a in 0..nodes {
            for b in a + 1..nodes {
                let (forward, reverse) = self.pair(NodeId(a as u32), NodeId(b as u32))?;
                links[a * nodes + b] = forward;
                links[b * nodes + a] = reverse;
            }
        }
        Ok(Links::Table(LinkTable::new(nodes, &links)))
    }

    /// The links with settings of their own, both directions of each pair.
    fn exceptions(&mut self) -> Result<BTreeMap<(NodeId, NodeId), Link>, Diagnostic> {
        let mut exceptions = BTreeMap::new();
        for (a, b) in self.exceptional_pairs() {
            let (forward, reverse) = self.pair(a, b)?;
            exceptions.extend([((a, b), forward), ((b, a), reverse)]);
        }
        Ok(exceptions)
    }

    /// The pairs of nodes with settings of their own. Settings of the zone in which the hub is seated
    /// apply to the hub too.
    fn exceptional_pairs(&self) -> BTreeSet<(NodeId, NodeId)> {
        let colocated = |node: NodeId| {
            let hub = self.node_table.hub.filter(|_| self.node_table.seat == Some(node));
            std::iter::once(node).chain(hub)
        };
        let pairs = self.overrides.keys().flat_map(|&(a, b)| {
            colocated(a).flat_map(move |a| colocated(b).map(move |b| (a.min(b), a.max(b))))
        });
        pairs.filter(|(a, b)| a != b).collect()
    }

    /// The link without settings of its own.
    fn default_link(&mut self) -> Result<Link, Diagnostic> {
        let settings = &self.loaded.scenario.network;
        let ticks = self.stated_latency(&settings.latency, "network.latency")?;
        let model = self.model(None)?;
        Ok(Link { latency: self.check_latency(ticks, "network.latency")?, model })
    }

    /// The links from `a` to `b` and from `b` to `a`.
    fn pair(&mut self, a: NodeId, b: NodeId) -> Result<(Link, Link), Diagnostic> {
        let mut link = |from, to| -> Result<Link, Diagnostic> {
            let (ticks, path) = self.latency(from, to)?;
            let latency = self.check_latency(ticks, &path)?;
            Ok(Link { latency, model: self.model(Some((from, to)))? })
        };
        Ok((link(a, b)?, link(b, a)?))
    }

    fn check_latency(&self, ticks: SimDuration, path: &str) -> Result<u32, Diagnostic> {
        u32::try_from(ticks.0).map_err(|_| {
            let resolution = self.loaded.scenario.resolution;
            let title = format!("a latency of {} ticks of {resolution} is too long", ticks.0);
            let max = rounded_down(resolution.ns.saturating_mul(u64::from(u32::MAX)));
            let label = format!("expected at most \"{max}\", or a coarser resolution");
            self.diagnostic(path, title).label(label)
        })
    }

    /// The settings of a direction, highest priority first: its own, then those of the zone in which
    /// the hub is seated.
    fn overrides(&self, from: NodeId, to: NodeId) -> Vec<&(String, &'a LinkSettings)> {
        let seated = |node: NodeId| self.node_table.seated(node).unwrap_or(node);
        let own = self.overrides.get(&(from, to));
        let seat = self.overrides.get(&(seated(from), seated(to)));
        own.into_iter().chain(seat).flatten().collect()
    }

    /// The latency of a direction, and the path at which the scenario states it.
    fn latency(&self, from: NodeId, to: NodeId) -> Result<(SimDuration, String), Diagnostic> {
        for (path, settings) in self.overrides(from, to) {
            if let Some(latency) = &settings.latency {
                let path = format!("{path}.latency");
                let ticks = match latency {
                    Latency::Rtt(_) | Latency::Matrix(_) => {
                        let what = match latency {
                            Latency::Rtt(_) => "a file of round trips",
                            _ => "a matrix",
                        };
                        let title = format!("{what} is for the whole network");
                        let label = "expected a time such as \"40ms\", or { geo = {} }";
                        return Err(self.diagnostic(&path, title).label(label));
                    }
                    Latency::Geo(geo) => self.by_distance([from, to], geo, &path)?,
                    stated => self.stated_latency(stated, &path)?,
                };
                return Ok((ticks, path));
            }
        }
        let path = "network.latency";
        let ticks = match &self.loaded.scenario.network.latency {
            Latency::Rtt(_) | Latency::Matrix(_) => self.measured_latency(from, to)?,
            Latency::Geo(geo) => self.by_distance([from, to], geo, path)?,
            stated => self.stated_latency(stated, path)?,
        };
        Ok((ticks, path.into()))
    }

    /// Converts a latency that the scenario states; below one tick it is an error.
    fn stated_latency(&self, latency: &Latency, path: &str) -> Result<SimDuration, Diagnostic> {
        let resolution = self.loaded.scenario.resolution;
        let one_way = match latency {
            Latency::OneWay(time) => *time,
            Latency::RoundTrip(time) => NanoDuration::from_ns(time.ns / 2),
            Latency::Rtt(_) | Latency::Matrix(_) | Latency::Geo(_) => NanoDuration::default(),
        };
        if one_way < resolution {
            let title = format!("a latency of {one_way} one way is below one tick of {resolution}");
            let (key, label) = match latency {
                Latency::RoundTrip(_) => ("round_trip", "expected two ticks or more"),
                _ => ("one_way", "expected one tick or more"),
            };
            // If the latency is the default, the error is in the resolution.
            let paths = [&format!("{path}.{key}"), path, "resolution"];
            let diagnostic = self.diagnostic(self.loaded.source.first_said(&paths), title);
            return Err(diagnostic.label(format!("{label}: a longer time or a finer resolution")));
        }
        if self.loaded.source.paths_below(path).next().is_none() {
            self.defaults.borrow_mut().insert(path.into(), one_way);
        }
        Ok(one_way.ticks(resolution))
    }

    /// Converts a listed latency to the nearest tick, at least one.
    fn measured_latency(&self, from: NodeId, to: NodeId) -> Result<SimDuration, Diagnostic> {
        let time = match &self.measured {
            Some(MeasuredLatencies::Rtt(table)) => {
                table.one_way(from, to, self.loaded, self.node_table)?
            }
            Some(MeasuredLatencies::Matrix(matrix)) => {
                matrix.one_way(from, to, self.loaded, self.node_table)?
            }
            None => NanoDuration::default(),
        };
        let resolution = self.loaded.scenario.resolution;
        let name = |node: NodeId| &self.node_table.ids[node.index()];
        let pair = || format!("{} to {}", name(from), name(to));
        self.entries.borrow_mut().add(time, (resolution, 1), pair);
        Ok(time.ticks(resolution).max(SimDuration(1)))
    }

    fn diagnostic(&self, path: &str, title: impl Into<String>) -> Diagnostic {
        self.loaded.source.diagnostic(path, title)
    }

    /// The number of the model of a link, or of the default link for `None`.
    fn model(&mut self, link: Option<(NodeId, NodeId)>) -> Result<u16, Diagnostic> {
        let loaded = self.loaded;
        let network = &loaded.scenario.network;
        let own = link.map(|(from, to)| self.overrides(from, to)).unwrap_or_default();
        let (jitter, path) = setting(&own, "jitter", |link| link.jitter.as_ref(), &network.jitter);
        let (loss, loss_path) = setting(&own, "loss", |link| link.loss, network.loss);
        let (duplicate, _) = setting(&own, "duplicate", |link| link.duplicate, network.duplicate);
        let bandwidth = bandwidth::compile(loaded, &own)?;
        let model = LinkModel {
            jitter: self.jitter(jitter, &path)?,
            loss: self.loss(loss, &loss_path)?,
            duplicate: limit(duplicate.0),
            bandwidth,
        };
        let known = self.models.iter().position(|other| *other == model);
        let number = known.unwrap_or_else(|| {
            self.models.push(model);
            self.models.len() - 1
        });
        u16::try_from(number).map_err(|_| {
            let message = "more than 65536 kinds of links; expected fewer";
            self.loaded.source.refusal("network.link", message)
        })
    }
}

/// Returns a setting of a link, by default that of the network, and the path at which it is stated.
fn setting<'a, T>(
    overrides: &[&(String, &'a LinkSettings)],
    key: &str,
    get: impl Fn(&'a LinkSettings) -> Option<T>,
    default: T,
) -> (T, String) {
    let own = overrides.iter().find_map(|(path, link)| Some((get(link)?, format!("{path}.{key}"))));
    own.unwrap_or_else(|| (default, format!("network.{key}")))
}
