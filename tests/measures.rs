//! Every column against a closed form: traces made by hand, and runs on constant latencies.

mod common;

use common::{plan_of, row};
use zonesim::coordination::Builtin as Coordination;
use zonesim::engine::{self, Ending, Engine, Event, Observer, Why};
use zonesim::exchange::{Builtin as Exchange, BuiltinMessage};
use zonesim::id::{Item, Member, NodeId};
use zonesim::measure::{Floors, Measure, Row};
use zonesim::seam::Message;
use zonesim::time::{Local, Tick};

/// Six zones 10 ms apart, nothing special.
const SIX: &str = "horizon = \"1h\"\n[zones]\ngenerate = 6\n[network]\nlatency = \"10ms\"\n";

/// The row of a trace made by hand.
fn measured(text: &str, end: u64, events: &[(u64, Event<'_, BuiltinMessage>)]) -> Row {
    let plan = plan_of(text);
    let floors = Floors::new(&plan);
    let mut measure = Measure::new(&plan, &floors);
    for (at, event) in events {
        measure.record(Tick(*at), event);
    }
    let ending = Ending { at: Tick(end), why: Why::Horizon };
    Observer::<BuiltinMessage>::end(&mut measure, ending);
    measure.row()
}

fn publish<'a>(node: u32, item: u32, due: u64) -> Event<'a, BuiltinMessage> {
    Event::Publish { node: NodeId(node), item: Item(item), due: Tick(due), about: None }
}

fn learn<'a>(node: u32, item: u32) -> Event<'a, BuiltinMessage> {
    Event::Learn { node: NodeId(node), item: Item(item), via: None, again: false }
}

#[test]
fn times_of_a_complete_and_an_incomplete_item() {
    let row = measured(
        SIX,
        1000,
        &[
            (100, publish(0, 0, 100)),
            (110, learn(1, 0)),
            (120, learn(2, 0)),
            (130, learn(3, 0)),
            (140, learn(4, 0)),
            // Late: due at 100, published at a restart.
            (150, publish(5, 1, 100)),
            (160, learn(5, 0)),
            (170, learn(0, 1)),
            (170, learn(0, 1)),
        ],
    );
    assert_eq!((row.items, row.incomplete), (Some(2.0), Some(1.0)));
    assert_eq!(row.coverage, Some(0.6));
    assert_eq!((row.to_first_ms, row.to_half_ms), (Some(10.0), Some(30.0)));
    assert_eq!((row.to_90_ms, row.to_all_ms), (Some(60.0), Some(60.0)));
    assert_eq!(row.mean_arrival_ms, Some(160.0 / 6.0));
    assert_eq!((row.floor_ms, row.stretch), (Some(10.0), Some(6.0)));
    // The incomplete one reached its last at 170, aged from 100.
    assert_eq!(row.last_arrival_ms, Some(65.0));
}

#[test]
fn ninety_in_a_hundred_of_twenty() {
    let twenty_one = SIX.replace("generate = 6", "generate = 21");
    let learns = (1..=20).map(|zone| (10 * u64::from(zone), learn(zone, 0)));
    let events: Vec<_> = std::iter::once((0, publish(0, 0, 0))).chain(learns).collect();
    let row = measured(&twenty_one, 1000, &events);
    assert_eq!((row.to_first_ms, row.to_half_ms), (Some(10.0), Some(100.0)));
    assert_eq!((row.to_90_ms, row.to_all_ms), (Some(180.0), Some(200.0)));
}

#[test]
fn nothing_published_and_nothing_learnt() {
    let row = measured(SIX, 10, &[]);
    assert_eq!((row.items, row.incomplete, row.coverage), (Some(0.0), Some(0.0), None));
    assert_eq!((row.to_all_ms, row.redundancy, row.aoi_ms), (None, None, None));
    let row = measured(SIX, 10, &[(0, publish(0, 0, 0))]);
    assert_eq!((row.coverage, row.incomplete), (Some(0.0), Some(1.0)));
    assert_eq!((row.to_all_ms, row.last_arrival_ms), (None, None));
    assert_eq!((row.operations, row.captured, row.split), (Some(0.0), None, None));
}

const THREE_MEMBERS: &str = "horizon = \"1h\"\n[zones]\ngenerate = 6\n[network]\nlatency = \"10ms\"\n\
    [workload]\nuse = \"organisation\"\n[workload.organisation]\nmembers = 3\nwarning = \"50ms\"\n";

/// Members 0, 1, 2 in zones 0, 1, 2; the decision is for `time`; strikes as given.
fn operation(time: i64, strikes: &[(u64, u32, u32)], end: u64) -> Row {
    located(&[0, 1, 2], time, strikes, end)
}

/// The same, where only these zones have located their member.
fn located(zones: &[u32], time: i64, strikes: &[(u64, u32, u32)], end: u64) -> Row {
    let mut events = Vec::new();
    for number in 0..3 {
        events.push((0, Event::Hide { node: NodeId(number), member: Member(number) }));
    }
    for &zone in zones {
        let (node, member) = (NodeId(zone), Member(zone));
        events.push((80, Event::Locate { node, member, again: false }));
    }
    events.push((90, Event::Decide { node: NodeId(0), at: Local(time) }));
    for &(at, node, member) in strikes {
        events.push((at, Event::Strike { node: NodeId(node), member: Member(member) }));
    }
    measured(THREE_MEMBERS, end, &events)
}

#[test]
fn operations_that_succeed_split_and_fail() {
    let all = operation(100, &[(100, 0, 0), (110, 1, 1), (149, 2, 2)], 1000);
    assert_eq!((all.located_ms, all.decided_ms), (Some(80.0), Some(90.0)));
    assert_eq!((all.spread_ms, all.completed_ms), (Some(49.0), Some(149.0)));
    assert_eq!((all.captured, all.escaped, all.captured_share), (Some(3.0), Some(0.0), Some(1.0)));
    assert_eq!((all.split, all.premature), (Some(0.0), Some(0.0)));

    // The third is warned at 150; the first struck before its time.
    let split = operation(105, &[(100, 0, 0), (110, 1, 1), (150, 2, 2)], 1000);
    assert_eq!((split.captured, split.escaped), (Some(2.0), Some(1.0)));
    assert_eq!((split.split, split.premature), (Some(1.0), Some(1.0)));
    assert_eq!((split.completed_ms, split.spread_ms), (Some(150.0), Some(50.0)));

    // A zone that has located nobody has nobody to strike, and splits nothing.
    let able = located(&[0, 1], 105, &[(105, 0, 0), (110, 1, 1)], 1000);
    assert_eq!((able.split, able.captured), (Some(0.0), Some(2.0)));
    let unable = located(&[0, 1], 105, &[(105, 0, 0)], 1000);
    assert_eq!(unable.split, Some(1.0));

    let none = operation(100, &[], 1000);
    assert_eq!((none.captured, none.escaped, none.split), (Some(0.0), Some(0.0), Some(0.0)));
    assert_eq!((none.spread_ms, none.completed_ms), (None, None));

    // The run ends before the warning takes effect: nobody has escaped yet.
    let early = operation(100, &[(100, 0, 0)], 120);
    assert_eq!((early.escaped, early.completed_ms), (Some(0.0), None));
}

#[test]
fn regular_news_over_a_constant_link_ages_as_it_must() {
    // From each of two zones an item every 2 s, 300 ms under way, for 1000 s: the age of what the
    // other has goes from 300 to 2300 ms, mean 1300.
    let text = "horizon = \"1000s\"\nstop = \"horizon\"\n[zones]\ngenerate = 2\n[network]\n\
                latency = \"300ms\"\n[workload.items]\nevery = \"1s\"\n";
    let row = row(&plan_of(text), Engine::Event, 1);
    let age = row.aoi_ms.unwrap();
    assert!((age - 1300.0).abs() < 2.0, "{age}");
    assert_eq!((row.to_all_ms, row.items), (Some(300.0), Some(1000.0)));
}

/// Holds the size of every message sent to its encoding.
#[derive(Default)]
struct Sizes {
    kinds: std::collections::BTreeSet<(usize, u8)>,
}

impl<M: Message> Observer<M> for Sizes {
    fn record(&mut self, _at: Tick, event: &Event<'_, M>) {
        if let Event::Send { message, .. } = event {
            let wire = postcard::to_stdvec(message).unwrap();
            assert_eq!(message.size(), wire.len(), "{message:?}");
            self.kinds.insert((wire.len(), wire[2]));
        }
    }
}

#[test]
fn sizes_are_those_of_the_encoding() {
    let busy = ["workload.organisation.lead_every=20s", "coordination.order.deadline=10min"];
    for exchange in ["mesh", "hub", "gossip"] {
        let chosen = format!("exchange.use={exchange}");
        let file = common::root().join("sims/xiamen-2019.toml");
        let plan = common::plan_of_file(&file, &[busy[0], busy[1], "horizon=20min", &chosen]);
        let mut sizes = Sizes::default();
        engine::run::<Exchange, Coordination, _>(Engine::Event, &plan, 1, &mut sizes);
        assert!(sizes.kinds.len() > 8, "{:?}", sizes.kinds);
    }
}

#[test]
fn messages_and_bytes_are_those_sent() {
    // A mesh without loss: n-1 items and n-1 acknowledgements. A set of one small item is a count
    // and a word (2 bytes) behind three tags: of the node's machine, the protocol, the parcel.
    let row = row(&plan_of(SIX), Engine::Event, 1);
    assert_eq!((row.messages, row.payloads, row.bytes), (Some(10.0), Some(5.0), Some(50.0)));
}
