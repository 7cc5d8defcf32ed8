//! What holds in every run, checked as it goes: of the engine, of the accounts, and of the protocol.
//!
//! - Nobody learns what was not published, nor before a message could have come over the links.
//! - Each zone learns an item once, unless a crash took its memory.
//! - Over every link, no more arrives than was sent and not lost.
//! - The bytes that are counted are those of the encoding.
//! - No node wakes itself without end.
//! - An operation keeps what its coordination guarantees ([`crate::coordination::Safety`]): who
//!   decides, who strikes when; and no zone strikes twice, or whom it has not located.
//! - When nothing goes wrong any more, every zone has every item as soon as the exchange promises
//!   ([`crate::exchange::Catalogue::delivers_within`]). A protocol that promises nothing is not held
//!   to anything; gossip that forgets has a residue instead, which its file states.
//!
//! A breach is data, not a panic: the run goes on, and who asked for it is told.

mod calm;
mod operation;
mod ways;

use std::fmt;
use std::sync::Arc;

use operation::OperationSafety;
use serde::Serialize;
pub use ways::Ways;

use crate::coordination;
use crate::egress::Passage;
use crate::engine::{Ending, Event, Observer, Why};
use crate::exchange;
use crate::fault::Schedule;
use crate::id::{Item, ItemSet, NodeId};
use crate::plan::Plan;
use crate::seam::Message;
use crate::time::{Span, Tick};

/// A promise that did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// When it was found out.
    pub at: Tick,
    /// What was promised, and what happened.
    pub what: String,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

/// An item that was published.
#[derive(Clone, Copy, Debug)]
struct Origin {
    at: Tick,
    zone: NodeId,
    /// How many zones have yet to learn it.
    missing: u32,
}

/// Checks one run.
pub struct Promises<'a, E, C> {
    plan: &'a Plan<E, C>,
    ways: &'a Ways,
    schedule: Arc<Schedule>,
    /// How long the exchange takes once nothing goes wrong, if it says.
    within: Option<Span>,
    items: Vec<Option<Origin>>,
    /// By node, what it has learnt or published.
    known: Vec<ItemSet>,
    /// By link, how many messages more were sent and copied than lost and arrived; of all links
    /// together where there are too many.
    under_way: Vec<i64>,
    sent: u64,
    operation: OperationSafety<'a>,
    breach: Option<Breach>,
}

/// Above so many nodes messages are counted for all links together.
const MOST_COUNTED: usize = 128;

/// The first so many messages are encoded, and one in so many after them.
const ENCODED: u64 = 64;

impl<'a, E, C> Promises<'a, E, C> {
    /// The promises of a run from a seed; the ways are found once for all runs of a plan.
    pub fn new<X, K>(plan: &'a Plan<E, C>, ways: &'a Ways, seed: u64) -> Self
    where
        X: exchange::Catalogue<Settings = E>,
        K: coordination::Catalogue<Settings = C>,
    {
        let schedule = plan.schedule(seed);
        let calm = calm::calm(plan, &schedule, seed);
        let clocks =
            if plan.workload.members == 0 { Vec::new() } else { plan.clocks(seed, &schedule) };
        let safety = K::safety(&plan.coordination);
        let nodes = plan.nodes();
        let links = if nodes > MOST_COUNTED { 1 } else { nodes * nodes };
        Self {
            plan,
            ways,
            within: calm.and_then(|calm| X::delivers_within(&plan.exchange, &calm)),
            schedule,
            items: Vec::new(),
            known: vec![ItemSet::EMPTY; nodes],
            under_way: vec![0; links],
            sent: 0,
            operation: OperationSafety::new(safety, &plan.names, clocks, plan.resolution),
            breach: None,
        }
    }

    /// The first promise that did not hold, if there is one.
    pub fn breach(&self) -> Option<&Breach> {
        self.breach.as_ref()
    }

    #[cold]
    fn breaks(&mut self, at: Tick, what: String) {
        self.breach.get_or_insert(Breach { at, what });
    }

