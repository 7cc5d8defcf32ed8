//! Repair: missing items are grafted, unacknowledged items are announced again, and a zone that was
//! down compares its items with its peers.

use super::{ItemsOfRound, Message, Out, Plumtree, Timer, received};
use crate::id::{ItemSet, NodeId};
use crate::time::SimDuration;

impl Plumtree {
    /// Waits for announced items that are not known.
    pub(super) fn track_missing(
        &mut self,
        index: usize,
        rounds: &[ItemsOfRound],
        out: &mut Out<'_, Self>,
    ) {
        let from = self.peers[index].to;
        let mut missing = ItemSet::EMPTY;
        for ItemsOfRound { round, items } in rounds {
            let unknown = items.difference(self.received.all());
            missing.union_with(&self.missing.announce(&unknown, from, *round));
        }
        self.start_missing_timer(missing, self.timeouts.timeout_1, self.timeouts.timeout_2, out);
    }

    /// Sets a timer for missing items; `then` is the wait after asking for them.
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

    /// Asks announcers for items that have not arrived.
    pub(super) fn on_missing_timer(&mut self, number: u64, out: &mut Out<'_, Self>) {
        let Some((asked, then)) = self.missing.fire(number) else { return };
        let mut missing = ItemSet::EMPTY;
        for (to, items) in asked {
            if let Some(index) = self.peer_index(to) {
                self.peers[index].eager = true;
                missing.union_with(&items);
                out.send(to, Message::Graft(items));
            }
        }
        self.start_missing_timer(missing, then, then.backoff(self.timeouts.retry_max), out);
    }

    /// Makes the peer eager and sends it the items that it asks for.
    pub(super) fn on_graft(&mut self, index: usize, items: &ItemSet, out: &mut Out<'_, Self>) {
        let has = items.intersection(self.received.all());
        let peer = &mut self.peers[index];
        peer.eager = true;
        let sent = out.tellable(&has, peer.to);
        if !sent.is_empty() {
            peer.unacked.union_with(&sent);
            peer.pending_ihave = peer.pending_ihave.difference(&sent);
            out.send(peer.to, Message::Gossip(self.received.grouped(&sent)));
            self.arm(index, out);
        }
        if has != *items {
            // It was announced before a crash with loss of memory.
            let to = self.peers[index].to;
            let known = self.tellable_by_round(to, out);
            out.send(to, Message::RejoinReply(known));
        }
    }

    /// The known items that a peer may be told of, with their rounds.
    pub(super) fn tellable_by_round(&self, to: NodeId, out: &Out<'_, Self>) -> Vec<ItemsOfRound> {
        self.received.grouped(&out.tellable(self.received.all(), to))
    }

    /// Handles the complete set of items of a peer.
    pub(super) fn reconcile(
        &mut self,
        index: usize,
        rounds: &[ItemsOfRound],
        out: &mut Out<'_, Self>,
    ) {
        let has = received::all(rounds);
        self.missing.retain_announced(self.peers[index].to, &has);
        let unacked = self.received.all().difference(&has);
        let unacked = out.tellable(&unacked, self.peers[index].to).into_owned();
        self.peers[index].reset(unacked, self.timeouts.retry);
        self.arm(index, out);
        self.track_missing(index, rounds, out);
    }

    /// Announces unacknowledged items again, unless the timer is stale. Items sent since the timer
    /// was set are in transit and get the next timer.
    pub(super) fn retry(&mut self, to: NodeId, number: u64, out: &mut Out<'_, Self>) {
        let Some(index) = self.peer_index(to) else { return };
        let peer = &mut self.peers[index];
        if peer.retry != Some(number) {
            return;
        }
        peer.retry = None;
        if peer.timeout > self.timeouts.retry {
            peer.eager = false;
        }
        peer.timeout = peer.timeout.backoff(self.timeouts.retry_max);
        let message = if peer.awaits_rejoin_reply {
            peer.pending_ihave = ItemSet::EMPTY;
            Message::Rejoin(self.tellable_by_round(to, out))
        } else {
            peer.pending_ihave = peer.pending_ihave.difference(&peer.unacked_when_set);
            Message::IHave(self.received.grouped(&peer.unacked_when_set))
        };
        out.send(to, message);
        self.arm(index, out);
    }

    /// Handles a restart: timers are lost, and messages or memory may be.
    pub(super) fn restart(&mut self, out: &mut Out<'_, Self>) {
        self.batch = None;
        for index in 0..self.peers.len() {
            let unacked = self.peers[index].unacked.clone();
            let peer = &mut self.peers[index];
            peer.reset(unacked, self.timeouts.retry);
            peer.awaits_rejoin_reply = true;
            let to = peer.to;
            out.send(to, Message::Rejoin(self.tellable_by_round(to, out)));
            self.arm(index, out);
        }
        let missing = self.missing.restart();
        self.start_missing_timer(missing, self.timeouts.timeout_1, self.timeouts.timeout_2, out);
    }
}
