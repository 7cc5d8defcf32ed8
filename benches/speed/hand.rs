//! W1 and W2 as a loop written by hand, as fast as a binary heap allows: the heap holds keys of 16
//! bytes and nothing else, what messages carry lies in a slab, a node that has pushed replaces its
//! timer at the top of the heap, and a latency is one byte of a table. It does what they ask and no
//! more: no faults, no trace, no scenario, no machines apart from the loop. The number of zones is
//! known when it is compiled.
//!
//! Of the heaps and tables tried, these are the fastest: a heap of four branches takes as long or up
//! to 14 % longer, two bytes a latency some 5 % longer, keys that carry their messages three times
//! as long.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

use crate::w::{INTERVAL, INTERVAL_JITTER, ITEM_EVERY, JITTER, LOST_ONE_IN, latency};

/// Ms from one zone to another.
pub trait Latencies {
    fn ms(&self, from: usize, to: usize) -> u32;
}

/// All links take as long.
pub struct Uniform(pub u32);

impl Latencies for Uniform {
    fn ms(&self, _from: usize, _to: usize) -> u32 {
        self.0
    }
}

/// Each pair has its own latency.
pub struct Table<const ZONES: usize>(Vec<[u8; ZONES]>);

impl<const ZONES: usize> Table<ZONES> {
    /// The table of the workloads.
    pub fn new() -> Self {
        let ms = |a, b| u8::try_from(latency(a, b)).expect("at most 120 ms");
        Self((0..ZONES).map(|a| std::array::from_fn(|b| ms(a, b))).collect())
    }
}

impl<const ZONES: usize> Latencies for Table<ZONES> {
    fn ms(&self, from: usize, to: usize) -> u32 {
        self.0[from][to].into()
    }
}

/// What is known, a bit for each item: what a message carries. A line of the cache.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Known([u64; 8]);

/// What came of a run.
pub struct Outcome<const ZONES: usize> {
    /// How many messages were sent.
    pub sent: u64,
    /// How many arrived.
    pub delivered: u64,
    /// When each item first came to each zone, or [`NEVER`].
    pub first: Vec<[u32; ZONES]>,
}

/// No time at all.
pub const NEVER: u32 = u32::MAX;

/// In the place of a message's slot: that a node pushes, or that an item is published.
const PUSH: u32 = u32::MAX;
const PUBLISH: u32 = u32::MAX - 1;

/// What is due: from the top bits down, when, in which order it was set, at which node, and which
/// slot of the slab, in 32 bits each.
type Key = Reverse<u128>;

struct Loop<'a, L, const ZONES: usize> {
    latencies: &'a L,
    rng: ChaCha8Rng,
    heap: BinaryHeap<Key>,
    /// How many keys there were.
    number: u32,
    known: Vec<Known>,
    /// Whether a node knows anything, and so pushes.
    armed: [bool; ZONES],
    slab: Vec<Known>,
    free: Vec<u32>,
    outcome: Outcome<ZONES>,
}

/// Runs up to a horizon from a seed.
pub fn run<const ZONES: usize>(
    latencies: &impl Latencies,
    horizon: u64,
    seed: u64,
) -> Outcome<ZONES> {
    let items = (horizon / ITEM_EVERY) as usize;
    let mut run = Loop {
        latencies,
        rng: ChaCha8Rng::seed_from_u64(seed),
        heap: BinaryHeap::new(),
        number: 0,
        known: vec![Known([0; 8]); ZONES],
        armed: [false; ZONES],
        slab: Vec::new(),
        free: Vec::new(),
        outcome: Outcome { sent: 0, delivered: 0, first: vec![[NEVER; ZONES]; items] },
    };
    run.add(0, 0, PUBLISH);
    let mut item = 0;
    while let Some(&Reverse(key)) = run.heap.peek() {
        let [at, node, slot] = [(key >> 96) as u32, (key >> 32) as u32, key as u32];
        let node = node as usize;
        if u64::from(at) >= horizon {
            break;
        }
        if slot == PUSH {
            run.push(at, node);
            continue;
        }
        run.heap.pop();
        if slot != PUBLISH {
            run.receive(at, node, slot);
            continue;
        }
        if item + 1 < items {
            run.add(at + ITEM_EVERY as u32, (item + 1) % ZONES, PUBLISH);
        }
        run.publish(at, node, item);
        item += 1;
    }
    run.outcome
}

impl<L: Latencies, const ZONES: usize> Loop<'_, L, ZONES> {
    fn key(&mut self, at: u32, node: usize, slot: u32) -> Key {
        self.number += 1;
        let high = (u64::from(at) << 32) | u64::from(self.number);
        let low = ((node as u64) << 32) | u64::from(slot);
        Reverse((u128::from(high) << 64) | u128::from(low))
    }

    fn add(&mut self, at: u32, node: usize, slot: u32) {
        let key = self.key(at, node, slot);
        self.heap.push(key);
    }

    /// The first push comes at a random point of the interval.
    fn arm(&mut self, at: u32, node: usize) {
        if !self.armed[node] {
            self.armed[node] = true;
            let after = below(&mut self.rng, INTERVAL as u32);
            self.add(at + after, node, PUSH);
        }
    }

    fn publish(&mut self, at: u32, node: usize, item: usize) {
        self.known[node].0[item / 64] |= 1 << (item % 64);
        self.outcome.first[item][node] = at;
        self.arm(at, node);
    }

    fn receive(&mut self, at: u32, node: usize, slot: u32) {
        self.outcome.delivered += 1;
        let (Known(known), Known(told)) = (&mut self.known[node], &self.slab[slot as usize]);
        for (place, (mine, theirs)) in known.iter_mut().zip(told).enumerate() {
            let mut new = theirs & !*mine;
            *mine |= theirs;
            while new != 0 {
                self.outcome.first[place * 64 + new.trailing_zeros() as usize][node] = at;
                new &= new - 1;
            }
        }
        self.free.push(slot);
        self.arm(at, node);
    }

    /// A node tells another what it knows; its timer is at the top of the heap and becomes the next.
    fn push(&mut self, at: u32, node: usize) {
        let other = below(&mut self.rng, ZONES as u32 - 1) as usize;
        let to = if other < node { other } else { other + 1 };
        let after = INTERVAL as u32 + below(&mut self.rng, INTERVAL_JITTER + 1);
        let wait = below(&mut self.rng, JITTER + 1);
        let is_lost = below(&mut self.rng, LOST_ONE_IN) == 0;
        self.outcome.sent += 1;
        let next = self.key(at + after, node, PUSH);
        if let Some(mut top) = self.heap.peek_mut() {
            *top = next;
        }
        if !is_lost {
            let slot = self.keep(self.known[node]);
            let latency = self.latencies.ms(node, to);
            self.add(at + wait + latency, to, slot);
        }
    }

    /// Puts into the slab what a message carries.
    fn keep(&mut self, known: Known) -> u32 {
        let Some(slot) = self.free.pop() else {
            self.slab.push(known);
            return self.slab.len() as u32 - 1;
        };
        self.slab[slot as usize] = known;
        slot
    }
}

/// A whole number in 0..`limit`.
fn below(rng: &mut ChaCha8Rng, limit: u32) -> u32 {
    ((u64::from(rng.next_u32()) * u64::from(limit)) >> 32) as u32
}
