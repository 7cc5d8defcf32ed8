//! The state of a run that both engines share: pending work, settled goals, and recording of events.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::run_end::{RunEnd, StopReason};
use super::trace::{Event, TraceSink};
use super::world::World;
use crate::id::{Item, ItemSet, Lead, Member, NodeId};
use crate::network::fault::{Schedule, Transition};
use crate::plan::{Plan, Realization};
use crate::protocol::NodePart;
use crate::protocol::desk::GroundTruth;
use crate::scenario::Stop;
use crate::time::SimTime;

/// Records events and determines the end of a run.
pub struct RunState<'a, O> {
    sink: O,
    schedule: &'a Schedule,
    /// The publications of the workload.
    order: &'a [(SimTime, NodeId, Item)],
    horizon: SimTime,
    stop: Stop,
    hub: Option<NodeId>,
    /// Index of the next transition of faults.
    next_fault: usize,
    /// The next instant at which a fault or the world changes anything: before it, nothing does.
    next_change: SimTime,
    /// Timers, messages in flight, publications and starts that will be handled.
    pending: u64,
    /// Items that have not reached every zone.
    open_items: usize,
    /// By item, the number of zones that lack it.
    missing: Vec<u32>,
    world: World,
    ground_truth: Arc<GroundTruth>,
    /// Whether the events of the world are part of the trace.
    has_procedure: bool,
    /// Everything a node ever learnt, and every member a zone ever located, to recognise repetitions
    /// after amnesia. Empty where no crash loses memory.
    learnt: Vec<ItemSet>,
    located: BTreeSet<(NodeId, Member)>,
    livelock: Option<(NodeId, NodePart)>,
}

impl<'a, O> RunState<'a, O> {
    /// The state before the run.
    pub fn new<E, C>(plan: &Plan<E, C>, realization: &'a Realization, sink: O) -> Self {
        let amnesiacs = if realization.schedule.has_amnesia() { plan.nodes() } else { 0 };
        Self {
            sink,
            schedule: &realization.schedule,
            order: &realization.order,
            horizon: plan.horizon,
            stop: plan.stop,
            hub: plan.hub,
            next_fault: 0,
            next_change: SimTime(0),
            pending: 0,
            open_items: if realization.has_procedure() { 0 } else { realization.order.len() },
            missing: realization.receivers(plan.zones),
            world: World::new(&realization.ground_truth, plan.workload.reactions, plan.horizon),
            has_procedure: realization.has_procedure(),
            ground_truth: Arc::clone(&realization.ground_truth),
            livelock: None,
            learnt: vec![ItemSet::EMPTY; amnesiacs],
            located: BTreeSet::new(),
        }
    }

    /// Begins the trace of a run, and records where members hide.
    pub fn begin<M>(&mut self, realization: &Realization)
    where
        O: TraceSink<M>,
    {
        self.sink.begin(realization);
        for (&node, member) in self.ground_truth.homes.iter().zip((0..).map(Member)) {
            self.sink.record(SimTime(0), &Event::Hidden { node, member });
        }
    }

    /// Records a publication, with the member that the item is about.
    pub fn publish<M>(&mut self, at: SimTime, node: NodeId, item: Item, due: SimTime)
    where
        O: TraceSink<M>,
    {
        if let Some(learnt) = self.learnt.get_mut(node.index()) {
            learnt.insert(item);
        }
        let truth = Arc::clone(&self.ground_truth);
        let (about, audience) = (truth.about(item), truth.audience(item));
        let content = truth.content(item).filter(|_| self.has_procedure);
        self.record(at, &Event::Publish { node, item, due, about, audience, content });
    }

    /// Records that a protocol publishes an item on its own. One that the workload would publish later
    /// is counted as open already.
    pub fn publish_unplanned<M>(&mut self, at: SimTime, node: NodeId, item: Item)
    where
        O: TraceSink<M>,
    {
        if self.has_procedure {
            let missing = self.missing.get(item.index());
            self.open_items += usize::from(missing.is_some_and(|&missing| missing > 0));
            return self.publish(at, node, item, at);
        }
        if !self.order.iter().any(|&(_, _, planned)| planned == item) {
            self.open_items += 1;
        }
        if self.hub == Some(node)
            && let Some(missing) = self.missing.get_mut(item.index())
        {
            *missing += 1;
        }
        self.publish(at, node, item, at);
    }

    /// Marks a livelock: the run is stopped, and no further event is recorded.
    #[cold]
    pub fn set_livelock(&mut self, node: NodeId, part: NodePart) {
        self.livelock.get_or_insert((node, part));
    }

    /// The node and the part in a livelock, if there is one.
    #[inline]
    pub fn livelock(&self) -> Option<(NodeId, NodePart)> {
        self.livelock
    }

