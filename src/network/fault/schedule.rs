//! All faults of a run in order of time, and the questions an engine asks of them.

use std::collections::BTreeMap;

use super::downtime::{Downtime, downtimes};
use super::intervals::Intervals;
use super::{Category, Fault, FaultId, Memory};
use crate::id::NodeId;
use crate::time::{SimDuration, SimTime};

/// A fault that starts or ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transition {
    /// When.
    pub at: SimTime,
    /// Which fault.
    pub fault: FaultId,
    /// Whether it starts (else it ends).
    pub starts: bool,
}

/// The faults of a run.
#[derive(Clone, Debug, Default)]
pub struct Schedule {
    faults: Vec<Fault>,
    transitions: Vec<Transition>,
    holds: Intervals,
    slow: Intervals,
    lossy: Intervals,
    /// Cuts and isolations.
    cuts: Intervals,
    crashes: Intervals,
    /// Steps of clocks, in order of time.
    steps: Vec<FaultId>,
    down: BTreeMap<NodeId, Vec<Downtime>>,
}

impl Schedule {
    /// Sorts faults, given in the order of the file.
    pub fn new(faults: Vec<Fault>) -> Self {
        let ids = || (0..faults.len() as u32).map(FaultId);
        let fault = |id: FaultId| &faults[id.0 as usize];
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
        let of = |category| Intervals::of(&faults, |fault| fault.effect.category() == category);
        let steps = transitions.iter().filter(|transition| transition.starts);
        let steps = steps.map(|transition| transition.fault);
        let steps = steps.filter(|&id| fault(id).effect.clock_step().is_some()).collect();
        Self {
            holds: of(Category::Hold),
            slow: of(Category::Delay),
            lossy: of(Category::Lose),
            cuts: of(Category::Drop),
            crashes: of(Category::Crash),
            steps,
            down: downtimes(&faults),
            transitions,
            faults,
        }
    }

    /// The faults in the order of the file.
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// One fault.
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

    /// When a node is down, in order, no two times touching each other.
    pub fn downtimes(&self, node: NodeId) -> &[Downtime] {
        self.down.get(&node).map_or(&[], Vec::as_slice)
    }

    /// Every node that is ever down.
    pub fn crashing_nodes(&self) -> impl Iterator<Item = NodeId> {
        self.down.keys().copied()
    }

    /// Whether a crash takes the memory of any node.
    pub fn has_amnesia(&self) -> bool {
        self.down.values().flatten().any(|down| down.memory == Memory::Lost)
    }

    /// The last time at which a node is down that has begun by an instant.
    fn last_down(&self, node: NodeId, at: SimTime) -> Option<&Downtime> {
        let times = self.downtimes(node);
        let begun = times.partition_point(|down| down.start <= at);
        times[..begun].last()
    }

    /// Whether a node goes down at an instant.
    pub fn goes_down(&self, node: NodeId, at: SimTime) -> bool {
        self.last_down(node, at).is_some_and(|down| down.start == at)
    }

    /// Whether a node restarts at an instant.
    pub fn restarts(&self, node: NodeId, at: SimTime) -> bool {
        self.last_down(node, at).is_some_and(|down| down.end == at)
    }

    /// Whether a node is down at an instant; at that of its restart it is up.
    pub fn is_down(&self, node: NodeId, at: SimTime) -> bool {
        self.last_down(node, at).is_some_and(|down| down.is_down_at(at))
    }

    /// The first restart of a node after an instant.
    pub fn next_restart(&self, node: NodeId, after: SimTime) -> SimTime {
        let times = self.downtimes(node);
        let over = times.partition_point(|down| down.end <= after);
        times.get(over).map_or(SimTime::NEVER, |down| down.end)
    }

    /// What is left of what a node knew, at the instant of a restart.
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

    /// The first instant after `now` at which a node that is up goes down.
    #[inline]
    pub fn next_crash(&self, node: NodeId, now: SimTime) -> SimTime {
        if self.down.is_empty() {
            return SimTime::NEVER;
        }
        let times = self.downtimes(node);
        let begun = times.partition_point(|down| down.start <= now);
        times.get(begun).map_or(SimTime::NEVER, |down| down.start)
    }

    /// When something due at a node at `due` can happen there: then, or at its restart.
    pub fn up_from(&self, node: NodeId, due: SimTime) -> SimTime {
        let down = self.last_down(node, due).filter(|down| down.is_down_at(due));
        down.map_or(due, |down| down.end)
    }

    /// When a node starts: first, and after each crash.
    pub fn starts(&self, node: NodeId) -> impl Iterator<Item = SimTime> {
        let first = self.up_from(node, SimTime(0));
        let ends = self.downtimes(node).iter().map(|down| down.end);
        std::iter::once(first).chain(ends.filter(move |&end| end != first))
    }

    /// Whether any fault makes links lossy.
    #[inline]
    pub fn has_lossy_links(&self) -> bool {
        !self.lossy.is_empty()
    }

    /// When a message that departs at an instant arrives over a link of this latency: what slows the
    /// link at its departure delays it, and delays add up.
    #[inline]
    pub fn arrival(&self, way: [NodeId; 2], departs: SimTime, latency: SimDuration) -> SimTime {
        let mut arrives = departs + latency;
        self.slow.find([departs; 2], |id| {
            arrives = arrives + self.fault(id).added_delay(way[0], way[1], latency);
            None::<()>
        });
        arrives
    }

