//! What both engines keep of a run: who is told, what is pending, and whether all is settled.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use super::operation::Operation;
use super::trace::{Event, TraceSink};
use crate::id::{Item, ItemSet, Member, NodeId};
use crate::network::fault::Schedule;
use crate::plan::{Plan, Realization};
use crate::protocol::NodePart;
use crate::protocol::desk::GroundTruth;
use crate::scenario::Stop;
use crate::time::SimTime;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunEnd {
    /// The last instant, or the horizon.
    pub at: SimTime,
    /// Why.
    pub reason: StopReason,
}

/// Why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    /// All that is measured is settled.
    Settled,
    /// Nothing was pending any more.
    Quiet,
    /// The horizon was reached.
    Horizon,
    /// This part of this node woke itself again and again without time passing, and the run was stopped.
    #[serde(serialize_with = "serialize_stuck")]
    #[serde(rename = "stuck")]
    Livelock(NodeId, NodePart),
}

fn serialize_stuck<S: Serializer>(
    node: &NodeId,
    _: &NodePart,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    node.serialize(serializer)
}

/// The record of a run: it tells the observer, and knows when the run is over.
pub struct RunState<'a, O> {
    observer: O,
    schedule: &'a Schedule,
    horizon: SimTime,
    stop: Stop,
    hub: Option<NodeId>,
    /// The transition of faults that comes next.
    next_fault: usize,
    /// What will yet be handled: timers, messages under way, publications, starts.
    pending: u64,
    /// Items that are still to come or have not reached everybody.
    open_items: usize,
    /// By item, how many zones have yet to learn it.
    missing: Vec<u32>,
    operation: Operation,
    ledger: Arc<GroundTruth>,
    /// By node, what it ever learnt; by zone and member, who was ever located there. Kept only
    /// where a crash may take the memory of a node, which then learns and locates again.
    learnt: Vec<ItemSet>,
    located: BTreeSet<(NodeId, Member)>,
    livelock: Option<(NodeId, NodePart)>,
}

impl<'a, O> RunState<'a, O> {
    /// The record of a run that is about to begin.
    pub fn new<E, C>(plan: &Plan<E, C>, drawn: &'a Realization, observer: O) -> Self {
        let forgetful = if drawn.schedule.has_amnesia() { plan.nodes() } else { 0 };
        Self {
            observer,
            schedule: &drawn.schedule,
            horizon: plan.horizon,
            stop: plan.stop,
            hub: plan.hub,
            next_fault: 0,
            pending: 0,
            open_items: drawn.order.len(),
            missing: vec![plan.zones - 1; drawn.items.len()],
            operation: Operation::new(plan.workload.members, plan.workload.warning),
            ledger: Arc::clone(&drawn.ground_truth),
            livelock: None,
            learnt: vec![ItemSet::EMPTY; forgetful],
            located: BTreeSet::new(),
        }
    }

    /// Tells the observer of the world before anything happens.
    pub fn begin<M>(&mut self)
    where
        O: TraceSink<M>,
    {
        for (&node, member) in self.ledger.homes.iter().zip((0..).map(Member)) {
            self.observer.record(SimTime(0), &Event::Hidden { node, member });
        }
    }

    /// Tells the observer that a zone has found something out, and whom it is about.
    pub fn publish<M>(&mut self, at: SimTime, node: NodeId, item: Item, due: SimTime)
    where
        O: TraceSink<M>,
    {
        if let Some(learnt) = self.learnt.get_mut(node.index()) {
            learnt.insert(item);
        }
        let about = self.ledger.leads.get(item.index()).copied();
        self.record(at, &Event::Publish { node, item, due, about });
    }

    /// A node wakes itself without end: the run is stopped, and nothing more is told.
    #[cold]
    pub fn set_livelock(&mut self, node: NodeId, part: NodePart) {
        self.livelock.get_or_insert((node, part));
    }

    /// The node that wakes itself without end, and which part of it, if there is one.
    #[inline]
    pub fn livelock(&self) -> Option<(NodeId, NodePart)> {
        self.livelock
    }

