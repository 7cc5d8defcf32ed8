//! The hunt: random worlds until a promise breaks, and the smallest world in which it still does.

mod edits;
mod shrink;

pub use shrink::shrink;

use crate::coordination;
use crate::engine::{self, Engine};
use crate::exchange;
use crate::plan::{Plan, PlanOf};
use crate::promise::{self, Breach, Promises, Reason, Ways};
use crate::random::{self, Protocols, Scenario};
use crate::scenario::{Diagnostic, Inputs};
use crate::time::Span;

/// A world lasts no longer, in ticks, than this after all that is drawn to happen, or than that where a
/// coordination may talk all the time. Guesses: some seconds for the worst of them.
const MAX_REST: u64 = 2_000_000;
const MAX_REST_OF_AN_OPERATION: u64 = 300_000;

/// What is hunted in: a scenario, what is put over it, and the seed of its run.
#[derive(Clone, Debug)]
pub struct Quarry {
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
pub enum Trial {
    /// All promises held; why no delivery was due in it, if none was.
    Held(Option<Reason>),
    /// One did not.
    Broke(Breach),
    /// There was no run: the scenario cannot be, or a protocol does not work in it.
    Refused(String),
}

impl Quarry {
    /// The random world of a seed.
    pub fn of<X, C>(seed: u64, set: &[String]) -> Self
    where
        X: exchange::Catalogue,
        C: coordination::Catalogue,
    {
        let protocols = Protocols::of::<X, C>();
        let (scenario, inputs) = (random::scenario(seed, &protocols), Inputs::default());
        let brief = Self { scenario, set: set.to_vec(), seed, inputs };
        let Ok(plan) = brief.plan::<X, C>() else { return brief };
        let is_operation = plan.workload.members > 0;
        let most = if is_operation { MAX_REST_OF_AN_OPERATION } else { MAX_REST };
        match promise::time_to_judge::<X, _>(&plan, seed) {
            Some(Span(ticks)) if ticks <= most => {
                let scenario = random::lasting(seed, &protocols, ticks + 4 * random::FAULTS_END);
                Self { scenario, ..brief }
            }
            _ => brief,
        }
    }

    /// Runs it on the event engine and holds it to what is promised.
    pub fn try_out<X, C>(&self) -> Trial
    where
        X: exchange::Catalogue + 'static,
        C: coordination::Catalogue + 'static,
    {
        match self.run::<X, C>() {
            Ok(trial) => trial,
            Err(diagnostic) => Trial::Refused(diagnostic.in_short()),
        }
    }

    fn plan<X, C>(&self) -> Result<PlanOf<X, C>, Diagnostic>
    where
        X: exchange::Catalogue,
        C: coordination::Catalogue,
    {
        let mut loaded = self.scenario.load("hunted", &self.set)?;
        loaded.inputs = self.inputs.clone();
        Plan::new::<X, C>(&loaded)
    }

    fn run<X, C>(&self) -> Result<Trial, Diagnostic>
    where
        X: exchange::Catalogue + 'static,
        C: coordination::Catalogue + 'static,
    {
        let plan = self.plan::<X, C>()?;
        let ways = Ways::new(&plan);
        let mut promises = Promises::new::<X, C>(&plan, &ways, self.seed);
        engine::run::<X, C, _>(Engine::Event, &plan, self.seed, &mut promises);
        let held = || Trial::Held(promises.liveness().undue());
        Ok(promises.breach().cloned().map_or_else(held, Trial::Broke))
    }
}
