//! What a zone knows of the links: those that it probes, and those of which others tell.

use std::collections::BTreeMap;

use super::message::Row;
use super::tree::Edges;
use crate::id::NodeId;
use crate::time::{LocalTime, SimDuration};

/// The cost of a link that is not measured or does not answer: more than any path that is.
const UNKNOWN: u64 = 1 << 40;
/// After so many probes without an echo a link counts as down.
const MAX_MISSED: u32 = 3;

#[derive(Clone, Copy, Debug, Default)]
struct Probed {
    /// The smoothed round trip in halves of a tick.
    cost: Option<u64>,
    missed: u32,
    awaits_echo: bool,
}

/// The links of the overlay as a zone sees them.
#[derive(Clone, Debug)]
pub struct Links {
    me: NodeId,
    probed: BTreeMap<NodeId, Probed>,
    /// The newest row of each zone.
    rows: BTreeMap<NodeId, Row>,
}

impl Links {
    pub fn new(me: NodeId, neighbours: &[NodeId]) -> Self {
        let probed = neighbours.iter().map(|&to| (to, Probed::default())).collect();
        Self { me, probed, rows: BTreeMap::new() }
    }

    /// A round begins: all neighbours are probed. The number of the row is the time, so that a zone
    /// that has lost its memory need not know its last number.
    pub fn begin_round(&mut self, now: LocalTime) {
        for probed in self.probed.values_mut() {
            probed.missed = if probed.awaits_echo { probed.missed.saturating_add(1) } else { 0 };
            probed.awaits_echo = true;
        }
        let live = self.probed.iter().filter(|(_, probed)| probed.missed < MAX_MISSED);
        let costs = live.filter_map(|(&to, probed)| Some((to, probed.cost?))).collect();
        let after = |row: &Row| row.number.saturating_add(1);
        let number = self.rows.get(&self.me).map_or(0, after).max(now.0.max(0).unsigned_abs());
        self.rows.insert(self.me, Row { zone: self.me, number, costs });
    }

    /// The rows to tell a neighbour: this zone's, and those of the zones that do not reach it
    /// themselves.
    pub fn rows_for(&self, to: NodeId) -> Vec<Row> {
        let is_told = |row: &&Row| row.zone == self.me || row.zone != to && row.cost(to).is_none();
        self.rows.values().filter(is_told).cloned().collect()
    }

    /// An echo has come from a neighbour. A new round trip has the weight of all that came before: a
    /// probe is rare, and a link that has slowed down is to be avoided soon.
    pub fn echo(&mut self, from: NodeId, sent: LocalTime, now: LocalTime) {
        let Some(probed) = self.probed.get_mut(&from) else { return };
        (probed.missed, probed.awaits_echo) = (0, false);
        // Not if the clock has been set back since.
        if sent <= now {
            let SimDuration(round_trip) = now - sent;
            let sample = round_trip.min(UNKNOWN / 4) * 2;
            probed.cost = Some(probed.cost.map_or(sample, |cost| (cost + sample) / 2));
        }
    }

    /// A neighbour tells of links.
    pub fn told(&mut self, rows: Vec<Row>) {
        for row in rows {
            let is_newer = |old: &Row| row.number > old.number;
            if row.zone != self.me && self.rows.get(&row.zone).is_none_or(is_newer) {
                self.rows.insert(row.zone, row);
            }
        }
    }

    /// The edges from a zone to its neighbours, with their costs. A hop costs one more: of equal paths
    /// the one with fewer hops is taken.
    pub fn edges(&self, from: NodeId, neighbours: Vec<NodeId>) -> Edges {
        let said = |a: NodeId, b: NodeId| Some(self.rows.get(&a)?.cost(b).unwrap_or(UNKNOWN));
        // The worse of what the two ends say: one of them may know already that the link is down.
        let cost = |to: NodeId| said(from, to).max(said(to, from)).unwrap_or(UNKNOWN);
        neighbours.into_iter().map(|to| (to, cost(to).saturating_add(1))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ME: NodeId = NodeId(0);
    const NEAR: NodeId = NodeId(1);

    fn own_costs(links: &mut Links) -> Vec<(NodeId, u64)> {
        links.begin_round(LocalTime(0));
        links.rows_for(NEAR)[0].costs.clone()
    }

    #[test]
    fn round_trips_are_smoothed_and_a_silent_link_is_down() {
        let mut links = Links::new(ME, &[NEAR]);
        assert_eq!(own_costs(&mut links), []);
        links.echo(NEAR, LocalTime(100), LocalTime(140));
        assert_eq!(own_costs(&mut links), [(NEAR, 80)]);
        links.echo(NEAR, LocalTime(200), LocalTime(300));
        assert_eq!(own_costs(&mut links), [(NEAR, 140)]);
        // The clock has been set back.
        links.echo(NEAR, LocalTime(400), LocalTime(300));
        assert_eq!(links.edges(ME, vec![NEAR]), [(NEAR, 141)]);
        for costs in [1, 1, 1, 0] {
            assert_eq!(own_costs(&mut links).len(), costs);
        }
        assert_eq!(links.edges(ME, vec![NEAR]), [(NEAR, UNKNOWN + 1)]);
    }

    fn row(zone: u32, number: u64, costs: &[(u32, u64)]) -> Row {
        let costs = costs.iter().map(|&(to, cost)| (NodeId(to), cost)).collect();
        Row { zone: NodeId(zone), number, costs }
    }

    #[test]
    fn newer_rows_replace_older_ones() {
        let mut links = Links::new(ME, &[NEAR]);
        links.told(vec![row(1, 5, &[(0, 10)]), row(1, 4, &[(0, 99)])]);
        assert_eq!(links.edges(ME, vec![NEAR]), [(NEAR, 11)]);
        links.begin_round(LocalTime(70));
        links.begin_round(LocalTime(70));
        assert_eq!(links.rows_for(NEAR)[0].number, 71);
        // After a loss of memory, with what others remember.
        let mut links = Links::new(ME, &[NEAR]);
        links.told(vec![row(0, 71, &[(1, 10)])]);
        links.begin_round(LocalTime(90));
        assert_eq!(links.rows_for(NEAR), [row(0, 90, &[])]);
    }

    #[test]
    fn rows_are_passed_on_to_those_whom_their_zones_do_not_reach() {
        let mut links = Links::new(ME, &[NEAR, NodeId(2)]);
        links.begin_round(LocalTime(0));
        links.told(vec![row(1, 5, &[(0, 10)]), row(2, 5, &[(0, 10), (1, 3)]), row(3, 5, &[])]);
        let told = |to| links.rows_for(to).iter().map(|row| row.zone.0).collect::<Vec<_>>();
        assert_eq!(told(NEAR), [0, 3]);
        assert_eq!(told(NodeId(2)), [0, 1, 3]);
    }

    #[test]
    fn the_worse_of_both_ends_counts() {
        let mut links = Links::new(ME, &[]);
        let edges = |links: &Links| links.edges(NodeId(1), vec![NodeId(2)])[0].1;
        assert_eq!(edges(&links), UNKNOWN + 1);
        links.told(vec![row(1, 5, &[(2, 10)])]);
        assert_eq!(edges(&links), 11);
        links.told(vec![row(2, 5, &[(1, 14)])]);
        assert_eq!(edges(&links), 15);
        links.told(vec![row(2, 6, &[])]);
        assert_eq!(edges(&links), UNKNOWN + 1);
    }
}
