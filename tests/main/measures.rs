//! Every column against a closed form: traces made by hand, and runs on constant latencies.

use crate::common::{plan_of, row};
use zonesim::engine::{self, Engine, Event, RunEnd, StopReason, TraceSink, World, WorldEvent};
use zonesim::id::{Item, Member, NodeId};
use zonesim::metrics::{LowerBounds, MetricInfo, MetricRow, Metrics};
use zonesim::protocol::WireMessage;
use zonesim::protocol::coordination::Builtin as Coordination;
use zonesim::protocol::exchange::{Builtin as Exchange, BuiltinMessage};
use zonesim::time::{LocalTime, SimTime};

/// Six zones 10 ms apart, nothing special.
const SIX: &str = r#"horizon = "1h"
[zones]
generate = 6
[network]
latency = "10ms"
"#;

/// The row of a trace made by hand.
fn measured(text: &str, end: u64, events: &[(u64, Event<'_, BuiltinMessage>)]) -> MetricRow {
    let plan = plan_of(text);
    let floors = LowerBounds::new(&plan);
    let mut measure = Metrics::new(&plan, &floors);
    for (at, event) in events {
        measure.record(SimTime(*at), event);
    }
    let ending = RunEnd { at: SimTime(end), reason: StopReason::Horizon };
    TraceSink::<BuiltinMessage>::end(&mut measure, ending);
    measure.row()
}

fn publish<'a>(node: u32, item: u32, due: u64) -> Event<'a, BuiltinMessage> {
    Event::Publish {
        node: NodeId(node),
        item: Item(item),
        due: SimTime(due),
        about: None,
        audience: None,
        content: None,
    }
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
    // Both reached a first zone, at ages 10 and 70; one reached the third, and the fifth of five.
    assert_eq!((row.to_first_ms, row.reached_first), (Some(40.0), Some(2.0)));
    assert_eq!((row.to_half_ms, row.reached_half), (Some(30.0), Some(1.0)));
    assert_eq!((row.to_90_ms, row.reached_90), (Some(60.0), Some(1.0)));
    assert_eq!(row.to_all_ms, Some(60.0));
    assert_eq!(row.mean_arrival_ms, Some(160.0 / 6.0));
    assert_eq!((row.lower_bound_ms, row.stretch), (Some(10.0), Some(6.0)));
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

/// Items that reached 9, 10, 17, 18 and 20 of 20: half are 10, nine in ten are 18.
#[test]
fn times_are_told_over_the_items_that_reached_so_many() {
    let twenty_one = SIX.replace("generate = 6", "generate = 21");
    let mut events = Vec::new();
    for (item, reach) in (0..).zip([9, 10, 17, 18, 20]) {
        events.push((0, publish(0, item, 0)));
        // The k-th zone learns item i at (10 + i) k.
        events.extend((1..=reach).map(|k| (u64::from((10 + item) * k), learn(k, item))));
    }
    events.sort_by_key(|(at, _)| *at);
    let row = measured(&twenty_one, 1000, &events);
    assert_eq!((row.to_first_ms, row.reached_first), (Some(12.0), Some(5.0)));
    // 10 times 11, 12, 13 and 14; 18 times 13 and 14; 20 times 14.
    assert_eq!((row.to_half_ms, row.reached_half), (Some(125.0), Some(4.0)));
    assert_eq!((row.to_90_ms, row.reached_90), (Some(243.0), Some(2.0)));
    assert_eq!((row.to_all_ms, row.incomplete), (Some(280.0), Some(4.0)));
    // 90, 110, 204, 234 and 280.
    assert_eq!(row.last_arrival_ms, Some(183.6));
    assert_eq!((row.aoi_pairs, row.coverage), (Some(20.0), Some(0.74)));
    let counted = |name: &str| row.counted(MetricInfo::named(name).unwrap().1);
    let names = ["to_first_ms", "to_half_ms", "to_90_ms", "to_all_ms", "stretch", "messages"];
    let counts = [Some(5.0), Some(4.0), Some(2.0), Some(1.0), Some(1.0), None];
    assert_eq!(names.map(counted), counts);
    let table = zonesim::report::metrics(&row);
    for (name, counted) in [("to_half_ms", Some(4)), ("to_90_ms", Some(2)), ("to_first_ms", None)] {
        let line = table.lines().find(|line| line.contains(name)).unwrap();
        let expected = counted.map_or("ms".into(), |counted| format!("  {counted} of 5 items"));
        assert!(line.ends_with(&expected), "{line}");
    }
}

/// Four zones that flood without acknowledgement, 40 ms apart, an item of z0 at 10 s.
fn flood(horizon: &str, more: &str) -> MetricRow {
    let plan = plan_of(&format!(
        r#"horizon = "{horizon}"
stop = "horizon"
zones.generate = 4
hub = {{}}
network.latency = "40ms"
exchange.use = "flood"
workload.items.at = ["10s"]
workload.items.from = ["z0"]
{more}
"#
    ));
    let [event, turmoil] = [Engine::Event, Engine::Turmoil].map(|engine| row(&plan, engine, 1));
    assert_eq!(event, turmoil, "{more}");
    event
}

fn crash(at: &str, lasts: Option<&str>, zones: &str) -> String {
    let lasts = lasts.map_or(String::new(), |lasts| format!("for = \"{lasts}\"\n"));
    format!(
        r#"[[fault]]
at = "{at}"
{lasts}crash = [{zones}]
"#
    )
}

/// z3 has the item only if it is up at 10.04 s.
#[test]
fn coverage_of_the_zones_that_are_up_at_the_end() {
    let third = 1.0 / 3.0;
    for (crashes, coverage, up) in [
        (String::new(), 1.0, 1.0),
        // Down for ever, from before or from after.
        (crash("5s", None, "\"z3\""), 2.0 * third, 1.0),
        (crash("20s", None, "\"z3\""), 1.0, 1.0),
        // Back before the end, without the item.
        (crash("5s", Some("10s"), "\"z3\""), 2.0 * third, 2.0 * third),
        // Back in time; the first start counts as well.
        (crash("5s", Some("2s"), "\"z3\""), 1.0, 1.0),
        (crash("0s", Some("15s"), "\"z3\""), 2.0 * third, 2.0 * third),
        // It would be back at the horizon, which is no part of the run.
        (crash("5s", Some("24999ms"), "\"z3\""), 2.0 * third, 2.0 * third),
        (crash("5s", Some("25s"), "\"z3\""), 2.0 * third, 1.0),
        // Crashes that overlap, and that touch, are one.
        (
            crash("5s", Some("10s"), "\"z3\"") + &crash("12s", Some("50s"), "\"z3\""),
            2.0 * third,
            1.0,
        ),
        (
            crash("5s", Some("10s"), "\"z3\"") + &crash("15s", Some("50s"), "\"z3\""),
            2.0 * third,
            1.0,
        ),
        // Who has it is down at the end, and z2 and z3, who are up, do not have it.
        (crash("20s", None, "\"z1\"") + &crash("5s", Some("10s"), "\"z2\", \"z3\""), third, 0.0),
        // The origin is not entitled, and the hub is no zone.
        (crash("20s", None, "\"z0\", \"hub\""), 1.0, 1.0),
    ] {
        let row = flood("30s", &crashes);
        let near = |value: Option<f64>, expected: f64| (value.unwrap() - expected).abs() < 1e-12;
        assert!(near(row.coverage, coverage) && near(row.coverage_up, up), "{crashes}{row:?}");
    }
}

/// An item with no entitled zone that is up counts nowhere.
#[test]
fn coverage_of_nobody() {
    let all = crash("20s", None, "\"z1\", \"z2\", \"z3\"");
    let row = flood("30s", &all);
    assert_eq!((row.coverage, row.coverage_up), (Some(1.0), None));
    let early = crash("5s", None, "\"z1\", \"z2\", \"z3\"");
    let row = flood("30s", &early);
    assert_eq!((row.coverage, row.coverage_up, row.reached_first), (Some(0.0), None, Some(0.0)));
    // Those of z1, at 1 s (all have it) and at 10 s (late, never published): z0 has the one there is.
    // Those of z0, at 2 s (all have it) and at 10 s (nobody), have no zone to count.
    let items = "workload.items.at = [\"1s\", \"2s\", \"10s\", \"10s\"]\n\
                 workload.items.from = [\"z1\", \"z0\", \"z0\", \"z1\"]\n";
    let plan = plan_of(&format!(
        r#"horizon = "30s"
stop = "horizon"
zones.generate = 4
network.latency = "40ms"
exchange.use = "flood"
{items}{early}"#
    ));
    for engine in [Engine::Event, Engine::Turmoil] {
        let row = crate::common::row(&plan, engine, 1);
        assert_eq!((row.items, row.incomplete), (Some(3.0), Some(1.0)), "{engine}");
        assert_eq!((row.coverage, row.coverage_up), (Some(2.0 / 3.0), Some(1.0)), "{engine}");
        assert_eq!((row.to_half_ms, row.reached_half), (Some(40.0), Some(2.0)), "{engine}");
    }
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

const THREE_MEMBERS: &str = r#"horizon = "1h"
[zones]
generate = 6
[network]
latency = "10ms"
[workload]
use = "organisation"
[workload.organisation]
members = 3
warning = "50ms"
"#;

/// Members 0, 1, 2 in zones 0, 1, 2; the decision is for `time`; strikes as given.
fn operation(time: i64, strikes: &[(u64, u32, u32)], end: u64) -> MetricRow {
    located(&[0, 1, 2], time, strikes, end)
}

/// The same, where only these zones have located their member.
fn located(zones: &[u32], time: i64, strikes: &[(u64, u32, u32)], end: u64) -> MetricRow {
    let mut events = Vec::new();
    for number in 0..3 {
        events.push((0, Event::Hidden { node: NodeId(number), member: Member(number) }));
    }
    for &zone in zones {
        let (node, member) = (NodeId(zone), Member(zone));
        events.push((80, Event::Locate { node, member, again: false }));
    }
    events.push((90, Event::Decide { node: NodeId(0), at: LocalTime(time) }));
    let mut world = world(end);
    for &(at, node, member) in strikes {
        let (node, member) = (NodeId(node), Member(member));
        world.advance(SimTime(at), &mut |at, event| events.push((at.0, in_world(event))));
        events.push((at, Event::Strike { node, member }));
        world.strike(node, member);
        world.close(SimTime(at), &mut |event| events.push((at, in_world(event))));
    }
    world.advance(SimTime(end), &mut |at, event| events.push((at.0, in_world(event))));
    measured(THREE_MEMBERS, end, &events)
}

/// The organisation of [`THREE_MEMBERS`].
fn world(end: u64) -> World {
    let plan = plan_of(THREE_MEMBERS);
    World::new(&plan.realize(1).ground_truth, plan.workload.reactions, SimTime(end + 1))
}

fn in_world(event: WorldEvent) -> Event<'static, BuiltinMessage> {
    Event::World { event, is_traced: false }
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
    let text = r#"horizon = "1000s"
stop = "horizon"
[zones]
generate = 2
[network]
latency = "300ms"
[workload.items]
interval = "1s"
"#;
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

impl<M: WireMessage> TraceSink<M> for Sizes {
    fn record(&mut self, _at: SimTime, event: &Event<'_, M>) {
        if let Event::Send { message, .. } = event {
            let wire = postcard::to_stdvec(message).unwrap();
            assert_eq!(message.size(), wire.len(), "{message:?}");
            self.kinds.insert((wire.len(), wire[2]));
        }
    }
}

#[test]
fn sizes_are_those_of_the_encoding() {
    let busy = ["workload.organisation.lead_interval=20s", "coordination.order.deadline=10min"];
    for exchange in ["mesh", "hub", "gossip"] {
        let chosen = format!("exchange.use={exchange}");
        let file = crate::common::root().join("sims/leads-2019.toml");
        let plan =
            crate::common::plan_of_file(&file, &[busy[0], busy[1], "horizon=20min", &chosen]);
        let mut sizes = Sizes::default();
        engine::run::<(Exchange, Coordination), _>(Engine::Event, &plan, 1, &mut sizes);
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

/// What is due at a zone that is down until the end has numbers that no message carries: they cost
/// nothing, as if the others had been listed alone.
#[test]
fn numbers_that_are_never_used_change_no_size() {
    let bytes = |exchange: &str, items: &str| {
        let plan = plan_of(&format!(
            r#"horizon = "20min"
[zones.a]
[zones.b]
[zones.c]
[zones.d]
[[fault]]
at = "0s"
crash = ["c"]
[exchange]
use = "{exchange}"
[workload.items]
{items}
"#
        ));
        let row = row(&plan, Engine::Event, 1);
        (row.bytes, row.messages)
    };
    let listed = |numbers: &[usize]| {
        let at: Vec<_> = numbers.iter().map(|number| format!("\"{number}s\"")).collect();
        let from = numbers.iter().map(|number| ["\"a\"", "\"b\"", "\"c\"", "\"d\""][number % 4]);
        format!("at = [{}]\nfrom = [{}]", at.join(", "), from.collect::<Vec<_>>().join(", "))
    };
    let all: Vec<_> = (0..900).collect();
    let used: Vec<_> = (0..900).filter(|number| number % 4 != 2).collect();
    for exchange in ["mesh", "flood", "gossip"] {
        let expected = bytes(exchange, &listed(&used));
        for items in ["interval = \"1s\"\ncount = 900", &listed(&all)] {
            assert_eq!(bytes(exchange, items), expected, "{exchange}");
        }
    }
}
