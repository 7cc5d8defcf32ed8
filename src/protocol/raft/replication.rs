//! What a leader knows of the logs of its followers.

use std::collections::BTreeMap;

use super::log::Log;
use super::message::{Content, Position};
use crate::id::NodeId;

/// The followers of a leader, in order.
#[derive(Clone, Debug)]
pub struct Replication(BTreeMap<NodeId, Progress>);

/// What a leader knows of a follower.
#[derive(Clone, Copy, Debug)]
struct Progress {
    /// The index of the next entry to send (`nextIndex`).
    next: u64,
    /// The index through which the logs are known to be the same (`matchIndex`).
    matched: u64,
    /// Whether it is not known that the logs are the same before `next`. Then entries are sent anew with
    /// each message until an answer comes; otherwise each is sent once, and again with a heartbeat.
    is_probed: bool,
}

impl Replication {
    /// Followers of which nothing is known, for a leader whose log ends at `last`.
    pub fn new(followers: impl Iterator<Item = NodeId>, last: u64) -> Self {
        let progress = Progress { next: last + 1, matched: 0, is_probed: true };
        Self(followers.map(|node| (node, progress)).collect())
    }

    /// The followers.
    pub fn followers(&self) -> Vec<NodeId> {
        self.0.keys().copied().collect()
    }

    /// What was sent and not acknowledged is to be sent again.
    pub fn resend(&mut self) {
        for progress in self.0.values_mut().filter(|progress| !progress.is_probed) {
            progress.next = progress.matched + 1;
        }
    }

    /// Whether a follower lacks entries that were not sent to it, of a log that ends at `last`.
    pub fn lacks(&self, node: NodeId, last: u64) -> bool {
        self.0.get(&node).is_some_and(|progress| !progress.is_probed && progress.next <= last)
    }

    /// The entries that a follower lacks as far as is known, at most `max_entries`, or none.
    pub fn content<C: Clone>(
        &mut self,
        to: NodeId,
        (log, commit): (&Log<C>, u64),
        max_entries: usize,
    ) -> Option<Content<C>> {
        let progress = self.0.get_mut(&to)?;
        let before = progress.next - 1;
        let previous = log.position(before)?;
        let entries: Vec<_> = log.after(before).iter().take(max_entries).cloned().collect();
        if !progress.is_probed {
            progress.next += entries.len() as u64;
        }
        Some(Content::AppendEntries { previous, entries, commit })
    }

    /// A follower has the log of the leader through an index.
    pub fn matched(&mut self, node: NodeId, through: u64) {
        if let Some(progress) = self.0.get_mut(&node) {
            progress.matched = progress.matched.max(through);
            progress.next = progress.next.max(progress.matched + 1);
            progress.is_probed = false;
        }
    }

    /// A follower has rejected entries after `previous`: goes back over all entries of the conflicting
    /// term (section 5.3). Returns whether to send anew; an answer that is late or a duplicate changes
    /// nothing.
    pub fn rejected<C: Clone>(
        &mut self,
        node: NodeId,
        (previous, conflict): (u64, Position),
        log: &Log<C>,
    ) -> bool {
        let Some(progress) = self.0.get_mut(&node) else { return false };
        let is_stale = progress.is_probed && previous + 1 != progress.next;
        if is_stale || previous <= progress.matched {
            return false;
        }
        let shared = log.last_of(conflict.term).filter(|&last| last < previous);
        let next = shared.map_or(conflict.index, |last| last + 1);
        progress.next = next.max(progress.matched + 1);
        progress.is_probed = true;
        true
    }

    /// The highest index through which a majority has the log of the leader, which ends at `last`.
    pub fn by_majority(&self, last: u64) -> u64 {
        let mut matched: Vec<_> = self.0.values().map(|progress| progress.matched).collect();
        matched.push(last);
        matched.sort_unstable();
        matched[(matched.len() - 1) / 2]
    }
}
