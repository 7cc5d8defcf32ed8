//! Records what no metric has: every first receipt, replies, and instants of receipts.

use super::light_bound::LightBound;
use crate::engine::{Event, RunEnd, TraceSink};
use crate::id::{Item, ItemSet, NodeId};
use crate::plan::Plan;
use crate::protocol::WireMessage;
use crate::time::SimTime;

/// A trace sink that records how items spread in one run.
pub struct SpreadRecorder<'a> {
    light_bound: &'a LightBound,
    hub: Option<NodeId>,
    tick_ms: f64,
    /// By node, the items that it has published or learnt.
    known: Vec<ItemSet>,
    /// By node, whether it has published an item.
    publishers: Vec<bool>,
    /// By item, the origin and the due time.
    published: Vec<Option<(NodeId, SimTime)>>,
    /// The ages in ms of all first receipts, in order of time.
    pub ages: Vec<f64>,
    /// The instants of publications, in ms.
    pub publications: Vec<f64>,
    /// The instants of first receipts by zones, in ms.
    pub receipts: Vec<f64>,
    /// The instants of messages that carry items, in ms, and the number of items.
    pub payloads: Vec<(f64, u32)>,
    /// The number of messages sent that carry items.
    pub tellings: u64,
    /// The number of messages sent that carry no items.
    pub replies: u64,
    /// The instants, in ms, at which a zone that has published receives a message without items.
    pub answers: Vec<f64>,
    /// The number of first receipts earlier than light in fibre from the origin. 0 where zones have no
    /// places.
    pub too_soon: u64,
    /// The term in which the first leader was elected.
    pub first_term: Option<u64>,
}

impl<'a> SpreadRecorder<'a> {
    /// The recorder of a run before its first event.
    pub fn new<E, C>(plan: &Plan<E, C>, light_bound: &'a LightBound) -> Self {
        Self {
            light_bound,
            hub: plan.hub,
            tick_ms: plan.resolution.as_ms(),
            known: vec![ItemSet::EMPTY; plan.nodes()],
            publishers: vec![false; plan.nodes()],
            published: Vec::new(),
            ages: Vec::new(),
            publications: Vec::new(),
            receipts: Vec::new(),
            payloads: Vec::new(),
            tellings: 0,
            replies: 0,
            answers: Vec::new(),
            too_soon: 0,
            first_term: None,
        }
    }

    fn ms(&self, at: SimTime) -> f64 {
        at.0 as f64 * self.tick_ms
    }

    fn learn(&mut self, at: SimTime, node: NodeId, item: Item) {
        let Some((origin, due)) = self.published.get(item.index()).copied().flatten() else {
            return;
        };
        if self.hub == Some(node) || !self.known[node.index()].insert(item) {
            return;
        }
        let age = (at - due).0 as f64 * self.tick_ms;
        self.ages.push(age);
        self.receipts.push(self.ms(at));
        self.too_soon += u64::from(self.light_bound.is_too_soon(origin, node, age));
    }
}

impl<M: WireMessage> TraceSink<M> for SpreadRecorder<'_> {
    fn record(&mut self, at: SimTime, event: &Event<'_, M>) {
        match *event {
            Event::Publish { node, item, due, .. } => {
                if self.published.len() <= item.index() {
                    self.published.resize(item.index() + 1, None);
                }
                self.published[item.index()] = Some((node, due));
                self.known[node.index()].insert(item);
                self.publishers[node.index()] = true;
                self.publications.push(self.ms(at));
            }
            Event::Learn { node, item, .. } => self.learn(at, node, item),
            Event::Send { message, .. } if message.items().count() > 0 => self.tellings += 1,
            Event::Send { .. } => self.replies += 1,
            Event::Deliver { to, message, .. } => {
                let items = message.items().count();
                if items > 0 {
                    self.payloads.push((self.ms(at), items));
                } else if self.publishers[to.index()] {
                    self.answers.push(self.ms(at));
                }
            }
            Event::Elected { term, .. } => {
                self.first_term.get_or_insert(term);
            }
            _ => {}
        }
    }

    fn end(&mut self, _ending: RunEnd) {}
}
