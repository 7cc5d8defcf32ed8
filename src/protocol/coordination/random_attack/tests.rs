//! Tests of `random-attack` by itself: every pattern of deliveries between two zones, and the levels of
//! more zones against the definition of the paper.

use super::*;
use crate::id::Member;
use crate::protocol::{Effect, OutOf};
use crate::rng::{RngStream, stream};

type TestEffects = Vec<Effect<Message, Round, Output>>;

const START: i64 = 100;
const ROUND: i64 = 10;

fn params(rounds: u32, threshold: u32) -> Params {
    let ms = |ms: i64| NanoDuration::from_ms(ms as u64);
    let (start, round) = (ms(START), ms(ROUND));
    Params { start, rounds, round, threshold, levels: Levels::Plain, valid_for: ms(5) }
}

const LEVELS: [Levels; 2] = [Levels::Plain, Levels::Modified];

/// Zones under test. Time passes for all of them at once; a message arrives at the end of its round.
struct Group {
    zones: Vec<RandomAttack>,
    rng: RngStream,
}

impl Group {
    /// Zones before the first round, of which those in `ready` have located a member each.
    fn new(count: u32, params: &Params, ready: u32) -> Self {
        let view = |me| NodeView { me: NodeId(me), zones: count, hub: None, deputy: None };
        let new = |me| RandomAttack::new(params, &view(me), NanoDuration::from_ms(1));
        let mut group =
            Self { zones: (0..count).map(new).collect(), rng: stream(1, "random-attack", 0) };
        for zone in 0..count {
            group.handle(zone, 0, Input::Start);
            if ready >> zone & 1 == 1 {
                group.handle(zone, 50, Input::Local(Located(Member(zone))));
            }
        }
        group
    }

    fn handle(&mut self, zone: u32, now: i64, input: Input<RandomAttack>) -> TestEffects {
        let view =
            NodeView { me: NodeId(zone), zones: self.zones.len() as u32, hub: None, deputy: None };
        let mut effects = TestEffects::new();
        let mut out = OutOf::new(&view, LocalTime(now), &mut self.rng, &mut effects);
        self.zones[zone as usize].handle(input, &mut out);
        effects
    }

    /// Runs a round: each message arrives if `arrives(from, to)`.
    fn round(&mut self, number: u32, arrives: impl Fn(u32, u32) -> bool) {
        let now = START + ROUND * i64::from(number);
        let mut sent = Vec::new();
        for from in 0..self.zones.len() as u32 {
            for effect in self.handle(from, now, Input::Timer(Round)) {
                if let Effect::Send(to, message) = effect {
                    sent.push((from, to, message));
                }
            }
        }
        assert_eq!(sent.len(), self.zones.len() * (self.zones.len() - 1));
        for (from, to, message) in sent {
            if arrives(from, to.0) {
                let from = NodeId(from);
                self.handle(to.0, now + ROUND - 1, Input::Message { from, message });
            }
        }
    }

    fn levels(&self) -> Vec<u32> {
        self.zones.iter().map(|zone| zone.known.level).collect()
    }

    /// The zones that strike if the threshold is this one.
    fn strikers(&self, rounds: u32, threshold: u32) -> Vec<bool> {
        let mut end = Self { zones: self.zones.clone(), rng: self.rng.clone() };
        for zone in &mut end.zones {
            // What a zone has heard of the threshold does not depend on its value.
            zone.known.threshold = zone.known.threshold.map(|_| threshold);
        }
        let now = START + ROUND * i64::from(rounds);
        let decides =
            |effects: TestEffects| effects.contains(&Effect::Emit(Output::Decide(LocalTime(now))));
        let zones = 0..self.zones.len() as u32;
        zones.map(|zone| decides(end.handle(zone, now, Input::Timer(Round)))).collect()
    }
}

/// The level of a zone after some rounds, by the definition of the paper: what has flowed to it, and
/// what had flowed to those by then.
struct Definition<'a> {
    levels: Levels,
    zones: u32,
    ready: u32,
    arrives: &'a dyn Fn(u32, u32, u32) -> bool,
}

