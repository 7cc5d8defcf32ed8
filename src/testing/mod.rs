//! Scenarios in tests: from a text or built in Rust, run from a seed, with what happened as data.
//!
//! ```
//! use zonesim::engine::Event;
//! use zonesim::scenario::Diagnostic;
//! use zonesim::testing::Scenario;
//!
//! let scenario = Scenario::parse(
//!     r#"
//!     [zones.a]
//!     [zones.b]
//!     [zones.c]
//!
//!     [network.latency]
//!     matrix = "latency.csv"
//!
//!     [workload.items]
//!     at = ["1s"]
//!     from = ["a"]
//!     "#,
//! )?
//! .with_file("latency.csv", ",a,b,c\na,,20,50\nb,,,40\n");
//!
//! let run = scenario.run(1)?;
//! assert!(run.violation.is_none());
//! assert_eq!(run.metrics.to_all_ms, Some(50.0));
//! let learned = run.events().filter(|(_, event)| matches!(event, Event::Learn { .. }));
//! assert_eq!(learned.count(), 2);
//! assert_eq!(run.digest, scenario.run(1)?.digest);
//! # Ok::<(), Diagnostic>(())
//! ```
//!
//! A scenario is also a value, [`crate::scenario::Scenario`], whose fields can be set:
//!
//! ```
//! use zonesim::protocol::exchange::{Deliver, Publish};
//! use zonesim::protocol::{
//!     Input, NamedProtocol, NodeView, Out, Protocol, ProtocolInfo, WireMessage, WithBuiltin,
//!     coordination,
//! };
//! use zonesim::scenario::{BoundedU32, Diagnostic, Loss, Probability};
//! use zonesim::testing::Scenario;
//! use zonesim::time::NanoDuration;
//! # use serde::{Deserialize, Serialize};
//!
//! #[derive(Clone, Debug, Serialize, Deserialize)]
//! struct Never;
//! impl WireMessage for Never {}
//!
//! /// Tells nobody anything.
//! struct Mute;
//!
//! impl Protocol for Mute {
//!     type Message = Never;
//!     type Timer = ();
//!     type Input = Publish;
//!     type Output = Deliver;
//!
//!     fn handle(&mut self, _: Input<Self>, _: &mut Out<'_, Self>) {}
//! }
//!
//! impl NamedProtocol for Mute {
//!     type Params = ();
//!     const INFO: ProtocolInfo =
//!         ProtocolInfo { name: "mute", about: "tells nobody anything", ..ProtocolInfo::EMPTY };
//!     fn new(_: &(), _: &NodeView, _: NanoDuration) -> Self {
//!         Self
//!     }
//! }
//!
//! type Mine = Scenario<(WithBuiltin<Mute>, coordination::Builtin)>;
//! let mut scenario = Mine::parse_custom("exchange.use = \"mute\"")?;
//! scenario.model().zones.generate = Some(BoundedU32(4));
//! scenario.model().network.loss = Loss::Independent(Probability(0.1));
//! let runs = scenario.simulation()?.measure(1..21);
//! assert!(runs.iter().all(|run| run.row.coverage == Some(0.0)));
//! # Ok::<(), Diagnostic>(())
//! ```

mod recording;

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::thread;

pub use recording::{RecordedEvent, Recorder};

use crate::engine::{Digest, Engine, Event, JsonlWriter, RunEnd, TraceSink};
use crate::experiment::run::{MeasuredRun, Runner};
use crate::experiment::sweep;
use crate::metrics::MetricRow;
use crate::metrics::invariants::{Liveness, Violation};
use crate::plan::{NameTable, Plan, PlanOf};
use crate::protocol::node::{Builtin, CoordinationParams, EnvelopeOf, ExchangeParams, Protocols};
use crate::scenario::{self, Diagnostic, Loaded};
use crate::time::SimTime;

/// The model of a scenario for the protocols `P`.
pub type ModelOf<P> = scenario::Scenario<ExchangeParams<P>, CoordinationParams<P>>;

/// A scenario that is not compiled yet. Without a type argument its protocols are the built-in ones.
pub struct Scenario<P: Protocols = Builtin> {
    loaded: Loaded<ExchangeParams<P>, CoordinationParams<P>>,
}

impl Scenario {
    /// Reads a scenario of the built-in protocols from TOML. Files that it names are looked for in the
    /// working directory.
    ///
    /// # Errors
    /// An error in the text, with its position.
    pub fn parse(toml: &str) -> Result<Self, Diagnostic> {
        Self::parse_custom(toml)
    }

    /// Reads a scenario file of the built-in protocols. `overrides` are `path=value`.
    ///
    /// # Errors
    /// A file that cannot be read, or an error in it or in an override, with its position.
    pub fn load(path: &Path, overrides: &[&str]) -> Result<Self, Diagnostic> {
        let overrides: Vec<_> = overrides.iter().map(|&line| line.to_owned()).collect();
        Ok(Self { loaded: scenario::load(path, &overrides)? })
    }
}

