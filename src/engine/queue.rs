//! The queue of what is to come, behind one small type.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::id::NodeId;
use crate::time::Tick;

/// When and where something happens, and its place in the canonical order: instant (44 bits) and
/// node (20), then kind (2), sender (20) and number (42), the most significant first. Comparing keys
/// is comparing numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    place: u64,
    rank: u64,
}

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

const NUMBER_BITS: u32 = 42;
const NODE_BITS: u32 = 20;
const KIND_BITS: u32 = 2;

impl Key {
    /// A key. `sender` is the node itself where nothing was sent.
    #[inline]
    pub fn new(at: Tick, node: NodeId, kind: Kind, sender: NodeId, number: u64) -> Self {
        debug_assert!(at.0 < 1 << (64 - NODE_BITS) && number < 1 << NUMBER_BITS);
        debug_assert!(node.0 < 1 << NODE_BITS && sender.0 < 1 << NODE_BITS);
        let kind = (kind as u64) << (NODE_BITS + NUMBER_BITS);
        Self {
            place: at.0 << NODE_BITS | u64::from(node.0),
            rank: kind | u64::from(sender.0) << NUMBER_BITS | number,
        }
    }

    /// When.
    #[inline]
    pub fn at(self) -> Tick {
        Tick(self.place >> NODE_BITS)
    }

    /// Where.
    #[inline]
    pub fn node(self) -> NodeId {
        NodeId(self.place as u32 & ((1 << NODE_BITS) - 1))
    }

    /// What.
    #[inline]
    pub fn kind(self) -> Kind {
        match self.rank >> (64 - KIND_BITS) {
            0 => Kind::Message,
            1 => Kind::Start,
            2 => Kind::Publication,
            _ => Kind::Timer,
        }
    }

    /// Who sent it.
    #[inline]
    pub fn sender(self) -> NodeId {
        NodeId((self.rank >> NUMBER_BITS) as u32 & ((1 << NODE_BITS) - 1))
    }

    /// Its number.
    #[inline]
    pub fn number(self) -> u64 {
        self.rank & ((1 << NUMBER_BITS) - 1)
    }
}

/// What is to come, in the canonical order.
///
/// The near future is a ring with a place for each instant, the far future a heap; what is due at
/// an instant is sorted when it begins. So what is set for soon, as nearly everything is, costs a
/// few steps however much is pending. Loads stay in slots that are used again.
///
/// Time only goes on: nothing may be pushed that comes before what was popped last.
#[derive(Debug)]
pub struct Queue<T> {
    slots: Vec<Slot<T>>,
    /// The slots that are free, one behind the other.
    free: u32,
    /// The first instant that has not begun.
    next: u64,
    /// What is due at the instant that has begun last, the last first.
    due: Vec<(Key, u32)>,
    /// What was set for that instant since.
    late: BinaryHeap<Reverse<(Key, u32)>>,
    /// By instant in `next .. next + RING`, the slots that are due then, one behind the other.
    ring: [u32; RING],
    /// Which instants of the ring have any.
    taken: [u64; WORDS],
    /// What is due later.
    far: BinaryHeap<Reverse<(Key, u32)>>,
}

/// Instants in the ring: more than most delays at the usual resolution.
const RING: usize = 1024;

/// Words of a bit for each of them.
const WORDS: usize = RING / 64;

/// No slot.
const NONE: u32 = u32::MAX;

#[derive(Debug)]
struct Slot<T> {
    key: Key,
    next: u32,
    load: Option<T>,
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self {
            slots: Vec::new(),
            free: NONE,
            next: 0,
            due: Vec::new(),
            late: BinaryHeap::new(),
            ring: [NONE; RING],
            taken: [0; WORDS],
            far: BinaryHeap::new(),
        }
    }
}

impl<T> Queue<T> {
    /// Something to come.
    ///
    /// Inlined where it is called, so that a load is written once, into its slot.
    #[inline(always)]
    pub fn push(&mut self, key: Key, load: T) {
        let slot = self.free;
        if slot == NONE {
            return self.push_new(key, load);
        }
        let free = &mut self.slots[slot as usize];
        self.free = free.next;
        free.key = key;
        // What was there has been taken: there is nothing to drop, nor to ask whether there is.
        std::mem::forget(free.load.replace(load));
        self.place(key, slot);
    }

    #[inline(never)]
    fn push_new(&mut self, key: Key, load: T) {
        let slot = self.slots.len() as u32;
        self.slots.push(Slot { key, next: NONE, load: Some(load) });
        self.place(key, slot);
    }

    #[inline(always)]
    fn place(&mut self, key: Key, slot: u32) {
        let at = key.at().0;
        // What is late wraps around and is far: one comparison for what is usual.
        if at.wrapping_sub(self.next) < RING as u64 {
            self.link(at, slot);
        } else {
            self.heap(key, slot);
        }
    }

    #[inline(never)]
    fn heap(&mut self, key: Key, slot: u32) {
        let heap = if key.at().0 < self.next { &mut self.late } else { &mut self.far };
        heap.push(Reverse((key, slot)));
    }

