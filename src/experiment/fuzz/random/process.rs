//! The process of a random scenario: desks, laws, release rules, and an organisation with cells, kinds
//! and sources. It is drawn from a stream of its own and merged into a scenario with an organisation.

use toml::{Table, Value};

use super::draw::{ScenarioRng, list};
use super::world::{Hub, RandomWorld};

const KINDS: [&str; 5] = ["propaganda", "recruitment", "financing", "procurement", "travel"];
const SOURCES: [&str; 4] = ["monitoring", "provider", "public", "border"];
const LABELS: [&str; 4] = ["red", "amber", "green", "clear"];
const LANGUAGES: [&str; 5] = ["ru", "kg", "zh", "hi", "ur"];

/// Adds a process to most scenarios that have an organisation. The others keep their text.
pub fn add(seed: u64, world: &RandomWorld, toml: String) -> String {
    if !toml.contains("[workload.organisation]") {
        return toml;
    }
    let mut draw = ScenarioRng::process(seed);
    if draw.percent(30) {
        return toml;
    }
    let mut table: Table = toml.parse().expect("a drawn scenario is TOML");
    let members = number(&table, ["workload", "organisation", "members"]);
    let mut process = Process::draw(&mut draw, world, members);
    // It tells every zone of every item, so that most policies are refused.
    let chosen = table.get("exchange").and_then(|exchange| exchange.get("use"));
    process.has_release &= chosen.and_then(Value::as_str) != Some("log");
    let text = process.tables(&mut draw);
    without_refused(&mut table, world, &text);
    merge(&mut table, text.parse().expect("a drawn process is TOML"));
    table.to_string()
}

fn number(table: &Table, [first, second, third]: [&str; 3]) -> u64 {
    table[first][second][third].as_integer().map_or(1, |number| number as u64)
}

/// Removes what a scenario with this process may not state.
fn without_refused(table: &mut Table, world: &RandomWorld, process: &str) {
    let zones = table.get_mut("zones").and_then(Value::as_table_mut);
    for (id, zone) in zones.into_iter().flatten() {
        if let Some(observer) = zone.as_table_mut().filter(|_| !world.members.contains(id)) {
            observer.remove("labs");
        }
    }
    if process.contains("\nleads = ")
        && let Some(organisation) = table["workload"]["organisation"].as_table_mut()
    {
        for key in ["lead_interval", "away", "until"] {
            organisation.remove(key);
        }
    }
}

fn merge(table: &mut Table, more: Table) {
    for (key, value) in more {
        match (table.get_mut(&key), value) {
            (Some(Value::Table(inner)), Value::Table(more)) => merge(inner, more),
            (_, value) => drop(table.insert(key, value)),
        }
    }
}

/// What the parts of a process have to agree on.
struct Process<'a> {
    world: &'a RandomWorld,
    members: u64,
    phantoms: u64,
    fusion: &'static str,
    /// Whether officers decide on what zones may tell.
    has_release: bool,
    /// The languages of leads; none if they have no language.
    languages: Vec<String>,
    /// A node that translates and a zone with all techniques, so that every lead can be assessed.
    translator: String,
    able: String,
}

impl<'a> Process<'a> {
    fn draw(draw: &mut ScenarioRng, world: &'a RandomWorld, members: u64) -> Self {
        let has_hub = world.hub != Hub::None;
        let fusions = ["everywhere", "home", if has_hub { "hub" } else { "home" }];
        let fusion = draw.pick(&fusions);
        let languages = if draw.percent(60) { draw.some(&names(&LANGUAGES)) } else { Vec::new() };
        let able = draw.pick(&world.members);
        Self {
            world,
            members,
            phantoms: if draw.percent(50) { draw.between(1, 4) } else { 0 },
            fusion,
            has_release: draw.percent(50),
            languages,
            translator: if fusion == "hub" { "hub".into() } else { able.clone() },
            able,
        }
    }

    fn tables(&self, draw: &mut ScenarioRng) -> String {
        let mut text = self.desk(draw) + &self.law(draw);
        if self.world.named {
            for zone in &self.world.members {
                text += &format!("[zones.{zone}]\n{}", self.zone(draw, zone));
            }
        }
        if self.world.hub != Hub::None {
            text += &format!("[hub]\n{}", self.hub(draw));
        }
        if self.has_release {
            text += &self.release(draw);
        }
        text + "[workload.organisation]\n" + &self.organisation(draw) + &self.adversary(draw)
    }

    fn desk(&self, draw: &mut ScenarioRng) -> String {
        let mut text = format!("[desk]\nfusion = \"{}\"\n", self.fusion);
        text += &key(draw, 50, "labs", |draw| draw.between(1, 3).to_string());
        text += &key(draw, 40, "priority", |draw| draw.pick(&["true", "false"]).into());
        text += &format!("translation = {}\n", self.delay(draw, 80));
        // What a table of its own cannot add, a generated zone must have.
        if self.world.named || self.fusion == "hub" {
            text += &key(draw, 40, "translators", |draw| draw.between(0, 2).to_string());
        }
        text += &self.reads(draw, 50);
        if self.world.named {
            text += &key(draw, 30, "techniques", kinds);
        }
        text
    }