    #[cold]
    fn keeps(&mut self, at: Tick, kept: Result<(), String>) {
        if let Err(what) = kept {
            self.breaks(at, what);
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

    fn publish(&mut self, at: Tick, zone: NodeId, item: Item) {
        if self.items.len() <= item.index() {
            self.items.resize(item.index() + 1, None);
        }
        self.items[item.index()] = Some(Origin { at, zone, missing: self.plan.zones - 1 });
        self.known[zone.index()].insert(item);
    }

    fn learn(&mut self, at: Tick, node: NodeId, item: Item) {
        let number = item.0;
        let Some(Some(origin)) = self.items.get_mut(item.index()) else {
            let what = format!("{} learns item {number}, which was not published", self.name(node));
            return self.breaks(at, what);
        };
        if self.plan.hub != Some(node) {
            origin.missing = origin.missing.saturating_sub(1);
        }
        let Origin { at: published, zone, .. } = *origin;
        let soonest = published + self.ways.between(zone, node);
        if !self.known[node.index()].insert(item) {
            let what = format!("{} learns item {number} a second time", self.name(node));
            self.breaks(at, what);
        } else if at < soonest {
            let what = format!(
                "{} learns item {number} {} ms after {} published it, {} ms before it could",
                self.name(node),
                self.plan.ms(at - published),
                self.name(zone),
                self.plan.ms(soonest - at),
            );
            self.breaks(at, what);
        }
    }

    #[inline]
    fn send<M: Message>(&mut self, at: Tick, way: [NodeId; 2], passage: &Passage, message: &M) {
        *self.link(way[0], way[1]) +=
            i64::from(passage.departs().is_some()) + i64::from(passage.copy.is_some());
        self.sent += 1;
        if self.sent <= ENCODED || self.sent.is_multiple_of(ENCODED) {
            self.weigh(at, way[0], message);
        }
    }

    #[inline(never)]
    fn weigh<M: Message>(&mut self, at: Tick, from: NodeId, message: &M) {
        let encoded = postcard::experimental::serialized_size(message).unwrap_or(0);
        let counted = message.size();
        if encoded != counted {
            let what = format!(
                "{} sends a message that counts {counted} bytes and has {encoded}: {message:?}",
                self.name(from)
            );
            self.breaks(at, what);
        }
    }

    #[inline]
    fn deliver(&mut self, at: Tick, from: NodeId, to: NodeId) {
        let left = self.link(from, to);
        *left -= 1;
        if *left < 0 {
            let what =
                format!("{} hears from {} what was not sent", self.name(to), self.name(from));
            self.breaks(at, what);
        }
    }

    /// At the end: whether all have what they were promised.
    fn close(&mut self, Ending { at, why }: Ending) {
        if let Why::Stuck(node) = why {
            let what =
                format!("{} wakes itself again and again without time passing", self.name(node));
            return self.breaks(at, what);
        }
        let ends = self.schedule.faults().iter().map(calm::over);
        let calm = ends.max().unwrap_or(Tick(0));
        // A node that is down until after the horizon is not pending, and yet not to blame.
        let Some(within) = self.within.filter(|_| calm < self.plan.horizon) else { return };
        let open = self.items.iter().zip((0..).map(Item));
        let open = open.filter_map(|(origin, item)| Some((origin.as_ref()?, item)));
        let late = open.filter(|(origin, _)| origin.missing > 0).find(|(origin, _)| {
            // What is pending no more never comes.
            why == Why::Quiet || at > calm.max(origin.at) + within
        });
        let Some((origin, item)) = late else { return };
        let lacks = |&zone: &NodeId| !self.known[zone.index()].contains(item);
        let missing = (0..self.plan.zones).map(NodeId).find(lacks).unwrap_or(origin.zone);
        let when = if why == Why::Quiet {
            "and nothing is pending any more".into()
        } else {
            format!("{} ms after the last fault", self.plan.ms(at - calm.max(origin.at)))
        };
        let what = format!(
            "item {} of {} has not reached {}, {when}; the exchange promises it within {} ms",
            item.0,
            self.name(origin.zone),
            self.name(missing),
            self.plan.ms(within),
        );
        self.breaks(at, what);
    }
}

impl<M: Message, E, C> Observer<M> for Promises<'_, E, C> {
    #[inline]
    fn record(&mut self, at: Tick, event: &Event<'_, M>) {
        match *event {
            Event::Send { from, to, ref passage, message, .. } => {
                self.send(at, [from, to], passage, message);
            }
            Event::Deliver { from, to, .. } => self.deliver(at, from, to),
            Event::Publish { node, item, .. } => self.publish(at, node, item),
            Event::Learn { node, item, again: false, .. } => self.learn(at, node, item),
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

    fn end(&mut self, ending: Ending) {
        self.close(ending);
    }
}

/// As JSON has it: what, and when in ticks.
impl Serialize for Breach {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut breach = serializer.serialize_struct("Breach", 2)?;
        breach.serialize_field("t", &self.at.0)?;
        breach.serialize_field("what", &self.what)?;
        breach.end()
    }
}
