//! Compiles how zones handle leads: `[desk]`, `[law]` and the keys of zones and the hub.

use super::node_table::NodeTable;
use crate::id::NodeId;
use crate::protocol::desk::{Fusion, KindSet, LanguageSet, Procedure, Staff, UNLIMITED, WorkTime};
use crate::scenario::{
    Diagnostic, HubSeat, Languages, LeadKinds, Loaded, Role, Servers, StatedFusion, Translators,
    WorkloadKind, Zone, nearest,
};

/// Keys that do not state a procedure, by table.
const WITHOUT_PROCEDURE: [(&str, &[&str]); 2] = [
    (
        "workload.organisation",
        &["members", "lead_interval", "until", "away", "corroboration", "assessment", "warning"],
    ),
    ("hub", &["name", "seat", "at", "deputy", "clock", "uplink", "downlink"]),
];

/// Keys of a zone that do not state a procedure.
const OF_ZONES: [&str; 7] = ["name", "at", "labs", "role", "clock", "uplink", "downlink"];

/// Whether the scenario states how zones handle leads: it has one of the tables, or a key of them.
fn is_stated<E, C>(loaded: &Loaded<E, C>) -> bool {
    let Loaded { scenario, source, .. } = loaded;
    let has_key = |table: &str, except: &[&str]| {
        let key = |path: &str| path[table.len() + 1..].split('.').next().map(str::to_owned);
        let mut keys = source.paths_below(table).filter_map(key);
        keys.any(|key| !except.contains(&&key[..]))
    };
    let mut zones = scenario.zones.named.iter();
    scenario.workload.chosen == WorkloadKind::Organisation
        && (["desk", "law", "release"].iter().any(|table| source.says(table))
            || WITHOUT_PROCEDURE.iter().any(|(table, except)| has_key(table, except))
            || zones.any(|(id, _)| has_key(&format!("zones.{id}"), &OF_ZONES)))
}

/// Compiles the procedure; `languages` are the languages of leads by number.
///
/// # Errors
/// A language that no lead has, an observer with staff, or a hub that assesses without being there.
pub fn compile<E, C>(
    loaded: &Loaded<E, C>,
    node_table: &NodeTable,
    languages: &[&str],
) -> Result<Procedure, Diagnostic> {
    let scenario = &loaded.scenario;
    let is_stated = is_stated(loaded);
    let (desk, law) = (&scenario.desk, &scenario.law);
    let resolution = scenario.resolution;
    let reader = Reader { loaded, languages };
    let default = if is_stated { reader.default()? } else { reader.without_procedure() };
    let time = |stated: WorkTime| if is_stated { stated } else { WorkTime::NONE };
    Ok(Procedure {
        is_stated,
        fusion: if is_stated { fusion(loaded, node_table.hub)? } else { Fusion::Everywhere },
        priority: desk.priority,
        translation: time(desk.translation.exponential(resolution)),
        assessment: scenario.workload.organisation.assessment.exponential(resolution),
        approval: time(approval(loaded)),
        strike: time(law.strike.constant(resolution)),
        staff: reader.staff(&default, is_stated, node_table.hub.is_some())?,
        default,
    })
}

/// Who assesses a lead.
fn fusion<E, C>(loaded: &Loaded<E, C>, hub: Option<NodeId>) -> Result<Fusion, Diagnostic> {
    Ok(match (loaded.scenario.desk.fusion, hub) {
        (StatedFusion::Everywhere, _) => Fusion::Everywhere,
        (StatedFusion::Home, _) => Fusion::Home,
        (StatedFusion::Hub, Some(hub)) => Fusion::Hub(hub),
        (StatedFusion::Hub, None) => {
            let title = "there is no hub to assess leads";
            let diagnostic = loaded.source.diagnostic("desk.fusion", title);
            let label = "expected \"everywhere\" or \"home\", or a table [hub]";
            return Err(diagnostic.label(label));
        }
    })
}

