//! Tests of Raft by itself: nodes, their timers, and a network that a test controls.

mod elections;
mod figure_3;
mod figure_8;
mod history;
mod schedules;

use std::collections::BTreeMap;

use super::*;
use crate::protocol::{Effect, NodeView};
use crate::rng::{RngStream, stream};
use crate::time::LocalTime;

type TestMessage = Message<u32>;
/// Messages with their receivers.
type Sent = Vec<(u32, TestMessage)>;
type TestEffects = Vec<Effect<TestMessage, Timer, ()>>;

const SETTINGS: Settings = Settings {
    election: SimDuration(50),
    election_max: SimDuration(100),
    heartbeat: SimDuration(10),
    max_entries: 2,
    has_observers: false,
};

fn view(me: u32, zones: u32) -> NodeView {
    NodeView { me: NodeId(me), zones, hub: None, deputy: None }
}

/// One input of a node. Returns its messages, and its timers with their delays.
fn step(
    node: &mut Raft<u32>,
    (view, now): (&NodeView, u64),
    rng: &mut RngStream,
    input: impl FnOnce(&mut Raft<u32>, &mut Out<'_, u32, ()>),
) -> (Sent, Vec<(u64, Timer)>) {
    let mut effects = TestEffects::new();
    input(node, &mut OutOf::new(view, LocalTime(now as i64), rng, &mut effects));
    let (mut sent, mut timers) = (Vec::new(), Vec::new());
    for effect in effects {
        match effect {
            Effect::Send(to, message) => sent.push((to.0, message)),
            Effect::WakeAfter(delay, timer) => timers.push((delay.0, timer)),
            Effect::WakeAt(..) | Effect::Emit(()) => unreachable!("{effect:?}"),
        }
    }
    (sent, timers)
}

/// What is due at a node.
enum Due {
    Message {
        from: u32,
        message: TestMessage,
    },
    /// A timer, set after so many restarts of its node.
    Timer(Timer, u32),
}

/// Nodes in virtual time. A message that a test does not drop is handled after a delay of its choice.
struct Cluster {
    nodes: Vec<Raft<u32>>,
    /// The number of restarts of each.
    restarts: Vec<u32>,
    is_up: Vec<bool>,
    now: u64,
    /// By time and number; messages of an instant come before timers.
    due: BTreeMap<(u64, bool, u64), (u32, Due)>,
    number: u64,
    rng: RngStream,
    /// What was sent by the last input, and not yet put on the network.
    sent: Vec<(u32, u32, TestMessage)>,
}

impl Cluster {
    /// Nodes that have started.
    fn new(count: u32, settings: Settings, seed: u64) -> Self {
        let mut cluster = Self {
            nodes: (0..count).map(|_| Raft::new(settings)).collect(),
            restarts: vec![0; count as usize],
            is_up: vec![true; count as usize],
            now: 0,
            due: BTreeMap::new(),
            number: 0,
            rng: stream(seed, "raft", u64::from(count)),
            sent: Vec::new(),
        };
        for node in 0..count {
            cluster.handle(node, |raft, out| raft.start(out));
        }
        cluster
    }

    fn handle(&mut self, node: u32, input: impl FnOnce(&mut Raft<u32>, &mut Out<'_, u32, ()>)) {
        let view = view(node, self.nodes.len() as u32);
        let raft = &mut self.nodes[node as usize];
        let (sent, timers) = step(raft, (&view, self.now), &mut self.rng, input);
        self.sent.extend(sent.into_iter().map(|(to, message)| (node, to, message)));
        for (delay, timer) in timers {
            let restarts = self.restarts[node as usize];
            self.add(delay, node, Due::Timer(timer, restarts));
        }
    }

    fn add(&mut self, delay: u64, node: u32, due: Due) {
        self.number += 1;
        let is_timer = matches!(due, Due::Timer(..));
        self.due.insert((self.now + delay, is_timer, self.number), (node, due));
    }

    /// Delivers what was sent last after `delay(from, to)`, or never.
    fn post(&mut self, mut delay: impl FnMut(u32, u32) -> Option<u64>) {
        for (from, to, message) in std::mem::take(&mut self.sent) {
            if let Some(delay) = delay(from, to) {
                self.add(delay, to, Due::Message { from, message });
            }
        }
    }

    /// Handles what is due next, up to an instant. Returns the node, or None if nothing is due.
    fn next(&mut self, until: u64) -> Option<u32> {
        let entry = self.due.first_entry().filter(|entry| entry.key().0 <= until)?;
        let ((now, ..), (node, due)) = entry.remove_entry();
        self.now = now;
        let is_up = self.is_up[node as usize];
        match due {
            Due::Message { from, message } if is_up => {
                self.handle(node, |raft, out| raft.on_message(NodeId(from), message, out));
            }
            Due::Timer(timer, restarts) if is_up && restarts == self.restarts[node as usize] => {
                self.handle(node, |raft, out| raft.on_timer(timer, out));
            }
            Due::Message { .. } | Due::Timer(..) => {}
        }
        Some(node)
    }

    fn crash(&mut self, node: u32) {
        self.is_up[node as usize] = false;
        self.restarts[node as usize] += 1;
    }

    fn restart(&mut self, node: u32, is_memory_lost: bool) {
        self.is_up[node as usize] = true;
        if is_memory_lost {
            let raft = &mut self.nodes[node as usize];
            let lost = std::mem::replace(raft, Raft::new(SETTINGS));
            raft.recover(lost);
        }
        self.handle(node, |raft, out| raft.start(out));
    }

    fn count(&self) -> u32 {
        self.nodes.len() as u32
    }

    fn leaders(&self) -> Vec<u32> {
        let leads =
            |&node: &u32| self.is_up[node as usize] && self.nodes[node as usize].is_leader();
        (0..self.count()).filter(leads).collect()
    }
}
