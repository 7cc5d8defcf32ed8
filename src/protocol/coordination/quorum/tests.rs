//! Tests of `quorum` by itself: an input goes in, effects come out. A tick is 1 ms.

use super::*;
use crate::id::{Member, NodeId};
use crate::protocol::coordination::coordinator_view;
use crate::protocol::{Effect, OutOf};
use crate::rng::stream;
use crate::time::LocalTime;

type TestEffects = Vec<Effect<Message, Timer, Output>>;
const HUB: NodeView = NodeView { me: NodeId(4), zones: 4, hub: Some(NodeId(4)), deputy: None };

fn params(ready: u32) -> Params {
    Params { ready, margin: NanoDuration::from_ms(900), ..Params::default() }
}

fn hub(ready: u32) -> Quorum {
    Quorum::new(&params(ready), &HUB, NanoDuration::from_ms(1))
}

fn handle(hub: &mut Quorum, now: i64, input: Input<Quorum>) -> TestEffects {
    let mut effects = TestEffects::new();
    let rng = &mut stream(1, "t", 0);
    hub.handle(input, &mut OutOf::new(&HUB, LocalTime(now), rng, &mut effects));
    effects
}

fn report(hub: &mut Quorum, now: i64, zone: u32, members: &[u32]) -> Option<LocalTime> {
    let members = members.iter().copied().map(Member).collect();
    let message = Message::View(coordinator_view::Message::Report(members));
    let effects = handle(hub, now, Input::Message { from: NodeId(zone), message });
    effects.iter().find_map(|effect| match effect {
        Effect::Emit(Output::Decide(at)) => Some(*at),
        _ => None,
    })
}

#[test]
fn the_hub_decides_once_the_kth_zone_has_reported() {
    for ready in 1..=4_u32 {
        let mut hub = hub(ready);
        for zone in 0..4 {
            let now = 100 * i64::from(zone);
            let decided = report(&mut hub, now, zone, &[zone]);
            // clock_bound, 100 ms, and margin.
            let expected = (zone + 1 == ready).then_some(LocalTime(now + 1000));
            assert_eq!(decided, expected, "{ready}, zone {zone}");
        }
    }
}

#[test]
fn zones_count_once_and_not_their_members() {
    let mut hub = hub(2);
    assert_eq!(report(&mut hub, 10, 3, &[1, 2, 3]), None);
    assert_eq!(report(&mut hub, 20, 3, &[4]), None);
    assert_eq!(report(&mut hub, 30, 3, &[4]), None, "the same report again");
    assert_eq!(report(&mut hub, 40, 0, &[5]), Some(LocalTime(1040)));
    assert_eq!(report(&mut hub, 50, 1, &[6]), None, "one time is decided");
}

/// There is no deadline: time alone decides nothing.
#[test]
fn nothing_else_brings_a_decision() {
    let mut hub = hub(2);
    let started = handle(&mut hub, 0, Input::Start);
    let timers: Vec<_> = started
        .iter()
        .filter(|effect| matches!(effect, Effect::WakeAt(..) | Effect::WakeAfter(..)))
        .collect();
    assert_eq!(timers.len(), 1, "the next probe: {timers:?}");
    report(&mut hub, 10, 3, &[1]);
    for timer in [coordinator_view::Timer::Deadline, coordinator_view::Timer::Quiet(LocalTime(9))] {
        let effects = handle(&mut hub, 90_000_000, Input::Timer(Timer::View(timer)));
        let decides = |effect: &Effect<_, _, Output>| matches!(effect, Effect::Emit(_));
        assert!(!effects.iter().any(decides), "{timer:?}");
    }
}

#[test]
fn reports_survive_a_loss_of_memory() {
    let mut before = hub(2);
    report(&mut before, 10, 3, &[1]);
    let mut after = hub(2);
    after.recover(before);
    assert!(handle(&mut after, 20, Input::Restart).iter().all(|e| !matches!(e, Effect::Emit(_))));
    assert_eq!(report(&mut after, 40, 3, &[7]), None, "it counted already");
    assert_eq!(report(&mut after, 50, 0, &[5]), Some(LocalTime(1050)));
}

#[test]
fn a_quorum_that_cannot_be_reached_is_refused_or_warned_of() {
    let wrong = |ready| params(ready).check(&HUB).map_err(|error| error.path);
    assert_eq!(wrong(0), Err("coordination.quorum.ready".into()));
    assert_eq!(wrong(4), Ok(()));
    assert_eq!(wrong(5), Err("coordination.quorum.ready".into()));
    let no_hub = NodeView { hub: None, ..HUB };
    assert_eq!(params(2).check(&no_hub).map_err(|e| e.path), Err("coordination.use".into()));
    let bounds = |horizon| RunBounds {
        horizon: NanoDuration::from_ms(horizon),
        max_ahead: Some(NanoDuration::from_ms(0)),
        max_behind: None,
        acting_zones: 3,
    };
    assert_eq!(params(3).warnings(&bounds(1001)), [""; 0]);
    assert!(params(3).warnings(&bounds(1000))[0].starts_with("no zone can strike"));
    assert!(params(4).warnings(&bounds(1001))[0].contains("ready is 4, and 3 zones"));
}
