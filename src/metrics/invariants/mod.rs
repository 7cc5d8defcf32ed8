//! What holds in every run, checked as it goes: of the engine, of the accounts, and of the protocol.
//!
//! - Nobody learns what was not published, nor before a message could have come over the links.
//! - Each zone learns an item once, unless a crash took its memory.
//! - Over every link, no more arrives than was sent and not lost.
//! - The bytes that are counted are those of the encoding.
//! - Where links have a bandwidth, the exchange sends no more over any than it states
//!   ([`crate::protocol::exchange::SendBound`]): who fills a link without need is not late for want of bandwidth.
//! - No node wakes itself without end.
//! - No protocol panics.
//! - An operation keeps what its coordination guarantees ([`crate::protocol::coordination::Safety`]): who
//!   decides, who strikes when; and no zone strikes twice, or whom it has not located.
//! - After the last change of the network every zone that can still be reached has every item as soon
//!   as the exchange promises ([`crate::protocol::exchange::ProtocolSet::delivery_bound`]). Of each delivery that
//!   is not judged the [`Reason`] is known; a protocol that promises nothing is not held to anything.
//!
//! A breach is data, not a panic: the run goes on, and who asked for it is told.

mod connectivity;
mod delivery;
mod liveness;
mod operation;
mod shortest_paths;
mod spending;
mod stable_network;
mod time_to_judge;
mod violation;

use std::sync::Arc;

pub use liveness::{JudgedCount, Liveness, Reason};
use operation::OperationSafety;
pub use shortest_paths::ShortestPaths;
pub use time_to_judge::time_to_judge;
pub use violation::{Kind, Violation};

use self::delivery::{Bounds, MissedDelivery, SenderWaits};
use self::spending::{Excess, Spending};
use self::stable_network::StableNetwork;
use crate::engine::{Event, PanicMessage, RunEnd, StopReason, TraceSink};
use crate::id::{Item, ItemSet, NodeId};
use crate::network::egress::{Departure, SendOutcome};
use crate::network::fault::Schedule;
use crate::plan::Plan;
use crate::protocol::coordination;
use crate::protocol::exchange;
use crate::protocol::{NodePart, WireMessage};
use crate::time::{SimDuration, SimTime};

/// An item that was published.
#[derive(Clone, Copy, Debug)]
struct Origin {
    at: SimTime,
    zone: NodeId,
    /// How many zones have yet to learn it.
    missing: u32,
    /// When the last node so far learnt it.
    last: SimTime,
}

/// Checks one run.
pub struct Invariants<'a, E, C> {
    plan: &'a Plan<E, C>,
    ways: &'a ShortestPaths,
    schedule: Arc<Schedule>,
    aftermath: StableNetwork,
    waits: SenderWaits,
    judge: Judge<E, C>,
    items: Vec<Option<Origin>>,
    /// By node, what it has learnt or published.
    known: Vec<ItemSet>,
    /// By link, how many messages more were sent and copied than lost and arrived; of all links
    /// together where there are too many.
    under_way: Vec<i64>,
    sent: u64,
    operation: OperationSafety<'a>,
    /// Where links have a bandwidth and the exchange says how much it sends.
    spending: Option<Spending>,
    breach: Option<Violation>,
    liveness: Liveness,
    /// The instant of the last event.
    now: SimTime,
}

