//! How items progress. An item is complete once all zones that may have it, except its origin, have it.
//! An item that no other zone may have counts nowhere.

use super::{LowerBounds, MetricRow};
use crate::id::{Item, NodeId, NodeSet};
use crate::time::SimTime;

/// Measures the progress of all items of a run.
pub struct ItemMetrics<'a> {
    zones: u32,
    lower_bounds: &'a LowerBounds,
    /// By item; none before the item is published and once it is complete.
    open: Vec<Option<Box<ItemProgress>>>,
    published: u64,
    /// Receipts that the published items require.
    needed: u64,
    receipts: u64,
    complete: Sums,
    /// Over complete items; [`ItemMetrics::fill`] adds the open ones.
    reached: Reached,
    /// By origin, the hub after the zones, the number of complete items that all zones may have.
    complete_from: Vec<u32>,
    /// The entitled zones of the other complete items.
    complete_within: Vec<Box<[u64]>>,
    /// By zone, the number of active crashes; empty before the first crash.
    crashes: Vec<u32>,
}

struct ItemProgress {
    origin: NodeId,
    due: SimTime,
    /// The zones that have the item, as a bitmap.
    holders: Vec<u64>,
    /// Ages at which zones learnt the item, in ticks, ascending.
    ages: Vec<u64>,
    /// The number of entitled zones.
    entitled: u32,
    /// The entitled zones as a bitmap; none if all but the origin are.
    within: Option<Box<[u64]>>,
}

impl ItemProgress {
    fn is_entitled(&self, zone: NodeId) -> bool {
        let has = |words: &[u64]| words[zone.index() / 64] & (1 << (zone.0 % 64)) != 0;
        zone != self.origin && self.within.as_deref().is_none_or(has)
    }

    /// The entitled zones among some, without the origin.
    fn entitled_among(&self, zones: &[u64]) -> u32 {
        let Some(within) = &self.within else { return count_without(zones, self.origin) };
        within.iter().zip(zones).map(|(entitled, zones)| (entitled & zones).count_ones()).sum()
    }
}

/// The number of zones in a bitmap except one.
fn count_without(zones: &[u64], zone: NodeId) -> u32 {
    let all: u32 = zones.iter().map(|word| word.count_ones()).sum();
    let has = |word: &u64| word & (1 << (zone.0 % 64)) != 0;
    all - u32::from(zones.get(zone.index() / 64).is_some_and(has))
}

/// A sum of ages in ticks and their number.
#[derive(Clone, Copy, Default)]
struct AgeSum {
    sum: f64,
    count: u64,
}

/// Ages at which items reached a number of zones, summed over the items that did.
#[derive(Clone, Copy, Default)]
struct Reached {
    first: AgeSum,
    half: AgeSum,
    ninety: AgeSum,
    /// The last receipt of each item.
    last: AgeSum,
}

/// Sums over complete items, in ticks.
#[derive(Default)]
struct Sums {
    count: u64,
    all: f64,
    mean: f64,
    lower_bound: f64,
    stretch: f64,
    /// The number of items with a known lower bound.
    bounded: u64,
}

impl<'a> ItemMetrics<'a> {
    /// The measurements of a run before its first item.
    pub fn new(zones: u32, lower_bounds: &'a LowerBounds) -> Self {
        Self {
            zones,
            lower_bounds,
            open: Vec::new(),
            published: 0,
            needed: 0,
            receipts: 0,
            complete: Sums::default(),
            reached: Reached::default(),
            complete_from: vec![0; zones as usize + 1],
            complete_within: Vec::new(),
            crashes: Vec::new(),
        }
    }

    /// Records that `origin` publishes an item for these nodes; for all if none are given.
    pub fn publish(
        &mut self,
        item: Item,
        origin: NodeId,
        due: SimTime,
        audience: Option<&NodeSet>,
    ) {
        let within = audience.map(|nodes| self.bitmap(nodes, origin));
        let entitled = match &within {
            None => self.zones - u32::from(origin.0 < self.zones),
            Some(within) => within.iter().map(|word| word.count_ones()).sum(),
        };
        if entitled == 0 {
            return;
        }
        if self.open.len() <= item.index() {
            self.open.resize_with(item.index() + 1, || None);
        }
        self.published += 1;
        self.needed += u64::from(entitled);
        let holders = vec![0; self.zones.div_ceil(64) as usize];
        let ages = Vec::new();
        let progress = ItemProgress { origin, due, holders, ages, entitled, within };
        self.open[item.index()] = Some(Box::new(progress));
    }

    /// The zones among some nodes, without one, as a bitmap.
    fn bitmap(&self, nodes: &NodeSet, except: NodeId) -> Box<[u64]> {
        let mut words = vec![0; self.zones.div_ceil(64) as usize].into_boxed_slice();
        for node in nodes.iter().filter(|&node| node.0 < self.zones && node != except) {
            words[node.index() / 64] |= 1 << (node.0 % 64);
        }
        words
    }

