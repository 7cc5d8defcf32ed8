//! Tests of `relay` by itself: an input goes in, effects come out.

use super::*;
use crate::protocol::overlay::Shape;
use crate::protocol::{Effect, OutOf};
use crate::rng::stream;

/// Zone 1 of a line of four.
const VIEW: NodeView = NodeView { me: NodeId(1), zones: 4, hub: None, deputy: None };

fn zone() -> Relay {
    let ms = NanoDuration::from_ms;
    let topology = Topology::Plain(Shape::Line);
    let waits = retransmitter::Params { retry: ms(200), retry_max: ms(800) };
    Relay::new(&Params { topology, probe: ms(1000), waits }, &VIEW, ms(1))
}

type TestEffects = Vec<Effect<Message, Timer, Deliver>>;

fn at(now: i64, zone: &mut Relay, input: Input<Relay>) -> TestEffects {
    let mut effects = TestEffects::new();
    let mut rng = stream(1, "test", 0);
    zone.handle(input, &mut OutOf::new(&VIEW, LocalTime(now), &mut rng, &mut effects));
    effects
}

fn items(all: &[u32]) -> ItemSet {
    let mut set = ItemSet::EMPTY;
    all.iter().for_each(|&item| _ = set.insert(Item(item)));
    set
}

fn from(zone: u32, message: Message) -> Input<Relay> {
    Input::Message { from: NodeId(zone), message }
}

fn send(to: u32, message: Message) -> Effect<Message, Timer, Deliver> {
    Effect::Send(NodeId(to), message)
}

fn probe(sent: i64, known: &[u32], rows: Vec<Row>) -> Message {
    Message::Probe { sent: LocalTime(sent), known: items(known), rows }
}

fn echo(sent: i64, wanted: &[u32]) -> Message {
    Message::Echo { sent: LocalTime(sent), wanted: items(wanted) }
}

fn row(zone: u32, number: u64, costs: &[(u32, u64)]) -> Row {
    let costs = costs.iter().map(|&(to, cost)| (NodeId(to), cost)).collect();
    Row { zone: NodeId(zone), number, costs }
}

/// The nodes of a tree in preorder, with their depths.
fn tree(nodes: &[(u32, u32)]) -> Tree {
    Tree::of(nodes.iter().map(|&(node, depth)| (NodeId(node), depth)).collect())
}

fn parcel(nodes: &[(u32, u32)], of: &[u32]) -> Message {
    Message::Items(Parcels(vec![(tree(nodes), items(of))]))
}

#[test]
fn probes_carry_what_was_measured() {
    let mut zone = zone();
    let round = |number| Effect::WakeAfter(SimDuration(1000), Timer::Round(number));
    let empty = |sent: i64| probe(sent, &[], vec![row(1, sent as u64, &[])]);
    assert_eq!(at(0, &mut zone, Input::Start), [send(0, empty(0)), send(2, empty(0)), round(1)]);
    assert!(at(30, &mut zone, from(0, echo(0, &[]))).is_empty());
    let other = row(2, 20, &[(3, 44)]);
    let answer = at(60, &mut zone, from(2, probe(20, &[], vec![other.clone()])));
    assert_eq!(answer, [send(2, echo(20, &[]))]);
    assert!(at(70, &mut zone, Input::Timer(Timer::Round(0))).is_empty(), "stale");
    let mine = row(1, 1000, &[(0, 60)]);
    assert_eq!(
        at(1000, &mut zone, Input::Timer(Timer::Round(1))),
        [
            send(0, probe(1000, &[], vec![mine.clone(), other])),
            send(2, probe(1000, &[], vec![mine])),
            round(2),
        ]
    );
}

