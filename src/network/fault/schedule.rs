//! All faults of a run in order of time, and the queries of engines.

use std::collections::BTreeMap;

use super::downtime::{Downtime, downtimes};
use super::intervals::Intervals;
use super::{Category, Fault, FaultId, Memory};
use crate::id::NodeId;
use crate::time::{SimDuration, SimTime};

/// A fault that starts or ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transition {
    /// The instant.
    pub at: SimTime,
    /// The fault that starts or ends.
    pub fault: FaultId,
    /// False if it ends.
    pub starts: bool,
}

/// The faults of a run.
#[derive(Clone, Debug, Default)]
pub struct Schedule {
    faults: Vec<Fault>,
    transitions: Vec<Transition>,
    holds: Intervals,
    delays: Intervals,
    losses: Intervals,
    /// Partitions and isolations.
    partitions: Intervals,
    crashes: Intervals,
    /// Clock steps, in order of time.
    steps: Vec<FaultId>,
    down: BTreeMap<NodeId, Vec<Downtime>>,
}

impl Schedule {
    /// Indexes faults, given in the order of the file.
    ///
    /// A fault that starts at the horizon or later is listed and has no effect. If it dropped what is in
    /// flight at the horizon, or cancelled timers due after it, a run could end early with nothing
    /// pending because of a fault that never starts.
    pub fn new(faults: Vec<Fault>, horizon: SimTime) -> Self {
        let fault = |id: FaultId| &faults[id.0 as usize];
        let starts = |fault: &Fault| fault.start < horizon;
        let ids = || (0..faults.len() as u32).map(FaultId).filter(|&id| starts(fault(id)));
        let mut transitions: Vec<_> = ids()
            .flat_map(|id| {
                let (start, end) = (fault(id).start, fault(id).end);
                [(start, true), (end, false)].map(|(at, starts)| Transition {
                    at,
                    fault: id,
                    starts,
                })
            })
            .filter(|transition| transition.at != SimTime::NEVER)
            .collect();
        transitions.sort_by_key(|transition| (transition.at, transition.starts, transition.fault));
        let index = |category| {
            Intervals::new(&faults, |fault| starts(fault) && fault.effect.category() == category)
        };
        let steps = transitions.iter().filter(|transition| transition.starts);
        let steps = steps.map(|transition| transition.fault);
        let steps = steps.filter(|&id| fault(id).effect.clock_step().is_some()).collect();
        Self {
            holds: index(Category::Hold),
            delays: index(Category::Delay),
            losses: index(Category::Lose),
            partitions: index(Category::Drop),
            crashes: index(Category::Crash),
            steps,
            down: downtimes(faults.iter().filter(|fault| starts(fault))),
            transitions,
            faults,
        }
    }

    /// The faults in the order of the file.
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// The fault of an id; panics if there is none.
    pub fn fault(&self, id: FaultId) -> &Fault {
        &self.faults[id.0 as usize]
    }

    /// Starts and ends in order of time, ends first, then in the order of the file.
    pub fn transitions(&self) -> &[Transition] {
        &self.transitions
    }

    /// The transitions of an instant.
    pub fn transitions_at(&self, at: SimTime) -> &[Transition] {
        let first = self.transitions.partition_point(|transition| transition.at < at);
        let count = self.transitions[first..].partition_point(|transition| transition.at == at);
        &self.transitions[first..first + count]
    }

    /// The downtimes of a node in order; no two touch each other.
    pub fn downtimes(&self, node: NodeId) -> &[Downtime] {
        self.down.get(&node).map_or(&[], Vec::as_slice)
    }

    /// The nodes that crash in this run.
    pub fn crashing_nodes(&self) -> impl Iterator<Item = NodeId> {
        self.down.keys().copied()
    }

    /// Whether any crash loses memory.
    pub fn has_amnesia(&self) -> bool {
        self.down.values().flatten().any(|down| down.memory == Memory::Lost)
    }

    /// The last downtime of a node that begins by an instant.
    fn last_down(&self, node: NodeId, at: SimTime) -> Option<&Downtime> {
        let times = self.downtimes(node);
        let begun = times.partition_point(|down| down.start <= at);
        times[..begun].last()
    }

    /// Whether a node crashes at an instant.
    pub fn goes_down(&self, node: NodeId, at: SimTime) -> bool {
        self.last_down(node, at).is_some_and(|down| down.start == at)
    }

