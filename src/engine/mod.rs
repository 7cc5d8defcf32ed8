//! Engines run a plan. With the same plan and seed, all engines give the same trace, byte for byte.
//!
//! Events at one instant have a canonical order: faults (ends before starts, then in the order of the
//! file); then nodes by number; within a node what leaves its access links, its messages (by sender, then
//! in the order of sending), its start or restart, its publications, its timers (in the order of setting).

mod access;
pub mod event;
mod livelock;
pub mod log;
pub(crate) mod panics;
mod published;
mod queue;
mod run_end;
mod run_state;
mod send_counter;
mod trace;
pub mod turmoil;
mod world;

use std::fmt;
use std::str::FromStr;

pub use panics::{PanicMessage, PanicSite, catch};
pub use run_end::{RunEnd, StopReason};
pub use trace::{Digest, Event, JsonlWriter, TraceSink};
pub use world::{Outcome, World, WorldEvent};

use crate::plan::PlanOf;
use crate::protocol::node::{EnvelopeOf, Protocols};

/// An engine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Engine {
    /// A discrete-event simulation.
    #[default]
    Event,
    /// Each node is a host of turmoil, with sockets and encoding.
    Turmoil,
}

/// The engines: name, value and description.
pub const ENGINES: [(&str, Engine, &str); 2] = [
    ("event", Engine::Event, "a discrete-event loop: jumps from one instant to the next"),
    ("turmoil", Engine::Turmoil, "every zone a turmoil host: real async tasks, sockets, encoding"),
];

impl FromStr for Engine {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let found = ENGINES.iter().find(|(name, ..)| *name == text);
        found.map(|&(_, engine, _)| engine).ok_or_else(|| "expected event or turmoil".into())
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Event => "event",
            Self::Turmoil => "turmoil",
        })
    }
}

/// Runs a plan with a seed on an engine and records every event.
pub fn run<P, O>(engine: Engine, plan: &PlanOf<P>, seed: u64, observer: &mut O) -> RunEnd
where
    P: Protocols,
    O: TraceSink<EnvelopeOf<P>>,
{
    if log::is_wanted() {
        let mut logged = log::LoggingSink::new(plan, seed, observer);
        return run_with::<P, _>(engine, plan, seed, &mut logged);
    }
    run_with::<P, O>(engine, plan, seed, observer)
}

/// Like [`run`], for protocols that may panic.
///
/// # Errors
/// The panic. Events before it have been recorded.
pub fn try_run<P, O>(
    engine: Engine,
    plan: &PlanOf<P>,
    seed: u64,
    observer: &mut O,
) -> Result<RunEnd, PanicMessage>
where
    P: Protocols,
    O: TraceSink<EnvelopeOf<P>>,
{
    catch(|| run::<P, O>(engine, plan, seed, observer))
}

fn run_with<P, O>(engine: Engine, plan: &PlanOf<P>, seed: u64, observer: &mut O) -> RunEnd
where
    P: Protocols,
    O: TraceSink<EnvelopeOf<P>>,
{
    match engine {
        Engine::Event => event::run::<P, O>(plan, seed, observer),
        Engine::Turmoil => turmoil::run::<P, O>(plan, seed, observer),
    }
}
