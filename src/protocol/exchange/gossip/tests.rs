//! Tests of `gossip` by itself: an input goes in, effects come out.

use rand::Rng;

use super::*;
use crate::id::Item;
use crate::protocol::exchange::Deliver;
use crate::protocol::{Effect, OutOf, WireMessage};
use crate::rng::stream;
use crate::time::{LocalTime, SimDuration};

mod mongering;

const VIEW: NodeView = NodeView { me: NodeId(2), zones: 5, hub: None, deputy: None };
type TestEffects = Vec<Effect<Message, Timer, Deliver>>;

fn synchronous(mode: Mode) -> Gossip {
    let settings = Params { mode, start: Start::Synchronous, fanout: 2, ..Params::default() };
    Gossip::new(&settings, &VIEW, NanoDuration::from_ms(1))
}

fn tell(gossip: &mut Gossip, now: i64, input: Input<Gossip>) -> TestEffects {
    let mut effects = TestEffects::new();
    let mut rng = stream(1, "test", now as u64);
    gossip.handle(input, &mut OutOf::new(&VIEW, LocalTime(now), &mut rng, &mut effects));
    effects
}

fn told(item: u32) -> Input<Gossip> {
    let message = Message::Push(ItemSet::singleton(Item(item)));
    Input::Message { from: NodeId(0), message }
}

#[test]
fn push_is_silent_until_it_knows_something() {
    let mut gossip = synchronous(Mode::Push);
    assert!(tell(&mut gossip, 0, Input::Start).is_empty());
    let effects = tell(&mut gossip, 0, Input::Local(Publish(Item(0))));
    assert_eq!(effects, [Effect::WakeAt(LocalTime(1000), Timer(1))]);
}

#[test]
fn what_arrives_at_the_instant_of_a_cycle_is_told_in_it() {
    let mut gossip = synchronous(Mode::Push);
    let effects = tell(&mut gossip, 3000, told(4));
    assert_eq!(effects[1], Effect::WakeAt(LocalTime(3000), Timer(1)));
    let effects = tell(&mut gossip, 3000, Input::Timer(Timer(1)));
    assert!(
        matches!(&effects[..], [Effect::Send(a, _), Effect::Send(b, _), Effect::WakeAt(at, _)]
        if a != b && *at == LocalTime(4000)),
        "{effects:?}"
    );
}

#[test]
fn a_synchronous_answer_is_what_was_known_when_the_cycle_began() {
    let mut gossip = synchronous(Mode::Pull);
    tell(&mut gossip, 0, Input::Start);
    tell(&mut gossip, 1000, Input::Timer(Timer(1)));
    tell(&mut gossip, 1001, told(4));
    let ask = || Input::Message { from: NodeId(1), message: Message::Pull };
    assert!(tell(&mut gossip, 1001, ask()).is_empty());
    tell(&mut gossip, 2000, Input::Timer(Timer(2)));
    let answer = Message::PullReply(ItemSet::singleton(Item(4)));
    assert_eq!(tell(&mut gossip, 2001, ask()), [Effect::Send(NodeId(1), answer)]);
}

#[test]
fn an_answer_leaves_out_what_comes_in_the_same_instant() {
    for (mode, start) in [(Mode::Pull, Start::Staggered), (Mode::PushPull, Start::Poisson)] {
        let settings = Params { mode, start, ..Params::default() };
        let mut gossip = Gossip::new(&settings, &VIEW, NanoDuration::from_ms(1));
        let ask = || Input::Message { from: NodeId(1), message: Message::Pull };
        let answer = |items: &[u32]| {
            let mut known = ItemSet::EMPTY;
            for &item in items {
                known.insert(Item(item));
            }
            [Effect::Send(NodeId(1), Message::PullReply(known))]
        };
        tell(&mut gossip, 7, told(3));
        tell(&mut gossip, 9, told(4));
        tell(&mut gossip, 9, told(5));
        assert_eq!(tell(&mut gossip, 9, ask()), answer(&[3]));
        assert_eq!(tell(&mut gossip, 10, ask()), answer(&[3, 4, 5]));
    }
}

#[test]
fn sizes_are_those_of_the_encoding() {
    let items = || ItemSet::singleton(Item(100));
    let plain = [Message::Pull, Message::Push(items()), Message::PushPull(items())];
    let numbered = [127, 128, u32::MAX].into_iter().flat_map(|number| {
        let kinds = [Kind::Push, Kind::Pull, Kind::PushPull, Kind::PullReply];
        let more = [Message::Feedback(number, items()), Message::Rejected(number)];
        kinds.map(|kind| Message::Numbered(number, kind, items())).into_iter().chain(more)
    });
    for rumour in plain.into_iter().chain([Message::PullReply(items())]).chain(numbered) {
        assert_eq!(rumour.size(), postcard::to_stdvec(&rumour).unwrap().len());
    }
}

