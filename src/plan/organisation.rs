//! Compiles `[workload.organisation]`: members, cells, and what their leads are like.

use std::sync::Arc;

use super::item_sizes::RandomSize;
use super::items;
use super::node_table::NodeTable;
use super::procedure::{self, unknown_language};
use super::publications::MAX_ITEMS;
use super::techniques::{Abilities, AskedZones};
use super::weights::Weights;
use crate::id::{Member, NodeId};
use crate::network::Network;
use crate::protocol::desk::{
    Fusion, LEAD_KINDS, LeadKind, LeadSource, Procedure, Reactions, WorkTime,
};
use crate::scenario::{self, Delay, Diagnostic, ListedLead, Loaded};
use crate::time::{NanoDuration, SimTime};

/// The organisation, in ticks and numbers.
#[derive(Clone, Debug)]
pub struct Organisation {
    pub members: u32,
    pub phantoms: u32,
    pub cells: u32,
    /// The homes of the first members; the others are drawn.
    pub homes: Vec<NodeId>,
    pub leads: Leads,
    pub kinds: Weights<LeadKind>,
    pub sources: Weights<Source>,
    /// Languages by number.
    pub languages: Weights<u8>,
    /// Bytes of the evidence of a lead: least and most.
    pub size: RandomSize,
    /// Bytes of an item that is no lead.
    pub item_bytes: u64,
    /// When a cell attacks; None if none does.
    pub attack: Option<WorkTime>,
    /// Probability that a warning brings the attack of a cell forward, and by when.
    pub hasty: Option<(f64, WorkTime)>,
    pub procedure: Arc<Procedure>,
    pub asked: AskedZones,
}

/// How leads arise.
#[derive(Clone, Debug)]
pub enum Leads {
    /// A Poisson process for each member until `until`, with a mean interval in ticks. With the
    /// probability `away` a lead is seen outside the home of the member.
    Drawn { mean_interval: f64, away: f64, until: SimTime },
    /// In the order of the file.
    Listed(Vec<Listed>),
}

/// A listed lead. What is None is drawn.
#[derive(Clone, Debug)]
pub struct Listed {
    pub seen: SimTime,
    pub origin: NodeId,
    pub member: Member,
    pub kind: Option<LeadKind>,
    pub source: Option<LeadSource>,
    pub language: Option<u8>,
    pub size: Option<RandomSize>,
}

/// A source of leads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Source {
    pub source: LeadSource,
    /// Share of its leads that are false.
    pub wrong: f64,
    /// From the sign until a zone sees it.
    pub delay: WorkTime,
}

/// Most languages: a set of them is a word.
const MAX_LANGUAGES: usize = 64;

const TABLE: &str = "workload.organisation";

/// Reads the table of the organisation.
pub struct Reader<'a, E, C> {
    loaded: &'a Loaded<E, C>,
    node_table: &'a NodeTable,
    stated: &'a scenario::Organisation,
}

impl<'a, E, C> Reader<'a, E, C> {
    /// Reads the table of a scenario.
    pub fn new(loaded: &'a Loaded<E, C>, node_table: &'a NodeTable) -> Self {
        Self { loaded, node_table, stated: &loaded.scenario.workload.organisation }
    }

    /// Compiles the organisation and how zones handle its leads.
    ///
    /// # Errors
    /// What cannot work or does not fit together, at its line.
    pub fn compile(&self, network: &Network) -> Result<Organisation, Diagnostic> {
        let Self { loaded, node_table, stated } = *self;
        let languages = self.language_names()?;
        let procedure = procedure::compile(loaded, node_table, &languages)?;
        self.check_adversary()?;
        let resolution = loaded.scenario.resolution;
        let item_bytes = RandomSize::new(loaded.scenario.workload.item_size).mean();
        let constant = |delay: Delay| delay.constant(resolution);
        let mut compiled = Organisation {
            members: stated.members.0,
            phantoms: stated.phantoms.0,
            cells: stated.cells.0,
            homes: self.homes()?,
            leads: self.leads(&languages)?,
            kinds: self.kinds()?,
            sources: self.sources()?,
            languages: self.languages()?,
            size: stated.size.map_or(RandomSize::constant(item_bytes), RandomSize::new),
            item_bytes,
            attack: stated.attack.map(|delay| delay.exponential(resolution)),
            hasty: stated.hasty_attack.map(|hasty| (hasty.probability.0, constant(hasty.after))),
            asked: AskedZones::default(),
            procedure: Arc::new(procedure),
        };
        if compiled.procedure.is_stated {
            let abilities = Abilities { procedure: &compiled.procedure, loaded, node_table };
            abilities.check_languages()?;
            compiled.asked = abilities.asked_zones(&compiled.kinds_that_arise(), network)?;
        }
        Ok(compiled)
    }