    /// Records that a zone learns an item. Returns the item's origin and due time at the zone's first
    /// receipt.
    pub fn learn(&mut self, item: Item, zone: NodeId, at: SimTime) -> Option<(NodeId, SimTime)> {
        let slot = self.open.get_mut(item.index())?;
        let progress = slot.as_mut()?;
        let (word, bit) = (zone.index() / 64, 1 << (zone.0 % 64));
        if !progress.is_entitled(zone) || progress.holders[word] & bit != 0 {
            return None;
        }
        progress.holders[word] |= bit;
        progress.ages.push((at - progress.due).0);
        self.receipts += 1;
        let source = (progress.origin, progress.due);
        if progress.ages.len() as u32 == progress.entitled
            && let Some(progress) = slot.take()
        {
            self.complete(*progress);
        }
        Some(source)
    }

    fn complete(&mut self, progress: ItemProgress) {
        let ItemProgress { origin, ages, entitled, within, .. } = progress;
        self.reached.add(&ages, entitled);
        let lower_bound = match &within {
            None => self.lower_bounds.ticks(origin),
            Some(within) => self.lower_bounds.ticks_to(origin, within),
        };
        self.complete.add(&ages, lower_bound);
        match within {
            Some(within) => self.complete_within.push(within),
            None => self.complete_from[origin.index()] += 1,
        }
    }

    /// Sets the metrics of items in a row. Returns the number of first receipts.
    pub fn fill(&self, row: &mut MetricRow, tick_ms: f64) -> u64 {
        let mut reached = self.reached;
        for progress in self.open.iter().flatten() {
            reached.add(&progress.ages, progress.entitled);
        }
        let mean = |sum: f64, count: u64| (count > 0).then(|| sum / count as f64);
        let ms = |sum: f64, count: u64| mean(sum, count).map(|ticks| ticks * tick_ms);
        let sums = &self.complete;
        row.items = Some(self.published as f64);
        row.coverage = mean(self.receipts as f64, self.needed);
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
        row.lower_bound_ms = ms(sums.lower_bound, sums.bounded);
        row.stretch = mean(sums.stretch, sums.bounded);
        row.incomplete = Some((self.published - sums.count) as f64);
        row.last_arrival_ms = ms(last.sum, last.count);
        self.receipts
    }

    /// Records the start or the end of a crash. The hub is no zone and is not counted.
    pub fn crash(&mut self, nodes: &NodeSet, starts: bool) {
        self.crashes.resize(self.zones as usize, 0);
        for node in nodes.iter().filter(|node| node.0 < self.zones) {
            let crashes = &mut self.crashes[node.index()];
            *crashes = if starts { *crashes + 1 } else { crashes.saturating_sub(1) };
        }
    }

    /// The share of the entitled zones that are up which learnt an item; mean over the items with such
    /// a zone.
    fn coverage_up(&self) -> Option<f64> {
        let mut up = vec![0u64; self.zones.div_ceil(64) as usize];
        for (zone, _) in self.crashes.iter().enumerate().filter(|(_, crashes)| **crashes == 0) {
            up[zone / 64] |= 1 << (zone % 64);
        }
        let (mut sum, mut count) = (0.0, 0);
        for (origin, &complete) in (0..).map(NodeId).zip(&self.complete_from) {
            if complete > 0 && count_without(&up, origin) > 0 {
                sum += f64::from(complete);
                count += u64::from(complete);
            }
        }
        for within in &self.complete_within {
            if within.iter().zip(&up).any(|(within, up)| within & up != 0) {
                sum += 1.0;
                count += 1;
            }
        }
        for progress in self.open.iter().flatten() {
            let entitled = progress.entitled_among(&up);
            if entitled > 0 {
                let learnt = progress.holders.iter().zip(&up).map(|(holders, up)| holders & up);
                let learnt: u32 = learnt.map(u64::count_ones).sum();
                sum += f64::from(learnt) / f64::from(entitled);
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
    /// Adds an item with `m` entitled zones and the ascending ages at which zones learnt it.
    fn add(&mut self, ages: &[u64], m: u32) {
        let m = m as usize;
        self.first.add(ages.first());
        self.half.add(ages.get(m.div_ceil(2).max(1) - 1));
        self.ninety.add(ages.get((9 * m).div_ceil(10).max(1) - 1));
        self.last.add(ages.last());
    }
}

impl Sums {
    /// Adds a complete item by the ascending ages at which its entitled zones learnt it.
    fn add(&mut self, ages: &[u64], lower_bound: Option<u64>) {
        let m = ages.len();
        let all = ages[m - 1] as f64;
        self.count += 1;
        self.all += all;
        self.mean += ages.iter().sum::<u64>() as f64 / (m + 1) as f64;
        if let Some(lower_bound) = lower_bound {
            self.bounded += 1;
            self.lower_bound += lower_bound as f64;
            self.stretch += all / lower_bound as f64;
        }
    }
}
