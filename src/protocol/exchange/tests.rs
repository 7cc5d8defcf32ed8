//! What holds for every built-in exchange.

use super::{Builtin, BuiltinMessage, BuiltinTimer, Deliver, Name, Params, Publish};
use crate::id::{Item, ItemSet, NodeId};
use crate::protocol::{Effects, Input, NodeView, OutOf, Protocol, ProtocolSet, WireMessage};
use crate::rng::stream;
use crate::time::{LocalTime, NanoDuration, SimDuration};

/// Records which node is told of an item, in a run whose rules let only node 2 be told of item 1.
#[derive(Default)]
struct Ruled {
    told: Vec<(NodeId, Item)>,
    timers: Vec<BuiltinTimer>,
}

impl Effects<BuiltinMessage, BuiltinTimer, Deliver> for Ruled {
    fn send(&mut self, to: NodeId, message: BuiltinMessage) {
        self.told.extend(message.items().iter().map(|item| (to, item)));
    }
    fn wake_after(&mut self, _: SimDuration, timer: BuiltinTimer) {
        self.timers.push(timer);
    }
    fn wake_at(&mut self, _: LocalTime, timer: BuiltinTimer) {
        self.timers.push(timer);
    }
    fn emit(&mut self, _: Deliver) {}
    fn distance(&self, _: NodeId) -> SimDuration {
        SimDuration(1)
    }
    fn has_release_rules(&self) -> bool {
        true
    }
    fn may_tell(&self, item: Item, to: NodeId) -> bool {
        item != Item(1) || to == NodeId(2)
    }
}

#[test]
fn every_exchange_keeps_to_release_rules() {
    use Name::*;
    for chosen in
        [Mesh, Hub, Gossip, Flood, Plumtree, Bulletin, HubWithFallback, Relay, AntiEntropy]
    {
        let hub = matches!(chosen, Hub | HubWithFallback).then_some(NodeId(4));
        let view = NodeView { me: hub.unwrap_or(NodeId(0)), zones: 4, hub, deputy: None };
        let params = Params { chosen, ..Params::default() };
        let mut exchange = Builtin::build(&params, &view, NanoDuration::from_ms(1));
        let (mut ruled, mut rng) = (Ruled::default(), stream(1, "test", 0));
        let mut now = 0;
        let mut handle = |input, ruled: &mut Ruled| {
            now += 2_000;
            exchange.handle(input, &mut OutOf::new(&view, LocalTime(now), &mut rng, ruled));
        };
        handle(Input::Start, &mut ruled);
        if hub.is_some() {
            // A hub publishes nothing: a zone sends both items to it.
            let mut items = crate::id::ItemSet::singleton(Item(0));
            items.insert(Item(1));
            let message = match chosen {
                Hub => BuiltinMessage::Mesh(super::retransmitter::Message::Items(items)),
                _ => {
                    let pending = crate::id::ItemSet::EMPTY;
                    let submit = super::hub_with_fallback::Message::Submit { new: items, pending };
                    BuiltinMessage::HubWithFallback(submit.into())
                }
            };
            handle(Input::Message { from: NodeId(3), message }, &mut ruled);
        } else {
            handle(Input::Local(Publish(Item(0))), &mut ruled);
            handle(Input::Local(Publish(Item(1))), &mut ruled);
        }
        if chosen == AntiEntropy {
            // It sends items only to those that have shown what they lack.
            for zone in 1..4 {
                let names = super::anti_entropy::reconcile::Content::Names(ItemSet::EMPTY);
                let message = super::anti_entropy::Message {
                    session: 1,
                    number: 0,
                    ranges: vec![super::anti_entropy::reconcile::Range {
                        end: None,
                        content: names,
                    }],
                    items: ItemSet::EMPTY,
                    wanted: [0, 1].map(Item).into_iter().fold(ItemSet::EMPTY, |mut set, item| {
                        set.insert(item);
                        set
                    }),
                };
                let message = BuiltinMessage::AntiEntropy(message.into());
                handle(Input::Message { from: NodeId(zone), message }, &mut ruled);
            }
        }
        for _ in 0..50 {
            for timer in std::mem::take(&mut ruled.timers) {
                handle(Input::Timer(timer), &mut ruled);
            }
        }
        let told = |to, item| ruled.told.contains(&(NodeId(to), Item(item)));
        assert!(told(1, 0) && told(2, 0) && told(2, 1), "{chosen:?}: {:?}", ruled.told);
        assert!(!told(1, 1) && !told(3, 1), "{chosen:?}: {:?}", ruled.told);
    }
}
