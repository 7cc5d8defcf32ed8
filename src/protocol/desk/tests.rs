//! The desk by hand: what it does with leads, members and strikes.

use super::*;
use crate::rng::stream;

const HOME: NodeId = NodeId(4);
const NOW: LocalTime = LocalTime(100);

/// Leads 0 to 2 are about member 0, who hides here; 3 to 5 about member 1, who does not.
fn truth() -> GroundTruth {
    let homes = vec![HOME, NodeId(5)];
    let lead = |member: u32| LeadFacts {
        points_to: homes[member as usize],
        ..LeadFacts::bare(Member(member))
    };
    let leads = [0, 0, 0, 1, 1, 1].map(lead).to_vec();
    GroundTruth { leads, homes, ..GroundTruth::default() }
}

fn procedure(labs: u32) -> Procedure {
    let default = Staff {
        assesses: true,
        labs,
        translators: 1,
        languages: LanguageSet::ALL,
        techniques: KindSet::ALL,
        officers: UNLIMITED,
        needs: 2,
        recognises: KindSet::ALL,
        warrant: WorkTime::NONE,
        teams: UNLIMITED,
    };
    Procedure {
        is_stated: false,
        fusion: Fusion::Everywhere,
        priority: true,
        translation: WorkTime::Constant(SimDuration(30)),
        assessment: WorkTime::Exponential(SimDuration(10)),
        approval: WorkTime::NONE,
        strike: WorkTime::NONE,
        staff: Vec::new(),
        default,
    }
}

fn desk(labs: u32) -> Desk {
    Desk::new(HOME, Arc::new(procedure(labs)), Arc::new(truth()))
}

fn effects(act: impl FnOnce(&mut RngStream, &mut dyn FnMut(DeskEffect))) -> Vec<DeskEffect> {
    let mut seen = Vec::new();
    act(&mut stream(1, "test", 0), &mut |effect| seen.push(effect));
    seen
}

/// A timer fires; what the desk wants of its node then.
fn fire(desk: &mut Desk, timer: Timer) -> Vec<DeskEffect> {
    effects(|rng, mut out| desk.on_timer(NOW, timer, rng, &mut out))
}

/// Leads come in, each in an instant of its own; what the desk wants of its node then.
fn bring(desk: &mut Desk, items: std::ops::Range<u32>) -> Vec<DeskEffect> {
    items
        .flat_map(|item| {
            desk.arrive(Item(item), &mut |_| {});
            fire(desk, Timer::Instant)
        })
        .collect()
}

fn assessed(lead: u32) -> Timer {
    Timer::Done(Job::Assess(Lead(lead)))
}

fn wakes(effect: &DeskEffect, timer: Timer) -> bool {
    matches!(effect, DeskEffect::Wake(_, other) if *other == timer)
}

#[test]
fn labs_bound_what_is_in_hand() {
    let mut desk = desk(2);
    assert_eq!(bring(&mut desk, 0..4).len(), 2, "two labs");
    let seen = fire(&mut desk, assessed(0));
    assert!(seen.len() == 1 && wakes(&seen[0], assessed(2)), "first come, first served");
    let seen = effects(|rng, mut out| desk.restart(NOW, rng, &mut out));
    assert!(seen.len() == 2 && wakes(&seen[0], assessed(1)) && wakes(&seen[1], assessed(2)));
}

#[test]
fn two_different_leads_locate_a_member_at_home_once() {
    let mut desk = desk(9);
    bring(&mut desk, 0..6);
    assert_eq!(fire(&mut desk, assessed(0)), []);
    assert_eq!(fire(&mut desk, assessed(0)), [], "the same assessment does not end twice");
    assert_eq!(fire(&mut desk, assessed(3)), []);
    let located = [DeskEffect::Located(Member(0)), DeskEffect::Authorised(Member(0))];
    assert_eq!(fire(&mut desk, assessed(1)), located);
    assert_eq!(fire(&mut desk, assessed(2)), [], "located once");
    assert_eq!(fire(&mut desk, assessed(4)), [], "not at home here");
}

#[test]
fn copies_do_not_corroborate() {
    let mut desk = desk(9);
    assert_eq!((bring(&mut desk, 0..1).len(), bring(&mut desk, 0..1).len()), (1, 0));
}

#[test]
fn any_lead_of_an_instant_may_be_first() {
    let mut rng = stream(1, "test", 0);
    let mut first = [0u32; 3];
    for _ in 0..3000 {
        let mut desk = desk(1);
        let mut seen = Vec::new();
        (0..3).for_each(|item| desk.arrive(Item(item), &mut |effect| seen.push(effect)));
        assert_eq!(seen, [DeskEffect::Wake(SimDuration(0), Timer::Instant)], "one timer for all");
        desk.on_timer(NOW, Timer::Instant, &mut rng, &mut |effect| seen.push(effect));
        let DeskEffect::Wake(_, Timer::Done(Job::Assess(lead))) = seen[1] else {
            panic!("{seen:?}")
        };
        first[lead.index()] += 1;
    }
    // Five standard deviations of 1000 in 3000.
    assert!(first.iter().all(|&count| count.abs_diff(1000) < 130), "{first:?}");
}

#[test]
fn what_ends_in_an_instant_leaves_room_for_what_comes_in_it() {
    let mut desk = desk(1);
    bring(&mut desk, 0..1);
    let seen = effects(|rng, mut out| {
        desk.arrive(Item(1), &mut out);
        desk.on_timer(NOW, assessed(0), rng, &mut out);
        desk.on_timer(NOW, Timer::Instant, rng, &mut out);
    });
    assert_eq!(seen.len(), 2, "{seen:?}");
    assert!(wakes(&seen[0], Timer::Instant) && wakes(&seen[1], assessed(1)), "{seen:?}");
}