    #[inline]
    fn link(&mut self, at: u64, slot: u32) {
        let place = at as usize % RING;
        self.slots[slot as usize].next = self.ring[place];
        self.ring[place] = slot;
        self.taken[place / 64] |= 1 << (place % 64);
    }

    /// Begins the next instant at which something is due, if there is one. All that was due before
    /// must have been popped.
    #[inline]
    pub fn advance(&mut self) -> Option<Tick> {
        let at = self.first_of_ring().or_else(|| Some(self.far.peek()?.0.0.at().0))?;
        self.next = at + 1;
        let place = at as usize % RING;
        self.taken[place / 64] &= !(1 << (place % 64));
        let mut slot = std::mem::replace(&mut self.ring[place], NONE);
        while let Some(Slot { key, next, .. }) = self.slots.get(slot as usize) {
            self.due.push((*key, slot));
            slot = *next;
        }
        if !self.far.is_empty() {
            self.bring_near(at);
        }
        if self.due.len() > 1 {
            self.sort_due();
        }
        Some(Tick(at))
    }

    /// Takes from the far future what the ring has come to reach.
    #[inline(never)]
    fn bring_near(&mut self, at: u64) {
        while let Some(&Reverse((key, slot))) = self.far.peek()
            && key.at().0 - at <= RING as u64
        {
            self.far.pop();
            if key.at().0 == at {
                self.due.push((key, slot));
            } else {
                self.link(key.at().0, slot);
            }
        }
    }

    #[inline(never)]
    fn sort_due(&mut self) {
        self.due.sort_unstable_by(|a, b| b.cmp(a));
    }

    /// The first instant at which the ring has something.
    #[inline]
    fn first_of_ring(&self) -> Option<u64> {
        let (word, bit) = (self.next as usize % RING / 64, self.next % 64);
        let first = self.taken[word] >> bit;
        if first != 0 {
            return Some(self.next + u64::from(first.trailing_zeros()));
        }
        (1..=WORDS).find_map(|step| {
            let taken = self.taken[(word + step) % WORDS];
            let at = self.next - bit + 64 * step as u64 + u64::from(taken.trailing_zeros());
            (taken != 0).then_some(at)
        })
    }

    /// The next thing that is due at this instant, and the slot from which to take its load.
    #[inline]
    pub fn pop(&mut self) -> Option<(Key, u32)> {
        let late = match (self.due.last(), self.late.peek()) {
            (_, None) => false,
            (Some(due), Some(Reverse(late))) => late < due,
            (None, Some(_)) => true,
        };
        if late { self.late.pop().map(|Reverse(late)| late) } else { self.due.pop() }
    }

    /// The load of what was popped.
    #[inline]
    pub fn take(&mut self, slot: u32) -> Option<T> {
        let free = &mut self.slots[slot as usize];
        free.next = self.free;
        self.free = slot;
        free.load.take()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::chance::{below, stream};

    #[test]
    fn a_key_holds_its_parts_up_to_their_limits() {
        for (at, node, sender, number) in
            [(0, 0, 0, 0), ((1 << 44) - 1, 1_000_000, 1_000_000, (1 << 42) - 1), (5, 1, 2, 3)]
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
        let mut seen = Vec::new();
        while let Some(at) = queue.advance() {
            while let Some((key, slot)) = queue.pop() {
                assert_eq!(key.at(), at);
                seen.push((key, queue.take(slot)));
            }
        }
        let expected: Vec<_> = order.into_iter().zip((0..).map(Some)).collect();
        assert_eq!(seen, expected);
    }

    /// Whatever is pushed whenever, near, far or for now, comes out as from a sorted list.
    #[test]
    fn it_is_a_sorted_list() {
        let mut rng = stream(1, "queue", 0);
        for spread in [1, 3, 900, 1_100, 5_000, 1 << 30] {
            let mut queue = Queue::default();
            let mut model = BTreeMap::new();
            let mut number = 0;
            let (mut now, mut begun) = (0, false);
            for round in 0..20_000 {
                for _ in 0..u32::from(round < 15_000) * below(&mut rng, 3) {
                    let at = Tick(now + u64::from(below(&mut rng, spread)));
                    let node = NodeId(below(&mut rng, 5));
                    number += 1;
                    let key = Key::new(at, node, Kind::Timer, node, number);
                    queue.push(key, number);
                    model.insert(key, number);
                }
                let next = model.first_key_value().map(|(key, _)| key.at());
                if let Some(next) = next.filter(|next| next.0 > now || !begun) {
                    // The instant of now is done with: begin the next.
                    assert_eq!(queue.pop(), None);
                    assert_eq!(queue.advance(), Some(next));
                    (now, begun) = (next.0, true);
                }
                let popped = queue.pop().map(|(key, slot)| (key, queue.take(slot).unwrap()));
                let due = model.first_entry().filter(|entry| entry.key().at().0 == now);
                assert_eq!(popped, due.map(|entry| entry.remove_entry()), "{spread}");
            }
        }
    }
}
