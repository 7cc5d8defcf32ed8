//! Names of a scenario to numbers of nodes.

use std::collections::BTreeMap;

use super::is_member;
use crate::fault::Group;
use crate::geo::Place;
use crate::id::NodeId;
use crate::scenario::{Degrees, Diagnostic, Scenario, Source, nearest};

/// The nodes of a scenario by name.
pub struct Names {
    /// The id of every node: zones in order, then the hub.
    pub ids: Vec<String>,
    /// Their names for people.
    pub titles: Vec<String>,
    /// How many zones.
    pub zones: u32,
    /// The hub.
    pub hub: Option<NodeId>,
    /// The zone in which the hub is seated.
    pub seat: Option<NodeId>,
    /// Where nodes are, where that is known. The hub's seat is not filled in.
    pub places: Vec<Option<Place>>,
    /// Zones that only receive.
    pub observers: Group,
    numbers: BTreeMap<String, NodeId>,
}

/// The id of the co-ordinating body.
const HUB: &str = "hub";

impl Names {
    /// Numbers the zones and the hub.
    pub fn new<E, C>(scenario: &Scenario<E, C>, source: &Source) -> Result<Self, Diagnostic> {
        let zones = &scenario.zones;
        let (mut ids, mut titles, mut places) = (Vec::new(), Vec::new(), Vec::new());
        if let Some(count) = zones.generate {
            if let Some((id, _)) = zones.named.first() {
                let title = "zones are either generated or named, not both";
                return Err(source.key_diagnostic(&format!("zones.{id}"), title));
            }
            ids.extend((0..count).map(|number| format!("z{number}")));
            places.resize(ids.len(), None);
        }
        for (id, zone) in &zones.named {
            check_id(id, source)?;
            ids.push(id.clone());
            titles.push(zone.name.clone().unwrap_or_else(|| id.clone()));
            places.push(place(zone.at, &format!("zones.{id}.at"), source)?);
        }
        if ids.len() < 2 {
            let title = format!("{} zones have nobody to tell", ["no", "single"][ids.len()]);
            let help = "[zones] needs generate = 8, or two or more tables such as [zones.cn]";
            return Err(source.key_diagnostic("zones", title).help(help));
        }
        if titles.is_empty() {
            titles.clone_from(&ids);
        }
        let observers = (0u32..).map(NodeId).zip(&zones.named);
        let observers = observers.filter(|(_, (_, zone))| !is_member(zone)).map(|(node, _)| node);
        let mut names = Self {
            zones: ids.len() as u32,
            observers: Group::of(observers),
            numbers: ids.iter().cloned().zip((0..).map(NodeId)).collect(),
            hub: None,
            seat: None,
            ids,
            titles,
            places,
        };
        names.add_hub(scenario, source)?;
        Ok(names)
    }

    fn add_hub<E, C>(
        &mut self,
        scenario: &Scenario<E, C>,
        source: &Source,
    ) -> Result<(), Diagnostic> {
        let Some(hub) = &scenario.hub else { return Ok(()) };
        if hub.seat.is_some() && hub.at.is_some() {
            let title = "a hub has a seat in a zone or a place of its own, not both";
            return Err(source.key_diagnostic("hub.at", title));
        }
        if let Some(seat) = &hub.seat {
            self.seat = Some(self.zone(seat, "hub.seat", source)?);
        }
        let node = NodeId(self.zones);
        self.hub = Some(node);
        self.numbers.insert(HUB.into(), node);
        self.ids.push(HUB.into());
        self.titles.push(hub.name.clone().unwrap_or_else(|| HUB.into()));
        self.places.push(place(hub.at, "hub.at", source)?);
        Ok(())
    }

    /// The node of a name; the message points at `path` where there is none.
    pub fn node(&self, name: &str, path: &str, source: &Source) -> Result<NodeId, Diagnostic> {
        if let Some(&node) = self.numbers.get(name) {
            return Ok(node);
        }
        let diagnostic = source.diagnostic(path, format!("there is no zone `{name}`"));
        // A world of a million zones is not listed.
        let few = &self.ids[..self.ids.len().min(1000)];
        Err(match nearest(name, few.iter().map(String::as_str)) {
            Some(word) => diagnostic.label(format!("did you mean `{word}`?")),
            None if few.len() <= 20 => {
                diagnostic.label(format!("expected one of {}", few.join(", ")))
            }
            None => diagnostic.label(format!(
                "expected one of {} to {}",
                self.ids[0],
                self.ids[self.ids.len() - 1]
            )),
        })
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

fn check_id(id: &str, source: &Source) -> Result<(), Diagnostic> {
    let path = format!("zones.{id}");
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if id.is_empty() || !id.chars().all(fits) {
        let label = "expected lower-case letters, digits and _";
        let title = format!("`{id}` cannot be the id of a zone");
        return Err(source.key_diagnostic(&path, title).label(label));
    }
    if id == HUB {
        let title = "`hub` is the co-ordinating body, no zone";
        return Err(source.key_diagnostic(&path, title).label("expected another id, or [hub]"));
    }
    Ok(())
}

fn place(
    at: Option<[Degrees; 2]>,
    path: &str,
    source: &Source,
) -> Result<Option<Place>, Diagnostic> {
    let Some([latitude, longitude]) = at else { return Ok(None) };
    if latitude.0.abs() > 90.0 {
        let title = format!("{} degrees north is beyond the pole", latitude.0);
        let label = "expected [north, east]: -90 to 90, then -180 to 180";
        return Err(source.diagnostic(path, title).label(label));
    }
    Ok(Some(Place { latitude: latitude.0, longitude: longitude.0 }))
}
