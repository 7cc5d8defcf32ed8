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
}

impl Replication {
    /// Followers of which nothing is known, for a leader whose log ends at `last`.
    pub fn new(followers: impl Iterator<Item = NodeId>, last: u64) -> Self {
        Self(followers.map(|node| (node, Progress { next: last + 1, matched: 0 })).collect())
    }

    /// The followers.
    pub fn followers(&self) -> impl Iterator<Item = NodeId> {
        self.0.keys().copied()
    }

    /// The entries that a follower lacks as far as is known, or none.
    pub fn content<C: Clone>(&self, to: NodeId, log: &Log<C>, commit: u64) -> Option<Content<C>> {
        let before = self.0.get(&to)?.next - 1;
        let previous = log.position(before)?;
        Some(Content::AppendEntries { previous, entries: log.after(before).to_vec(), commit })
    }

    /// A follower has the log of the leader through an index.
    pub fn matched(&mut self, node: NodeId, through: u64) {
        if let Some(progress) = self.0.get_mut(&node) {
            progress.matched = progress.matched.max(through);
            progress.next = progress.next.max(progress.matched + 1);
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
        if previous + 1 != progress.next || previous <= progress.matched {
            return false;
        }
        let shared = log.last_of(conflict.term).filter(|&last| last < previous);
        let next = shared.map_or(conflict.index, |last| last + 1);
        progress.next = next.max(progress.matched + 1);
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
