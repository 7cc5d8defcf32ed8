//! Uplinks and downlinks: worlds computed by hand and queues with known formulas, on both engines.

use serde::{Deserialize, Serialize};
use zonesim::engine::{Engine, Event};
use zonesim::id::{Item, NodeId};
use zonesim::protocol::exchange::{Deliver, Publish};
use zonesim::protocol::node::{Builtin, EnvelopeOf};
use zonesim::protocol::{
    Input, Items, NamedProtocol, NodeView, Out, Protocol, ProtocolInfo, WireMessage, WithBuiltin,
    coordination,
};
use zonesim::testing::{Run, Scenario, Simulation};
use zonesim::time::{NanoDuration, SimDuration};

type Message = EnvelopeOf<Builtin>;

fn simulation(text: &str) -> Simulation {
    let scenario = Scenario::parse(text).and_then(|scenario| scenario.simulation());
    scenario.unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// A run on the event engine, which must be the same on turmoil.
fn both(text: &str, seed: u64) -> Run<Message> {
    let simulation = simulation(text);
    let [event, turmoil] =
        [Engine::Event, Engine::Turmoil].map(|engine| simulation.run_on(engine, seed));
    let [here, there] = [&event, &turmoil].map(Run::jsonl);
    let differing = here.iter().zip(&there).find(|(here, there)| here != there);
    assert_eq!(differing, None, "{text}");
    assert_eq!((here.len(), &event.digest), (there.len(), &turmoil.digest), "{text}");
    assert!(event.violation.is_none(), "{:?}\n{text}", event.violation);
    event
}

/// When each zone learns an item, in ticks, in order of time.
fn learnt(run: &Run<Message>, item: u32) -> Vec<(u64, NodeId)> {
    let learnt = run.events().filter_map(|(at, event)| match event {
        Event::Learn { node, item: it, .. } if it.0 == item => Some((at.0, node)),
        _ => None,
    });
    learnt.collect()
}

fn instants(learnt: &[(u64, NodeId)]) -> Vec<u64> {
    learnt.iter().map(|&(at, _)| at).collect()
}

/// One item of z0, 100 ms one way. `more` are further keys.
fn world(exchange: &str, zones: u64, size: &str, more: &str) -> String {
    format!(
        "resolution = \"100ms\"\nhorizon = \"20h\"\nzones.generate = {zones}\n\
         network.latency = \"100ms\"\nworkload.item_size = \"{size}\"\n\
         workload.items.from = [\"z0\"]\nexchange.use = \"{exchange}\"\n{more}\n"
    )
}

#[test]
#[ignore = "slow"]
fn a_mesh_serves_zones_one_after_the_other_and_a_fast_hub_is_faster() {
    const AT: &str = "workload.items.at = [\"0s\"]\n";
    for seed in 1..2 {
        // 2.5 GB take 1,000 s at 20 Mbit/s.
        let more = format!("{AT}network.uplink = \"20Mbit/s\"");
        let run = both(&world("mesh", 8, "2.5GB", &more), seed);
        let expected: Vec<_> = (1..8).map(|j| 10_000 * j + 1).collect();
        assert_eq!(instants(&learnt(&run, 0)), expected);
        // No copy is sent before the first has left.
        assert_eq!(run.metrics.messages, Some(14.0));
        for (rate, copy) in [("1Gbit/s", 200), ("4Mbit/s", 50_000), ("20Mbit/s", 10_000)] {
            let more = format!("{AT}network.uplink = \"20Mbit/s\"\nhub.uplink = \"{rate}\"");
            let text = world("hub", 8, "2.5GB", &more);
            // So many ticks take turmoil long.
            let is_long = copy == 50_000;
            let run = if is_long { simulation(&text).run(seed) } else { both(&text, seed) };
            let expected: Vec<_> = (1..8).map(|j| 10_000 + copy * j + 2).collect();
            // The hub comes first.
            assert_eq!(instants(&learnt(&run, 0))[1..], expected, "{rate}");
            assert_eq!(run.metrics.messages, Some(16.0));
        }
    }
}

/// The same with other numbers, at a tick of 1 ms on the event engine, from the sizes of messages.
#[test]
fn copies_leave_to_the_tick_with_any_numbers() {
    for (zones, size, rate, bits) in [
        (5, "300MB", "7Mbit/s", 7_000_000),
        (9, "12345678B", "3300kbit/s", 3_300_000),
        (3, "700kB", "64kbit/s", 64_000),
    ] {
        let more = format!(
            "workload.items.at = [\"1s\"]\nnetwork.uplink = \"{rate}\"\nexchange.mesh.retry = \"5s\""
        );
        let text =
            world("mesh", zones, size, &more).replace("= \"100ms\"\nhorizon", "= \"1ms\"\nhorizon");
        let simulation = simulation(&text);
        let run = simulation.run(1);
        let bytes = run.events().find_map(|(_, event)| match event {
            Event::Send { message, .. } => Some(simulation.plan().realize(1).bytes(message)),
            _ => None,
        });
        let each = (bytes.unwrap() * 8 * 1_000_000_000).div_ceil(bits);
        let expected: Vec<_> =
            (1..zones).map(|j| 1_000 + (j * each + 500_000) / 1_000_000 + 100).collect();
        assert_eq!(instants(&learnt(&run, 0)), expected, "{text}");
        assert_eq!(run.metrics.messages, Some(2.0 * (zones - 1) as f64));
    }
}

#[test]
fn retries_double_while_the_hub_is_cut_off() {
    let fault = "[[fault]]\nat = \"0s\"\nfor = \"7200s\"\nisolate = [\"hub\"]";
    for uplink in ["", "network.uplink = \"20Mbit/s\"\n"] {
        let more = format!("hub = {{}}\nworkload.items.at = [\"600s\"]\n{uplink}{fault}");
        let text = world("hub", 8, "0B", &more);
        let run = if uplink.is_empty() { simulation(&text).run(1) } else { both(&text, 1) };
        let sent = run.events().filter_map(|(at, event)| match event {
            Event::Send { from: NodeId(0), message, .. } if message.items().count() > 0 => {
                Some(at.0 / 10 - 600)
            }
            _ => None,
        });
        let doubling = [0, 1, 3, 7, 15, 31, 63];
        let expected: Vec<u64> = doubling.into_iter().chain((123..=6603).step_by(60)).collect();
        assert_eq!(sent.collect::<Vec<_>>(), expected);
        assert_eq!(instants(&learnt(&run, 0))[1..], [72_032; 7]);
        let mesh = both(&world("mesh", 8, "0B", &more), 1);
        assert_eq!(instants(&learnt(&mesh, 0)), [6_001; 7]);
    }
}

#[test]
fn a_retry_waits_from_the_end_of_the_transmission() {
    // It leaves at 1,000 s into a partition; the timer runs out 1 s later and the copy takes 1,000 s.
    let more = "workload.items.at = [\"0s\"]\nnetwork.uplink = \"20Mbit/s\"\n\
                [[fault]]\nat = \"999s\"\nfor = \"1500ms\"\npartition = [[\"z0\"], [\"z1\"]]";
    let run = both(&world("mesh", 2, "2.5GB", more), 1);
    assert_eq!(instants(&learnt(&run, 0)), [20_011]);
    assert_eq!(run.metrics.messages, Some(3.0));
}

#[test]
fn what_still_waits_is_not_sent_again_when_another_item_is_acknowledged() {
    let text = world("mesh", 2, "2.5GB", "network.uplink = \"20Mbit/s\"").replace(
        "from = [\"z0\"]",
        "from = [\"z0\", \"z0\"]\nworkload.items.at = [\"0s\", \"1s\"]",
    );
    let run = both(&text, 1);
    assert_eq!([0, 1].map(|item| learnt(&run, item)[0].0), [10_001, 20_001]);
    assert_eq!(run.metrics.messages, Some(4.0));
}

/// The order is drawn for each item: each zone is served first equally often.
#[test]
fn no_zone_is_served_first_more_often_than_another() {
    let more = "network.uplink = \"1Mbit/s\"\nworkload.items.at = [\"0s\"]";
    let simulation = simulation(&world("mesh", 8, "100kB", more));
    let (mut first, mut last) = ([0.0; 8], [0.0; 8]);
    let runs = 1400;
    for seed in 0..runs {
        let learnt = learnt(&simulation.run(seed), 0);
        first[learnt[0].1.index()] += 1.0;
        last[learnt[6].1.index()] += 1.0;
    }
    for counts in [first, last] {
        // Standard error of a count of mean 200: 13.1.
        assert!(counts[1..].iter().all(|count| (count - 200.0f64).abs() < 53.0), "{counts:?}");
    }
}

/// A byte takes a second at z0. The item is bulk; the acknowledgement of the other item is not.
#[test]
fn a_small_message_interrupts_a_bulk_one() {
    let text = "resolution = \"100ms\"\nhorizon = \"1h\"\nnetwork.latency = \"1s\"\n\
                network.bulk_from = \"20B\"\nworkload.item_size = \"40B\"\n\
                [zones.a]\nuplink = \"1B/s\"\n[zones.b]\n\
                [workload.items]\nat = [\"0s\", \"9s\"]\nfrom = [\"a\", \"b\"]\n\
                [exchange]\nuse = \"mesh\"\n[exchange.mesh]\nretry = \"300s\"\nretry_max = \"300s\"\n";
    let run = both(text, 1);
    let sizes: Vec<u64> = run
        .events()
        .filter_map(|(_, event)| match event {
            Event::Send { message, .. } => Some(message.size() as u64),
            _ => None,
        })
        .collect();
    // The item of a, that of b, the acknowledgement by a, that by b.
    let [item, _, ack, _] = sizes[..] else { panic!("{sizes:?}") };
    assert!(40 + item > 20 && ack <= 20, "{sizes:?}");
    // b's item comes at 10 s; its acknowledgement leaves at 10 s + ack, the bulk item as much later.
    let delivered: Vec<_> = run
        .events()
        .filter_map(|(at, event)| match event {
            Event::Deliver { to: NodeId(1), .. } => Some(at.0),
            _ => None,
        })
        .collect();
    assert_eq!(delivered, [10 * (10 + ack + 1), 10 * (40 + item + ack + 1)]);
    let departs = run.events().find_map(|(at, event)| match event {
        Event::Depart { sent, outcome, .. } => Some((at.0, sent.0, outcome.queued.0)),
        _ => None,
    });
    assert_eq!(departs, Some((10 * (40 + item + ack), 0, 10 * ack)));
}

/// Two senders reach a downlink at once. Messages are bulk or not: each class is first in, first out.
#[test]
fn a_downlink_loses_what_waits_in_a_crash_and_not_in_a_partition() {
    let world = |bulk_from: &str, fault: &str| {
        let text = format!(
            "resolution = \"100ms\"\nhorizon = \"2h\"\nnetwork.latency = \"1s\"\n\
             network.bulk_from = \"{bulk_from}\"\nworkload.item_size = \"96B\"\n\
             [zones.a]\n[zones.b]\n[zones.c]\ndownlink = \"1B/s\"\n\
             [workload.items]\nat = [\"0s\", \"0s\"]\nfrom = [\"b\", \"a\"]\n[exchange]\n\
             use = \"mesh\"\n[exchange.mesh]\nretry = \"1000s\"\nretry_max = \"1000s\"\n{fault}\n"
        );
        both(&text, 1)
    };
    let at_c = |run: &Run<Message>, item| {
        learnt(run, item).into_iter().find(|&(_, node)| node == NodeId(2)).map(|(at, _)| at)
    };
    // Of the items 0 of b and 1 of a, each with 96 bytes of body.
    let run = world("1MB", "");
    let bytes = run.events().find_map(|(_, event)| match event {
        Event::Send { message, .. } => Some(96 + message.size() as u64),
        _ => None,
    });
    let each = bytes.unwrap();
    for bulk_from in ["1MB", "1B"] {
        let [first, second] = [10 * (1 + each), 10 * (1 + 2 * each)].map(Some);
        let run = world(bulk_from, "");
        assert_eq!([at_c(&run, 1), at_c(&run, 0)], [first, second], "in the order of senders");
        let cut = "[[fault]]\nat = \"2s\"\nfor = \"900s\"\npartition = [[\"c\"], [\"*\"]]";
        let run = world(bulk_from, cut);
        assert_eq!([at_c(&run, 1), at_c(&run, 0)], [first, second], "it has arrived");
        // a's item is received, b's is lost, and a's is not acknowledged in vain.
        let crash = "[[fault]]\nat = \"150s\"\nfor = \"10s\"\ncrash = [\"c\"]";
        let run = world(bulk_from, crash);
        let again = Some(10 * (1000 + 1 + each));
        assert_eq!([at_c(&run, 1), at_c(&run, 0)], [first, again], "it was lost");
    }
}

/// An uplink with Poisson arrivals of one message or of batches: M/D/1, and M/D/1 of whole batches
/// (L. Kleinrock, "Queueing Systems", volume 1, 1975, 5.5 and 5.10).
#[test]
#[ignore = "slow"]
fn waits_at_an_uplink_are_those_of_a_queue() {
    for (others, interval, bulk_from) in [(1, 2_000, "1MB"), (3, 5_000, "1kB")] {
        // 1 MB takes 1 s. The size of an item's number varies: all messages are of one class.
        let observers: String =
            (0..others).map(|zone| format!("[zones.o{zone}]\nrole = \"observer\"\n")).collect();
        let text = format!(
            "resolution = \"1ms\"\nhorizon = \"300h\"\nnetwork.latency = \"100ms\"\n\
             network.bulk_from = \"{bulk_from}\"\nworkload.item_size = \"999950B\"\n[zones.a]\nuplink = \"8Mbit/s\"\n{observers}\
             [workload.items]\nmean_interval = \"{interval}ms\"\ncount = 2000\n\
             [exchange]\nuse = \"mesh\"\n[exchange.mesh]\nretry = \"10h\"\nretry_max = \"10h\"\n"
        );
        let runs = simulation(&text).measure(1..21);
        let (batch, gap) = (f64::from(others), f64::from(interval) / 1000.0);
        let load = batch / gap;
        let wait = load * batch / (2.0 * (1.0 - load));
        for (last, expected) in [(false, wait + 1.1), (true, wait + batch + 0.1)] {
            let of = |row: &zonesim::metrics::MetricRow| {
                if last { row.to_all_ms } else { row.to_first_ms }.unwrap() / 1000.0
            };
            let means: Vec<f64> = runs.iter().map(|run| of(&run.row)).collect();
            let mean = means.iter().sum::<f64>() / means.len() as f64;
            let variance = means.iter().map(|m| (m - mean) * (m - mean)).sum::<f64>() / 19.0;
            let error = (variance / 20.0).sqrt();
            println!(
                "{others} others, last {last}: {mean:.4} s, error {error:.4}, theory {expected:.4}"
            );
            assert!((mean - expected).abs() < 4.0 * error + 0.002, "{mean} {expected} {error}");
            assert!(error < 0.03 * expected);
        }
        let short = text.replace("count = 2000", "count = 30").replace("\"1ms\"", "\"100ms\"");
        both(&short, 1);
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
enum Letter {
    Body(Item),
    Note(u8),
}

impl WireMessage for Letter {
    fn items(&self) -> Items<'_> {
        match self {
            Self::Body(item) => Items::One(*item),
            Self::Note(_) => Items::None,
        }
    }
}

/// Sends an item and a note, and a note for each timer.
struct Timed;

impl Protocol for Timed {
    type Message = Letter;
    type Timer = u8;
    type Input = Publish;
    type Output = Deliver;

    fn handle(&mut self, input: Input<Self>, out: &mut Out<'_, Self>) {
        let to = NodeId(1);
        match input {
            Input::Local(Publish(item)) => {
                out.timer_after_sent(SimDuration(3), 0);
                out.send(to, Letter::Body(item));
                out.timer_after_sent(SimDuration(5), 1);
                out.send(to, Letter::Note(9));
                out.timer_after_sent(SimDuration(5), 2);
                out.timer_after_sent_to(to, SimDuration(7), 3);
            }
            Input::Timer(number) => out.send(to, Letter::Note(number)),
            _ => {}
        }
    }
}

impl NamedProtocol for Timed {
    type Params = ();
    const INFO: ProtocolInfo =
        ProtocolInfo { name: "timed", about: "sends notes", ..ProtocolInfo::EMPTY };
    fn new(_: &(), _: &NodeView, _: NanoDuration) -> Self {
        Self
    }
}

/// A byte takes a second. The item is bulk and waits for the notes.
#[test]
fn timers_start_when_messages_have_left() {
    type Mine = (WithBuiltin<Timed>, coordination::Builtin);
    let text = "resolution = \"100ms\"\nhorizon = \"1h\"\nzones.generate = 2\n\
                network = { latency = \"1s\", uplink = \"1B/s\", bulk_from = \"20B\" }\n\
                workload.item_size = \"40B\"\nexchange.use = \"timed\"\nstop = \"horizon\"\n";
    let scenario = Scenario::<Mine>::parse_custom(text).unwrap();
    let simulation = scenario.simulation().unwrap();
    let runs = [Engine::Event, Engine::Turmoil].map(|engine| simulation.run_on(engine, 1));
    assert_eq!(runs[0].jsonl(), runs[1].jsonl());
    let sent: Vec<(u64, u64)> = runs[0]
        .events()
        .filter_map(|(at, event)| match event {
            Event::Send { message, .. } => {
                Some((at.0, simulation.plan().realize(1).bytes(message)))
            }
            _ => None,
        })
        .collect();
    // Nothing was sent before timer 0: it starts at once.
    let [(0, body), (0, note), rest @ ..] = &sent[..] else { panic!("{sent:?}") };
    assert_eq!((rest.len(), *body > 40, *note < 20), (4, true, true));
    let left = 10 * (body + 3 * note);
    let instants: Vec<_> = rest.iter().map(|(at, _)| *at).collect();
    assert_eq!(instants, [3, 10 * note + 5, left + 5, left + 7]);
}
