//! The event queue.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::id::NodeId;
use crate::time::SimTime;

/// The key of an event, whose order is the canonical order: instant (44 bits) and node (20), then kind
/// (3), sender (20) and number (41), the most significant first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// Instant and node.
    at_node: u64,
    rank: u64,
}

/// Kinds of events, in their order at a node in an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Bulk messages may leave the uplink.
    Uplink = 0,
    /// Bulk messages may leave the downlink.
    Downlink = 1,
    /// A message reaches the downlink.
    Arrival = 2,
    /// The node receives a message.
    Message = 3,
    /// The node starts or restarts.
    Start = 4,
    /// The node publishes an item.
    Publication = 5,
    /// A timer fires.
    Timer = 6,
}

const NUMBER_BITS: u32 = 41;
const NODE_BITS: u32 = 20;
const KIND_BITS: u32 = 3;

impl Key {
    /// A key. `sender` is `node` except for messages; `number` orders events of one sender.
    #[inline]
    pub fn new(at: SimTime, node: NodeId, kind: Kind, sender: NodeId, number: u64) -> Self {
        debug_assert!(at.0 < 1 << (64 - NODE_BITS) && number < 1 << NUMBER_BITS);
        debug_assert!(node.0 < 1 << NODE_BITS && sender.0 < 1 << NODE_BITS);
        let kind = (kind as u64) << (NODE_BITS + NUMBER_BITS);
        Self {
            at_node: at.0 << NODE_BITS | u64::from(node.0),
            rank: kind | u64::from(sender.0) << NUMBER_BITS | number,
        }
    }

    /// The instant.
    #[inline]
    pub fn at(self) -> SimTime {
        SimTime(self.at_node >> NODE_BITS)
    }

    /// The node that handles the event.
    #[inline]
    pub fn node(self) -> NodeId {
        NodeId(self.at_node as u32 & ((1 << NODE_BITS) - 1))
    }

    /// The kind of event.
    #[inline]
    pub fn kind(self) -> Kind {
        match self.rank >> (64 - KIND_BITS) {
            0 => Kind::Uplink,
            1 => Kind::Downlink,
            2 => Kind::Arrival,
            3 => Kind::Message,
            4 => Kind::Start,
            5 => Kind::Publication,
            _ => Kind::Timer,
        }
    }

    /// The sender of a message; else the node itself.
    #[inline]
    pub fn sender(self) -> NodeId {
        NodeId((self.rank >> NUMBER_BITS) as u32 & ((1 << NODE_BITS) - 1))
    }

    /// The number given to [`Key::new`].
    #[inline]
    pub fn number(self) -> u64 {
        self.rank & ((1 << NUMBER_BITS) - 1)
    }
}

/// A priority queue of events in the canonical order.
///
/// It is a calendar queue: the next instants are a ring of buckets, later instants a heap, and the
/// events of an instant are sorted when it begins. An event in the near future, as nearly all are, thus
/// takes a constant number of steps. Payloads are in slots that are reused.
///
/// No event may be pushed that precedes the one popped last.
#[derive(Debug)]
pub struct Queue<T> {
    slots: Vec<Slot<T>>,
    /// Head of the list of free slots.
    free: u32,
    /// The first instant that has not begun.
    next: u64,
    /// Events of the current instant, in reverse order.
    due: Vec<(Key, u32)>,
    /// Events pushed for the current instant since it began.
    late: BinaryHeap<Reverse<(Key, u32)>>,
    /// By instant in `next .. next + RING`, the head of the list of its slots.
    ring: [u32; RING],
    /// A bit for each bucket of the ring that is not empty.
    occupied: [u64; WORDS],
    /// Events beyond the ring.
    far: BinaryHeap<Reverse<(Key, u32)>>,
    /// The payloads of an instant with many events, in the order of `due`; slot numbers from [`READY`]
    /// on refer to these.
    ready: Vec<Option<T>>,
    /// Buffer for sorting.
    scratch: Vec<(Key, u32)>,
}

/// From this number of events in an instant on, payloads are sorted too: with a million payloads in
/// random order, cache misses are most of the cost.
const SORTED_FROM: usize = 1 << 12;

/// The free list is sorted where at least one in this many slots becomes free.
const SORTED_FREE_SHARE: usize = 8;

/// The slot number of the first element of `ready`; there are fewer slots.
const READY: u32 = 1 << 31;

/// Buckets of the ring, more than most delays have ticks at the default resolution.
const RING: usize = 1024;

const WORDS: usize = RING / 64;

/// The end of a list of slots.
const NONE: u32 = u32::MAX;

#[derive(Debug)]
struct Slot<T> {
    key: Key,
    next: u32,
    payload: Option<T>,
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
            occupied: [0; WORDS],
            far: BinaryHeap::new(),
            ready: Vec::new(),
            scratch: Vec::new(),
        }
    }
}

impl<T> Queue<T> {
    /// Adds an event. Inlined, so that the payload is written once, into its slot.
    #[inline(always)]
    pub fn push(&mut self, key: Key, payload: T) {
        let slot = self.free;
        if slot == NONE {
            return self.push_new(key, payload);
        }
        let free = &mut self.slots[slot as usize];
        self.free = free.next;
        free.key = key;
        // A free slot has no payload; `forget` spares the check.
        std::mem::forget(free.payload.replace(payload));
        self.enqueue(key, slot);
    }