    fn law(&self, draw: &mut ScenarioRng) -> String {
        let mut text = "[law]\n".to_owned();
        text += &key(draw, 30, "needs", |draw| draw.between(1, 3).to_string());
        text += &key(draw, 30, "recognises", kinds);
        text += &key(draw, 40, "warrant", |draw| self.delay(draw, 200));
        text += &key(draw, 40, "teams", |draw| draw.between(1, 2).to_string());
        text + &key(draw, 40, "strike", |draw| self.delay(draw, 100))
    }

    /// The keys of a member.
    fn zone(&self, draw: &mut ScenarioRng, id: &str) -> String {
        let mut text = self.staff(draw, id);
        text += &key(draw, 20, "needs", |draw| draw.between(1, 3).to_string());
        text += &key(draw, 20, "recognises", kinds);
        text += &key(draw, 20, "warrant", |draw| self.delay(draw, 300));
        if self.has_release {
            text += &key(draw, 20, "officers", |draw| draw.between(1, 2).to_string());
        }
        text + &key(draw, 20, "teams", |draw| draw.between(1, 2).to_string())
    }

    /// The desk and the registry of the hub. What waits for clerks is not judged.
    fn hub(&self, draw: &mut ScenarioRng) -> String {
        let mut text = if self.fusion == "hub" { self.staff(draw, "hub") } else { String::new() };
        if draw.percent(if self.world.is_judged { 10 } else { 30 }) {
            text += &format!("handling = {}\n", self.delay(draw, 60));
            text += &key(draw, 70, "clerks", |draw| draw.between(1, 3).to_string());
        }
        text
    }

    /// Labels and rules, often for nodes that need what they are denied.
    fn release(&self, draw: &mut ScenarioRng) -> String {
        let mut text = format!("[release]\napproval = {}\n", self.delay(draw, 60));
        text += &key(draw, 40, "officers", |draw| draw.between(1, 3).to_string());
        text += &key(draw, 40, "delay", |draw| self.delay(draw, 300));
        text += &key(draw, 60, "tlp", |draw| {
            let labels = draw.some(&names(&LABELS));
            shares(draw, &labels)
        });
        text += &key(draw, 40, "orcon", |draw| draw.share(1.0));
        text + &key(draw, 60, "rules", |draw| {
            let rules: Vec<_> = (0..draw.between(1, 6)).map(|_| self.rule(draw)).collect();
            format!("[{}]", rules.join(", "))
        })
    }

    fn rule(&self, draw: &mut ScenarioRng) -> String {
        let mut keys = Vec::new();
        for (key, percent) in [("from", 60), ("to", 80)] {
            if draw.percent(percent) {
                let nodes = match draw.between(1, 10) {
                    1 => "\"*\"".into(),
                    2..=6 => format!("{:?}", draw.pick(&self.world.nodes)),
                    _ => list(&draw.some(&self.world.nodes)),
                };
                keys.push(format!("{key} = {nodes}"));
            }
        }
        if draw.percent(30) {
            keys.push(format!("kind = {}", kinds(draw)));
        }
        if draw.percent(30) {
            keys.push(format!("tlp = {}", list(&draw.some(&names(&LABELS)))));
        }
        match draw.between(1, 10) {
            1 => {}
            2..=5 => keys.push("deny = true".into()),
            _ => keys.push(format!("delay = {}", self.delay(draw, 300))),
        }
        format!("{{ {} }}", keys.join(", "))
    }

    /// What a zone and the hub may state of their desks.
    fn staff(&self, draw: &mut ScenarioRng, id: &str) -> String {
        let mut text = self.reads(draw, 30);
        text += &key(draw, 20, "labs", |draw| draw.between(1, 3).to_string());
        text += &if id == self.translator {
            format!("translators = {}\n", draw.between(1, 2))
        } else {
            key(draw, 20, "translators", |draw| draw.between(0, 2).to_string())
        };
        text + &if id == self.able {
            format!("techniques = {}\n", list(&names(&KINDS)))
        } else {
            key(draw, 30, "techniques", kinds)
        }
    }

    /// The languages that analysts read.
    fn reads(&self, draw: &mut ScenarioRng, share: u64) -> String {
        if self.languages.is_empty() {
            return String::new();
        }
        key(draw, share, "languages", |draw| list(&draw.some(&self.languages)))
    }

    fn organisation(&self, draw: &mut ScenarioRng) -> String {
        let mut text =
            format!("assessment = {}\nphantoms = {}\n", self.delay(draw, 60), self.phantoms);
        text += &key(draw, 60, "kinds", |draw| {
            let kinds = some_kinds(draw);
            shares(draw, &kinds)
        });
        if !self.languages.is_empty() {
            text += &format!("languages = {}\n", shares(draw, &self.languages));
        }
        text += &key(draw, 60, "sources", |draw| self.sources(draw));
        text += &key(draw, 40, "size", size);
        let people = self.members + self.phantoms;
        text += &key(draw, 20, "homes", |draw| {
            let homes = draw.between(1, people);
            let homes: Vec<_> = (0..homes).map(|_| draw.pick(&self.world.members)).collect();
            list(&homes)
        });
        text + &key(draw, 20, "leads", |draw| {
            let leads: Vec<_> = (0..draw.between(1, 30)).map(|_| self.lead(draw)).collect();
            format!("[{}]", leads.join(", "))
        })
    }