impl Definition<'_> {
    /// For each zone the last moment (a number of rounds) of it that has flowed to `zone` by `time`.
    fn past(&self, zone: u32, time: u32) -> Vec<Option<u32>> {
        let mut past = vec![None; self.zones as usize];
        past[zone as usize] = Some(time);
        for round in (0..time).rev() {
            for to in 0..self.zones {
                if past[to as usize].is_none_or(|known| known <= round) {
                    continue;
                }
                for from in (0..self.zones).filter(|&from| (self.arrives)(round, from, to)) {
                    let known = &mut past[from as usize];
                    *known = (*known).max(Some(round));
                }
            }
        }
        past
    }

    /// Whether a zone has heard the threshold and of a zone that is ready.
    fn may_strike(&self, zone: u32, time: u32) -> bool {
        let past = self.past(zone, time);
        let knows = |other: u32| past[other as usize].is_some();
        let is_ready = (0..self.zones).any(|other| self.ready >> other & 1 == 1 && knows(other));
        is_ready && knows(0)
    }

    fn level(&self, zone: u32, time: u32) -> u32 {
        let past = self.past(zone, time);
        let others = (0..self.zones).filter(|&other| other != zone);
        let level_of = |other: u32| past[other as usize].map(|time| self.level(other, time));
        match self.levels {
            // One more than the least of the others; nothing is known of one that was not heard of.
            Levels::Plain => others.map(level_of).min().flatten().map_or(0, |least| 1 + least),
            Levels::Modified if !self.may_strike(zone, time) => 0,
            Levels::Modified => {
                1 + others.map(|other| level_of(other).unwrap_or(0)).min().unwrap_or(0)
            }
        }
    }
}

/// Every pattern of deliveries in up to five rounds between two zones, every threshold, and every set
/// of zones that are ready: 4 * (4 + 16 + 64 + 256 + 1024) patterns, for both kinds of levels.
#[test]
fn two_zones_split_with_probability_one_in_threshold_at_most() {
    for (levels, rounds) in LEVELS.into_iter().flat_map(|levels| (1..=5).map(move |r| (levels, r)))
    {
        for ready in 0..4 {
            let splits =
                (0..1_u32 << (2 * rounds)).map(|pattern| check(levels, rounds, ready, pattern));
            // One threshold of `rounds` splits them under the worst pattern, and none does more.
            let most = splits.max().unwrap();
            assert_eq!(most, u32::from(ready > 0), "{levels:?}, {rounds} rounds, {ready:b}");
        }
    }
}

/// Checks two zones under a pattern of deliveries. Returns the number of thresholds that split them.
fn check(levels: Levels, rounds: u32, ready: u32, pattern: u32) -> u32 {
    let arrives = |round: u32, from: u32, _to: u32| pattern >> (2 * round + from) & 1 == 1;
    let mut group = Group::new(2, &Params { levels, ..params(rounds, rounds) }, ready);
    for round in 0..rounds {
        group.round(round, |from, to| arrives(round, from, to));
    }
    let definition = Definition { levels, zones: 2, ready, arrives: &arrives };
    let reached = [0, 1].map(|zone| definition.level(zone, rounds));
    assert_eq!(group.levels(), reached, "{levels:?}, {rounds} rounds, {ready:b}, {pattern:b}");
    let strikes = |zone: u32, threshold: u32| {
        reached[zone as usize] >= threshold && definition.may_strike(zone, rounds)
    };
    let mut splits = 0;
    for threshold in 1..=rounds {
        let strikers = group.strikers(rounds, threshold);
        assert_eq!(strikers, [strikes(0, threshold), strikes(1, threshold)]);
        splits += u32::from(strikers[0] != strikers[1]);
    }
    if ready > 0 && pattern + 1 == 1 << (2 * rounds) {
        assert!(strikes(0, rounds) && strikes(1, rounds), "all strike if nothing is lost");
    }
    splits
}

