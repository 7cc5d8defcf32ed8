//! The hunt: random worlds until a promise breaks, and the smallest world in which it still does.

mod edits;
mod shrink;

use std::path::PathBuf;

pub use shrink::shrink;

use crate::coordination;
use crate::engine::{self, Engine};
use crate::exchange;
use crate::plan::Plan;
use crate::promise::{Breach, Promises, Ways};
use crate::random::{self, Protocols, Scenario};
use crate::scenario::{self, Diagnostic, Inputs};

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
    /// All promises held, over so many events of the queue; nothing else is known of it.
    Held,
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
        let scenario = random::scenario(seed, &Protocols::of::<X, C>());
        Self { scenario, set: set.to_vec(), seed, inputs: Inputs::default() }
    }

    /// Runs it on the event engine and holds it to what is promised.
    pub fn try_out<X, C>(&self) -> Trial
    where
        X: exchange::Catalogue + 'static,
        C: coordination::Catalogue + 'static,
    {
        match self.run::<X, C>() {
            Ok(None) => Trial::Held,
            Ok(Some(breach)) => Trial::Broke(breach),
            Err(diagnostic) => Trial::Refused(diagnostic.in_short()),
        }
    }

    fn run<X, C>(&self) -> Result<Option<Breach>, Diagnostic>
    where
        X: exchange::Catalogue + 'static,
        C: coordination::Catalogue + 'static,
    {
        let Scenario { toml, files } = &self.scenario;
        let mut loaded = scenario::parse("hunted", toml.clone(), &self.set, PathBuf::new())?;
        loaded.inputs = self.inputs.clone();
        for (file, text) in files {
            loaded = loaded.attach(file.clone(), text.clone());
        }
        let plan = Plan::new::<X, C>(&loaded)?;
        let ways = Ways::new(&plan);
        let mut promises = Promises::new::<X, C>(&plan, &ways, self.seed);
        engine::run::<X, C, _>(Engine::Event, &plan, self.seed, &mut promises);
        Ok(promises.breach().cloned())
    }
}