    fn adversary(&self, draw: &mut ScenarioRng) -> String {
        let cells = draw.between(1, self.members.min(4));
        let mut text = format!("cells = {cells}\n");
        text += &key(draw, 50, "warning_others", |draw| self.world.wait(draw, 0, 4_000));
        if draw.percent(60) {
            text += &format!("attack = {}\n", self.delay(draw, 6_000));
            let least = self.members / cells;
            text += &key(draw, 50, "attack_needs", |draw| draw.between(1, least).to_string());
            text += &key(draw, 50, "hasty_attack", |draw| {
                format!(
                    "{{ probability = {}, after = {} }}",
                    draw.share(1.0),
                    self.delay(draw, 400)
                )
            });
        }
        text
    }

    fn sources(&self, draw: &mut ScenarioRng) -> String {
        let sources = draw.some(&names(&SOURCES)).into_iter().map(|source| {
            let wrong = if self.phantoms > 0 { draw.share(0.6) } else { "0.0".into() };
            let delay = self.delay(draw, 200);
            let share = draw.between(1, 4);
            format!("{source} = {{ share = {share}.0, false = {wrong}, delay = {delay} }}")
        });
        format!("{{ {} }}", sources.collect::<Vec<_>>().join(", "))
    }

    fn lead(&self, draw: &mut ScenarioRng) -> String {
        let moment = self.world.moment(draw);
        let at = self.world.time(draw, moment);
        let from = draw.pick(&self.world.members);
        let about = draw.between(0, self.members + self.phantoms - 1);
        let mut more = Vec::new();
        if draw.percent(40) {
            more.push(format!(", kind = {:?}", draw.pick(&KINDS)));
        }
        if draw.percent(40) {
            more.push(format!(", source = {:?}", draw.pick(&SOURCES)));
        }
        if !self.languages.is_empty() && draw.percent(40) {
            more.push(format!(", language = {:?}", draw.pick(&self.languages)));
        }
        if draw.percent(40) {
            more.push(format!(", size = {}", size(draw)));
        }
        format!("{{ at = {at}, from = {from:?}, about = {about}{} }}", more.concat())
    }

    /// A time of up to about `max` ticks, of any distribution.
    fn delay(&self, draw: &mut ScenarioRng, max: u64) -> String {
        let time = |draw: &mut ScenarioRng| self.world.wait(draw, 0, max);
        match draw.between(1, 5) {
            1 | 2 => time(draw),
            3 => format!("{{ constant = {} }}", time(draw)),
            4 => format!("{{ exponential = {} }}", time(draw)),
            _ => {
                let least = self.world.wait(draw, 0, max / 2);
                // The bounds differ by a tick, though they may have fractions.
                let most = self.world.wait(draw, max / 2 + 16, max + 16);
                format!("{{ uniform = [{least}, {most}] }}")
            }
        }
    }
}

fn names(of: &[&str]) -> Vec<String> {
    of.iter().map(|&name| name.to_owned()).collect()
}

/// A key with a value, with a probability in percent.
fn key(
    draw: &mut ScenarioRng,
    percent: u64,
    key: &str,
    value: impl FnOnce(&mut ScenarioRng) -> String,
) -> String {
    if draw.percent(percent) { format!("{key} = {}\n", value(draw)) } else { String::new() }
}

/// Some kinds of leads.
fn some_kinds(draw: &mut ScenarioRng) -> Vec<String> {
    let mut kinds = draw.shuffled(names(&KINDS));
    kinds.truncate(draw.between(1, KINDS.len() as u64) as usize);
    kinds
}

fn kinds(draw: &mut ScenarioRng) -> String {
    list(&some_kinds(draw))
}

/// A table of shares, the first above 0.
fn shares(draw: &mut ScenarioRng, of: &[String]) -> String {
    let share = |(index, name): (usize, &String)| {
        let share = if index == 0 { "1.0" } else { draw.pick(&["0.0", "0.5", "1.0", "3.0"]) };
        format!("{name} = {share}")
    };
    let shares: Vec<_> = of.iter().enumerate().map(share).collect();
    format!("{{ {} }}", shares.join(", "))
}

/// The size of the evidence of a lead, sometimes more than a network with a bandwidth carries at once.
fn size(draw: &mut ScenarioRng) -> String {
    let most = draw.between(0, 300);
    if draw.percent(50) {
        format!("\"{most}B\"")
    } else {
        format!("{{ uniform = [\"{}B\", \"{most}B\"] }}", draw.between(0, most))
    }
}
