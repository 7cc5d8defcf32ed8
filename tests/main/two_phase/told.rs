//! What an observer is told of `two-phase` in a run.

use zonesim::engine::{self, Engine, Event, TraceSink};
use zonesim::id::NodeId;
use zonesim::protocol::coordination::two_phase::Message;
use zonesim::protocol::coordination::{Builtin as C, BuiltinMessage};
use zonesim::protocol::exchange::Builtin as X;
use zonesim::protocol::node::{Envelope, EnvelopeOf};
use zonesim::time::{LocalTime, SimTime};

use crate::common::BuiltinPlan;

/// A word of the protocol, when it was sent or arrived.
#[derive(Clone, Debug)]
pub struct Word {
    pub at: SimTime,
    pub from: NodeId,
    pub to: NodeId,
    pub call: Message,
}

/// Everything but reports and probes.
#[derive(Debug, Default)]
pub struct Told {
    pub said: Vec<Word>,
    pub came: Vec<Word>,
    pub decided: Vec<(SimTime, NodeId, LocalTime)>,
    pub located: Vec<(SimTime, NodeId)>,
    pub struck: Vec<(SimTime, NodeId)>,
}

impl TraceSink<EnvelopeOf<(X, C)>> for Told {
    fn record(&mut self, at: SimTime, event: &Event<'_, EnvelopeOf<(X, C)>>) {
        let word = |from, to, message: &EnvelopeOf<(X, C)>| match message {
            Envelope::Coordination(BuiltinMessage::TwoPhase(call))
                if !matches!(call, Message::View(_)) =>
            {
                Some(Word { at, from, to, call: call.clone() })
            }
            _ => None,
        };
        match *event {
            Event::Send { from, to, message, .. } => self.said.extend(word(from, to, message)),
            Event::Deliver { from, to, message } => self.came.extend(word(from, to, message)),
            Event::Decide { node, at: time } => self.decided.push((at, node, time)),
            Event::Locate { node, .. } => self.located.push((at, node)),
            Event::Strike { node, .. } => self.struck.push((at, node)),
            _ => {}
        }
    }
}

/// Runs a plan on the event engine.
pub fn told(plan: &BuiltinPlan, seed: u64) -> Told {
    let mut told = Told::default();
    engine::run::<(X, C), _>(Engine::Event, plan, seed, &mut told);
    told
}
