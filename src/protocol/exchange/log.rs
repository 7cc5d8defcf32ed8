//! `log`: the zones elect a leader, which puts all items into one order; every zone learns them in this
//! order, each once a majority of the zones has it.
//!
//! D. Ongaro and J. Ousterhout: "In search of an understandable consensus algorithm (extended version)"
//! (2014): [`raft`], with items as commands, one for each entry. All zones take part,
//! observers too, since all are to have every item; the hub does not.
//!
//! A zone that publishes an item sends it to the leader, and again every `retry` until it sees the item
//! committed. The leader appends it unless its log has it: a later leader has every committed entry, so
//! no log has an item twice. A zone that learns of a new leader sends it all of its items that are not
//! committed. A committed entry is delivered at once, and the leader says at once that it is committed.
//!
//! # How long it takes
//!
//! Let U be the link from the zone to the leader, M the round trip of the leader to the last zone needed
//! for a majority, and F its longest link to another zone: the leader delivers after U + M, the last zone
//! after U + M + F. An item costs its message to the leader, the entry and its acknowledgement for every
//! other zone, and the same again to say that it is committed. Items that come while an entry is under
//! way share the messages that say so.
//!
//! # What it guarantees, and when
//!
//! *Safety*, whatever happens: no two zones deliver two items in different orders, and none leaves out an
//! item that another has delivered before a later one. Runs are checked for this, and Raft's own
//! properties are checked where it is ([`raft`]).
//!
//! *Liveness*: nothing is delivered without a majority. With one, an election may fail, and so may the
//! next: no finite time is certain, and none is stated, so a run is not judged by what has not arrived.
//! Once a majority is connected, the first of its zones to time out is elected with at least the
//! probability that [`raft`] gives; its items are delivered a round trip or two later.
//!
//! # Release
//!
//! Every item goes to the leader and to all zones, so rules that keep a lead from some zones, or tell
//! some later than others, are refused before a run. What is for one node only (requests, answers,
//! findings) its originator tells directly.
//!
//! # Durable state
//!
//! The term, the vote and the log, and what the zone has published that is not committed yet. A zone that
//! has lost its memory delivers the log again from its beginning.

mod message;
mod params;

use std::collections::BTreeMap;

pub use message::{Message, Timer};
pub use params::Params;

use super::{Deliver, Publish};
use crate::id::{Item, ItemSet, NodeId};
use crate::protocol::raft::{self, Raft};
use crate::protocol::{
    ConfigError, Cost, Input, NamedProtocol, NodeView, Out, Params as _, Protocol, ProtocolInfo,
    Release, Routing, RunBounds,
};
use crate::time::{LocalTime, NanoDuration, SimDuration};

/// The entry of `log` in the list of protocols.
pub const INFO: ProtocolInfo = ProtocolInfo {
    name: "log",
    about: "an elected leader puts all items into one order, in which every zone learns them",
    source: "Ongaro and Ousterhout, In search of an understandable consensus algorithm (extended \
             version), 2014, figure 2",
    deviations: &[
        "messages may be lost, and are repeated with heartbeats; the paper has remote calls",
        "the leader says at once that an entry is committed, not with its next heartbeat",
        "a leader begins with an empty entry (section 8) only if its log has entries that it does \
         not know to be committed",
        "an item is its own serial number: a leader drops one that its log has (section 8)",
        "zones that do not lead ignore what is sent to a leader; the sender hears of the leader by \
         its heartbeats",
        "zones and snapshots do not change, and the log is kept whole",
    ],
    formulas: &[
        Cost { what: "messages per item, one at a time", formula: "4*(n - 1) + 1" },
        Cost { what: "messages per item of the leader, one at a time", formula: "4*(n - 1)" },
        Cost { what: "payloads per item, one at a time", formula: "n" },
        Cost { what: "payloads per item of the leader, one at a time", formula: "n - 1" },
        Cost { what: "messages of an election with one candidate", formula: "4*(n - 1)" },
        Cost { what: "messages of a heartbeat", formula: "2*(n - 1)" },
        Cost { what: "from the last timeout to the election", formula: "M" },
        Cost { what: "time until it is committed", formula: "U + M" },
        Cost { what: "time to all", formula: "U + M + F" },
    ],
    variables: "n zones; U the link from the origin to the leader; M the round trip from the leader \
                to the last zone needed for a majority; F its longest link to a zone other than the \
                origin",
    guarantees: "all zones deliver in one order, without gaps, whatever happens; nothing is \
                 delivered without a majority of the zones. With one, elections end and every item \
                 is delivered, but no finite time is certain: each election may fail, so no bound is \
                 stated. The term, the vote, the log and items that are not committed survive a crash \
                 with loss of memory. Release rules that keep leads from some zones are refused",
    release: Release::Collective,
    settings: Params::PARAMS,
};

/// What it knows of the leader.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Leading {
    /// It leads in this term; its log has these items.
    Own(u64, ItemSet),
    /// Another zone leads in this term, and was sent all items that are not committed.
    Other(u64, NodeId),
}

/// The state machine of a zone.
#[derive(Clone, Debug)]
pub struct Log {
    /// A command is one item.
    raft: Raft<ItemSet>,
    retry: SimDuration,
    /// The items that it has published or delivered.
    known: ItemSet,
    /// Its own items that it does not know to be committed. Durable.
    pending: ItemSet,
    /// Who sent an item that is not committed yet.
    senders: BTreeMap<Item, NodeId>,
    leading: Option<Leading>,
    /// When its next retry is due, if there is one.
    retry_due: Option<LocalTime>,
}

impl NamedProtocol for Log {
    type Params = Params;
    const INFO: ProtocolInfo = INFO;