    #[inline(never)]
    fn push_new(&mut self, key: Key, payload: T) {
        let slot = self.slots.len() as u32;
        self.slots.push(Slot { key, next: NONE, payload: Some(payload) });
        self.enqueue(key, slot);
    }

    #[inline(always)]
    fn enqueue(&mut self, key: Key, slot: u32) {
        let at = key.at().0;
        // An instant before `next` wraps around, so one comparison covers the usual case.
        if at.wrapping_sub(self.next) < RING as u64 {
            self.link(at, slot);
        } else {
            self.push_heap(key, slot);
        }
    }

    #[inline(never)]
    fn push_heap(&mut self, key: Key, slot: u32) {
        let heap = if key.at().0 < self.next { &mut self.late } else { &mut self.far };
        heap.push(Reverse((key, slot)));
    }

    #[inline(always)]
    fn link(&mut self, at: u64, slot: u32) {
        let bucket = at as usize % RING;
        self.slots[slot as usize].next = self.ring[bucket];
        self.ring[bucket] = slot;
        self.occupied[bucket / 64] |= 1 << (bucket % 64);
    }

    /// Begins the next instant that has an event, if there is one. All events of the current instant
    /// must have been popped. Inlined at its only call, since most instants have one event.
    #[inline(always)]
    pub fn advance(&mut self) -> Option<SimTime> {
        let at = self.first_of_ring().or_else(|| Some(self.far.peek()?.0.0.at().0))?;
        self.next = at + 1;
        let bucket = at as usize % RING;
        self.occupied[bucket / 64] &= !(1 << (bucket % 64));
        let mut slot = std::mem::replace(&mut self.ring[bucket], NONE);
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

    /// Moves events from the heap to the ring where it has come to cover their instants.
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
        // Timers that nodes set in the order of their numbers are sorted already.
        if !self.due.is_sorted_by(|a, b| a >= b) {
            self.sort_by_node();
            let same_node = |a: &(Key, u32), b: &(Key, u32)| a.0.at_node == b.0.at_node;
            for run in self.due.chunk_by_mut(same_node) {
                run.sort_unstable_by(|a, b| b.cmp(a));
            }
        }
        self.make_ready();
    }

    /// Sorts the events of the instant by node, in reverse: a radix sort in two passes.
    fn sort_by_node(&mut self) {
        const HALF: u32 = NODE_BITS / 2;
        for shift in [0, HALF] {
            let digit = |key: Key| (!key.at_node >> shift) as usize % (1 << HALF);
            let mut starts = [0u32; (1 << HALF) + 1];
            for (key, _) in &self.due {
                starts[digit(*key) + 1] += 1;
            }
            for digit in 1..starts.len() {
                starts[digit] += starts[digit - 1];
            }
            self.scratch.clone_from(&self.due);
            for entry in &self.scratch {
                let start = &mut starts[digit(entry.0)];
                self.due[*start as usize] = *entry;
                *start += 1;
            }
        }
    }

    /// Moves the payloads of the instant to `ready` in order, and sorts the free list.
    fn make_ready(&mut self) {
        self.ready.clear();
        let Self { due, ready, slots, .. } = self;
        ready.extend(due.iter().map(|&(_, slot)| slots[slot as usize].payload.take()));
        let sorts_free = due.len() >= slots.len() / SORTED_FREE_SHARE;
        for ((_, slot), ready_slot) in due.iter_mut().zip(READY..) {
            if !sorts_free {
                slots[*slot as usize].next = self.free;
                self.free = *slot;
            }
            *slot = ready_slot;
        }
        // Scanning all slots pays only where many become free.
        if !sorts_free {
            return;
        }
        self.free = NONE;
        for (number, slot) in self.slots.iter_mut().enumerate().rev() {
            if slot.payload.is_none() {
                slot.next = self.free;
                self.free = number as u32;
            }
        }
    }

    /// The first instant of the ring that has an event.
    #[inline]
    fn first_of_ring(&self) -> Option<u64> {
        let (word, bit) = (self.next as usize % RING / 64, self.next % 64);
        let first = self.occupied[word] >> bit;
        if first != 0 {
            return Some(self.next + u64::from(first.trailing_zeros()));
        }
        (1..=WORDS).find_map(|step| {
            let occupied = self.occupied[(word + step) % WORDS];
            let at = self.next - bit + 64 * step as u64 + u64::from(occupied.trailing_zeros());
            (occupied != 0).then_some(at)
        })
    }

    /// The next event of the current instant, and the slot of its payload.
    #[inline(always)]
    pub fn pop(&mut self) -> Option<(Key, u32)> {
        let late = match (self.due.last(), self.late.peek()) {
            (_, None) => false,
            (Some(due), Some(Reverse(late))) => late < due,
            (None, Some(_)) => true,
        };
        if late { self.late.pop().map(|Reverse(late)| late) } else { self.due.pop() }
    }

    /// Takes the payload of a popped event; `None` if it was taken before.
    #[inline]
    pub fn take(&mut self, slot: u32) -> Option<T> {
        let Some(free) = self.slots.get_mut(slot as usize) else { return self.take_ready(slot) };
        free.next = self.free;
        self.free = slot;
        free.payload.take()
    }

    #[inline(never)]
    fn take_ready(&mut self, slot: u32) -> Option<T> {
        self.ready[(slot - READY) as usize].take()
    }
}

#[cfg(test)]
mod tests;
