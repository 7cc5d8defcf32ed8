//! The links of a scenario: time of travel, jitter and loss for every pair of nodes.

mod by_distance;
mod globe;
mod loss;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::link_keys::{self, LinkOverrides};
use super::matrix::Matrix;
use super::node_table::NodeTable;
use super::{bandwidth, rounded_down, rounding, rtt, samples};
use crate::id::NodeId;
use crate::network::{self, Link, LinkModel, LinkTable, Links, Network, limit};
use crate::rng::name_key;
use crate::scenario::{
    Diagnostic, Exponential, Gamma, Jitter, Latency, LinkSettings, Loaded, Lognormal, Pareto,
    Uniform,
};
use crate::time::{NanoDuration, SimDuration};

/// Up to so many nodes the links are a table; above, they must be (nearly) all alike, or by distance.
const TABLE_NODES: usize = 4096;

/// Builds the network of a scenario.
pub fn network<E, C>(
    loaded: &Loaded<E, C>,
    names: &NodeTable,
    notices: &mut Vec<String>,
) -> Result<Network, Diagnostic> {
    let settings = &loaded.scenario.network;
    check_size(loaded, names)?;
    let mut builder = Builder {
        loaded,
        names,
        listed: None,
        overrides: link_keys::read(loaded, names)?,
        models: Vec::new(),
        samples: BTreeMap::new(),
        entries: rounding::Gathered::default(),
        distant: rounding::Gathered::default(),
        defaults: RefCell::default(),
        jitters: BTreeSet::new(),
        notices,
    };
    builder.listed = match &settings.latency {
        Latency::Rtt(file) => {
            Some(MeasuredLatencies::Rtt(rtt::RttTable::read(file, loaded, names, builder.notices)?))
        }
        Latency::Matrix(matrix) => {
            Some(MeasuredLatencies::Matrix(Matrix::read(matrix, loaded, names)?))
        }
        _ => None,
    };
    let links = builder.links()?;
    if let Some(listed) = &builder.listed {
        builder.entries.borrow().tell(listed.name(), loaded.scenario.resolution, builder.notices);
    }
    builder.tell_distant();
    for (path, time) in builder.defaults.take() {
        rounding::default(loaded, &path, (time, 0), builder.notices);
    }
    let keys = names.ids.iter().map(name_key).collect();
    Ok(Network { links, models: builder.models, resolution: loaded.scenario.resolution, keys })
}

/// Refuses a table of links that is too large, before anything is read or built for it.
fn check_size<E, C>(loaded: &Loaded<E, C>, names: &NodeTable) -> Result<(), Diagnostic> {
    let nodes = names.ids.len();
    let is_listed = matches!(loaded.scenario.network.latency, Latency::Rtt(_) | Latency::Matrix(_));
    if !is_listed || nodes <= TABLE_NODES {
        return Ok(());
    }
    let title = format!("{nodes} nodes with a latency for each pair");
    let label =
        format!("expected at most {TABLE_NODES} nodes, one latency for all, or {{ geo = {{}} }}");
    Err(loaded.source.diagnostic("network.latency", title).label(label))
}

/// Times of travel that are listed pair by pair.
enum MeasuredLatencies {
    Rtt(rtt::RttTable),
    Matrix(Matrix),
}

impl MeasuredLatencies {
    /// What it is to people.
    fn name(&self) -> &str {
        match self {
            Self::Rtt(table) => &table.file,
            Self::Matrix(matrix) => matrix.name(),
        }
    }
}

struct Builder<'a, E, C> {
    loaded: &'a Loaded<E, C>,
    names: &'a NodeTable,
    listed: Option<MeasuredLatencies>,
    overrides: LinkOverrides<'a>,
    models: Vec<LinkModel>,
    /// Listed times that ticks do not carry.
    entries: rounding::Gathered,
    /// Times by distance that ticks do not carry.
    distant: rounding::Gathered,
    /// Defaults that are used of durations, by path.
    defaults: RefCell<BTreeMap<String, NanoDuration>>,
    /// Where the jitters are said that have been looked at.
    jitters: BTreeSet<String>,
    /// What people should know.
    notices: &'a mut Vec<String>,
    /// The waits of each file that was read.
    samples: BTreeMap<&'a str, Arc<[u64]>>,
}

impl<'a, E, C> Builder<'a, E, C> {
    fn links(&mut self) -> Result<Links, Diagnostic> {
        match &self.loaded.scenario.network.latency {
            Latency::Geo(geo) if self.names.ids.len() > TABLE_NODES => self.globe(geo),
            Latency::Rtt(_) | Latency::Matrix(_) | Latency::Geo(_) => self.measured_links(),
            Latency::OneWay(_) | Latency::RoundTrip(_) => self.equal_links(),
        }
    }

