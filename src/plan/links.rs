//! The links of a scenario: time of travel, jitter and loss for every pair of nodes.

use std::collections::BTreeMap;

use super::names::Names;
use super::rtt;
use crate::chance::name_key;
use crate::geo::fibre_floor;
use crate::id::NodeId;
use crate::network::{self, Link, Links, Model, Network};
use crate::scenario::{Diagnostic, Geo, Jitter, Latency, LinkSettings, Loaded};
use crate::time::{Length, Span};

/// Up to so many nodes the links are a table; above, they must be (nearly) all alike.
const TABLE_NODES: usize = 4096;

/// Builds the network of a scenario.
pub fn network<E, C>(
    loaded: &Loaded<E, C>,
    names: &Names,
    notices: &mut Vec<String>,
) -> Result<Network, Diagnostic> {
    let settings = &loaded.scenario.network;
    let mut builder = Builder {
        loaded,
        names,
        table: None,
        overrides: overrides(loaded, names)?,
        models: Vec::new(),
    };
    if let Latency::Rtt(file) = &settings.latency {
        builder.table = Some(rtt::Table::read(file, loaded, names, notices)?);
    }
    let links = builder.links()?;
    let keys = names.ids.iter().map(|id| name_key(id)).collect();
    Ok(Network { links, models: builder.models, keys })
}

/// What is said of single links, by direction, with the path at which it is said.
/// What goes before comes first.
type Overrides<'a> = BTreeMap<(NodeId, NodeId), Vec<(String, &'a LinkSettings)>>;

/// Reads `"a-b"` (both ways) and `"a>b"` (one way, which goes before).
fn overrides<'a, E, C>(
    loaded: &'a Loaded<E, C>,
    names: &Names,
) -> Result<Overrides<'a>, Diagnostic> {
    let source = &loaded.source;
    let mut said: BTreeMap<(NodeId, NodeId, bool), (String, &LinkSettings)> = BTreeMap::new();
    for (key, settings) in &loaded.scenario.network.link.0 {
        let path = format!("network.link.{key}");
        let ends = key.split_once('>').map(|ends| (ends, true));
        let Some(((a, b), one_way)) = ends.or_else(|| Some((key.split_once('-')?, false))) else {
            let label = "expected \"a-b\" for both ways or \"a>b\" for one";
            return Err(source.key_diagnostic(&path, format!("`{key}` is no link")).label(label));
        };
        let end = |name: &str| {
            names
                .node(name.trim(), &path, source)
                .map_err(|_| unknown_end(name, &path, names, loaded))
        };
        let (a, b) = (end(a)?, end(b)?);
        if a == b {
            let title = format!("`{key}` links a zone with itself");
            return Err(source.key_diagnostic(&path, title).label("expected two zones"));
        }
        let ways = if one_way { vec![(a, b)] } else { vec![(a, b), (b, a)] };
        for (from, to) in ways {
            // In order, what is said of one way (`false`) comes before what is said of both.
            if let Some((first, _)) = said.insert((from, to, !one_way), (path.clone(), settings)) {
                let first = first.trim_start_matches("network.link.");
                let title = format!("`{key}` says again what `{first}` says");
                return Err(source.key_diagnostic(&path, title).label("expected each link once"));
            }
        }
    }
    let mut overrides = Overrides::new();
    for ((from, to, _), entry) in said {
        overrides.entry((from, to)).or_default().push(entry);
    }
    Ok(overrides)
}

/// A name at an end of a link that is no node: the message points at the key.
fn unknown_end<E, C>(name: &str, path: &str, names: &Names, loaded: &Loaded<E, C>) -> Diagnostic {
    let title = format!("there is no zone `{}`", name.trim());
    let diagnostic = loaded.source.key_diagnostic(path, title);
    match crate::scenario::nearest(name, names.ids.iter().take(1000).map(String::as_str)) {
        Some(word) => diagnostic.label(format!("did you mean `{word}`?")),
        None => diagnostic.label("expected the ids of two zones, or hub"),
    }
}

struct Builder<'a, E, C> {
    loaded: &'a Loaded<E, C>,
    names: &'a Names,
    table: Option<rtt::Table>,
    overrides: Overrides<'a>,
    models: Vec<Model>,
}

