//! The world: what strikes do to the organisation, and how it reacts. No zone observes it directly.
//!
//! A deterministic state machine above both engines. It collects the strikes of an instant and applies
//! them when the instant closes; what follows from them (a warning, an attack) happens one tick later at
//! the earliest, at an instant of its own.

use std::sync::Arc;

use serde::Serialize;

use crate::id::{Cell, Member, NodeId};
use crate::protocol::desk::{GroundTruth, Reactions};
use crate::time::{SimDuration, SimTime};

/// The outcome of a strike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The member was captured.
    Captured,
    /// The member had been warned and had escaped.
    Escaped,
    /// The member had already been captured, or does not exist.
    Again,
    /// The strike was at somebody who is no member.
    Mistaken,
}

/// What happens in the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorldEvent {
    /// A strike has an outcome.
    Struck {
        /// The zone that strikes.
        node: NodeId,
        /// The member, or the phantom.
        member: Member,
        /// The outcome.
        outcome: Outcome,
    },
    /// The free members of a cell are warned and escape.
    Warned {
        /// The cell.
        cell: Cell,
        /// How many escape.
        escaped: u32,
    },
    /// A cell attacks.
    Attacked {
        /// The cell.
        cell: Cell,
    },
    /// A cell can no longer attack: too few of its members are free.
    Prevented {
        /// The cell.
        cell: Cell,
    },
}

/// The state of a cell.
#[derive(Clone, Copy, Debug)]
struct CellState {
    /// Members that have not been captured.
    free: u32,
    /// When the free members escape; none before a strike.
    warned: Option<SimTime>,
    /// When it attacks; none once it has attacked or cannot.
    attack: Option<SimTime>,
    /// Whether its free members have escaped.
    is_gone: bool,
}

/// The organisation during a run.
#[derive(Clone, Debug)]
pub struct World {
    truth: Arc<GroundTruth>,
    reactions: Reactions,
    /// The end of the run: nothing happens then or later.
    horizon: SimTime,
    cells: Vec<CellState>,
    captured: Vec<bool>,
    count: u32,
    /// By member, phantoms included: the first instant at which it leaves no signs.
    silent_from: Vec<SimTime>,
    /// The strikes of the instant that is not closed.
    strikes: Vec<(NodeId, Member)>,
}

impl World {
    /// The organisation before a run that ends at `horizon` at the latest.
    pub fn new(truth: &Arc<GroundTruth>, reactions: Reactions, horizon: SimTime) -> Self {
        let mut free = vec![0; truth.cells.len()];
        for member in (0..truth.members).map(Member) {
            if let Some(cell) = truth.cell(member) {
                free[cell.index()] += 1;
            }
        }
        let cells = truth.cells.iter().zip(free).map(|(facts, free)| CellState {
            free,
            warned: None,
            attack: Some(facts.deadline)
                .filter(|&at| at < SimTime::NEVER && free >= reactions.attack_needs),
            is_gone: false,
        });
        Self {
            cells: cells.collect(),
            captured: vec![false; truth.members as usize],
            count: 0,
            silent_from: vec![SimTime::NEVER; truth.homes.len()],
            strikes: Vec::new(),
            reactions,
            horizon,
            truth: Arc::clone(truth),
        }
    }

    /// By member, phantoms included: the first instant at which it leaves no signs, because it has been
    /// captured before or escapes then; [`SimTime::NEVER`] as far as is known. A phantom always does.
    pub fn silent_from(&self) -> &[SimTime] {
        &self.silent_from
    }

    fn has_escaped(&self, member: Member) -> bool {
        self.truth.cell(member).is_some_and(|cell| self.cells[cell.index()].is_gone)
    }

    fn silence(&mut self, member: Member, from: SimTime) {
        if let Some(silent_from) = self.silent_from.get_mut(member.index()) {
            *silent_from = from.min(*silent_from);
        }
    }

    /// Takes note of a strike in the instant that is open.
    pub fn strike(&mut self, node: NodeId, member: Member) {
        self.strikes.push((node, member));
    }

    /// Whether there were strikes in the instant that is open.
    #[inline]
    pub fn has_strikes(&self) -> bool {
        !self.strikes.is_empty()
    }

    /// Closes an instant: applies its strikes.
    #[inline]
    pub fn close(&mut self, at: SimTime, report: &mut dyn FnMut(WorldEvent)) {
        if !self.strikes.is_empty() {
            self.apply_strikes(at, report);
        }
    }

