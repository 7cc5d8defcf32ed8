//! Tests of `flood` by itself: an input goes in, effects come out.

use super::*;
use crate::id::Item;
use crate::protocol::exchange::Deliver;
use crate::protocol::{Effect, OutOf};
use crate::rng::stream;
use crate::time::LocalTime;

const VIEW: NodeView = NodeView { me: NodeId(1), zones: 4, hub: None, deputy: None };

fn flood(acknowledged: bool, batch: u64) -> Flood {
    let batch = NanoDuration::from_ms(batch);
    let settings = Params { acknowledged, batch, ..Params::default() };
    Flood::new(&settings, &VIEW, NanoDuration::from_ms(1))
}

type TestEffects = Vec<Effect<Message, Timer, Deliver>>;

fn tell(flood: &mut Flood, input: Input<Flood>) -> TestEffects {
    let mut effects = TestEffects::new();
    let mut rng = stream(1, "test", 0);
    flood.handle(input, &mut OutOf::new(&VIEW, LocalTime(5), &mut rng, &mut effects));
    effects
}

fn from(zone: u32, item: u32) -> Input<Flood> {
    let message = Message::Items(ItemSet::singleton(Item(item)));
    Input::Message { from: NodeId(zone), message }
}

/// Which zones are sent items, and which an acknowledgement.
fn sent(effects: &TestEffects) -> (Vec<u32>, Vec<u32>) {
    let (mut items, mut acks) = (Vec::new(), Vec::new());
    for effect in effects {
        match effect {
            Effect::Send(to, Message::Items(_)) => items.push(to.0),
            Effect::Send(to, Message::Ack(_)) => acks.push(to.0),
            _ => {}
        }
    }
    (items, acks)
}

#[test]
fn it_passes_on_once_and_not_back() {
    let mut flood = flood(false, 0);
    assert_eq!(sent(&tell(&mut flood, from(2, 7))), (vec![0, 3], vec![]));
    assert!(tell(&mut flood, from(2, 7)).is_empty() && tell(&mut flood, from(0, 7)).is_empty());
}

#[test]
fn copies_that_cross_acknowledge_each_other() {
    let mut flood = flood(true, 0);
    assert_eq!(sent(&tell(&mut flood, from(2, 7))), (vec![0, 3], vec![2]));
    assert!(tell(&mut flood, from(0, 7)).is_empty());
    // Again from there: the acknowledgement without a word was lost.
    assert_eq!(sent(&tell(&mut flood, from(0, 7))), (vec![], vec![0]));
    let effects = tell(&mut flood, Input::Restart);
    assert_eq!(sent(&effects), (vec![3], vec![]));
}

#[test]
fn a_batch_leaves_out_what_was_told_meanwhile() {
    let mut flood = flood(false, 10);
    assert_eq!(
        tell(&mut flood, from(2, 7))[1],
        Effect::WakeAfter(SimDuration(10), Timer::Batch(1))
    );
    assert!(sent(&tell(&mut flood, Input::Local(Publish(Item(8))))).0.is_empty());
    assert!(tell(&mut flood, from(3, 7)).is_empty());
    let effects = tell(&mut flood, Input::Timer(Timer::Batch(1)));
    let mut both = ItemSet::singleton(Item(7));
    both.insert(Item(8));
    let one = Message::Items(ItemSet::singleton(Item(8)));
    assert_eq!(
        effects,
        [
            Effect::Send(NodeId(0), Message::Items(both)),
            Effect::Send(NodeId(2), one.clone()),
            Effect::Send(NodeId(3), one),
        ]
    );
    assert!(tell(&mut flood, Input::Timer(Timer::Batch(1))).is_empty(), "a stale timer");
}

#[test]
fn a_crash_does_not_keep_a_batch_back() {
    let mut flood = flood(false, 10);
    tell(&mut flood, Input::Local(Publish(Item(8))));
    assert_eq!(sent(&tell(&mut flood, Input::Restart)).0, [0, 2, 3]);
}
