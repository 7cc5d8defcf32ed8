//! Invariants of the engine, of the measurements and of the protocols, checked during every run.
//!
//! - A node learns an item only if it was published, and not before the shortest path allows it.
//! - Under release rules, nobody receives or learns an item that it may not have, and nobody but the
//!   originator of an item that is `orcon` passes it on.
//! - Each zone learns an item once, unless a crash takes its memory.
//! - Over every link, no more messages arrive than were sent and not lost.
//! - The size that a message states is the size of its encoding.
//! - Where links have a bandwidth or nodes access links, exchange and coordination send no more over any of
//!   them than their [`crate::protocol::SendBound`]s.
//! - Zones learn items in one order, without gaps, if the exchange guarantees it
//!   ([`crate::protocol::NamedProtocol::has_total_order`]).
//! - No node wakes itself again and again without time passing.
//! - No protocol panics.
//! - After a round of clock synchronization that keeps its assumptions, clocks differ by no more than it
//!   guarantees. A round that is not judged has a reason ([`Unjudged`]).
//! - An operation keeps the guarantees of its coordination ([`crate::protocol::Safety`])
//!   about decisions and strikes. No zone strikes at a member twice, or at one it has not located.
//! - After the last change of the network, every zone that can be reached has every item that it may have
//!   within the delivery bound of the exchange ([`crate::protocol::NamedProtocol::delivery_bound`]). A
//!   delivery that is not judged has a [`Reason`]; an exchange without a bound is not judged.
//!
//! A violation is data and not a panic: the run goes on. Only the first violation of a run is kept.

mod access_waits;
mod clock_rounds;
mod connectivity;
mod delivery;
mod link_counts;
mod liveness;
mod operation;
mod origin;
mod shortest_paths;
mod spending;
mod stable_network;
mod time_to_judge;
mod total_order;
mod violation;

use std::sync::Arc;

pub use clock_rounds::{ClockRounds, Unjudged};
pub use liveness::{JudgedCount, Liveness, Reason};
use operation::OperationSafety;
pub use shortest_paths::ShortestPaths;
pub use time_to_judge::time_to_judge;
pub use violation::{Kind, Violation};

use self::access_waits::AccessWaits;
use self::clock_rounds::ClockRoundsCheck;
use self::delivery::{Bounds, MissedDelivery, Waits};
use self::origin::Origin;
use self::spending::{Excess, SendBoundCheck};
use self::stable_network::StableNetwork;
use self::total_order::{Disagreement, TotalOrder};
use crate::engine::{Event, PanicMessage, RunEnd, StopReason, TraceSink};
use crate::id::{Item, ItemSet, NodeId};
use crate::network::egress::{Departure, SendOutcome};
use crate::network::fault::Schedule;
use crate::network::transmission_ns;
use crate::plan::{ItemSizes, Plan, Realization};
use crate::protocol::ProtocolSet;
use crate::protocol::clock_sync::Adjustment;
use crate::protocol::desk::{GroundTruth, Stage};
use crate::protocol::node::Direct;
use crate::protocol::node::Protocols;
use crate::protocol::{NodePart, Routing, WireMessage};
use crate::time::{SimDuration, SimTime};

/// Checks the invariants of one run.
pub struct Invariants<'a, E, C> {
    plan: &'a Plan<E, C>,
    shortest_paths: &'a ShortestPaths,
    schedule: Arc<Schedule>,
    /// Who may have which item; none without release rules.
    rules: Option<Arc<GroundTruth>>,
    stable: StableNetwork,
    waits: Waits,
    access: AccessWaits,
    judge: Judge<E, C>,
    items: Vec<Option<Origin>>,
    /// By node, the items that it has learnt or published.
    known: Vec<ItemSet>,
    /// By link, the number of messages in flight, copies included. One number for all links together
    /// above [`MAX_COUNTED`] nodes.
    in_flight: Vec<i64>,
    sent: u64,
    sizes: ItemSizes,
    operation: OperationSafety<'a>,
    /// None if clocks are not synchronized.
    clock_rounds: Option<Box<ClockRoundsCheck>>,
    /// Of the exchange and of the coordination; none where no link has a bandwidth or the protocol states
    /// no send bound.
    send_bounds: Vec<SendBoundCheck>,
    /// Whether a protocol without a send bound has sent a message.
    has_unbounded_sender: bool,
    /// None if the exchange does not guarantee it.
    order: Option<TotalOrder>,
    violation: Option<Violation>,
    liveness: Liveness,
    /// The instant of the last event, for a panic.
    now: SimTime,
}

