//! An index of faults by time.

use super::{Fault, FaultId};
use crate::time::SimTime;

/// An implicit interval tree: the middle of a slice, sorted by start, is the root of its two halves
/// (Cormen et al., Introduction to Algorithms, 14.3). A query takes O(log n) and the faults found.
#[derive(Clone, Debug, Default)]
pub struct Intervals {
    entries: Vec<Entry>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    start: SimTime,
    end: SimTime,
    /// The latest end in the slice whose middle this is.
    latest_end: SimTime,
    id: FaultId,
}

impl Intervals {
    /// Indexes the faults for which `is_kind` holds.
    pub fn new(faults: &[Fault], is_kind: impl Fn(&Fault) -> bool) -> Self {
        let kind = faults.iter().zip((0..).map(FaultId)).filter(|(fault, _)| is_kind(fault));
        let entry = |(&Fault { start, end, .. }, id)| Entry { start, end, latest_end: end, id };
        let mut entries: Vec<_> = kind.map(entry).collect();
        entries.sort_by_key(|entry| (entry.start, entry.id));
        latest_ends(&mut entries);
        Self { entries }
    }

    /// Whether there are none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Calls `answer` for each fault that starts by `last` and ends after `first`, in order of start;
    /// returns the first answer that is not `None`.
    #[inline]
    pub fn find<R>(
        &self,
        [first, last]: [SimTime; 2],
        mut answer: impl FnMut(FaultId) -> Option<R>,
    ) -> Option<R> {
        // Most runs have no fault of a kind, and each message asks about several kinds.
        if self.entries.is_empty() {
            return None;
        }
        find(&self.entries, [first, last], &mut answer)
    }

    /// All faults that overlap an interval as in [`Intervals::find`] and match, in order of the file.
    pub fn all(&self, interval: [SimTime; 2], matches: impl Fn(FaultId) -> bool) -> Vec<FaultId> {
        let mut all = Vec::new();
        self.find(interval, |id| {
            if matches(id) {
                all.push(id);
            }
            None::<()>
        });
        all.sort();
        all
    }
}

fn latest_ends(entries: &mut [Entry]) -> SimTime {
    if entries.is_empty() {
        return SimTime(0);
    }
    let (left, right) = entries.split_at_mut(entries.len() / 2);
    let [root, right @ ..] = right else { return SimTime(0) };
    root.latest_end = root.end.max(latest_ends(left)).max(latest_ends(right));
    root.latest_end
}

fn find<R>(
    entries: &[Entry],
    [first, last]: [SimTime; 2],
    answer: &mut impl FnMut(FaultId) -> Option<R>,
) -> Option<R> {
    let (left, right) = entries.split_at(entries.len() / 2);
    let [root, right @ ..] = right else { return None };
    if root.latest_end <= first {
        return None;
    }
    if let found @ Some(_) = find(left, [first, last], answer) {
        return found;
    }
    if root.start > last {
        return None;
    }
    if root.end > first
        && let found @ Some(_) = answer(root.id)
    {
        return found;
    }
    find(right, [first, last], answer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::fault::{Effect, NodeSet};
    use rand::Rng;

    use crate::rng::stream;

    #[test]
    fn queries_match_a_linear_search() {
        let mut rng = stream(1, "test", 0);
        for count in 0..40u32 {
            let mut draw = |limit: u32| u64::from(rng.random_range(0..limit));
            let faults: Vec<_> = (0..count)
                .map(|number| {
                    let start = SimTime(draw(50));
                    let length = draw(20);
                    let end =
                        if number % 7 == 3 { SimTime::NEVER } else { SimTime(start.0 + length) };
                    Fault { start, end, effect: Effect::Isolate(NodeSet::default()) }
                })
                .collect();
            let is_kind = |fault: &Fault| !fault.start.0.is_multiple_of(3);
            let intervals = Intervals::new(&faults, is_kind);
            for _ in 0..50 {
                let first = SimTime(draw(80));
                let last = SimTime(first.0 + draw(10));
                let overlaps = |id: &FaultId| {
                    let fault = &faults[id.0 as usize];
                    is_kind(fault) && fault.start <= last && fault.end > first
                };
                let expected: Vec<_> = (0..count).map(FaultId).filter(overlaps).collect();
                assert_eq!(intervals.all([first, last], |_| true), expected);
                assert_eq!(intervals.find([first, last], Some).is_some(), !expected.is_empty());
            }
        }
    }
}