#[test]
fn items_are_passed_on_along_the_tree_until_acknowledged() {
    let mut zone = zone();
    at(0, &mut zone, Input::Start);
    let line = [(0, 0), (1, 1), (2, 2), (3, 3)];
    let effects = at(100, &mut zone, from(0, parcel(&line, &[7])));
    let Effect::WakeAfter(SimDuration(200), ref timer) = effects[2] else { panic!("{effects:?}") };
    assert_eq!(effects[0], Effect::Emit(Deliver { item: Item(7), from: None }));
    assert_eq!(
        [&effects[1], &effects[3]],
        [&send(2, parcel(&line, &[7])), &send(0, Message::Ack(items(&[7])))]
    );
    // A copy is acknowledged and not passed on.
    let copy = at(150, &mut zone, from(0, parcel(&line, &[7])));
    assert_eq!(copy, [send(0, Message::Ack(items(&[7])))]);
    let again = at(300, &mut zone, Input::Timer(*timer));
    assert_eq!(again[0], send(2, parcel(&line, &[7])));
    let restarted = at(350, &mut zone, Input::Restart);
    assert_eq!(restarted[0], send(2, parcel(&line, &[7])));
    assert!(at(400, &mut zone, from(2, Message::Ack(items(&[7])))).is_empty());
    assert!(zone.sending.is_empty());
    let restarted = at(500, &mut zone, Input::Restart);
    assert!(restarted.iter().all(|effect| !matches!(effect, Effect::Send(_, Message::Items(_)))));
}

#[test]
fn an_item_that_is_found_gets_a_tree() {
    let mut zone = zone();
    let effects = at(100, &mut zone, Input::Local(Publish(Item(7))));
    let sent: Vec<_> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Send(to, Message::Items(parcels)) => Some((to.0, parcels.0[0].0.clone())),
            _ => None,
        })
        .collect();
    let to: Vec<u32> = sent.iter().map(|&(to, _)| to).collect();
    assert!(to == [0, 2] || to == [2, 0], "{to:?}");
    assert_eq!(sent[0].1, sent[1].1);
    assert_eq!(sent[0].1.children(NodeId(2)), [NodeId(3)]);
    assert!(at(110, &mut zone, Input::Local(Publish(Item(7)))).is_empty(), "published before");
}

#[test]
fn what_is_named_in_two_rounds_is_asked_for() {
    let mut zone = zone();
    at(0, &mut zone, Input::Start);
    let named = |sent| probe(sent, &[5], Vec::new());
    assert_eq!(at(10, &mut zone, from(0, named(10))), [send(0, echo(10, &[]))]);
    at(1000, &mut zone, Input::Timer(Timer::Round(1)));
    // It is asked of one neighbour, and a round later of all.
    assert_eq!(at(1010, &mut zone, from(0, named(1010))), [send(0, echo(1010, &[5]))]);
    assert_eq!(at(1020, &mut zone, from(2, named(1020))), [send(2, echo(1020, &[]))]);
    at(2000, &mut zone, Input::Timer(Timer::Round(2)));
    for other in [0, 2] {
        assert_eq!(at(2010, &mut zone, from(other, named(2010))), [send(other, echo(2010, &[5]))]);
    }
    let effects = at(2100, &mut zone, from(0, parcel(&[], &[5])));
    assert_eq!(effects[1..], [send(0, Message::Ack(items(&[5])))]);
    // It is asked for what it has, and not for more.
    let effects = at(2200, &mut zone, from(2, echo(2000, &[5, 6])));
    assert_eq!(effects[0], send(2, parcel(&[], &[5])));
}

#[test]
fn a_zone_that_lost_its_memory_asks_and_its_rows_count() {
    let mut zone = zone();
    let effects = at(5000, &mut zone, Input::Restart);
    assert_eq!(effects[0], send(0, probe(5000, &[], vec![row(1, 5000, &[])])));
    at(5010, &mut zone, from(0, probe(5010, &[5], vec![row(1, 4000, &[(0, 60)])])));
    at(6000, &mut zone, Input::Timer(Timer::Round(1)));
    let effects = at(6010, &mut zone, from(0, probe(6010, &[5], Vec::new())));
    assert_eq!(effects, [send(0, echo(6010, &[5]))]);
}
