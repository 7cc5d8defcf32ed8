//! Compiles the links of a scenario: latency, jitter, loss and bandwidth for every pair of nodes.

mod by_distance;
mod geo_links;
mod jitter;
mod latency;
mod latency_source;
mod loss;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use self::latency_source::{LatencySource, NETWORK, TABLE_NODES, UniformLatency};
use super::link_keys::{self, LinkOverrides};
use super::node_table::NodeTable;
use super::{access, bandwidth, rounding};
use crate::id::NodeId;
use crate::network::{Link, LinkModel, LinkTable, Links, Network, limit};
use crate::rng::name_key;
use crate::scenario::{Diagnostic, LinkOrder, LinkSettings, Loaded};
use crate::time::{NanoDuration, SimDuration};

/// Compiles the `[network]` section.
///
/// # Errors
/// An unreadable file, a pair without a latency, a latency out of range, a table that is too large, or a
/// size of bulk messages without access links.
pub fn network<E, C>(
    loaded: &Loaded<E, C>,
    node_table: &NodeTable,
    warnings: &mut Vec<String>,
) -> Result<Network, Diagnostic> {
    let resolution = loaded.scenario.resolution;
    let overrides = link_keys::read(loaded, node_table)?;
    let latency = &loaded.scenario.network.latency;
    let source = LatencySource::read(latency, NETWORK, loaded, node_table, warnings)?;
    let mut builder = Builder {
        loaded,
        node_table,
        overrides,
        models: Vec::new(),
        samples: BTreeMap::new(),
        entries: rounding::SharedEntries::default(),
        distant: rounding::SharedEntries::default(),
        defaults: RefCell::default(),
        checked_jitters: BTreeSet::new(),
        warnings,
    };
    let links = builder.links(&source)?;
    if let Some(name) = source.list_name() {
        builder.entries.borrow().warn(name, resolution, builder.warnings);
    }
    builder.warn_distant();
    for (path, time) in builder.defaults.take() {
        rounding::default(loaded, &path, (time, 0), builder.warnings);
    }
    let keys = node_table.ids.iter().map(name_key).collect();
    let models = builder.models;
    let access = access::compile(loaded, node_table)?;
    Ok(Network { links, models, resolution, keys, access })
}

struct Builder<'a, E, C> {
    loaded: &'a Loaded<E, C>,
    node_table: &'a NodeTable,
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
    fn links(&mut self, source: &LatencySource<'_>) -> Result<Links, Diagnostic> {
        match source {
            LatencySource::Uniform(latency) => self.equal_links(source, latency),
            LatencySource::Geo(geo) if self.node_table.ids.len() > TABLE_NODES => {
                self.geo_links(source, geo)
            }
            LatencySource::File(_) | LatencySource::Matrix(_) | LatencySource::Geo(_) => {
                self.measured_links(source)
            }
        }
    }

    /// Builds equal links, except for those with settings of their own.
    fn equal_links(
        &mut self,
        source: &LatencySource<'_>,
        latency: &UniformLatency,
    ) -> Result<Links, Diagnostic> {
        let nodes = self.node_table.ids.len();
        let exceptions = self.exceptions(source)?;
        // If every link is an exception, the default is not used and may not even be valid.
        let usual = match exceptions.values().next() {
            Some(any) if exceptions.len() == nodes * (nodes - 1) => *any,
            _ => self.default_link(latency)?,
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
    fn measured_links(&mut self, source: &LatencySource<'_>) -> Result<Links, Diagnostic> {
        let nodes = self.node_table.ids.len();
        // No node sends to itself.
        let mut links = vec![Link { latency: 1, model: 0 }; nodes * nodes];
        for a in 0..nodes {
            for b in a + 1..nodes {
                let (forward, reverse) = self.pair(source, NodeId(a as u32), NodeId(b as u32))?;
                links[a * nodes + b] = forward;
                links[b * nodes + a] = reverse;
            }
        }
        Ok(Links::Table(LinkTable::new(nodes, &links)))
    }

    /// The links with settings of their own, both directions of each pair.
    fn exceptions(
        &mut self,
        source: &LatencySource<'_>,
    ) -> Result<BTreeMap<(NodeId, NodeId), Link>, Diagnostic> {
        let mut exceptions = BTreeMap::new();
        for (a, b) in self.exceptional_pairs() {
            let (forward, reverse) = self.pair(source, a, b)?;
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
    fn default_link(&mut self, latency: &UniformLatency) -> Result<Link, Diagnostic> {
        let ticks = self.stated_latency(latency, NETWORK)?;
        let model = self.model(None)?;
        Ok(Link { latency: self.check_latency(ticks, NETWORK)?, model })
    }

    /// The links from `a` to `b` and from `b` to `a`.
    fn pair(
        &mut self,
        source: &LatencySource<'_>,
        a: NodeId,
        b: NodeId,
    ) -> Result<(Link, Link), Diagnostic> {
        let mut link = |from, to| -> Result<Link, Diagnostic> {
            let (ticks, path) = self.latency(source, [from, to])?;
            let latency = self.check_latency(ticks, &path)?;
            Ok(Link { latency, model: self.model(Some((from, to)))? })
        };
        Ok((link(a, b)?, link(b, a)?))
    }

    fn check_latency(&self, ticks: SimDuration, path: &str) -> Result<u32, Diagnostic> {
        u32::try_from(ticks.0).map_err(|_| {
            let resolution = self.loaded.scenario.resolution;
            let title = format!("a latency of {} ticks of {resolution} is too long", ticks.0);
            let max = rounding::rounded_down(resolution.ns.saturating_mul(u64::from(u32::MAX)));
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

    /// The latency of a direction, and the path at which the scenario states it. `source` is that of
    /// the whole network.
    fn latency(
        &mut self,
        source: &LatencySource<'_>,
        [from, to]: [NodeId; 2],
    ) -> Result<(SimDuration, String), Diagnostic> {
        let overrides = self.overrides(from, to);
        let own = overrides.iter().find_map(|(path, link)| Some((path, link.latency.as_ref()?)));
        let Some((path, latency)) = own else {
            return Ok((self.one_way(source, [from, to], NETWORK)?, NETWORK.into()));
        };
        let path = format!("{path}.latency");
        let (loaded, node_table) = (self.loaded, self.node_table);
        let own = LatencySource::read(latency, &path, loaded, node_table, self.warnings)?;
        Ok((self.one_way(&own, [from, to], &path)?, path))
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
        let (order, _) = setting(&own, "order", |link| link.order, network.order);
        let bandwidth = bandwidth::compile(loaded, &own)?;
        let model = LinkModel {
            jitter: self.jitter(jitter, &path)?,
            loss: self.loss(loss, &loss_path)?,
            duplicate: limit(duplicate.0),
            bandwidth,
            fifo: order == LinkOrder::Fifo,
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
