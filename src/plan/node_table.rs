//! Names of a scenario to numbers of nodes.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::name_table::NameTable;
use super::{is_member, places};
use crate::geo::Place;
use crate::id::NodeId;
use crate::network::fault::NodeSet;
use crate::scenario::{
    BoundedU32, Diagnostic, MAX_ZONES, Near, Placement, Region, Scenario, Source, Zone, Zones,
    nearest, printable,
};

/// The nodes of a scenario by name.
pub struct NodeTable {
    /// The id of every node: zones in order, then the hub.
    pub ids: NameTable,
    /// Their names for people, where there are others than the ids.
    pub titles: Option<NameTable>,
    /// How many zones.
    pub zones: u32,
    /// The hub.
    pub hub: Option<NodeId>,
    /// The zone in which the hub is seated.
    pub seat: Option<NodeId>,
    /// Where nodes are, where that is known. The hub's seat is not filled in.
    pub places: Vec<Option<Place>>,
    /// Zones that only receive.
    pub observers: NodeSet,
    /// The numbers of names that do not tell them.
    numbers: BTreeMap<String, NodeId>,
    /// The nodes by their names for people in lower case, where they have one.
    titled: BTreeMap<String, Vec<NodeId>>,
}

/// No more nodes of one name are listed. A guess.
const MAX_LISTED: usize = 8;

/// The id of the co-ordinating body.
const HUB: &str = "hub";

impl NodeTable {
    /// Numbers the zones and the hub.
    pub fn new<E, C>(scenario: &Scenario<E, C>, source: &Source) -> Result<Self, Diagnostic> {
        let zones = &scenario.zones;
        check_zones(zones, source)?;
        let mut names = match zones.generate {
            Some(BoundedU32(count)) => Self::generated(count, zones.place.as_ref()),
            None => Self::named(&zones.named),
        };
        names.add_hub(scenario, source)?;
        Ok(names)
    }

    fn generated(count: u32, placement: Option<&Placement>) -> Self {
        let places = match placement {
            Some(placement) => places::places(placement, count).map(Some).collect(),
            None => vec![None; count as usize],
        };
        Self {
            ids: (0..count).map(|number| format!("z{number}")).collect(),
            titles: None,
            zones: count,
            hub: None,
            seat: None,
            places,
            observers: NodeSet::default(),
            numbers: BTreeMap::new(),
            titled: BTreeMap::new(),
        }
    }

    fn named(zones: &[(String, Zone)]) -> Self {
        let numbered = (0u32..).map(NodeId).zip(zones);
        let mut titled: BTreeMap<String, Vec<NodeId>> = BTreeMap::new();
        for (node, (_, zone)) in numbered.clone() {
            if let Some(name) = &zone.name {
                titled.entry(printable(name).to_lowercase()).or_default().push(node);
            }
        }
        let observers = numbered.clone().filter(|(_, (_, zone))| !is_member(zone));
        Self {
            ids: zones.iter().map(|(id, _)| id).collect(),
            titles: Some(zones.iter().map(|(id, zone)| title(id, zone.name.as_ref())).collect()),
            zones: zones.len() as u32,
            hub: None,
            seat: None,
            places: zones.iter().map(|(_, zone)| zone.at.map(|at| at.0)).collect(),
            observers: NodeSet::of(observers.map(|(node, _)| node)),
            numbers: numbered.map(|(node, (id, _))| (id.clone(), node)).collect(),
            titled,
        }
    }