/// Time of an officer for a decision; none without a table `[release]`.
fn approval<E, C>(loaded: &Loaded<E, C>) -> WorkTime {
    let release = loaded.scenario.release.as_ref();
    release
        .map_or(WorkTime::NONE, |release| release.approval.exponential(loaded.scenario.resolution))
}

struct Reader<'a, E, C> {
    loaded: &'a Loaded<E, C>,
    languages: &'a [&'a str],
}

/// What a zone and the hub may state of their desks.
struct StatedDesk<'a> {
    labs: Option<Servers>,
    translators: Option<Translators>,
    languages: Option<&'a Languages>,
    techniques: Option<&'a LeadKinds>,
}

impl<E, C> Reader<'_, E, C> {
    /// The staff of a zone in a scenario without a procedure: it has labs, and nothing else takes time.
    fn without_procedure(&self) -> Staff {
        let scenario = &self.loaded.scenario;
        Staff {
            assesses: true,
            labs: scenario.desk.labs.0,
            translators: UNLIMITED,
            languages: LanguageSet::ALL,
            techniques: KindSet::ALL,
            officers: UNLIMITED,
            needs: scenario.workload.organisation.corroboration.0,
            recognises: KindSet::ALL,
            warrant: WorkTime::NONE,
            teams: UNLIMITED,
        }
    }

    /// The staff of a zone that states nothing.
    fn default(&self) -> Result<Staff, Diagnostic> {
        let scenario = &self.loaded.scenario;
        let (desk, law) = (&scenario.desk, &scenario.law);
        let stated = StatedDesk {
            labs: None,
            translators: None,
            languages: desk.languages.as_ref(),
            techniques: desk.techniques.as_ref(),
        };
        let plain = self.without_procedure();
        let staff = Staff {
            translators: desk.translators.0,
            needs: law.needs.map_or(plain.needs, |needs| needs.0),
            recognises: law.recognises.as_ref().map_or(KindSet::ALL, kinds),
            warrant: law.warrant.constant(scenario.resolution),
            officers: scenario.release.as_ref().map_or(UNLIMITED, |release| release.officers.0),
            teams: law.teams.map_or(UNLIMITED, |teams| teams.0),
            ..plain
        };
        self.with_desk(&stated, staff, "desk")
    }

    /// The staff with what the table at `path` states of its desk.
    fn with_desk(
        &self,
        stated: &StatedDesk<'_>,
        staff: Staff,
        path: &str,
    ) -> Result<Staff, Diagnostic> {
        let languages = match stated.languages {
            Some(listed) => self.languages(listed, &format!("{path}.languages"))?,
            None => staff.languages,
        };
        Ok(Staff {
            labs: stated.labs.map_or(staff.labs, |labs| labs.0),
            translators: stated.translators.map_or(staff.translators, |servers| servers.0),
            languages,
            techniques: stated.techniques.map_or(staff.techniques, kinds),
            ..staff
        })
    }

    /// The staff by node; empty if all have the default.
    fn staff(
        &self,
        default: &Staff,
        is_stated: bool,
        has_hub: bool,
    ) -> Result<Vec<Staff>, Diagnostic> {
        let zones = &self.loaded.scenario.zones;
        let hub = self.loaded.scenario.hub.as_ref().filter(|_| has_hub);
        let named = zones.named.iter().map(|(id, zone)| self.of_zone(id, zone, default, is_stated));
        let mut staff = named.collect::<Result<Vec<_>, _>>()?;
        if let Some(hub) = hub.filter(|_| is_stated) {
            let generated = zones.generate.map_or(0, |count| count.0);
            staff.extend(std::iter::repeat_n(*default, generated as usize));
            staff.push(self.of_hub(hub, default)?);
        }
        Ok(staff)
    }

    fn of_zone(
        &self,
        id: &str,
        zone: &Zone,
        default: &Staff,
        is_stated: bool,
    ) -> Result<Staff, Diagnostic> {
        if !is_stated {
            return Ok(Staff { labs: zone.labs.map_or(default.labs, |labs| labs.0), ..*default });
        }
        if zone.role == Role::Observer {
            self.check_observer(id)?;
            return Ok(Staff { assesses: false, ..*default });
        }
        let stated = StatedDesk {
            labs: zone.labs,
            translators: zone.translators,
            languages: zone.languages.as_ref(),
            techniques: zone.techniques.as_ref(),
        };
        let resolution = self.loaded.scenario.resolution;
        let staff = Staff {
            needs: zone.needs.map_or(default.needs, |needs| needs.0),
            recognises: zone.recognises.as_ref().map_or(default.recognises, kinds),
            warrant: zone.warrant.map_or(default.warrant, |delay| delay.constant(resolution)),
            officers: zone.officers.map_or(default.officers, |officers| officers.0),
            teams: zone.teams.map_or(default.teams, |teams| teams.0),
            ..*default
        };
        self.with_desk(&stated, staff, &format!("zones.{id}"))
    }

    fn of_hub(&self, hub: &HubSeat, default: &Staff) -> Result<Staff, Diagnostic> {
        let stated = StatedDesk {
            labs: hub.labs,
            translators: hub.translators,
            languages: hub.languages.as_ref(),
            techniques: hub.techniques.as_ref(),
        };
        let assesses = self.loaded.scenario.desk.fusion == StatedFusion::Hub;
        self.with_desk(&stated, Staff { assesses, ..*default }, "hub")
    }

    /// An observer neither handles leads nor acts.
    fn check_observer(&self, id: &str) -> Result<(), Diagnostic> {
        let source = &self.loaded.source;
        let table = format!("zones.{id}");
        let begin = table.len() + 1;
        let is_plain = |path: &str| {
            let key = path[begin..].split('.').next().unwrap_or_default();
            key != "labs" && OF_ZONES.contains(&key)
        };
        let Some(path) = source.paths_below(&table).find(|path| !is_plain(path)) else {
            return Ok(());
        };
        let title = format!("`{id}` is an observer, and has no `{}`", &path[begin..]);
        Err(source.key_diagnostic(path, title).label("expected it of a member"))
    }

    /// The numbers of languages.
    fn languages(&self, listed: &Languages, path: &str) -> Result<LanguageSet, Diagnostic> {
        let number = |(index, name): (usize, &String)| {
            let found = self.languages.iter().position(|language| language == name);
            let path = || format!("{path}.{index}");
            found.map(|number| number as u8).ok_or_else(|| self.unknown_language(name, &path()))
        };
        let numbers = listed.0.iter().enumerate().map(number).collect::<Result<Vec<_>, _>>()?;
        Ok(LanguageSet::collect(numbers))
    }

    fn unknown_language(&self, name: &str, path: &str) -> Diagnostic {
        let source = &self.loaded.source;
        unknown_language(name, self.languages, source.diagnostic(path, ""))
    }
}

/// Turns `at`, which holds a position, into the diagnostic for a language that no lead has.
pub fn unknown_language(name: &str, languages: &[&str], at: Diagnostic) -> Diagnostic {
    let label = match nearest(name, languages.iter().copied()) {
        Some(language) => format!("did you mean `{language}`?"),
        None if languages.is_empty() => {
            "expected it among `languages` of [workload.organisation]".into()
        }
        None => format!("expected one of {}", languages.join(", ")),
    };
    at.title(format!("no lead is in `{name}`")).label(label)
}

fn kinds(listed: &LeadKinds) -> KindSet {
    KindSet::collect(listed.0.iter().copied())
}

/// Whether a node assesses leads, or some of them, that it learns.
pub fn assesses(procedure: &Procedure, node: NodeId, hub: Option<NodeId>) -> bool {
    match procedure.fusion {
        Fusion::Hub(hub) => node == hub,
        Fusion::Everywhere | Fusion::Home => hub != Some(node) && procedure.staff(node).assesses,
    }
}
