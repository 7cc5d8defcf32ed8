//! Tests of the checks of an operation, with steps made by hand.

use super::*;
use crate::protocol::AgreedTimes;

/// A step: zone and member; node and local time; time, zone and member.
enum Step {
    Locate(u32, u32),
    Decide(u32, i64),
    Elected(u32, u64),
    Dispatch(u64, u32, u32),
    Strike(u64, u32, u32),
}
use Step::{Decide, Dispatch, Elected, Locate, Strike};

/// The first violation of steps in three zones. The clock of b is 5 ticks ahead; the clock of c is
/// stepped back by 50 ticks at 100.
fn violation(safety: Safety, steps: &[Step]) -> Option<String> {
    let names: NameTable = ["a", "b", "c"].into_iter().collect();
    let mut clocks = vec![Clock::default(), Clock::new(5, 0), Clock::default()];
    clocks[2].step(SimTime(100), -50);
    let mut check = OperationSafety::new(safety, &names, clocks, NanoDuration::from_ms(1));
    let mut run = |step: &Step| match *step {
        Locate(zone, member) => {
            check.locate(NodeId(zone), Member(member));
            Ok(())
        }
        Decide(node, at) => check.decide(SimTime(0), NodeId(node), LocalTime(at)),
        Elected(node, term) => check.elected(NodeId(node), term),
        Dispatch(now, zone, member) => check.dispatch(SimTime(now), NodeId(zone), Member(member)),
        Strike(now, zone, member) => check.strike(SimTime(now), NodeId(zone), Member(member)),
    };
    steps.iter().find_map(|step| run(step).err()).map(|(_, what)| what)
}

const STRICT: Safety = Safety {
    decisions: Decisions::One,
    strikes: Strikes::FromDecidedTime,
    valid_for: None,
    waits: None,
    min_ready: None,
    agreed: None,
};

#[test]
fn a_zone_strikes_a_located_member_once() {
    let free = Safety { strikes: Strikes::Unconditional, ..STRICT };
    assert_eq!(violation(free, &[Locate(0, 7), Strike(3, 0, 7)]), None);
    let twice = violation(free, &[Locate(0, 7), Strike(3, 0, 7), Strike(9, 0, 7)]);
    assert_eq!(twice.unwrap(), "a strikes at member 7 a second time");
    let other = violation(free, &[Locate(0, 7), Strike(3, 1, 7)]);
    assert_eq!(other.unwrap(), "b strikes at member 7, who was not located there");
}

#[test]
fn two_decided_times_must_be_equal() {
    let steps = |second| [Decide(0, 50), Decide(0, 50), Decide(1, 50), Decide(1, second)];
    assert_eq!(violation(STRICT, &steps(50)), None);
    let one = violation(STRICT, &steps(51)).unwrap();
    let expected = "b decides to strike at 0.051 s and a had decided on 0.050 s: the coordination \
                guarantees one decision per operation";
    assert_eq!(one, expected);
    let own = Safety { decisions: Decisions::OnePerZone, ..STRICT };
    assert!(violation(own, &steps(51)).unwrap().ends_with("one decision by each zone"));
    assert_eq!(violation(own, &[Decide(0, 50), Decide(1, 51)]), None);
    let one_time = Safety { decisions: Decisions::OneTimeByEachZone, ..STRICT };
    assert!(violation(one_time, &steps(51)).unwrap().ends_with("one decision per operation"));
    let other_zone = [Decide(0, 50), Locate(1, 7), Strike(60, 1, 7)];
    assert_eq!(violation(STRICT, &other_zone), None);
    assert!(violation(one_time, &other_zone).unwrap().ends_with("before a decision"));
    assert_eq!(violation(Safety { decisions: Decisions::Unlimited, ..STRICT }, &steps(51)), None);
}

