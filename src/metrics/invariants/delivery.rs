//! By when an exchange must have delivered an item to a zone, and whether it has.

use std::cell::OnceCell;

use super::Origin;
use super::connectivity::Groups;
use super::liveness::{Liveness, Reason};
use super::stable_network::StableNetwork;
use crate::engine::{RunEnd, StopReason};
use crate::id::{Item, ItemSet, NodeId};
use crate::network::fault::{Memory, Schedule};
use crate::plan::Plan;
use crate::protocol::exchange::{ProtocolSet, Routing};
use crate::time::{SimDuration, SimTime};

/// How long messages waited at their senders after the last change of the network, where no bound on
/// that is known that is of any use: in queues, or for a jitter with a long tail.
///
/// A bound holds for the waits that there were: how long queues get is up to all who send, coordinations
/// too. A protocol that sends nothing waits for nothing, and one that sends more than it states is found
/// out by that ([`super::spending`]).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SenderWaits {
    /// The longest.
    pub longest: SimDuration,
    /// The longest, the waits in queues left out.
    pub without_queues: SimDuration,
    /// The last instant at which one found no room. It is a change of the network as faults are.
    pub last_drop: Option<SimTime>,
}

impl SenderWaits {
    /// One more, all of it and without the queue.
    pub fn add(&mut self, all: SimDuration, without_queue: SimDuration) {
        self.longest = self.longest.max(all);
        self.without_queues = self.without_queues.max(without_queue);
    }
}

/// The bounds of a run.
pub struct Bounds<'a, X: ProtocolSet> {
    settings: &'a X::Settings,
    schedule: &'a Schedule,
    aftermath: &'a StableNetwork,
    routing: Routing,
    waits: SenderWaits,
    hub: Option<NodeId>,
    zones: u32,
    /// How long it takes where nobody forgot, and where somebody did; the same without queues.
    remembering: Bound,
    forgetful: Bound,
    without_queues: [Bound; 2],
    groups: OnceCell<Groups>,
    /// Why what queues put off is not judged.
    queued: Reason,
}

type Bound = Result<SimDuration, Reason>;

impl<'a, X: ProtocolSet> Bounds<'a, X> {
    /// Those of a plan under faults.
    pub fn new<C>(
        plan: &'a Plan<X::Settings, C>,
        schedule: &'a Schedule,
        aftermath: &'a StableNetwork,
        waits: SenderWaits,
        has_send_bound: bool,
    ) -> Self {
        let routing = X::routing(&plan.exchange);
        let bound = |waits, forgot| bound::<X, C>(plan, aftermath, routing, waits, forgot);
        let remembering = bound(waits.longest, false);
        let forgetful =
            if aftermath.forgot.is_some() { bound(waits.longest, true) } else { remembering };
        let without_queues = if waits.longest == waits.without_queues {
            [remembering, forgetful]
        } else {
            [false, true].map(|forgot| bound(waits.without_queues, forgot))
        };
        Self {
            settings: &plan.exchange,
            schedule,
            aftermath,
            routing,
            waits,
            hub: plan.hub,
            zones: plan.zones,
            remembering,
            forgetful,
            without_queues,
            groups: OnceCell::new(),
            queued: if has_send_bound { Reason::Bandwidth } else { Reason::NoSendBound },
        }
    }

    /// How long it takes where nobody forgot, and a division makes it no slower than it can.
    pub fn usual(&self) -> Option<SimDuration> {
        let SimDuration(within) = self.remembering.ok()?;
        let is_slower = self.aftermath.division.is_some()
            && !matches!(self.routing, Routing::Direct | Routing::Hub);
        let slower = if is_slower { u64::from(self.zones - 1) } else { 1 };
        Some(SimDuration(within.saturating_mul(slower)))
    }

    /// The deadline of a delivery, and whether queues put it off.
    fn deadline(&self, item: &Known<'_>, zone: NodeId) -> Result<Deadline, Reason> {
        let forgot = self.forgot(item.origin);
        let within = if forgot { self.forgetful } else { self.remembering }?;
        let (held, slower) = self.held(item, zone)?;
        let since = self.aftermath.from.max(held);
        let from = since.max(self.waits.last_drop.unwrap_or(SimTime(0)));
        let within = SimDuration(within.0.saturating_mul(slower));
        let plain = self.without_queues[usize::from(forgot)]?;
        let plain = since + SimDuration(plain.0.saturating_mul(slower));
        Ok(Deadline { from, within, at: from + within, without_queues: plain })
    }

    /// Whether somebody forgot on whom the delivery of an item depends, since that was published.
    fn forgot(&self, origin: &Origin) -> bool {
        let forgets = |at: SimTime| at >= origin.at;
        if self.routing == Routing::Direct {
            let times = self.schedule.downtimes(origin.zone).iter();
            return times.filter(|down| down.memory == Memory::Lost).any(|down| forgets(down.end));
        }
        self.aftermath.forgot.is_some_and(forgets)
    }

