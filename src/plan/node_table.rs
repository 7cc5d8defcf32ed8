//! Resolves the names of a scenario to nodes.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::name_table::NameTable;
use super::places;
use crate::geo::Place;
use crate::id::NodeId;
use crate::network::fault::NodeSet;
use crate::scenario::{
    BoundedU32, Diagnostic, MAX_ZONES, Near, Placement, Region, Role, Scenario, Source, Zone,
    Zones, nearest, printable,
};

/// The nodes of a scenario by name.
pub struct NodeTable {
    /// Zones in order, then the hub.
    pub ids: NameTable,
    /// Display names by node; `None` if all are the ids.
    pub display_names: Option<NameTable>,
    pub zones: u32,
    pub hub: Option<NodeId>,
    /// The zone in which the hub is seated.
    pub seat: Option<NodeId>,
    /// The zone that acts for the hub if the hub is gone.
    pub deputy: Option<NodeId>,
    /// By node; a hub with a seat has none of its own.
    pub places: Vec<Option<Place>>,
    pub observers: NodeSet,
    /// Nodes by id, except for generated zones, whose ids contain their by_id.
    by_id: BTreeMap<String, NodeId>,
    /// Nodes by stated display name, in lower case.
    by_display_name: BTreeMap<String, Vec<NodeId>>,
}

/// Most nodes listed in a warning about one name. A guess.
const MAX_LISTED: usize = 8;

/// Most names compared with an unknown one: a scenario may have a million zones.
const MAX_SUGGESTIONS: usize = 1000;

const HUB: &str = "hub";

impl NodeTable {
    /// Numbers the zones and the hub of a scenario.
    ///
    /// # Errors
    /// Fewer than two zones or too many, a malformed id, or a hub without a valid seat.
    pub fn new<E, C>(scenario: &Scenario<E, C>, source: &Source) -> Result<Self, Diagnostic> {
        let zones = &scenario.zones;
        check_zones(zones, source)?;
        let mut node_table = match zones.generate {
            Some(BoundedU32(count)) => Self::generated(count, zones.place.as_ref()),
            None => Self::named(&zones.named),
        };
        node_table.add_hub(scenario, source)?;
        Ok(node_table)
    }

    fn generated(count: u32, placement: Option<&Placement>) -> Self {
        let places = match placement {
            Some(placement) => places::places(placement, count).map(Some).collect(),
            None => vec![None; count as usize],
        };
        Self {
            ids: (0..count).map(|number| format!("z{number}")).collect(),
            display_names: None,
            zones: count,
            hub: None,
            seat: None,
            deputy: None,
            places,
            observers: NodeSet::default(),
            by_id: BTreeMap::new(),
            by_display_name: BTreeMap::new(),
        }
    }

    fn named(zones: &[(String, Zone)]) -> Self {
        let numbered = (0u32..).map(NodeId).zip(zones);
        let mut by_display_name: BTreeMap<String, Vec<NodeId>> = BTreeMap::new();
        for (node, (_, zone)) in numbered.clone() {
            if let Some(name) = &zone.name {
                by_display_name.entry(printable(name).to_lowercase()).or_default().push(node);
            }
        }
        let observers = numbered.clone().filter(|(_, (_, zone))| !is_member(zone));
        Self {
            ids: zones.iter().map(|(id, _)| id).collect(),
            display_names: Some(
                zones.iter().map(|(id, zone)| display_name(id, zone.name.as_ref())).collect(),
            ),
            zones: zones.len() as u32,
            hub: None,
            seat: None,
            deputy: None,
            places: zones.iter().map(|(_, zone)| zone.at.map(|at| at.0)).collect(),
            observers: NodeSet::from_iter(observers.map(|(node, _)| node)),
            by_id: numbered.map(|(node, (id, _))| (id.clone(), node)).collect(),
            by_display_name,
        }
    }

    fn add_hub<E, C>(
        &mut self,
        scenario: &Scenario<E, C>,
        source: &Source,
    ) -> Result<(), Diagnostic> {
        let Some(hub) = &scenario.hub else { return Ok(()) };
        if hub.seat.is_some() && hub.at.is_some() {
            let title = "a hub has either a seat in a zone or its own place";
            return Err(source
                .key_diagnostic("hub.at", title)
                .label("expected no `seat` beside it"));
        }
        if let Some(seat) = &hub.seat {
            if seat == HUB {
                let message = "a hub has its seat in a zone; expected the id of a zone";
                return Err(source.refusal("hub.seat", message));
            }
            self.seat = Some(self.zone(seat, "hub.seat", source)?);
        }
        if let Some(deputy) = &hub.deputy {
            self.deputy = Some(self.deputy(deputy, source)?);
        }
        let node = NodeId(self.zones);
        self.hub = Some(node);
        self.by_id.insert(HUB.into(), node);
        self.ids.push(HUB);
        if let Some(name) = &hub.name {
            self.by_display_name.entry(printable(name).to_lowercase()).or_default().push(node);
        }
        match (&mut self.display_names, &hub.name) {
            (None, None) => {}
            (display_names, name) => display_names
                .get_or_insert_with(|| self.ids.iter().take(self.zones as usize).collect())
                .push(&display_name(HUB, name.as_ref())),
        }
        self.places.push(hub.at.map(|at| at.0));
        Ok(())
    }