    #[cold]
    fn apply_strikes(&mut self, at: SimTime, report: &mut dyn FnMut(WorldEvent)) {
        for (node, member) in std::mem::take(&mut self.strikes) {
            let outcome = self.outcome(member);
            report(WorldEvent::Struck { node, member, outcome });
            if outcome != Outcome::Again {
                self.warn(at, self.truth.cell(member));
            }
            if outcome == Outcome::Captured {
                self.capture(at, member, report);
            }
        }
    }

    fn outcome(&self, member: Member) -> Outcome {
        match self.captured.get(member.index()) {
            None if member.index() < self.truth.homes.len() => Outcome::Mistaken,
            None | Some(true) => Outcome::Again,
            Some(false) if self.has_escaped(member) => Outcome::Escaped,
            Some(false) => Outcome::Captured,
        }
    }

    fn capture(&mut self, at: SimTime, member: Member, report: &mut dyn FnMut(WorldEvent)) {
        self.captured[member.index()] = true;
        self.silence(member, at + SimDuration(1));
        self.count += 1;
        let Some(cell) = self.truth.cell(member) else { return };
        let state = &mut self.cells[cell.index()];
        state.free -= 1;
        if state.attack.is_some() && state.free < self.reactions.attack_needs {
            state.attack = None;
            report(WorldEvent::Prevented { cell });
        }
    }

    /// A strike at a member of `own`, or at a phantom, warns the organisation.
    fn warn(&mut self, at: SimTime, own: Option<Cell>) {
        let Reactions { warning, warning_others, .. } = self.reactions;
        for (index, state) in self.cells.iter_mut().enumerate() {
            let is_own = own.is_some_and(|cell| cell.index() == index);
            let delay = if is_own { warning } else { warning_others };
            // At least a tick, so that all strikes of one instant succeed.
            let warned = at + delay.max(SimDuration(1));
            if state.is_gone || state.warned.is_some_and(|before| before <= warned) {
                continue;
            }
            state.warned = Some(warned);
        }
    }

    /// The next instant before the end at which something happens in the world on its own.
    #[inline]
    pub fn next(&self) -> Option<SimTime> {
        self.cells.iter().filter_map(CellState::next).min().filter(|&at| at < self.horizon)
    }

    /// Advances to an instant: all that is due by then happens.
    pub fn advance(&mut self, to: SimTime, report: &mut dyn FnMut(SimTime, WorldEvent)) {
        while let Some(at) = self.next().filter(|&at| at <= to) {
            for index in 0..self.cells.len() {
                self.advance_cell(Cell(index as u32), at, report);
            }
        }
    }

    fn advance_cell(
        &mut self,
        cell: Cell,
        at: SimTime,
        report: &mut dyn FnMut(SimTime, WorldEvent),
    ) {
        let escapes = self.cells[cell.index()].escapes_at() == Some(at);
        if escapes {
            self.silence_cell(cell, at);
        }
        let state = &mut self.cells[cell.index()];
        if escapes {
            state.is_gone = true;
            report(at, WorldEvent::Warned { cell, escaped: state.free });
            if let (Some(attack), Some(hasty)) =
                (state.attack, self.truth.cells[cell.index()].hasty)
            {
                state.attack = Some(attack.min(at + hasty));
            }
        }
        if state.attack == Some(at) {
            state.attack = None;
            report(at, WorldEvent::Attacked { cell });
        }
    }

    /// The free members of a cell have escaped.
    fn silence_cell(&mut self, cell: Cell, at: SimTime) {
        for member in (cell.0..self.truth.members).step_by(self.cells.len()) {
            self.silence(Member(member), at);
        }
    }

    /// The number of captured members.
    pub fn captured(&self) -> u32 {
        self.count
    }

    /// Whether nothing can change any more: each member has been captured or has escaped, and no cell
    /// attacks before the end.
    pub fn is_over(&self) -> bool {
        self.strikes.is_empty()
            && self.cells.iter().all(|cell| cell.free == 0 || cell.is_gone)
            && self.next().is_none()
    }
}

impl CellState {
    /// When its free members escape.
    fn escapes_at(&self) -> Option<SimTime> {
        self.warned.filter(|_| !self.is_gone && self.free > 0)
    }

