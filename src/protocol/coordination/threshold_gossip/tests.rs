//! Tests of `threshold-gossip` by itself: an input goes in, effects come out. A tick is 1 ms.

use super::*;
use crate::id::Member;
use crate::protocol::{Effect, OutOf};
use crate::rng::{RngStream, stream};

type TestEffects = Vec<Effect<Message, Timer, Output>>;
const ZONE: NodeView = NodeView { me: NodeId(0), zones: 5, hub: None, deputy: None };
/// From a proposal to the strikes: 4 rounds of 100, 30 for the clocks and 20 to prepare.
const AHEAD: i64 = 450;

fn params() -> Params {
    let ms = NanoDuration::from_ms;
    let (interval, clock_bound, margin) = (ms(100), ms(30), ms(20));
    Params { ready: 2, interval, fanout: 2, rounds: 4, clock_bound, margin, valid_for: ms(500) }
}

/// A zone with its random numbers.
struct Zone(ThresholdGossip, RngStream);

impl Zone {
    fn new() -> Self {
        let zone = ThresholdGossip::new(&params(), &ZONE, NanoDuration::from_ms(1));
        Self(zone, stream(1, "t", 0))
    }

    fn handle(&mut self, now: i64, input: Input<ThresholdGossip>) -> TestEffects {
        let mut effects = TestEffects::new();
        let mut out = OutOf::new(&ZONE, LocalTime(now), &mut self.1, &mut effects);
        self.0.handle(input, &mut out);
        effects
    }

    fn locate(&mut self, now: i64, member: u32) -> TestEffects {
        self.handle(now, Input::Local(Located(Member(member))))
    }

    fn hear(&mut self, now: i64, message: Message) -> TestEffects {
        self.handle(now, Input::Message { from: NodeId(3), message })
    }

    /// What it sends in the round that begins now; its other effects.
    fn round(&mut self, now: i64) -> (Vec<(NodeId, Message)>, TestEffects) {
        let effects = self.handle(now, Input::Timer(Timer::Round(LocalTime(now))));
        let (sent, rest): (TestEffects, TestEffects) =
            effects.into_iter().partition(|effect| matches!(effect, Effect::Send(..)));
        let sent = sent.into_iter().filter_map(|effect| match effect {
            Effect::Send(to, message) => Some((to, message)),
            _ => None,
        });
        (sent.collect(), rest)
    }

    fn time(&mut self, now: i64) -> TestEffects {
        self.handle(now, Input::Timer(Timer::Strike))
    }
}

fn ready(zones: &[u32]) -> Message {
    Message::Ready(zones.iter().copied().map(NodeId).collect())
}

fn strike_at(at: i64) -> Message {
    Message::Strike(LocalTime(at))
}

fn round_at(at: i64) -> Effect<Message, Timer, Output> {
    Effect::WakeAt(LocalTime(at), Timer::Round(LocalTime(at)))
}

fn waits_until(at: i64) -> Effect<Message, Timer, Output> {
    Effect::WakeAt(LocalTime(at), Timer::Strike)
}

fn decides(at: i64, members: &[u32]) -> TestEffects {
    let strikes = members.iter().map(|&member| Output::Strike(Member(member)));
    [Output::Decide(LocalTime(at))].into_iter().chain(strikes).map(Effect::Emit).collect()
}

#[test]
fn a_zone_proposes_in_the_first_round_in_which_it_knows_enough() {
    let mut zone = Zone::new();
    assert_eq!(zone.handle(0, Input::Start), []);
    assert_eq!(zone.locate(120, 7), [round_at(200)]);
    let (sent, rest) = zone.round(200);
    assert_eq!(rest, [round_at(300)]);
    assert_eq!(sent.len(), 2, "fanout");
    assert!(sent[0].0 != sent[1].0 && sent.iter().all(|(to, _)| *to != ZONE.me), "{sent:?}");
    assert!(sent.iter().all(|(_, message)| *message == ready(&[0])), "{sent:?}");
    assert_eq!(zone.hear(250, ready(&[3, 0])), [], "it proposes when the round begins");
    let (sent, rest) = zone.round(300);
    assert_eq!(rest, [waits_until(300 + AHEAD), round_at(400)]);
    assert!(sent.iter().all(|(_, message)| *message == strike_at(300 + AHEAD)), "{sent:?}");
    assert_eq!(zone.time(300 + AHEAD), decides(300 + AHEAD, &[7]));
    assert_eq!(zone.time(300 + AHEAD), [], "it strikes once");
}

