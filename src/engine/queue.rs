//! The queue of what is to come, behind one small type.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::id::NodeId;
use crate::time::SimTime;

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
    pub fn new(at: SimTime, node: NodeId, kind: Kind, sender: NodeId, number: u64) -> Self {
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
    pub fn at(self) -> SimTime {
        SimTime(self.place >> NODE_BITS)
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
    /// The loads of an instant at which much is due, in the order of `due`; they are taken by their
    /// place here behind [`READY`].
    ready: Vec<Option<T>>,
    /// Room to sort in.
    room: Vec<(Key, u32)>,
}

/// From so much that is due at an instant on, loads are brought into order as well: where a million
/// are taken here and there, waiting for memory is most of the cost.
const SORTED_FROM: usize = 1 << 12;

/// The free slots are brought into order where one in so many of all becomes free, or more.
const MAX_BUCKETS: usize = 8;

/// Places in `ready` are numbered from here; there are fewer slots.
const READY: u32 = 1 << 31;

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
            ready: Vec::new(),
            room: Vec::new(),
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

    #[inline(always)]
    fn link(&mut self, at: u64, slot: u32) {
        let place = at as usize % RING;
        self.slots[slot as usize].next = self.ring[place];
        self.ring[place] = slot;
        self.taken[place / 64] |= 1 << (place % 64);
    }

    /// Begins the next instant at which something is due, if there is one. All that was due before
    /// must have been popped.
    ///
    /// Inlined where it is called, once, as what follows is: most instants have one thing to pop.
    #[inline(always)]
    pub fn advance(&mut self) -> Option<SimTime> {
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
        Some(SimTime(at))
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
        if self.due.len() < SORTED_FROM {
            return self.due.sort_unstable_by(|a, b| b.cmp(a));
        }
        // What nodes set in their order, as timers of cycles are, is sorted already.
        if !self.due.is_sorted_by(|a, b| a >= b) {
            self.sort_by_node();
            let of_one_node = |a: &(Key, u32), b: &(Key, u32)| a.0.place == b.0.place;
            for run in self.due.chunk_by_mut(of_one_node) {
                run.sort_unstable_by(|a, b| b.cmp(a));
            }
        }
        self.make_ready();
    }

    /// Sorts what is due by node, the last first: half of the bits after the other, each time by
    /// counting.
    fn sort_by_node(&mut self) {
        const HALF: u32 = NODE_BITS / 2;
        for shift in [0, HALF] {
            let digit = |key: Key| (!key.place >> shift) as usize % (1 << HALF);
            let mut starts = [0u32; (1 << HALF) + 1];
            for (key, _) in &self.due {
                starts[digit(*key) + 1] += 1;
            }
            for place in 1..starts.len() {
                starts[place] += starts[place - 1];
            }
            self.room.clone_from(&self.due);
            for entry in &self.room {
                let start = &mut starts[digit(entry.0)];
                self.due[*start as usize] = *entry;
                *start += 1;
            }
        }
    }

    /// Brings the loads of what is due into its order, and the free slots into theirs.
    fn make_ready(&mut self) {
        self.ready.clear();
        let Self { due, ready, slots, .. } = self;
        ready.extend(due.iter().map(|&(_, slot)| slots[slot as usize].load.take()));
        let is_most = due.len() >= slots.len() / MAX_BUCKETS;
        for ((_, slot), place) in due.iter_mut().zip(READY..) {
            if !is_most {
                slots[*slot as usize].next = self.free;
                self.free = *slot;
            }
            *slot = place;
        }
        // Where much is due at each of many instants, to look through all slots at each costs more
        // than their order is worth.
        if !is_most {
            return;
        }
        self.free = NONE;
        for (number, slot) in self.slots.iter_mut().enumerate().rev() {
            if slot.load.is_none() {
                slot.next = self.free;
                self.free = number as u32;
            }
        }
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
    #[inline(always)]
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
        let Some(free) = self.slots.get_mut(slot as usize) else { return self.take_ready(slot) };
        free.next = self.free;
        self.free = slot;
        free.load.take()
    }

    #[inline(never)]
    fn take_ready(&mut self, slot: u32) -> Option<T> {
        self.ready[(slot - READY) as usize].take()
    }
}

#[cfg(test)]
mod tests;