    /// Tells the observer what happened.
    #[inline]
    pub fn record<M>(&mut self, at: SimTime, event: &Event<'_, M>)
    where
        O: TraceSink<M>,
    {
        if self.livelock.is_some() {
            return;
        }
        match *event {
            Event::Learn { .. } | Event::Locate { .. } if !self.learnt.is_empty() => {
                self.record_with_amnesia(at, event);
            }
            Event::Learn { node, item, .. } => {
                self.count_learnt(node, item);
                self.observer.record(at, event);
            }
            Event::Strike { member, .. } => {
                self.operation.strike(at, member);
                self.observer.record(at, event);
            }
            _ => self.observer.record(at, event),
        }
    }

    /// Tells the observer of what makes no difference to the end of the run, as messages do not:
    /// nothing asks what it is, and for nobody it is not even put together.
    #[inline(always)]
    pub fn record_message<M>(&mut self, at: SimTime, event: &Event<'_, M>)
    where
        O: TraceSink<M>,
    {
        self.observer.record(at, event);
    }

    /// Tells what a node learns or locates, which may have lost its memory: whether it is again.
    #[inline(never)]
    fn record_with_amnesia<M>(&mut self, at: SimTime, event: &Event<'_, M>)
    where
        O: TraceSink<M>,
    {
        match *event {
            Event::Learn { node, item, via, .. } => {
                let again = !self.learnt[node.index()].insert(item);
                if !again {
                    self.count_learnt(node, item);
                }
                self.observer.record(at, &Event::Learn { node, item, via, again });
            }
            Event::Locate { node, member, .. } => {
                let again = !self.located.insert((node, member));
                self.observer.record(at, &Event::Locate { node, member, again });
            }
            _ => {}
        }
    }

    /// One zone less has yet to learn an item; the hub is no zone.
    #[inline]
    fn count_learnt(&mut self, node: NodeId, item: Item) {
        if self.hub != Some(node) {
            // A protocol may invent what nobody found out; that is for the promises to say.
            let Some(missing) = self.missing.get_mut(item.index()) else { return };
            self.open_items -= usize::from(*missing == 1);
            *missing = missing.saturating_sub(1);
        }
    }

    /// Tells the observer of the faults that start or end up to an instant, and hands each on.
    pub fn apply_faults<M>(
        &mut self,
        up_to: SimTime,
        mut each: impl FnMut(crate::network::fault::Transition),
    ) where
        O: TraceSink<M>,
    {
        while let Some(&transition) = self.schedule.transitions().get(self.next_fault)
            && transition.at <= up_to
        {
            self.next_fault += 1;
            let (fault, starts) = (transition.fault, transition.starts);
            let effect = &self.schedule.fault(fault).effect;
            self.observer.record(transition.at, &Event::Fault { fault, starts, effect });
            each(transition);
        }
    }

    /// Something will yet be handled.
    #[inline]
    pub fn add_pending(&mut self) {
        self.pending += 1;
    }

    /// Something that was pending is being handled.
    #[inline]
    pub fn remove_pending(&mut self) {
        self.pending = self.pending.saturating_sub(1);
    }

    /// Whether the run is over at the close of an instant: the first, one at which something was
    /// handled, or that of the warning.
    #[inline]
    pub fn stop_reason(&self, at: SimTime) -> Option<StopReason> {
        if self.stop == Stop::Horizon {
            return None;
        }
        if self.open_items == 0 && self.operation.is_over(at) {
            return Some(StopReason::Settled);
        }
        let quiet = self.pending == 0 && self.operation.warning().is_none_or(|warned| warned <= at);
        quiet.then_some(StopReason::Quiet)
    }

    /// The instant at which the rest of the members are warned, if somebody was captured: the run
    /// may be over in it though no node does anything.
    #[inline]
    pub fn warning(&self) -> Option<SimTime> {
        self.operation.warning()
    }

    /// Ends the run.
    pub fn end<M>(mut self, last: SimTime, why: StopReason) -> RunEnd
    where
        O: TraceSink<M>,
    {
        let at = if why == StopReason::Horizon { self.horizon } else { last };
        if why == StopReason::Horizon {
            self.apply_faults::<M>(SimTime(self.horizon.0 - 1), |_| {});
        }
        let ending = RunEnd { at, reason: why };
        self.observer.end(ending);
        ending
    }
}