#[test]
fn a_strike_waits_for_the_decision_and_the_decided_time() {
    let early = violation(STRICT, &[Locate(0, 7), Strike(3, 0, 7), Decide(0, 2)]);
    assert_eq!(early.unwrap(), "a strikes at member 7 before a decision");
    // The clock of the striking zone counts: b is 5 ahead, c is stepped back.
    for (zone, now, fits) in [
        (0, 99, false),
        (0, 100, true),
        (1, 94, false),
        (1, 95, true),
        (2, 99, false),
        (2, 149, false),
        (2, 150, true),
    ] {
        let steps = [Locate(zone, 7), Decide(0, 100), Strike(now, zone, 7)];
        let found = violation(STRICT, &steps);
        assert_eq!(found.is_none(), fits, "{zone} at {now}: {found:?}");
        let after = Safety { strikes: Strikes::AfterDecision, ..STRICT };
        assert_eq!(violation(after, &steps), None);
    }
    // Where each zone decides for itself, the decision of another zone does not bind it.
    let own = Safety { decisions: Decisions::OnePerZone, ..STRICT };
    assert!(violation(own, &[Locate(0, 7), Decide(1, 0), Strike(5, 0, 7)]).is_some());
    assert_eq!(violation(own, &[Locate(0, 7), Decide(0, 5), Strike(5, 0, 7)]), None);
}

#[test]
fn a_decision_expires() {
    let safety = Safety { valid_for: Some(NanoDuration::from_ms(30)), ..STRICT };
    for (zone, now, fits) in [(0, 79, true), (0, 80, true), (0, 81, false), (1, 76, false)] {
        let found = violation(safety, &[Locate(zone, 7), Decide(0, 50), Strike(now, zone, 7)]);
        assert_eq!(found.is_none(), fits, "{zone} at {now}: {found:?}");
    }
    let late = violation(safety, &[Locate(0, 7), Decide(0, 50), Strike(81, 0, 7)]).unwrap();
    assert_eq!(
        late,
        "a strikes at member 7 at 0.081 s of its clock; the decision, for 0.050 s, is valid for 30ms"
    );
    // A team that was sent in time may strike later, and one that was not may not be sent.
    let sent = |at| {
        violation(safety, &[Locate(0, 7), Decide(0, 50), Dispatch(at, 0, 7), Strike(95, 0, 7)])
    };
    assert_eq!(sent(80), None);
    assert_eq!(
        sent(81).unwrap(),
        "a sends a team to member 7 at 0.081 s of its clock; the decision, for 0.050 s, is valid for 30ms"
    );
    let unlocated = violation(safety, &[Decide(0, 50), Dispatch(60, 0, 7)]);
    assert_eq!(unlocated.unwrap(), "a sends a team to member 7, who was not located there");
    // One valid decision of several is enough.
    let many = Safety { decisions: Decisions::Unlimited, ..safety };
    let steps = [Locate(0, 7), Decide(0, 10), Decide(1, 60), Strike(61, 0, 7)];
    assert_eq!(violation(many, &steps), None);
}

#[test]
fn only_agreed_times_are_decided_where_times_are_agreed() {
    let times =
        AgreedTimes { first: NanoDuration::from_ms(50), interval: NanoDuration::from_ms(20) };
    let safety = Safety { decisions: Decisions::ManyPerZone, agreed: Some(times), ..STRICT };
    assert_eq!(violation(safety, &[Decide(0, 50), Decide(0, 90), Decide(1, 70)]), None);
    let other = violation(safety, &[Decide(0, 50), Decide(1, 60)]).unwrap();
    assert_eq!(other, "b decides to strike at 0.060 s, which is none of the agreed times");
    // A decision of another zone permits no strike.
    let steps = [Decide(0, 50), Locate(1, 7), Strike(60, 1, 7)];
    assert!(violation(safety, &steps).unwrap().ends_with("before a decision"));
}

#[test]
fn a_decision_waits_for_enough_zones_with_a_located_member() {
    let safety = Safety { min_ready: Some(2), ..STRICT };
    let one_zone = [Locate(0, 7), Locate(0, 8), Decide(2, 50)];
    let what = violation(safety, &one_zone).unwrap();
    assert_eq!(what, "c decides when 1 of the 2 zones needed have located a member");
    assert_eq!(violation(safety, &[Locate(0, 7), Locate(1, 8), Decide(2, 50)]), None);
    assert_eq!(violation(STRICT, &one_zone), None);
}

#[test]
fn a_term_has_one_leader() {
    assert_eq!(violation(STRICT, &[Elected(0, 1), Elected(1, 2), Elected(0, 3)]), None);
    let what = violation(STRICT, &[Elected(0, 1), Elected(1, 2), Elected(2, 2)]).unwrap();
    assert_eq!(what, "c is elected leader of term 2, and so was b");
}
