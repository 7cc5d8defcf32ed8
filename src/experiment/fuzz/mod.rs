//! The hunt: random worlds until a promise breaks, and the smallest world in which the same one
//! still does.

pub mod random;
mod reductions;
mod shrink;
mod simplify;

pub use shrink::shrink;

use crate::engine::{self, Engine};
use crate::experiment::fuzz::random::{Protocols, Scenario};
use crate::experiment::run::Runner;
use crate::metrics::invariants::{self, Reason, Violation};
use crate::plan::{Plan, PlanOf};
use crate::protocol::node;
use crate::scenario::{self, Diagnostic, Inputs};
use crate::time::{NanoDuration, SimDuration};
use toml::{Table, Value};

/// A world lasts no longer, in ticks, than this after all that is drawn to happen, or than that where a
/// coordination may talk all the time. Guesses: some seconds for the worst of them.
const MAX_REST: u64 = 2_000_000;
const MAX_REST_OF_AN_OPERATION: u64 = 300_000;

/// More items than this are not listed to be shrunk. A guess.
const MAX_LISTED: usize = 5_000;

/// What is hunted in: a scenario, what is put over it, and the seed of its run.
#[derive(Clone, Debug)]
pub struct TestCase {
    /// The scenario and its files.
    pub scenario: Scenario,
    /// Values put over it.
    pub set: Vec<String>,
    /// The seed.
    pub seed: u64,
    /// The files on the disk that those values name.
    pub inputs: Inputs,
}

/// What came of a run.
#[derive(Clone, Debug, PartialEq)]
pub enum CaseResult {
    /// All promises held; why no delivery was due in it, if none was.
    Held(Option<Reason>),
    /// One did not.
    Broke(Violation),
    /// There was no run: the scenario cannot be, or a protocol does not work in it.
    Refused(String),
}

impl TestCase {
    /// The random world of a seed.
    pub fn of<P: node::Protocols>(
        seed: u64,
        protocols: &Protocols,
        set: &[String],
        inputs: &Inputs,
    ) -> Self {
        let scenario = random::lasting(seed, protocols, 0);
        let brief = Self { scenario, set: set.to_vec(), seed, inputs: inputs.clone() };
        // A protocol that panics here does so again when it is tried.
        match engine::catch(|| brief.time_to_judge::<P>()) {
            Ok(Some(SimDuration(ticks))) => {
                let scenario = random::lasting(seed, protocols, ticks + 4 * random::FAULTS_END);
                Self { scenario, ..brief }
            }
            Ok(None) | Err(_) => brief,
        }
    }

    /// How much longer it must last for all to be due, if that is not too long.
    fn time_to_judge<P: node::Protocols>(&self) -> Option<SimDuration> {
        let plan = self.plan::<P>().ok()?;
        let is_operation = plan.workload.members > 0;
        let most = if is_operation { MAX_REST_OF_AN_OPERATION } else { MAX_REST };
        invariants::time_to_judge::<P::Exchange, _>(&plan, self.seed)
            .filter(|&SimDuration(ticks)| ticks <= most)
    }

    /// Whether there can be a run of it.
    ///
    /// # Errors
    /// What is wrong with it: a protocol may refuse a world that it cannot work in.
    pub fn check<P: node::Protocols>(&self) -> Result<(), Diagnostic> {
        self.plan::<P>().map(drop)
    }

    /// The same, with what was put over the scenario in it, and the files on the disk that it then
    /// names beside it. None if it cannot be read.
    pub fn folded(&self) -> Option<Self> {
        let mut folded = self.clone();
        let mut table = scenario::merged(&self.scenario.toml, &self.set).ok()?;
        for (path, text) in self.inputs.texts() {
            let name = path.file_name()?.to_string_lossy().into_owned();
            if rename_in(&mut table, &path.display().to_string(), &name) {
                folded.scenario.files.retain(|(file, _)| *file != name);
                folded.scenario.files.push((name, text.to_string()));
            }
        }
        folded.scenario.toml = table.to_string();
        folded.set.clear();
        folded.drop_files();
        Some(folded)
    }

