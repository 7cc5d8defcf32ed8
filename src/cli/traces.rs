//! Compares the traces of a run on the two engines.

use super::progress::Clock;
use crate::engine::{self, Digest, Engine, Event, JsonlWriter, PanicMessage, RunEnd, TraceSink};
use crate::experiment::run::{CheckedRun, Runner};
use crate::metrics::invariants::{Liveness, Violation};
use crate::plan::PlanOf;
use crate::protocol::WireMessage;
use crate::protocol::node::Protocols;
use crate::report;
use crate::time::SimTime;

/// The result of comparing traces.
pub enum Comparison {
    /// All three traces are equal.
    Equal { events: u64, digest: String, liveness: Liveness, strike_beyond: bool },
    /// Two traces differ; the text shows the first difference.
    Differ(String),
    /// All traces are equal, and an invariant was violated.
    Violated(Violation),
}

impl Comparison {
    /// Whether a strike was decided for a time beyond the horizon of what was compared.
    pub fn is_strike_beyond(&self) -> bool {
        matches!(self, Self::Equal { strike_beyond: true, .. })
    }
}

/// Runs a plan twice on the event engine and once on turmoil.
pub fn compare<P: Protocols>(runner: &Runner<P>, seed: u64) -> Comparison {
    let plan = runner.plan();
    let mut first = Digest::default();
    let CheckedRun { violation, liveness, end, strike_beyond, .. } =
        runner.check(Engine::Event, seed, &mut first);
    let panicked = end.err();
    // The engines record the events of an instant in the same order but not at the same point, so a panic
    // hides different events of its instant: that instant is not compared.
    let end = violation.as_ref().filter(|_| panicked.is_some()).map(|violation| violation.at);
    if end.is_some() {
        first = digest::<P>(Engine::Event, plan, seed, end).0;
    }
    for engine in [Engine::Event, Engine::Turmoil] {
        let (digest, other) = digest::<P>(engine, plan, seed, end);
        if digest.hex() != first.hex() || panicked != other {
            return Comparison::Differ(difference::<P>(plan, seed, engine));
        }
    }
    match violation {
        Some(violation) => Comparison::Violated(*violation),
        None => {
            let (events, digest) = (first.events(), first.hex());
            Comparison::Equal { events, digest, liveness, strike_beyond }
        }
    }
}

/// The digest of a run, of the events before `end` if it is given, and the panic that ended the run.
fn digest<P: Protocols>(
    engine: Engine,
    plan: &PlanOf<P>,
    seed: u64,
    end: Option<SimTime>,
) -> (Digest, Option<PanicMessage>) {
    let mut digest = DigestBefore { end, digest: Digest::default() };
    let clock = (engine == Engine::Turmoil).then(|| Clock::new(plan.horizon));
    let result = engine::try_run::<P, _>(engine, plan, seed, &mut (&mut digest, clock));
    (digest.digest, result.err())
}

/// Digests the events before an instant, or all.
struct DigestBefore {
    end: Option<SimTime>,
    digest: Digest,
}

impl<M: WireMessage> TraceSink<M> for DigestBefore {
    fn record(&mut self, at: SimTime, event: &Event<'_, M>) {
        if self.end.is_none_or(|end| at < end) {
            self.digest.record(at, event);
        }
    }

    fn end(&mut self, ending: RunEnd) {
        TraceSink::<M>::end(&mut self.digest, ending);
    }
}

/// Formats the first difference between the trace of the event engine and that of another, or between
/// two traces of the event engine.
fn difference<P: Protocols>(plan: &PlanOf<P>, seed: u64, other: Engine) -> String {
    let trace = |engine: Engine| {
        let mut lines = JsonlWriter::new(&plan.names, Vec::new());
        let result = engine::try_run::<P, _>(engine, plan, seed, &mut lines);
        let text = String::from_utf8(lines.finish().unwrap_or_default()).unwrap_or_default();
        let panicked = result.err().map(|panicked| format!("a protocol panics: {panicked}\n"));
        text + &panicked.unwrap_or_default()
    };
    report::first_difference(("event", &trace(Engine::Event)), (&other.to_string(), &trace(other)))
}