    /// Records an event.
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
                self.sink.record(at, event);
            }
            Event::Strike { node, member } => {
                self.world.strike(node, member);
                self.sink.record(at, event);
            }
            _ => self.sink.record(at, event),
        }
    }

    /// Records an event that does not affect the end of the run, as of messages. Inlined, so that the
    /// event is not constructed for the sink `()`.
    #[inline(always)]
    pub fn record_message<M>(&mut self, at: SimTime, event: &Event<'_, M>)
    where
        O: TraceSink<M>,
    {
        self.sink.record(at, event);
    }

    /// Records what a node learns or locates, and whether it had before amnesia.
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
                self.sink.record(at, &Event::Learn { node, item, via, again });
            }
            Event::Locate { node, member, .. } => {
                let again = !self.located.insert((node, member));
                self.sink.record(at, &Event::Locate { node, member, again });
            }
            _ => {}
        }
    }

    /// Counts a zone that has learnt an item; the hub is not a zone.
    #[inline]
    fn count_learnt(&mut self, node: NodeId, item: Item) {
        if self.hub != Some(node) {
            // A protocol may deliver an item that does not exist; an invariant reports it.
            let Some(missing) = self.missing.get_mut(item.index()) else { return };
            self.open_items -= usize::from(*missing == 1);
            *missing = missing.saturating_sub(1);
        }
    }

    /// Advances to an instant: records the starts and ends of faults, for which it calls `each`, and what
    /// happens in the world. At one instant faults come first.
    #[inline]
    pub fn advance<M>(&mut self, to: SimTime, each: impl FnMut(Transition))
    where
        O: TraceSink<M>,
    {
        if to >= self.next_change {
            self.advance_changes(to, each);
        }
    }

    #[inline(never)]
    fn advance_changes<M>(&mut self, to: SimTime, mut each: impl FnMut(Transition))
    where
        O: TraceSink<M>,
    {
        while let Some(&transition) = self.schedule.transitions().get(self.next_fault)
            && transition.at <= to
        {
            if self.world.next().is_some_and(|at| at < transition.at) {
                self.advance_world(SimTime(transition.at.0 - 1));
            }
            self.next_fault += 1;
            let (fault, starts) = (transition.fault, transition.starts);
            let effect = &self.schedule.fault(fault).effect;
            self.sink.record(transition.at, &Event::Fault { fault, starts, effect });
            each(transition);
        }
        if self.world.next().is_some_and(|at| at <= to) {
            self.advance_world(to);
        }
        self.find_next_change();
    }

    fn find_next_change(&mut self) {
        let fault = self.schedule.transitions().get(self.next_fault);
        let fault = fault.map_or(SimTime::NEVER, |transition| transition.at);
        self.next_change = fault.min(self.world.next().unwrap_or(SimTime::NEVER));
    }

    #[cold]
    fn advance_world<M>(&mut self, to: SimTime)
    where
        O: TraceSink<M>,
    {
        let Self { world, sink, has_procedure: is_traced, .. } = self;
        world.advance(to, &mut |at, event| {
            sink.record(at, &Event::World { event, is_traced: *is_traced });
        });
    }

    /// Closes an instant: the strikes in it have their outcomes.
    #[inline]
    pub fn close<M>(&mut self, at: SimTime)
    where
        O: TraceSink<M>,
    {
        if self.world.has_strikes() {
            self.close_world(at);
        }
    }

    #[cold]
    #[inline(never)]
    fn close_world<M>(&mut self, at: SimTime)
    where
        O: TraceSink<M>,
    {
        let Self { world, sink, has_procedure: is_traced, .. } = self;
        world.close(at, &mut |event| {
            sink.record(at, &Event::World { event, is_traced: *is_traced });
        });
        self.find_next_change();
    }

    /// Whether a zone sees a lead: the member that it is about left the sign.
    pub fn arises(&self, lead: Lead) -> bool {
        self.ground_truth.arises(lead, self.silent_from())
    }

    /// By member, phantoms included, the first instant at which it leaves no signs.
    pub fn silent_from(&self) -> &[SimTime] {
        self.world.silent_from()
    }

    /// Records that a zone sees a lead.
    pub fn see<M>(&mut self, at: SimTime, node: NodeId, lead: Lead)
    where
        O: TraceSink<M>,
    {
        let facts = self.ground_truth.leads[lead.index()];
        self.record(at, &Event::See { node, lead, facts });
    }

    /// Counts something that will be handled.
    #[inline]
    pub fn add_pending(&mut self) {
        self.pending += 1;
    }

    /// Counts something pending as handled.
    #[inline]
    pub fn remove_pending(&mut self) {
        self.pending = self.pending.saturating_sub(1);
    }

    /// Why the run is over at the end of an instant, if it is. To be called for the first instant, those
    /// at which something was handled, and that of the warning.
    #[inline]
    pub fn stop_reason(&self) -> Option<StopReason> {
        if self.stop == Stop::Horizon {
            return None;
        }
        if self.open_items == 0 && self.world.is_over() {
            return Some(StopReason::Settled);
        }
        let quiet = self.pending == 0 && self.world.next().is_none();
        quiet.then_some(StopReason::Quiet)
    }

    /// Whether the sink needs no more of the run.
    #[inline]
    pub fn is_full<M>(&self) -> bool
    where
        O: TraceSink<M>,
    {
        self.sink.is_full()
    }

    /// The next instant at which something happens in the world: the run may end there although no
    /// node handles anything.
    #[inline]
    pub fn next_in_world(&self) -> Option<SimTime> {
        if self.next_change == SimTime::NEVER { None } else { self.world.next() }
    }

    /// Ends the run, whose last handled instant is `last`.
    pub fn end<M>(mut self, last: SimTime, why: StopReason) -> RunEnd
    where
        O: TraceSink<M>,
    {
        let at = if why == StopReason::Horizon { self.horizon } else { last };
        if why == StopReason::Horizon {
            self.advance::<M>(SimTime(self.horizon.0 - 1), |_| {});
        }
        let end = RunEnd { at, reason: why };
        self.sink.end(end);
        end
    }
}