impl<P: Protocols> Scenario<P> {
    /// Reads a scenario of any set of protocols from TOML.
    ///
    /// # Errors
    /// As [`Scenario::parse`].
    pub fn parse_custom(toml: &str) -> Result<Self, Diagnostic> {
        let loaded = scenario::parse("scenario", toml.to_owned(), &[], PathBuf::new())?;
        Ok(Self { loaded })
    }

    /// Adds a file in memory that the scenario may name. It takes precedence over a file on the disk.
    pub fn with_file(self, name: &str, text: &str) -> Self {
        Self { loaded: self.loaded.attach(name, text) }
    }

    /// Sets the directory of the files that the scenario names.
    pub fn in_folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.loaded.folder = folder.into();
        self
    }

    /// The values of the scenario. An error in a value that was set here has no position.
    pub fn model(&mut self) -> &mut ModelOf<P> {
        &mut self.loaded.scenario
    }

    /// Compiles the scenario.
    ///
    /// # Errors
    /// An invalid statement, with its position.
    pub fn simulation(&self) -> Result<Simulation<P>, Diagnostic> {
        Plan::new::<P>(&self.loaded).map(Simulation::new)
    }

    /// Compiles the scenario and runs it from a seed on the event engine.
    ///
    /// # Errors
    /// As [`Scenario::simulation`].
    pub fn run(&self, seed: u64) -> Result<Run<EnvelopeOf<P>>, Diagnostic> {
        Ok(self.simulation()?.run(seed))
    }
}

/// A compiled scenario, which runs from any number of seeds.
pub struct Simulation<P: Protocols = Builtin> {
    runner: Runner<P>,
}

impl<P: Protocols> Simulation<P> {
    /// Prepares runs of a plan.
    pub fn new(plan: PlanOf<P>) -> Self {
        Self { runner: Runner::new(plan) }
    }

    /// The compiled scenario.
    pub fn plan(&self) -> &PlanOf<P> {
        self.runner.plan()
    }

    /// Runs from a seed on the event engine and keeps every event.
    pub fn run(&self, seed: u64) -> Run<EnvelopeOf<P>> {
        self.run_on(Engine::Event, seed)
    }

    /// Runs from a seed on an engine and keeps every event.
    pub fn run_on(&self, engine: Engine, seed: u64) -> Run<EnvelopeOf<P>> {
        let (mut digest, mut recorder) = (Digest::default(), Recorder::default());
        let measured = self.observe(engine, seed, (&mut digest, &mut recorder));
        Run {
            metrics: measured.row,
            violation: measured.violation,
            liveness: measured.liveness,
            digest: digest.hex(),
            end: recorder.end,
            events: recorder.events,
            names: self.plan().names.clone(),
        }
    }

    /// Runs from a seed on an engine and passes every event to a sink.
    pub fn observe<S>(&self, engine: Engine, seed: u64, sink: S) -> MeasuredRun
    where
        S: TraceSink<EnvelopeOf<P>>,
    {
        self.runner.run(engine, seed, sink)
    }

    /// Runs from each of these seeds on the event engine and all cores, and keeps no event. The runs
    /// are in the order of seeds.
    pub fn measure(&self, seeds: Range<u64>) -> Vec<MeasuredRun> {
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let count = seeds.end.saturating_sub(seeds.start);
        sweep::runs(&self.runner, Engine::Event, (seeds.start, count), threads, &|_| {})
    }
}

/// What happened in a run, in whole.
#[derive(Clone, Debug)]
pub struct Run<M> {
    /// The values of the metrics. Empty after a panic of a protocol.
    pub metrics: MetricRow,
    /// The first violation of an invariant. A panic of a protocol is one.
    pub violation: Option<Box<Violation>>,
    /// The deliveries that were judged.
    pub liveness: Liveness,
    /// The digest of the trace, 32 hexadecimal digits: equal for equal traces.
    pub digest: String,
    /// When and why the run ended. None after a panic of a protocol.
    pub end: Option<RunEnd>,
    events: Vec<(SimTime, RecordedEvent<M>)>,
    names: NameTable,
}

impl<M: serde::Serialize + 'static> Run<M> {
    /// The events in the order in which they happened, each with its instant in ticks.
    pub fn events(&self) -> impl DoubleEndedIterator<Item = (SimTime, Event<'_, M>)> {
        self.events.iter().map(|(at, event)| (*at, event.as_event()))
    }

    /// The trace as lines of JSON, without a header: what `--trace` writes.
    pub fn jsonl(&self) -> Vec<String> {
        let mut writer = JsonlWriter::new(&self.names, Vec::new());
        self.events().for_each(|(at, event)| writer.record(at, &event));
        if let Some(end) = self.end {
            TraceSink::<M>::end(&mut writer, end);
        }
        let bytes = writer.finish().expect("memory can be written to");
        String::from_utf8_lossy(&bytes).lines().map(str::to_owned).collect()
    }
}
