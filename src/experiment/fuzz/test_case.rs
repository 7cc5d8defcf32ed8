//! A test case of fuzzing, and its result.

use super::event_limit::EventLimit;
use super::random::{self, Protocols, Scenario};
use crate::engine::{self, Engine};
use crate::experiment::run::Runner;
use crate::metrics::invariants::{self, Reason, Violation};
use crate::plan::{Plan, PlanOf};
use crate::protocol::node;
use crate::scenario::{self, Diagnostic, Inputs};
use crate::time::{NanoDuration, SimDuration};
use toml::{Table, Value};

/// The largest time, in ticks, that a scenario lasts after its last drawn event. A guess: some seconds of
/// computation in the worst case.
const MAX_REST: u64 = 2_000_000;

/// The same for an operation, whose coordination may send messages all the time.
const MAX_OPERATION_REST: u64 = 300_000;

/// The largest number of items that shrinking lists. A guess.
const MAX_LISTED: usize = 5_000;

/// A scenario, its overrides, and the seed of its run.
#[derive(Clone, Debug)]
pub struct TestCase {
    /// The scenario and its files.
    pub scenario: Scenario,
    /// The overrides, in the form of `--set`.
    pub set: Vec<String>,
    /// The seed of the run.
    pub seed: u64,
    /// The files on the disk that the overrides name.
    pub inputs: Inputs,
}

/// The result of a test case.
#[derive(Clone, Debug, PartialEq)]
pub enum CaseResult {
    /// No violation; the reason why no delivery was due, if none was.
    Held(Option<Reason>),
    /// The first violation.
    Violated(Violation),
    /// The scenario is invalid, or a protocol does not work in it: the message.
    Refused(String),
}

impl TestCase {
    /// The random test case of a seed.
    pub fn random<P: node::Protocols>(
        seed: u64,
        protocols: &Protocols,
        set: &[String],
        inputs: &Inputs,
    ) -> Self {
        // Without this rest some faults have no end, and other protocols are drawn.
        const LEAST_REST: u64 = 4 * random::FAULTS_END;
        let scenario = random::lasting(seed, protocols, LEAST_REST);
        let short = Self { scenario, set: set.to_vec(), seed, inputs: inputs.clone() };
        // A protocol that panics here panics again in the run.
        match engine::catch(|| short.time_to_judge::<P>()) {
            Ok(Some(SimDuration(ticks))) => {
                let scenario = random::lasting(seed, protocols, ticks + LEAST_REST);
                Self { scenario, ..short }
            }
            Ok(None) | Err(_) => short,
        }
    }

    /// How much longer the run must last until all deliveries are due. None if that is too long.
    fn time_to_judge<P: node::Protocols>(&self) -> Option<SimDuration> {
        let plan = self.plan::<P>().ok()?;
        let is_operation = plan.workload.members > 0;
        let max = if is_operation { MAX_OPERATION_REST } else { MAX_REST };
        invariants::time_to_judge::<P::Exchange, _>(&plan, self.seed)
            .filter(|&SimDuration(ticks)| ticks <= max)
    }

    /// Checks that the scenario is valid.
    ///
    /// # Errors
    /// The first error. A protocol may refuse a scenario in which it cannot work.
    pub fn check<P: node::Protocols>(&self) -> Result<(), Diagnostic> {
        self.plan::<P>().map(drop)
    }

    /// The same test case with the overrides merged into the scenario, and the files that they name attached.
    /// None if the scenario cannot be read.
    pub fn merged(&self) -> Option<Self> {
        let mut merged = self.clone();
        let mut table = scenario::merged(&self.scenario.toml, &self.set).ok()?;
        for (path, text) in self.inputs.texts() {
            let name = path.file_name()?.to_string_lossy().into_owned();
            if rename_in(&mut table, &path.display().to_string(), &name) {
                merged.scenario.files.retain(|(file, _)| *file != name);
                merged.scenario.files.push((name, text.to_string()));
            }
        }
        merged.scenario.toml = table.to_string();
        merged.set.clear();
        merged.drop_files();
        Some(merged)
    }

    /// The same test case with a prefix before the names of its files, to keep them apart from others in one
    /// folder.
    pub fn with_file_prefix(&self, prefix: &str) -> Self {
        let Ok(mut table) = self.scenario.toml.parse::<Table>() else { return self.clone() };
        let mut named = self.clone();
        for (file, _) in &mut named.scenario.files {
            let name = format!("{prefix}-{file}");
            rename_in(&mut table, file, &name);
            *file = name;
        }
        named.scenario.toml = table.to_string();
        named
    }