    fn add_hub<E, C>(
        &mut self,
        scenario: &Scenario<E, C>,
        source: &Source,
    ) -> Result<(), Diagnostic> {
        let Some(hub) = &scenario.hub else { return Ok(()) };
        if hub.seat.is_some() && hub.at.is_some() {
            let title = "a hub has a seat in a zone or a place of its own, not both";
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
        let node = NodeId(self.zones);
        self.hub = Some(node);
        self.numbers.insert(HUB.into(), node);
        self.ids.push(HUB);
        if let Some(name) = &hub.name {
            self.titled.entry(printable(name).to_lowercase()).or_default().push(node);
        }
        match (&mut self.titles, &hub.name) {
            (None, None) => {}
            (titles, name) => titles
                .get_or_insert_with(|| self.ids.iter().take(self.zones as usize).collect())
                .push(&title(HUB, name.as_ref())),
        }
        self.places.push(hub.at.map(|at| at.0));
        Ok(())
    }

    /// The node of a name, if there is one.
    pub fn find(&self, name: &str) -> Option<NodeId> {
        let generated = || {
            let number: u32 = name.strip_prefix('z')?.parse().ok()?;
            let is_so_called = number < self.zones && &self.ids[number as usize] == name;
            is_so_called.then_some(NodeId(number))
        };
        self.numbers.get(name).copied().or_else(generated)
    }

    /// The node of a name in a table beside the scenario, which may be about other zones too.
    ///
    /// # Errors
    /// A name that is an id but for its case, said to be at that place.
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

    /// The zone whose latencies a node has: a zone itself, a hub that of its seat.
    pub fn seated(&self, node: NodeId) -> Option<NodeId> {
        if self.hub == Some(node) { self.seat } else { Some(node) }
    }

    /// The node of a name; the message points at `path` where there is none.
    pub fn node(&self, name: &str, path: &str, source: &Source) -> Result<NodeId, Diagnostic> {
        self.resolve(name).ok_or_else(|| self.unknown(name, source.diagnostic(path, "")))
    }

    /// The node that a scenario means: by its id, or else by its name for people if no other has it.
    pub fn resolve(&self, name: &str) -> Option<NodeId> {
        self.find(name).or_else(|| match self.called(name) {
            [node] => Some(*node),
            _ => None,
        })
    }

    /// The nodes with this name for people, in whatever case.
    fn called(&self, name: &str) -> &[NodeId] {
        self.titled.get(&printable(name).to_lowercase()).map_or(&[], Vec::as_slice)
    }

    /// Says at a place that there is no such node.
    pub fn unknown(&self, name: &str, at: Diagnostic) -> Diagnostic {
        if name == HUB {
            let diagnostic = at.title("there is no hub").label("expected the id of a zone");
            return diagnostic.help("a scenario with a hub has a table [hub]");
        }
        if let [first, second, ..] = self.called(name) {
            let [first, second] = [first, second].map(|node| &self.ids[node.index()]);
            let title = format!("`{name}` is the name of `{first}` and of `{second}`");
            return at.title(title).label("expected an id");
        }
        // A world of a million zones is not listed.
        let few: Vec<_> = self.ids.iter().take(1000).collect();
        let label = match self.near(name, &few) {
            Some(word) => format!("did you mean {word}?"),
            None if few.len() <= 12 => format!("expected one of {}", few.join(", ")),
            None => {
                format!("expected one of {} to {}", &self.ids[0], &self.ids[self.ids.len() - 1])
            }
        };
        at.title(format!("there is no zone `{name}`")).label(label)
    }

    /// The node that a word may be meant for: the one with this name for people, else with the
    /// nearest id, else with the nearest name.
    fn near(&self, word: &str, ids: &[&str]) -> Option<String> {
        let with_name = |node: NodeId| {
            let title = self.titles.as_ref().map_or("", |titles| &titles[node.index()]);
            format!("`{}`, called {title}", &self.ids[node.index()])
        };
        if let [node] = self.called(word) {
            return Some(with_name(*node));
        }
        let id = nearest(word, ids.iter().copied());
        id.map(|id| format!("`{id}`")).or_else(|| {
            let title = nearest(word, self.titled.keys().take(1000).map(String::as_str))?;
            self.titled[title].first().copied().map(with_name)
        })
    }

    /// Notices nodes that people cannot tell from each other by their names.
    pub fn warn_duplicates(&self, notices: &mut Vec<String>) {
        for (title, nodes) in &self.titled {
            let own = self.find(title).filter(|node| !nodes.contains(node));
            let ids = own.iter().chain(nodes).map(|node| format!("`{}`", &self.ids[node.index()]));
            let ids: Vec<_> = ids.collect();
            if let [few @ .., last] = &ids[..ids.len().min(MAX_LISTED)]
                && !few.is_empty()
            {
                let more = if ids.len() > MAX_LISTED { " and others" } else { "" };
                let few = few.join(", ");
                let title =
                    self.titles.as_ref().map_or(title.as_str(), |titles| &titles[nodes[0].index()]);
                notices.push(format!("{few} and {last}{more} have one name for people: {title}"));
            }
        }
    }

    /// The zone of a name: a node that is not the hub.
    pub fn zone(&self, name: &str, path: &str, source: &Source) -> Result<NodeId, Diagnostic> {
        let node = self.node(name, path, source)?;
        if self.hub == Some(node) {
            return Err(source.diagnostic(path, "the hub is no zone").label("expected a zone"));
        }
        Ok(node)
    }
}

/// What people are shown of a node.
fn title<'a>(id: &'a str, name: Option<&'a String>) -> Cow<'a, str> {
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
        let title = ["there are no zones", "a single zone has nobody to tell"][count];
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
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if id.is_empty() || !id.chars().all(fits) {
        let title = format!("`{id}` cannot be the id of a zone");
        let mended: String = id.to_lowercase().replace([' ', '-', '.'], "_");
        let label = if !mended.is_empty() && mended.chars().all(fits) {
            format!("expected `{mended}`: lower-case letters, digits and _")
        } else {
            "expected lower-case letters a to z, digits and _".into()
        };
        return Err(source.key_diagnostic(&path, title).label(label));
    }
    if id == HUB {
        let title = "`hub` is the co-ordinating body, no zone";
        return Err(source.key_diagnostic(&path, title).label("expected another id, or [hub]"));
    }
    Ok(())
}