impl<E, C> Builder<'_, E, C> {
    fn links(&mut self) -> Result<Links, Diagnostic> {
        let nodes = self.names.ids.len();
        let uniform = matches!(
            self.loaded.scenario.network.latency,
            Latency::OneWay(_) | Latency::RoundTrip(_)
        );
        if uniform && (self.overrides.is_empty() || nodes > TABLE_NODES) {
            let usual = self.usual()?;
            if self.overrides.is_empty() {
                return Ok(Links::Uniform(usual));
            }
            let ends: Vec<_> = self.overrides.keys().copied().collect();
            let pairs = ends.into_iter().flat_map(|(a, b)| [(a, b), (b, a)]);
            let exceptions = pairs
                .map(|(a, b)| Ok(((a, b), self.link(a, b)?)))
                .collect::<Result<_, Diagnostic>>()?;
            return Ok(Links::Sparse { usual, exceptions });
        }
        if nodes > TABLE_NODES {
            let title = format!("{nodes} nodes with a latency for each pair");
            let label = format!("expected at most {TABLE_NODES} nodes, or one latency for all");
            return Err(self.loaded.source.diagnostic("network.latency", title).label(label));
        }
        let mut links = Vec::with_capacity(nodes * nodes);
        for a in (0..nodes as u32).map(NodeId) {
            for b in (0..nodes as u32).map(NodeId) {
                // The way to oneself is never taken.
                let none = Link { base: 1, extra: 0, model: 0 };
                links.push(if a == b { none } else { self.link(a, b)? });
            }
        }
        Ok(Links::Table { nodes, links })
    }

    /// The link that nothing special is said of.
    fn usual(&mut self) -> Result<Link, Diagnostic> {
        let settings = &self.loaded.scenario.network;
        let ticks = self.stated(&settings.latency, "network.latency")?;
        let model = self.model(None)?;
        Ok(Link { base: self.fits(ticks, "network.latency")?, extra: 0, model })
    }

    fn link(&mut self, from: NodeId, to: NodeId) -> Result<Link, Diagnostic> {
        let (there, path) = self.travel(from, to)?;
        let (back, _) = self.travel(to, from)?;
        let model = self.model(Some((from, to)))?;
        let base = self.fits(there.min(back), &path)?;
        let extra = self.fits(Span(there.0 - there.min(back).0), &path)?;
        Ok(Link { base, extra, model })
    }

    fn fits(&self, ticks: Span, path: &str) -> Result<u32, Diagnostic> {
        u32::try_from(ticks.0).map_err(|_| {
            let title = format!("a latency of {} ticks", ticks.0);
            let label = "expected fewer than 2^32 ticks: a shorter time or a coarser resolution";
            self.loaded.source.diagnostic(path, title).label(label)
        })
    }

    /// What is said of a direction; of the hub, what is said of its seat where nothing else is.
    fn said(&self, from: NodeId, to: NodeId) -> Vec<&(String, &LinkSettings)> {
        let seated = |node: NodeId| match self.names.seat {
            Some(seat) if self.names.hub == Some(node) => seat,
            _ => node,
        };
        let own = self.overrides.get(&(from, to));
        let seat = self.overrides.get(&(seated(from), seated(to)));
        own.into_iter().chain(seat).flatten().collect()
    }

    /// How long one direction takes, and the path at which that is said.
    fn travel(&self, from: NodeId, to: NodeId) -> Result<(Span, String), Diagnostic> {
        for (path, settings) in self.said(from, to) {
            if let Some(latency) = &settings.latency {
                let path = format!("{path}.latency");
                let ticks = match latency {
                    Latency::Rtt(_) => {
                        let title = "a file of round trips is for the whole network";
                        let label = "expected a time such as \"40ms\", or geo";
                        return Err(self.loaded.source.diagnostic(&path, title).label(label));
                    }
                    Latency::Geo(geo) => self.by_distance(from, to, geo, &path)?,
                    stated => self.stated(stated, &path)?,
                };
                return Ok((ticks, path));
            }
        }
        let path = "network.latency";
        let ticks = match &self.loaded.scenario.network.latency {
            Latency::Rtt(_) => self.measured(from, to)?,
            Latency::Geo(geo) => self.by_distance(from, to, geo, path)?,
            stated => self.stated(stated, path)?,
        };
        Ok((ticks, path.into()))
    }

    /// A time that the scenario states: under one tick it is an error.
    fn stated(&self, latency: &Latency, path: &str) -> Result<Span, Diagnostic> {
        let resolution = self.loaded.scenario.resolution;
        let one_way = match latency {
            Latency::OneWay(time) => *time,
            Latency::RoundTrip(time) => Length::from_ns(time.ns / 2),
            Latency::Rtt(_) | Latency::Geo(_) => Length::default(),
        };
        if one_way < resolution {
            let title = format!("{one_way} one way is below one tick of {resolution}");
            let label = "expected one tick or more: a longer time or a finer resolution";
            return Err(self.loaded.source.diagnostic(path, title).label(label));
        }
        Ok(one_way.ticks(resolution))
    }

    /// A measured time, to the nearest tick and at least one.
    fn measured(&self, from: NodeId, to: NodeId) -> Result<Span, Diagnostic> {
        let seat = |node: NodeId| {
            if self.names.hub == Some(node) { self.names.seat } else { Some(node) }
        };
        let diagnostic = |title: String| self.loaded.source.diagnostic("network.latency", title);
        let (Some(a), Some(b)) = (seat(from), seat(to)) else {
            let title = "the hub is in no zone that has a row among the round trips";
            return Err(diagnostic(title.into()).help("[hub] needs seat = \"uz\", say"));
        };
        let Some(table) = &self.table else { return Ok(Span(1)) };
        let Some(time) = table.one_way(a, b) else {
            let (a, b) = (&self.names.ids[a.index()], &self.names.ids[b.index()]);
            let title = format!("{} has no row for {a} and {b}", table.file());
            let help = format!("add the row, or say it: [network.link] \"{a}-{b}\"");
            return Err(diagnostic(title).help(help));
        };
        Ok(at_least_a_tick(time.ticks(self.loaded.scenario.resolution)))
    }

    fn by_distance(
        &self,
        from: NodeId,
        to: NodeId,
        geo: &Geo,
        path: &str,
    ) -> Result<Span, Diagnostic> {
        let place = |node: NodeId| {
            let seat = self.names.seat.filter(|_| self.names.hub == Some(node)).unwrap_or(node);
            self.names.places[seat.index()].ok_or_else(|| {
                let title = format!("zone `{}` has no place", self.names.ids[seat.index()]);
                let help = "a latency from geography needs at = [degrees north, degrees east]";
                self.loaded.source.diagnostic(path, title).help(help)
            })
        };
        let light = fibre_floor(place(from)?.distance_km(place(to)?) * geo.inflation.0);
        let time = Length::from_ns(light.ns.saturating_add(geo.fixed.ns));
        Ok(at_least_a_tick(time.ticks(self.loaded.scenario.resolution)))
    }

    /// The number of the kind of jitter and loss of a link.
    fn model(&mut self, way: Option<(NodeId, NodeId)>) -> Result<u16, Diagnostic> {
        let network = &self.loaded.scenario.network;
        let said = way.map(|(from, to)| self.said(from, to)).unwrap_or_default();
        let pick = |path: &str| format!("{path}.jitter");
        let jitter = said.iter().find_map(|(path, link)| Some((link.jitter?, pick(path))));
        let (jitter, path) = jitter.unwrap_or((network.jitter, "network.jitter".into()));
        let loss = said.iter().find_map(|(_, link)| link.loss).unwrap_or(network.loss);
        let model = Model::new(self.jitter(jitter, &path)?, loss.0);
        let known = self.models.iter().position(|other| *other == model);
        let number = known.unwrap_or_else(|| {
            self.models.push(model);
            self.models.len() - 1
        });
        u16::try_from(number).map_err(|_| {
            let title = "more than 65536 kinds of jitter and loss";
            self.loaded.source.diagnostic("network.link", title)
        })
    }

    fn jitter(&self, jitter: Jitter, path: &str) -> Result<network::Jitter, Diagnostic> {
        let resolution = self.loaded.scenario.resolution;
        let ticks = |length: Length| length.ns as f64 / resolution.ns as f64;
        Ok(match jitter {
            Jitter::None => network::Jitter::None,
            Jitter::Uniform { min, max } if min > max => {
                let title = format!("a jitter from {min} to {max}");
                let label = "expected min up to max";
                return Err(self.loaded.source.diagnostic(path, title).label(label));
            }
            Jitter::Uniform { min, max } => {
                network::Jitter::Uniform { min: ticks(min), max: ticks(max) }
            }
            Jitter::Exponential { mean } => network::Jitter::Exponential { mean: ticks(mean) },
            Jitter::Lognormal { median, sigma } => {
                network::Jitter::Lognormal { median: ticks(median), sigma: sigma.0 }
            }
        })
    }
}

fn at_least_a_tick(span: Span) -> Span {
    span.max(Span(1))
}
