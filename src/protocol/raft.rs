//! Raft: nodes agree on a log although some of them are down or cut off.
//!
//! D. Ongaro and J. Ousterhout: "In search of an understandable consensus algorithm (extended version)"
//! (2014), figure 2 and sections 5.1 to 5.4. A node that hears of no leader for the election timeout
//! begins a term and asks for votes; a node votes once in a term, for a candidate whose log is at least
//! as up-to-date as its own. The candidate with a majority leads: it appends commands to its log and
//! sends them to the others, which append what follows their own log and delete what conflicts with it.
//! An entry of the current term that a majority has is committed, with all before it (section 5.4.2):
//! every later leader has it.
//!
//! This is a machine inside a protocol, whose messages and timers wrap its own. The nodes are all zones,
//! or those that are not observers. [`Raft::next_committed`] gives the committed commands in order.
//!
//! # Durable state
//!
//! The term, the vote and the log ([`Stable`]) are in stable storage. A node writes them before it sends
//! a message: both happen while it handles one input, and a crash comes between two inputs. After a crash
//! it is a follower; with `memory = "lost"` it also learns again what is committed.
//!
//! # Deviations
//!
//! - The paper has remote calls and retries; here messages are datagrams, which may be lost, duplicated
//!   and overtaken. An answer names the index that it is about, so that a late one changes nothing. What is
//!   not answered is sent again every `heartbeat`.
//! - Requests for a vote that come in the same instant are answered in random order, so that no
//!   candidate is preferred for its number.
//! - A message has a limited number of entries; the next ones follow when it is acknowledged. An entry is
//!   sent once and again with a heartbeat, without waiting for the acknowledgement of those before it,
//!   unless it is not known where the logs agree.
//! - A leader says at once that an entry is committed, and not with its next heartbeat.
//! - A leader begins with an entry without a command (section 8) only if its log has entries that it does
//!   not know to be committed.
//! - No change of the nodes (section 6), no snapshots (section 7) and no clients (section 8).
//!
//! # Elections
//!
//! Let n nodes wait, from one instant, for timeouts that are uniform on a range of length W, and let
//! every message take d. The first one to time out is the only candidate if no other one times out within
//! d:
//!
//! - P(one candidate) = (1 - d/W)^n.
//!
//! It is then elected 2 d after its timeout. With equal delays the first of several candidates gets the
//! votes of all nodes that are not candidates, and is elected if they and itself are a majority;
//! candidates of the same tick share these votes at random. Timeouts are whole ticks, both ends of the
//! range included; the probability for W + 1 ticks is the sum over x from 0 to W of
//! n ((W + 1 - x - d) / (W + 1))^(n - 1) / (W + 1), without negative terms.
//!
//! # Safety
//!
//! The tests check the five properties of figure 3 after every input of random schedules, against their
//! definitions, and the schedule of figure 8. Another implementation, such as the crate `raft-io`, would be
//! an oracle for what is committed only, and the properties leave nothing open there. In every run a
//! second leader of a term and the removal of a committed entry are panics.

mod log;
mod message;
mod replication;
mod settings;

use std::collections::BTreeSet;

pub use log::Log;
pub use message::{Content, Entry, Message, Position, Timer};
use rand::seq::SliceRandom;
use replication::Replication;
pub use settings::{Settings, Waits};

use super::OutOf;
use crate::id::NodeId;
use crate::rng::uniform_below_u64;
use crate::time::SimDuration;

/// What is in stable storage.
#[derive(Clone, Debug)]
pub struct Stable<C> {
    /// The latest term that the node has seen.
    pub term: u64,
    /// The candidate that has its vote in this term.
    pub voted_for: Option<NodeId>,
    /// The log.
    pub log: Log<C>,
}

/// What a node is in its term.
#[derive(Clone, Debug)]
enum Role {
    Follower,
    Candidate(Votes),
    Leader(Replication),
}

