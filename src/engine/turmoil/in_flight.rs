//! What is under way in turmoil, and when it arrives.
//!
//! turmoil has one latency for both directions of a link, the same for every message. A scenario has
//! one for each direction, and faults that delay what departs while they hold. So turmoil's latency
//! is set beyond every horizon, and a message is let through in the step of its arrival. turmoil keeps
//! the messages and takes what partitions and crashes take; here is only a list of arrivals beside each of
//! its links, in the same order.

use std::collections::VecDeque;
use std::net::IpAddr;

use turmoil::Sim;

use crate::id::NodeId;
use crate::time::SimTime;

/// The arrivals of all that is under way.
#[derive(Default)]
pub struct InFlight {
    /// In turmoil's order.
    links: Vec<Link>,
    /// When that departed which was not seen before.
    departed: SimTime,
}

/// A link of turmoil, which goes both ways.
struct Link {
    ends: [NodeId; 2],
    first: IpAddr,
    /// Of what each end sends, in the order of sending.
    arrivals: [VecDeque<SimTime>; 2],
}

impl InFlight {
    /// Nothing is under way between these hosts.
    pub fn new(sim: &Sim<'_>, addresses: &[IpAddr]) -> Self {
        let node = |address: IpAddr| {
            let place = addresses.iter().position(|&other| other == address);
            NodeId(place.expect("a link is between hosts of ours") as u32)
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

    /// Sees what has departed, before the faults of an instant touch it.
    pub fn look(
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

    /// Lets through in the next step what arrives at an instant; what nodes send in that step departs
    /// at the same instant.
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

    /// A partition takes what is under way from one node to another, as turmoil does.
    pub fn lose(&mut self, from: NodeId, to: NodeId) {
        for Link { ends, arrivals, .. } in &mut self.links {
            for (way, arrivals) in [*ends, [ends[1], ends[0]]].into_iter().zip(arrivals) {
                if way == [from, to] {
                    arrivals.clear();
                }
            }
        }
    }

    /// Goes through all that is under way: what is new gets its arrival, what is due is let through.
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
                    let place = &mut seen[usize::from(is_back)];
                    if *place == arrivals.len() {
                        let way = if is_back { [*b, *a] } else { [*a, *b] };
                        arrivals.push_back(arrival(way, departed));
                    }
                    if Some(arrivals[*place]) <= due {
                        sent.deliver();
                    }
                    *place += 1;
                }
            }
        });
    }
}
