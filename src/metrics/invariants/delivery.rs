//! The deadlines of deliveries, and whether they were met.

use std::cell::OnceCell;

use super::connectivity::{Connectivity, Groups};
use super::liveness::{Liveness, Reason};
use super::origin::Origin;
use super::stable_network::StableNetwork;
use crate::engine::{RunEnd, StopReason};
use crate::id::{Item, ItemSet, NodeId};
use crate::network::fault::{Memory, Schedule};
use crate::plan::Plan;
use crate::protocol::desk::GroundTruth;
use crate::protocol::{ProtocolSet, Routing};
use crate::time::{SimDuration, SimTime};

/// How long messages waited at their senders and receivers after the last change of the network, in queues
/// or for a jitter with a long tail.
///
/// Deadlines are computed from the waits that were observed. No protocol can gain time by filling queues:
/// [`super::spending`] checks what each sends, and says why waits computed from send bounds would give
/// later deadlines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waits {
    /// The longest wait at a sender.
    pub longest: SimDuration,
    /// The longest wait at a receiver, in its downlink.
    pub receiving: SimDuration,
    /// The longest wait at a sender, without the time in queues.
    pub without_queues: SimDuration,
    /// The last instant at which a full queue dropped a message. It counts as a change of the network.
    pub last_drop: Option<SimTime>,
}

impl Waits {
    /// Adds the wait of a message at its sender, with and without the time in the queue.
    pub fn add(&mut self, all: SimDuration, without_queue: SimDuration) {
        self.longest = self.longest.max(all);
        self.without_queues = self.without_queues.max(without_queue);
    }

    /// Adds the wait of a message at its receiver.
    pub fn receive(&mut self, wait: SimDuration) {
        self.receiving = self.receiving.max(wait);
    }
}

/// The delivery bounds of a run.
pub struct Bounds<'a, X: ProtocolSet> {
    settings: &'a X::Params,
    schedule: &'a Schedule,
    stable: &'a StableNetwork,
    routing: Routing,
    waits: Waits,
    hub: Option<NodeId>,
    zones: u32,
    /// The delivery bound without and with amnesia.
    bounds: [Bound; 2],
    /// The same, without the time in queues.
    without_queues: [Bound; 2],
    groups: OnceCell<Groups>,
    rules: Option<&'a GroundTruth>,
    /// The bound of what originators tell directly, with and without the time in queues.
    direct: [Option<SimDuration>; 2],
    /// Why a delivery that queues delay is not judged.
    queue_reason: Reason,
}

type Bound = Result<SimDuration, Reason>;

impl<'a, X: ProtocolSet> Bounds<'a, X> {
    /// The bounds of a run with these faults and waits. `has_send_bound` says whether all that was sent is
    /// of protocols with a send bound.
    pub fn new<C>(
        plan: &'a Plan<X::Params, C>,
        schedule: &'a Schedule,
        stable: &'a StableNetwork,
        waits: Waits,
        has_send_bound: bool,
    ) -> Self {
        let routing = X::routing(&plan.exchange);
        let bound = |waits, amnesia| bound::<X, C>(plan, stable, routing, waits, amnesia);
        let both = |waits| [false, true].map(|amnesia| bound(waits, amnesia));
        let all = waits.longest + waits.receiving;
        let bounds = both(all);
        let without_queues =
            if all == waits.without_queues { bounds } else { both(waits.without_queues) };
        Self {
            settings: &plan.exchange,
            schedule,
            stable,
            routing,
            waits,
            hub: plan.hub,
            zones: plan.zones,
            bounds,
            without_queues,
            groups: OnceCell::new(),
            rules: None,
            direct: [None; 2],
            queue_reason: if has_send_bound { Reason::Bandwidth } else { Reason::NoSendBound },
        }
    }

    /// The bounds under release rules; `direct` is the bound of what originators tell directly.
    pub fn with_rules(
        mut self,
        rules: Option<&'a GroundTruth>,
        direct: impl Fn(SimDuration) -> Option<SimDuration>,
    ) -> Self {
        self.rules = rules;
        self.direct = [self.waits.longest, self.waits.without_queues].map(direct);
        self
    }