/// Random patterns among up to five zones: levels are those of the definition, and differ by one at most.
#[test]
fn levels_are_those_of_the_definition() {
    let mut rng = stream(7, "patterns", 0);
    for number in 0..400 {
        let levels = LEVELS[number % 2];
        let zones = rng.random_range(2..=5);
        let rounds = rng.random_range(1..=6);
        let ready = rng.random_range(1..1 << zones);
        let loss = rng.random_range(0..80);
        let delivered: Vec<bool> =
            (0..rounds * zones * zones).map(|_| rng.random_range(0..100) >= loss).collect();
        let arrives = |round: u32, from: u32, to: u32| {
            from != to && delivered[((round * zones + from) * zones + to) as usize]
        };
        let mut group = Group::new(zones, &Params { levels, ..params(rounds, rounds) }, ready);
        for round in 0..rounds {
            group.round(round, |from, to| arrives(round, from, to));
            let definition = Definition { levels, zones, ready, arrives: &arrives };
            let expected: Vec<_> =
                (0..zones).map(|zone| definition.level(zone, round + 1)).collect();
            let reached = group.levels();
            assert_eq!(reached, expected, "{levels:?}");
            let (least, most) = (reached.iter().min().unwrap(), reached.iter().max().unwrap());
            assert!(most - least <= 1, "{reached:?}");
        }
    }
}

#[test]
fn the_first_zone_draws_each_threshold_as_often() {
    let mut drawn = [0_u32; 4];
    let mut rng = stream(1, "thresholds", 0);
    for _ in 0..4000 {
        let view = NodeView { me: NodeId(0), zones: 3, hub: None, deputy: None };
        let mut zone = RandomAttack::new(&params(3, 4), &view, NanoDuration::from_ms(1));
        let mut effects = TestEffects::new();
        zone.handle(Input::Start, &mut OutOf::new(&view, LocalTime(0), &mut rng, &mut effects));
        drawn[zone.known.threshold.unwrap() as usize - 1] += 1;
    }
    // Four standard deviations of a binomial of 4000 and 1/4.
    assert!(drawn.iter().all(|&count| count.abs_diff(1000) < 110), "{drawn:?}");
    let group = Group::new(3, &params(3, 4), 0);
    assert!(group.zones[1..].iter().all(|zone| zone.known.threshold.is_none()));
}

/// A zone that knows enough, at the end: it has decided to strike.
fn decided() -> Group {
    let mut group = Group::new(2, &params(1, 1), 0b11);
    group.round(0, |_, _| true);
    assert_eq!(group.strikers(1, 1), [true, true]);
    group
}

const END: i64 = START + ROUND;

#[test]
fn a_member_located_later_is_struck_while_the_decision_is_valid() {
    for (late, strikes) in [(1, 1), (5, 1), (6, 0)] {
        let mut group = decided();
        assert_eq!(group.handle(1, END, Input::Timer(Round)).len(), 2, "decides and strikes");
        let effects = group.handle(1, END + late, Input::Local(Located(Member(9))));
        assert_eq!(effects.len(), strikes, "{late}");
    }
}

#[test]
fn what_a_zone_knows_survives_a_loss_of_memory() {
    let mut group = decided();
    let view = NodeView { me: NodeId(1), zones: 2, hub: None, deputy: None };
    let fresh = RandomAttack::new(&params(1, 1), &view, NanoDuration::from_ms(1));
    let lost = std::mem::replace(&mut group.zones[1], fresh);
    group.zones[1].recover(lost);
    let effects = group.handle(1, END + 3, Input::Restart);
    let decision = Effect::Emit(Output::Decide(LocalTime(END)));
    assert_eq!(effects, [decision, Effect::Emit(Output::Strike(Member(1)))]);
    // A message that comes after the decision changes nothing.
    let message = Message { level: 7, ..group.zones[0].known.clone() };
    let before = group.zones[1].known.clone();
    group.handle(1, END + 4, Input::Message { from: NodeId(0), message });
    assert_eq!(group.zones[1].known, before);
}

#[test]
fn a_threshold_does_not_change_the_length_of_a_message() {
    for threshold in [1, 2, 127] {
        let known = Message {
            is_ready: true,
            threshold: Some(threshold),
            level: 3,
            seen: BTreeSet::from([NodeId(1)]),
        };
        assert_eq!(known.size(), 6, "{threshold}");
    }
}

#[test]
fn settings_that_cannot_serve_are_warned_of() {
    let bounds = |horizon| RunBounds {
        horizon: NanoDuration::from_ms(horizon),
        max_ahead: Some(NanoDuration::from_ms(0)),
        max_behind: None,
        acting_zones: 3,
    };
    assert_eq!(params(4, 4).warnings(&bounds(141)), [""; 0]);
    assert!(params(4, 4).warnings(&bounds(140))[0].contains("the rounds end at 140ms"));
    assert!(params(4, 8).warnings(&bounds(141))[0].contains("with probability 4/8 only"));
}