/// Judges the deliveries of a run. A function pointer keeps the type of the exchange out of
/// [`Invariants`].
type Judge<E, C> = fn(&Invariants<'_, E, C>, RunEnd) -> (Liveness, Option<MissedDelivery>);

/// Above this many nodes messages are counted for all links together.
const MAX_COUNTED: usize = 128;

/// The size is checked of this many first messages, and of one in this many later ones: an encoding
/// costs more than the rest of the checks.
const SIZE_CHECKS: u64 = 64;

impl<'a, E, C> Invariants<'a, E, C> {
    /// The check of a run of a plan from a seed, with the shortest paths of the same plan.
    pub fn new<P>(plan: &'a Plan<E, C>, shortest_paths: &'a ShortestPaths, seed: u64) -> Self
    where
        P: Protocols<Exchange: ProtocolSet<Params = E>, Coordination: ProtocolSet<Params = C>>,
    {
        let schedule = plan.schedule(seed);
        let clock_rounds = plan.clock_sync.as_ref().map(|params| {
            let clocks = plan.clocks(seed, &schedule);
            Box::new(ClockRoundsCheck::new(clocks, params, plan.resolution))
        });
        let clocks =
            if plan.workload.members == 0 { Vec::new() } else { plan.clocks(seed, &schedule) };
        let safety = P::Coordination::safety(&plan.coordination);
        let nodes = plan.nodes();
        let links = if nodes > MAX_COUNTED { 1 } else { nodes * nodes };
        let stable = StableNetwork::new(plan, &shortest_paths.worst_link, &schedule, seed);
        let bounds = [
            (NodePart::Exchange, P::Exchange::send_bound(&plan.exchange, plan.resolution)),
            (
                NodePart::Coordination,
                P::Coordination::send_bound(&plan.coordination, plan.resolution),
            ),
        ];
        let is_counted = shortest_paths.worst_link.has_bandwidth;
        let bounds = bounds.into_iter().filter(|_| is_counted);
        let check =
            |(part, bound)| SendBoundCheck::new((part, bound), nodes, &schedule, stable.max_skew);
        let stated = bounds.filter_map(|(part, bound)| Some((part, bound?)));
        let send_bounds = stated.map(check).collect();
        Self {
            plan,
            shortest_paths,
            rules: plan.ground_truth_with_rules(seed),
            stable,
            send_bounds,
            has_unbounded_sender: false,
            order: P::Exchange::has_total_order(&plan.exchange)
                .then(|| TotalOrder::new(plan.zones)),
            waits: Waits::default(),
            access: AccessWaits::default(),
            judge: judge::<P::Exchange, C>,
            schedule,
            items: Vec::new(),
            known: vec![ItemSet::EMPTY; nodes],
            in_flight: vec![0; links],
            sent: 0,
            sizes: ItemSizes::same(plan.workload.item_bytes),
            operation: OperationSafety::new(safety, &plan.names, clocks, plan.resolution),
            clock_rounds,
            violation: None,
            liveness: Liveness::default(),
            now: SimTime(0),
        }
    }

    /// The judgement of the deliveries. Empty before the run has ended.
    pub fn liveness(&self) -> &Liveness {
        &self.liveness
    }

    /// The rounds of clock synchronization, at the end of the run. None if clocks are not synchronized.
    pub fn clock_rounds(&self) -> Option<ClockRounds> {
        self.clock_rounds.as_ref().map(|check| check.result())
    }

    /// Whether the strike decided last lies beyond the horizon ([`Plan::is_beyond_horizon`]). False
    /// without an operation.
    pub fn is_strike_beyond(&self) -> bool {
        let decision = self.operation.last_decision().filter(|_| self.plan.workload.members > 0);
        decision.is_some_and(|(at, time)| {
            self.plan.is_beyond_horizon(self.operation.clocks(), at, time)
        })
    }

    /// The first violation so far.
    pub fn violation(&self) -> Option<&Violation> {
        self.violation.as_ref()
    }

    /// Records that a panic has ended the run. No delivery of it is judged.
    pub fn panicked(&mut self, panicked: &PanicMessage) {
        let Violation { kind, what, .. } = Violation::panic(panicked);
        self.violate(self.now, kind, what);
        let deliveries = self.items.iter().flatten().map(|origin| u64::from(origin.entitled));
        let deliveries = deliveries.sum::<u64>().max(1);
        self.liveness = Liveness::none_judged(deliveries, Reason::Panic);
    }

    #[cold]
    fn violate(&mut self, at: SimTime, kind: Kind, what: String) {
        self.violation.get_or_insert(Violation { at, kind, what });
    }

    #[cold]
    fn check(&mut self, at: SimTime, result: Result<(), (Kind, String)>) {
        if let Err((kind, what)) = result {
            self.violate(at, kind, what);
        }
    }

    fn name(&self, node: NodeId) -> &str {
        &self.plan.names[node.index()]
    }

    #[inline]
    fn in_flight(&mut self, from: NodeId, to: NodeId) -> &mut i64 {
        let nodes = self.known.len();
        let index = if self.in_flight.len() == 1 { 0 } else { from.index() * nodes + to.index() };
        &mut self.in_flight[index]
    }

    /// The check of what a part of the nodes sends, if it states a bound.
    fn send_bound(&mut self, part: NodePart) -> Option<&mut SendBoundCheck> {
        self.send_bounds.iter_mut().find(|check| check.part == part)
    }

    fn publish(&mut self, at: SimTime, zone: NodeId, item: Item) {
        if self.items.len() <= item.index() {
            self.items.resize(item.index() + 1, None);
        }
        let entitled = match self.rules.as_ref().and_then(|rules| rules.audience(item)) {
            None => self.plan.zones - u32::from(self.plan.hub != Some(zone)),
            Some(nodes) => {
                let entitled = |&node: &NodeId| node.0 < self.plan.zones && node != zone;
                nodes.iter().filter(entitled).count() as u32
            }
        };
        self.items[item.index()] = Some(Origin { at, zone, entitled, missing: entitled, last: at });
        self.known[zone.index()].insert(item);
        if let Some(check) = self.send_bound(NodePart::Exchange) {
            check.publish(at, zone);
        }
    }

    /// Checks that a node may have an item, and may have it from another.
    #[cold]
    fn check_release(&mut self, at: SimTime, from: Option<NodeId>, to: NodeId, item: Item) {
        let Some(rules) = self.rules.clone() else { return };
        let number = item.0;
        if !rules.may_have(item, to) {
            let what = format!("{} receives item {number}, which it may not have", self.name(to));
            return self.violate(at, Kind::Leaked, what);
        }
        if let Some(from) = from.filter(|&from| !rules.may_tell(item, from, to)) {
            let what = format!(
                "{} passes on item {number} to {}, which only its originator may do",
                self.name(from),
                self.name(to)
            );
            self.violate(at, Kind::PassedOn, what);
        }
    }

    fn learn(&mut self, at: SimTime, node: NodeId, item: Item) {
        if self.rules.is_some() {
            self.check_release(at, None, node, item);
        }
        let number = item.0;
        let Some(Some(origin)) = self.items.get_mut(item.index()) else {
            let what = format!("{} learns item {number}, which was not published", self.name(node));
            return self.violate(at, Kind::Unpublished, what);
        };
        if self.plan.hub != Some(node) {
            origin.missing = origin.missing.saturating_sub(1);
        }
        origin.last = at;
        let Origin { at: published, zone, entitled, .. } = *origin;
        // What is for some zones only, or comes from the hub, is told directly.
        if entitled + 1 == self.plan.zones
            && let Some(order) = &mut self.order
        {
            order.learn(node, item);
        }
        let earliest = published + self.shortest_paths.between(zone, node);
        if !self.known[node.index()].insert(item) {
            let what = format!("{} learns item {number} a second time", self.name(node));
            self.violate(at, Kind::LearntTwice, what);
        } else if at < earliest {
            let what = format!(
                "{} learns item {number} {} ms after {} published it, {} ms before it could",
                self.name(node),
                self.plan.ms(at - published),
                self.name(zone),
                self.plan.ms(earliest - at),
            );
            self.violate(at, Kind::LearntTooSoon, what);
        }
    }

    #[cold]
    fn adjust(&mut self, at: SimTime, node: NodeId, adjustment: Adjustment) {
        self.operation.adjust(node, adjustment);
        let Some(check) = &mut self.clock_rounds else { return };
        if let Err(what) = check.adjust(at, node, adjustment) {
            self.violate(at, Kind::ClockSkew, what);
        }
    }

    #[inline]
    fn send<M: WireMessage>(
        &mut self,
        at: SimTime,
        link: [NodeId; 2],
        outcome: &SendOutcome,
        message: &M,
    ) {
        *self.in_flight(link[0], link[1]) +=
            i64::from(outcome.departs().is_some()) + i64::from(outcome.copy.is_some());
        if let Some(check) = &mut self.clock_rounds
            && let Some(reading) = message.reading()
        {
            check.send(at, link[0], reading);
        }
        if self.shortest_paths.worst_link.has_long_waits {
            self.record_wait([at; 2], link, outcome, message);
            self.check_send_bound(at, link, message);
        }
        self.sent += 1;
        if self.sent <= SIZE_CHECKS || self.sent.is_multiple_of(SIZE_CHECKS) {
            self.check_size(at, link[0], message);
        }
    }

    #[inline(never)]
    fn record_wait<M: WireMessage>(
        &mut self,
        [sent, at]: [SimTime; 2],
        [from, to]: [NodeId; 2],
        outcome: &SendOutcome,
        message: &M,
    ) {
        let network = &self.plan.network;
        if let Some(access) = &network.access {
            let uplink = access.uplink(from);
            return self.record_access_wait([sent, at], (from, uplink), outcome, message);
        }
        if at < self.stable.since {
            return;
        }
        let model = usize::from(network.links.get(from, to).model);
        match outcome.departure {
            Departure::Dropped => self.waits.last_drop = Some(at),
            Departure::Departs { due, .. } => {
                let sending = network.models[model].bandwidth.map_or(0, |bandwidth| {
                    bandwidth.ns_for(self.sizes.of_message(message)).div_ceil(network.resolution.ns)
                });
                let SimDuration(all) = due - at;
                let queued = outcome.queued.0.saturating_add(sending);
                self.waits.add(SimDuration(all), SimDuration(all.saturating_sub(queued)));
            }
            Departure::Lost | Departure::Waits => {}
        }
    }

    /// Records the wait of a message that may have met an uplink. That of a message sent before the last
    /// change of the network, or lost, matters too, since retries wait for it.
    fn record_access_wait<M: WireMessage>(
        &mut self,
        [sent, at]: [SimTime; 2],
        (from, uplink): (NodeId, Option<u64>),
        outcome: &SendOutcome,
        message: &M,
    ) {
        let left = match outcome.departure {
            Departure::Waits => return self.access.send(from, at),
            Departure::Departs { due, .. } => due,
            Departure::Lost | Departure::Dropped => {
                let bytes = self.sizes.of_message(message);
                let ns = uplink.map_or(0, |rate| transmission_ns(bytes, rate));
                let ticks = SimDuration(ns.div_ceil(self.plan.resolution.ns));
                at.max(sent + outcome.queued + ticks)
            }
        };
        if outcome.departure == Departure::Dropped {
            self.waits.last_drop = Some(at);
        }
        self.waits.add(left - sent.max(self.stable.since), SimDuration(0));
    }

    #[inline(never)]
    fn check_send_bound<M: WireMessage>(&mut self, at: SimTime, link: [NodeId; 2], message: &M) {
        let part = message.part();
        let (sender, largest) = match part {
            NodePart::Exchange => {
                ("exchange", spending::all_items(self.items.len() as u64, &self.sizes))
            }
            NodePart::Coordination => {
                let members = self.plan.workload.members;
                ("coordination", spending::all_members(members, self.known.len()))
            }
            NodePart::Direct | NodePart::Desk | NodePart::ClockSync => return,
        };
        let bytes = self.sizes.of_message(message);
        let Some(send_bound) = self.send_bound(part) else {
            self.has_unbounded_sender = true;
            return;
        };
        let excess = send_bound.send(at, link, bytes, largest);
        let Some(Excess { messages: [sent, max], bytes: [bytes, max_bytes] }) = excess else {
            return;
        };
        let [from, to] = link.map(|node| self.name(node));
        let what = format!(
            "{from} has sent {sent} messages of the {sender} to {to}, {bytes} bytes; the {sender} \
             guarantees no more than {max} by now, {max_bytes} bytes"
        );
        self.violate(at, Kind::SendBoundExceeded(part), what);
    }

    #[inline(never)]
    fn check_size<M: WireMessage>(&mut self, at: SimTime, from: NodeId, message: &M) {
        let encoded = postcard::experimental::serialized_size(message).unwrap_or(0);
        let counted = message.size();
        if encoded != counted {
            let what = format!(
                "{} sends a message that counts {counted} bytes and has {encoded}: {message:?}",
                self.name(from)
            );
            self.violate(at, Kind::Size(message.part()), what);
        }
    }

    #[inline]
    fn deliver(&mut self, at: SimTime, from: NodeId, to: NodeId) {
        let left = self.in_flight(from, to);
        *left -= 1;
        if *left < 0 {
            let what = format!(
                "{} receives from {} a message that was not sent",
                self.name(to),
                self.name(from)
            );
            self.violate(at, Kind::NotSent, what);
        }
    }

    /// Records that a bulk message leaves the uplink.
    fn depart<M: WireMessage>(
        &mut self,
        times: [SimTime; 2],
        link: [NodeId; 2],
        outcome: &SendOutcome,
        message: &M,
    ) {
        self.access.depart(link[0]);
        *self.in_flight(link[0], link[1]) +=
            i64::from(outcome.departs().is_some()) + i64::from(outcome.copy.is_some());
        self.record_wait(times, link, outcome, message);
    }

    fn is_bulk<M: WireMessage>(&self, message: &M) -> bool {
        let access = self.plan.network.access.as_ref();
        access.is_some_and(|access| access.is_bulk(self.sizes.of_message(message)))
    }

    /// Records that a message reaches the downlink of a node.
    fn arrive<M: WireMessage>(
        &mut self,
        at: SimTime,
        to: NodeId,
        received: Option<SimTime>,
        message: &M,
    ) {
        if self.is_bulk(message) {
            self.access.arrive(to, at);
        }
        if let Some(received) = received {
            self.waits.receive(received - at.max(self.stable.since));
        }
    }

    /// Records that a node with a downlink has received a message.
    fn received<M: WireMessage>(&mut self, at: SimTime, to: NodeId, message: &M) {
        if self.plan.network.access.as_ref().is_some_and(|access| access.downlink(to).is_some())
            && self.is_bulk(message)
            && let Some(arrived) = self.access.receive(to)
        {
            self.waits.receive(at - arrived.max(self.stable.since));
        }
    }

    /// Checks that zones have learnt items in one order, if the exchange guarantees it.
    fn check_order(&mut self, at: SimTime) {
        let order = self.order.as_ref();
        let Some(Disagreement { zones, items }) =
            order.and_then(|order| order.disagreement(&self.items))
        else {
            return;
        };
        let [a, b] = zones.map(|zone| self.name(zone));
        let [left, right] = items.map(|item| item.0);
        let what = format!(
            "{a} learns item {left} where {b} learns item {right}; the exchange guarantees one \
             order, without gaps"
        );
        self.violate(at, Kind::Order, what);
    }

    /// Checks the end of the run and judges the deliveries.
    fn finish(&mut self, ending: RunEnd) {
        let [sending, receiving] = self.access.longest(ending.at, self.stable.since);
        self.waits.add(sending, SimDuration(0));
        self.waits.receive(receiving);
        if let StopReason::Livelock(node, part) = ending.reason {
            let what =
                format!("{} wakes itself again and again without time passing", self.name(node));
            return self.violate(ending.at, Kind::Livelock(part), what);
        }
        self.check_order(ending.at);
        self.clock_rounds.iter_mut().for_each(|check| check.end());
        let (liveness, missed) = (self.judge)(self, ending);
        self.liveness = liveness;
        let Some(MissedDelivery { item, origin, zone, from, within }) = missed else { return };
        let when = if ending.reason == StopReason::Quiet {
            "and nothing is pending any more".into()
        } else {
            format!("{} ms after the last fault", self.plan.ms(ending.at - from))
        };
        let what = format!(
            "item {} of {} has not reached {}, {when}; the exchange guarantees it within {} ms",
            item.0,
            self.name(origin),
            self.name(zone),
            self.plan.ms(within),
        );
        self.violate(ending.at, Kind::Undelivered, what);
    }
}

fn judge<X: ProtocolSet, C>(
    invariants: &Invariants<'_, X::Params, C>,
    ending: RunEnd,
) -> (Liveness, Option<MissedDelivery>) {
    let Invariants { plan, schedule, stable, waits, items, known, .. } = invariants;
    let has_send_bound = !invariants.has_unbounded_sender;
    let bounds = Bounds::<X>::new(plan, schedule, stable, *waits, has_send_bound);
    let bounds = bounds.with_rules(invariants.rules.as_deref(), |waits| {
        Direct::delivery_bound(&stable.bounds(plan, Routing::Direct, waits))
    });
    delivery::judge(&bounds, (items, known), ending, plan.horizon)
}

impl<M: WireMessage, E, C> TraceSink<M> for Invariants<'_, E, C> {
    fn begin(&mut self, realization: &Realization) {
        self.sizes = realization.sizes.clone();
    }

    #[inline]
    fn record(&mut self, at: SimTime, event: &Event<'_, M>) {
        self.now = at;
        match *event {
            Event::Send { from, to, ref outcome, message, .. } => {
                self.send(at, [from, to], outcome, message);
            }
            Event::Deliver { from, to, message } => {
                self.deliver(at, from, to);
                if let Some(check) = &mut self.clock_rounds
                    && let Some(reading) = message.reading()
                {
                    check.deliver(at, from, reading);
                }
                if self.rules.is_some() {
                    for item in message.items().iter() {
                        self.check_release(at, Some(from), to, item);
                    }
                }
                self.received(at, to, message);
                if !self.send_bounds.is_empty()
                    && let Some(send_bound) = self.send_bound(message.part())
                {
                    send_bound.deliver(from, to);
                }
            }
            Event::Depart { from, to, sent, ref outcome, message, .. } => {
                self.depart([sent, at], [from, to], outcome, message);
            }
            Event::Arrive { to, received, message, .. } => self.arrive(at, to, received, message),
            Event::Restart { node } => {
                self.access.crash(node);
                self.send_bounds.iter_mut().for_each(|check| check.restart(node));
            }
            Event::Publish { node, item, .. } => self.publish(at, node, item),
            Event::Learn { node, item, again, .. } => {
                if let Some(check) = self.send_bound(NodePart::Exchange) {
                    check.learn(at, node);
                }
                if !again {
                    self.learn(at, node, item);
                }
            }
            Event::Locate { node, member, .. } => {
                if let Some(check) = self.send_bound(NodePart::Coordination) {
                    check.learn(at, node);
                }
                self.operation.locate(node, member);
            }
            Event::Decide { node, at: time } => {
                let result = self.operation.decide(at, node, time);
                self.check(at, result);
            }
            Event::Elected { node, term } => {
                let result = self.operation.elected(node, term);
                self.check(at, result);
            }
            Event::Adjusted { node, adjustment } => self.adjust(at, node, adjustment),
            Event::Stage { node, stage: Stage::Dispatched(member), .. } => {
                let result = self.operation.dispatch(at, node, member);
                self.check(at, result);
            }
            Event::Strike { node, member } => {
                let result = self.operation.strike(at, node, member);
                self.check(at, result);
            }
            _ => {}
        }
    }

    fn end(&mut self, ending: RunEnd) {
        self.finish(ending);
    }
}