    fn refuse(&self, key: &str, title: impl Into<String>, label: impl Into<String>) -> Diagnostic {
        self.loaded.source.diagnostic(&format!("{TABLE}.{key}"), title).label(label)
    }

    /// How the organisation reacts.
    pub fn reactions(&self) -> Reactions {
        let ticks = |time: NanoDuration| time.ticks(self.loaded.scenario.resolution);
        let warning = self.stated.warning;
        Reactions {
            warning: ticks(warning),
            warning_others: ticks(self.stated.warning_others.unwrap_or(warning)),
            attack_needs: self.stated.attack_needs.map_or(1, |needs| needs.0),
        }
    }

    /// The shares of a table; `one` if there is none.
    fn weights<T>(
        &self,
        key: &str,
        shares: Option<impl Iterator<Item = (T, f64)>>,
        one: T,
    ) -> Result<Weights<T>, Diagnostic> {
        let Some(shares) = shares else { return Ok(Weights::one(one)) };
        Weights::new(shares).ok_or_else(|| {
            let label = "expected a share above 0";
            self.refuse(key, format!("the shares of `{key}` have no sum"), label)
        })
    }

    fn kinds(&self) -> Result<Weights<LeadKind>, Diagnostic> {
        let shares = self.stated.kinds.as_ref();
        let shares = shares.map(|shares| shares.0.iter().map(|&(kind, share)| (kind, share.0)));
        self.weights("kinds", shares, LeadKind::Propaganda)
    }

    fn sources(&self) -> Result<Weights<Source>, Diagnostic> {
        let resolution = self.loaded.scenario.resolution;
        let entries = self.stated.sources.as_ref().map_or(&[][..], |sources| &sources.0);
        let falsehood = entries.iter().find(|(_, stated)| stated.wrong.0 > 0.0);
        if let Some((source, _)) = falsehood.filter(|_| self.stated.phantoms.0 == 0) {
            let word = serde_json::to_value(source).unwrap_or_default();
            let key = format!("sources.{}.false", word.as_str().unwrap_or_default());
            let title = "false leads about nobody";
            return Err(self.refuse(&key, title, "expected phantoms = 1 or more in this table"));
        }
        let shares = self.stated.sources.as_ref().map(|sources| {
            sources.0.iter().map(|(source, stated)| {
                let delay = stated.delay.constant(resolution);
                (Source { source: *source, wrong: stated.wrong.0, delay }, stated.share.0)
            })
        });
        let usual = Source { source: LeadSource::Monitoring, wrong: 0.0, delay: WorkTime::NONE };
        self.weights("sources", shares, usual)
    }

