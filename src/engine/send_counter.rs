//! Sequence numbers of messages within a visit, which is the handling of one instant at one node.

use crate::id::NodeId;

/// Counts messages per receiver within a visit.
#[derive(Debug, Default)]
pub struct SendCounter {
    visit: u64,
    /// The first receivers of the visit and their counts. Most visits have no more receivers, and a
    /// lookup in a table of a million nodes costs more than the rest of a send.
    first: [(u32, u32); 4],
    used: usize,
    /// By node, the last visit in which it was a further receiver, and its count. Allocated on demand.
    others: Vec<(u64, u32)>,
}

impl SendCounter {
    /// Counts a message; returns the number of earlier ones to `to` in this visit. `nodes` is the number
    /// of nodes of the run.
    #[inline]
    pub fn count(&mut self, visit: u64, to: NodeId, nodes: usize) -> u32 {
        if self.visit != visit {
            (self.visit, self.used) = (visit, 0);
        }
        if let Some((_, count)) = self.first[..self.used].iter_mut().find(|(node, _)| *node == to.0)
        {
            *count += 1;
            return *count - 1;
        }
        match self.first.get_mut(self.used) {
            Some(free) => {
                *free = (to.0, 1);
                self.used += 1;
                0
            }
            None => self.count_other(to, nodes),
        }
    }

    #[inline(never)]
    fn count_other(&mut self, to: NodeId, nodes: usize) -> u32 {
        self.others.resize(nodes, (0, 0));
        let (visit, count) = &mut self.others[to.index()];
        if *visit != self.visit {
            (*visit, *count) = (self.visit, 0);
        }
        *count += 1;
        *count - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_per_receiver_and_visit() {
        let mut sent = SendCounter::default();
        for visit in 1..4 {
            for round in 0..3 {
                for to in (0..9).rev() {
                    assert_eq!(sent.count(visit, NodeId(to), 9), round, "{visit}, {to}");
                }
            }
        }
    }
}