/// Judges the deliveries of a run: a function of the exchange, which observers do not name.
type Judge<E, C> = fn(&Invariants<'_, E, C>, RunEnd) -> (Liveness, Option<MissedDelivery>);

/// Above so many nodes messages are counted for all links together.
const MAX_COUNTED: usize = 128;

/// The first so many messages are encoded, and one in so many after them.
const ENCODED: u64 = 64;

impl<'a, E, C> Invariants<'a, E, C> {
    /// The promises of a run from a seed; the ways are found once for all runs of a plan.
    pub fn new<X, K>(plan: &'a Plan<E, C>, ways: &'a ShortestPaths, seed: u64) -> Self
    where
        X: exchange::ProtocolSet<Settings = E>,
        K: coordination::ProtocolSet<Settings = C>,
    {
        let schedule = plan.schedule(seed);
        let clocks =
            if plan.workload.members == 0 { Vec::new() } else { plan.clocks(seed, &schedule) };
        let safety = K::safety(&plan.coordination);
        let nodes = plan.nodes();
        let links = if nodes > MAX_COUNTED { 1 } else { nodes * nodes };
        let aftermath = StableNetwork::new(plan, &ways.medium, &schedule, seed);
        let is_counted = ways.medium.has_bandwidth && nodes <= MAX_COUNTED;
        let bound = X::sends_at_most(&plan.exchange, plan.resolution).filter(|_| is_counted);
        let spending =
            bound.and_then(|bound| Spending::new(bound, nodes, &schedule, aftermath.off));
        Self {
            plan,
            ways,
            aftermath,
            spending,
            waits: SenderWaits::default(),
            judge: judge::<X, C>,
            schedule,
            items: Vec::new(),
            known: vec![ItemSet::EMPTY; nodes],
            under_way: vec![0; links],
            sent: 0,
            operation: OperationSafety::new(safety, &plan.names, clocks, plan.resolution),
            breach: None,
            liveness: Liveness::default(),
            now: SimTime(0),
        }
    }

    /// What is judged of the deliveries, once the run has ended.
    pub fn liveness(&self) -> &Liveness {
        &self.liveness
    }

    /// The first promise that did not hold, if there is one.
    pub fn violation(&self) -> Option<&Violation> {
        self.breach.as_ref()
    }

    /// A panic has ended the run: nothing of its deliveries is judged.
    pub fn panicked(&mut self, panicked: &PanicMessage) {
        let Violation { kind, what, .. } = Violation::panic(panicked);
        self.breaks(self.now, kind, what);
        let items = self.items.iter().flatten().count() as u64;
        let owed = (items * u64::from(self.plan.zones - 1)).max(1);
        self.liveness = Liveness::of_none(owed, Reason::Panic);
    }

    #[cold]
    fn breaks(&mut self, at: SimTime, kind: Kind, what: String) {
        self.breach.get_or_insert(Violation { at, kind, what });
    }

    #[cold]
    fn keeps(&mut self, at: SimTime, kept: Result<(), (Kind, String)>) {
        if let Err((kind, what)) = kept {
            self.breaks(at, kind, what);
        }
    }

    fn name(&self, node: NodeId) -> &str {
        &self.plan.names[node.index()]
    }

    #[inline]
    fn link(&mut self, from: NodeId, to: NodeId) -> &mut i64 {
        let nodes = self.known.len();
        let place = if self.under_way.len() == 1 { 0 } else { from.index() * nodes + to.index() };
        &mut self.under_way[place]
    }

    fn publish(&mut self, at: SimTime, zone: NodeId, item: Item) {
        if self.items.len() <= item.index() {
            self.items.resize(item.index() + 1, None);
        }
        self.items[item.index()] =
            Some(Origin { at, zone, missing: self.plan.zones - 1, last: at });
        self.known[zone.index()].insert(item);
        self.spending.iter_mut().for_each(|all| all.publish(at, zone));
    }

    fn learn(&mut self, at: SimTime, node: NodeId, item: Item) {
        let number = item.0;
        let Some(Some(origin)) = self.items.get_mut(item.index()) else {
            let what = format!("{} learns item {number}, which was not published", self.name(node));
            return self.breaks(at, Kind::Unpublished, what);
        };
        if self.plan.hub != Some(node) {
            origin.missing = origin.missing.saturating_sub(1);
        }
        origin.last = at;
        let Origin { at: published, zone, .. } = *origin;
        let soonest = published + self.ways.between(zone, node);
        if !self.known[node.index()].insert(item) {
            let what = format!("{} learns item {number} a second time", self.name(node));
            self.breaks(at, Kind::LearntTwice, what);
        } else if at < soonest {
            let what = format!(
                "{} learns item {number} {} ms after {} published it, {} ms before it could",
                self.name(node),
                self.plan.ms(at - published),
                self.name(zone),
                self.plan.ms(soonest - at),
            );
            self.breaks(at, Kind::LearntTooSoon, what);
        }
    }

    #[inline]
    fn send<M: WireMessage>(
        &mut self,
        at: SimTime,
        way: [NodeId; 2],
        passage: &SendOutcome,
        message: &M,
    ) {
        *self.link(way[0], way[1]) +=
            i64::from(passage.departs().is_some()) + i64::from(passage.copy.is_some());
        if self.ways.medium.has_long_waits {
            self.wait(at, way, passage, message);
            self.spend(at, way, message);
        }
        self.sent += 1;
        if self.sent <= ENCODED || self.sent.is_multiple_of(ENCODED) {
            self.weigh(at, way[0], message);
        }
    }

    #[inline(never)]
    fn wait<M: WireMessage>(
        &mut self,
        at: SimTime,
        [from, to]: [NodeId; 2],
        passage: &SendOutcome,
        message: &M,
    ) {
        if at < self.aftermath.from {
            return;
        }
        let network = &self.plan.network;
        let model = usize::from(network.links.get(from, to).model);
        match passage.departure {
            Departure::Dropped => self.waits.last_drop = Some(at),
            Departure::Departs { due, .. } => {
                let sending = network.models[model].bandwidth.map_or(0, |bandwidth| {
                    bandwidth.ns_for(self.plan.bytes(message)).div_ceil(network.resolution.ns)
                });
                let SimDuration(all) = due - at;
                let queued = passage.queued.0.saturating_add(sending);
                self.waits.add(SimDuration(all), SimDuration(all.saturating_sub(queued)));
            }
            Departure::Lost => {}
        }
    }

    #[inline(never)]
    fn spend<M: WireMessage>(&mut self, at: SimTime, way: [NodeId; 2], message: &M) {
        let Some(spending) = &mut self.spending else { return };
        if message.part() != NodePart::Exchange {
            return;
        }
        let largest = spending::largest(self.items.len() as u64, self.plan.workload.item_bytes);
        let excess = spending.send(at, way, self.plan.bytes(message), largest);
        let Some(Excess { messages: [sent, most], bytes: [bytes, most_bytes] }) = excess else {
            return;
        };
        let [from, to] = way.map(|node| self.name(node));
        let what = format!(
            "{from} has sent {sent} messages of the exchange to {to}, {bytes} bytes; the exchange \
             promises no more than {most} by now, {most_bytes} bytes"
        );
        self.breaks(at, Kind::Overspent, what);
    }

    #[inline(never)]
    fn weigh<M: WireMessage>(&mut self, at: SimTime, from: NodeId, message: &M) {
        let encoded = postcard::experimental::serialized_size(message).unwrap_or(0);
        let counted = message.size();
        if encoded != counted {
            let what = format!(
                "{} sends a message that counts {counted} bytes and has {encoded}: {message:?}",
                self.name(from)
            );
            self.breaks(at, Kind::Size(message.part()), what);
        }
    }

    #[inline]
    fn deliver(&mut self, at: SimTime, from: NodeId, to: NodeId) {
        let left = self.link(from, to);
        *left -= 1;
        if *left < 0 {
            let what =
                format!("{} hears from {} what was not sent", self.name(to), self.name(from));
            self.breaks(at, Kind::NotSent, what);
        }
    }

    /// At the end: whether all have what they were promised.
    fn close(&mut self, ending: RunEnd) {
        if let StopReason::Livelock(node, part) = ending.reason {
            let what =
                format!("{} wakes itself again and again without time passing", self.name(node));
            return self.breaks(ending.at, Kind::Livelock(part), what);
        }
        let (liveness, missed) = (self.judge)(self, ending);
        self.liveness = liveness;
        let Some(MissedDelivery { item, origin, zone, from, within }) = missed else { return };
        let when = if ending.reason == StopReason::Quiet {
            "and nothing is pending any more".into()
        } else {
            format!("{} ms after the last fault", self.plan.ms(ending.at - from))
        };
        let what = format!(
            "item {} of {} has not reached {}, {when}; the exchange promises it within {} ms",
            item.0,
            self.name(origin),
            self.name(zone),
            self.plan.ms(within),
        );
        self.breaks(ending.at, Kind::Undelivered, what);
    }
}

fn judge<X, C>(
    promises: &Invariants<'_, X::Settings, C>,
    ending: RunEnd,
) -> (Liveness, Option<MissedDelivery>)
where
    X: exchange::ProtocolSet,
{
    let Invariants { plan, schedule, aftermath, waits, items, known, .. } = promises;
    let bounds = Bounds::<X>::new(plan, schedule, aftermath, *waits, promises.spending.is_some());
    delivery::judge(&bounds, (items, known), ending, plan.horizon)
}

impl<M: WireMessage, E, C> TraceSink<M> for Invariants<'_, E, C> {
    #[inline]
    fn record(&mut self, at: SimTime, event: &Event<'_, M>) {
        self.now = at;
        match *event {
            Event::Send { from, to, ref passage, message, .. } => {
                self.send(at, [from, to], passage, message);
            }
            Event::Deliver { from, to, message } => {
                self.deliver(at, from, to);
                if let Some(spending) = &mut self.spending
                    && message.part() == NodePart::Exchange
                {
                    spending.deliver(from, to);
                }
            }
            Event::Restart { node } => self.spending.iter_mut().for_each(|all| all.restart(node)),
            Event::Publish { node, item, .. } => self.publish(at, node, item),
            Event::Learn { node, item, again, .. } => {
                self.spending.iter_mut().for_each(|all| all.learn(at, node));
                if !again {
                    self.learn(at, node, item);
                }
            }
            Event::Locate { node, member, .. } => self.operation.locate(node, member),
            Event::Decide { node, at: time } => {
                let kept = self.operation.decide(node, time);
                self.keeps(at, kept);
            }
            Event::Strike { node, member } => {
                let kept = self.operation.strike(at, node, member);
                self.keeps(at, kept);
            }
            _ => {}
        }
    }

    fn end(&mut self, ending: RunEnd) {
        self.close(ending);
    }
}