    fn language_names(&self) -> Result<Vec<&'a str>, Diagnostic> {
        let entries = self.stated.languages.as_ref().map_or(&[][..], |languages| &languages.0);
        if entries.len() > MAX_LANGUAGES {
            let title = format!("{} languages", entries.len());
            let label = format!("expected at most {MAX_LANGUAGES}");
            return Err(self.refuse("languages", title, label));
        }
        Ok(entries.iter().map(|(name, _)| &name[..]).collect())
    }

    fn languages(&self) -> Result<Weights<u8>, Diagnostic> {
        let languages = self.stated.languages.as_ref();
        let shares = languages
            .map(|languages| (0..).zip(&languages.0).map(|(number, (_, share))| (number, share.0)));
        self.weights("languages", shares, 0)
    }

    fn homes(&self) -> Result<Vec<NodeId>, Diagnostic> {
        let listed = self.stated.homes.as_ref().map_or(&[][..], |homes| &homes.0);
        let people = self.stated.members.0 as usize + self.stated.phantoms.0 as usize;
        if listed.len() > people {
            let title = format!("{} homes for {people} members and phantoms", listed.len());
            return Err(self.refuse("homes", title, "expected no more than there are of them"));
        }
        let home =
            |(index, name): (usize, &String)| self.member_zone(name, &format!("homes.{index}"));
        listed.iter().enumerate().map(home).collect()
    }

    /// A zone that is no observer, at a key.
    fn member_zone(&self, name: &str, key: &str) -> Result<NodeId, Diagnostic> {
        let path = format!("{TABLE}.{key}");
        let node = self.node_table.zone(name, &path, &self.loaded.source)?;
        if self.node_table.observers.contains(node) {
            let title = format!("`{name}` is an observer, without leads and members");
            return Err(self.refuse(key, title, "expected a member"));
        }
        Ok(node)
    }

    fn leads(&self, languages: &[&str]) -> Result<Leads, Diagnostic> {
        let scenario::Organisation { lead_interval, away, until, leads, .. } = self.stated;
        let resolution = self.loaded.scenario.resolution;
        let Some(leads) = leads else {
            let until = until.map(|until| SimTime(0) + until.ticks(resolution));
            return Ok(Leads::Drawn {
                mean_interval: lead_interval.ns as f64 / resolution.ns as f64,
                away: away.0,
                until: until.unwrap_or(SimTime::NEVER),
            });
        };
        let is_stated = |key: &&&str| self.loaded.source.says(&format!("{TABLE}.{key}"));
        if let Some(key) = ["lead_interval", "away", "until"].iter().find(is_stated) {
            let path = format!("{TABLE}.{key}");
            let title = format!("`{key}` beside listed leads");
            let diagnostic = self.loaded.source.key_diagnostic(&path, title);
            return Err(diagnostic.label("expected it without `leads`"));
        }
        let listed = leads.0.iter().enumerate();
        let listed = listed.map(|(index, lead)| self.listed(lead, index, languages));
        Ok(Leads::Listed(listed.collect::<Result<_, _>>()?))
    }

    fn listed(
        &self,
        lead: &ListedLead,
        index: usize,
        languages: &[&str],
    ) -> Result<Listed, Diagnostic> {
        let key = |key: &str| format!("leads.{index}.{key}");
        let people = self.stated.members.0 + self.stated.phantoms.0;
        if lead.about >= people {
            let title = format!("a lead about number {} of {people}", lead.about);
            let label = format!("expected 0 to {}: members, then phantoms", people - 1);
            return Err(self.refuse(&key("about"), title, label));
        }
        let language = |name: &String| {
            let found = languages.iter().position(|language| language == name);
            found.map(|number| number as u8).ok_or_else(|| {
                let path = format!("{TABLE}.{}", key("language"));
                unknown_language(name, languages, self.loaded.source.diagnostic(&path, ""))
            })
        };
        Ok(Listed {
            seen: SimTime(0) + lead.at.ticks(self.loaded.scenario.resolution),
            origin: self.member_zone(&lead.from, &key("from"))?,
            member: Member(lead.about),
            kind: lead.kind,
            source: lead.source,
            language: lead.language.as_ref().map(language).transpose()?,
            size: lead.size.map(RandomSize::new),
        })
    }

    /// Checks cells and attacks.
    fn check_adversary(&self) -> Result<(), Diagnostic> {
        let scenario::Organisation { members, cells, attack, attack_needs, hasty_attack, .. } =
            self.stated;
        if cells.0 > members.0 {
            let title = format!("{} cells of {} members", cells.0, members.0);
            return Err(self.refuse("cells", title, "expected a member or more in each"));
        }
        if attack.is_none() {
            let unused = [
                ("attack_needs", attack_needs.is_some()),
                ("hasty_attack", hasty_attack.is_some()),
            ];
            if let Some((key, _)) = unused.iter().find(|(_, is_stated)| *is_stated) {
                let title = format!("`{key}` of cells that never attack");
                return Err(self.refuse(key, title, "expected attack = \"96h\", say, beside it"));
            }
        }
        let least = members.0 / cells.0;
        if let Some(needs) = attack_needs.filter(|needs| needs.0 > least) {
            let title = format!("an attack that needs {} of a cell of {least}", needs.0);
            return Err(self.refuse("attack_needs", title, format!("expected at most {least}")));
        }
        Ok(())
    }

    /// Checks the interval of leads, and the number of items, if a lead is told as so many.
    ///
    /// # Errors
    /// More leads than one a tick, or more items than a run may have.
    pub fn check_numbers(
        &self,
        compiled: &Organisation,
        horizon: SimTime,
        told: u64,
    ) -> Result<(), Diagnostic> {
        let source = &self.loaded.source;
        let resolution = self.loaded.scenario.resolution;
        let scenario::Organisation { members, lead_interval, .. } = self.stated;
        let per_lead = told + compiled.asked.most_per_lead();
        let findings = compiled.findings(self.node_table);
        let key = |key: &str| format!("{TABLE}.{key}");
        let (lead_interval_key, members_key) = (key("lead_interval"), key("members"));
        let path = source.first_said(&[&lead_interval_key, &members_key, "horizon"]);
        let allowed = MAX_ITEMS.saturating_sub(findings) / per_lead;
        let label = if told > 1 {
            format!("expected no more than {MAX_ITEMS} items, of which a lead may be {told}")
        } else if per_lead > 1 || findings > 0 {
            format!("expected no more than {MAX_ITEMS} leads, requests, answers and findings")
        } else {
            format!("expected no more than {MAX_ITEMS} leads before the horizon")
        };
        if let Leads::Listed(listed) = &compiled.leads {
            let title = format!("{} leads", listed.len());
            let is_many = listed.len() as u64 > allowed;
            return if is_many { Err(self.refuse("leads", title, label)) } else { Ok(()) };
        }
        let gap = lead_interval.ticks(resolution).0;
        if gap == 0 {
            let message = format!("a lead every {lead_interval} is more than one a tick");
            let label = format!("expected \"{resolution}\" or more");
            return Err(self.refuse("lead_interval", message, label));
        }
        let max = allowed / u64::from(members.0);
        if horizon.0 / gap > max {
            let title = format!("a lead every {lead_interval} about each of {} members", members.0);
            let min = items::min_interval(horizon, max, resolution);
            let help = format!("with these members and horizon: lead_interval = \"{min}\" or more");
            return Err(source.diagnostic(path, title).label(label).help(help));
        }
        Ok(())
    }
}

impl Organisation {
    /// The kinds of leads that there may be.
    fn kinds_that_arise(&self) -> Vec<LeadKind> {
        let is_drawn = |kind: LeadKind| self.kinds.iter().any(|(&other, _)| other == kind);
        let arises = |kind: &LeadKind| match &self.leads {
            Leads::Drawn { .. } => is_drawn(*kind),
            Leads::Listed(listed) => {
                listed.iter().any(|lead| lead.kind.map_or(is_drawn(*kind), |other| other == *kind))
            }
        };
        LEAD_KINDS.into_iter().filter(arises).collect()
    }

    /// Most findings in a run: one for each person and node that may identify them from elsewhere.
    fn findings(&self, node_table: &NodeTable) -> u64 {
        if !self.procedure.is_stated {
            return 0;
        }
        let nodes = (0..node_table.ids.len() as u32).map(NodeId);
        let finders = nodes
            .filter(|&node| procedure::assesses(&self.procedure, node, node_table.hub))
            .count();
        let people = u64::from(self.members) + u64::from(self.phantoms);
        match self.procedure.fusion {
            Fusion::Home => 0,
            Fusion::Hub(_) => people,
            Fusion::Everywhere => people * (finders as u64).saturating_sub(1),
        }
    }
}
