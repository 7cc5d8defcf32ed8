//! How items spread. An item is complete when all zones but its origin have it.

use super::{LowerBounds, MetricRow};
use crate::id::{Item, NodeId};
use crate::network::fault::NodeSet;
use crate::time::SimTime;

/// The spread of all items of a run.
pub struct ItemMetrics<'a> {
    zones: u32,
    floors: &'a LowerBounds,
    /// By number; none before an item is published, and none once all have it.
    open: Vec<Option<Box<ItemProgress>>>,
    published: u64,
    receipts: u64,
    complete: Sums,
    /// Over complete items; what is open is added at the end.
    reached: Reached,
    /// By origin, how many items are complete.
    complete_from: Vec<u32>,
    /// By zone, how many crashes hold; empty before the first.
    crashes: Vec<u32>,
}

/// One item.
struct ItemProgress {
    origin: NodeId,
    due: SimTime,
    heard: Vec<u64>,
    /// Ages at which zones learnt it, in order of time.
    ages: Vec<u64>,
}

/// A sum of ages in ticks, and how many.
#[derive(Clone, Copy, Default)]
struct AgeSum {
    sum: f64,
    count: u64,
}

/// Ages at which items reached so many zones, over the items that did.
#[derive(Clone, Copy, Default)]
struct Reached {
    first: AgeSum,
    half: AgeSum,
    ninety: AgeSum,
    /// When the last that learnt an item did.
    last: AgeSum,
}

/// Sums over complete items, in ticks.
#[derive(Default)]
struct Sums {
    count: u64,
    all: f64,
    mean: f64,
    floor: f64,
    stretch: f64,
    floors: u64,
}

impl<'a> ItemMetrics<'a> {
    /// No items among so many zones.
    pub fn new(zones: u32, floors: &'a LowerBounds) -> Self {
        Self {
            zones,
            floors,
            open: Vec::new(),
            published: 0,
            receipts: 0,
            complete: Sums::default(),
            reached: Reached::default(),
            complete_from: vec![0; zones as usize],
            crashes: Vec::new(),
        }
    }

    /// An item is published.
    pub fn publish(&mut self, item: Item, origin: NodeId, due: SimTime) {
        if self.open.len() <= item.index() {
            self.open.resize_with(item.index() + 1, || None);
        }
        self.published += 1;
        let heard = vec![0; self.zones.div_ceil(64) as usize];
        let ages = Vec::new();
        self.open[item.index()] = Some(Box::new(ItemProgress { origin, due, heard, ages }));
    }

    /// A zone learns an item; returns its origin and due time if that is new.
    pub fn learn(&mut self, item: Item, zone: NodeId, at: SimTime) -> Option<(NodeId, SimTime)> {
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
            self.reached.add(&spread.ages, self.zones - 1);
            self.complete_from[found.0.index()] += 1;
            self.complete.add(&spread.ages, self.floors.of(found.0));
            *place = None;
        }
        Some(found)
    }

    /// Fills in the columns of items; returns how many first receipts there were.
    pub fn fill(&self, row: &mut MetricRow, tick_ms: f64) -> u64 {
        let mut reached = self.reached;
        for spread in self.open.iter().flatten() {
            reached.add(&spread.ages, self.zones.saturating_sub(1));
        }
        let mean = |sum: f64, count: u64| (count > 0).then(|| sum / count as f64);
        let ms = |sum: f64, count: u64| mean(sum, count).map(|ticks| ticks * tick_ms);
        let needed = self.published * u64::from(self.zones - 1);
        let sums = &self.complete;
        row.items = Some(self.published as f64);
        row.coverage = mean(self.receipts as f64, needed);
        row.coverage_up = if self.crashes.is_empty() { row.coverage } else { self.coverage_up() };
        let Reached { first, half, ninety, last } = reached;
        row.to_first_ms = ms(first.sum, first.count);
        row.to_half_ms = ms(half.sum, half.count);
        row.to_90_ms = ms(ninety.sum, ninety.count);
        row.reached_first = Some(first.count as f64);
        row.reached_half = Some(half.count as f64);
        row.reached_90 = Some(ninety.count as f64);
        row.to_all_ms = ms(sums.all, sums.count);
        row.mean_arrival_ms = ms(sums.mean, sums.count);
        row.floor_ms = ms(sums.floor, sums.floors);
        row.stretch = mean(sums.stretch, sums.floors);
        row.incomplete = Some((self.published - sums.count) as f64);
        row.last_arrival_ms = ms(last.sum, last.count);
        self.receipts
    }

    /// A crash of nodes starts or ends. The hub is no zone.
    pub fn crash(&mut self, nodes: &NodeSet, starts: bool) {
        self.crashes.resize(self.zones as usize, 0);
        for node in nodes.iter().filter(|node| node.0 < self.zones) {
            let crashes = &mut self.crashes[node.index()];
            *crashes = if starts { *crashes + 1 } else { crashes.saturating_sub(1) };
        }
    }

    /// Over the items of which an entitled zone is up: the share of these zones that learnt it.
    fn coverage_up(&self) -> Option<f64> {
        let mut up = vec![0u64; self.zones.div_ceil(64) as usize];
        for (zone, _) in self.crashes.iter().enumerate().filter(|(_, crashes)| **crashes == 0) {
            up[zone / 64] |= 1 << (zone % 64);
        }
        let all: u32 = up.iter().map(|word| word.count_ones()).sum();
        let entitled =
            |origin: NodeId| all - u32::from(up[origin.index() / 64] & (1 << (origin.0 % 64)) != 0);
        let (mut sum, mut count) = (0.0, 0);
        for (origin, &complete) in (0..).map(NodeId).zip(&self.complete_from) {
            if entitled(origin) > 0 {
                sum += f64::from(complete);
                count += u64::from(complete);
            }
        }
        for spread in self.open.iter().flatten() {
            let of = entitled(spread.origin);
            if of > 0 {
                let learnt = spread.heard.iter().zip(&up).map(|(heard, up)| heard & up);
                let learnt: u32 = learnt.map(u64::count_ones).sum();
                sum += f64::from(learnt) / f64::from(of);
                count += 1;
            }
        }
        (count > 0).then(|| sum / count as f64)
    }
}

impl AgeSum {
    fn add(&mut self, age: Option<&u64>) {
        if let Some(&age) = age {
            self.sum += age as f64;
            self.count += 1;
        }
    }
}

impl Reached {
    /// Adds an item: the ages at which zones learnt it, in order, of m entitled ones.
    fn add(&mut self, ages: &[u64], m: u32) {
        let m = m as usize;
        self.first.add(ages.first());
        self.half.add(ages.get(m.div_ceil(2).max(1) - 1));
        self.ninety.add(ages.get((9 * m).div_ceil(10).max(1) - 1));
        self.last.add(ages.last());
    }
}

impl Sums {
    /// Adds a complete item: the ages at which its m entitled zones learnt it, in order.
    fn add(&mut self, ages: &[u64], floor: Option<u64>) {
        let m = ages.len();
        let all = ages[m - 1] as f64;
        self.count += 1;
        self.all += all;
        self.mean += ages.iter().sum::<u64>() as f64 / (m + 1) as f64;
        if let Some(floor) = floor {
            self.floors += 1;
            self.floor += floor as f64;
            self.stretch += all / floor as f64;
        }
    }
}