    /// The limit below which a message is lost that is sent at `now` over a link with a limit of
    /// its own: each fault loses its share of what the others leave.
    #[inline]
    pub fn loss_limit(&self, [from, to]: [NodeId; 2], now: SimTime, limit: u64) -> u64 {
        if self.lossy.is_empty() {
            return limit;
        }
        let faults = self.lossy.all([now; 2], |id| self.fault(id).loss_limit(from, to) > 0);
        faults
            .iter()
            .fold(limit, |sum, &id| combined_limit(sum, self.fault(id).loss_limit(from, to)))
    }

    /// Every fault of those that make links lossy which would have lost the message of a draw by
    /// itself, the link taken as it is; all of them where only several together lost it.
    pub fn losing(
        &self,
        [from, to]: [NodeId; 2],
        now: SimTime,
        [draw, limit]: [u64; 2],
    ) -> Vec<FaultId> {
        let all = self.lossy.all([now; 2], |id| self.fault(id).loss_limit(from, to) > 0);
        let alone =
            |id: &FaultId| draw < combined_limit(limit, self.fault(*id).loss_limit(from, to));
        let some: Vec<_> = all.iter().copied().filter(alone).collect();
        if some.is_empty() { all } else { some }
    }

    /// Every fault that delays the arrival of a message that departs at an instant.
    pub fn delaying(
        &self,
        [from, to]: [NodeId; 2],
        departs: SimTime,
        latency: SimDuration,
    ) -> Vec<FaultId> {
        self.slow
            .all([departs; 2], |id| self.fault(id).added_delay(from, to, latency) > SimDuration(0))
    }

    /// When a message that would depart at `due` departs: [`SimTime::NEVER`] if it is held for ever.
    #[inline]
    pub fn release(&self, from: NodeId, to: NodeId, due: SimTime) -> SimTime {
        let mut departs = due;
        // A later hold may catch what an earlier one lets go: look again until nothing holds.
        while let Some(end) = self.holds.find([departs; 2], |id| {
            let fault = self.fault(id);
            fault.holds(from, to).then_some(fault.end)
        }) {
            departs = end;
        }
        departs
    }

    /// Every hold that keeps a message from one node to another between two instants.
    pub fn holding(&self, [from, to]: [NodeId; 2], [due, departs]: [SimTime; 2]) -> Vec<FaultId> {
        if due == departs {
            return Vec::new();
        }
        self.holds.all([due, SimTime(departs.0 - 1)], |id| self.fault(id).holds(from, to))
    }

    /// Whether a fault takes a message that is sent, departs and would arrive at these instants.
    #[inline]
    pub fn is_dropped(&self, way: [NodeId; 2], [sent, departs, arrives]: [SimTime; 3]) -> bool {
        !self.faults.is_empty()
            && (self.next_crash(way[0], sent) <= departs
                || self.is_deaf(way[1], arrives)
                || self.cuts.find([departs, arrives], |id| self.partitions(id, way)).is_some())
    }

    /// Whether what is due at a node is lost; at the instant of a restart too: nothing listens yet.
    fn is_deaf(&self, node: NodeId, arrives: SimTime) -> bool {
        self.last_down(node, arrives).is_some_and(|down| down.drops_arrival(arrives))
    }

    fn partitions(&self, id: FaultId, [from, to]: [NodeId; 2]) -> Option<()> {
        self.fault(id).partitions(from, to).then_some(())
    }

    /// Every fault that takes such a message by itself, and when, in order of the file: a crash of its
    /// sender before it departs, a partition while it is under way, a crash of its receiver where it would
    /// arrive.
    pub fn dropping(
        &self,
        way @ [from, to]: [NodeId; 2],
        [sent, departs, arrives]: [SimTime; 3],
    ) -> Vec<(FaultId, SimTime)> {
        let lost = self.next_crash(from, sent);
        if lost <= departs {
            let crash = |id| self.fault(id).start == lost && self.fault(id).crashes(from);
            let crashes = self.crashes.all([lost; 2], crash);
            return crashes.into_iter().map(|id| (id, lost)).collect();
        }
        let cuts = self.cuts.all([departs, arrives], |id| self.partitions(id, way).is_some());
        let cuts = cuts.into_iter().map(|id| (id, self.fault(id).start.max(departs)));
        let mut takers: Vec<_> = cuts.collect();
        if self.is_deaf(to, arrives) {
            // A crash that ends at the instant counts.
            let stretch = [SimTime(arrives.0.saturating_sub(1)), arrives];
            let crashes = self.crashes.all(stretch, |id| self.fault(id).crashes(to));
            takers.extend(crashes.into_iter().map(|id| (id, arrives)));
            takers.sort();
        }
        takers
    }
}

/// The limit below which one or the other is: 1 - (1-a)(1-b), of limits that are shares of 2^64.
fn combined_limit(a: u64, b: u64) -> u64 {
    let left = (1 << 64) - u128::from(a);
    (u128::from(a) + ((left * u128::from(b)) >> 64)).min(u64::MAX.into()) as u64
}

#[cfg(test)]
mod tests;
