//! Events that outlive the run that they are of.

use crate::engine::{Event, RunEnd, TraceSink};
use crate::id::NodeSet;
use crate::network::fault::{Effect, FaultId};
use crate::time::SimTime;

/// An event that owns its message, its effect or its audience.
#[derive(Clone, Debug)]
pub enum RecordedEvent<M> {
    /// A fault, whether it starts, and its effect.
    Fault(FaultId, bool, Box<Effect>),
    /// A message, and the event that carries it.
    Message(M, Event<'static, ()>),
    /// A publication of an item with this audience.
    Publication(Box<NodeSet>, Event<'static, ()>),
    /// An event without a message or an effect.
    Other(Event<'static, ()>),
}

impl<M: Clone> RecordedEvent<M> {
    fn new(event: &Event<'_, M>) -> Self {
        let plain = || replace(event, Some(&())).expect("an event that is not a fault");
        match event {
            Event::Fault { fault, starts, effect } => {
                Self::Fault(*fault, *starts, Box::new((*effect).clone()))
            }
            Event::Send { message, .. }
            | Event::Depart { message, .. }
            | Event::Arrive { message, .. }
            | Event::Deliver { message, .. } => Self::Message((*message).clone(), plain()),
            Event::Publish { audience: Some(audience), .. } => {
                Self::Publication(Box::new((*audience).clone()), plain())
            }
            _ => Self::Other(plain()),
        }
    }
}

impl<M> RecordedEvent<M> {
    /// The event as it was recorded.
    pub fn as_event(&self) -> Event<'_, M> {
        let event = match self {
            Self::Fault(fault, starts, effect) => {
                Some(Event::Fault { fault: *fault, starts: *starts, effect })
            }
            Self::Message(message, event) => replace(event, Some(message)),
            Self::Publication(audience, event) => match *event {
                Event::Publish { node, item, due, about, content, .. } => {
                    let audience = Some(&**audience);
                    Some(Event::Publish { node, item, due, about, audience, content })
                }
                _ => None,
            },
            Self::Other(event) => replace(event, None),
        };
        event.expect("a recorded event has its message")
    }
}

/// The same event with another message. None for a fault, or where the message is missing.
fn replace<'b, M, N>(event: &Event<'_, M>, message: Option<&'b N>) -> Option<Event<'b, N>> {
    Some(match *event {
        Event::Fault { .. } => return None,
        Event::Send { from, to, seq, outcome, .. } => {
            Event::Send { from, to, seq, outcome, message: message? }
        }
        Event::Depart { from, to, sent, seq, outcome, .. } => {
            Event::Depart { from, to, sent, seq, outcome, message: message? }
        }
        Event::Arrive { from, to, received, .. } => {
            Event::Arrive { from, to, received, message: message? }
        }
        Event::Deliver { from, to, .. } => Event::Deliver { from, to, message: message? },
        Event::Restart { node } => Event::Restart { node },
        Event::Hidden { node, member } => Event::Hidden { node, member },
        // Its audience is recorded with it.
        Event::Publish { node, item, due, about, content, .. } => {
            Event::Publish { node, item, due, about, audience: None, content }
        }
        Event::World { event, is_traced } => Event::World { event, is_traced },
        Event::See { node, lead, facts } => Event::See { node, lead, facts },
        Event::Stage { node, stage, work } => Event::Stage { node, stage, work },
        Event::Learn { node, item, via, again } => Event::Learn { node, item, via, again },
        Event::Locate { node, member, again } => Event::Locate { node, member, again },
        Event::Decide { node, at } => Event::Decide { node, at },
        Event::Strike { node, member } => Event::Strike { node, member },
        Event::Abort { node, abort } => Event::Abort { node, abort },
        Event::Elected { node, term } => Event::Elected { node, term },
        Event::Adjusted { node, adjustment } => Event::Adjusted { node, adjustment },
    })
}

/// Keeps every event of a run.
#[derive(Clone, Debug)]
pub struct Recorder<M> {
    /// The events in their order, each with its instant in ticks.
    pub events: Vec<(SimTime, RecordedEvent<M>)>,
    /// The end of the run; none before it, or after a panic.
    pub end: Option<RunEnd>,
}

impl<M> Default for Recorder<M> {
    fn default() -> Self {
        Self { events: Vec::new(), end: None }
    }
}

impl<M: Clone> TraceSink<M> for Recorder<M> {
    fn record(&mut self, at: SimTime, event: &Event<'_, M>) {
        self.events.push((at, RecordedEvent::new(event)));
    }

    fn end(&mut self, end: RunEnd) {
        self.end = Some(end);
    }
}
