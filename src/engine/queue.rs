//! The queue of what is to come, behind one small type: a heap now, buckets when that is faster.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::id::NodeId;
use crate::time::Tick;

/// When and where something happens, and its place in the canonical order: instant (44 bits), node
/// (21), kind (2), sender (21), number (40), the most significant first. Comparing keys is
/// comparing numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key(u128);

/// The kinds of things in the order in which they happen at a node in an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A message arrives.
    Message = 0,
    /// The node starts, or is back.
    Start = 1,
    /// Something is published.
    Publication = 2,
    /// A timer runs out.
    Timer = 3,
}

const NUMBER_BITS: u32 = 40;
const NODE_BITS: u32 = 21;
const KIND_BITS: u32 = 2;

impl Key {
    /// A key. `sender` is the node itself where nothing was sent.
    #[inline]
    pub fn new(at: Tick, node: NodeId, kind: Kind, sender: NodeId, number: u64) -> Self {
        debug_assert!(at.0 < 1 << 44 && number < 1 << NUMBER_BITS);
        let high = at.0 << (NODE_BITS - 1) | u64::from(node.0) >> 1;
        let low = u64::from(node.0) << 63
            | (kind as u64) << (NODE_BITS + NUMBER_BITS)
            | u64::from(sender.0) << NUMBER_BITS
            | number;
        Self(u128::from(high) << 64 | u128::from(low))
    }

    /// When.
    #[inline]
    pub fn at(self) -> Tick {
        Tick((self.0 >> (128 - 44)) as u64)
    }

    /// Where.
    #[inline]
    pub fn node(self) -> NodeId {
        NodeId((self.0 >> 63) as u32 & ((1 << NODE_BITS) - 1))
    }

    /// What.
    #[inline]
    pub fn kind(self) -> Kind {
        match (self.0 >> (NODE_BITS + NUMBER_BITS)) as u32 & ((1 << KIND_BITS) - 1) {
            0 => Kind::Message,
            1 => Kind::Start,
            2 => Kind::Publication,
            _ => Kind::Timer,
        }
    }

    /// Who sent it.
    #[inline]
    pub fn sender(self) -> NodeId {
        NodeId((self.0 >> NUMBER_BITS) as u32 & ((1 << NODE_BITS) - 1))
    }

    /// Its number.
    #[inline]
    pub fn number(self) -> u64 {
        self.0 as u64 & ((1 << NUMBER_BITS) - 1)
    }
}

/// What is to come, in the canonical order.
///
/// Keys are sorted; loads stay where they are, in slots that are used again.
#[derive(Debug)]
pub struct Queue<T> {
    heap: BinaryHeap<Reverse<(Key, u32)>>,
    slots: Vec<Option<T>>,
    free: Vec<u32>,
}

/// The slot of a key that has no load.
const NO_LOAD: u32 = u32::MAX;

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self { heap: BinaryHeap::new(), slots: Vec::new(), free: Vec::new() }
    }
}

impl<T> Queue<T> {
    /// Something that carries a load.
    #[inline]
    pub fn push(&mut self, key: Key, load: T) {
        let slot = match self.free.pop() {
            Some(slot) => {
                self.slots[slot as usize] = Some(load);
                slot
            }
            None => {
                self.slots.push(Some(load));
                (self.slots.len() - 1) as u32
            }
        };
        self.heap.push(Reverse((key, slot)));
    }

    /// Something that carries nothing.
    pub fn push_bare(&mut self, key: Key) {
        self.heap.push(Reverse((key, NO_LOAD)));
    }

    /// When the next thing happens.
    #[inline]
    pub fn next_at(&self) -> Option<Tick> {
        self.heap.peek().map(|Reverse((key, _))| key.at())
    }

    /// The next thing.
    #[inline]
    pub fn pop(&mut self) -> Option<(Key, Option<T>)> {
        let Reverse((key, slot)) = self.heap.pop()?;
        if slot == NO_LOAD {
            return Some((key, None));
        }
        self.free.push(slot);
        Some((key, self.slots[slot as usize].take()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_holds_its_parts_up_to_their_limits() {
        for (at, node, sender, number) in
            [(0, 0, 0, 0), ((1 << 44) - 1, 1_000_000, 1_000_000, (1 << 40) - 1), (5, 1, 2, 3)]
        {
            for kind in [Kind::Message, Kind::Start, Kind::Publication, Kind::Timer] {
                let key = Key::new(Tick(at), NodeId(node), kind, NodeId(sender), number);
                assert_eq!((key.at(), key.node()), (Tick(at), NodeId(node)));
                assert_eq!((key.kind(), key.sender()), (kind, NodeId(sender)));
                assert_eq!(key.number(), number);
            }
        }
    }

    #[test]
    fn the_order_is_canonical() {
        let key = |at, node, kind, sender, number| {
            Key::new(Tick(at), NodeId(node), kind, NodeId(sender), number)
        };
        let order = [
            key(1, 7, Kind::Timer, 7, 9),
            key(2, 0, Kind::Timer, 0, 0),
            key(2, 1, Kind::Message, 0, 5),
            key(2, 1, Kind::Message, 0, 6),
            key(2, 1, Kind::Message, 3, 1),
            key(2, 1, Kind::Start, 1, 0),
            key(2, 1, Kind::Publication, 1, 0),
            key(2, 1, Kind::Timer, 1, 0),
            key(2, 1, Kind::Timer, 1, 4),
        ];
        let mut queue = Queue::default();
        for (index, &key) in order.iter().enumerate().rev() {
            queue.push(key, index);
        }
        let seen: Vec<_> = std::iter::from_fn(|| queue.pop()).collect();
        let expected: Vec<_> = order.into_iter().zip((0..).map(Some)).collect();
        assert_eq!(seen, expected);
    }
}
