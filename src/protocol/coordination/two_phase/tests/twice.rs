//! Late, reordered, duplicated and lost messages violate no invariant.

use crate::protocol::coordination::patience::Patience;
use crate::protocol::coordination::timing::Timing;
use std::collections::BTreeMap;

use rand::Rng;

use super::*;
use crate::rng::RngStream;

/// An input that is due at a node.
#[derive(Clone)]
enum Next {
    Located(Member),
    Message(NodeId, Message),
    Timer(Timer),
    Restart,
}

/// Three nodes, the inputs that are due, and what the nodes have done.
struct Trial {
    machines: Vec<TwoPhase>,
    silent: Silent,
    /// By instant and sequence number.
    queue: BTreeMap<(i64, u64), (NodeId, Next)>,
    number: u64,
    rng: RngStream,
    ready: Vec<(NodeId, u32)>,
    decided: Option<u32>,
    /// The zones that know of the commit.
    informed: Vec<NodeId>,
    strikes: u32,
}

impl Trial {
    fn new(seed: u64, silent: Silent) -> Self {
        let mut rng = stream(seed, "twice", 0);
        let mut secs = |max: u32| NanoDuration::from_secs(1 + u64::from(rng.random_range(0..max)));
        let params = Params {
            vote: secs(15),
            margin: secs(10),
            pause: secs(10),
            give_up: GiveUp::After(NanoDuration::from_secs(60)),
            patience: Patience { deadline: NanoDuration::from_secs(1), ..Patience::default() },
            timing: Timing {
                resend: secs(6),
                probe: NanoDuration::from_secs(3600),
                ..Timing::default()
            },
            ..params(silent)
        };
        let view = |me| NodeView { me: NodeId(me), ..FIRST };
        let machine = |me| TwoPhase::new(&params, &view(me), NanoDuration::from_ms(1));
        let mut trial = Self {
            machines: (0..3).map(machine).collect(),
            silent,
            queue: BTreeMap::new(),
            number: 0,
            rng,
            ready: Vec::new(),
            decided: None,
            informed: Vec::new(),
            strikes: 0,
        };
        for zone in 0..3 {
            trial.push(5, NodeId(zone), Next::Located(Member(zone)));
            let late = trial.rng.random_range(0..200_000);
            trial.push(late, NodeId(zone), Next::Located(Member(10 + zone)));
            let restart = trial.rng.random_range(0..100_000);
            trial.push(restart, NodeId(zone), Next::Restart);
        }
        trial.push(1_000, NodeId(0), Next::Timer(Timer::View(coordinator_view::Timer::Deadline)));
        trial
    }

    fn push(&mut self, at: i64, to: NodeId, next: Next) {
        self.number += 1;
        self.queue.insert((at, self.number), (to, next));
    }

    fn run(&mut self) {
        while let Some(((now, _), (me, next))) = self.queue.pop_first() {
            if now > 300_000 {
                return;
            }
            if let Next::Message(_, Message::Commit { .. }) = next {
                self.informed.push(me);
            }
            let input = match next {
                Next::Located(member) => Input::Local(Located(member)),
                Next::Message(from, message) => Input::Message { from, message },
                Next::Timer(timer) => Input::Timer(timer),
                Next::Restart => {
                    let lost = |to: NodeId, next: &Next| to == me && matches!(next, Next::Timer(_));
                    self.queue.retain(|_, (to, next)| !lost(*to, next));
                    Input::Restart
                }
            };
            let view = NodeView { me, ..FIRST };
            for effect in handle(&mut self.machines[me.index()], &view, now, input) {
                self.effect(now, me, effect);
            }
        }
    }

    fn effect(&mut self, now: i64, me: NodeId, effect: Effect<Message, Timer, Output>) {
        match effect {
            Effect::Send(to, message) => {
                if let Message::Prepared(round) = message {
                    self.ready.push((me, round));
                }
                if let Message::Commit { round, .. } = message {
                    self.decided = Some(round);
                }
                // Up to three copies, each with its own delay; none is a loss.
                for _ in 0..self.rng.random_range(0..4) {
                    let delay = 1 + self.rng.random_range(0..15_000);
                    self.push(now + delay, to, Next::Message(me, message.clone()));
                }
            }
            Effect::WakeAfter(delay, timer) => {
                self.push(now + delay.0 as i64, me, Next::Timer(timer));
            }
            Effect::WakeAt(at, timer) => self.push(at.0.max(now), me, Next::Timer(timer)),
            Effect::Emit(Output::Decide(_)) => {
                assert!(self.informed.is_empty(), "decided twice");
                self.informed.push(me);
            }
            Effect::Emit(Output::Abort(_) | Output::Elected(_)) => {}
            Effect::Emit(Output::Strike(_)) => {
                self.strikes += 1;
                assert!(
                    self.silent == Silent::Go || self.informed.contains(&me),
                    "{me:?} in the dark"
                );
            }
        }
    }
}

#[test]
fn late_and_duplicate_messages_violate_no_invariant() {
    let (mut went, mut in_silence, mut later_rounds) = (0, 0, 0);
    for seed in 0..2_000 {
        let silent = if seed % 2 == 0 { Silent::StandDown } else { Silent::Go };
        let mut trial = Trial::new(seed, silent);
        trial.run();
        if let Some(round) = trial.decided {
            went += 1;
            later_rounds += u32::from(round > 1);
            for zone in [1, 2] {
                assert!(trial.ready.contains(&(NodeId(zone), round)), "seed {seed}");
            }
            // All members are struck at, once each, unless a zone never received the commit.
            let all = trial.informed.contains(&NodeId(1)) && trial.informed.contains(&NodeId(2));
            assert!(trial.strikes <= 6 && (!all || trial.strikes == 6), "seed {seed}");
        } else {
            in_silence += u32::from(trial.strikes > 0);
            assert!(silent == Silent::Go || trial.strikes == 0, "seed {seed}");
        }
    }
    let happened = [went, in_silence, later_rounds];
    assert!(happened.iter().all(|&count| count > 50), "{happened:?}");
}
