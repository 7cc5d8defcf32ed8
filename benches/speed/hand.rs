//! W1 and W2 as a loop written by hand: a heap, plain structs, machines without input or output of
//! their own, and nothing of ours. It does what they ask and no more: no faults, no trace, no
//! scenario. The number of zones is known when it is compiled.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

use crate::w::{INTERVAL, INTERVAL_JITTER, ITEM_EVERY, JITTER, LOST_ONE_IN, latency};

/// Ms from each zone to each.
pub type Latencies<const ZONES: usize> = [[u64; ZONES]];

/// The latencies of all pairs.
pub fn latencies<const ZONES: usize>() -> Vec<[u64; ZONES]> {
    (0..ZONES).map(|a| std::array::from_fn(|b| latency(a, b))).collect()
}

/// What is known, a bit for each item: what a message carries.
type Known = [u64; 8];

/// What came of a run.
pub struct Outcome<const ZONES: usize> {
    /// How many messages arrived.
    pub delivered: u64,
    /// When each item first arrived at each zone.
    pub first: Vec<[Option<u64>; ZONES]>,
}

/// One zone.
struct Node {
    me: usize,
    known: Known,
    armed: bool,
}

enum Input {
    Publish { item: usize },
    Message { known: Known },
    Timer,
}

enum Effect {
    Send { to: usize, known: Known },
    Wake { after: u64 },
    Learn { item: usize },
}

impl Node {
    fn handle<const ZONES: usize>(
        &mut self,
        input: Input,
        rng: &mut ChaCha8Rng,
        out: &mut Vec<Effect>,
    ) {
        match input {
            Input::Publish { item } => {
                self.known[item / 64] |= 1 << (item % 64);
                self.arm(rng, out);
            }
            Input::Message { known } => {
                for (place, (mine, theirs)) in self.known.iter_mut().zip(known).enumerate() {
                    let mut new = theirs & !*mine;
                    *mine |= theirs;
                    while new != 0 {
                        let item = place * 64 + new.trailing_zeros() as usize;
                        out.push(Effect::Learn { item });
                        new &= new - 1;
                    }
                }
                self.arm(rng, out);
            }
            Input::Timer => {
                let other = below(rng, ZONES as u32 - 1) as usize;
                let to = if other < self.me { other } else { other + 1 };
                out.push(Effect::Send { to, known: self.known });
                let after = INTERVAL + u64::from(below(rng, INTERVAL_JITTER + 1));
                out.push(Effect::Wake { after });
            }
        }
    }

    /// The first push comes at a random point of the interval.
    fn arm(&mut self, rng: &mut ChaCha8Rng, out: &mut Vec<Effect>) {
        if !self.armed {
            self.armed = true;
            out.push(Effect::Wake { after: u64::from(below(rng, INTERVAL as u32)) });
        }
    }
}

enum What {
    Publish { item: usize },
    Message { known: Known },
    Timer,
}

struct Event {
    at: u64,
    number: u64,
    node: usize,
    what: What,
}

impl PartialEq for Event {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Event {}

impl PartialOrd for Event {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The earliest is the greatest: the heap gives the greatest first.
impl Ord for Event {
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at, other.number).cmp(&(self.at, self.number))
    }
}

/// Runs up to a horizon from a seed.
pub fn run<const ZONES: usize>(
    latencies: &Latencies<ZONES>,
    horizon: u64,
    seed: u64,
) -> Outcome<ZONES> {
    let items = (horizon / ITEM_EVERY) as usize;
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut nodes: Vec<Node> =
        (0..ZONES).map(|me| Node { me, known: [0; 8], armed: false }).collect();
    let mut outcome = Outcome { delivered: 0, first: vec![[None; ZONES]; items] };
    let mut heap = BinaryHeap::new();
    let mut number = 0;
    let mut push = |heap: &mut BinaryHeap<Event>, at, node, what| {
        number += 1;
        heap.push(Event { at, number, node, what });
    };
    push(&mut heap, 0, 0, What::Publish { item: 0 });
    let mut effects = Vec::new();
    while let Some(Event { at, node, what, .. }) = heap.pop() {
        if at >= horizon {
            break;
        }
        let input = match what {
            What::Publish { item } => {
                outcome.first[item][node] = Some(at);
                let next = item + 1;
                if next < items {
                    let due = next as u64 * ITEM_EVERY;
                    push(&mut heap, due, next % ZONES, What::Publish { item: next });
                }
                Input::Publish { item }
            }
            What::Message { known } => {
                outcome.delivered += 1;
                Input::Message { known }
            }
            What::Timer => Input::Timer,
        };
        nodes[node].handle::<ZONES>(input, &mut rng, &mut effects);
        for effect in effects.drain(..) {
            match effect {
                Effect::Send { to, known } => {
                    let wait = u64::from(below(&mut rng, JITTER + 1));
                    if below(&mut rng, LOST_ONE_IN) != 0 {
                        let at = at + wait + latencies[node][to];
                        push(&mut heap, at, to, What::Message { known });
                    }
                }
                Effect::Wake { after } => push(&mut heap, at + after, node, What::Timer),
                Effect::Learn { item } => outcome.first[item][node] = Some(at),
            }
        }
    }
    outcome
}

/// A whole number in 0..`limit`.
fn below(rng: &mut ChaCha8Rng, limit: u32) -> u32 {
    ((u64::from(rng.next_u32()) * u64::from(limit)) >> 32) as u32
}
