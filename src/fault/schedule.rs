//! All faults of a run in order of time, and the questions an engine asks of them.

use std::collections::BTreeMap;

use super::{Effect, Fault, FaultId};
use crate::id::NodeId;
use crate::time::Tick;

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
    /// When nodes are down, `[start, end)`, in order, those that touch made one.
    down: BTreeMap<NodeId, Vec<(Tick, Tick)>>,
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
        let down = down_times(&faults);
        Self { faults, transitions, holds_in_order, down }
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

    /// When a node is down: `[start, end)`, in order, never touching each other.
    pub fn down_times(&self, node: NodeId) -> &[(Tick, Tick)] {
        self.down.get(&node).map_or(&[], Vec::as_slice)
    }

    /// Every node that is ever down, with its times.
    pub fn crashing(&self) -> impl Iterator<Item = (NodeId, &[(Tick, Tick)])> {
        self.down.iter().map(|(&node, times)| (node, times.as_slice()))
    }

    /// The first instant after `now` at which a node that is up goes down.
    #[inline]
    pub fn next_crash(&self, node: NodeId, now: Tick) -> Tick {
        if self.down.is_empty() {
            return Tick::NEVER;
        }
        let starts = self.down_times(node).iter().map(|&(start, _)| start);
        starts.into_iter().find(|&start| start > now).unwrap_or(Tick::NEVER)
    }

    /// When something due at a node at `due` can happen there: then, or at its restart.
    pub fn up_from(&self, node: NodeId, due: Tick) -> Tick {
        let covers = |&&(start, end): &&(Tick, Tick)| start <= due && due < end;
        self.down_times(node).iter().find(covers).map_or(due, |&(_, end)| end)
    }

    /// When a node starts: first, and after each crash.
    pub fn starts(&self, node: NodeId) -> impl Iterator<Item = Tick> {
        let first = self.up_from(node, Tick(0));
        let ends = self.down_times(node).iter().map(|&(_, end)| end);
        std::iter::once(first).chain(ends.filter(move |&end| end != first))
    }

    /// When a message that would depart at `due` departs: [`Tick::NEVER`] if it is held for ever.
    #[inline]
    pub fn release(&self, from: NodeId, to: NodeId, due: Tick) -> Tick {
        let mut departs = due;
        // A later hold may catch what an earlier one lets go: holds are in order of start, but one
        // that starts early may end late, so look again until nothing holds.
        while let Some(id) = self.holds_in_order.iter().copied().find(|&id| {
            let fault = self.fault(id);
            fault.start <= departs && departs < fault.end && fault.holds(from, to)
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
        let deaf = move |&&(start, end): &&(Tick, Tick)| start <= arrives && arrives <= end;
        let deaf = self.down_times(to).iter().find(deaf).map(|_| arrives);
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
            let at = deaf?;
            let down = fault.start <= arrives && arrives <= fault.end;
            (down && fault.crashes(to)).then_some((id, at))
        })
    }
}

fn down_times(faults: &[Fault]) -> BTreeMap<NodeId, Vec<(Tick, Tick)>> {
    let mut down: BTreeMap<NodeId, Vec<(Tick, Tick)>> = BTreeMap::new();
    for fault in faults {
        if let Effect::Crash(nodes) = &fault.effect {
            for node in nodes.iter() {
                down.entry(node).or_default().push((fault.start, fault.end));
            }
        }
    }
    for times in down.values_mut() {
        times.sort();
        let mut merged: Vec<(Tick, Tick)> = Vec::new();
        for &(start, end) in times.iter() {
            match merged.last_mut() {
                Some(last) if start <= last.1 => last.1 = last.1.max(end),
                _ => merged.push((start, end)),
            }
        }
        *times = merged;
    }
    down
}

#[cfg(test)]
mod tests {
    use super::super::{Group, Sides};
    use super::*;

    const A: NodeId = NodeId(0);
    const B: NodeId = NodeId(1);

    fn fault(start: u64, end: u64, effect: Effect) -> Fault {
        Fault { start: Tick(start), end: Tick(end), effect }
    }

    fn sides(one_way: bool) -> Sides {
        Sides { from: Group::of([A]), to: Group::of([B]), one_way }
    }

    fn taken(schedule: &Schedule, way: [NodeId; 2], times: [u64; 3]) -> bool {
        schedule.takes(way, times.map(Tick))
    }

    #[test]
    fn a_cut_takes_what_departs_in_it_and_what_is_under_way_at_its_start() {
        let schedule = Schedule::new(vec![fault(10, 20, Effect::Cut(sides(true)))]);
        for (departs, arrives, lost) in [
            (4, 9, false),
            (5, 10, true), // due at the very instant of the start: faults come first
            (9, 14, true),
            (10, 15, true),
            (19, 24, true),
            (20, 25, false), // departs at the very instant of the end
        ] {
            assert_eq!(taken(&schedule, [A, B], [departs, departs, arrives]), lost, "{departs}");
            assert!(!taken(&schedule, [B, A], [departs, departs, arrives]), "one way");
        }
    }

    #[test]
    fn holds_chain_and_keep_what_is_due_in_them() {
        let schedule = Schedule::new(vec![
            fault(20, 30, Effect::Hold(sides(false))),
            fault(10, 25, Effect::Hold(sides(false))),
        ]);
        for (due, departs) in [(9, 9), (10, 30), (22, 30), (30, 30)] {
            assert_eq!(schedule.release(B, A, Tick(due)), Tick(departs), "{due}");
        }
    }

    #[test]
    fn a_crash_loses_what_was_not_sent_and_what_arrives_until_the_restart() {
        let crash = |start, end| fault(start, end, Effect::Crash(Group::of([A])));
        let schedule = Schedule::new(vec![crash(10, 20), crash(20, 30), crash(50, 60)]);
        assert_eq!(schedule.down_times(A).len(), 2, "those that touch are one");
        assert_eq!(schedule.up_from(A, Tick(15)), Tick(30));
        assert_eq!(schedule.next_crash(A, Tick(0)), Tick(10));
        assert_eq!(schedule.next_crash(A, Tick(30)), Tick(50));
        assert!(taken(&schedule, [A, B], [9, 10, 15]), "had not departed");
        assert!(!taken(&schedule, [A, B], [9, 9, 15]), "was under way");
        for (arrives, lost) in [(9, false), (10, true), (30, true), (31, false)] {
            assert_eq!(taken(&schedule, [B, A], [5, 5, arrives]), lost, "{arrives}");
        }
    }

    #[test]
    fn ends_come_before_starts() {
        let schedule = Schedule::new(vec![
            fault(10, 20, Effect::Cut(sides(false))),
            fault(0, 10, Effect::Cut(sides(false))),
        ]);
        let order: Vec<_> =
            schedule.transitions().iter().map(|t| (t.at.0, t.starts, t.fault.0)).collect();
        assert_eq!(order, [(0, true, 1), (10, false, 1), (10, true, 0), (20, false, 0)]);
    }
}
