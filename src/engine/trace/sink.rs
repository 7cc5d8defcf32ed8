//! What receives the events of a run.

use super::Event;
use crate::engine::run_end::RunEnd;
use crate::plan::Realization;
use crate::time::SimTime;

/// Receives the events of a run.
pub trait TraceSink<M> {
    /// Called once, before the first event, with what was drawn for the run.
    fn begin(&mut self, _realization: &Realization) {}

    /// Records an event; instants do not decrease.
    fn record(&mut self, at: SimTime, event: &Event<'_, M>);

    /// Whether the run may end here, as [`StopReason::Full`](crate::engine::StopReason::Full). Asked
    /// after the first instant, and after each at which a node has handled something.
    fn is_full(&self) -> bool {
        false
    }

    /// Called once, after the last event, unless the run panics.
    fn end(&mut self, _end: RunEnd) {}
}

/// Discards events.
impl<M> TraceSink<M> for () {
    #[inline]
    fn record(&mut self, _at: SimTime, _event: &Event<'_, M>) {}
}

/// Passes events to both.
impl<M, A: TraceSink<M>, B: TraceSink<M>> TraceSink<M> for (A, B) {
    fn begin(&mut self, realization: &Realization) {
        self.0.begin(realization);
        self.1.begin(realization);
    }
    #[inline]
    fn record(&mut self, at: SimTime, event: &Event<'_, M>) {
        self.0.record(at, event);
        self.1.record(at, event);
    }
    fn is_full(&self) -> bool {
        self.0.is_full() || self.1.is_full()
    }
    fn end(&mut self, end: RunEnd) {
        self.0.end(end);
        self.1.end(end);
    }
}

impl<M, O: TraceSink<M>> TraceSink<M> for &mut O {
    fn begin(&mut self, realization: &Realization) {
        (**self).begin(realization);
    }
    #[inline]
    fn record(&mut self, at: SimTime, event: &Event<'_, M>) {
        (**self).record(at, event);
    }
    fn is_full(&self) -> bool {
        (**self).is_full()
    }
    fn end(&mut self, end: RunEnd) {
        (**self).end(end);
    }
}

/// Discards events if there is no sink.
impl<M, O: TraceSink<M>> TraceSink<M> for Option<O> {
    fn begin(&mut self, realization: &Realization) {
        if let Some(sink) = self {
            sink.begin(realization);
        }
    }
    fn record(&mut self, at: SimTime, event: &Event<'_, M>) {
        if let Some(sink) = self {
            sink.record(at, event);
        }
    }
    fn is_full(&self) -> bool {
        self.as_ref().is_some_and(O::is_full)
    }
    fn end(&mut self, end: RunEnd) {
        if let Some(sink) = self {
            sink.end(end);
        }
    }
}