    fn new(params: &Params, _view: &NodeView, resolution: NanoDuration) -> Self {
        Self {
            raft: Raft::new(params.raft(resolution)),
            retry: SimDuration(params.retry.ticks(resolution).0.max(1)),
            known: ItemSet::EMPTY,
            pending: ItemSet::EMPTY,
            senders: BTreeMap::new(),
            leading: None,
            retry_due: None,
        }
    }

    fn check(params: &Params, view: &NodeView) -> Result<(), ConfigError> {
        params.check(view.zones)
    }

    fn routing(_params: &Params) -> Routing {
        Routing::Elected
    }

    fn has_total_order(_params: &Params) -> bool {
        true
    }

    fn warnings(params: &Params, _bounds: &RunBounds) -> Vec<String> {
        params.warnings()
    }
}

impl Protocol for Log {
    type Message = Message;
    type Timer = Timer;
    type Input = Publish;
    type Output = Deliver;

    fn handle(&mut self, input: Input<Self>, out: &mut Out<'_, Self>) {
        // The hub is no zone.
        if out.view().is_hub() {
            return;
        }
        match input {
            Input::Start => self.raft(out, |raft, out| raft.start(out)),
            Input::Restart => {
                (self.leading, self.retry_due) = (None, None);
                self.raft(out, |raft, out| raft.start(out));
            }
            Input::Local(Publish(item)) => self.publish(item, out),
            Input::Message { from, message: Message::Forward(items) } => {
                self.note_sender(from, &items);
                self.append(&items, out);
            }
            Input::Message { from, message: Message::Raft(message) } => {
                for items in message.commands() {
                    self.note_sender(from, items);
                }
                self.raft(out, |raft, out| raft.on_message(from, message, out));
            }
            Input::Timer(Timer::Raft(timer)) => {
                self.raft(out, |raft, out| raft.on_timer(timer, out));
            }
            Input::Timer(Timer::Retry(due)) if self.retry_due == Some(due) => {
                self.retry_due = None;
                self.forward(out);
            }
            Input::Timer(Timer::Retry(_)) => {}
        }
    }

    fn recover(&mut self, lost: Self) {
        self.raft.recover(lost.raft);
        self.known = lost.pending.clone();
        self.pending = lost.pending;
    }
}

impl Log {
    /// Lets Raft handle something, then delivers what it has committed and turns to a new leader.
    fn raft(
        &mut self,
        out: &mut Out<'_, Self>,
        body: impl FnOnce(&mut Raft<ItemSet>, &mut raft::Out<'_, ItemSet, Deliver>),
    ) {
        out.inner(Message::Raft, Timer::Raft, |out| body(&mut self.raft, out));
        self.deliver(out);
        self.follow(out);
    }

    /// Notes who sent items that are not known, for the trace.
    fn note_sender(&mut self, from: NodeId, items: &ItemSet) {
        for item in items.difference(&self.known).iter() {
            self.senders.entry(item).or_insert(from);
        }
    }

    /// Delivers what is committed, in the order of the log.
    fn deliver(&mut self, out: &mut Out<'_, Self>) {
        while let Some(items) = self.raft.next_committed() {
            self.pending = self.pending.difference(&items);
            for item in self.known.union_with(&items).iter() {
                out.emit(Deliver { item, from: self.senders.remove(&item) });
            }
        }
    }

    /// Publishes an item, unless some zone may not have it: then its originator tells it directly.
    fn publish(&mut self, item: Item, out: &mut Out<'_, Self>) {
        if !out.view().peers().all(|zone| out.may_tell(item, zone)) {
            return;
        }
        let items = ItemSet::singleton(item);
        self.known.insert(item);
        self.pending.insert(item);
        match self.leading {
            Some(Leading::Own(..)) => self.append(&items, out),
            Some(Leading::Other(_, leader)) => {
                out.send(leader, Message::Forward(items));
                self.retry_later(out);
            }
            None => {}
        }
    }

    /// Appends items to the log, if it leads.
    fn append(&mut self, items: &ItemSet, out: &mut Out<'_, Self>) {
        let Some(Leading::Own(_, logged)) = &mut self.leading else { return };
        let new = logged.union_with(items);
        if !new.is_empty() {
            self.raft(out, |raft, out| {
                raft.propose(new.iter().map(ItemSet::singleton), out);
            });
        }
    }

    /// Turns to a new leader with all that is not committed.
    fn follow(&mut self, out: &mut Out<'_, Self>) {
        let term = self.raft.term();
        if self.raft.is_leader() {
            if !matches!(self.leading, Some(Leading::Own(led, _)) if led == term) {
                let mut logged = ItemSet::EMPTY;
                for items in self.raft.stable().log.entries().iter().flat_map(|e| &e.command) {
                    logged.union_with(items);
                }
                self.leading = Some(Leading::Own(term, logged));
                let pending = self.pending.clone();
                self.append(&pending, out);
            }
            return;
        }
        let leading = self.raft.leader().map(|leader| Leading::Other(term, leader));
        if leading != self.leading {
            self.leading = leading;
            self.forward(out);
        }
    }

    /// Sends all that is not committed to the leader, if there is another, and later again.
    fn forward(&mut self, out: &mut Out<'_, Self>) {
        if let Some(Leading::Other(_, leader)) = self.leading
            && !self.pending.is_empty()
        {
            out.send(leader, Message::Forward(self.pending.clone()));
            self.retry_later(out);
        }
    }

    /// Sets the timer of a retry, unless one runs.
    fn retry_later(&mut self, out: &mut Out<'_, Self>) {
        if self.retry_due.is_none() {
            let due = out.now() + self.retry;
            self.retry_due = Some(due);
            out.timer_after_sent(self.retry, Timer::Retry(due));
        }
    }
}

#[cfg(test)]
mod tests;