    /// Whether a node restarts at an instant.
    pub fn restarts(&self, node: NodeId, at: SimTime) -> bool {
        self.last_down(node, at).is_some_and(|down| down.end == at)
    }

    /// Whether a node is down at an instant; it is up at the instant of its restart.
    pub fn is_down(&self, node: NodeId, at: SimTime) -> bool {
        self.last_down(node, at).is_some_and(|down| down.is_down_at(at))
    }

    /// The first restart of a node after an instant; [`SimTime::NEVER`] if there is none.
    pub fn next_restart(&self, node: NodeId, after: SimTime) -> SimTime {
        let times = self.downtimes(node);
        let over = times.partition_point(|down| down.end <= after);
        times.get(over).map_or(SimTime::NEVER, |down| down.end)
    }

    /// Whether a node has its state at the instant of a restart.
    pub fn memory(&self, node: NodeId, restart: SimTime) -> Memory {
        let down = self.last_down(node, restart).filter(|down| down.end == restart);
        down.map_or(Memory::Kept, |down| down.memory)
    }

    /// The steps of a node's clock, in order of time.
    pub fn steps(&self, node: NodeId) -> impl Iterator<Item = (SimTime, i64)> {
        self.steps.iter().filter_map(move |&id| {
            let fault = self.fault(id);
            let (nodes, step) = fault.effect.clock_step()?;
            nodes.contains(node).then_some((fault.start, step))
        })
    }

    /// The first crash of a node after `now`; [`SimTime::NEVER`] if there is none.
    #[inline]
    pub fn next_crash(&self, node: NodeId, now: SimTime) -> SimTime {
        if self.down.is_empty() {
            return SimTime::NEVER;
        }
        let times = self.downtimes(node);
        let begun = times.partition_point(|down| down.start <= now);
        times.get(begun).map_or(SimTime::NEVER, |down| down.start)
    }

    /// The first instant from `due` on at which a node is up.
    pub fn up_from(&self, node: NodeId, due: SimTime) -> SimTime {
        let down = self.last_down(node, due).filter(|down| down.is_down_at(due));
        down.map_or(due, |down| down.end)
    }

    /// The instants at which a node starts: its first start and its restarts.
    pub fn starts(&self, node: NodeId) -> impl Iterator<Item = SimTime> {
        let first = self.up_from(node, SimTime(0));
        let ends = self.downtimes(node).iter().map(|down| down.end);
        std::iter::once(first).chain(ends.filter(move |&end| end != first))
    }

    /// Whether any fault loses messages at random.
    #[inline]
    pub fn has_lossy_links(&self) -> bool {
        !self.losses.is_empty()
    }

    /// The arrival of a message that departs at `departs` over a link of this latency. Delay faults in
    /// effect at the departure add up.
    #[inline]
    pub fn arrival(
        &self,
        [from, to]: [NodeId; 2],
        departs: SimTime,
        latency: SimDuration,
    ) -> SimTime {
        let mut arrives = departs + latency;
        self.delays.find([departs; 2], |id| {
            arrives = arrives + self.fault(id).added_delay(from, to, latency);
            None::<()>
        });
        arrives
    }

    /// The limit below which a message sent at `now` is lost, given the limit of the link itself.
    /// Losses of several faults are independent.
    #[inline]
    pub fn loss_limit(&self, [from, to]: [NodeId; 2], now: SimTime, limit: u64) -> u64 {
        if self.losses.is_empty() {
            return limit;
        }
        let faults = self.losses.all([now; 2], |id| self.fault(id).loss_limit(from, to) > 0);
        faults
            .iter()
            .fold(limit, |sum, &id| combined_limit(sum, self.fault(id).loss_limit(from, to)))
    }

    /// The loss faults of which each, with the link, would have lost the message with this draw; all
    /// loss faults in effect if only several together lost it.
    pub fn losing(
        &self,
        [from, to]: [NodeId; 2],
        now: SimTime,
        [draw, limit]: [u64; 2],
    ) -> Vec<FaultId> {
        let all = self.losses.all([now; 2], |id| self.fault(id).loss_limit(from, to) > 0);
        let alone =
            |id: &FaultId| draw < combined_limit(limit, self.fault(*id).loss_limit(from, to));
        let some: Vec<_> = all.iter().copied().filter(alone).collect();
        if some.is_empty() { all } else { some }
    }

