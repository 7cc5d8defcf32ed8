//! The offered load of the queues in which leads wait: the work that arrives per unit of time, divided by
//! the number of servers. A queue with a load of 1 or more grows without end.

use super::name_table::NameTable;
use super::organisation::{Leads, Organisation};
use super::procedure::assesses;
use crate::id::NodeId;
use crate::protocol::desk::{Fusion, Procedure, Staff};

/// The offered load of a queue of one node, while all members are at large.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QueueLoad {
    /// The key of its number of servers in a scenario: `labs`.
    pub queue: &'static str,
    /// The node.
    pub node: NodeId,
    /// The load; infinite if there is work and nobody does it.
    pub load: f64,
}

/// The load above which waits are long: in a queue with one server the mean time in the system is then
/// nearly seven times the time of service (M/M/1). A guess of what is too much.
const HIGH_LOAD: f64 = 0.85;

/// The loads of the queues for translation and assessment, by queue and node. Empty if leads are listed:
/// they have no rate.
pub fn queue_loads(
    organisation: &Organisation,
    zones: &[NodeId],
    hub: Option<NodeId>,
) -> Vec<QueueLoad> {
    let Leads::Drawn { mean_interval, .. } = organisation.leads else { return Vec::new() };
    if !organisation.procedure.is_stated {
        return Vec::new();
    }
    let rate = f64::from(organisation.members) / mean_interval;
    let arrivals = Arrivals { organisation, zones, hub, rate };
    let rates = arrivals.by_node();
    let mut loads = arrivals.translators(&rates);
    loads.extend(arrivals.labs(&rates));
    loads
}

/// Adds a warning for each queue with a high load.
pub fn warn(loads: &[QueueLoad], names: &NameTable, warnings: &mut Vec<String>) {
    for queue in loads.chunk_by(|a, b| a.queue == b.queue) {
        let high: Vec<_> = queue.iter().filter(|load| load.load > HIGH_LOAD).collect();
        let text = |load: &&QueueLoad| format!("{} ({:.2})", &names[load.node.index()], load.load);
        let listed: Vec<_> = high.iter().take(MAX_LISTED).map(text).collect();
        if !listed.is_empty() {
            let more = if high.len() > MAX_LISTED { " and others" } else { "" };
            warnings.push(format!(
                "the load of `{}` is above {HIGH_LOAD} at {}{more}: leads wait long there, and \
                 ever longer from 1 on",
                queue[0].queue,
                listed.join(", ")
            ));
        }
    }
}

/// Most nodes listed in a warning. A guess.
const MAX_LISTED: usize = 8;

struct Arrivals<'a> {
    organisation: &'a Organisation,
    /// The zones where members hide.
    zones: &'a [NodeId],
    hub: Option<NodeId>,
    /// Leads per tick.
    rate: f64,
}

impl Arrivals<'_> {
    fn procedure(&self) -> &Procedure {
        &self.organisation.procedure
    }

    /// The nodes that assess leads, each with the leads per tick that it is to assess.
    fn by_node(&self) -> Vec<(NodeId, f64)> {
        let nodes = self.zones.iter().copied().chain(self.hub);
        let nodes = nodes.filter(|&node| assesses(self.procedure(), node, self.hub));
        if self.procedure().fusion != Fusion::Home {
            return nodes.map(|node| (node, self.rate)).collect();
        }
        let homes = self.homes();
        nodes.map(|node| (node, self.rate * homes[node.index()])).collect()
    }

    /// By zone, the expected share of leads that point to it.
    fn homes(&self) -> Vec<f64> {
        let Organisation { members, phantoms, homes, sources, .. } = self.organisation;
        let wrong: f64 = sources.iter().map(|(source, share)| share * source.wrong).sum();
        let listed = homes.len().min(*members as usize);
        let (of_members, of_phantoms) = homes.split_at(listed);
        let last = self.zones.last().map_or(0, |zone| zone.index() + 1);
        let mut shares = vec![0.0; last];
        for (listed, count, share) in
            [(of_members, *members, 1.0 - wrong), (of_phantoms, *phantoms, wrong)]
        {
            let each = share / f64::from(count.max(1));
            let drawn = f64::from(count) - listed.len() as f64;
            listed.iter().for_each(|home| shares[home.index()] += each);
            let even = each * drawn / self.zones.len() as f64;
            self.zones.iter().for_each(|zone| shares[zone.index()] += even);
        }
        shares
    }

    fn translators(&self, rates: &[(NodeId, f64)]) -> Vec<QueueLoad> {
        let time = self.procedure().translation.mean();
        let load = |&(node, rate): &(NodeId, f64)| {
            let staff = self.procedure().staff(node);
            let languages = self.organisation.languages.iter();
            let foreign = languages.filter(|&(&language, _)| !staff.languages.contains(language));
            let share: f64 = foreign.map(|(_, share)| share).sum();
            let load = offered(rate * share * time, staff.translators);
            QueueLoad { queue: "translators", node, load }
        };
        rates.iter().map(load).collect()
    }

    /// A lead for which a node lacks the technique is work for the labs of the zones that it may ask.
    fn labs(&self, rates: &[(NodeId, f64)]) -> Vec<QueueLoad> {
        let nodes = self.zones.iter().copied().chain(self.hub);
        let end = nodes.map(|node| node.index() + 1).max().unwrap_or(0);
        let mut work = vec![0.0; end];
        for (&kind, share) in self.organisation.kinds.iter() {
            for &(node, rate) in rates {
                let here = [node];
                let workers = self.organisation.asked.of(node, kind).unwrap_or(&here);
                let each = rate * share / workers.len() as f64;
                workers.iter().for_each(|worker| work[worker.index()] += each);
            }
        }
        let time = self.procedure().assessment.mean();
        let load = |node: NodeId| {
            let Staff { labs, .. } = *self.procedure().staff(node);
            QueueLoad { queue: "labs", node, load: offered(work[node.index()] * time, labs) }
        };
        let nodes = self.zones.iter().copied().chain(self.hub);
        let has_work =
            |node: &NodeId| work[node.index()] > 0.0 || assesses(self.procedure(), *node, self.hub);
        nodes.filter(has_work).map(load).collect()
    }
}

/// The load of a queue in which so much work arrives per tick.
fn offered(work: f64, servers: u32) -> f64 {
    if work == 0.0 { 0.0 } else { work / f64::from(servers) }
}