    /// The zones that should learn an item of a zone.
    fn entitled(&self, item: Item, origin: NodeId) -> impl Iterator<Item = NodeId> + use<'_, X> {
        let audience = self.rules.and_then(|rules| rules.audience(item));
        let zones = (0..self.zones).map(NodeId).filter(move |&zone| zone != origin);
        zones.filter(move |&zone| audience.is_none_or(|nodes| nodes.contains(zone)))
    }

    fn is_direct_to_some(&self, item: Item) -> bool {
        self.rules.is_some_and(|rules| rules.direct(item).is_some())
    }

    fn is_direct(&self, item: Item, zone: NodeId) -> bool {
        let direct = self.rules.and_then(|rules| rules.direct(item));
        direct.is_some_and(|nodes| nodes.contains(zone))
    }

    /// The deadline of what an originator tells directly.
    fn direct_deadline(&self, origin: &Origin, zone: NodeId) -> Result<Deadline, Reason> {
        let is_open = |connectivity: &Connectivity| connectivity.is_open(origin.zone, zone);
        if !self.stable.connectivity.as_ref().is_none_or(is_open) {
            return Err(Reason::EndlessFault);
        }
        let since = self.stable.since.max(origin.at);
        let from = since.max(self.waits.last_drop.unwrap_or(SimTime(0)));
        let [within, without_queues] = self.direct.map(|bound| bound.ok_or(Reason::UnboundedLoss));
        let within = within?;
        Ok(Deadline { from, within, at: from + within, without_queues: since + without_queues? })
    }

    /// The delivery bound without amnesia, and with the largest slowdown by missing connectivity.
    pub fn typical(&self) -> Option<SimDuration> {
        let SimDuration(within) = self.bounds[0].ok()?;
        let is_slower = self.stable.connectivity.is_some()
            && !matches!(self.routing, Routing::Direct | Routing::Hub | Routing::HubOrDirect);
        let slower = if is_slower { u64::from(self.zones - 1) } else { 1 };
        Some(SimDuration(within.saturating_mul(slower)))
    }

    /// The deadline of the delivery of an item to a zone.
    fn deadline(&self, item: &PublishedItem<'_>, zone: NodeId) -> Result<Deadline, Reason> {
        if self.is_direct(item.item, zone) {
            return self.direct_deadline(item.origin, zone);
        }
        let amnesia = usize::from(self.has_amnesia(item.origin));
        let within = self.bounds[amnesia]?;
        let (held_since, slowdown) = self.held_since(item, zone)?;
        let since = self.stable.since.max(held_since);
        let from = since.max(self.waits.last_drop.unwrap_or(SimTime(0)));
        let slowdown = slowdown.max(self.slowdown_within_audience(item));
        let within = SimDuration(within.0.saturating_mul(slowdown));
        let without_queues = self.without_queues[amnesia]?;
        let without_queues = since + SimDuration(without_queues.0.saturating_mul(slowdown));
        Ok(Deadline { from, within, at: from + within, without_queues })
    }

    /// The factor by which a delivery slows down because partners outside the audience are drawn too.
    fn slowdown_within_audience(&self, item: &PublishedItem<'_>) -> u64 {
        if !matches!(self.routing, Routing::Uniform | Routing::Unknown) {
            return 1;
        }
        u64::from(self.zones - 1).div_ceil(u64::from(item.origin.entitled.max(1)))
    }

    /// Whether a node on which the deliveries of an item depend lost its memory after the publication.
    fn has_amnesia(&self, origin: &Origin) -> bool {
        let is_after = |at: SimTime| at >= origin.at;
        if self.routing == Routing::Direct {
            let times = self.schedule.downtimes(origin.zone).iter();
            return times.filter(|down| down.memory == Memory::Lost).any(|down| is_after(down.end));
        }
        self.stable.last_amnesia.is_some_and(is_after)
    }

    /// Since when a node that can reach a zone has an item, and the factor by which the delivery slows
    /// down because a protocol also tries nodes that it cannot reach.
    fn held_since(&self, item: &PublishedItem<'_>, zone: NodeId) -> Result<(SimTime, u64), Reason> {
        let Origin { at, zone: from, last, .. } = *item.origin;
        let Some(connectivity) = &self.stable.connectivity else { return Ok((at, 1)) };
        let unreachable = Err(connectivity.reason());
        match self.routing {
            Routing::Direct if connectivity.is_open(from, zone) => Ok((at, 1)),
            Routing::Direct => unreachable,
            // The origin tells others directly only while the hub does not answer.
            Routing::HubOrDirect
                if self.hub.is_none_or(|hub| !connectivity.is_open(from, hub))
                    && connectivity.is_open(from, zone) =>
            {
                Ok((at, 1))
            }
            Routing::Hub | Routing::HubOrDirect => {
                let Some(hub) = self.hub.filter(|&hub| connectivity.is_open(hub, zone)) else {
                    return unreachable;
                };
                match item.is_known_to(hub) {
                    true => Ok((last, 1)),
                    false if connectivity.is_open(from, hub) => Ok((at, 1)),
                    false => unreachable,
                }
            }
            // Nodes outside the audience pass nothing on, and the groups do not know them.
            _ if item.origin.entitled + 1 < self.zones => unreachable,
            Routing::Overlay | Routing::Uniform | Routing::Elected | Routing::Unknown => {
                let groups = self
                    .groups
                    .get_or_init(|| connectivity.groups::<X>(self.settings, self.routing));
                let is_relayed = self.routing != Routing::Unknown;
                let has = |other: NodeId| item.is_known_to(other) && (is_relayed || other == from);
                let Some(group) = groups.number(zone) else { return unreachable };
                let members = groups.members(group);
                if !members.iter().copied().any(has) {
                    return unreachable;
                }
                // A partner chosen uniformly is reachable with the probability others / (zones - 1).
                let others = members.len().max(2) as u64 - 1;
                Ok((last, u64::from(self.zones - 1).div_ceil(others)))
            }
        }
    }
}

