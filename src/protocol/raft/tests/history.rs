//! What has been true of a cluster so far, and the five properties of figure 3.

use std::collections::BTreeMap;

use super::super::{Entry, Position, Raft};
use super::Cluster;

/// How often each property was judged, and how often there was something to judge.
#[derive(Debug, Default)]
pub struct Judged {
    /// Terms with a leader.
    pub leaders: u64,
    /// States of a leader, compared with its state before in the same term.
    pub leader_states: u64,
    /// Entries found in a log that were in the log of another node, or there before.
    pub matching: u64,
    /// Pairs of a committed entry and a leader of a later term.
    pub complete: u64,
    /// Commands applied where another node, or the same one before a crash, has applied one.
    pub applied: u64,
    /// Entries that were removed from a log.
    pub removed: u64,
    /// Entries committed, each once.
    pub committed: u64,
}

/// An entry, and the term of the one before it.
type Link = (u64, Entry<u32>);

#[derive(Default)]
pub struct History {
    pub judged: Judged,
    /// By term, the leader and its log when it was elected.
    leaders: BTreeMap<u64, (u32, Vec<Entry<u32>>)>,
    /// Every entry that was in any log.
    entries: BTreeMap<Position, Link>,
    /// By index, each committed entry and the term in which it was committed.
    committed: BTreeMap<u64, (Entry<u32>, u64)>,
    /// What was applied, in order, and how much of it by each node.
    applied: Vec<u32>,
    by_node: BTreeMap<u32, usize>,
    /// By node, its last term, whether it led, and its log.
    last: BTreeMap<u32, (u64, bool, Vec<Entry<u32>>)>,
}

impl History {
    /// Judges the state of a node after an input.
    pub fn judge(&mut self, cluster: &mut Cluster, node: u32) {
        let raft = &mut cluster.nodes[node as usize];
        self.election_safety(raft, node);
        self.leader_append_only(raft, node);
        self.log_matching(raft);
        self.leader_completeness(raft);
        self.state_machine_safety(raft, node);
        let log = raft.stable().log.entries().to_vec();
        self.last.insert(node, (raft.term(), raft.is_leader(), log));
    }

    /// A node has lost its memory: it applies everything again.
    pub fn forget(&mut self, node: u32) {
        self.by_node.remove(&node);
    }

    /// "At most one leader can be elected in a given term."
    fn election_safety(&mut self, raft: &Raft<u32>, node: u32) {
        if raft.is_leader() {
            let elected = || (node, raft.stable().log.entries().to_vec());
            let judged = &mut self.judged.leaders;
            let (leader, _) = self.leaders.entry(raft.term()).or_insert_with(|| {
                *judged += 1;
                elected()
            });
            assert_eq!(*leader, node, "two leaders of term {}", raft.term());
        }
    }

    /// "A leader never overwrites or deletes entries in its log; it only appends new entries."
    fn leader_append_only(&mut self, raft: &Raft<u32>, node: u32) {
        let Some((term, led, before)) = self.last.get(&node) else { return };
        let log = raft.stable().log.entries();
        if raft.is_leader() && *led && *term == raft.term() {
            self.judged.leader_states += 1;
            assert!(log.starts_with(before), "a leader changed its log");
        }
        let shared = log.iter().zip(before).take_while(|(now, then)| now == then).count();
        self.judged.removed += (before.len() - shared) as u64;
    }

    /// "If two logs contain an entry with the same index and term, then the logs are identical in all
    /// entries up through the given index": by induction, the entry and the term before it are the same.
    fn log_matching(&mut self, raft: &Raft<u32>) {
        let mut previous = 0;
        for (entry, index) in raft.stable().log.entries().iter().zip(1..) {
            let position = Position { term: entry.term, index };
            let link = (previous, entry.clone());
            match self.entries.get(&position) {
                Some(known) => {
                    self.judged.matching += 1;
                    assert_eq!(*known, link, "logs differ at {position:?}");
                }
                None => {
                    self.entries.insert(position, link);
                }
            }
            previous = entry.term;
        }
    }

    /// "If a log entry is committed in a given term, then that entry will be present in the logs of the
    /// leaders for all higher-numbered terms."
    fn leader_completeness(&mut self, raft: &Raft<u32>) {
        let has = |log: &[Entry<u32>], index: u64, entry: &Entry<u32>| {
            log.get(index as usize - 1) == Some(entry)
        };
        for index in 1..=raft.commit() {
            let entry = raft.stable().log.get(index).expect("what is committed is in the log");
            if let Some((known, _)) = self.committed.get(&index) {
                assert_eq!(known, entry, "two committed entries of index {index}");
                continue;
            }
            self.judged.committed += 1;
            self.committed.insert(index, (entry.clone(), raft.term()));
            for (term, (_, log)) in self.leaders.range(raft.term() + 1..) {
                self.judged.complete += 1;
                assert!(has(log, index, entry), "the leader of term {term} lacks entry {index}");
            }
        }
        if raft.is_leader() && self.leaders[&raft.term()].1 == raft.stable().log.entries() {
            for (&index, (entry, term)) in &self.committed {
                if *term < raft.term() {
                    self.judged.complete += 1;
                    let log = raft.stable().log.entries();
                    assert!(has(log, index, entry), "a leader lacks entry {index}");
                }
            }
        }
    }

    /// "If a server has applied a log entry at a given index to its state machine, no other server will
    /// ever apply a different log entry for the same index."
    fn state_machine_safety(&mut self, raft: &mut Raft<u32>, node: u32) {
        let count = self.by_node.entry(node).or_default();
        while let Some(command) = raft.next_committed() {
            match self.applied.get(*count) {
                Some(&known) => {
                    self.judged.applied += 1;
                    assert_eq!(known, command, "node {node} applies another command");
                }
                None => self.applied.push(command),
            }
            *count += 1;
        }
    }

    /// What was applied by all nodes, in order.
    pub fn applied(&self) -> &[u32] {
        &self.applied
    }

    /// How much of it a node has applied.
    pub fn applied_by(&self, node: u32) -> usize {
        self.by_node.get(&node).copied().unwrap_or(0)
    }
}