    /// All links are alike but those of which something is said.
    fn equal_links(&mut self) -> Result<Links, Diagnostic> {
        let nodes = self.names.ids.len();
        let mut exceptions = BTreeMap::new();
        for (a, b) in self.exceptional() {
            let (there, back) = self.pair(a, b)?;
            exceptions.extend([((a, b), there), ((b, a), back)]);
        }
        // What is said of every link leaves none to the usual one, which may not even work.
        let usual = match exceptions.values().next() {
            Some(any) if exceptions.len() == nodes * (nodes - 1) => *any,
            _ => self.usual()?,
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

    /// Every pair has a latency of its own.
    fn measured_links(&mut self) -> Result<Links, Diagnostic> {
        let nodes = self.names.ids.len();
        // The way to oneself is never taken.
        let mut links = vec![Link { latency: 1, model: 0 }; nodes * nodes];
        for a in 0..nodes {
            for b in a + 1..nodes {
                let (there, back) = self.pair(NodeId(a as u32), NodeId(b as u32))?;
                links[a * nodes + b] = there;
                links[b * nodes + a] = back;
            }
        }
        Ok(Links::Table(LinkTable::new(nodes, &links)))
    }

    /// The pairs of nodes of which something is said: what is said of the hub's seat is said of the
    /// hub too.
    fn exceptional(&self) -> BTreeSet<(NodeId, NodeId)> {
        let here = |node: NodeId| {
            let hub = self.names.hub.filter(|_| self.names.seat == Some(node));
            std::iter::once(node).chain(hub)
        };
        let pairs = self.overrides.keys().flat_map(|&(a, b)| {
            here(a).flat_map(move |a| here(b).map(move |b| (a.min(b), a.max(b))))
        });
        pairs.filter(|(a, b)| a != b).collect()
    }

    /// The link that nothing special is said of.
    fn usual(&mut self) -> Result<Link, Diagnostic> {
        let settings = &self.loaded.scenario.network;
        let ticks = self.stated(&settings.latency, "network.latency")?;
        let model = self.model(None)?;
        Ok(Link { latency: self.fits(ticks, "network.latency")?, model })
    }

    /// A link there and back.
    fn pair(&mut self, a: NodeId, b: NodeId) -> Result<(Link, Link), Diagnostic> {
        let mut link = |from, to| -> Result<Link, Diagnostic> {
            let (ticks, path) = self.travel(from, to)?;
            Ok(Link { latency: self.fits(ticks, &path)?, model: self.model(Some((from, to)))? })
        };
        Ok((link(a, b)?, link(b, a)?))
    }

    fn fits(&self, ticks: SimDuration, path: &str) -> Result<u32, Diagnostic> {
        u32::try_from(ticks.0).map_err(|_| {
            let resolution = self.loaded.scenario.resolution;
            let title = format!("a latency of {} ticks of {resolution} is too long", ticks.0);
            let most = rounded_down(resolution.ns.saturating_mul(u64::from(u32::MAX)));
            let label = format!("expected at most \"{most}\", or a coarser resolution");
            self.wrong(path, title).label(label)
        })
    }

    /// What is said of a direction; of the hub, what is said of its seat where nothing else is.
    fn said(&self, from: NodeId, to: NodeId) -> Vec<&(String, &'a LinkSettings)> {
        let seated = |node: NodeId| self.names.seated(node).unwrap_or(node);
        let own = self.overrides.get(&(from, to));
        let seat = self.overrides.get(&(seated(from), seated(to)));
        own.into_iter().chain(seat).flatten().collect()
    }

    /// How long one direction takes, and the path at which that is said.
    fn travel(&self, from: NodeId, to: NodeId) -> Result<(SimDuration, String), Diagnostic> {
        for (path, settings) in self.said(from, to) {
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
                        return Err(self.wrong(&path, title).label(label));
                    }
                    Latency::Geo(geo) => self.by_distance([from, to], geo, &path)?,
                    stated => self.stated(stated, &path)?,
                };
                return Ok((ticks, path));
            }
        }
        let path = "network.latency";
        let ticks = match &self.loaded.scenario.network.latency {
            Latency::Rtt(_) | Latency::Matrix(_) => self.listed(from, to)?,
            Latency::Geo(geo) => self.by_distance([from, to], geo, path)?,
            stated => self.stated(stated, path)?,
        };
        Ok((ticks, path.into()))
    }

    /// A time that the scenario states: under one tick it is an error.
    fn stated(&self, latency: &Latency, path: &str) -> Result<SimDuration, Diagnostic> {
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
            // A latency that nobody wrote is the default: the resolution is to blame.
            let said = [&format!("{path}.{key}"), path, "resolution"];
            let diagnostic = self.wrong(self.loaded.source.first_said(&said), title);
            return Err(diagnostic.label(format!("{label}: a longer time or a finer resolution")));
        }
        if self.loaded.source.paths_below(path).next().is_none() {
            self.defaults.borrow_mut().insert(path.into(), one_way);
        }
        Ok(one_way.ticks(resolution))
    }

    /// A time that is listed, to the nearest tick and at least one.
    fn listed(&self, from: NodeId, to: NodeId) -> Result<SimDuration, Diagnostic> {
        let time = match &self.listed {
            Some(MeasuredLatencies::Rtt(table)) => {
                table.one_way(from, to, self.loaded, self.names)?
            }
            Some(MeasuredLatencies::Matrix(matrix)) => {
                matrix.one_way(from, to, self.loaded, self.names)?
            }
            None => NanoDuration::default(),
        };
        let resolution = self.loaded.scenario.resolution;
        let name = |node: NodeId| &self.names.ids[node.index()];
        let way = || format!("{} to {}", name(from), name(to));
        self.entries.borrow_mut().take(time, (resolution, 1), way);
        Ok(time.ticks(resolution).max(SimDuration(1)))
    }

    fn wrong(&self, path: &str, title: impl Into<String>) -> Diagnostic {
        self.loaded.source.diagnostic(path, title)
    }

    /// The number of the kind of a link.
    fn model(&mut self, way: Option<(NodeId, NodeId)>) -> Result<u16, Diagnostic> {
        let loaded = self.loaded;
        let network = &loaded.scenario.network;
        let said = way.map(|(from, to)| self.said(from, to)).unwrap_or_default();
        let (jitter, path) = pick(&said, "jitter", |link| link.jitter.as_ref(), &network.jitter);
        let (loss, loss_path) = pick(&said, "loss", |link| link.loss, network.loss);
        let (duplicate, _) = pick(&said, "duplicate", |link| link.duplicate, network.duplicate);
        let bandwidth = bandwidth::compile(loaded, &said)?;
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

    fn jitter(&mut self, jitter: &'a Jitter, path: &str) -> Result<network::Jitter, Diagnostic> {
        let resolution = self.loaded.scenario.resolution;
        let compiled = self.jitter_in(jitter, path, resolution)?;
        if !matches!(jitter, Jitter::Samples(_)) && self.jitters.insert(path.to_owned()) {
            rounding::jitter(path, resolution, &compiled, self.notices);
        }
        Ok(compiled)
    }

    fn jitter_in(
        &mut self,
        jitter: &'a Jitter,
        path: &str,
        resolution: NanoDuration,
    ) -> Result<network::Jitter, Diagnostic> {
        let ticks = |length: NanoDuration| length.ns as f64 / resolution.ns as f64;
        Ok(match *jitter {
            Jitter::None => network::Jitter::None,
            Jitter::Uniform(Uniform { min, max }) if min > max => {
                let message = format!("a jitter from {min} to {max}; expected \"{min}\" or more");
                return Err(self.loaded.source.refusal(&format!("{path}.uniform.max"), &message));
            }
            Jitter::Uniform(Uniform { min, max }) => {
                network::Jitter::Uniform { min: ticks(min), max: ticks(max) }
            }
            Jitter::Exponential(Exponential { mean }) => {
                network::Jitter::Exponential { mean: ticks(mean) }
            }
            // All of it is its median times something: no wait at all.
            Jitter::Lognormal(Lognormal { median, .. }) if median.ns == 0 => network::Jitter::None,
            Jitter::Lognormal(Lognormal { median, sigma }) => {
                network::Jitter::Lognormal { median: ticks(median), sigma: sigma.0 }
            }
            Jitter::Gamma(Gamma { mean, shape }) => {
                network::Jitter::Gamma { mean: ticks(mean), shape: shape.0 }
            }
            Jitter::Pareto(Pareto { scale, .. }) if scale.ns == 0 => network::Jitter::None,
            Jitter::Pareto(Pareto { scale, shape }) => {
                network::Jitter::Pareto { scale: ticks(scale), shape: shape.0 }
            }
            Jitter::Samples(ref file) => {
                let path = format!("{path}.samples");
                network::Jitter::Samples(match self.samples.get(file.as_str()) {
                    Some(known) => Arc::clone(known),
                    None => {
                        let read = samples::read(file, &path, self.loaded, self.notices)?;
                        self.samples.insert(file, Arc::clone(&read));
                        read
                    }
                })
            }
        })
    }
}

/// What is said of a link, or else of the network, and the path at which it is said.
fn pick<'a, T>(
    said: &[&(String, &'a LinkSettings)],
    key: &str,
    of: impl Fn(&'a LinkSettings) -> Option<T>,
    usual: T,
) -> (T, String) {
    let own = said.iter().find_map(|(path, link)| Some((of(link)?, format!("{path}.{key}"))));
    own.unwrap_or_else(|| (usual, format!("network.{key}")))
}