#[test]
fn a_cycle_that_began_in_a_crash_is_answered_from_what_was_known() {
    let mut gossip = synchronous(Mode::Pull);
    tell(&mut gossip, 0, Input::Start);
    tell(&mut gossip, 1000, Input::Timer(Timer(1)));
    tell(&mut gossip, 1500, Input::Local(Publish(Item(4))));
    tell(&mut gossip, 2200, Input::Restart);
    let ask = Input::Message { from: NodeId(1), message: Message::Pull };
    let answer = Message::PullReply(ItemSet::singleton(Item(4)));
    assert_eq!(tell(&mut gossip, 2400, ask), [Effect::Send(NodeId(1), answer)]);
}

#[test]
fn a_staggered_zone_keeps_its_phase_over_a_crash() {
    let settings = Params { start: Start::Staggered, ..Params::default() };
    let mut gossip = Gossip::new(&settings, &VIEW, NanoDuration::from_ms(1));
    let [Effect::WakeAfter(first, _)] = tell(&mut gossip, 0, Input::Start)[..] else { panic!() };
    let first = first.0 as i64;
    tell(&mut gossip, first, Input::Timer(Timer(1)));
    let effects = tell(&mut gossip, first + 3100, Input::Restart);
    assert_eq!(effects, [Effect::WakeAfter(SimDuration(900), Timer(3))]);
}

#[test]
fn a_staggered_zone_waits_no_longer_though_its_clock_is_set_back() {
    let settings = Params { mode: Mode::Push, ..Params::default() };
    let mut gossip = Gossip::new(&settings, &VIEW, NanoDuration::from_ms(1));
    tell(&mut gossip, 9000, Input::Local(Publish(Item(0))));
    tell(&mut gossip, 9500, Input::Timer(Timer(1)));
    assert_eq!(
        tell(&mut gossip, 4000, Input::Restart),
        [Effect::WakeAfter(SimDuration(1000), Timer(3))]
    );
    // The timer lost in the crash is stale, and so is one that has fired.
    assert!(tell(&mut gossip, 4100, Input::Timer(Timer(2))).is_empty());
    assert_eq!(tell(&mut gossip, 5000, Input::Timer(Timer(3))).len(), 2);
    assert!(tell(&mut gossip, 5000, Input::Timer(Timer(3))).is_empty());
}

/// A histogram of the first wait of a staggered zone in ticks, over seeds.
fn first_waits(interval: u64, jitter: u64, seeds: u64) -> Vec<u32> {
    let [interval_length, interval_jitter] = [interval, jitter].map(NanoDuration::from_ms);
    let settings = Params { interval: interval_length, interval_jitter, ..Params::default() };
    let mut counts = vec![0; (interval + jitter) as usize];
    for seed in 0..seeds {
        let mut gossip = Gossip::new(&settings, &VIEW, NanoDuration::from_ms(1));
        let mut effects = TestEffects::new();
        let mut rng = stream(seed, "first waits", 0);
        gossip.handle(Input::Start, &mut OutOf::new(&VIEW, LocalTime(0), &mut rng, &mut effects));
        let [Effect::WakeAfter(wait, _)] = effects[..] else { panic!("{effects:?}") };
        counts[wait.0 as usize] += 1;
    }
    counts
}

#[test]
fn a_staggered_zone_first_waits_for_the_residual_of_its_cycle() {
    // Cycles of 5 to 10 ticks: of the 5 + .. + 10 = 45 ticks of all lengths, each length above r
    // contributes one tick with a residual of r.
    let seeds = 90_000;
    let counts = first_waits(5, 5, seeds);
    let expected = [6, 6, 6, 6, 6, 5, 4, 3, 2, 1].map(|n| f64::from(n) * seeds as f64 / 45.0);
    let off = counts.iter().zip(expected).map(|(&n, expected)| (f64::from(n) - expected, expected));
    // Chi-squared with 9 degrees of freedom exceeds 27.9 with probability 0.001.
    let chi: f64 = off.map(|(off, expected)| off * off / expected).sum();
    assert!(chi < 27.9, "{chi}: {counts:?}");
}

#[test]
fn without_jitter_the_first_wait_is_one_draw() {
    for seed in 0..1000 {
        let mut gossip = Gossip::new(&Params::default(), &VIEW, NanoDuration::from_ms(1));
        let [mut rng, mut again] = [stream(seed, "one draw", 0), stream(seed, "one draw", 0)];
        let mut effects = TestEffects::new();
        gossip.handle(Input::Start, &mut OutOf::new(&VIEW, LocalTime(0), &mut rng, &mut effects));
        let share = again.random::<f64>() * 1000.0;
        assert_eq!(effects, [Effect::WakeAfter(SimDuration(share as u64), Timer(1))]);
        assert_eq!(rng.random::<u64>(), again.random::<u64>(), "one draw and no more");
    }
}