    /// The zone that `hub.deputy` names.
    fn deputy(&self, name: &str, source: &Source) -> Result<NodeId, Diagnostic> {
        let deputy = self.zone(name, "hub.deputy", source)?;
        if self.observers.contains(deputy) {
            let message = "an observer commands nobody; expected a zone that is not an observer";
            return Err(source.refusal("hub.deputy", message));
        }
        Ok(deputy)
    }

    /// Returns the node with this id.
    pub fn find(&self, id: &str) -> Option<NodeId> {
        let generated = || {
            let number: u32 = id.strip_prefix('z')?.parse().ok()?;
            let is_id = number < self.zones && &self.ids[number as usize] == id;
            is_id.then_some(NodeId(number))
        };
        self.by_id.get(id).copied().or_else(generated)
    }

    /// Returns the node with this id in a file, which may list zones of other scenarios too.
    ///
    /// # Errors
    /// A name that differs from an id in case only, at the position of the diagnostic `at`.
    pub fn find_in_table(
        &self,
        name: &str,
        at: impl Fn() -> Diagnostic,
    ) -> Result<Option<NodeId>, Diagnostic> {
        let found = self.find(name);
        let id = name.to_lowercase();
        if found.is_none() && id != name && self.find(&id).is_some() {
            return Err(self.unknown(name, at()));
        }
        Ok(found)
    }

    /// Returns the zone whose latencies a node has: a zone itself, or the seat of the hub.
    pub fn seated(&self, node: NodeId) -> Option<NodeId> {
        if self.hub == Some(node) { self.seat } else { Some(node) }
    }

    /// Resolves the name that the scenario has at `path`.
    ///
    /// # Errors
    /// An unknown or ambiguous name.
    pub fn node(&self, name: &str, path: &str, source: &Source) -> Result<NodeId, Diagnostic> {
        self.resolve(name).ok_or_else(|| self.unknown(name, source.diagnostic(path, "")))
    }

    /// Returns the node with this id, else the only node with this display name.
    pub fn resolve(&self, name: &str) -> Option<NodeId> {
        self.find(name).or_else(|| match self.with_display_name(name) {
            [node] => Some(*node),
            _ => None,
        })
    }

    /// The nodes with this display name, ignoring case.
    fn with_display_name(&self, name: &str) -> &[NodeId] {
        self.by_display_name.get(&printable(name).to_lowercase()).map_or(&[], Vec::as_slice)
    }

    /// Turns `at`, which holds a position, into the diagnostic for an unknown name.
    pub fn unknown(&self, name: &str, at: Diagnostic) -> Diagnostic {
        if name == HUB {
            let diagnostic = at.title("there is no hub").label("expected the id of a zone");
            return diagnostic.help("a scenario with a hub has a table [hub]");
        }
        if let [first, second, ..] = self.with_display_name(name) {
            let [first, second] = [first, second].map(|node| &self.ids[node.index()]);
            let title = format!("`{name}` is the name of `{first}` and of `{second}`");
            return at.title(title).label("expected an id");
        }
        let ids: Vec<_> = self.ids.iter().take(MAX_SUGGESTIONS).collect();
        let label = match self.suggest(name, &ids) {
            Some(word) => format!("did you mean {word}?"),
            None if ids.len() <= 12 => format!("expected one of {}", ids.join(", ")),
            None => {
                format!("expected one of {} to {}", &self.ids[0], &self.ids[self.ids.len() - 1])
            }
        };
        at.title(format!("there is no zone `{name}`")).label(label)
    }

    /// Suggests a node for an unknown name: the one with this display name, else the one with the
    /// nearest id, else the one with the nearest display name.
    fn suggest(&self, word: &str, ids: &[&str]) -> Option<String> {
        let with_name = |node: NodeId| {
            let name = self.display_names.as_ref().map_or("", |names| &names[node.index()]);
            format!("`{}`, called {name}", &self.ids[node.index()])
        };
        if let [node] = self.with_display_name(word) {
            return Some(with_name(*node));
        }
        let id = nearest(word, ids.iter().copied());
        id.map(|id| format!("`{id}`")).or_else(|| {
            let names = self.by_display_name.keys().take(MAX_SUGGESTIONS);
            let name = nearest(word, names.map(String::as_str))?;
            self.by_display_name[name].first().copied().map(with_name)
        })
    }