/// The votes for a candidate.
#[derive(Clone, Debug)]
struct Votes {
    unanswered: BTreeSet<NodeId>,
    /// With its own.
    granted: usize,
    /// The number of nodes.
    of: usize,
}

impl Votes {
    fn is_majority(&self) -> bool {
        self.granted > self.of / 2
    }
}

/// A node of Raft, with commands `C`.
#[derive(Clone, Debug)]
pub struct Raft<C> {
    settings: Settings,
    stable: Stable<C>,
    role: Role,
    /// The leader of the current term, once it is known.
    leader: Option<NodeId>,
    commit: u64,
    /// The index of the last entry that was given to the state machine.
    applied: u64,
    election_timer: u64,
    resend_timer: u64,
    /// The requests for a vote of this instant: the candidate, its term, and where its log ends.
    requests: Vec<(NodeId, u64, Position)>,
}

/// The effects of a node inside a machine with outputs `O`.
pub type Out<'a, C, O> = OutOf<'a, Message<C>, Timer, O>;

impl<C: Clone> Raft<C> {
    /// A node that starts for the first time.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            stable: Stable { term: 0, voted_for: None, log: Log::default() },
            role: Role::Follower,
            leader: None,
            commit: 0,
            applied: 0,
            election_timer: 0,
            resend_timer: 0,
            requests: Vec::new(),
        }
    }

    /// What is in stable storage.
    pub fn stable(&self) -> &Stable<C> {
        &self.stable
    }

    /// The current term.
    pub fn term(&self) -> u64 {
        self.stable.term
    }

    /// Whether this node leads in its term.
    pub fn is_leader(&self) -> bool {
        matches!(self.role, Role::Leader(_))
    }

    /// The leader of the current term, if it is known.
    pub fn leader(&self) -> Option<NodeId> {
        self.leader
    }

    /// The index through which the log is known to be committed.
    pub fn commit(&self) -> u64 {
        self.commit
    }

    /// The next committed command that was not taken yet.
    pub fn next_committed(&mut self) -> Option<C> {
        while self.applied < self.commit {
            self.applied += 1;
            let entry = self.stable.log.get(self.applied).expect("a committed entry is in the log");
            if let Some(command) = &entry.command {
                return Some(command.clone());
            }
        }
        None
    }

    /// Takes what is in stable storage from a node whose memory is lost.
    pub fn recover(&mut self, lost: Self) {
        self.stable = lost.stable;
    }

    /// Handles the start or a restart, which has lost the timers.
    pub fn start<O>(&mut self, out: &mut Out<'_, C, O>) {
        self.role = Role::Follower;
        self.leader = None;
        self.requests.clear();
        self.await_leader(out);
    }

    /// Appends commands, if this node leads. Returns whether it does.
    pub fn propose<O>(
        &mut self,
        commands: impl IntoIterator<Item = C>,
        out: &mut Out<'_, C, O>,
    ) -> bool {
        if !self.is_leader() {
            return false;
        }
        for command in commands {
            self.stable.log.push(Entry { term: self.term(), command: Some(command) });
        }
        self.replicate(out);
        self.advance_commit(out);
        true
    }

    /// Handles a message.
    ///
    /// # Panics
    /// Two nodes lead in one term, or a committed entry would be removed.
    pub fn on_message<O>(&mut self, from: NodeId, message: Message<C>, out: &mut Out<'_, C, O>) {
        let Message { term, content } = message;
        if term > self.term() {
            self.enter(term, out);
        }
        let is_current = term == self.term();
        match content {
            Content::RequestVote(last) => {
                if self.requests.is_empty() {
                    out.wake_after(SimDuration(0), Timer::Vote);
                }
                self.requests.push((from, term, last));
            }
            Content::Vote(granted) if is_current => self.count(from, granted, out),
            Content::AppendEntries { previous, entries, commit } => {
                let answer = if is_current {
                    self.follow(from, out);
                    self.append((previous, entries), commit)
                } else {
                    Content::Rejected { previous: previous.index, conflict: Position::default() }
                };
                self.send(from, answer, out);
            }
            Content::Appended(through) if is_current => {
                if let Role::Leader(replication) = &mut self.role {
                    replication.matched(from, through);
                    if replication.lacks(from, self.stable.log.last().index) {
                        self.replicate_to(from, out);
                    }
                    self.advance_commit(out);
                }
            }
            Content::Rejected { previous, conflict } if is_current => {
                if let Role::Leader(replication) = &mut self.role
                    && replication.rejected(from, (previous, conflict), &self.stable.log)
                {
                    self.replicate_to(from, out);
                }
            }
            Content::Vote(_) | Content::Appended(_) | Content::Rejected { .. } => {}
        }
    }

    /// Handles a timer.
    pub fn on_timer<O>(&mut self, timer: Timer, out: &mut Out<'_, C, O>) {
        // Messages precede the timers of an instant.
        self.vote(out);
        match timer {
            Timer::Election(number) if number == self.election_timer => self.campaign(out),
            Timer::Resend(number) if number == self.resend_timer => match &mut self.role {
                Role::Follower => {}
                Role::Candidate(_) => self.ask(out),
                Role::Leader(replication) => {
                    replication.resend();
                    self.replicate(out);
                }
            },
            Timer::Election(_) | Timer::Resend(_) | Timer::Vote => {}
        }
    }

    /// Answers the requests of this instant in random order: the first candidate has the vote, and
    /// messages come in the order of the senders' numbers.
    fn vote<O>(&mut self, out: &mut Out<'_, C, O>) {
        let mut requests = std::mem::take(&mut self.requests);
        if requests.len() > 1 {
            requests.shuffle(out.rng());
        }
        for (candidate, term, last) in requests {
            let granted = term == self.term() && self.grants(candidate, last);
            if granted {
                self.stable.voted_for = Some(candidate);
                self.await_leader(out);
            }
            self.send(candidate, Content::Vote(granted), out);
        }
    }

    /// Enters a later term as a follower.
    fn enter<O>(&mut self, term: u64, out: &mut Out<'_, C, O>) {
        let led = self.is_leader();
        (self.stable.term, self.stable.voted_for) = (term, None);
        (self.role, self.leader) = (Role::Follower, None);
        if led {
            self.await_leader(out);
        }
    }

    /// Draws an election timeout and begins to wait.
    fn await_leader<O>(&mut self, out: &mut Out<'_, C, O>) {
        let Settings { election, election_max, .. } = self.settings;
        let range = election_max.0.saturating_sub(election.0);
        let more = uniform_below_u64(out.rng(), range.saturating_add(1));
        self.election_timer += 1;
        out.wake_after(election + SimDuration(more), Timer::Election(self.election_timer));
    }

    /// Whether to vote for a candidate whose log ends at `last` in the current term.
    fn grants(&self, candidate: NodeId, last: Position) -> bool {
        let is_free = self.stable.voted_for.is_none_or(|voted_for| voted_for == candidate);
        is_free && last >= self.stable.log.last()
    }

    /// Begins a term as a candidate.
    fn campaign<O>(&mut self, out: &mut Out<'_, C, O>) {
        self.stable.term += 1;
        self.stable.voted_for = Some(out.me());
        self.leader = None;
        let unanswered: BTreeSet<_> = self.others(out).collect();
        let of = unanswered.len() + 1;
        self.role = Role::Candidate(Votes { unanswered, granted: 1, of });
        self.await_leader(out);
        self.ask(out);
        self.lead_if_elected(out);
    }

    /// Asks the nodes that have not answered for their votes, and later again.
    fn ask<O>(&mut self, out: &mut Out<'_, C, O>) {
        let (term, last) = (self.term(), self.stable.log.last());
        if let Role::Candidate(votes) = &self.role {
            for &node in &votes.unanswered {
                out.send(node, Message { term, content: Content::RequestVote(last) });
            }
            self.resend_later(out);
        }
    }

    fn resend_later<O>(&mut self, out: &mut Out<'_, C, O>) {
        self.resend_timer += 1;
        out.wake_after(self.settings.heartbeat, Timer::Resend(self.resend_timer));
    }

    /// Counts a vote of the current term.
    fn count<O>(&mut self, from: NodeId, granted: bool, out: &mut Out<'_, C, O>) {
        if let Role::Candidate(votes) = &mut self.role
            && votes.unanswered.remove(&from)
            && granted
        {
            votes.granted += 1;
            self.lead_if_elected(out);
        }
    }

    fn lead_if_elected<O>(&mut self, out: &mut Out<'_, C, O>) {
        if !matches!(&self.role, Role::Candidate(votes) if votes.is_majority()) {
            return;
        }
        let last = self.stable.log.last().index;
        self.role = Role::Leader(Replication::new(self.others(out), last));
        self.leader = Some(out.me());
        // A leader waits for nobody: the timer that is set is stale.
        self.election_timer += 1;
        if last > self.commit {
            self.stable.log.push(Entry { term: self.term(), command: None });
        }
        self.replicate(out);
        self.advance_commit(out);
    }

    /// Follows the leader of the current term.
    fn follow<O>(&mut self, leader: NodeId, out: &mut Out<'_, C, O>) {
        assert!(!self.is_leader(), "{leader:?} and {:?} lead in one term", out.me());
        (self.role, self.leader) = (Role::Follower, Some(leader));
        self.await_leader(out);
    }

    /// Takes entries of the leader that follow `previous`. Returns the answer.
    fn append(
        &mut self,
        (previous, entries): (Position, Vec<Entry<C>>),
        commit: u64,
    ) -> Content<C> {
        match self.stable.log.append(previous, entries, self.commit) {
            Ok(through) => {
                self.commit = self.commit.max(commit.min(through));
                Content::Appended(through)
            }
            Err(conflict) => Content::Rejected { previous: previous.index, conflict },
        }
    }

    /// All other nodes, in order.
    fn others<M, T, O>(&self, out: &OutOf<'_, M, T, O>) -> impl Iterator<Item = NodeId> {
        let all = self.settings.has_observers;
        out.view().peers().filter(move |&zone| all || !out.is_observer(zone))
    }

    /// Sends every follower what was not sent to it, and all that it lacks later.
    fn replicate<O>(&mut self, out: &mut Out<'_, C, O>) {
        if let Role::Leader(replication) = &self.role {
            for node in replication.followers() {
                self.replicate_to(node, out);
            }
            self.resend_later(out);
        }
    }

    fn replicate_to<O>(&mut self, node: NodeId, out: &mut Out<'_, C, O>) {
        let log = (&self.stable.log, self.commit);
        if let Role::Leader(replication) = &mut self.role
            && let Some(content) = replication.content(node, log, self.settings.max_entries)
        {
            self.send(node, content, out);
        }
    }

    fn send<O>(&self, to: NodeId, content: Content<C>, out: &mut Out<'_, C, O>) {
        out.send(to, Message { term: self.term(), content });
    }

    /// Commits what a majority has, if it ends with an entry of the current term, and says so.
    fn advance_commit<O>(&mut self, out: &mut Out<'_, C, O>) {
        let Role::Leader(replication) = &self.role else { return };
        let last = self.stable.log.last().index;
        if self.commit == last {
            return;
        }
        let index = replication.by_majority(last);
        let is_current = self.stable.log.get(index).is_some_and(|entry| entry.term == self.term());
        if index > self.commit && is_current {
            self.commit = index;
            self.replicate(out);
        }
    }
}

#[cfg(test)]
mod tests;