/// A desk of a stated procedure with constant times: what it does with its first lead, as times of
/// wakes, stages and items, until nothing is left.
fn follow(
    mut desk: Desk,
    start: impl FnOnce(&mut Desk, &mut dyn FnMut(DeskEffect)),
) -> Vec<(i64, DeskEffect)> {
    let (mut due, mut seen) = (Vec::new(), Vec::new());
    let mut rng = stream(1, "test", 0);
    let mut take = |now: i64, effect, due: &mut Vec<(i64, Timer)>| match effect {
        DeskEffect::Wake(after, timer) => due.push((now + after.0 as i64, timer)),
        other => seen.push((now, other)),
    };
    start(&mut desk, &mut |effect| take(0, effect, &mut due));
    while !due.is_empty() {
        due.sort_by_key(|&(at, _)| at);
        let (now, timer) = due.remove(0);
        desk.on_timer(LocalTime(now), timer, &mut rng, &mut |effect| take(now, effect, &mut due));
    }
    seen
}

fn stated(change: impl FnOnce(&mut Procedure)) -> Procedure {
    let mut procedure = procedure(1);
    procedure.is_stated = true;
    procedure.assessment = WorkTime::Constant(SimDuration(50));
    procedure.default.needs = 1;
    change(&mut procedure);
    procedure
}

fn stage(stage: Stage, work: u64) -> DeskEffect {
    DeskEffect::Stage(stage, SimDuration(work))
}

fn facts(content: Content) -> ItemFacts {
    ItemFacts {
        content,
        origin: HOME,
        addressee: None,
        audience: 0,
        orcon: false,
        delay: SimDuration(0),
        bytes: 0,
    }
}

#[test]
fn a_foreign_lead_is_translated_assessed_and_waits_for_the_warrant() {
    let procedure = stated(|procedure| {
        procedure.default.languages = LanguageSet::collect([3]);
        procedure.default.warrant = WorkTime::Constant(SimDuration(600));
    });
    let desk = Desk::new(HOME, Arc::new(procedure), Arc::new(truth()));
    let seen = follow(desk, |desk, out| desk.arrive(Item(0), out));
    let member = Member(0);
    assert_eq!(
        seen,
        [
            (30, stage(Stage::Translated(Lead(0)), 30)),
            (80, stage(Stage::Assessed(Lead(0)), 50)),
            (80, stage(Stage::Identified(member), 0)),
            (80, DeskEffect::Located(member)),
            (680, stage(Stage::Warranted(member), 0)),
            (680, DeskEffect::Authorised(member)),
        ]
    );
}

#[test]
fn each_recipient_is_a_decision_of_an_officer() {
    let procedure = stated(|procedure| {
        procedure.approval = WorkTime::Constant(SimDuration(20));
        procedure.default.officers = 2;
        procedure.fusion = Fusion::Home;
    });
    let mut truth = truth();
    // Lead 3, about the member elsewhere, has four recipients; the last waits 100 after approval.
    truth.items = (0..9).map(|_| facts(Content::Lead(Lead(3)))).collect();
    truth.items[8].delay = SimDuration(100);
    truth.classes = vec![(0, 0), (0, 0), (0, 0), (6, 9)];
    let desk = Desk::new(HOME, Arc::new(procedure), Arc::new(truth));
    let seen = follow(desk, |desk, out| desk.see(Lead(3), out));
    let published: Vec<_> = seen
        .iter()
        .filter_map(|&(at, effect)| match effect {
            DeskEffect::Publish(item) => Some((at, item.0)),
            _ => None,
        })
        .collect();
    assert_eq!(published, [(20, 3), (20, 6), (40, 7), (140, 8)]);
}

#[test]
fn a_zone_without_the_technique_asks_and_counts_the_answer() {
    let procedure = stated(|procedure| procedure.default.techniques = KindSet::collect([]));
    let mut truth = truth();
    let (lead, by) = (Lead(0), HOME);
    truth.items = vec![facts(Content::Lead(lead)); 6];
    truth.items.push(facts(Content::Request { lead, by }));
    truth.items.push(facts(Content::Answer { lead, to: by }));
    truth.others =
        vec![(Content::Request { lead, by }, Item(6)), (Content::Answer { lead, to: by }, Item(7))];
    let mut desk = Desk::new(HOME, Arc::new(procedure), Arc::new(truth));
    desk.arrive(Item(0), &mut |_| {});
    let asked = fire(&mut desk, Timer::Instant);
    assert!(asked.contains(&stage(Stage::Requested(lead), 0)), "{asked:?}");
    assert!(asked.contains(&DeskEffect::Publish(Item(6))), "{asked:?}");
    desk.arrive(Item(7), &mut |_| {});
    assert!(fire(&mut desk, Timer::Instant).contains(&DeskEffect::Located(Member(0))));
}

#[test]
fn teams_bound_the_strikes_at_a_time() {
    let procedure = stated(|procedure| {
        procedure.strike = WorkTime::Constant(SimDuration(40));
        procedure.default.teams = 1;
    });
    let desk = Desk::new(HOME, Arc::new(procedure), Arc::new(truth()));
    let seen = follow(desk, |desk, out| {
        desk.strike(Member(0), out);
        desk.strike(Member(1), out);
    });
    let strikes: Vec<_> = seen
        .iter()
        .filter(|(_, effect)| matches!(effect, DeskEffect::Strike(_)))
        .map(|&(at, _)| at)
        .collect();
    assert_eq!(strikes, [40, 80]);
}