    /// Warns of nodes that share a display name, or have one that is the id of another.
    pub fn warn_duplicates(&self, warnings: &mut Vec<String>) {
        for (name, nodes) in &self.by_display_name {
            let with_id = self.find(name).filter(|node| !nodes.contains(node));
            let ids =
                with_id.iter().chain(nodes).map(|node| format!("`{}`", &self.ids[node.index()]));
            let ids: Vec<_> = ids.collect();
            if let [listed @ .., last] = &ids[..ids.len().min(MAX_LISTED)]
                && !listed.is_empty()
            {
                let more = if ids.len() > MAX_LISTED { " and others" } else { "" };
                let listed = listed.join(", ");
                let names = self.display_names.as_ref();
                let name = names.map_or(name.as_str(), |names| &names[nodes[0].index()]);
                warnings
                    .push(format!("{listed} and {last}{more} have one name for people: {name}"));
            }
        }
    }

    /// Resolves the name of a zone that the scenario has at `path`.
    ///
    /// # Errors
    /// An unknown or ambiguous name, or the hub.
    pub fn zone(&self, name: &str, path: &str, source: &Source) -> Result<NodeId, Diagnostic> {
        let node = self.node(name, path, source)?;
        if self.hub == Some(node) {
            return Err(source.diagnostic(path, "the hub is no zone").label("expected a zone"));
        }
        Ok(node)
    }
}

fn display_name<'a>(id: &'a str, name: Option<&'a String>) -> Cow<'a, str> {
    printable(name.map_or(id, String::as_str))
}

fn check_zones(zones: &Zones, source: &Source) -> Result<(), Diagnostic> {
    let first = zones.named.first().map(|(id, _)| id);
    if let (Some(_), Some(id)) = (zones.generate, first) {
        let title = "zones are either generated or named, not both";
        let label = format!("expected no `generate` beside [zones.{id}]");
        return Err(source.key_diagnostic("zones.generate", title).label(label));
    }
    if let Some(placement) = &zones.place {
        check_placement(placement, zones, source)?;
    }
    let count = zones.named.len();
    if zones.generate.is_none() && count < 2 {
        let title =
            ["there are no zones", "a single zone has no other zone to share items with"][count];
        let help = "two zones or more are needed: [zones] with generate = 8, or a table such as \
                    [zones.cn] for each";
        let path = first.map_or("zones".into(), |id| format!("zones.{id}"));
        return Err(source.key_diagnostic(&path, title).help(help));
    }
    if count > MAX_ZONES as usize {
        let message = format!("{count} zones; expected at most {MAX_ZONES}");
        return Err(source.refusal("zones", &message));
    }
    zones.named.iter().try_for_each(|(id, _)| check_id(id, source))
}

fn check_placement(
    placement: &Placement,
    zones: &Zones,
    source: &Source,
) -> Result<(), Diagnostic> {
    if zones.generate.is_none() {
        let diagnostic = source.key_diagnostic("zones.place", "places without generated zones");
        return Err(match zones.named.first() {
            Some((id, _)) => diagnostic.label(format!("expected at = [..] in [zones.{id}]")),
            None => diagnostic.label("expected generate = 8, say, beside it"),
        });
    }
    let refuse =
        |key: &str, message: &str| Err(source.refusal(&format!("zones.place.{key}"), message));
    match placement {
        Placement::Box(Region { south, north, .. }) if south >= north => refuse(
            "box.north",
            "a box whose north is not above its south; expected more than `south`",
        ),
        Placement::Box(Region { west, east, .. }) if west == east => {
            refuse("box.east", "a box of no width; expected another number than `west`")
        }
        Placement::Near(Near { at, .. }) if at.0.is_empty() => {
            refuse("near.at", "zones near no seat; expected one place or more")
        }
        _ => Ok(()),
    }
}

fn check_id(id: &str, source: &Source) -> Result<(), Diagnostic> {
    let path = format!("zones.{id}");
    let is_allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if id.is_empty() || !id.chars().all(is_allowed) {
        let title = format!("`{id}` cannot be the id of a zone");
        let valid: String = id.to_lowercase().replace([' ', '-', '.'], "_");
        let label = if !valid.is_empty() && valid.chars().all(is_allowed) {
            format!("expected `{valid}`: lower-case letters, digits and _")
        } else {
            "expected lower-case letters a to z, digits and _".into()
        };
        return Err(source.key_diagnostic(&path, title).label(label));
    }
    if id == HUB {
        let title = "`hub` is the coordinating body, no zone";
        return Err(source.key_diagnostic(&path, title).label("expected another id, or [hub]"));
    }
    Ok(())
}

fn is_member(zone: &Zone) -> bool {
    zone.role == Role::Member
}
