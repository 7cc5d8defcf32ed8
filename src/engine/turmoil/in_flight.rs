//! Arrivals of messages in flight in turmoil.
//!
//! Turmoil has one latency for all messages and both directions of a link. A scenario has one for each
//! direction, and delay faults. The latency given to turmoil is therefore beyond every horizon, and a
//! message is delivered explicitly in the step of its arrival. Turmoil keeps the messages and drops
//! those that partitions and crashes affect; this module keeps a list of arrivals for each of its
//! links, in the same order.

use std::collections::VecDeque;
use std::net::IpAddr;

use turmoil::Sim;

use crate::id::NodeId;
use crate::time::SimTime;

/// The arrivals of all messages in flight.
#[derive(Default)]
pub struct InFlight {
    /// In the order of turmoil.
    links: Vec<Link>,
    /// The departure of messages that have not been observed yet.
    departed: SimTime,
}

/// Both directions of a link.
struct Link {
    ends: [NodeId; 2],
    first: IpAddr,
    /// By sending end, in the order of sending.
    arrivals: [VecDeque<SimTime>; 2],
}

impl InFlight {
    /// No message in flight between these hosts.
    pub fn new(sim: &Sim<'_>, addresses: &[IpAddr]) -> Self {
        let node = |address: IpAddr| {
            let index = addresses.iter().position(|&other| other == address);
            NodeId(index.expect("a link is between hosts of ours") as u32)
        };
        let mut in_flight = Self::default();
        sim.links(|links| {
            in_flight.links.extend(links.map(|link| {
                let (a, b) = link.pair();
                Link { ends: [node(a), node(b)], first: a, arrivals: Default::default() }
            }));
        });
        in_flight
    }

    /// Schedules what has departed, before the faults of an instant are applied.
    pub fn observe(
        &mut self,
        sim: &Sim<'_>,
        now: SimTime,
        arrival: impl Fn([NodeId; 2], SimTime) -> SimTime,
    ) {
        if self.departed < now {
            self.walk(sim, None, arrival);
            self.departed = now;
        }
    }

    /// Delivers in the next step what arrives at an instant. What nodes send in that step departs at the
    /// same instant.
    pub fn deliver(
        &mut self,
        sim: &Sim<'_>,
        now: SimTime,
        arrival: impl Fn([NodeId; 2], SimTime) -> SimTime,
    ) {
        self.walk(sim, Some(now), arrival);
        for arrivals in self.links.iter_mut().flat_map(|link| &mut link.arrivals) {
            arrivals.retain(|&at| at > now);
        }
        self.departed = now;
    }

    /// Forgets the arrivals of one direction, whose messages turmoil drops at a partition.
    pub fn drop_link(&mut self, from: NodeId, to: NodeId) {
        for Link { ends, arrivals, .. } in &mut self.links {
            for (link, arrivals) in [*ends, [ends[1], ends[0]]].into_iter().zip(arrivals) {
                if link == [from, to] {
                    arrivals.clear();
                }
            }
        }
    }

    /// Iterates over all messages in flight: schedules new ones and delivers those due.
    fn walk(
        &mut self,
        sim: &Sim<'_>,
        due: Option<SimTime>,
        arrival: impl Fn([NodeId; 2], SimTime) -> SimTime,
    ) {
        let departed = self.departed;
        sim.links(|links| {
            for (link, Link { ends: [a, b], first, arrivals }) in links.zip(&mut self.links) {
                let mut seen = [0; 2];
                for sent in link {
                    let is_back = sent.pair().0.ip() != *first;
                    let arrivals = &mut arrivals[usize::from(is_back)];
                    let index = &mut seen[usize::from(is_back)];
                    if *index == arrivals.len() {
                        let link = if is_back { [*b, *a] } else { [*a, *b] };
                        arrivals.push_back(arrival(link, departed));
                    }
                    if Some(arrivals[*index]) <= due {
                        sent.deliver();
                    }
                    *index += 1;
                }
            }
        });
    }
}
