//! What an observer is told of `two-phase` in a run.

use zonesim::coordination::two_phase::Call;
use zonesim::coordination::{Builtin as C, BuiltinMessage};
use zonesim::engine::{self, Engine, Event, Observer};
use zonesim::exchange::Builtin as X;
use zonesim::id::NodeId;
use zonesim::time::{Local, Tick};
use zonesim::zone::{Wire, WireOf};

use crate::common::BuiltinPlan;

/// A word of the protocol, when it was sent or arrived.
#[derive(Clone, Debug)]
pub struct Word {
    pub at: Tick,
    pub from: NodeId,
    pub to: NodeId,
    pub call: Call,
}

/// Everything but reports and probes.
#[derive(Debug, Default)]
pub struct Told {
    pub said: Vec<Word>,
    pub came: Vec<Word>,
    pub decided: Vec<(Tick, NodeId, Local)>,
    pub located: Vec<(Tick, NodeId)>,
    pub struck: Vec<(Tick, NodeId)>,
}

impl Observer<WireOf<X, C>> for Told {
    fn record(&mut self, at: Tick, event: &Event<'_, WireOf<X, C>>) {
        let word = |from, to, message: &WireOf<X, C>| match message {
            Wire::Coordination(BuiltinMessage::TwoPhase(call))
                if !matches!(call, Call::Picture(_)) =>
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
    engine::run::<X, C, _>(Engine::Event, plan, seed, &mut told);
    told
}