    fn next(&self) -> Option<SimTime> {
        [self.escapes_at(), self.attack].into_iter().flatten().min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::desk::CellFacts;

    const NODE: NodeId = NodeId(0);

    fn world(members: u32, cells: Vec<CellFacts>, [own, others, needs]: [u64; 3]) -> World {
        let homes = vec![NODE; members as usize + 1];
        let truth = Arc::new(GroundTruth { members, cells, homes, ..GroundTruth::default() });
        let reactions = Reactions {
            warning: SimDuration(own),
            warning_others: SimDuration(others),
            attack_needs: needs as u32,
        };
        World::new(&truth, reactions, SimTime(10_000))
    }

    const PEACEFUL: CellFacts = CellFacts { deadline: SimTime::NEVER, hasty: None };

    fn strike(world: &mut World, at: u64, member: u32) -> Outcome {
        world.advance(SimTime(at), &mut |_, _| {});
        world.strike(NODE, Member(member));
        let mut found = None;
        world.close(SimTime(at), &mut |event| {
            if let WorldEvent::Struck { outcome, .. } = event {
                found = Some(outcome);
            }
        });
        found.expect("a strike has an outcome")
    }

    #[test]
    fn the_first_capture_warns_the_rest_after_a_delay() {
        let mut world = world(4, vec![PEACEFUL], [10, 10, 1]);
        assert!(!world.is_over());
        assert_eq!(strike(&mut world, 100, 0), Outcome::Captured);
        assert_eq!(strike(&mut world, 100, 0), Outcome::Again);
        assert_eq!(strike(&mut world, 109, 1), Outcome::Captured);
        assert_eq!(world.next(), Some(SimTime(110)), "the first strike counts");
        assert!(!world.is_over());
        assert_eq!(strike(&mut world, 110, 2), Outcome::Escaped);
        assert!(world.is_over() && world.next().is_none());
        assert_eq!(world.captured(), 2);
    }

    #[test]
    fn other_cells_are_warned_later_and_a_mistake_warns_all_of_them() {
        // Members 0 and 2 are in cell 0, member 1 in cell 1; 3 is a phantom.
        let mut world = world(3, vec![PEACEFUL; 2], [10, 50, 1]);
        assert_eq!(strike(&mut world, 0, 0), Outcome::Captured);
        assert_eq!(strike(&mut world, 1, 3), Outcome::Mistaken);
        let mut events = Vec::new();
        world.advance(SimTime(100), &mut |at, event| events.push((at, event)));
        let silent_from = [1, 50, 10].map(SimTime);
        assert_eq!(world.silent_from()[..3], silent_from, "captured at 0; warned later");
        assert_eq!(world.silent_from()[3], SimTime::NEVER, "a phantom is never silent");
        let warned = |cell, escaped| WorldEvent::Warned { cell: Cell(cell), escaped };
        assert_eq!(events, [(SimTime(10), warned(0, 1)), (SimTime(50), warned(1, 1))]);
    }

    #[test]
    fn a_cell_attacks_at_its_deadline_unless_too_few_are_free() {
        let cell = CellFacts { deadline: SimTime(70), hasty: None };
        let mut world = world(4, vec![cell; 2], [1000, 1000, 2]);
        assert_eq!(strike(&mut world, 0, 0), Outcome::Captured);
        assert_eq!(world.silent_from()[..2], [SimTime(1), SimTime::NEVER], "one is captured");
        let mut events = Vec::new();
        world.advance(SimTime(69), &mut |at, event| events.push((at, event)));
        assert_eq!(events, [], "nothing before");
        world.advance(SimTime(70), &mut |at, event| events.push((at, event)));
        assert_eq!(events, [(SimTime(70), WorldEvent::Attacked { cell: Cell(1) })]);
    }

    #[test]
    fn a_warning_brings_an_attack_forward() {
        let cell = CellFacts { deadline: SimTime(700), hasty: Some(SimDuration(5)) };
        let mut world = world(3, vec![cell], [10, 10, 1]);
        strike(&mut world, 0, 0);
        let mut events = Vec::new();
        world.advance(SimTime(100), &mut |at, event| events.push((at, event)));
        let warned = WorldEvent::Warned { cell: Cell(0), escaped: 2 };
        let attacked = WorldEvent::Attacked { cell: Cell(0) };
        assert_eq!(events, [(SimTime(10), warned), (SimTime(15), attacked)]);
        assert!(world.is_over());
    }

    #[test]
    fn an_operation_against_nobody_is_over() {
        assert!(world(0, vec![], [1, 1, 1]).is_over());
    }
}
