//! How much a node sends to whom while it is visited.

use crate::id::NodeId;

/// How much was sent to whom in a visit of a node.
#[derive(Debug, Default)]
pub struct SendCounter {
    visit: u64,
    /// The first receivers of the visit and how much was sent to each: most visits have no more,
    /// and a look at a table of a million costs more than all the rest of a message.
    few: [(u32, u32); 4],
    used: usize,
    /// By receiver, the last visit in which something was sent to it that is none of the few, and
    /// how much. Empty before it is needed.
    others: Vec<(u64, u32)>,
}

impl SendCounter {
    /// Counts a message to a node; returns how many were before it.
    #[inline]
    pub fn count(&mut self, visit: u64, to: NodeId, nodes: usize) -> u32 {
        if self.visit != visit {
            (self.visit, self.used) = (visit, 0);
        }
        if let Some((_, count)) = self.few[..self.used].iter_mut().find(|(node, _)| *node == to.0) {
            *count += 1;
            return *count - 1;
        }
        match self.few.get_mut(self.used) {
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
    fn each_receiver_is_counted_by_itself_and_each_visit_anew() {
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