    /// The same, the names of its files behind a word, which tells them from those of others in a
    /// folder.
    pub fn with_named_files(&self, word: &str) -> Self {
        let Ok(mut table) = self.scenario.toml.parse::<Table>() else { return self.clone() };
        let mut named = self.clone();
        for (file, _) in &mut named.scenario.files {
            let name = format!("{word}-{file}");
            rename_in(&mut table, file, &name);
            *file = name;
        }
        named.scenario.toml = table.to_string();
        named
    }

    /// The same, with the faults that its nemesis draws listed instead of it. None where it has no
    /// nemesis.
    fn with_listed_faults<P: node::Protocols>(&self) -> Option<Self> {
        let plan = self.plan::<P>().ok()?;
        let mut table: Table = self.scenario.toml.parse().ok()?;
        table.remove("nemesis")?;
        let schedule = plan.schedule(self.seed);
        let listed: String = schedule.faults().iter().map(|one| plan.fault_toml(one)).collect();
        let mut listed: Table = listed.parse().ok()?;
        table.remove("fault");
        table.extend(listed.remove("fault").map(|faults| ("fault".to_owned(), faults)));
        Some(self.of_table(&table))
    }

    /// The same, with the items that are drawn listed. None where there are none to list.
    fn with_listed_items<P: node::Protocols>(&self) -> Option<Self> {
        let plan = self.plan::<P>().ok()?;
        let items = plan.realize(self.seed).items;
        if plan.workload.members > 0 || items.is_empty() || items.len() > MAX_LISTED {
            return None;
        }
        let at = items.iter().map(|item| {
            let ns = item.due.0.saturating_mul(plan.resolution.ns);
            Value::String(NanoDuration::from_ns(ns).to_string())
        });
        let from = items.iter().map(|item| Value::String(plan.names[item.origin.index()].into()));
        let lists = [("at", at.collect()), ("from", from.collect())];
        let lists = lists.map(|(key, list)| (key.to_owned(), Value::Array(list)));
        let mut table: Table = self.scenario.toml.parse().ok()?;
        let workload = table.entry("workload").or_insert_with(|| Value::Table(Table::new()));
        workload.as_table_mut()?.insert("items".into(), Value::Table(lists.into_iter().collect()));
        Some(self.of_table(&table))
    }

    fn of_table(&self, table: &Table) -> Self {
        let scenario = Scenario { toml: table.to_string(), ..self.scenario.clone() };
        Self { scenario, ..self.clone() }
    }

    /// Files that nothing names go.
    fn drop_files(&mut self) {
        let toml = self.scenario.toml.clone();
        self.scenario.files.retain(|(file, _)| toml.contains(file.as_str()));
    }

    /// Runs it on the event engine and holds it to what is promised.
    pub fn run<P: node::Protocols>(&self) -> CaseResult {
        match engine::catch(|| self.run_checked::<P>()) {
            Ok(Ok(trial)) => trial,
            Ok(Err(diagnostic)) => CaseResult::Refused(diagnostic.in_short()),
            // Before the run or after it.
            Err(panicked) => CaseResult::Broke(Violation::panic(&panicked)),
        }
    }

    fn plan<P: node::Protocols>(&self) -> Result<PlanOf<P>, Diagnostic> {
        let mut loaded = self.scenario.load("hunted", &self.set)?;
        loaded.inputs = self.inputs.clone();
        Plan::new::<P>(&loaded)
    }

    fn run_checked<P: node::Protocols>(&self) -> Result<CaseResult, Diagnostic> {
        let runner = Runner::<P>::new(self.plan::<P>()?);
        let run = runner.check(Engine::Event, self.seed, ());
        Ok(match run.violation {
            Some(violation) => CaseResult::Broke(*violation),
            None => CaseResult::Held(run.liveness.undue()),
        })
    }
}

/// Puts one name of a file in the place of another; whether it was there.
fn rename_in(table: &mut Table, from: &str, to: &str) -> bool {
    fn rename(value: &mut Value, from: &str, to: &str) -> bool {
        match value {
            Value::String(text) if text == from => *text = to.into(),
            Value::Table(table) => return rename_in(table, from, to),
            Value::Array(list) => {
                return list.iter_mut().fold(false, |found, value| rename(value, from, to) | found);
            }
            _ => return false,
        }
        true
    }
    table.iter_mut().fold(false, |found, (_, value)| rename(value, from, to) | found)
}
