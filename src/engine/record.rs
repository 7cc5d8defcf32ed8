//! What both engines keep of a run: who is told, what is pending, and whether all is settled.

use std::collections::BTreeSet;
use std::rc::Rc;

use serde::{Serialize, Serializer};

use super::operation::Operation;
use super::trace::{Event, Observer};
use crate::desk::Ledger;
use crate::fault::Schedule;
use crate::id::{Item, ItemSet, Member, NodeId};
use crate::plan::{Drawn, Plan};
use crate::scenario::Stop;
use crate::seam::NodePart;
use crate::time::Tick;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ending {
    /// The last instant, or the horizon.
    pub at: Tick,
    /// Why.
    pub why: Why,
}

/// Why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// All that is measured is settled.
    Settled,
    /// Nothing was pending any more.
    Quiet,
    /// The horizon was reached.
    Horizon,
    /// This part of this node woke itself again and again without time passing, and the run was stopped.
    #[serde(serialize_with = "serialize_stuck")]
    Stuck(NodeId, NodePart),
}

fn serialize_stuck<S: Serializer>(
    node: &NodeId,
    _: &NodePart,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    node.serialize(serializer)
}

/// The record of a run: it tells the observer, and knows when the run is over.
pub struct Record<'a, O> {
    observer: O,
    schedule: &'a Schedule,
    horizon: Tick,
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
    ledger: Rc<Ledger>,
    /// By node, what it ever learnt; by zone and member, who was ever located there. Kept only
    /// where a crash may take the memory of a node, which then learns and locates again.
    learnt: Vec<ItemSet>,
    located: BTreeSet<(NodeId, Member)>,
    stuck: Option<(NodeId, NodePart)>,
}

impl<'a, O> Record<'a, O> {
    /// The record of a run that is about to begin.
    pub fn new<E, C>(plan: &Plan<E, C>, drawn: &'a Drawn, observer: O) -> Self {
        let forgetful = if drawn.schedule.takes_memory() { plan.nodes() } else { 0 };
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
            ledger: Rc::clone(&drawn.ledger),
            stuck: None,
            learnt: vec![ItemSet::EMPTY; forgetful],
            located: BTreeSet::new(),
        }
    }

    /// Tells the observer of the world before anything happens.
    pub fn begin<M>(&mut self)
    where
        O: Observer<M>,
    {
        for (&node, member) in self.ledger.homes.iter().zip((0..).map(Member)) {
            self.observer.record(Tick(0), &Event::Hide { node, member });
        }
    }

    /// Tells the observer that a zone has found something out, and whom it is about.
    pub fn publish<M>(&mut self, at: Tick, node: NodeId, item: Item, due: Tick)
    where
        O: Observer<M>,
    {
        if let Some(learnt) = self.learnt.get_mut(node.index()) {
            learnt.insert(item);
        }
        let about = self.ledger.leads.get(item.index()).copied();
        self.tell(at, &Event::Publish { node, item, due, about });
    }

    /// A node wakes itself without end: the run is stopped, and nothing more is told.
    #[cold]
    pub fn stick(&mut self, node: NodeId, part: NodePart) {
        self.stuck.get_or_insert((node, part));
    }

    /// The node that wakes itself without end, and which part of it, if there is one.
    #[inline]
    pub fn stuck(&self) -> Option<(NodeId, NodePart)> {
        self.stuck
    }

    /// Tells the observer what happened.
    #[inline]
    pub fn tell<M>(&mut self, at: Tick, event: &Event<'_, M>)
    where
        O: Observer<M>,
    {
        if self.stuck.is_some() {
            return;
        }
        match *event {
            Event::Learn { .. } | Event::Locate { .. } if !self.learnt.is_empty() => {
                self.tell_forgetful(at, event);
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
    pub fn pass_on<M>(&mut self, at: Tick, event: &Event<'_, M>)
    where
        O: Observer<M>,
    {
        self.observer.record(at, event);
    }

    /// Tells what a node learns or locates, which may have lost its memory: whether it is again.
    #[inline(never)]
    fn tell_forgetful<M>(&mut self, at: Tick, event: &Event<'_, M>)
    where
        O: Observer<M>,
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
    pub fn faults<M>(&mut self, up_to: Tick, mut each: impl FnMut(crate::fault::Transition))
    where
        O: Observer<M>,
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
    pub fn expect_one(&mut self) {
        self.pending += 1;
    }

    /// Something that was pending is being handled.
    #[inline]
    pub fn handle_one(&mut self) {
        self.pending = self.pending.saturating_sub(1);
    }

    /// Whether the run is over at the close of an instant: the first, one at which something was
    /// handled, or that of the warning.
    #[inline]
    pub fn over(&self, at: Tick) -> Option<Why> {
        if self.stop == Stop::Horizon {
            return None;
        }
        if self.open_items == 0 && self.operation.is_over(at) {
            return Some(Why::Settled);
        }
        let quiet = self.pending == 0 && self.operation.warning().is_none_or(|warned| warned <= at);
        quiet.then_some(Why::Quiet)
    }

    /// The instant at which the rest of the members are warned, if somebody was captured: the run
    /// may be over in it though no node does anything.
    #[inline]
    pub fn warning(&self) -> Option<Tick> {
        self.operation.warning()
    }

    /// Ends the run.
    pub fn end<M>(mut self, last: Tick, why: Why) -> Ending
    where
        O: Observer<M>,
    {
        let at = if why == Why::Horizon { self.horizon } else { last };
        if why == Why::Horizon {
            self.faults::<M>(Tick(self.horizon.0 - 1), |_| {});
        }
        let ending = Ending { at, why };
        self.observer.end(ending);
        ending
    }
}
