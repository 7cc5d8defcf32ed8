//! The deputy of `order` in whole runs, computed by hand: who decides when, and who strikes when, after
//! each way in which hub and deputy can lose each other. The world is `tests/data/deputy.toml`.

use crate::common::formula::{Given, formula, value};
use crate::common::{plan_of_file, root};
use zonesim::engine::{self, Engine, Event, TraceSink};
use zonesim::experiment::run::Runner;
use zonesim::id::NodeId;
use zonesim::protocol::node::Builtin;
use zonesim::time::{LocalTime, SimTime};

const B: NodeId = NodeId(1);
const HUB: NodeId = NodeId(3);

/// The fault of the file.
const HUB_CRASH: &str = "{at=\"7.8s\",crash=[\"hub\"]}";

/// Decisions (when, by whom, for when) and strikes (when, by whom), in ms.
#[derive(Debug, Default, PartialEq)]
struct Operation {
    decisions: Vec<(u64, NodeId, i64)>,
    strikes: Vec<(u64, u32)>,
}

impl<M> TraceSink<M> for Operation {
    fn record(&mut self, at: SimTime, event: &Event<'_, M>) {
        match *event {
            Event::Decide { node, at: LocalTime(time) } => {
                self.decisions.push((at.0, node, time));
            }
            Event::Strike { node, .. } => self.strikes.push((at.0, node.0)),
            _ => {}
        }
    }
}

/// Runs the world with another fault, on both engines, and compares it with what is expected.
#[track_caller]
fn check(overrides: &[&str], decisions: &[(u64, NodeId, i64)], strikes: &[(u64, u32)]) {
    let plan = plan_of_file(&root().join("tests/data/deputy.toml"), overrides);
    let expected = Operation { decisions: decisions.to_vec(), strikes: strikes.to_vec() };
    for engine in [Engine::Event, Engine::Turmoil] {
        let mut found = Operation::default();
        engine::run::<Builtin, _>(engine, &plan, 1, &mut found);
        assert_eq!(found, expected, "{engine:?}");
    }
    let run = Runner::<Builtin>::new(plan).run(Engine::Event, 1, ());
    assert_eq!(run.violation.map(|violation| violation.to_string()), None);
}

/// b has heard from the hub at 5.979 s and acts 5.1 s later. It hears the reports of a and c 0.2 s after
/// that, and decides after 6 s of quiet.
#[test]
fn a_deputy_commands_if_the_hub_is_gone() {
    let waits = formula("order", "from the last message of the hub until its deputy acts");
    let waits = value(waits, &Given::from([("lease", 5_000.0), ("clock_bound", 100.0)]));
    let decided = 5_979 + waits as u64 + 200 + 6_000;
    assert_eq!(decided, 17_279);
    let strikes = [(20_579, 0), (20_579, 1), (20_579, 2)];
    check(&[], &[(decided, B, 20_579)], &strikes);
    // After a loss of memory the lease begins again at 9 s. a and c report at 14.3 s, what they have
    // reported before included.
    let b =
        format!("fault=[{HUB_CRASH},{{at=\"8.5s\",for=\"500ms\",crash=[\"b\"],memory=\"lost\"}}]");
    let strikes = [(23_600, 0), (23_600, 1), (23_600, 2)];
    check(&[&b, "horizon=25s"], &[(20_300, B, 23_600)], &strikes);
}

/// The hub decides 6 s after the report of a at 7.575 s, and a and c strike.
#[test]
fn the_loss_of_the_deputy_stops_nothing() {
    let strikes = [(16_875, 0), (16_875, 2)];
    check(&["fault.0.crash=[\"b\"]"], &[(13_575, HUB, 16_875)], &strikes);
}

/// The hub is back at 12.8 s. Its probe ends what b does, and it decides as if nothing had been.
#[test]
fn a_hub_that_is_back_takes_over_from_its_deputy() {
    let strikes = [(16_875, 0), (16_875, 1), (16_875, 2)];
    check(&["fault.0.for=5s"], &[(13_575, HUB, 16_875)], &strikes);
}

/// Hub and b are cut off from each other. The hub decides; b probes, and learns the order from a and c.
#[test]
fn a_deputy_learns_the_order_from_zones_that_have_it() {
    let fault = "fault=[{at=\"7.8s\",partition=[[\"hub\"],[\"b\"]]}]";
    let strikes = [(16_875, 0), (16_875, 1), (16_875, 2)];
    check(&[fault], &[(13_575, HUB, 16_875)], &strikes);
}

/// A hub that nobody hears decides for nobody, unless it takes silence for quiet at once; zones follow
/// the deputy in either case.
#[test]
fn two_times_are_decided_if_the_hub_takes_silence_for_quiet() {
    let fault = "fault=[{at=\"7.8s\",isolate=[\"hub\"]}]";
    let strikes = [(20_579, 0), (20_579, 1), (20_579, 2)];
    check(&[fault], &[(13_575, HUB, 16_875), (17_279, B, 20_579)], &strikes);
    let heard = "coordination.order.heard_within=5s";
    check(&[fault, heard], &[(17_279, B, 20_579)], &strikes);
}

/// With `min_acknowledged` the deputy counts as a zone that has its own order.
#[test]
fn a_deputy_counts_itself() {
    for (min, strikes) in [
        (3, &[(20_579, 0), (20_579, 1), (20_579, 2)][..]),
        (2, &[(20_579, 0), (20_579, 1), (20_579, 2)]),
    ] {
        let min = format!("coordination.order.min_acknowledged={min}");
        check(&[&min], &[(17_279, B, 20_579)], strikes);
    }
    // c does not hear the order: two zones have it, which is not enough.
    let crash = format!("fault=[{HUB_CRASH},{{at=\"17s\",crash=[\"c\"]}}]");
    check(&[&crash, "coordination.order.min_acknowledged=3"], &[(17_279, B, 20_579)], &[]);
}