    /// The faults that delay a message that departs at `departs`.
    pub fn delaying(
        &self,
        [from, to]: [NodeId; 2],
        departs: SimTime,
        latency: SimDuration,
    ) -> Vec<FaultId> {
        self.delays
            .all([departs; 2], |id| self.fault(id).added_delay(from, to, latency) > SimDuration(0))
    }

    /// The departure of a message due to depart at `due`, after holds; [`SimTime::NEVER`] if a hold has
    /// no end.
    #[inline]
    pub fn release(&self, from: NodeId, to: NodeId, due: SimTime) -> SimTime {
        let mut departs = due;
        // When one hold ends, another may be in effect.
        while let Some(end) = self.holds.find([departs; 2], |id| {
            let fault = self.fault(id);
            fault.holds(from, to).then_some(fault.end)
        }) {
            departs = end;
        }
        departs
    }

    /// The holds that kept a message from `due` to `departs`.
    pub fn holding(&self, [from, to]: [NodeId; 2], [due, departs]: [SimTime; 2]) -> Vec<FaultId> {
        if due == departs {
            return Vec::new();
        }
        self.holds.all([due, SimTime(departs.0 - 1)], |id| self.fault(id).holds(from, to))
    }

    /// Whether a fault drops a message that is sent, departs and would arrive at these instants.
    #[inline]
    pub fn is_dropped(&self, link: [NodeId; 2], [sent, departs, arrives]: [SimTime; 3]) -> bool {
        !self.faults.is_empty()
            && (self.next_crash(link[0], sent) <= departs
                || self.drops_arrival(link[1], arrives)
                || self
                    .partitions
                    .find([departs, arrives], |id| self.is_partitioned_by(id, link))
                    .is_some())
    }

    /// Whether a message that arrives at a node is lost since the node is down.
    fn drops_arrival(&self, node: NodeId, arrives: SimTime) -> bool {
        self.last_down(node, arrives).is_some_and(|down| down.drops_arrival(arrives))
    }

    fn is_partitioned_by(&self, id: FaultId, [from, to]: [NodeId; 2]) -> Option<()> {
        self.fault(id).partitions(from, to).then_some(())
    }

    /// The faults that crash a node at an instant, each with this instant, in order of the file.
    pub fn crashes_at(&self, node: NodeId, crashed: SimTime) -> Vec<(FaultId, SimTime)> {
        let crash = |id| self.fault(id).start == crashed && self.fault(id).crashes(node);
        let crashes = self.crashes.all([crashed; 2], crash);
        crashes.into_iter().map(|id| (id, crashed)).collect()
    }

    /// The faults that each drop such a message, and when, in order of the file: a crash of the sender
    /// before the departure; else partitions while it is in flight, and crashes of the receiver at the
    /// arrival.
    pub fn dropping(
        &self,
        link @ [from, to]: [NodeId; 2],
        [sent, departs, arrives]: [SimTime; 3],
    ) -> Vec<(FaultId, SimTime)> {
        let crashed = self.next_crash(from, sent);
        if crashed <= departs {
            return self.crashes_at(from, crashed);
        }
        let partitions = self
            .partitions
            .all([departs, arrives], |id| self.is_partitioned_by(id, link).is_some());
        let partitions = partitions.into_iter().map(|id| (id, self.fault(id).start.max(departs)));
        let mut dropping: Vec<_> = partitions.collect();
        if self.drops_arrival(to, arrives) {
            // A crash that ends at the arrival counts.
            let interval = [SimTime(arrives.0.saturating_sub(1)), arrives];
            let crashes = self.crashes.all(interval, |id| self.fault(id).crashes(to));
            dropping.extend(crashes.into_iter().map(|id| (id, arrives)));
            dropping.sort();
        }
        dropping
    }
}

/// The limit of the union of two independent losses: 1 - (1-a)(1-b), with limits as shares of 2^64.
fn combined_limit(a: u64, b: u64) -> u64 {
    let left = (1 << 64) - u128::from(a);
    (u128::from(a) + ((left * u128::from(b)) >> 64)).min(u64::MAX.into()) as u64
}

#[cfg(test)]
mod tests;
