//! How items spread. An item is complete when all zones but its origin have it.

use super::{Floors, Row};
use crate::id::{Item, NodeId};
use crate::time::Tick;

/// The spread of all items of a run.
pub struct Items<'a> {
    zones: u32,
    floors: &'a Floors,
    /// By number; none before an item is published, and none once all have it.
    open: Vec<Option<Box<Spread>>>,
    published: u64,
    receipts: u64,
    complete: Sums,
    /// Over items that reached anybody: when the last that learnt it did.
    last: (f64, u64),
}

/// One item.
struct Spread {
    origin: NodeId,
    due: Tick,
    heard: Vec<u64>,
    /// Ages at which zones learnt it, in order of time.
    ages: Vec<u64>,
}

/// Sums over complete items, in ticks.
#[derive(Default)]
struct Sums {
    count: u64,
    first: f64,
    half: f64,
    ninety: f64,
    all: f64,
    mean: f64,
    floor: f64,
    stretch: f64,
    floors: u64,
}

impl<'a> Items<'a> {
    /// No items among so many zones.
    pub fn new(zones: u32, floors: &'a Floors) -> Self {
        Self {
            zones,
            floors,
            open: Vec::new(),
            published: 0,
            receipts: 0,
            complete: Sums::default(),
            last: (0.0, 0),
        }
    }

    /// An item is published.
    pub fn publish(&mut self, item: Item, origin: NodeId, due: Tick) {
        if self.open.len() <= item.index() {
            self.open.resize_with(item.index() + 1, || None);
        }
        self.published += 1;
        let heard = vec![0; self.zones.div_ceil(64) as usize];
        let ages = Vec::new();
        self.open[item.index()] = Some(Box::new(Spread { origin, due, heard, ages }));
    }

    /// A zone learns an item; returns its origin and due time if that is new.
    pub fn learn(&mut self, item: Item, zone: NodeId, at: Tick) -> Option<(NodeId, Tick)> {
        let place = self.open.get_mut(item.index())?;
        let spread = place.as_mut()?;
        let (word, bit) = (zone.index() / 64, 1 << (zone.0 % 64));
        if zone == spread.origin || spread.heard[word] & bit != 0 {
            return None;
        }
        spread.heard[word] |= bit;
        spread.ages.push((at - spread.due).0);
        self.receipts += 1;
        let found = (spread.origin, spread.due);
        if spread.ages.len() as u32 == self.zones - 1 {
            let last = spread.ages[spread.ages.len() - 1];
            self.last = (self.last.0 + last as f64, self.last.1 + 1);
            self.complete.add(&spread.ages, self.floors.of(found.0));
            *place = None;
        }
        Some(found)
    }

    /// Fills in the columns of items; returns how many first receipts there were.
    pub fn fill(&self, row: &mut Row, tick_ms: f64) -> u64 {
        let last_open = self.open.iter().flatten().filter_map(|spread| spread.ages.last());
        let (sum, count) =
            last_open.fold(self.last, |(sum, count), &age| (sum + age as f64, count + 1));
        let mean = |sum: f64, count: u64| (count > 0).then(|| sum / count as f64);
        let ms = |sum: f64, count: u64| mean(sum, count).map(|ticks| ticks * tick_ms);
        let needed = self.published * u64::from(self.zones - 1);
        let sums = &self.complete;
        row.items = Some(self.published as f64);
        row.coverage = mean(self.receipts as f64, needed);
        row.to_first_ms = ms(sums.first, sums.count);
        row.to_half_ms = ms(sums.half, sums.count);
        row.to_90_ms = ms(sums.ninety, sums.count);
        row.to_all_ms = ms(sums.all, sums.count);
        row.mean_arrival_ms = ms(sums.mean, sums.count);
        row.floor_ms = ms(sums.floor, sums.floors);
        row.stretch = mean(sums.stretch, sums.floors);
        row.incomplete = Some((self.published - sums.count) as f64);
        row.last_arrival_ms = ms(sum, count);
        self.receipts
    }
}

impl Sums {
    /// Adds a complete item: the ages at which its m entitled zones learnt it, in order.
    fn add(&mut self, ages: &[u64], floor: Option<u64>) {
        let m = ages.len();
        let age = |rank: usize| ages[rank - 1] as f64;
        self.count += 1;
        self.first += age(1);
        self.half += age(m.div_ceil(2));
        self.ninety += age((9 * m).div_ceil(10));
        self.all += age(m);
        self.mean += ages.iter().sum::<u64>() as f64 / (m + 1) as f64;
        if let Some(floor) = floor {
            self.floors += 1;
            self.floor += floor as f64;
            self.stretch += age(m) / floor as f64;
        }
    }
}