/// The delivery bound of the exchange, or why it states none.
fn bound<X: ProtocolSet, C>(
    plan: &Plan<X::Params, C>,
    stable: &StableNetwork,
    routing: Routing,
    waits: SimDuration,
    amnesia: bool,
) -> Bound {
    let stable_bounds = stable.bounds(plan, routing, waits);
    let within = |stable_bounds| X::delivery_bound(&plan.exchange, &stable_bounds);
    if routing.has_relaying_hub() && plan.clerks.is_some() {
        return Err(Reason::Clerks);
    }
    let bound = within(crate::protocol::StableBounds { amnesia, ..stable_bounds });
    bound.ok_or_else(|| {
        if within(crate::protocol::StableBounds { loss: 0.0, ..stable_bounds }).is_none() {
            Reason::NoBound
        } else if within(stable_bounds).is_none() {
            Reason::UnboundedLoss
        } else {
            Reason::MemoryLost
        }
    })
}

/// An item that was published.
struct PublishedItem<'a> {
    item: Item,
    origin: &'a Origin,
    /// By node, the items that it has.
    known: &'a [ItemSet],
}

impl PublishedItem<'_> {
    fn is_known_to(&self, node: NodeId) -> bool {
        self.known[node.index()].contains(self.item)
    }
}

#[derive(Clone, Copy, Debug)]
struct Deadline {
    from: SimTime,
    within: SimDuration,
    at: SimTime,
    without_queues: SimTime,
}

/// A delivery that did not happen by its deadline.
#[derive(Clone, Copy, Debug)]
pub struct MissedDelivery {
    pub item: Item,
    pub origin: NodeId,
    pub zone: NodeId,
    pub from: SimTime,
    pub within: SimDuration,
}

/// Judges all deliveries of a run that has ended. Returns the first that missed its deadline, too.
pub fn judge<X: ProtocolSet>(
    bounds: &Bounds<'_, X>,
    (items, known): (&[Option<Origin>], &[ItemSet]),
    ending: RunEnd,
    horizon: SimTime,
) -> (Liveness, Option<MissedDelivery>) {
    let (mut liveness, mut missed) = (Liveness::default(), None);
    for (origin, item) in items.iter().zip((0..).map(Item)) {
        let Some(origin) = origin else { continue };
        let item = PublishedItem { item, origin, known };
        let others = u64::from(origin.entitled);
        liveness.deliveries += others;
        let not_due = |deadline: Result<Deadline, Reason>| match deadline {
            Ok(by) if by.at < horizon => None,
            Ok(by) if by.without_queues < horizon => Some(bounds.queue_reason),
            Ok(_) => Some(Reason::Horizon),
            Err(reason) => Some(reason),
        };
        let is_alike = bounds.stable.connectivity.is_none() && !bounds.is_direct_to_some(item.item);
        if origin.missing == 0 && is_alike {
            // The deliveries of the item have one deadline, and all happened.
            if let Some(reason) = not_due(bounds.deadline(&item, origin.zone)) {
                liveness.not_due.add(reason, others);
            }
            continue;
        }
        for zone in bounds.entitled(item.item, origin.zone) {
            let deadline = bounds.deadline(&item, zone);
            let reason = not_due(deadline);
            reason.into_iter().for_each(|reason| liveness.not_due.add(reason, 1));
            if item.is_known_to(zone) {
                continue;
            }
            match deadline {
                // Nothing is pending: the delivery would never happen.
                Ok(by) if ending.reason == StopReason::Quiet || ending.at > by.at => {
                    missed.get_or_insert(MissedDelivery {
                        item: item.item,
                        origin: origin.zone,
                        zone,
                        from: by.from,
                        within: by.within,
                    });
                }
                // The run ended before the deadline.
                _ => liveness.open.add(reason.unwrap_or(Reason::Horizon), 1),
            }
        }
    }
    (liveness, missed)
}
