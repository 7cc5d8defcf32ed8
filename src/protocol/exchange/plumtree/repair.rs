//! Repair: what is missing is grafted, what is owed is announced again, who was down compares.

use super::{ItemsOfRound, Message, Out, Plumtree, Timer, received};
use crate::id::{ItemSet, NodeId};
use crate::time::SimDuration;

impl Plumtree {
    /// What a neighbour has and is not known here is waited for.
    pub(super) fn track_missing(
        &mut self,
        place: usize,
        heard: &[ItemsOfRound],
        out: &mut Out<'_, Self>,
    ) {
        let from = self.peers[place].to;
        let mut missing = ItemSet::EMPTY;
        for ItemsOfRound { round, items } in heard {
            let unknown = items.difference(self.received.all());
            missing.union_with(&self.missing.announce(&unknown, from, *round));
        }
        self.start_missing_timer(missing, self.timeouts.timeout_1, self.timeouts.timeout_2, out);
    }

    /// Waits so long for items that are missing, and as long after asking for them.
    fn start_missing_timer(
        &mut self,
        items: ItemSet,
        wait: SimDuration,
        then: SimDuration,
        out: &mut Out<'_, Self>,
    ) {
        if !items.is_empty() {
            let number = self.number();
            self.missing.start_timer(number, items, then);
            out.wake_after(wait, Timer::Missing(number));
        }
    }

    /// Items have not come: those who announced them are asked.
    pub(super) fn on_missing_timer(&mut self, number: u64, out: &mut Out<'_, Self>) {
        let Some((asked, then)) = self.missing.fire(number) else { return };
        let mut waited = ItemSet::EMPTY;
        for (to, items) in asked {
            if let Some(place) = self.peer_index(to) {
                self.peers[place].eager = true;
                waited.union_with(&items);
                out.send(to, Message::Graft(items));
            }
        }
        self.start_missing_timer(waited, then, then.backoff(self.timeouts.retry_max), out);
    }

    /// A neighbour asks for items and becomes eager.
    pub(super) fn on_graft(&mut self, place: usize, items: &ItemSet, out: &mut Out<'_, Self>) {
        let has = items.intersection(self.received.all());
        let branch = &mut self.peers[place];
        branch.eager = true;
        let sent = out.tellable(&has, branch.to);
        if !sent.is_empty() {
            branch.owed.union_with(&sent);
            branch.announced = branch.announced.difference(&sent);
            out.send(branch.to, Message::Gossip(self.received.grouped(&sent)));
            self.arm(place, out);
        }
        if has != *items {
            // It was announced before memory was lost.
            let to = self.peers[place].to;
            let known = self.tellable_by_round(to, out);
            out.send(to, Message::RejoinReply(known));
        }
    }

    /// The known items of which a neighbour may be told, with their rounds.
    pub(super) fn tellable_by_round(&self, to: NodeId, out: &Out<'_, Self>) -> Vec<ItemsOfRound> {
        self.received.grouped(&out.tellable(self.received.all(), to))
    }

    /// A neighbour says all that it has.
    pub(super) fn reconcile(
        &mut self,
        place: usize,
        heard: &[ItemsOfRound],
        out: &mut Out<'_, Self>,
    ) {
        let has = received::all(heard);
        self.missing.retain_announced(self.peers[place].to, &has);
        let owed = self.received.all().difference(&has);
        let owed = out.tellable(&owed, self.peers[place].to).into_owned();
        self.peers[place].reset(owed, self.timeouts.retry);
        self.arm(place, out);
        self.track_missing(place, heard, out);
    }

    /// A neighbour has not shown that it has what it was owed when the timer was set. What came since
    /// is under way and has a timer still to come.
    pub(super) fn retry(&mut self, to: NodeId, number: u64, out: &mut Out<'_, Self>) {
        let Some(place) = self.peer_index(to) else { return };
        let branch = &mut self.peers[place];
        if branch.retry != Some(number) {
            return;
        }
        branch.retry = None;
        if branch.timeout > self.timeouts.retry {
            branch.eager = false;
        }
        branch.timeout = branch.timeout.backoff(self.timeouts.retry_max);
        let message = if branch.is_unheard {
            branch.announced = ItemSet::EMPTY;
            Message::Rejoin(self.tellable_by_round(to, out))
        } else {
            branch.announced = branch.announced.difference(&branch.owed_at_arming);
            Message::IHave(self.received.grouped(&branch.owed_at_arming))
        };
        out.send(to, message);
        self.arm(place, out);
    }

    /// The node is back: its timers are gone, and it may have missed a lot, or forgotten.
    pub(super) fn restart(&mut self, out: &mut Out<'_, Self>) {
        self.batch = None;
        for place in 0..self.peers.len() {
            let owed = self.peers[place].owed.clone();
            let branch = &mut self.peers[place];
            branch.reset(owed, self.timeouts.retry);
            branch.is_unheard = true;
            let to = branch.to;
            out.send(to, Message::Rejoin(self.tellable_by_round(to, out)));
            self.arm(place, out);
        }
        let missing = self.missing.restart();
        self.start_missing_timer(missing, self.timeouts.timeout_1, self.timeouts.timeout_2, out);
    }
}