#[test]
fn the_earliest_time_counts_until_it_has_decided() {
    let mut zone = Zone::new();
    zone.locate(120, 7);
    assert_eq!(zone.hear(130, strike_at(800)), [waits_until(800)]);
    assert_eq!(zone.hear(140, strike_at(900)), []);
    assert_eq!(zone.hear(150, strike_at(700)), [waits_until(700)]);
    assert_eq!(zone.time(700), decides(700, &[7]));
    // It is too late for this one, but others may not have decided.
    assert_eq!(zone.hear(710, strike_at(650)), [waits_until(700)]);
    assert_eq!(zone.time(710), []);
    let (sent, _) = zone.round(200);
    assert!(sent.iter().all(|(_, message)| *message == strike_at(650)), "{sent:?}");
    assert_eq!(zone.locate(720, 8), [Effect::Emit(Output::Strike(Member(8)))]);
}

#[test]
fn a_time_is_told_and_used_until_it_is_void() {
    let mut zone = Zone::new();
    assert_eq!(zone.hear(810, strike_at(700)), [waits_until(700), round_at(900)]);
    assert_eq!(zone.time(810), decides(700, &[]));
    assert_eq!(zone.locate(1200, 1), [Effect::Emit(Output::Strike(Member(1)))]);
    assert_eq!(zone.locate(1201, 2), []);
    for now in [900, 1000, 1100, 1200] {
        let (sent, rest) = zone.round(now);
        assert!(sent.iter().all(|(_, message)| *message == strike_at(700)), "{sent:?}");
        assert_eq!((sent.len(), rest), (2, vec![round_at(now + 100)]), "{now}");
    }
    assert_eq!(zone.round(1300), (Vec::new(), Vec::new()));
    // Whoever hears of it when it is void neither strikes nor proposes another.
    let mut late = Zone::new();
    late.locate(1250, 3);
    late.hear(1260, ready(&[1, 2]));
    assert_eq!(late.hear(1270, strike_at(700)), [waits_until(700)]);
    assert_eq!(late.time(1270), []);
    assert_eq!(late.round(1300), (Vec::new(), Vec::new()));
}

#[test]
fn what_it_knows_survives_a_crash() {
    let mut zone = Zone::new();
    zone.locate(120, 7);
    zone.hear(130, ready(&[4]));
    let mut back = Zone::new();
    back.0.recover(zone.0.clone());
    assert_eq!(back.handle(250, Input::Restart), [round_at(300)]);
    assert_eq!(back.round(300).1, [waits_until(300 + AHEAD), round_at(400)]);
    // Again, after the time has come.
    let mut again = Zone::new();
    again.0.recover(back.0);
    assert_eq!(again.handle(800, Input::Restart), [waits_until(750), round_at(900)]);
    assert_eq!(again.time(800), decides(750, &[7]));
    assert_eq!(again.handle(840, Input::Restart), [waits_until(750), round_at(900)]);
    assert_eq!(again.time(840), []);
}

#[test]
fn a_clock_that_was_set_back_shows_the_time_again() {
    let mut zone = Zone::new();
    zone.hear(130, strike_at(800));
    assert_eq!(zone.time(800), decides(800, &[]));
    assert_eq!(zone.locate(750, 1), [waits_until(800)]);
    assert_eq!(zone.time(800), [Effect::Emit(Output::Strike(Member(1)))]);
}

#[test]
fn values_that_miss_their_aim_are_reported() {
    let bounds = |horizon, acting_zones| RunBounds {
        horizon: NanoDuration::from_ms(horizon),
        max_ahead: Some(NanoDuration::from_ns(0)),
        max_behind: Some(NanoDuration::from_ns(0)),
        acting_zones,
    };
    assert_eq!(params().warnings(&bounds(451, 81)), [""; 0]);
    assert!(params().warnings(&bounds(450, 81))[0].contains("a proposal is for 450ms later"));
    assert!(params().warnings(&bounds(451, 82))[0].contains("it reaches 81 of 82 zones at most"));
    assert!(params().warnings(&bounds(451, 1))[0].contains("ready is 2, and 1 zones"));
    let wrong = Params { ready: 6, ..params() }.check(5).expect_err("6 of 5");
    assert_eq!(wrong.path, "coordination.threshold-gossip.ready");
    assert_eq!(params().check(1001).expect_err("too many").path, "coordination.use");
}