    /// Since when somebody has the item who can still deliver it to a zone, and how many times longer
    /// it takes where many cannot be reached.
    fn held(&self, item: &Known<'_>, zone: NodeId) -> Result<(SimTime, u64), Reason> {
        let Origin { at, zone: from, last, .. } = *item.origin;
        let Some(division) = &self.aftermath.division else { return Ok((at, 1)) };
        let gone = Err(Reason::EndlessFault);
        match self.routing {
            Routing::Direct if division.is_open(from, zone) => Ok((at, 1)),
            Routing::Direct => gone,
            Routing::Hub => {
                let Some(hub) = self.hub.filter(|&hub| division.is_open(hub, zone)) else {
                    return gone;
                };
                match item.is_known_to(hub) {
                    true => Ok((last, 1)),
                    false if division.is_open(from, hub) => Ok((at, 1)),
                    false => gone,
                }
            }
            Routing::Overlay | Routing::Uniform | Routing::Unknown => {
                let groups =
                    self.groups.get_or_init(|| division.groups::<X>(self.settings, self.routing));
                let passed_on = self.routing != Routing::Unknown;
                let has = |other: NodeId| item.is_known_to(other) && (passed_on || other == from);
                let Some(group) = groups.number(zone) else { return gone };
                let members = groups.members(group);
                if !members.iter().copied().any(has) {
                    return gone;
                }
                // Who asks and tells in vain those who cannot be reached takes so many times longer.
                let others = members.len().max(2) as u64 - 1;
                Ok((last, u64::from(self.zones - 1).div_ceil(others)))
            }
        }
    }
}

/// How long the chosen exchange takes, or why it does not say.
fn bound<X: ProtocolSet, C>(
    plan: &Plan<X::Settings, C>,
    aftermath: &StableNetwork,
    routing: Routing,
    waits: SimDuration,
    forgot: bool,
) -> Bound {
    let calm = aftermath.bounds(plan, routing, waits);
    let within = |calm| X::delivery_bound(&plan.exchange, &calm);
    let all = within(crate::protocol::StableBounds { amnesia: forgot, ..calm });
    all.ok_or_else(|| {
        if within(crate::protocol::StableBounds { loss: 0.0, ..calm }).is_none() {
            Reason::NoBound
        } else if within(calm).is_none() {
            Reason::UnboundedLoss
        } else {
            Reason::MemoryLost
        }
    })
}

/// An item, and who has it.
struct Known<'a> {
    item: Item,
    origin: &'a Origin,
    known: &'a [ItemSet],
}

impl Known<'_> {
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

/// Judges all deliveries of a run that has ended; the first that is missed.
pub fn judge<X: ProtocolSet>(
    bounds: &Bounds<'_, X>,
    (items, known): (&[Option<Origin>], &[ItemSet]),
    ending: RunEnd,
    horizon: SimTime,
) -> (Liveness, Option<MissedDelivery>) {
    let (mut liveness, mut missed) = (Liveness::default(), None);
    for (origin, item) in items.iter().zip((0..).map(Item)) {
        let Some(origin) = origin else { continue };
        let item = Known { item, origin, known };
        let others = u64::from(bounds.zones - 1);
        liveness.owed += others;
        let not_due = |deadline: Result<Deadline, Reason>| match deadline {
            Ok(by) if by.at < horizon => None,
            Ok(by) if by.without_queues < horizon => Some(bounds.queued),
            Ok(_) => Some(Reason::Horizon),
            Err(reason) => Some(reason),
        };
        if origin.missing == 0 && bounds.aftermath.division.is_none() {
            // All alike.
            if let Some(reason) = not_due(bounds.deadline(&item, origin.zone)) {
                liveness.not_due.add(reason, others);
            }
            continue;
        }
        for zone in (0..bounds.zones).map(NodeId).filter(|&zone| zone != origin.zone) {
            let deadline = bounds.deadline(&item, zone);
            let reason = not_due(deadline);
            reason.into_iter().for_each(|reason| liveness.not_due.add(reason, 1));
            if item.is_known_to(zone) {
                continue;
            }
            match deadline {
                // What is pending no more never comes.
                Ok(by) if ending.reason == StopReason::Quiet || ending.at > by.at => {
                    missed.get_or_insert(MissedDelivery {
                        item: item.item,
                        origin: origin.zone,
                        zone,
                        from: by.from,
                        within: by.within,
                    });
                }
                // A run that ended before its horizon for another reason than these.
                _ => liveness.open.add(reason.unwrap_or(Reason::Horizon), 1),
            }
        }
    }
    (liveness, missed)
}
