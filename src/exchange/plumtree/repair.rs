//! Repair: what is missing is grafted, what is owed is announced again, who was down compares.

use super::{Alarm, Heard, Out, Plumtree, Talk, rounds};
use crate::id::{ItemSet, NodeId};
use crate::time::Span;

impl Plumtree {
    /// What a neighbour has and is not known here is waited for.
    pub(super) fn note(&mut self, place: usize, heard: &[Heard], out: &mut Out<'_, Self>) {
        let from = self.branches[place].to;
        let mut missing = ItemSet::EMPTY;
        for Heard { round, items } in heard {
            let unknown = items.minus(self.known.all());
            missing.absorb(&self.missing.note(&unknown, from, *round));
        }
        self.wait(missing, self.waits.timeout_1, self.waits.timeout_2, out);
    }

    /// Waits so long for items that are missing, and as long after asking for them.
    fn wait(&mut self, items: ItemSet, wait: Span, then: Span, out: &mut Out<'_, Self>) {
        if !items.is_empty() {
            let number = self.number();
            self.missing.wait(number, items, then);
            out.wake_after(wait, Alarm::Missing(number));
        }
    }

    /// Items have not come: those who announced them are asked.
    pub(super) fn graft(&mut self, number: u64, out: &mut Out<'_, Self>) {
        let Some((asked, then)) = self.missing.ring(number) else { return };
        let mut waited = ItemSet::EMPTY;
        for (to, items) in asked {
            if let Some(place) = self.place(to) {
                self.branches[place].eager = true;
                waited.absorb(&items);
                out.send(to, Talk::Graft(items));
            }
        }
        self.wait(waited, then, then.doubled(self.waits.retry_max), out);
    }

    /// A neighbour asks for items and becomes eager.
    pub(super) fn grafted(&mut self, place: usize, items: &ItemSet, out: &mut Out<'_, Self>) {
        let has = items.both(self.known.all());
        let branch = &mut self.branches[place];
        branch.eager = true;
        if !has.is_empty() {
            branch.owed.absorb(&has);
            branch.announced = branch.announced.minus(&has);
            out.send(branch.to, Talk::Gossip(self.known.grouped(&has)));
            self.arm(place, out);
        }
        if has != *items {
            // It was announced before memory was lost.
            let to = self.branches[place].to;
            out.send(to, Talk::Welcome(self.known.grouped(self.known.all())));
        }
    }

    /// A neighbour says all that it has.
    pub(super) fn compare(&mut self, place: usize, heard: &[Heard], out: &mut Out<'_, Self>) {
        let has = rounds::all(heard);
        self.missing.forget(self.branches[place].to, &has);
        self.branches[place].reset(self.known.all().minus(&has), self.waits.retry);
        self.arm(place, out);
        self.note(place, heard, out);
    }

    /// A neighbour has not shown that it has what it was owed when the timer was set. What came since
    /// is under way and has a timer still to come.
    pub(super) fn retry(&mut self, to: NodeId, number: u64, out: &mut Out<'_, Self>) {
        let Some(place) = self.place(to) else { return };
        let branch = &mut self.branches[place];
        if branch.retry != Some(number) {
            return;
        }
        branch.retry = None;
        if branch.timeout > self.waits.retry {
            branch.eager = false;
        }
        branch.timeout = branch.timeout.doubled(self.waits.retry_max);
        let message = if branch.is_unheard {
            branch.announced = ItemSet::EMPTY;
            Talk::Back(self.known.grouped(self.known.all()))
        } else {
            branch.announced = branch.announced.minus(&branch.aged);
            Talk::IHave(self.known.grouped(&branch.aged))
        };
        out.send(to, message);
        self.arm(place, out);
    }

    /// The node is back: its timers are gone, and it may have missed a lot, or forgotten.
    pub(super) fn restart(&mut self, out: &mut Out<'_, Self>) {
        self.batch = None;
        for place in 0..self.branches.len() {
            let owed = self.branches[place].owed.clone();
            let branch = &mut self.branches[place];
            branch.reset(owed, self.waits.retry);
            branch.is_unheard = true;
            out.send(branch.to, Talk::Back(self.known.grouped(self.known.all())));
            self.arm(place, out);
        }
        let missing = self.missing.restart();
        self.wait(missing, self.waits.timeout_1, self.waits.timeout_2, out);
    }
}
