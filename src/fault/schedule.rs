//! All faults of a run in order of time, and the questions an engine asks of them.

use std::collections::BTreeMap;

use super::down::{Down, down_times};
use super::{Effect, Fault, FaultId, Memory};
use crate::id::NodeId;
use crate::time::{Span, Tick};

/// A fault that starts or ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transition {
    /// When.
    pub at: Tick,
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
    /// Holds in order of start.
    holds_in_order: Vec<FaultId>,
    /// Faults that slow links, and that make them lossy, in order of the file.
    slow: Vec<FaultId>,
    lossy: Vec<FaultId>,
    down: BTreeMap<NodeId, Vec<Down>>,
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
            .filter(|transition| transition.at != Tick::NEVER)
            .collect();
        transitions.sort_by_key(|transition| (transition.at, transition.starts, transition.fault));
        let mut holds_in_order: Vec<_> =
            ids().filter(|&id| matches!(fault(id).effect, Effect::Hold(_))).collect();
        holds_in_order.sort_by_key(|&id| fault(id).start);
        let slow = ids().filter(|&id| matches!(fault(id).effect, Effect::Slow(..))).collect();
        let lossy = ids().filter(|&id| matches!(fault(id).effect, Effect::Lose(..))).collect();
        let down = down_times(&faults);
        Self { faults, transitions, holds_in_order, slow, lossy, down }
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

    /// When a node is down, in order, no two times touching each other.
    pub fn down_times(&self, node: NodeId) -> &[Down] {
        self.down.get(&node).map_or(&[], Vec::as_slice)
    }

    /// Every node that is ever down, with its times.
    pub fn crashing(&self) -> impl Iterator<Item = (NodeId, &[Down])> {
        self.down.iter().map(|(&node, times)| (node, times.as_slice()))
    }

    /// Whether a crash takes the memory of any node.
    pub fn takes_memory(&self) -> bool {
        self.down.values().flatten().any(|down| down.memory == Memory::Lost)
    }

    /// What is left of what a node knew, at the instant of a restart.
    pub fn memory(&self, node: NodeId, restart: Tick) -> Memory {
        let down = self.down_times(node).iter().find(|down| down.end == restart);
        down.map_or(Memory::Kept, |down| down.memory)
    }

    /// The steps of a node's clock, in order of time.
    pub fn steps(&self, node: NodeId) -> impl Iterator<Item = (Tick, i64)> {
        let starts = self.transitions.iter().filter(|transition| transition.starts);
        starts.filter_map(move |transition| match &self.fault(transition.fault).effect {
            Effect::Clock(nodes, step) if nodes.contains(node) => Some((transition.at, *step)),
            _ => None,
        })
    }

    /// The first instant after `now` at which a node that is up goes down.
    #[inline]
    pub fn next_crash(&self, node: NodeId, now: Tick) -> Tick {
        if self.down.is_empty() {
            return Tick::NEVER;
        }
        let mut starts = self.down_times(node).iter().map(|down| down.start);
        starts.find(|&start| start > now).unwrap_or(Tick::NEVER)
    }

    /// When something due at a node at `due` can happen there: then, or at its restart.
    pub fn up_from(&self, node: NodeId, due: Tick) -> Tick {
        let down = self.down_times(node).iter().find(|down| down.covers(due));
        down.map_or(due, |down| down.end)
    }

    /// When a node starts: first, and after each crash.
    pub fn starts(&self, node: NodeId) -> impl Iterator<Item = Tick> {
        let first = self.up_from(node, Tick(0));
        let ends = self.down_times(node).iter().map(|down| down.end);
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
    pub fn arrival(&self, way: [NodeId; 2], departs: Tick, latency: Span) -> Tick {
        let arrives = departs + latency;
        if self.slow.is_empty() {
            return arrives;
        }
        self.slowers(way, departs, latency)
            .fold(arrives, |at, id| at + self.fault(id).slows(way[0], way[1], latency))
    }

    /// The limit below which a message is lost that is sent at `now` over a link with a limit of
    /// its own: each fault loses its share of what the others leave.
    #[inline]
    pub fn lossy(&self, [from, to]: [NodeId; 2], now: Tick, limit: u64) -> u64 {
        let faults =
            self.lossy.iter().map(|&id| self.fault(id)).filter(|fault| fault.holds_at(now));
        faults.fold(limit, |sum, fault| either(sum, fault.loses(from, to)))
    }

    /// Every fault of those that make links lossy which would have lost the message of a draw by
    /// itself, the link taken as it is; all of them where only several together lost it.
    pub fn losers(
        &self,
        [from, to]: [NodeId; 2],
        now: Tick,
        [draw, limit]: [u64; 2],
    ) -> Vec<FaultId> {
        let touching = |id: &FaultId| {
            let fault = self.fault(*id);
            fault.holds_at(now) && fault.loses(from, to) > 0
        };
        let all: Vec<_> = self.lossy.iter().copied().filter(touching).collect();
        let alone = |id: &FaultId| draw < either(limit, self.fault(*id).loses(from, to));
        let some: Vec<_> = all.iter().copied().filter(alone).collect();
        if some.is_empty() { all } else { some }
    }

    /// Every fault that delays the arrival of a message that departs at an instant.
    pub fn slowers(
        &self,
        [from, to]: [NodeId; 2],
        departs: Tick,
        latency: Span,
    ) -> impl Iterator<Item = FaultId> {
        self.slow.iter().copied().filter(move |&id| {
            let fault = self.fault(id);
            fault.holds_at(departs) && fault.slows(from, to, latency) > Span(0)
        })
    }

    /// When a message that would depart at `due` departs: [`Tick::NEVER`] if it is held for ever.
    #[inline]
    pub fn release(&self, from: NodeId, to: NodeId, due: Tick) -> Tick {
        let mut departs = due;
        // A later hold may catch what an earlier one lets go: holds are in order of start, but one
        // that starts early may end late, so look again until nothing holds.
        while let Some(id) = self.holds_in_order.iter().copied().find(|&id| {
            let fault = self.fault(id);
            fault.holds_at(departs) && fault.holds(from, to)
        }) {
            departs = self.fault(id).end;
        }
        departs
    }

    /// Every hold that keeps a message from one node to another between two instants.
    pub fn holders(
        &self,
        [from, to]: [NodeId; 2],
        [due, departs]: [Tick; 2],
    ) -> impl Iterator<Item = FaultId> {
        self.holds_in_order.iter().copied().filter(move |&id| {
            let fault = self.fault(id);
            fault.start < departs && due < fault.end && fault.holds(from, to)
        })
    }

    /// Whether a fault takes a message that is sent, departs and would arrive at these instants.
    #[inline]
    pub fn takes(&self, way: [NodeId; 2], times: [Tick; 3]) -> bool {
        !self.faults.is_empty() && self.takers(way, times).next().is_some()
    }

    /// Every fault that takes such a message by itself, and when: a crash of its sender before it
    /// departs, a cut while it is under way, a crash of its receiver where it would arrive.
    pub fn takers(
        &self,
        [from, to]: [NodeId; 2],
        [sent, departs, arrives]: [Tick; 3],
    ) -> impl Iterator<Item = (FaultId, Tick)> {
        let lost = self.next_crash(from, sent);
        let lost = (lost <= departs).then_some(lost);
        // What is due at the instant of a restart is lost too: nothing listens yet.
        let deaf = self.down_times(to).iter().any(|down| down.is_deaf(arrives));
        let ids = (0..self.faults.len() as u32).map(FaultId);
        ids.filter_map(move |id| {
            let fault = self.fault(id);
            if let Some(at) = lost {
                return (fault.start == at && fault.crashes(from)).then_some((id, at));
            }
            let touches = fault.start <= arrives && departs < fault.end;
            if touches && fault.cuts(from, to) {
                return Some((id, fault.start.max(departs)));
            }
            let down = fault.start <= arrives && arrives <= fault.end;
            (deaf && down && fault.crashes(to)).then_some((id, arrives))
        })
    }
}

/// The limit below which one or the other is: 1 - (1-a)(1-b), of limits that are shares of 2^64.
fn either(a: u64, b: u64) -> u64 {
    let left = (1 << 64) - u128::from(a);
    (u128::from(a) + ((left * u128::from(b)) >> 64)).min(u64::MAX.into()) as u64
}

#[cfg(test)]
mod tests;