    /// The same test case with the faults listed that occur in it. None if none of them is drawn.
    pub(super) fn with_listed_faults<P: node::Protocols>(&self) -> Option<Self> {
        let plan = self.plan::<P>().ok()?;
        let mut table: Table = self.scenario.toml.parse().ok()?;
        if !plan.draws_faults() {
            return None;
        }
        table.remove("nemesis");
        let schedule = plan.schedule(self.seed);
        let listed: String = schedule.faults().iter().map(|one| plan.fault_toml(one)).collect();
        let mut listed: Table = listed.parse().ok()?;
        table.remove("fault");
        table.extend(listed.remove("fault").map(|faults| ("fault".to_owned(), faults)));
        Some(self.with_table(&table))
    }

    /// The same test case with the drawn items listed. None without items, or with too many.
    pub(super) fn with_listed_items<P: node::Protocols>(&self) -> Option<Self> {
        let plan = self.plan::<P>().ok()?;
        let items = plan.realize(self.seed).items;
        if plan.workload.members > 0 || items.is_empty() || items.len() > MAX_LISTED {
            return None;
        }
        let due_times = items.iter().map(|item| {
            let ns = item.due.0.saturating_mul(plan.resolution.ns);
            Value::String(NanoDuration::from_ns(ns).to_string())
        });
        let origins =
            items.iter().map(|item| Value::String(plan.names[item.origin.index()].into()));
        let lists = [("at", due_times.collect()), ("from", origins.collect())];
        let lists = lists.map(|(key, list)| (key.to_owned(), Value::Array(list)));
        let mut table: Table = self.scenario.toml.parse().ok()?;
        let workload = table.entry("workload").or_insert_with(|| Value::Table(Table::new()));
        workload.as_table_mut()?.insert("items".into(), Value::Table(lists.into_iter().collect()));
        Some(self.with_table(&table))
    }

    fn with_table(&self, table: &Table) -> Self {
        let scenario = Scenario { toml: table.to_string(), ..self.scenario.clone() };
        Self { scenario, ..self.clone() }
    }

    /// Drops the files that the scenario does not name.
    pub(super) fn drop_files(&mut self) {
        let toml = self.scenario.toml.clone();
        self.scenario.files.retain(|(file, _)| toml.contains(file.as_str()));
    }

    /// Runs the test case on the event engine and checks the invariants.
    pub fn run<P: node::Protocols>(&self) -> CaseResult {
        self.run_within::<P>(&mut EventLimit::new(u64::MAX))
    }

    /// The same; the result of a run that reaches the limit is not that of the whole run.
    pub fn run_within<P: node::Protocols>(&self, limit: &mut EventLimit) -> CaseResult {
        match engine::catch(|| self.run_checked::<P>(limit)) {
            Ok(Ok(result)) => result,
            Ok(Err(diagnostic)) => CaseResult::Refused(diagnostic.in_short()),
            // A panic before or after the run.
            Err(panicked) => CaseResult::Violated(Violation::panic(&panicked)),
        }
    }

    fn plan<P: node::Protocols>(&self) -> Result<PlanOf<P>, Diagnostic> {
        let mut loaded = self.scenario.load("counterexample", &self.set)?;
        loaded.inputs = self.inputs.clone();
        Plan::new::<P>(&loaded)
    }

    fn run_checked<P: node::Protocols>(
        &self,
        limit: &mut EventLimit,
    ) -> Result<CaseResult, Diagnostic> {
        let runner = Runner::<P>::new(self.plan::<P>()?);
        let run = runner.check(Engine::Event, self.seed, limit);
        Ok(match run.violation {
            Some(violation) => CaseResult::Violated(*violation),
            None => CaseResult::Held(run.liveness.undue()),
        })
    }
}

/// Replaces the name of a file. Returns whether the name occurred.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::node::Builtin;

    #[test]
    fn random_cases_last_until_they_can_be_judged() {
        let protocols = Protocols::new::<Builtin>();
        let (mut estimated, mut long) = (0, 0);
        for seed in 1..=150 {
            let case = TestCase::random::<Builtin>(seed, &protocols, &[], &Inputs::default());
            // The estimate of the world that is run, not of another one.
            let Some(rest) = case.time_to_judge::<Builtin>() else { continue };
            let plan = case.plan::<Builtin>().unwrap();
            estimated += 1;
            long += u64::from(plan.horizon.0 > rest.0);
        }
        assert!(estimated > 75 && long == estimated, "{long} of {estimated}");
    }

    #[test]
    fn a_run_ends_at_its_limit_of_events() {
        let toml = "horizon = \"100h\"\nstop = \"horizon\"\nzones.generate = 4\n[exchange]\n\
                    use = \"gossip\"\n";
        let scenario = Scenario { toml: toml.into(), files: Vec::new() };
        let case = TestCase { scenario, set: Vec::new(), seed: 1, inputs: Inputs::default() };
        let mut limit = EventLimit::new(1000);
        case.run_within::<Builtin>(&mut limit);
        assert!(limit.is_reached() && limit.events < 1100, "{limit:?}");
    }
}
