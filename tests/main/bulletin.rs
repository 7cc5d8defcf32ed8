//! The bulletin against its formulas and by hand: what a meeting costs, when items arrive, and how a
//! missed meeting is made up for.

use zonesim::engine::{Engine, Event};
use zonesim::id::NodeId;
use zonesim::protocol::ProtocolSet as _;
use zonesim::protocol::StableBounds;
use zonesim::protocol::exchange::Builtin as Exchange;
use zonesim::testing::Simulation;

use crate::common::formula::{Given, assert_bound, formula, stable, value};
use crate::common::{BuiltinPlan, plan_of, row};

const ENGINES: [Engine; 2] = [Engine::Event, Engine::Turmoil];

/// So many zones, `25 + 5 (i + j)` ms apart; meetings at 700 ms, 2.7 s, 4.7 s and so on.
fn plan(zones: u32, items: &str, more: &str) -> BuiltinPlan {
    let mut links = String::new();
    for a in 0..zones {
        for b in a + 1..zones {
            links += &format!("\"z{a}-z{b}\" = {{ latency = \"{}ms\" }}\n", link(a, b));
        }
    }
    plan_of(&format!(
        "horizon = \"10s\"\nstop = \"horizon\"\nzones.generate = {zones}\n[network.link]\n{links}\
         [workload.items]\n{items}\n[exchange]\nuse = \"bulletin\"\n[exchange.bulletin]\n\
         interval = \"2s\"\noffset = \"700ms\"\nlength = \"1500ms\"\nretry = \"400ms\"\n{more}"
    ))
}

fn link(a: u32, b: u32) -> u32 {
    25 + 5 * (a + b)
}

#[test]
fn costs_and_times_are_those_of_the_formulas() {
    for zones in [2, 3, 8, 13] {
        // The first meeting has nothing to tell. Two zones tell something at the second, one of them
        // two items; the last zone at the third. Five meetings begin before 10 s.
        let last = format!("z{}", zones - 1);
        let items = format!(
            "at = [\"1s\", \"1300ms\", \"2s\", \"4s\"]\nfrom = [\"z0\", \"z1\", \"z0\", \"{last}\"]"
        );
        let farthest = |from: u32| {
            let others = (0..zones).filter(|&to| to != from);
            f64::from(others.map(|to| link(from, to)).max().unwrap())
        };
        let is = |formula: &str, letters: &[(&'static str, f64)]| {
            let n = ("n", f64::from(zones));
            value(formula, &letters.iter().copied().chain([n]).collect::<Given<'_>>())
        };
        let telling = [0.0, 2.0, 1.0, 0.0, 0.0];
        let meeting = |a: f64| is(formula("bulletin", "messages in a meeting"), &[("a", a)]);
        let messages: f64 = telling.into_iter().map(meeting).sum();
        let found = [(0, 1700.0), (1, 1400.0), (0, 700.0), (zones - 1, 700.0)];
        let to_all = found.map(|(from, wait)| {
            is(formula("bulletin", "time to all"), &[("M", wait), ("F", farthest(from))])
        });
        let payloads = 4.0 * is(formula("bulletin", "payloads per item"), &[]);
        for engine in ENGINES {
            let row = row(&plan(zones, &items, ""), engine, 1);
            assert_eq!(row.coverage, Some(1.0));
            assert_eq!(row.messages, Some(messages), "{zones} zones, {engine}");
            assert_eq!(row.payloads, Some(payloads), "{zones} zones, {engine}");
            let mean = to_all.iter().sum::<f64>() / 4.0;
            assert_eq!(row.to_all_ms, Some(mean), "{zones} zones, {engine}");
        }
    }
}

/// When a zone learns the item of number 0, in ms.
fn learnt(plan: &BuiltinPlan, engine: Engine, zone: u32) -> Option<u64> {
    let run = <Simulation>::new(plan.clone()).run_on(engine, 1);
    assert_eq!(run.violation, None);
    let mut events = run.events();
    events.find_map(|(at, event)| match event {
        Event::Learn { node: NodeId(node), item, again: false, .. } => {
            (node == zone && item.0 == 0).then_some(at.0)
        }
        _ => None,
    })
}

#[test]
fn a_missed_meeting_is_made_up_for_at_the_next() {
    let item = "at = [\"1s\"]\nfrom = [\"z0\"]";
    let fault = |what: &str| format!("[[fault]]\nat = \"2s\"\n{what}\n");
    for (missed, z2) in [
        // The origin itself tells it at 4.7 s.
        ("for = \"2500ms\"\nisolate = [\"z2\"]", 4700 + 35),
        // The minutes of z1 name it at 4.7 s: 40 ms there, the request, and the item.
        ("partition = [[\"z0\"], [\"z2\"]]", 4700 + 3 * 40),
        // It comes back during the meeting, whose first report is repeated after 400 and 1200 ms.
        ("for = \"1s\"\ncrash = [\"z2\"]", 2700 + 400 + 35),
        ("for = \"1500ms\"\ncrash = [\"z2\"]\nmemory = \"lost\"", 2700 + 1200 + 35),
        // The origin comes back during the meeting, and joins it.
        ("for = \"1s\"\ncrash = [\"z0\"]\nmemory = \"lost\"", 3000 + 35),
        // It comes back after the meeting.
        ("for = \"2400ms\"\ncrash = [\"z0\"]\nmemory = \"lost\"", 4700 + 35),
    ] {
        for engine in ENGINES {
            let at = learnt(&plan(3, item, &fault(missed)), engine, 2);
            assert_eq!(at, Some(z2), "{missed} on {engine}");
        }
    }
}

/// A zone loses its memory after it has learnt an item, and gets it back from whoever names it.
#[test]
fn lost_memory_is_made_up_for() {
    let fault =
        "[[fault]]\nat = \"4s\"\nfor = \"100ms\"\ncrash = [\"z2\", \"z0\"]\nmemory = \"lost\"\n";
    let plan = plan(3, "at = [\"1s\"]\nfrom = [\"z0\"]", fault);
    for engine in ENGINES {
        let run = <Simulation>::new(plan.clone()).run_on(engine, 1);
        assert_eq!(run.violation, None);
        let again = run.events().filter_map(|(at, event)| match event {
            Event::Learn { node, again: true, .. } => Some((node.0, at.0)),
            _ => None,
        });
        // z0 is 30 ms from z1, which alone has it still; z2 is 40 ms away.
        let again: Vec<_> = again.collect();
        assert_eq!(again, [(0, 4700 + 3 * 30), (2, 4700 + 3 * 40)], "{engine}");
    }
}

#[test]
fn the_printed_bound_is_the_one_that_is_checked() {
    let settings = plan(3, "", "").exchange;
    let at_most = formula("bulletin", "time to all after the last fault, at most");
    for (bounds, attempts) in [(stable(2, 80, 0, 0.0), 1.0), (stable(9, 650, 90_000, 0.0), 8.0)] {
        assert_bound(at_most, &settings, &bounds, &[("K", attempts), ("interval", 2000.0)]);
        let amnesia = StableBounds { amnesia: true, ..bounds };
        assert_eq!(Exchange::delivery_bound(&settings, &amnesia), None);
    }
}
