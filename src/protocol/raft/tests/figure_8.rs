//! The schedule of figure 8: a majority has an entry of an earlier term, and it is not committed.

use super::*;

/// Five nodes, of which a test moves every message by hand.
struct ByHand {
    cluster: Cluster,
}

impl ByHand {
    fn new() -> Self {
        Self { cluster: Cluster::new(5, SETTINGS, 1) }
    }

    fn raft(&self, node: u32) -> &Raft<u32> {
        &self.cluster.nodes[node as usize]
    }

    /// Delivers a message, alone in its instant.
    fn deliver(&mut self, from: u32, to: u32, message: TestMessage) {
        self.cluster.handle(to, |raft, out| raft.on_message(NodeId(from), message, out));
        self.cluster.handle(to, |raft, out| raft.on_timer(Timer::Vote, out));
    }

    /// Delivers what was sent, and the answers, between `node` and the nodes of `reached`; all else is
    /// lost.
    fn exchange(&mut self, node: u32, reached: &[u32]) {
        while !self.cluster.sent.is_empty() {
            for (from, to, message) in std::mem::take(&mut self.cluster.sent) {
                if from == node && reached.contains(&to) || to == node && reached.contains(&from) {
                    self.deliver(from, to, message);
                }
            }
        }
    }

    /// A node times out and is elected by others; its first messages reach only `hear`.
    fn elect(&mut self, node: u32, voters: &[u32], hear: &[u32]) {
        let timer = Timer::Election(self.raft(node).election_timer);
        self.cluster.handle(node, |raft, out| raft.on_timer(timer, out));
        while !self.raft(node).is_leader() {
            let sent = std::mem::take(&mut self.cluster.sent);
            assert!(!sent.is_empty(), "{node} is not elected");
            for (from, to, message) in sent {
                if from == node && voters.contains(&to) || to == node && voters.contains(&from) {
                    self.deliver(from, to, message);
                }
            }
        }
        self.exchange(node, hear);
    }

    fn crash_and_restart(&mut self, node: u32) {
        self.cluster.crash(node);
        self.cluster.restart(node, true);
    }

    fn terms(&self, node: u32) -> Vec<u64> {
        self.raft(node).stable().log.entries().iter().map(|entry| entry.term).collect()
    }
}

/// Nodes are numbered from 0: S1 of the figure is 0. Every log has an entry of term 1, as in the figure.
fn up_to_c() -> ByHand {
    let mut world = ByHand::new();
    world.elect(0, &[1, 2, 3, 4], &[1, 2, 3, 4]);
    world.cluster.handle(0, |raft, out| assert!(raft.propose([1], out)));
    world.exchange(0, &[1, 2, 3, 4]);
    // (a) S1 leads in term 2 and replicates the entry of index 2 to S2 only.
    world.elect(0, &[1, 2, 3, 4], &[]);
    world.cluster.handle(0, |raft, out| assert!(raft.propose([2], out)));
    world.exchange(0, &[1]);
    assert_eq!([0, 1, 2].map(|node| world.terms(node)), [vec![1, 2], vec![1, 2], vec![1]]);
    // (b) S1 crashes; S5 is elected for term 3 by S3, S4 and itself, and accepts another entry.
    world.crash_and_restart(0);
    world.elect(4, &[2, 3], &[]);
    world.cluster.handle(4, |raft, out| assert!(raft.propose([3], out)));
    world.exchange(4, &[]);
    assert_eq!((world.raft(4).term(), world.terms(4)), (3, vec![1, 3]));
    // (c) S5 crashes; S1 restarts and is elected, in term 4 (S5 has voted in term 3 and S3 knows of it, so
    // a first election may fail), and continues replication: S3 gets the entry of term 2 from it.
    world.crash_and_restart(4);
    while world.raft(0).term() < 3 {
        let timer = Timer::Election(world.raft(0).election_timer);
        world.cluster.handle(0, |raft, out| raft.on_timer(timer, out));
        world.cluster.sent.clear();
    }
    world.elect(0, &[1, 2], &[]);
    assert_eq!(world.raft(0).term(), 4);
    world
}

/// Sends what the leader has through index 2 to nodes, as if a batch had ended there.
fn replicate_two(world: &mut ByHand, to: &[u32]) {
    for &node in to {
        let log = &world.raft(0).stable().log;
        let content = Content::AppendEntries {
            previous: log.position(1).unwrap(),
            entries: log.entries()[1..2].to_vec(),
            commit: 0,
        };
        let message = Message { term: 4, content };
        world.cluster.handle(node, |raft, out| raft.on_message(NodeId(0), message, out));
        for (from, _, answer) in std::mem::take(&mut world.cluster.sent) {
            world.cluster.handle(0, |raft, out| raft.on_message(NodeId(from), answer, out));
        }
        // What the leader sends next is lost.
        world.cluster.sent.clear();
    }
}

#[test]
fn an_entry_of_an_earlier_term_is_not_committed_by_counting() {
    let mut world = up_to_c();
    world.cluster.sent.clear();
    replicate_two(&mut world, &[1, 2]);
    // The entry of term 2 is on S1, S2 and S3.
    for node in [0, 1, 2] {
        assert_eq!(world.terms(node)[..2], [1, 2]);
    }
    // S1 has lost what it knew to be committed, and an entry of an earlier term does not tell.
    assert_eq!(world.raft(0).commit(), 0, "a majority has entry 2, of an earlier term");
    // (d) S1 crashes; S5 is elected with votes of S2, S3 and S4, and overwrites the entry.
    world.crash_and_restart(0);
    while world.raft(4).term() < 4 {
        let timer = Timer::Election(world.raft(4).election_timer);
        world.cluster.handle(4, |raft, out| raft.on_timer(timer, out));
        world.cluster.sent.clear();
    }
    world.elect(4, &[1, 2, 3], &[0, 1, 2, 3]);
    for node in 0..5 {
        assert_eq!(world.terms(node)[..2], [1, 3], "S{}", node + 1);
        // The entry with which S5 began commits it.
        assert_eq!(world.raft(node).commit(), 3, "S{}", node + 1);
    }
}

#[test]
fn an_entry_of_the_current_term_commits_those_before_it() {
    let mut world = up_to_c();
    // (e) S1 replicates an entry of its own term to S2 and S3 before it crashes.
    world.cluster.handle(0, |raft, out| assert!(raft.propose([4], out)));
    world.exchange(0, &[1, 2]);
    assert_eq!(world.raft(0).commit(), 4);
    assert_eq!(world.terms(0), [1, 2, 4, 4]);
    // S5 cannot be elected any more.
    world.crash_and_restart(0);
    while world.raft(4).term() < 4 {
        let timer = Timer::Election(world.raft(4).election_timer);
        world.cluster.handle(4, |raft, out| raft.on_timer(timer, out));
        world.cluster.sent.clear();
    }
    let timer = Timer::Election(world.raft(4).election_timer);
    world.cluster.handle(4, |raft, out| raft.on_timer(timer, out));
    world.exchange(4, &[0, 1, 2, 3]);
    assert!(!world.raft(4).is_leader());
    // S3 can, and S5 gives way.
    let next = world.raft(4).term();
    while world.raft(2).term() < next {
        let timer = Timer::Election(world.raft(2).election_timer);
        world.cluster.handle(2, |raft, out| raft.on_timer(timer, out));
        world.cluster.sent.clear();
    }
    world.elect(2, &[0, 1, 3, 4], &[0, 1, 3, 4]);
    assert_eq!(world.terms(4)[..4], [1, 2, 4, 4]);
}
