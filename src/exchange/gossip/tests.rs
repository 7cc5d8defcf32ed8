//! Tests of `gossip` by itself: an input goes in, effects come out.

use super::*;
use crate::chance::stream;
use crate::exchange::Learn;
use crate::id::Item;
use crate::seam::{Effect, Port};

const SITE: Site = Site { me: NodeId(2), zones: 5, hub: None };
type Seen = Vec<Effect<Rumour, Cycle, Learn>>;

fn aligned(mode: Mode) -> Gossip {
    let settings = Settings { mode, start: Start::Aligned, fanout: 2, ..Settings::default() };
    Gossip::new(&settings, &SITE, Length::from_ms(1))
}

fn tell(gossip: &mut Gossip, now: i64, input: Input<Gossip>) -> Seen {
    let mut seen = Seen::new();
    let mut rng = stream(1, "test", now as u64);
    gossip.handle(input, &mut Port::new(&SITE, Local(now), &mut rng, &mut seen));
    seen
}

fn told(item: u32) -> Input<Gossip> {
    let message = Rumour::Push(ItemSet::of(Item(item)));
    Input::Message { from: NodeId(0), message }
}

#[test]
fn push_is_silent_until_it_knows_something() {
    let mut gossip = aligned(Mode::Push);
    assert!(tell(&mut gossip, 0, Input::Start).is_empty());
    let seen = tell(&mut gossip, 0, Input::Publish(Item(0)));
    assert_eq!(seen, [Effect::WakeAt(Local(1000), Cycle(Local(1000)))]);
}

#[test]
fn what_arrives_at_the_instant_of_a_cycle_is_told_in_it() {
    let mut gossip = aligned(Mode::Push);
    let seen = tell(&mut gossip, 3000, told(4));
    assert_eq!(seen[1], Effect::WakeAt(Local(3000), Cycle(Local(3000))));
    let seen = tell(&mut gossip, 3000, Input::Timer(Cycle(Local(3000))));
    assert!(
        matches!(&seen[..], [Effect::Send(a, _), Effect::Send(b, _), Effect::WakeAt(at, _)]
        if a != b && *at == Local(4000)),
        "{seen:?}"
    );
}

#[test]
fn an_aligned_answer_is_what_was_known_when_the_cycle_began() {
    let mut gossip = aligned(Mode::Pull);
    tell(&mut gossip, 0, Input::Start);
    tell(&mut gossip, 1000, Input::Timer(Cycle(Local(1000))));
    tell(&mut gossip, 1001, told(4));
    let ask = || Input::Message { from: NodeId(1), message: Rumour::Ask };
    assert!(tell(&mut gossip, 1001, ask()).is_empty());
    tell(&mut gossip, 2000, Input::Timer(Cycle(Local(2000))));
    let answer = Rumour::Answer(ItemSet::of(Item(4)));
    assert_eq!(tell(&mut gossip, 2001, ask()), [Effect::Send(NodeId(1), answer)]);
}

#[test]
fn partners_are_distinct_others_each_as_often() {
    let mut counts = [0u32; 5];
    let mut rng = stream(1, "test", 0);
    let mut seen = Seen::new();
    let mut out = Port::new(&SITE, Local(0), &mut rng, &mut seen);
    for _ in 0..20_000 {
        let mut last = None;
        partners(SITE.me, SITE.zones, 2, &mut out, |partner, _| {
            assert!(partner != SITE.me && last != Some(partner));
            last = Some(partner);
            counts[partner.index()] += 1;
        });
    }
    // Each is in half of the draws: 10,000, with a standard deviation of 71.
    assert!([0, 1, 3, 4].iter().all(|&i| counts[i].abs_diff(10_000) < 284), "{counts:?}");
}

#[test]
fn sizes_are_those_of_the_encoding() {
    let items = || ItemSet::of(Item(100));
    let rumours = [Rumour::Ask, Rumour::Push(items()), Rumour::Call(items())];
    for rumour in rumours.into_iter().chain([Rumour::Answer(items())]) {
        assert_eq!(rumour.size(), postcard::to_stdvec(&rumour).unwrap().len());
    }
}

#[test]
fn a_cycle_that_began_in_a_crash_is_answered_from_what_was_known() {
    let mut gossip = aligned(Mode::Pull);
    tell(&mut gossip, 0, Input::Start);
    tell(&mut gossip, 1000, Input::Timer(Cycle(Local(1000))));
    tell(&mut gossip, 1500, Input::Publish(Item(4)));
    tell(&mut gossip, 2200, Input::Restart);
    let ask = Input::Message { from: NodeId(1), message: Rumour::Ask };
    let answer = Rumour::Answer(ItemSet::of(Item(4)));
    assert_eq!(tell(&mut gossip, 2400, ask), [Effect::Send(NodeId(1), answer)]);
}

#[test]
fn a_staggered_zone_keeps_its_phase_over_a_crash() {
    let settings = Settings { start: Start::Staggered, ..Settings::default() };
    let mut gossip = Gossip::new(&settings, &SITE, Length::from_ms(1));
    let [Effect::WakeAt(first, _)] = tell(&mut gossip, 0, Input::Start)[..] else { panic!() };
    tell(&mut gossip, first.0, Input::Timer(Cycle(first)));
    let seen = tell(&mut gossip, first.0 + 3100, Input::Restart);
    assert_eq!(seen, [Effect::WakeAt(first + Span(4000), Cycle(first + Span(4000)))]);
}
